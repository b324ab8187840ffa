// Unfolding for convolution by matrix product, and depthwise convolution without one.
#include "CTensorKernels.h"
#include "clones.h"
#include <string.h>

/// The output columns [*begin, *end) whose input column lies inside the image, for a kernel column at `offset`.
static inline void valid_columns(const ctk_window *w, int64_t offset, int64_t *begin, int64_t *end) {
    int64_t first = offset < 0 ? (-offset + w->strideX - 1) / w->strideX : 0;
    int64_t last = w->width - 1 - offset < 0 ? 0 : (w->width - 1 - offset) / w->strideX + 1;
    *end = last < w->outputWidth ? last : w->outputWidth;
    *begin = first < *end ? first : *end;
}

CTK_CLONES
void ctk_unfold(const float *image, float *column, const ctk_window *w, int32_t rowBegin, int32_t rowEnd) {
    const int64_t width = w->outputWidth;
    for (int32_t c = 0; c < w->channels; ++c) {
        const float *plane = image + (int64_t)c * w->height * w->width;
        for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
            for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
                const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
                int64_t begin, end;
                valid_columns(w, offset, &begin, &end);
                for (int32_t oy = rowBegin; oy < rowEnd; ++oy, column += width) {
                    const int64_t y = (int64_t)oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                    if (y < 0 || y >= w->height || begin >= end) {
                        memset(column, 0, (size_t)width * sizeof(float));
                        continue;
                    }
                    const float *row = plane + y * w->width + offset;
                    for (int64_t ox = 0; ox < begin; ++ox) column[ox] = 0;
                    if (w->strideX == 1) {
                        memcpy(column + begin, row + begin, (size_t)(end - begin) * sizeof(float));
                    } else {
                        for (int64_t ox = begin; ox < end; ++ox) column[ox] = row[ox * w->strideX];
                    }
                    for (int64_t ox = end; ox < width; ++ox) column[ox] = 0;
                }
            }
        }
    }
}

CTK_CLONES
void ctk_fold_add(const float *column, float *image, const ctk_window *w, int32_t rowBegin, int32_t rowEnd) {
    const int64_t width = w->outputWidth;
    for (int32_t c = 0; c < w->channels; ++c) {
        float *plane = image + (int64_t)c * w->height * w->width;
        for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
            for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
                const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
                int64_t begin, end;
                valid_columns(w, offset, &begin, &end);
                for (int32_t oy = rowBegin; oy < rowEnd; ++oy, column += width) {
                    const int64_t y = (int64_t)oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                    if (y < 0 || y >= w->height) continue;
                    float *row = plane + y * w->width + offset;
                    if (w->strideX == 1) {
                        for (int64_t ox = begin; ox < end; ++ox) row[ox] += column[ox];
                    } else {
                        for (int64_t ox = begin; ox < end; ++ox) row[ox * w->strideX] += column[ox];
                    }
                }
            }
        }
    }
}

CTK_CLONES
void ctk_fill_bias(float *y, const float *bias, int32_t channels, int64_t count, int64_t stride) {
    for (int32_t c = 0; c < channels; ++c, y += stride) {
        const float value = bias ? bias[c] : 0;
        for (int64_t i = 0; i < count; ++i) y[i] = value;
    }
}

CTK_CLONES
void ctk_row_sums_add(const float *y, float *out, int32_t channels, int64_t count) {
#pragma clang fp reassociate(on)
    for (int32_t c = 0; c < channels; ++c, y += count) {
        float sum = 0;
        for (int64_t i = 0; i < count; ++i) sum += y[i];
        out[c] += sum;
    }
}

CTK_CLONES
void ctk_depthwise(const float *plane, const float *kernel, float *out, const ctk_window *w) {
    for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
        for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
            const float k = kernel[ky * w->kernelWidth + kx];
            const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
            int64_t begin, end;
            valid_columns(w, offset, &begin, &end);
            for (int32_t oy = 0; oy < w->outputHeight; ++oy) {
                const int64_t y = (int64_t)oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                if (y < 0 || y >= w->height) continue;
                const float *row = plane + y * w->width + offset;
                float *to = out + (int64_t)oy * w->outputWidth;
                if (w->strideX == 1) {
                    for (int64_t ox = begin; ox < end; ++ox) to[ox] += k * row[ox];
                } else {
                    for (int64_t ox = begin; ox < end; ++ox) to[ox] += k * row[ox * w->strideX];
                }
            }
        }
    }
}

CTK_CLONES
void ctk_depthwise_input(const float *gradient, const float *kernel, float *plane, const ctk_window *w) {
    for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
        for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
            const float k = kernel[ky * w->kernelWidth + kx];
            const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
            int64_t begin, end;
            valid_columns(w, offset, &begin, &end);
            for (int32_t oy = 0; oy < w->outputHeight; ++oy) {
                const int64_t y = (int64_t)oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                if (y < 0 || y >= w->height) continue;
                float *row = plane + y * w->width + offset;
                const float *from = gradient + (int64_t)oy * w->outputWidth;
                for (int64_t ox = begin; ox < end; ++ox) row[ox * w->strideX] += k * from[ox];
            }
        }
    }
}

CTK_CLONES
void ctk_depthwise_kernel(const float *gradient, const float *plane, float *kernel, const ctk_window *w) {
#pragma clang fp reassociate(on)
    for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
        for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
            const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
            int64_t begin, end;
            valid_columns(w, offset, &begin, &end);
            float sum = 0;
            for (int32_t oy = 0; oy < w->outputHeight; ++oy) {
                const int64_t y = (int64_t)oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                if (y < 0 || y >= w->height) continue;
                const float *row = plane + y * w->width + offset;
                const float *from = gradient + (int64_t)oy * w->outputWidth;
                for (int64_t ox = begin; ox < end; ++ox) sum += from[ox] * row[ox * w->strideX];
            }
            kernel[ky * w->kernelWidth + kx] += sum;
        }
    }
}
