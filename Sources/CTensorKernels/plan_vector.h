// What every kernel of the plan builds on, for registers of CTK_WIDTH floats. Included once for each level.
#include "CTensorKernels.h"
#include "CTensorPlan.h"
#include <stddef.h>
#if CTK_WIDTH == 16
#include <immintrin.h>
#endif

typedef float V __attribute__((ext_vector_type(CTK_WIDTH), aligned(4)));
typedef int32_t VI __attribute__((ext_vector_type(CTK_WIDTH), aligned(4)));

#define CTK_INLINE static inline __attribute__((always_inline))
#define CTK_UNROLL _Pragma("clang loop unroll(full)")

CTK_INLINE V load(const float *p) { return *(const V *)p; }
CTK_INLINE void store(float *p, V v) { *(V *)p = v; }
CTK_INLINE V splat(float x) { return (V)x; }
/// max(0, x), by one instruction; NaN stays NaN: a broken picture must not turn into a plausible score.
CTK_INLINE V positive(V x) { return (V)0.0f > x ? (V)0.0f : x; }
CTK_INLINE V least(V x, V y) { return y < x ? y : x; }
CTK_INLINE V most(V x, V y) { return y > x ? y : x; }
/// The greater, or NaN where one of them is.
CTK_INLINE V greater(V x, V y) { return ((y > x) | (y != y)) ? y : x; }

/// e^x to about one unit in the last place: 2^n times a polynomial over half an octave (Cephes).
CTK_INLINE V exponential(V x) {
    x = least(most(x, splat(-87.0f)), splat(88.0f));
    const V magic = splat(12582912.0f);
    const V n = (x * 1.44269504f + magic) - magic;
    const V r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    V y = splat(1.9875691500e-4f);
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * (r * r) + r + 1.0f;
    const VI power = (__builtin_convertvector(n, VI) + 127) << 23;
    return y * (V)power;
}
/// 1 / x. The division of 16 floats takes as long as 30 multiplications; an estimate of 14 bits and one step of Newton's
/// method give the same to one unit in the last place.
CTK_INLINE V reciprocal(V x) {
#if CTK_WIDTH == 16
    const V r = (V)_mm512_rcp14_ps((__m512)x);
    return r * (2.0f - x * r);
#else
    return 1.0f / x;
#endif
}
CTK_INLINE V sigmoid(V x) { return reciprocal(1.0f + exponential(-x)); }

CTK_INLINE V activated(int32_t kind, float p, float q, V x) {
    switch (kind) {
    case CTK_RELU: return positive(x);
    case CTK_LEAKY: return x < (V)0.0f ? x * p : x;
    case CTK_CLIP: return least(most(x, splat(p)), splat(q));
    case CTK_SIGMOID: return sigmoid(x);
    case CTK_HARD_SIGMOID: return least(most(x * p + q, splat(0)), splat(1));
    case CTK_HARD_SWISH: return x * least(most(x * (1.0f / 6.0f) + 0.5f, splat(0)), splat(1));
    case CTK_SWISH: return x * sigmoid(x);
    default: return x;
    }
}

/// Applies an activation to a block of rows in place. The loop is chosen once, not for each register.
CTK_INLINE void activate_rows_as(int32_t kind, float p, float q, float *x, int64_t pitch, int32_t rows, int32_t width) {
    for (int32_t row = 0; row < rows; ++row, x += pitch)
        for (int32_t c = 0; c < width; c += CTK_WIDTH) store(x + c, activated(kind, p, q, load(x + c)));
}
static void activate_rows(int32_t kind, float p, float q, float *x, int64_t pitch, int32_t rows, int32_t width) {
    switch (kind) {
    case CTK_RELU: activate_rows_as(CTK_RELU, p, q, x, pitch, rows, width); break;
    case CTK_LEAKY: activate_rows_as(CTK_LEAKY, p, q, x, pitch, rows, width); break;
    case CTK_CLIP: activate_rows_as(CTK_CLIP, p, q, x, pitch, rows, width); break;
    case CTK_SIGMOID: activate_rows_as(CTK_SIGMOID, p, q, x, pitch, rows, width); break;
    case CTK_HARD_SIGMOID: activate_rows_as(CTK_HARD_SIGMOID, p, q, x, pitch, rows, width); break;
    case CTK_HARD_SWISH: activate_rows_as(CTK_HARD_SWISH, p, q, x, pitch, rows, width); break;
    case CTK_SWISH: activate_rows_as(CTK_SWISH, p, q, x, pitch, rows, width); break;
    default: break;
    }
}

/// Channels of a view filled up to whole registers.
CTK_INLINE int32_t filled(int32_t channels) {
    return (channels + CTK_CHANNEL_STEP - 1) / CTK_CHANNEL_STEP * CTK_CHANNEL_STEP;
}
CTK_INLINE float *at(float *base, const ctk_view *view) { return base + view->offset; }
