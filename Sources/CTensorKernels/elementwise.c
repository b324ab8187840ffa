// Activations and softmax, forward and reverse.
#include "CTensorKernels.h"
#include "clones.h"
#include <math.h>

/// 1 / sqrt(2), 2 / sqrt(pi), 1 / sqrt(2 pi)
#define HALF_ROOT 0.70710678f
#define TWO_OVER_ROOT_PI 1.12837917f
#define ROOT_OF_TWO_PI 0.39894228f

/// Where `low` is above `high`, `high` wins. Source: ONNX Clip-13.
static inline float clamp(float x, float low, float high) {
    const float y = x < low ? low : x;
    return y > high ? high : y;
}

CTK_CLONES
void ctk_activate(int32_t kind, float p, float q, const float *x, float *y, int64_t count) {
    switch (kind) {
    case CTK_RELU:
        // Written so that NaN stays NaN: a broken picture must not turn into a plausible score.
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] < 0 ? 0 : x[i];
        break;
    case CTK_LEAKY:
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] < 0 ? p * x[i] : x[i];
        break;
    case CTK_CLIP:
        for (int64_t i = 0; i < count; ++i) y[i] = clamp(x[i], p, q);
        break;
    case CTK_SIGMOID:
        for (int64_t i = 0; i < count; ++i) y[i] = 1.0f / (1.0f + expf(-x[i]));
        break;
    case CTK_HARD_SIGMOID:
        for (int64_t i = 0; i < count; ++i) y[i] = clamp(p * x[i] + q, 0, 1);
        break;
    case CTK_HARD_SWISH:
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] * clamp(x[i] * (1.0f / 6.0f) + 0.5f, 0, 1);
        break;
    case CTK_TANH:
        for (int64_t i = 0; i < count; ++i) y[i] = tanhf(x[i]);
        break;
    case CTK_SWISH:
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] / (1.0f + expf(-x[i]));
        break;
    case CTK_EXP:
        for (int64_t i = 0; i < count; ++i) y[i] = expf(x[i]);
        break;
    case CTK_SQRT:
        for (int64_t i = 0; i < count; ++i) y[i] = sqrtf(x[i]);
        break;
    case CTK_ERF:
        for (int64_t i = 0; i < count; ++i) y[i] = erff(x[i]);
        break;
    case CTK_GELU:
        for (int64_t i = 0; i < count; ++i) y[i] = 0.5f * x[i] * (1.0f + erff(x[i] * HALF_ROOT));
        break;
    }
}

CTK_CLONES
void ctk_activate_gradient(
    int32_t kind, float p, float q, const float *x, const float *y, const float *dy, float *dx, int64_t count) {
    switch (kind) {
    case CTK_RELU:
        for (int64_t i = 0; i < count; ++i) dx[i] = x[i] > 0 ? dy[i] : 0;
        break;
    case CTK_LEAKY:
        for (int64_t i = 0; i < count; ++i) dx[i] = x[i] > 0 ? dy[i] : p * dy[i];
        break;
    case CTK_CLIP:
        for (int64_t i = 0; i < count; ++i) dx[i] = x[i] > p && x[i] < q ? dy[i] : 0;
        break;
    case CTK_SIGMOID:
        for (int64_t i = 0; i < count; ++i) dx[i] = dy[i] * y[i] * (1 - y[i]);
        break;
    case CTK_HARD_SIGMOID:
        for (int64_t i = 0; i < count; ++i) dx[i] = y[i] > 0 && y[i] < 1 ? p * dy[i] : 0;
        break;
    case CTK_HARD_SWISH:
        for (int64_t i = 0; i < count; ++i) {
            const float slope = x[i] <= -3 ? 0 : (x[i] >= 3 ? 1 : x[i] * (1.0f / 3.0f) + 0.5f);
            dx[i] = dy[i] * slope;
        }
        break;
    case CTK_TANH:
        for (int64_t i = 0; i < count; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
        break;
    case CTK_SWISH:
        for (int64_t i = 0; i < count; ++i) {
            const float s = 1.0f / (1.0f + expf(-x[i]));
            dx[i] = dy[i] * (s + y[i] * (1.0f - s));
        }
        break;
    case CTK_EXP:
        for (int64_t i = 0; i < count; ++i) dx[i] = dy[i] * y[i];
        break;
    case CTK_SQRT:
        for (int64_t i = 0; i < count; ++i) dx[i] = dy[i] * 0.5f / y[i];
        break;
    case CTK_ERF:
        for (int64_t i = 0; i < count; ++i) dx[i] = dy[i] * TWO_OVER_ROOT_PI * expf(-x[i] * x[i]);
        break;
    case CTK_GELU:
        for (int64_t i = 0; i < count; ++i) {
            const float slope = 0.5f * (1.0f + erff(x[i] * HALF_ROOT));
            dx[i] = dy[i] * (slope + x[i] * ROOT_OF_TWO_PI * expf(-0.5f * x[i] * x[i]));
        }
        break;
    }
}

CTK_CLONES
void ctk_add_scaled(float *y, const float *x, float factor, int64_t count) {
    for (int64_t i = 0; i < count; ++i) y[i] += factor * x[i];
}

CTK_CLONES
void ctk_scale(float *y, float factor, int64_t count) {
    for (int64_t i = 0; i < count; ++i) y[i] *= factor;
}

CTK_CLONES
float ctk_sum_of_squares(const float *x, int64_t count) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += x[i] * x[i];
    return sum;
}

void ctk_softmax(const float *x, float *y, int64_t outer, int64_t length, int64_t step) {
    for (int64_t o = 0; o < outer; ++o) {
        for (int64_t s = 0; s < step; ++s) {
            const float *from = x + o * length * step + s;
            float *to = y + o * length * step + s;
            float top = from[0];
            for (int64_t i = 1; i < length; ++i) top = from[i * step] > top ? from[i * step] : top;
            float sum = 0;
            for (int64_t i = 0; i < length; ++i) sum += to[i * step] = expf(from[i * step] - top);
            for (int64_t i = 0; i < length; ++i) to[i * step] /= sum;
        }
    }
}

void ctk_softmax_gradient(
    const float *y, const float *dy, float *dx, int64_t outer, int64_t length, int64_t step) {
    for (int64_t o = 0; o < outer; ++o) {
        for (int64_t s = 0; s < step; ++s) {
            const int64_t base = o * length * step + s;
            float dot = 0;
            for (int64_t i = 0; i < length; ++i) dot += y[base + i * step] * dy[base + i * step];
            for (int64_t i = 0; i < length; ++i) {
                const int64_t at = base + i * step;
                dx[at] = y[at] * (dy[at] - dot);
            }
        }
    }
}
