// What Swift's Glibc does not show of Linux.
#ifndef CLINUX_H
#define CLINUX_H

/// How far the clock may be off by the kernel's own reckoning, in microseconds; 16 s stands for a clock that nothing
/// synchronises. Negative if the kernel does not say. Changes nothing.
long cxr_clock_error_microseconds(void);

/// Begins to write what the file's cache holds, and waits for nothing: sync_file_range(2). Promises nothing either.
void cxr_start_writing(int descriptor);

#endif
