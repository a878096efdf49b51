#ifndef CIMAGES_H
#define CIMAGES_H

#include <stddef.h>
#include <stdint.h>

/// The formats that are decoded by their own libraries.
enum cimages_format {
    CIMAGES_JPEG,
    CIMAGES_PNG,
    CIMAGES_TIFF,
    CIMAGES_WEBP,
    CIMAGES_JPEG2000
};

/// What came of decoding.
enum cimages_status {
    CIMAGES_OK,
    /// The bytes are no image of the format, or are damaged.
    CIMAGES_BAD_DATA,
    /// The image has more pixels than the limit.
    CIMAGES_TOO_LARGE,
    /// There is no memory.
    CIMAGES_NO_MEMORY,
    /// The format has what is not decoded, or its library was left out of this build.
    CIMAGES_UNSUPPORTED
};

/// An image of 8 bits for each channel: `[height, width, channels]`, row by row.
struct cimages_image {
    size_t width;
    size_t height;
    /// 1 for grey, 3 for red, green and blue.
    size_t channels;
    /// The pixels, to be freed by `cimages_free`.
    uint8_t *pixels;
    /// What is wrong, where something is.
    char message[200];
};

/// Decodes an image; what the format has of opacity is left out, and 16 bits become the upper 8.
///
/// No error of a library leaves this call other than by the status that is returned.
///
/// - pixel_limit: The most pixels, checked before there is memory for them.
int cimages_decode(
    int format, const uint8_t *bytes, size_t count, size_t pixel_limit, struct cimages_image *image);

/// Frees the pixels of an image.
void cimages_free(struct cimages_image *image);

#endif
