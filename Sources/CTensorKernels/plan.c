// Runs a plan: divides each step into tasks and hands them to the threads.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CTensorPlan.h"
#include "clones.h"
#include <stddef.h>
#include <string.h>
#include <time.h>

typedef void (*level_task)(const ctk_step *, const ctk_place *, int32_t image, int32_t task, int32_t thread);
void ctk_task_plain(const ctk_step *, const ctk_place *, int32_t, int32_t, int32_t);
#if defined(__x86_64__)
void ctk_task_avx2(const ctk_step *, const ctk_place *, int32_t, int32_t, int32_t);
void ctk_task_avx512(const ctk_step *, const ctk_place *, int32_t, int32_t, int32_t);
#endif

double ctk_peak_plain(void);
#if defined(__x86_64__)
double ctk_peak_avx2(void);
double ctk_peak_avx512(void);
#endif

double ctk_measure_peak(int32_t level) {
#if defined(__x86_64__)
    if (level == 2) return ctk_peak_avx512();
    if (level == 1) return ctk_peak_avx2();
#endif
    (void)level;
    return ctk_peak_plain();
}

static level_task task_of(int32_t level) {
#if defined(__x86_64__)
    if (level == 2) return ctk_task_avx512;
    if (level == 1) return ctk_task_avx2;
#endif
    return ctk_task_plain;
}

int32_t ctk_plan_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("bmi2"))
        return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) return 1;
#endif
    return 0;
}

static int32_t divided(int64_t count, int32_t by) { return (int32_t)((count + by - 1) / by); }

/// Tasks of a step on one image.
static int32_t task_count(const ctk_step *s) {
    const ctk_view *out = &s->output;
    switch (s->kind) {
    case CTK_STEP_CONV: return divided((int64_t)out->height * out->width, s->tile) * s->parts;
    case CTK_STEP_WINOGRAD:
        return divided((int64_t)divided(out->height, s->edge) * divided(out->width, s->edge), s->tile) * s->parts;
    case CTK_STEP_LOAD:
    case CTK_STEP_MAX_POOL:
    case CTK_STEP_AVERAGE_POOL: return out->height;
    case CTK_STEP_DEPTHWISE: return divided(out->height, s->tile);
    case CTK_STEP_GLOBAL_MEAN: return divided(out->channels, CTK_MEAN_CHANNELS);
    default: return divided((int64_t)out->height * out->width, s->tile);
    }
}

int64_t ctk_step_scratch(const ctk_step *s, int32_t panel) {
    const int64_t channels = ((int64_t)s->input.channels + 15) / 16 * 16, outputs = ((int64_t)s->output.channels + 15) / 16 * 16;
    (void)panel;
    if (s->kind == CTK_STEP_CONV) {
        const int64_t depth = (int64_t)s->input.channels * s->kernelHeight * s->kernelWidth;
        return s->tile * ((depth + 15) / 16 * 16 + 16) + 64;
    }
    if (s->kind == CTK_STEP_WINOGRAD) {
        const int64_t points = (int64_t)(s->edge + 2) * (s->edge + 2);
        return channels + points * (s->tile * channels + 16) + points * (s->tile * outputs + 16) + 64;
    }
    return 0;
}

typedef struct {
    const ctk_step *steps;
    const ctk_place *place;
    level_task task;
    int32_t count, begin, tasks;
} work;

