#include "COpenJPEG.h"

#include <openjpeg-2.5/openjpeg.h>

#include <stdbool.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
} source;

static OPJ_SIZE_T read_source(void *buffer, OPJ_SIZE_T wanted, void *context) {
    source *from = context;
    const size_t left = from->count - from->position;
    if (left == 0) return (OPJ_SIZE_T)-1;  // OpenJPEG's sign for the end
    const size_t take = wanted < left ? wanted : left;
    memcpy(buffer, from->bytes + from->position, take);
    from->position += take;
    return take;
}

static OPJ_OFF_T skip_source(OPJ_OFF_T wanted, void *context) {
    source *from = context;
    if (wanted < 0) return -1;
    const size_t left = from->count - from->position;
    const size_t take = (size_t)wanted < left ? (size_t)wanted : left;
    from->position += take;
    return (OPJ_OFF_T)take;
}

static OPJ_BOOL seek_source(OPJ_OFF_T to, void *context) {
    source *from = context;
    if (to < 0 || (size_t)to > from->count) return OPJ_FALSE;
    from->position = (size_t)to;
    return OPJ_TRUE;
}

/// Messages may quote comments of the file; nobody hears them.
static void ignore(const char *message, void *context) {
    (void)message;
    (void)context;
}

static bool fits(const opj_image_t *image, const copenjpeg_geometry *expected) {
    if (image->numcomps != expected->components) return false;
    for (uint32_t index = 0; index < image->numcomps; index += 1) {
        const opj_image_comp_t *component = &image->comps[index];
        if (component->dx != 1 || component->dy != 1 || component->prec == 0) return false;
        if (component->prec > 8 * expected->bytes_per_sample) return false;
    }
    return image->x1 > image->x0 && image->y1 > image->y0 && image->x1 - image->x0 == expected->columns &&
           image->y1 - image->y0 == expected->rows;
}

static bool write_samples(const opj_image_t *image, const copenjpeg_geometry *expected, uint8_t *samples) {
    const size_t pixels = (size_t)expected->rows * expected->columns;
    const size_t width = expected->bytes_per_sample;
    for (uint32_t index = 0; index < expected->components; index += 1) {
        const opj_image_comp_t *component = &image->comps[index];
        if (component->data == NULL || component->w != expected->columns || component->h != expected->rows) return false;
        uint8_t *out = samples + index * width;
        for (size_t pixel = 0; pixel < pixels; pixel += 1) {
            const uint32_t value = (uint32_t)component->data[pixel];
            for (size_t byte = 0; byte < width; byte += 1) out[byte] = (uint8_t)(value >> (8 * byte));
            out += width * expected->components;
        }
    }
    return true;
}

static OPJ_CODEC_FORMAT format_of(const uint8_t *bytes, size_t count) {
    static const uint8_t signature[12] = {0, 0, 0, 12, 'j', 'P', ' ', ' ', 0x0D, 0x0A, 0x87, 0x0A};
    return count >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K;
}

int32_t copenjpeg_decode(const uint8_t *bytes, size_t count, const copenjpeg_geometry *expected, uint8_t *samples) {
    source from = {bytes, count, 0};
    int32_t result = COPENJPEG_NO_MEMORY;
    opj_image_t *image = NULL;
    opj_codec_t *codec = opj_create_decompress(format_of(bytes, count));
    opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
    if (codec == NULL || stream == NULL) goto done;
    opj_set_info_handler(codec, ignore, NULL);
    opj_set_warning_handler(codec, ignore, NULL);
    opj_set_error_handler(codec, ignore, NULL);
    opj_stream_set_read_function(stream, read_source);
    opj_stream_set_skip_function(stream, skip_source);
    opj_stream_set_seek_function(stream, seek_source);
    opj_stream_set_user_data(stream, &from, NULL);
    opj_stream_set_user_data_length(stream, count);

    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    result = COPENJPEG_UNREADABLE;
    if (!opj_setup_decoder(codec, &parameters)) goto done;
    // A truncated codestream would otherwise decode to a picture that nobody took.
    if (!opj_decoder_set_strict_mode(codec, OPJ_TRUE)) goto done;
    if (!opj_read_header(stream, codec, &image)) goto done;
    result = COPENJPEG_OTHER_GEOMETRY;
    if (!fits(image, expected)) goto done;
    result = COPENJPEG_UNREADABLE;
    if (!opj_decode(codec, stream, image) || !opj_end_decompress(codec, stream)) goto done;
    if (write_samples(image, expected, samples)) result = COPENJPEG_DECODED;

done:
    if (image != NULL) opj_image_destroy(image);
    if (stream != NULL) opj_stream_destroy(stream);
    if (codec != NULL) opj_destroy_codec(codec);
    return result;
}
