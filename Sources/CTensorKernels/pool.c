// The engine's threads: they wait a moment in case the next step comes at once, then sleep in the kernel.
//
// A step takes some tens of microseconds. libdispatch takes as long to start one; waiting without end would steal the
// core on which the caller runs where two virtual CPUs are one real core.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CTensorPlan.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/// More threads than this gain nothing on networks of this size: a step has some tens of tasks.
enum { MAXIMUM_THREADS = 16, SPINS = 2000, SPINS_BEFORE_YIELD = 256 };

static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;
static int32_t started;
static atomic_int generation, finished, sleepers, callerSleeps, next;
static struct {
    void (*task)(const void *, int32_t, int32_t);
    const void *argument;
    int32_t count, threads;
} job;

static inline void pause_briefly(int *spins) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    if (++*spins > SPINS_BEFORE_YIELD && *spins % 64 == 0) sched_yield();
}

static void wait_for_change(atomic_int *word, int value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(atomic_int *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, MAXIMUM_THREADS, NULL, NULL, 0); }

static void work(int32_t thread) {
    int32_t index;
    while ((index = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed)) < job.count)
        job.task(job.argument, index, thread);
}

static void *worker(void *argument) {
    const int32_t thread = (int32_t)((intptr_t)argument & 0xFF);
    // A worker that starts late counts from where the generation was when it was made.
    int seen = (int)((intptr_t)argument >> 8);
    for (;;) {
        int spins = 0, now;
        while ((now = atomic_load_explicit(&generation, memory_order_acquire)) == seen) {
            pause_briefly(&spins);
            if (spins > SPINS) {
                atomic_fetch_add(&sleepers, 1);
                while (atomic_load(&generation) == seen) wait_for_change(&generation, seen);
                atomic_fetch_sub(&sleepers, 1);
            }
        }
        seen = now;
        if (thread < job.threads) work(thread);
        atomic_fetch_add(&finished, 1);
        if (atomic_load(&callerSleeps)) wake(&finished);
    }
    return NULL;
}

int32_t ctk_pool_threads(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    const int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count;
}

/// Starts workers until there are `threads - 1`; returns the threads that there are. They take no signals: those belong
/// to the program.
static int32_t start(int32_t threads) {
    if (started + 1 >= threads) return threads;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (started + 1 < threads) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, worker, (void *)((intptr_t)atomic_load(&generation) << 8 | (started + 1)))
            != 0) break;
        ++started;
    }
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started + 1;
}

static void alone(int32_t count, void (*task)(const void *, int32_t, int32_t), const void *argument) {
    for (int32_t index = 0; index < count; ++index) task(argument, index, 0);
}

void ctk_parallel(int32_t count, int32_t threads, void (*task)(const void *, int32_t, int32_t), const void *argument) {
    if (threads > MAXIMUM_THREADS) threads = MAXIMUM_THREADS;
    if (threads <= 1 || count <= 1 || pthread_mutex_trylock(&busy) != 0) {
        alone(count, task, argument);
        return;
    }
    threads = start(threads);
    job.task = task;
    job.argument = argument;
    job.count = count;
    job.threads = threads;
    atomic_store_explicit(&next, 0, memory_order_relaxed);
    atomic_store(&finished, 0);
    atomic_fetch_add(&generation, 1);
    if (atomic_load(&sleepers)) wake(&generation);
    work(0);
    int spins = 0, now;
    while ((now = atomic_load_explicit(&finished, memory_order_acquire)) < started) {
        pause_briefly(&spins);
        if (spins > SPINS) {
            atomic_store(&callerSleeps, 1);
            while ((now = atomic_load(&finished)) < started) wait_for_change(&finished, now);
            atomic_store(&callerSleeps, 0);
        }
    }
    pthread_mutex_unlock(&busy);
}

float *ctk_allocate(int64_t floats) {
    const size_t bytes = ((size_t)floats * sizeof(float) + 4095) / 4096 * 4096;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) __builtin_trap();
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void ctk_release(float *memory, int64_t floats) {
    munmap(memory, ((size_t)floats * sizeof(float) + 4095) / 4096 * 4096);
}
