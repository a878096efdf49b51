#ifdef HINGE_IMAGES

#include "codec.h"

#include <webp/decode.h>

int cimages_webp(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) {
        return cimages_fail(image, CIMAGES_BAD_DATA, "the WebP file is damaged");
    }
    if (features.has_animation) {
        return cimages_fail(image, CIMAGES_UNSUPPORTED, "an animated WebP image");
    }
    int status = cimages_allocate(image, features.width, features.height, 3, limit);
    if (status != CIMAGES_OK) return status;
    size_t row = image->width * 3;
    if (!WebPDecodeRGBInto(bytes, count, image->pixels, row * image->height, (int)row)) {
        return cimages_fail(image, CIMAGES_BAD_DATA, "the WebP file is damaged");
    }
    return CIMAGES_OK;
}

#endif
