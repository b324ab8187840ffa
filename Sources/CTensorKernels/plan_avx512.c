// The plan's kernels for AVX-512. It has registers enough for our own products.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512cd,fma,bmi2"))), apply_to = function)
#pragma STDC FP_CONTRACT ON
#define CTK_WIDTH 16
#define CTK_LEVEL_TASK ctk_task_avx512
#define CTK_LEVEL_PEAK ctk_peak_avx512
#include "plan_level.h"
#pragma clang attribute pop
#endif
