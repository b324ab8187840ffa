#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int cxr_close_on_exec(int descriptor) {
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) < 0) return errno;
    return 0;
}

int cxr_close_on_exec_from(int first) {
    return close_range((unsigned)first, ~0u, CLOSE_RANGE_CLOEXEC) == 0 ? 0 : errno;
}

/// Copies a descriptor above every number that is a target, so that no dup2 overwrites a source still to come.
static int lift(int descriptor, int above, int *lifted) {
    *lifted = fcntl(descriptor, F_DUPFD_CLOEXEC, above);
    return *lifted >= 0 ? 0 : errno;
}

static int prepare_attributes(posix_spawnattr_t *attributes) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (failure == 0) failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure == 0) failure = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return failure;
}

static int spawn_lifted(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *lifted,
                        size_t count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) return failure;
    failure = posix_spawnattr_init(&attributes);
    if (failure != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    failure = prepare_attributes(&attributes);
    for (size_t index = 0; index < count && failure == 0; index += 1) {
        failure = posix_spawn_file_actions_adddup2(&actions, lifted[index], (int)index);
    }
    if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(&actions, (int)count);
    if (failure == 0) failure = posix_spawn(pid, path, &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int cxr_spawn_with(pid_t *pid, const char *path, char *const argv[], char *const envp[], int standard_input,
                   int standard_output, int standard_error, const int *keep_fds, size_t count) {
    const size_t total = count + 3;
    int *lifted = malloc(total * sizeof *lifted);
    if (lifted == NULL) return ENOMEM;
    for (size_t index = 0; index < total; index += 1) lifted[index] = -1;

    int failure = 0, null = -1;
    const int standard[3] = {standard_input, standard_output, standard_error};
    for (size_t index = 0; index < total && failure == 0; index += 1) {
        int source = index < 3 ? standard[index] : keep_fds[index - 3];
        if (source < 0 && null < 0) {
            null = open("/dev/null", O_RDWR | O_CLOEXEC);
            if (null < 0) failure = errno;
        }
        if (source < 0) source = null;
        if (failure == 0) failure = lift(source, (int)total, &lifted[index]);
    }
    if (failure == 0) failure = spawn_lifted(pid, path, argv, envp, lifted, total);

    for (size_t index = 0; index < total; index += 1) {
        if (lifted[index] >= 0) close(lifted[index]);
    }
    if (null >= 0) close(null);
    free(lifted);
    return failure;
}

/// A standard descriptor that is closed here is /dev/null there.
static int inherited(int descriptor) { return fcntl(descriptor, F_GETFD) < 0 ? -1 : descriptor; }

int cxr_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *keep_fds, size_t count) {
    return cxr_spawn_with(pid, path, argv, envp, inherited(0), inherited(1), inherited(2), keep_fds, count);
}
