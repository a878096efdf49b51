#ifdef HINGE_IMAGES

#include "codec.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

struct source {
    const uint8_t *bytes;
    toff_t count;
    toff_t place;
};

static tmsize_t take(thandle_t handle, void *target, tmsize_t count) {
    struct source *source = handle;
    if (count <= 0 || source->place >= source->count) return 0;
    toff_t rest = source->count - source->place;
    if ((toff_t)count > rest) count = rest;
    memcpy(target, source->bytes + source->place, count);
    source->place += count;
    return count;
}

static tmsize_t refuse(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return 0;
}

static toff_t move(thandle_t handle, toff_t offset, int whence) {
    struct source *source = handle;
    toff_t start = whence == SEEK_CUR ? source->place : whence == SEEK_END ? source->count : 0;
    source->place = start + offset;
    return source->place;
}

static int stop(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size(thandle_t handle) { return ((struct source *)handle)->count; }

/// The library prints what is wrong, unless it is told not to, once for the process.
static void silence(void) {
    TIFFSetErrorHandler(NULL);
    TIFFSetWarningHandler(NULL);
}

static TIFF *open_tiff(struct source *source, size_t limit) {
    // "m": what is in memory isn't mapped; "O": no strip is read before it is asked for.
#if TIFFLIB_VERSION >= 20221213
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limit * 16);
    TIFF *file = TIFFClientOpenExt(
        "image", "rmO", source, take, refuse, move, stop, size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return file;
#else
    (void)limit;
    return TIFFClientOpen("image", "rmO", source, take, refuse, move, stop, size, NULL, NULL);
#endif
}

int cimages_tiff(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, silence);
    struct source source = {bytes, count, 0};
    TIFF *file = open_tiff(&source, limit);
    if (!file) return cimages_fail(image, CIMAGES_BAD_DATA, "the TIFF file cannot be read");
    uint32_t width = 0, height = 0;
    uint16_t meaning = 0, orientation = ORIENTATION_TOPLEFT;
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &meaning);
    TIFFGetFieldDefaulted(file, TIFFTAG_ORIENTATION, &orientation);
    int is_grey = meaning == PHOTOMETRIC_MINISBLACK || meaning == PHOTOMETRIC_MINISWHITE;
    int status = cimages_allocate(image, width, height, is_grey ? 1 : 3, limit);
    uint32_t *raster = NULL;
    char message[1024] = "the TIFF file is damaged";
    if (status == CIMAGES_OK) {
        raster = calloc((size_t)width * height, sizeof *raster);
        if (!raster) status = cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
    }
    if (status == CIMAGES_OK && !TIFFRGBAImageOK(file, message)) {
        status = cimages_fail(image, CIMAGES_UNSUPPORTED, message);
    }
    if (status == CIMAGES_OK
        // Asked for its own orientation, the library moves no pixel: it would turn none over the diagonal.
        && !TIFFReadRGBAImageOriented(file, width, height, raster, orientation, 1)) {
        status = cimages_fail(image, CIMAGES_BAD_DATA, "the TIFF file is damaged");
    }
    if (status == CIMAGES_OK) {
        uint8_t *pixel = image->pixels;
        for (size_t index = 0; index < (size_t)width * height; index++) {
            uint32_t color = raster[index];
            *pixel++ = TIFFGetR(color);
            if (is_grey) continue;
            *pixel++ = TIFFGetG(color);
            *pixel++ = TIFFGetB(color);
        }
    }
    free(raster);
    TIFFClose(file);
    return status;
}

#endif
