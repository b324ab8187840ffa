// The driver itself comes with -sanitize=fuzzer.
#include "CFuzzer.h"
