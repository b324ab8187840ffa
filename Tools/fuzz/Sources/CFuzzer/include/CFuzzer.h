// libFuzzer's driver, which the sanitizer's runtime brings.
#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs a target on one input. Always returns 0.
typedef int (*fuzz_target)(const uint8_t *bytes, size_t count);

/// Reads libFuzzer's arguments and runs the target until they say that it is enough.
int LLVMFuzzerRunDriver(int *count, char ***arguments, fuzz_target target);

#endif
