#include "CPixelPacking.h"

#include <string.h>

enum { lanes = 16, laneBytes = 32, blockBytes = 512 };

// Everything that takes or gives a vector is inlined: there is no call whose convention the processor could change.
#pragma clang diagnostic ignored "-Wpsabi"

// 16 samples.
typedef uint16_t Samples __attribute__((vector_size(laneBytes)));
typedef int16_t SignedSamples __attribute__((vector_size(laneBytes)));

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// In a stream samples lie at any address.
INLINE Samples load(const uint8_t *bytes) {
    Samples samples;
    memcpy(&samples, bytes, sizeof samples);
    return samples;
}

INLINE void store(uint8_t *bytes, Samples samples) { memcpy(bytes, &samples, sizeof samples); }

// Writes the lowest `width` bits of each of the 16 vectors, word after word. `width` is a constant wherever it is called.
INLINE void storeBits(const Samples zigzags[lanes], int width, uint8_t *target) {
    Samples word = zigzags[0];
    int fill = width;
#pragma clang loop unroll(full)
    for (int index = 1; index < lanes; index++) {
        const Samples next = zigzags[index];
        if (fill == 16) {
            store(target, word);
            target += laneBytes;
            word = next;
            fill = width;
            continue;
        }
        word |= next << (uint16_t)fill;
        fill += width;
        if (fill > 16) {
            store(target, word);
            target += laneBytes;
            fill -= 16;
            word = next >> (uint16_t)(width - fill);
        }
    }
    store(target, word);
}

INLINE size_t packBlock(const uint8_t *source, uint8_t *target, uint16_t *previous) {
    Samples zigzags[lanes], bits = {0};
    // The neighbours lie two bytes to the left; that of the first sample is in the block before.
    uint8_t first[laneBytes];
    memcpy(first, previous, 2);
    memcpy(first + 2, source, laneBytes - 2);
    for (int index = 0; index < lanes; index++) {
        const Samples before = index == 0 ? load(first) : load(source + index * laneBytes - 2);
        const Samples difference = load(source + index * laneBytes) - before;
        zigzags[index] = (difference << 1) ^ (Samples)((SignedSamples)difference >> 15);
        bits |= zigzags[index];
    }
    memcpy(previous, source + blockBytes - 2, 2);
    uint64_t quarters[4];
    memcpy(quarters, &bits, sizeof quarters);
    uint64_t all = quarters[0] | quarters[1] | quarters[2] | quarters[3];
    all |= all >> 32;
    all |= all >> 16;
    const int width = (uint16_t)all == 0 ? 0 : 32 - __builtin_clz((uint16_t)all);
    *target++ = (uint8_t)width;
    switch (width) {
#define WIDTH(bits) case bits: storeBits(zigzags, bits, target); break;
        WIDTH(1) WIDTH(2) WIDTH(3) WIDTH(4) WIDTH(5) WIDTH(6) WIDTH(7) WIDTH(8)
        WIDTH(9) WIDTH(10) WIDTH(11) WIDTH(12) WIDTH(13) WIDTH(14) WIDTH(15)
#undef WIDTH
    case 16: memcpy(target, source, blockBytes); break;
    default: break;
    }
    return 1 + (size_t)width * laneBytes;
}

CLONES size_t cxr_pack_blocks(const uint8_t *blocks, size_t count, uint8_t *target, uint16_t *previous) {
    const uint8_t *const start = target;
    for (size_t block = 0; block < count; block++) {
        target += packBlock(blocks + block * blockBytes, target, previous);
    }
    return (size_t)(target - start);
}
