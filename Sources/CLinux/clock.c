#include "CLinux.h"

#include <string.h>
#include <sys/timex.h>

long cxr_clock_error_microseconds(void) {
    struct timex state;
    memset(&state, 0, sizeof state);  // modes 0: only look
    if (adjtimex(&state) < 0) return -1;
    return state.maxerror;
}
