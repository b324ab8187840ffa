// What a process gives up, and how a child is started with nothing it should not have. Linux only.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What `cxr_sandbox_enter` denies from then on, to this thread and all it starts. A denied call fails with EPERM.
enum {
    CXR_SANDBOX_NO_NETWORK = 1,    // no socket but Unix pairs already open; no connect, bind, listen, accept
    CXR_SANDBOX_NO_EXECUTE = 2,    // no execve
    CXR_SANDBOX_NO_FILES = 4,      // no opening, creating, renaming, removing, linking; open descriptors stay usable
    CXR_SANDBOX_NO_PROCESSES = 8,  // no fork, no ptrace, no signals to others; threads stay allowed
    CXR_SANDBOX_NO_KERNEL_DOORS = 16  // no mount, bpf, perf, keyring, io_uring, user namespaces, kexec, modules
};

/// Installs a seccomp filter for all threads of the process. Returns 0 or an errno. Cannot be undone.
int cxr_sandbox_enter(uint32_t flags);

/// Address space and processor time of this process; 0 leaves one as it is. Returns 0 or an errno.
int cxr_limit_resources(uint64_t address_space_bytes, uint64_t cpu_seconds);

/// No core file, no ptrace by others of the same user (PR_SET_DUMPABLE 0). Returns 0 or an errno.
int cxr_disable_core_dumps(void);

/// Ends this process when its parent ends. Returns 0 or an errno; ESRCH if the parent is gone already.
int cxr_die_with_parent(pid_t parent);

/// Becomes another user for good, in all threads, with no other groups. Only root can. Returns 0 or an errno.
/// Call it before `cxr_die_with_parent`, which the kernel forgets when the user changes (prctl(2)).
int cxr_become(uid_t user, gid_t group);

/// Sets close-on-exec. Returns 0 or an errno.
int cxr_close_on_exec(int descriptor);

/// Marks every open descriptor from `first` on close-on-exec. Returns 0 or an errno.
int cxr_close_on_exec_from(int first);

/// Starts a program with standard input, output and error inherited, `keep_fds[i]` as descriptor 3 + i, every other
/// descriptor closed, default signal dispositions and an empty signal mask. Returns 0 or an errno.
int cxr_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], const int *keep_fds, size_t count);

/// The same with own standard descriptors; -1 stands for /dev/null.
int cxr_spawn_with(pid_t *pid, const char *path, char *const argv[], char *const envp[], int standard_input,
                   int standard_output, int standard_error, const int *keep_fds, size_t count);

/// Most descriptors that one packet carries: every key file of a role, with room.
enum { cxr_descriptors_limit = 192 };

/// Sends a packet and, with it, open descriptors (SCM_RIGHTS, unix(7)). Returns 0 or an errno.
int cxr_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

/// Receives a packet of at most `count` bytes, and the descriptors that came with it, close-on-exec; `descriptors` has
/// room for `cxr_descriptors_limit`. Returns the bytes, 0 at the end, or a negative errno.
long cxr_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count);

#ifdef __cplusplus
}
#endif
#endif
