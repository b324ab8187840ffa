// Plain C kernels of the engine: what surrounds the matrix products.
//
// Layout is [N, C, H, W], row major, 32-bit floats. No kernel allocates, keeps state, or checks its arguments:
// the graph has proved every shape before a kernel runs. Each is compiled for several instruction sets and picks
// one at load time, so that one binary runs everywhere.
#ifndef CXR_TENSOR_KERNELS_H
#define CXR_TENSOR_KERNELS_H

#include "CTensorPlan.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A sliding window over one image of `channels` planes.
typedef struct {
    int32_t channels, height, width;
    int32_t kernelHeight, kernelWidth;
    int32_t strideY, strideX;
    int32_t padTop, padLeft, padBottom, padRight;
    int32_t dilationY, dilationX;
    int32_t outputHeight, outputWidth;
} ctk_window;

/// Largest rank of the strided kernels.
#define CTK_MAXIMUM_RANK 6

/// A box of up to six axes, and the step in elements along each axis of the operand.
typedef struct {
    int32_t rank;
    int64_t shape[CTK_MAXIMUM_RANK];
    int64_t stepA[CTK_MAXIMUM_RANK];
    int64_t stepB[CTK_MAXIMUM_RANK];
} ctk_box;

// convolution.c
/// Unfolds output rows [rowBegin, rowEnd) of one image: column[channels*kh*kw][(rowEnd-rowBegin)*outputWidth].
void ctk_unfold(const float *image, float *column, const ctk_window *window, int32_t rowBegin, int32_t rowEnd);
/// The transpose of `ctk_unfold`: adds the columns back onto the image.
void ctk_fold_add(const float *column, float *image, const ctk_window *window, int32_t rowBegin, int32_t rowEnd);
/// Writes `bias[c]` (0 where bias is null) over `count` values of each of `channels` rows `stride` apart.
void ctk_fill_bias(float *y, const float *bias, int32_t channels, int64_t count, int64_t stride);
/// bias gradient: out[c] += sum of `count` values of row c.
void ctk_row_sums_add(const float *y, float *out, int32_t channels, int64_t count);
/// One input plane against one kernel; adds into the output plane.
void ctk_depthwise(const float *plane, const float *kernel, float *out, const ctk_window *window);
void ctk_depthwise_input(const float *gradient, const float *kernel, float *plane, const ctk_window *window);
void ctk_depthwise_kernel(const float *gradient, const float *plane, float *kernel, const ctk_window *window);

// product.c
/// What this CPU has for packed products: 0 nothing, 1 AVX2, 2 AVX-512.
int32_t ctk_product_level(void);
/// Rows and columns of one tile; a packed operand is filled up to whole tiles with zeros.
int32_t ctk_product_rows(int32_t level);
int32_t ctk_product_lanes(int32_t level);
/// packed[m / rows][k][rows] from a[row * rowStep + column * columnStep].
void ctk_pack_rows(
    const float *a, int64_t rowStep, int64_t columnStep, int32_t m, int64_t k, float *packed, int32_t level);
/// A band is panels of `lanes` pixels, [panels][k][lanes], the last filled up with zeros, and 16 floats of slack.
/// From `pixels` columns of b:
void ctk_pack_columns(const float *b, int64_t ldb, int64_t k, int64_t pixels, float *band, int32_t level);
/// From the windows of `pixels` output pixels of a picture, beginning with pixel `first`:
void ctk_unfold_band(
    const float *image, float *band, const ctk_window *window, int64_t first, int64_t pixels, int32_t level);
/// c[m][pixels] = packed * band, or += where `adds` is not 0. Only for levels above 0.
void ctk_product_band(
    const float *packed, const float *band, int32_t m, int64_t k, float *c, int64_t ldc, int64_t pixels, int32_t adds,
    int32_t level);

/// A padded picture, taken apart by the stride into phases, so that every tap of a kernel finds the pixels of
/// neighbouring outputs side by side: [channels][phasesY * phasesX][rows][pitch]. Phases that no tap falls on are left
/// out. What lies between the planes is not read but for whole registers.
typedef struct {
    int64_t rows, pitch, phasesX, phaseStep, channelStep;
} ctk_grid;

void ctk_spread(const float *image, float *grid, const ctk_window *window, const ctk_grid *layout);
/// Where each tap [channels][kh][kw] of the first output lies in the grid.
void ctk_grid_offsets(const ctk_window *window, const ctk_grid *layout, int32_t *offsets);
/// c[m][pixels] = packed * grid, for `pixels` places of the grid from `grid` on; those beyond a row's end are filler.
void ctk_product_grid(
    const float *packed, const float *grid, const int32_t *offsets, int32_t m, int64_t k, float *c, int64_t ldc,
    int64_t pixels, int32_t level);
