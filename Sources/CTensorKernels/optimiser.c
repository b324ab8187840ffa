// AdamW (Loshchilov and Hutter 2019) and the running average of weights.
#include "CTensorKernels.h"
#include "clones.h"
#include <math.h>

CTK_CLONES
void ctk_adamw(
    float *weights, float *moment1, float *moment2, const float *gradient, int64_t count, float rate, float beta1,
    float beta2, float epsilon, float decay, float correction1, float correction2) {
    for (int64_t i = 0; i < count; ++i) {
        const float g = gradient[i];
        moment1[i] = beta1 * moment1[i] + (1 - beta1) * g;
        moment2[i] = beta2 * moment2[i] + (1 - beta2) * g * g;
        const float step = (moment1[i] / correction1) / (sqrtf(moment2[i] / correction2) + epsilon);
        weights[i] -= rate * (step + decay * weights[i]);
    }
}

CTK_CLONES
void ctk_running_average(float *average, const float *weights, float decay, int64_t count) {
    for (int64_t i = 0; i < count; ++i) average[i] += (1 - decay) * (weights[i] - average[i]);
}
