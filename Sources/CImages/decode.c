#include "codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cimages_fail(struct cimages_image *image, int status, const char *message) {
    if (image->message[0] == 0) snprintf(image->message, sizeof image->message, "%s", message);
    return status;
}

int cimages_allocate(
    struct cimages_image *image, uint64_t width, uint64_t height, size_t channels, size_t pixel_limit) {
    if (width == 0 || height == 0) {
        return cimages_fail(image, CIMAGES_BAD_DATA, "the image has no pixels");
    }
    if (height > pixel_limit / width) {
        char message[120];
        snprintf(
            message, sizeof message, "%llu × %llu pixels are more than the limit of %zu",
            (unsigned long long)width, (unsigned long long)height, pixel_limit);
        return cimages_fail(image, CIMAGES_TOO_LARGE, message);
    }
    image->width = width;
    image->height = height;
    image->channels = channels;
    image->pixels = calloc(width * height, channels);
    if (!image->pixels) return cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
    return CIMAGES_OK;
}

void cimages_free(struct cimages_image *image) {
    free(image->pixels);
    image->pixels = NULL;
}

int cimages_decode(
    int format, const uint8_t *bytes, size_t count, size_t pixel_limit, struct cimages_image *image) {
    memset(image, 0, sizeof *image);
    // A pixel takes up to four bytes on the way, and libraries count them in 32 bits.
    if (pixel_limit > INT32_MAX / 8) pixel_limit = INT32_MAX / 8;
    int status;
#ifdef HINGE_IMAGES
    switch (format) {
    case CIMAGES_JPEG: status = cimages_jpeg(bytes, count, pixel_limit, image); break;
    case CIMAGES_PNG: status = cimages_png(bytes, count, pixel_limit, image); break;
    case CIMAGES_TIFF: status = cimages_tiff(bytes, count, pixel_limit, image); break;
    case CIMAGES_WEBP: status = cimages_webp(bytes, count, pixel_limit, image); break;
    case CIMAGES_JPEG2000: status = cimages_jpeg2000(bytes, count, pixel_limit, image); break;
    default: status = cimages_fail(image, CIMAGES_UNSUPPORTED, "an unknown format");
    }
#else
    (void)format, (void)bytes, (void)count;
    status = cimages_fail(
        image, CIMAGES_UNSUPPORTED, "Hinge was built without the libraries of image formats (trait Images)");
#endif
    if (status != CIMAGES_OK) cimages_free(image);
    return status;
}