/// y[m][rows][columns] = c[m][row * pitch + column] + bias[m], without the filler.
void ctk_collect(
    const float *c, int64_t ldc, int64_t pitch, const float *bias, float *y, int64_t plane, int32_t m, int32_t rows,
    int32_t columns);

// elementwise.c
enum { CTK_RELU, CTK_LEAKY, CTK_CLIP, CTK_SIGMOID, CTK_HARD_SIGMOID, CTK_HARD_SWISH, CTK_TANH, CTK_SWISH,
       CTK_EXP, CTK_SQRT, CTK_ERF, CTK_GELU };
enum { CTK_ADD, CTK_SUBTRACT, CTK_MULTIPLY, CTK_DIVIDE, CTK_POWER };
/// y = f(x); `p`, `q` are the parameters of f.
void ctk_activate(int32_t kind, float p, float q, const float *x, float *y, int64_t count);
/// dx = dy * f'(x), from both x and y = f(x).
void ctk_activate_gradient(
    int32_t kind, float p, float q, const float *x, const float *y, const float *dy, float *dx, int64_t count);
/// y += factor * x
void ctk_add_scaled(float *y, const float *x, float factor, int64_t count);
void ctk_scale(float *y, float factor, int64_t count);
float ctk_sum_of_squares(const float *x, int64_t count);
/// Softmax along `length` values `step` apart, for `outer` groups of `step` lanes.
void ctk_softmax(const float *x, float *y, int64_t outer, int64_t length, int64_t step);
void ctk_softmax_gradient(
    const float *y, const float *dy, float *dx, int64_t outer, int64_t length, int64_t step);

// broadcast.c
/// y (dense, in the order of box.shape) = a op b, each with its own steps.
void ctk_binary(int32_t kind, const float *a, const float *b, float *y, const ctk_box *box);
/// a[stepA] += x (dense): the transpose of a broadcast, and with zero steps a sum over axes.
void ctk_reduce_add(const float *x, float *a, const ctk_box *box);
/// y (dense) = a[stepA]
void ctk_gather(const float *a, float *y, const ctk_box *box);
/// a[stepA] = x (dense)
void ctk_scatter(const float *x, float *a, const ctk_box *box);

// normalization.c
/// y = x * scale[c] + shift[c] for channels [begin, end).
void ctk_channel_affine(
    const float *x, const float *scale, const float *shift, float *y, int32_t images, int32_t channels,
    int64_t plane, int32_t begin, int32_t end);
/// Mean and biased variance of each channel over the batch.
void ctk_channel_statistics(
    const float *x, float *mean, float *variance, int32_t images, int32_t channels, int64_t plane, int32_t begin,
    int32_t end);
/// sumG[c] = sum of dy; sumGX[c] = sum of dy * (x - mean[c]).
void ctk_channel_gradient_sums(
    const float *x, const float *dy, const float *mean, float *sumG, float *sumGX, int32_t images, int32_t channels,
    int64_t plane, int32_t begin, int32_t end);
/// dx = a[c] * dy + b[c] * (x - mean[c]) + c0[c]
void ctk_channel_gradient_input(
    const float *x, const float *dy, const float *mean, const float *a, const float *b, const float *c0, float *dx,
    int32_t images, int32_t channels, int64_t plane, int32_t begin, int32_t end);

// pooling.c (planes of one image after the other; window.channels counts them all)
void ctk_max_pool(const float *x, float *y, const ctk_window *window);
void ctk_max_pool_gradient(const float *x, const float *dy, float *dx, const ctk_window *window);
void ctk_average_pool(const float *x, float *y, const ctk_window *window, int32_t countsPadding);
void ctk_average_pool_gradient(const float *dy, float *dx, const ctk_window *window, int32_t countsPadding);

// optimiser.c
/// One step of AdamW (decoupled decay). `correction1/2` are 1 - beta^t.
void ctk_adamw(
    float *weights, float *moment1, float *moment2, const float *gradient, int64_t count, float rate, float beta1,
    float beta2, float epsilon, float decay, float correction1, float correction2);
/// average = decay * average + (1 - decay) * weights
void ctk_running_average(float *average, const float *weights, float decay, int64_t count);

// image.c
/// Area average of table[source] onto columns x rows.
void ctk_area_average(
    const uint8_t *source, int32_t sourceRows, int32_t sourceColumns, const float *table, float *out, int32_t rows,
    int32_t columns);
/// out(r, c) = mean over samples x samples points of bilinear table[source] at the affine image of the point:
/// x = m0*u + m1*v + m2, y = m3*u + m4*v + m5, with u, v in [0, 1] and x, y in source pixels. Edges repeat.
void ctk_warp(
    const uint8_t *source, int32_t sourceRows, int32_t sourceColumns, const float *table, float *out, int32_t rows,
    int32_t columns, const float *matrix, int32_t samples);

#ifdef __cplusplus
}
#endif

#endif
