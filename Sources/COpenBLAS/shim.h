// The two calls of OpenBLAS that the engine needs, and the two that set and name it.
//
// cblas.h itself is not included: it pulls in <complex.h>, whose macro `I` leaks into every importer.
#ifndef CXR_COPENBLAS_SHIM_H
#define CXR_COPENBLAS_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

// CBLAS_ORDER: 101 row major. CBLAS_TRANSPOSE: 111 as is, 112 transposed. `int` is blasint of the LP64 build.
void cblas_sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc);
void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
char *openblas_get_corename(void);

#ifdef __cplusplus
}
#endif

#endif
