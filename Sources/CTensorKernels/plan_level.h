// One level of the plan's kernels. Included by plan_avx512.c, plan_avx2.c and plan_plain.c.
#include "plan_vector.h"
#include "plan_product.h"
#include "plan_convolution.h"
#include "plan_winograd.h"
#include "plan_pixels.h"

/// One task of one step on one image.
void CTK_LEVEL_TASK(const ctk_step *s, const ctk_place *place, int32_t image, int32_t task, int32_t thread) {
    float *arena = place->arena + image * place->imageStep, *scratch = place->scratch + thread * place->scratchStep;
    switch (s->kind) {
    case CTK_STEP_LOAD: {
        const ctk_view *out = &s->output;
        load_task(
            s, arena, place->pictures + (int64_t)image * out->channels * out->height * out->width, task);
        break;
    }
    case CTK_STEP_CONV: convolution_task(s, place, arena, scratch, task); break;
    case CTK_STEP_WINOGRAD: winograd_task(s, place, arena, scratch, task); break;
    case CTK_STEP_DEPTHWISE: depthwise_task(s, arena, task); break;
    case CTK_STEP_MAX_POOL:
    case CTK_STEP_AVERAGE_POOL: pool_task(s, arena, task); break;
    case CTK_STEP_GLOBAL_MEAN: mean_task(s, arena, task); break;
    default: pixels_task(s, arena, task); break;
    }
}

/// Multiplications and additions in registers, as many as can be under way at once. Returns their number.
double CTK_LEVEL_PEAK(void) {
    V sums[12];
    for (int i = 0; i < 12; ++i) sums[i] = splat((float)i);
    V x = splat(0.999f), y = splat(1e-3f);
    const long rounds = 2000000;
    for (long round = 0; round < rounds; ++round) {
        CTK_UNROLL for (int i = 0; i < 12; ++i) sums[i] = sums[i] * x + y;
        __asm__ volatile("" ::: "memory");
    }
    V all = splat(0);
    for (int i = 0; i < 12; ++i) all += sums[i];
    volatile float sink = all[0];
    (void)sink;
    return 2.0 * 12.0 * CTK_WIDTH * (double)rounds;
}
