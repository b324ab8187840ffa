// Matrix products for convolution with both operands packed: the weights once, the unfolded picture panel by panel.
//
// For the machines where OpenBLAS does not know the CPU and falls back to kernels without wide registers, and for
// shapes that are too small for its packing. Eight rows by three registers keep 24 sums in AVX-512; six by two in AVX2.
#include "CTensorKernels.h"
#include "clones.h"
#include <string.h>

#if defined(__x86_64__)
#define CTK_SUFFIX _avx512
#define CTK_TARGET "avx512f,avx512dq,avx512bw,avx512vl,fma"
#define CTK_VECTOR 16
#define CTK_ROWS 8
#define CTK_VECTORS 3
#include "product_kernel.h"
#undef CTK_SUFFIX
#undef CTK_TARGET
#undef CTK_VECTOR
#undef CTK_ROWS
#undef CTK_VECTORS

#define CTK_SUFFIX _avx2
#define CTK_TARGET "avx2,fma"
#define CTK_VECTOR 8
#define CTK_ROWS 6
#define CTK_VECTORS 2
#include "product_kernel.h"
#undef CTK_SUFFIX
#undef CTK_TARGET
#undef CTK_VECTOR
#undef CTK_ROWS
#undef CTK_VECTORS
#endif

int32_t ctk_product_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl"))
        return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}

int32_t ctk_product_rows(int32_t level) { return level == 2 ? 8 : 6; }
int32_t ctk_product_lanes(int32_t level) { return level == 2 ? 48 : 16; }

void ctk_pack_rows(
    const float *a, int64_t rowStep, int64_t columnStep, int32_t m, int64_t k, float *packed, int32_t level) {
    const int32_t rows = ctk_product_rows(level);
    for (int32_t row = 0; row < m; row += rows) {
        for (int64_t column = 0; column < k; ++column) {
            for (int32_t i = 0; i < rows; ++i) {
                *packed++ = row + i < m ? a[(row + i) * rowStep + column * columnStep] : 0;
            }
        }
    }
}

CTK_CLONES
void ctk_pack_columns(const float *b, int64_t ldb, int64_t k, int64_t pixels, float *band, int32_t level) {
    const int32_t lanes = ctk_product_lanes(level);
    for (int64_t first = 0; first < pixels; first += lanes) {
        const int64_t count = pixels - first < lanes ? pixels - first : lanes;
        for (int64_t row = 0; row < k; ++row, band += lanes) {
            const float *from = b + row * ldb + first;
            for (int64_t i = 0; i < count; ++i) band[i] = from[i];
            for (int64_t i = count; i < lanes; ++i) band[i] = 0;
        }
    }
}

/// Pixels [ox, ox + count) of one output row, which lie at `lane` of the panel.
typedef struct {
    int32_t oy, ox, lane, count;
} piece;

CTK_CLONES
static void unfold_panel(
    const float *image, float *panel, const ctk_window *w, int64_t first, int32_t count, int32_t lanes) {
    piece pieces[48];
    int32_t pieceCount = 0;
    for (int32_t lane = 0; lane < count; ++pieceCount) {
        const int64_t pixel = first + lane;
        piece p = {(int32_t)(pixel / w->outputWidth), (int32_t)(pixel % w->outputWidth), lane, 0};
        const int32_t left = w->outputWidth - p.ox;
        p.count = left < count - lane ? left : count - lane;
        lane += p.count;
        pieces[pieceCount] = p;
    }
    const float *imageEnd = image + (int64_t)w->channels * w->height * w->width;
    for (int32_t c = 0; c < w->channels; ++c) {
        const float *plane = image + (int64_t)c * w->height * w->width;
        for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
            for (int32_t kx = 0; kx < w->kernelWidth; ++kx, panel += lanes) {
                const int64_t offset = (int64_t)kx * w->dilationX - w->padLeft;
                for (int32_t s = 0; s < pieceCount; ++s) {
                    const piece p = pieces[s];
                    float *to = panel + p.lane;
                    const int64_t y = (int64_t)p.oy * w->strideY + (int64_t)ky * w->dilationY - w->padTop;
                    if (y < 0 || y >= w->height) {
                        for (int32_t i = 0; i < p.count; ++i) to[i] = 0;
                        continue;
                    }
                    const float *row = plane + y * w->width;
                    const int64_t x0 = (int64_t)p.ox * w->strideX + offset;
                    int32_t begin = 0, end = p.count;
                    if (w->strideX != 1) {
                        for (int32_t i = 0; i < p.count; ++i) {
                            const int64_t x = x0 + (int64_t)i * w->strideX;
                            to[i] = x >= 0 && x < w->width ? row[x] : 0;
                        }
                        continue;
                    }
                    if (x0 < 0) begin = -x0 < p.count ? (int32_t)-x0 : p.count;
                    if (x0 + p.count > w->width) end = w->width - x0 > begin ? (int32_t)(w->width - x0) : begin;
                    const float *from = row + (x0 + begin);
                    const int32_t length = end - begin;
                    if (16 * ((length + 15) / 16) <= imageEnd - from) {
                        // Whole registers: what runs over the piece is written again by the next one, or by the next
                        // line, which the band's slack allows for the last.
                        for (int32_t i = 0; i < length; i += 16) memcpy(to + begin + i, from + i, 16 * sizeof(float));
                    } else {
                        for (int32_t i = 0; i < length; ++i) to[begin + i] = from[i];
                    }
                    for (int32_t i = 0; i < begin; ++i) to[i] = 0;
                    for (int32_t i = end; i < p.count; ++i) to[i] = 0;
                }
                for (int32_t i = count; i < lanes; ++i) panel[i] = 0;
            }
        }
    }
}

