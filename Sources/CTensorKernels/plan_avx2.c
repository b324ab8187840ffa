// The plan's kernels for AVX2 and FMA; OpenBLAS multiplies.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#pragma STDC FP_CONTRACT ON
#define CTK_WIDTH 8
#define CTK_LEVEL_TASK ctk_task_avx2
#define CTK_LEVEL_PEAK ctk_peak_avx2
#include "plan_level.h"
#pragma clang attribute pop
#endif
