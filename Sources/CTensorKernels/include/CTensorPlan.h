// The compiled engine: one network as a list of steps over one arena of activations, [pixel][channel] (NHWC).
//
// A step reads and writes views of the arena; weights lie packed outside of it. Channels are filled up to whole
// registers of the widest kind (16 floats), so that no kernel needs a mask; what the filling holds is finite and meets
// weights of zero. Nothing is allocated while steps run, and no result depends on the number of threads or on the
// other pictures of a batch: every sum is taken in the order of its terms.
#ifndef CXR_TENSOR_PLAN_H
#define CXR_TENSOR_PLAN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Floats to which the channels of a view are filled up: one register of AVX-512.
#define CTK_CHANNEL_STEP 16
/// Channels over whose plane one task takes the mean.
#define CTK_MEAN_CHANNELS 64
/// Outputs of one panel of weights, for our own kernels (two registers) and for OpenBLAS's.
#define CTK_PANEL_OWN 32
#define CTK_PANEL_BLAS 64

/// A picture of `height` x `width` pixels with `channels` each, `pitch` floats from pixel to pixel, `offset` floats into
/// the arena of its image. `offset` is negative where there is no such operand.
typedef struct {
    int64_t offset;
    int32_t height, width, channels, pitch;
} ctk_view;

enum {
    CTK_STEP_LOAD,        // the picture [C][H][W] into a view
    CTK_STEP_CONV,        // unfolding and products; a kernel of 1 x 1 needs no unfolding
    CTK_STEP_WINOGRAD,    // 3 x 3, stride 1, by F(4,3) or F(2,3)
    CTK_STEP_DEPTHWISE,   // one kernel for each channel
    CTK_STEP_AFFINE,      // x * scale + shift, then the activation
    CTK_STEP_ADD,         // x + y, then the activation
    CTK_STEP_MULTIPLY,    // x * y, then the activation
    CTK_STEP_GATE,        // x * (one number for each channel), then the activation
    CTK_STEP_MAX_POOL,
    CTK_STEP_AVERAGE_POOL,
    CTK_STEP_GLOBAL_MEAN,
    CTK_STEP_COPY,        // one view into another: what a concatenation cannot place at once
};

/// Beside the activations of CTensorKernels.h.
enum { CTK_NONE = -1 };

typedef struct {
    int32_t kind;
    /// Applied to the result.
    int32_t activation;
    float p, q;
    /// Applied to what is read: x * scale + shift where there is a scale, then max(0, x) where `readsRelu`.
    int32_t readsRelu;
    /// Edge of the mean over which a 1 x 1 convolution reads; 1 where it reads pixels.
    int32_t readsMean;
    ctk_view input, output;
    /// Added to the result of a convolution, or the second operand.
    ctk_view other;
    /// One number for each channel by which what is read is multiplied.
    ctk_view gate;
    int32_t kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, padTop, padLeft;
    int32_t countsPadding, padBottom, padRight;
    /// Convolution: panels [outputs / panel][depth][panel]; Winograd: [36 or 16] of them; depthwise: [taps][channels].
    const float *weights;
    const float *bias;
    const float *scale;
    const float *shift;
    /// Pixels (or tiles) of one task, and parts into which the outputs are divided.
    int32_t tile, parts;
    /// Edge of a Winograd tile's result: 4 or 2.
    int32_t edge;
} ctk_step;

typedef void (*ctk_sgemm)(
    int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc);

/// Where a plan runs.
typedef struct {
    float *arena;
    /// Floats from one image's activations to the next one's.
    int64_t imageStep;
    /// `[N][C][H][W]`
    const float *pictures;
    float *scratch;
    /// Floats of scratch for each thread.
    int64_t scratchStep;
    /// 0 plain, 1 AVX2, 2 AVX-512.
    int32_t level;
    /// The product of matrices where ours are not used; null for ours.
    ctk_sgemm sgemm;
} ctk_place;

/// The level of this CPU.
int32_t ctk_plan_level(void);

/// A measure of the core: does multiplications and additions in registers and returns how many.
double ctk_measure_peak(int32_t level);

/// Runs `count` steps over images [begin, end) on up to `threads` threads of the pool. Where `seconds` is not null, it
/// gets the processors' time of each step added.
void ctk_run_steps(
    const ctk_step *steps, int32_t count, const ctk_place *place, int32_t begin, int32_t end, int32_t threads,
    double *seconds);
/// The same, each image on a thread of its own.
void ctk_run_images(
    const ctk_step *steps, int32_t count, const ctk_place *place, int32_t begin, int32_t end, int32_t threads);

/// Floats of scratch that a step wants.
int64_t ctk_step_scratch(const ctk_step *step, int32_t panel);

/// weights [outputs][channels][kh][kw] -> panels [outputs / panel][kh * kw * channels][panel]; a factor for each output.
void ctk_pack_panels(
    const float *weights, int32_t outputs, int32_t channels, int32_t taps, int32_t panel, float *packed);
int64_t ctk_packed_panels_size(int32_t outputs, int64_t depth, int32_t panel);
/// weights [outputs][channels][3][3] -> (edge + 2)^2 matrices in panels.
void ctk_pack_winograd(
    const float *weights, int32_t outputs, int32_t channels, int32_t edge, int32_t panel, float *packed);
/// A view to [C][H][W] and back.
void ctk_store_view(const float *arena, const ctk_view *view, float *picture);
/// map[pixel] = sum over channels of weights[channel] * x[pixel][channel]
void ctk_weigh_view(const float *arena, const ctk_view *view, const float *weights, float *map);
void ctk_load_view(const float *picture, const ctk_view *view, float *arena);

// pool.c
/// Runs task(argument, index, thread) for each index below `count` on up to `threads` threads, the calling one among
/// them. Where the pool is at work for somebody else, the calling thread does all: two runs never share the cores.
void ctk_parallel(int32_t count, int32_t threads, void (*task)(const void *, int32_t, int32_t), const void *argument);
/// Threads that the pool can put to work, at most the CPUs that this process may use.
int32_t ctk_pool_threads(void);

/// Zeroed memory at a page, in large pages where the kernel gives them: a network's weights are tens of megabytes.
/// Traps if there is none.
float *ctk_allocate(int64_t floats);
void ctk_release(float *memory, int64_t floats);

#ifdef __cplusplus
}
#endif

#endif