void ctk_unfold_band(
    const float *image, float *band, const ctk_window *w, int64_t first, int64_t pixels, int32_t level) {
    const int32_t lanes = ctk_product_lanes(level);
    const int64_t depth = (int64_t)w->channels * w->kernelHeight * w->kernelWidth;
    for (int64_t done = 0; done < pixels; done += lanes, band += depth * lanes) {
        const int64_t count = pixels - done < lanes ? pixels - done : lanes;
        unfold_panel(image, band, w, first + done, (int32_t)count, lanes);
    }
}

void ctk_product_band(
    const float *packed, const float *band, int32_t m, int64_t k, float *c, int64_t ldc, int64_t pixels, int32_t adds,
    int32_t level) {
#if defined(__x86_64__)
    if (level == 2) {
        band_avx512(packed, band, m, k, c, ldc, pixels, adds);
    } else if (level == 1) {
        band_avx2(packed, band, m, k, c, ldc, pixels, adds);
    }
#else
    (void)packed, (void)band, (void)m, (void)k, (void)c, (void)ldc, (void)pixels, (void)adds, (void)level;
#endif
}

/// The number of a phase among those that some tap of the kernel falls on; -1 if none does.
static int32_t phase_index(int32_t phase, int32_t kernel, int32_t dilation, int32_t stride) {
    int32_t index = 0;
    for (int32_t p = 0; p <= phase; ++p) {
        int32_t used = 0;
        for (int32_t k = 0; k < kernel && !used; ++k) used = (int32_t)((int64_t)k * dilation % stride) == p;
        if (p == phase) return used ? index : -1;
        index += used;
    }
    return -1;
}

void ctk_grid_offsets(const ctk_window *w, const ctk_grid *grid, int32_t *offsets) {
    for (int32_t c = 0; c < w->channels; ++c) {
        for (int32_t ky = 0; ky < w->kernelHeight; ++ky) {
            const int64_t y = (int64_t)ky * w->dilationY;
            const int32_t py = phase_index((int32_t)(y % w->strideY), w->kernelHeight, w->dilationY, w->strideY);
            for (int32_t kx = 0; kx < w->kernelWidth; ++kx) {
                const int64_t x = (int64_t)kx * w->dilationX;
                const int32_t px = phase_index((int32_t)(x % w->strideX), w->kernelWidth, w->dilationX, w->strideX);
                *offsets++ = (int32_t)(
                    c * grid->channelStep + (py * grid->phasesX + px) * grid->phaseStep
                    + y / w->strideY * grid->pitch + x / w->strideX);
            }
        }
    }
}

CTK_CLONES
void ctk_spread(const float *image, float *out, const ctk_window *w, const ctk_grid *grid) {
    for (int32_t phaseY = 0; phaseY < w->strideY; ++phaseY) {
        const int32_t py = phase_index(phaseY, w->kernelHeight, w->dilationY, w->strideY);
        if (py < 0) continue;
        for (int32_t phaseX = 0; phaseX < w->strideX; ++phaseX) {
            const int32_t px = phase_index(phaseX, w->kernelWidth, w->dilationX, w->strideX);
            if (px < 0) continue;
            // Columns of the grid whose pixel lies inside the picture.
            const int64_t shift = (int64_t)phaseX - w->padLeft;
            int64_t begin = shift < 0 ? (-shift + w->strideX - 1) / w->strideX : 0;
            int64_t end = w->width - shift <= 0 ? 0 : (w->width - shift - 1) / w->strideX + 1;
            if (end > grid->pitch) end = grid->pitch;
            if (begin > end) begin = end;
            for (int32_t c = 0; c < w->channels; ++c) {
                const float *plane = image + (int64_t)c * w->height * w->width;
                float *to = out + c * grid->channelStep + (py * grid->phasesX + px) * grid->phaseStep;
                for (int64_t row = 0; row < grid->rows; ++row, to += grid->pitch) {
                    const int64_t y = row * w->strideY + phaseY - w->padTop;
                    if (y < 0 || y >= w->height || begin == end) {
                        memset(to, 0, (size_t)grid->pitch * sizeof(float));
                        continue;
                    }
                    const float *from = plane + y * w->width + begin * w->strideX + shift;
                    for (int64_t i = 0; i < begin; ++i) to[i] = 0;
                    if (w->strideX == 1) {
                        memcpy(to + begin, from, (size_t)(end - begin) * sizeof(float));
                    } else {
                        for (int64_t i = begin; i < end; ++i) to[i] = from[(i - begin) * w->strideX];
                    }
                    for (int64_t i = end; i < grid->pitch; ++i) to[i] = 0;
                }
            }
        }
    }
}

void ctk_product_grid(
    const float *packed, const float *grid, const int32_t *offsets, int32_t m, int64_t k, float *c, int64_t ldc,
    int64_t pixels, int32_t level) {
#if defined(__x86_64__)
    if (level == 2) {
        grid_avx512(packed, grid, offsets, m, k, c, ldc, pixels);
    } else if (level == 1) {
        grid_avx2(packed, grid, offsets, m, k, c, ldc, pixels);
    }
#else
    (void)packed, (void)grid, (void)offsets, (void)m, (void)k, (void)c, (void)ldc, (void)pixels, (void)level;
#endif
}

CTK_CLONES
void ctk_collect(
    const float *c, int64_t ldc, int64_t pitch, const float *bias, float *y, int64_t plane, int32_t m, int32_t rows,
    int32_t columns) {
    for (int32_t i = 0; i < m; ++i) {
        const float b = bias ? bias[i] : 0;
        for (int32_t row = 0; row < rows; ++row) {
            const float *from = c + i * ldc + row * pitch;
            float *to = y + i * plane + (int64_t)row * columns;
            for (int32_t column = 0; column < columns; ++column) to[column] = from[column] + b;
        }
    }
}