static void step_task(const void *argument, int32_t index, int32_t thread) {
    const work *w = argument;
    w->task(w->steps, w->place, w->begin + index / w->tasks, index % w->tasks, thread);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ctk_run_steps(
    const ctk_step *steps, int32_t count, const ctk_place *place, int32_t begin, int32_t end, int32_t threads,
    double *seconds) {
    for (int32_t i = 0; i < count; ++i) {
        const double started = seconds ? now() : 0;
        const work w = {steps + i, place, task_of(place->level), 1, begin, task_count(steps + i)};
        ctk_parallel(w.tasks * (end - begin), threads, step_task, &w);
        if (seconds) seconds[i] += now() - started;
    }
}

static void image_task(const void *argument, int32_t index, int32_t thread) {
    const work *w = argument;
    for (int32_t i = 0; i < w->count; ++i) {
        const int32_t tasks = task_count(w->steps + i);
        for (int32_t task = 0; task < tasks; ++task) w->task(w->steps + i, w->place, w->begin + index, task, thread);
    }
}

void ctk_run_images(
    const ctk_step *steps, int32_t count, const ctk_place *place, int32_t begin, int32_t end, int32_t threads) {
    const work w = {steps, place, task_of(place->level), count, begin, 0};
    ctk_parallel(end - begin, threads, image_task, &w);
}

int64_t ctk_packed_panels_size(int32_t outputs, int64_t depth, int32_t panel) {
    (void)panel;
    return ((int64_t)outputs + 15) / 16 * 16 * depth;
}

/// Where the weight of an output lies: panels of `panel` outputs, the last one narrower.
static inline int64_t place_of(int64_t output, int64_t k, int64_t depth, int64_t filled, int64_t panel) {
    const int64_t first = output / panel * panel, width = filled - first < panel ? filled - first : panel;
    return first * depth + k * width + (output - first);
}

void ctk_pack_panels(
    const float *weights, int32_t outputs, int32_t channels, int32_t taps, int32_t panel, float *packed) {
    const int64_t depth = (int64_t)channels * taps, filled = ((int64_t)outputs + 15) / 16 * 16;
    if (filled != outputs) memset(packed, 0, (size_t)(filled * depth) * sizeof(float));
    for (int64_t first = 0; first < outputs; first += panel) {
        const int64_t width = filled - first < panel ? filled - first : panel;
        const int64_t count = outputs - first < width ? outputs - first : width;
        float *to = packed + first * depth;
        for (int64_t tap = 0; tap < taps; ++tap) {
            for (int64_t c = 0; c < channels; ++c, to += width) {
                const float *from = weights + (first * channels + c) * taps + tap;
                for (int64_t o = 0; o < count; ++o) to[o] = from[o * depth];
            }
        }
    }
}

void ctk_pack_winograd(
    const float *weights, int32_t outputs, int32_t channels, int32_t edge, int32_t panel, float *packed) {
    static const float g4[6][3] = {{1.0f / 4, 0, 0}, {-1.0f / 6, -1.0f / 6, -1.0f / 6}, {-1.0f / 6, 1.0f / 6, -1.0f / 6},
        {1.0f / 24, 1.0f / 12, 1.0f / 6}, {1.0f / 24, -1.0f / 12, 1.0f / 6}, {0, 0, 1}};
    static const float g2[4][3] = {{1, 0, 0}, {0.5f, 0.5f, 0.5f}, {0.5f, -0.5f, 0.5f}, {0, 0, 1}};
    const float(*g)[3] = edge == 4 ? g4 : g2;
    const int32_t size = edge + 2;
    const int64_t filled = ((int64_t)outputs + 15) / 16 * 16, matrix = filled * channels;
    if (filled != outputs) memset(packed, 0, (size_t)(matrix * size * size) * sizeof(float));
    for (int64_t c = 0; c < channels; ++c) {
        for (int64_t o = 0; o < outputs; ++o) {
            const float *k = weights + (o * channels + c) * 9;
            float *to = packed + place_of(o, c, channels, filled, panel);
            float t[6][3];
            for (int32_t i = 0; i < size; ++i)
                for (int32_t j = 0; j < 3; ++j) t[i][j] = g[i][0] * k[j] + g[i][1] * k[3 + j] + g[i][2] * k[6 + j];
            for (int32_t i = 0; i < size; ++i)
                for (int32_t j = 0; j < size; ++j)
                    to[(i * size + j) * matrix] = t[i][0] * g[j][0] + t[i][1] * g[j][1] + t[i][2] * g[j][2];
        }
    }
}

void ctk_store_view(const float *arena, const ctk_view *view, float *picture) {
    const int64_t plane = (int64_t)view->height * view->width;
    for (int64_t p = 0; p < plane; ++p)
        for (int32_t c = 0; c < view->channels; ++c) picture[c * plane + p] = arena[view->offset + p * view->pitch + c];
}

void ctk_load_view(const float *picture, const ctk_view *view, float *arena) {
    const int64_t plane = (int64_t)view->height * view->width;
    for (int64_t p = 0; p < plane; ++p)
        for (int32_t c = 0; c < view->pitch; ++c)
            arena[view->offset + p * view->pitch + c] = c < view->channels ? picture[c * plane + p] : 0;
}

CTK_CLONES
void ctk_weigh_view(const float *arena, const ctk_view *view, const float *weights, float *map) {
    const int64_t plane = (int64_t)view->height * view->width;
    for (int64_t p = 0; p < plane; ++p) {
        const float *x = arena + view->offset + p * view->pitch;
        // Sixteen sums, so that the compiler may use whole registers without another order on another machine.
        float sums[16] = {0};
        int32_t c = 0;
        for (; c + 16 <= view->channels; c += 16)
            for (int32_t i = 0; i < 16; ++i) sums[i] += weights[c + i] * x[c + i];
        float sum = 0;
        for (; c < view->channels; ++c) sum += weights[c] * x[c];
        for (int32_t i = 0; i < 16; ++i) sum += sums[i];
        map[p] = sum;
    }
}
