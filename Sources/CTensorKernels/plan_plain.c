// The plan's kernels in registers of four floats: NEON on ARM, SSE2 on x86-64 without AVX2. OpenBLAS multiplies.
#pragma STDC FP_CONTRACT ON
#define CTK_WIDTH 4
#define CTK_LEVEL_TASK ctk_task_plain
#define CTK_LEVEL_PEAK ctk_peak_plain
#include "plan_level.h"
