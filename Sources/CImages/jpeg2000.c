#ifdef HINGE_IMAGES

#include "codec.h"

#include <stdlib.h>
#include <string.h>

#if __has_include(<openjpeg.h>)
#include <openjpeg.h>
#elif __has_include(<openjpeg-2.5/openjpeg.h>)
#include <openjpeg-2.5/openjpeg.h>
#elif __has_include(<openjpeg-2.4/openjpeg.h>)
#include <openjpeg-2.4/openjpeg.h>
#endif

struct source {
    const uint8_t *bytes;
    size_t count;
    size_t place;
};

static OPJ_SIZE_T take(void *target, OPJ_SIZE_T count, void *data) {
    struct source *source = data;
    size_t rest = source->count - source->place;
    if (rest == 0) return (OPJ_SIZE_T)-1;
    if (count > rest) count = rest;
    memcpy(target, source->bytes + source->place, count);
    source->place += count;
    return count;
}

static OPJ_OFF_T skip(OPJ_OFF_T count, void *data) {
    struct source *source = data;
    if (count < 0) return -1;
    size_t rest = source->count - source->place;
    if ((uint64_t)count > rest) count = rest;
    source->place += count;
    return count;
}

static OPJ_BOOL move(OPJ_OFF_T place, void *data) {
    struct source *source = data;
    if (place < 0 || (uint64_t)place > source->count) return OPJ_FALSE;
    source->place = place;
    return OPJ_TRUE;
}

static void note(const char *message, void *data) {
    struct cimages_image *image = data;
    cimages_fail(image, CIMAGES_BAD_DATA, message);
    image->message[strcspn(image->message, "\n")] = 0;
}

static uint8_t clamped(int64_t number) { return number < 0 ? 0 : number > 255 ? 255 : number; }

/// A sample of a component as 8 bits.
static uint8_t sample(const opj_image_comp_t *component, size_t index) {
    int64_t number = component->data[index];
    if (component->sgnd) number += INT64_C(1) << (component->prec - 1);
    if (component->prec > 8) number >>= component->prec - 8;
    if (component->prec < 8) number = number * 255 / ((1 << component->prec) - 1);
    return clamped(number);
}

static int convert(opj_image_t *decoded, struct cimages_image *image) {
    for (size_t channel = 0; channel < image->channels; channel++) {
        const opj_image_comp_t *component = &decoded->comps[channel];
        if (!component->data || component->w != image->width || component->h != image->height
            || component->prec < 1 || component->prec > 31) {
            return cimages_fail(
                image, CIMAGES_UNSUPPORTED, "a JPEG 2000 image with channels of different sizes");
        }
        for (size_t index = 0; index < image->width * image->height; index++) {
            image->pixels[index * image->channels + channel] = sample(component, index);
        }
    }
    if (decoded->color_space != OPJ_CLRSPC_SYCC || image->channels != 3) return CIMAGES_OK;
    for (size_t index = 0; index < image->width * image->height; index++) {
        uint8_t *pixel = image->pixels + 3 * index;
        double luma = pixel[0], blue = pixel[1] - 128.0, red = pixel[2] - 128.0;
        pixel[0] = clamped((int64_t)(luma + 1.402 * red + 0.5));
        pixel[1] = clamped((int64_t)(luma - 0.344136 * blue - 0.714136 * red + 0.5));
        pixel[2] = clamped((int64_t)(luma + 1.772 * blue + 0.5));
    }
    return CIMAGES_OK;
}

int cimages_jpeg2000(const uint8_t *bytes, size_t count, size_t limit, struct cimages_image *image) {
    struct source source = {bytes, count, 0};
    // A file begins with a box of length 12, a bare codestream with a marker.
    int is_bare = count > 2 && bytes[0] == 0xFF && bytes[1] == 0x4F;
    opj_codec_t *codec = opj_create_decompress(is_bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
    opj_image_t *decoded = NULL;
    int status = CIMAGES_BAD_DATA;
    if (!codec || !stream) {
        status = cimages_fail(image, CIMAGES_NO_MEMORY, "there is no memory");
        goto end;
    }
    opj_set_error_handler(codec, note, image);
    opj_stream_set_user_data(stream, &source, NULL);
    opj_stream_set_user_data_length(stream, count);
    opj_stream_set_read_function(stream, take);
    opj_stream_set_skip_function(stream, skip);
    opj_stream_set_seek_function(stream, move);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec, &parameters)) goto end;
    if (!opj_read_header(stream, codec, &decoded)) goto end;
    if (decoded->numcomps < 1 || decoded->numcomps > 4) {
        status = cimages_fail(
            image, CIMAGES_UNSUPPORTED, "a JPEG 2000 image with more than four channels");
        goto end;
    }
    status = cimages_allocate(
        image, (uint64_t)decoded->x1 - decoded->x0, (uint64_t)decoded->y1 - decoded->y0,
        decoded->numcomps < 3 ? 1 : 3, limit / decoded->numcomps);
    if (status != CIMAGES_OK) goto end;
    status = CIMAGES_BAD_DATA;
    if (!opj_decode(codec, stream, decoded) || !opj_end_decompress(codec, stream)) goto end;
    status = convert(decoded, image);
end:
    if (status == CIMAGES_BAD_DATA) cimages_fail(image, status, "the JPEG 2000 file is damaged");
    if (decoded) opj_image_destroy(decoded);
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    return status;
}

#endif
