#ifdef HINGE_IMAGES

#include "codec.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// The most bytes of a chunk that isn't pixels, and the most of those that are kept.
enum { chunk_limit = 8 << 20, chunk_count_limit = 1000 };

struct source {
    const uint8_t *bytes;
    size_t count;
    struct cimages_image *image;
};

static void take(png_structp codec, png_bytep target, size_t count) {
    struct source *source = png_get_io_ptr(codec);
    if (count > source->count) png_error(codec, "the file ends too early");
    memcpy(target, source->bytes, count);
    source->bytes += count;
    source->count -= count;
}

static void leave(png_structp codec, png_const_charp message) {
    struct source *source = png_get_error_ptr(codec);
    cimages_fail(source->image, CIMAGES_BAD_DATA, message);
    png_longjmp(codec, 1);
}

static void ignore(png_structp codec, png_const_charp message) {
    (void)codec, (void)message;
}

int cimages_png(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image) {
    struct source source = {bytes, count, image};
    png_structp codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, leave, ignore);
    if (!codec) return cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
    png_infop info = png_create_info_struct(codec);
    uint8_t **volatile rows = NULL;
    volatile int status = CIMAGES_BAD_DATA;
    if (!info || setjmp(png_jmpbuf(codec))) {
        png_destroy_read_struct(&codec, &info, NULL);
        free(rows);
        return status;
    }
    png_set_read_fn(codec, &source, take);
    png_set_user_limits(codec, 1 << 24, 1 << 24);
    png_set_chunk_malloc_max(codec, chunk_limit);
    png_set_chunk_cache_max(codec, chunk_count_limit);
    png_read_info(codec, info);
    int is_grey = !(png_get_color_type(codec, info) & PNG_COLOR_MASK_COLOR);
    int result = cimages_allocate(
        image, png_get_image_width(codec, info), png_get_image_height(codec, info), is_grey ? 1 : 3,
        limit);
    if (result == CIMAGES_OK) {
        rows = malloc(image->height * sizeof *rows);
        if (!rows) result = cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
    }
    if (result != CIMAGES_OK) {
        png_destroy_read_struct(&codec, &info, NULL);
        return result;
    }
    png_set_strip_16(codec);
    png_set_expand(codec);
    png_set_strip_alpha(codec);
    png_set_interlace_handling(codec);
    png_read_update_info(codec, info);
    if (png_get_rowbytes(codec, info) != image->width * image->channels) {
        png_error(codec, "the rows have an unexpected length");
    }
    for (size_t y = 0; y < image->height; y++) {
        rows[y] = image->pixels + y * image->width * image->channels;
    }
    png_read_image(codec, rows);
    png_read_end(codec, NULL);
    png_destroy_read_struct(&codec, &info, NULL);
    free(rows);
    return CIMAGES_OK;
}

#endif
