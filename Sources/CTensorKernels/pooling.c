// Pooling over planes.
#include "CTensorKernels.h"
#include "clones.h"
#include <math.h>

typedef struct {
    int64_t begin, end, extent;
} span;

static inline int64_t width(span s) { return s.end > s.begin ? s.end - s.begin : 0; }

/// Kernel taps [begin, end) that lie inside the image, and the number that lie inside image plus padding.
static inline span taps(int64_t origin, int32_t kernel, int32_t dilation, int32_t size, int32_t padAfter) {
    span s = {kernel, 0, 0};
    for (int32_t k = 0; k < kernel; ++k) {
        const int64_t at = origin + (int64_t)k * dilation;
        if (at < (int64_t)size + padAfter) s.extent += 1;
        if (at < 0 || at >= size) continue;
        if (k < s.begin) s.begin = k;
        s.end = k + 1;
    }
    return s;
}

#define CTK_WINDOWS(BODY)                                                                                             \
    for (int32_t c = 0; c < w->channels; ++c) {                                                                       \
        const int64_t in = (int64_t)c * w->height * w->width;                                                         \
        int64_t at = (int64_t)c * w->outputHeight * w->outputWidth;                                                   \
        for (int32_t oy = 0; oy < w->outputHeight; ++oy) {                                                            \
            const int64_t y0 = (int64_t)oy * w->strideY - w->padTop;                                                  \
            const span sy = taps(y0, w->kernelHeight, w->dilationY, w->height, w->padBottom);                         \
            for (int32_t ox = 0; ox < w->outputWidth; ++ox, ++at) {                                                   \
                const int64_t x0 = (int64_t)ox * w->strideX - w->padLeft;                                             \
                const span sx = taps(x0, w->kernelWidth, w->dilationX, w->width, w->padRight);                        \
                BODY;                                                                                                 \
            }                                                                                                         \
        }                                                                                                             \
    }

#define CTK_TAPS(BODY)                                                                                                \
    for (int64_t ky = sy.begin; ky < sy.end; ++ky) {                                                                  \
        const int64_t row = in + (y0 + ky * w->dilationY) * w->width + x0;                                            \
        for (int64_t kx = sx.begin; kx < sx.end; ++kx) {                                                              \
            const int64_t tap = row + kx * w->dilationX;                                                              \
            BODY;                                                                                                     \
        }                                                                                                             \
    }

void ctk_max_pool(const float *x, float *y, const ctk_window *w) {
    CTK_WINDOWS({
        float top = -INFINITY;
        CTK_TAPS(top = x[tap] <= top ? top : x[tap]);
        y[at] = top;
    })
}

void ctk_max_pool_gradient(const float *x, const float *dy, float *dx, const ctk_window *w) {
    CTK_WINDOWS({
        float top = -INFINITY;
        int64_t winner = -1;
        CTK_TAPS(if (!(x[tap] <= top)) { top = x[tap]; winner = tap; });
        if (winner >= 0) dx[winner] += dy[at];
    })
}

void ctk_average_pool(const float *x, float *y, const ctk_window *w, int32_t countsPadding) {
    CTK_WINDOWS({
        float sum = 0;
        CTK_TAPS(sum += x[tap]);
        const int64_t inside = width(sy) * width(sx);
        const int64_t count = countsPadding ? sy.extent * sx.extent : inside;
        y[at] = count > 0 ? sum / (float)count : 0;
    })
}

void ctk_average_pool_gradient(const float *dy, float *dx, const ctk_window *w, int32_t countsPadding) {
    CTK_WINDOWS({
        const int64_t inside = width(sy) * width(sx);
        const int64_t count = countsPadding ? sy.extent * sx.extent : inside;
        const float share = count > 0 ? dy[at] / (float)count : 0;
        CTK_TAPS(dx[tap] += share);
    })
}
