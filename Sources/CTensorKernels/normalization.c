// Batch normalisation, one channel range at a time. Sums over planes are floats, sums of planes are doubles.
#include "CTensorKernels.h"
#include "clones.h"

CTK_CLONES
void ctk_channel_affine(
    const float *x, const float *scale, const float *shift, float *y, int32_t images, int32_t channels,
    int64_t plane, int32_t begin, int32_t end) {
    for (int32_t n = 0; n < images; ++n) {
        for (int32_t c = begin; c < end; ++c) {
            const int64_t at = ((int64_t)n * channels + c) * plane;
            const float k = scale[c], s = shift[c];
            for (int64_t i = 0; i < plane; ++i) y[at + i] = x[at + i] * k + s;
        }
    }
}

CTK_CLONES
void ctk_channel_statistics(
    const float *x, float *mean, float *variance, int32_t images, int32_t channels, int64_t plane, int32_t begin,
    int32_t end) {
#pragma clang fp reassociate(on)
    const double count = (double)images * (double)plane;
    for (int32_t c = begin; c < end; ++c) {
        double total = 0;
        for (int32_t n = 0; n < images; ++n) {
            const float *from = x + ((int64_t)n * channels + c) * plane;
            float sum = 0;
            for (int64_t i = 0; i < plane; ++i) sum += from[i];
            total += sum;
        }
        const float middle = (float)(total / count);
        double squares = 0;
        for (int32_t n = 0; n < images; ++n) {
            const float *from = x + ((int64_t)n * channels + c) * plane;
            float sum = 0;
            for (int64_t i = 0; i < plane; ++i) sum += (from[i] - middle) * (from[i] - middle);
            squares += sum;
        }
        mean[c] = middle;
        variance[c] = (float)(squares / count);
    }
}

CTK_CLONES
void ctk_channel_gradient_sums(
    const float *x, const float *dy, const float *mean, float *sumG, float *sumGX, int32_t images, int32_t channels,
    int64_t plane, int32_t begin, int32_t end) {
#pragma clang fp reassociate(on)
    for (int32_t c = begin; c < end; ++c) {
        double totalG = 0, totalGX = 0;
        const float middle = mean[c];
        for (int32_t n = 0; n < images; ++n) {
            const int64_t at = ((int64_t)n * channels + c) * plane;
            float g = 0, gx = 0;
            for (int64_t i = 0; i < plane; ++i) {
                g += dy[at + i];
                gx += dy[at + i] * (x[at + i] - middle);
            }
            totalG += g;
            totalGX += gx;
        }
        sumG[c] = (float)totalG;
        sumGX[c] = (float)totalGX;
    }
}

CTK_CLONES
void ctk_channel_gradient_input(
    const float *x, const float *dy, const float *mean, const float *a, const float *b, const float *c0, float *dx,
    int32_t images, int32_t channels, int64_t plane, int32_t begin, int32_t end) {
    for (int32_t n = 0; n < images; ++n) {
        for (int32_t c = begin; c < end; ++c) {
            const int64_t at = ((int64_t)n * channels + c) * plane;
            const float ka = a[c], kb = b[c], kc = c0[c] - b[c] * mean[c];
            for (int64_t i = 0; i < plane; ++i) dx[at + i] = ka * dy[at + i] + kb * x[at + i] + kc;
        }
    }
}
