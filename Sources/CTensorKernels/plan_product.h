// C = A * B for a tile of pixels and one panel of weights, and what follows it.

/// What follows the sums of a tile: bias, another tile, activation.
typedef struct {
    const float *bias;
    const float *other;
    int64_t otherPitch;
    int32_t isRelu;
} ending;

#if CTK_WIDTH == 16
/// Sums of ROWS pixels by VECTORS registers of outputs, kept in registers over the whole depth; on top of what C holds
/// where `adds`. `end` is null for sums that are not yet complete.
CTK_INLINE void tile_product(
    int rows, int vectors, int64_t depth, const float *a, int64_t lda, const float *b, float *c, int64_t ldc,
    int32_t adds, const ending *end, const char *ahead, int64_t aheadStep) {
    V sums[14][2];
    CTK_UNROLL for (int i = 0; i < rows; ++i)
        CTK_UNROLL for (int j = 0; j < vectors; ++j) sums[i][j] = adds ? load(c + i * ldc + 16 * j) : splat(0);
    _Pragma("clang loop unroll(disable)") for (int64_t k = 0; k < depth; ++k, b += 16 * vectors, ahead += aheadStep) {
        V w[2];
        CTK_UNROLL for (int j = 0; j < vectors; ++j) w[j] = load(b + 16 * j);
        CTK_UNROLL for (int i = 0; i < rows; ++i) {
            const V x = splat(a[i * lda + k]);
            CTK_UNROLL for (int j = 0; j < vectors; ++j) sums[i][j] += x * w[j];
        }
        __builtin_prefetch(ahead, 0, 2);
    }
    if (!end) {
        CTK_UNROLL for (int i = 0; i < rows; ++i)
            CTK_UNROLL for (int j = 0; j < vectors; ++j) store(c + i * ldc + 16 * j, sums[i][j]);
        return;
    }
    CTK_UNROLL for (int j = 0; j < vectors; ++j) {
        const V bias = load(end->bias + 16 * j);
        CTK_UNROLL for (int i = 0; i < rows; ++i) {
            V v = sums[i][j] + bias;
            if (end->other) v += load(end->other + i * end->otherPitch + 16 * j);
            store(c + i * ldc + 16 * j, end->isRelu ? positive(v) : v);
        }
    }
}

typedef void (*tile_kernel)(
    int64_t, const float *, int64_t, const float *, float *, int64_t, int32_t, const ending *, const char *, int64_t);
#define CTK_TILE(ROWS, VECTORS) \
    static __attribute__((noinline)) void tile_##ROWS##_##VECTORS( \
        int64_t depth, const float *a, int64_t lda, const float *b, float *c, int64_t ldc, int32_t adds, \
        const ending *end, const char *ahead, int64_t step) { \
        tile_product(ROWS, VECTORS, depth, a, lda, b, c, ldc, adds, end, ahead, step); \
    }
#define CTK_TILES(VECTORS) \
    CTK_TILE(1, VECTORS) CTK_TILE(2, VECTORS) CTK_TILE(3, VECTORS) CTK_TILE(4, VECTORS) CTK_TILE(5, VECTORS) \
    CTK_TILE(6, VECTORS) CTK_TILE(7, VECTORS) CTK_TILE(8, VECTORS) CTK_TILE(9, VECTORS) CTK_TILE(10, VECTORS) \
    CTK_TILE(11, VECTORS) CTK_TILE(12, VECTORS) CTK_TILE(13, VECTORS) CTK_TILE(14, VECTORS)
CTK_TILES(1)
CTK_TILES(2)
#define CTK_ROW(V) \
    { 0, tile_1_##V, tile_2_##V, tile_3_##V, tile_4_##V, tile_5_##V, tile_6_##V, tile_7_##V, tile_8_##V, tile_9_##V, \
      tile_10_##V, tile_11_##V, tile_12_##V, tile_13_##V, tile_14_##V }
static const tile_kernel tiles[2][15] = {CTK_ROW(1), CTK_ROW(2)};
enum { TILE_ROWS = 14 };
#endif

/// OpenBLAS multiplies at its peak only while m * n * k stays below a million: it then packs nothing.
enum { SGEMM_WORK = 1000000 };

/// c[rows][width] (+)= a[rows][depth] * panel[depth][panelWidth], then the ending unless it is null.
static void product(
    const ctk_place *place, int32_t rows, int64_t depth, const float *a, int64_t lda, const float *panel,
    int32_t panelWidth, float *c, int64_t ldc, int32_t width, int32_t adds, const ending *end) {
    if (rows <= 0) return;
#if CTK_WIDTH == 16
    if (!place->sgemm) {
        const tile_kernel *kernels = tiles[width > 16];
        const int32_t blocks = (rows + TILE_ROWS - 1) / TILE_ROWS;
        // While this panel multiplies, the next one comes into the second-level cache.
        const char *ahead = (const char *)(panel + depth * panelWidth);
        const int64_t step = (panelWidth * 4 / blocks + 63) / 64 * 64;
        for (int32_t block = 0; block < blocks; ++block) {
            const int32_t first = rows * block / blocks, count = rows * (block + 1) / blocks - first;
            ending part;
            if (end) {
                part = *end;
                if (part.other) part.other += first * part.otherPitch;
            }
            kernels[count](
                depth, a + first * lda, lda, panel, c + first * ldc, ldc, adds, end ? &part : NULL, ahead, step);
            ahead += step * depth;
        }
        return;
    }
#endif
    int64_t most = SGEMM_WORK / ((int64_t)rows * width) / 16 * 16;
    if (most < 16) most = 16;
    const int64_t slices = (depth + most - 1) / most;
    for (int64_t s = 0; s < slices; ++s) {
        const int64_t first = depth * s / slices, count = depth * (s + 1) / slices - first;
        place->sgemm(
            101, 111, 111, rows, width, (int)count, 1, a + first, (int)lda, panel + first * panelWidth, panelWidth,
            adds || s > 0 ? 1 : 0, c, (int)ldc);
    }
    if (!end) return;
    for (int32_t row = 0; row < rows; ++row) {
        float *y = c + row * ldc;
        for (int32_t j = 0; j < width; j += CTK_WIDTH) {
            V v = load(y + j) + load(end->bias + j);
            if (end->other) v += load(end->other + row * end->otherPitch + j);
            store(y + j, end->isRelu ? positive(v) : v);
        }
    }
}
