// Kernels over boxes with a step per axis: broadcasting, reduction, transposition, padding.
#include "CTensorKernels.h"
#include "clones.h"
#include <math.h>

/// Visits every line along the last axis; `a`, `b` hold the offsets of its first element in the two operands.
#define CTK_LINES(box, ...) \
    do {                                                                                                              \
        const int32_t last = (box)->rank - 1;                                                                         \
        const int64_t length = (box)->shape[last], sa = (box)->stepA[last], sb = (box)->stepB[last];                  \
        int64_t index[CTK_MAXIMUM_RANK] = {0}, a = 0, b = 0, dense = 0;                                               \
        (void)sa, (void)sb, (void)b;                                                                                  \
        for (;;) {                                                                                                    \
            __VA_ARGS__;                                                                                              \
            dense += length;                                                                                          \
            int32_t axis = last - 1;                                                                                  \
            for (; axis >= 0; --axis) {                                                                               \
                a += (box)->stepA[axis];                                                                              \
                b += (box)->stepB[axis];                                                                              \
                if (++index[axis] < (box)->shape[axis]) break;                                                        \
                a -= (box)->stepA[axis] * (box)->shape[axis];                                                         \
                b -= (box)->stepB[axis] * (box)->shape[axis];                                                         \
                index[axis] = 0;                                                                                      \
            }                                                                                                         \
            if (axis < 0) break;                                                                                      \
        }                                                                                                             \
    } while (0)

#define CTK_COMBINE(OP)                                                                                               \
    CTK_LINES(box, {                                                                                                  \
        const float *u = x + a, *v = z + b;                                                                           \
        float *to = y + dense;                                                                                        \
        if (sa == 1 && sb == 1) {                                                                                     \
            for (int64_t i = 0; i < length; ++i) to[i] = u[i] OP v[i];                                                \
        } else if (sa == 1 && sb == 0) {                                                                              \
            const float k = *v;                                                                                       \
            for (int64_t i = 0; i < length; ++i) to[i] = u[i] OP k;                                                   \
        } else if (sa == 0 && sb == 1) {                                                                              \
            const float k = *u;                                                                                       \
            for (int64_t i = 0; i < length; ++i) to[i] = k OP v[i];                                                   \
        } else {                                                                                                      \
            for (int64_t i = 0; i < length; ++i) to[i] = u[i * sa] OP v[i * sb];                                      \
        }                                                                                                             \
    })

CTK_CLONES
void ctk_binary(int32_t kind, const float *x, const float *z, float *y, const ctk_box *box) {
    switch (kind) {
    case CTK_ADD: CTK_COMBINE(+); break;
    case CTK_SUBTRACT: CTK_COMBINE(-); break;
    case CTK_MULTIPLY: CTK_COMBINE(*); break;
    case CTK_DIVIDE: CTK_COMBINE(/); break;
    case CTK_POWER:
        CTK_LINES(box, for (int64_t i = 0; i < length; ++i) y[dense + i] = powf(x[a + i * sa], z[b + i * sb]));
        break;
    }
}

CTK_CLONES
void ctk_reduce_add(const float *x, float *y, const ctk_box *box) {
#pragma clang fp reassociate(on)
    CTK_LINES(box, {
        const float *from = x + dense;
        float *to = y + a;
        if (sa == 0) {
            float sum = 0;
            for (int64_t i = 0; i < length; ++i) sum += from[i];
            *to += sum;
        } else {
            for (int64_t i = 0; i < length; ++i) to[i * sa] += from[i];
        }
    });
}

CTK_CLONES
void ctk_gather(const float *x, float *y, const ctk_box *box) {
    CTK_LINES(box, {
        const float *from = x + a;
        float *to = y + dense;
        for (int64_t i = 0; i < length; ++i) to[i] = from[i * sa];
    });
}

CTK_CLONES
void ctk_scatter(const float *x, float *y, const ctk_box *box) {
    CTK_LINES(box, {
        const float *from = x + dense;
        float *to = y + a;
        for (int64_t i = 0; i < length; ++i) to[i * sa] = from[i];
    });
}
