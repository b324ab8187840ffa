// One JPEG 2000 codestream into native samples, through OpenJPEG.
#ifndef COPENJPEG_H
#define COPENJPEG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    COPENJPEG_DECODED = 0,
    COPENJPEG_UNREADABLE = 1,      // not a codestream that OpenJPEG reads to its end
    COPENJPEG_OTHER_GEOMETRY = 2,  // the codestream's size, components or precision differ from the expected
    COPENJPEG_NO_MEMORY = 3
};

typedef struct {
    uint32_t rows, columns, components;
    uint32_t bytes_per_sample;  // 1, 2 or 4
} copenjpeg_geometry;

/// Decodes a J2K codestream or JP2 file. The geometry in its header is compared before anything is allocated for it.
/// `samples` takes rows * columns * components * bytes_per_sample bytes, little endian, colour by pixel.
int32_t copenjpeg_decode(const uint8_t *bytes, size_t count, const copenjpeg_geometry *expected, uint8_t *samples);

#ifdef __cplusplus
}
#endif
#endif
