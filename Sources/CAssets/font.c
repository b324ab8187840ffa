#include "CAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Glyphs of DejaVu Sans; made by Tools/font/generate.py, which also describes the layout.
static const unsigned char font[] = {
#embed "data/font.bin"
};

const unsigned char *cxr_font_bytes(void) { return font; }
unsigned long cxr_font_size(void) { return sizeof font; }
