// The innermost product, once for each instruction set: included with CTK_SUFFIX, CTK_TARGET, CTK_VECTOR (floats of a
// register), CTK_ROWS and CTK_VECTORS defined. No include guard on purpose.

#define CTK_JOIN2(a, b) a##b
#define CTK_JOIN(a, b) CTK_JOIN2(a, b)
#define CTK_NAME(name) CTK_JOIN(name, CTK_SUFFIX)

typedef float CTK_NAME(vec) __attribute__((vector_size(CTK_VECTOR * 4), aligned(4)));

/// c[rows][count] = or += a[depth][CTK_ROWS] * b, with `vectors` registers for each row. Line k of b begins at
/// b + offsets[k], or at b + k * lanes where offsets is null.
static inline __attribute__((always_inline, target(CTK_TARGET))) void CTK_NAME(tile)(
    const float *a, const float *b, const int32_t *offsets, int64_t depth, float *c, int64_t ldc, int32_t rows,
    int32_t count, int32_t adds, const int vectors, const int isSpread) {
    typedef CTK_NAME(vec) vec;
    const int lanes = CTK_VECTOR * CTK_VECTORS;
    vec sums[CTK_ROWS][CTK_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CTK_ROWS; ++i)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; ++j) sums[i][j] = (vec){0};

    for (int64_t k = 0; k < depth; ++k, a += CTK_ROWS) {
        const float *from = isSpread ? b + offsets[k] : b + k * lanes;
        vec line[CTK_VECTORS];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; ++j) line[j] = *(const vec *)(from + j * CTK_VECTOR);
#pragma clang loop unroll(full)
        for (int i = 0; i < CTK_ROWS; ++i)
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; ++j) sums[i][j] += a[i] * line[j];
    }

    if (count == vectors * CTK_VECTOR) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CTK_ROWS; ++i) {
            if (i >= rows) break;
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; ++j) {
                vec *to = (vec *)(c + i * ldc + j * CTK_VECTOR);
                *to = adds ? *to + sums[i][j] : sums[i][j];
            }
        }
        return;
    }
    float rest[CTK_ROWS][CTK_VECTOR * CTK_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < CTK_ROWS; ++i)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; ++j) *(vec *)(&rest[i][j * CTK_VECTOR]) = sums[i][j];
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < count; ++j) c[i * ldc + j] = adds ? c[i * ldc + j] + rest[i][j] : rest[i][j];
}

/// All rows of a band of panels, in slices of depth: the slice of a panel stays in the first-level cache and that of
/// the weights in the second.
static __attribute__((target(CTK_TARGET))) void CTK_NAME(band)(
    const float *a, const float *b, int32_t m, int64_t k, float *c, int64_t ldc, int64_t pixels, int32_t adds) {
    const int64_t lanes = CTK_VECTOR * CTK_VECTORS, slice = 256;
    for (int64_t begin = 0; begin < k; begin += slice) {
        const int64_t depth = k - begin < slice ? k - begin : slice;
        for (int64_t first = 0; first < pixels; first += lanes) {
            const int32_t count = (int32_t)(pixels - first < lanes ? pixels - first : lanes);
            const float *line = b + first * k + begin * lanes;
            for (int32_t row = 0; row < m; row += CTK_ROWS) {
                const float *from = a + (int64_t)row * k + begin * CTK_ROWS;
                const int32_t rows = m - row < CTK_ROWS ? m - row : CTK_ROWS;
                float *to = c + row * ldc + first;
                switch ((count + CTK_VECTOR - 1) / CTK_VECTOR) {
                case 1: CTK_NAME(tile)(from, line, 0, depth, to, ldc, rows, count, adds || begin > 0, 1, 0); break;
                case 2: CTK_NAME(tile)(from, line, 0, depth, to, ldc, rows, count, adds || begin > 0, 2, 0); break;
#if CTK_VECTORS > 2
                case 3: CTK_NAME(tile)(from, line, 0, depth, to, ldc, rows, count, adds || begin > 0, 3, 0); break;
#endif
                }
            }
        }
    }
}

/// The same where the lines of b lie spread over a grid.
static __attribute__((target(CTK_TARGET))) void CTK_NAME(grid)(
    const float *a, const float *b, const int32_t *offsets, int32_t m, int64_t k, float *c, int64_t ldc,
    int64_t pixels) {
    const int64_t lanes = CTK_VECTOR * CTK_VECTORS, slice = 256;
    for (int64_t begin = 0; begin < k; begin += slice) {
        const int64_t depth = k - begin < slice ? k - begin : slice;
        for (int64_t first = 0; first < pixels; first += lanes) {
            const int32_t count = (int32_t)(pixels - first < lanes ? pixels - first : lanes);
            for (int32_t row = 0; row < m; row += CTK_ROWS) {
                const float *from = a + (int64_t)row * k + begin * CTK_ROWS, *line = b + first;
                const int32_t rows = m - row < CTK_ROWS ? m - row : CTK_ROWS;
                const int32_t *at = offsets + begin;
                float *to = c + row * ldc + first;
                switch ((count + CTK_VECTOR - 1) / CTK_VECTOR) {
                case 1: CTK_NAME(tile)(from, line, at, depth, to, ldc, rows, count, begin > 0, 1, 1); break;
                case 2: CTK_NAME(tile)(from, line, at, depth, to, ldc, rows, count, begin > 0, 2, 1); break;
#if CTK_VECTORS > 2
                case 3: CTK_NAME(tile)(from, line, at, depth, to, ldc, rows, count, begin > 0, 3, 1); break;
#endif
                }
            }
        }
    }
}

#undef CTK_JOIN2
#undef CTK_JOIN
#undef CTK_NAME
