#ifdef HINGE_IMAGES

#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

/// The most scans of a progressive image: each costs as much as the whole image, however few bytes it has.
enum { scan_limit = 500 };

struct failure {
    struct jpeg_error_mgr manager;
    jmp_buf place;
    struct cimages_image *image;
    int is_damaged;
};

static void leave(j_common_ptr codec) {
    struct failure *failure = (struct failure *)codec->err;
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    cimages_fail(failure->image, CIMAGES_BAD_DATA, text);
    longjmp(failure->place, 1);
}

/// Of the warnings, those say that pixels are missing which the library fills in.
static void note(j_common_ptr codec, int level) {
    if (level >= 0) return;
    int code = codec->err->msg_code;
    if (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER && code != JWRN_HUFF_BAD_CODE
        && code != JWRN_ARITH_BAD_CODE && code != JWRN_MUST_RESYNC && code != JWRN_NOT_SEQUENTIAL) {
        return;
    }
    leave(codec);
}

static void watch(j_common_ptr codec) {
    if (((j_decompress_ptr)codec)->input_scan_number <= scan_limit) return;
    cimages_fail(((struct failure *)codec->err)->image, CIMAGES_BAD_DATA, "too many scans");
    longjmp(((struct failure *)codec->err)->place, 1);
}

int cimages_jpeg(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image) {
    struct jpeg_decompress_struct codec;
    struct failure failure = {.image = image};
    struct jpeg_progress_mgr progress = {.progress_monitor = watch};
    uint8_t *volatile inks = NULL;
    volatile int status = CIMAGES_BAD_DATA;
    codec.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = leave;
    failure.manager.emit_message = note;
    if (setjmp(failure.place)) {
        jpeg_destroy_decompress(&codec);
        free(inks);
        return status;
    }
    jpeg_create_decompress(&codec);
    codec.progress = &progress;
    jpeg_mem_src(&codec, bytes, count);
    jpeg_read_header(&codec, TRUE);
    int is_grey = codec.jpeg_color_space == JCS_GRAYSCALE;
    int is_ink = codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK;
    codec.out_color_space = is_grey ? JCS_GRAYSCALE : is_ink ? JCS_CMYK : JCS_RGB;
    int result =
        cimages_allocate(image, codec.image_width, codec.image_height, is_grey ? 1 : 3, limit);
    if (result != CIMAGES_OK) {
        jpeg_destroy_decompress(&codec);
        return result;
    }
    if (is_ink) {
        inks = malloc(image->width * 4);
        if (!inks) {
            jpeg_destroy_decompress(&codec);
            return cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
        }
    }
    jpeg_start_decompress(&codec);
    int is_inverted = codec.saw_Adobe_marker;
    while (codec.output_scanline < codec.output_height) {
        uint8_t *row = image->pixels + codec.output_scanline * image->width * image->channels;
        JSAMPROW target = is_ink ? inks : row;
        jpeg_read_scanlines(&codec, &target, 1);
        if (!is_ink) continue;
        for (size_t x = 0; x < image->width; x++) {
            for (size_t channel = 0; channel < 3; channel++) {
                unsigned ink = inks[4 * x + channel], black = inks[4 * x + 3];
                if (!is_inverted) ink = 255 - ink, black = 255 - black;
                row[3 * x + channel] = (ink * black + 127) / 255;
            }
        }
    }
    jpeg_finish_decompress(&codec);
    jpeg_destroy_decompress(&codec);
    free(inks);
    return CIMAGES_OK;
}

#endif
