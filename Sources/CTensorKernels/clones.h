// Compiles a kernel for three levels of x86-64 and picks one when the program is loaded.
#ifndef CTK_CLONES_H
#define CTK_CLONES_H

#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define CTK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CTK_CLONES
#endif

#endif
