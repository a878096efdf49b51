#ifndef CIMAGES_CODEC_H
#define CIMAGES_CODEC_H

#include "CImages.h"

/// Notes what is wrong, unless something is noted already, and returns the status.
int cimages_fail(struct cimages_image *image, int status, const char *message);

/// Checks the extents of an image against the limit, and makes room for its pixels, which are 0.
int cimages_allocate(
    struct cimages_image *image, uint64_t width, uint64_t height, size_t channels, size_t pixel_limit);

#ifdef HINGE_IMAGES
int cimages_jpeg(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image);
int cimages_png(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image);
int cimages_tiff(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image);
int cimages_webp(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image);
int cimages_jpeg2000(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image);
#endif

#endif
