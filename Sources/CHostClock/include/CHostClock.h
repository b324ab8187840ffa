// What the kernel knows of the host's clock; Swift's Glibc does not show adjtimex(2). Linux only.
#ifndef CHOSTCLOCK_H
#define CHOSTCLOCK_H

/// How far the clock may be off by the kernel's own reckoning, in microseconds; 16 s stands for a clock that nothing
/// synchronises. Negative if the kernel does not say. Changes nothing.
long cxr_clock_error_microseconds(void);

#endif
