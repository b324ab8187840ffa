#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the seccomp filter knows x86-64 and AArch64"
#endif

/// Room for every instruction that the lists below can add, with some to spare.
enum { max_instructions = 256 };

typedef struct {
    struct sock_filter code[max_instructions];
    unsigned short count;
    bool overflow;
} program;

static void add(program *to, struct sock_filter instruction) {
    if (to->count < max_instructions) to->code[to->count++] = instruction;
    else to->overflow = true;
}

static void load(program *to, size_t offset) {
    add(to, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static const uint32_t refusal = SECCOMP_RET_ERRNO | EPERM;

static void deny(program *to, long number) {
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal));
}

static void deny_all(program *to, const long *numbers, size_t count) {
    for (size_t index = 0; index < count; index += 1) deny(to, numbers[index]);
}

static const long network[] = {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4};
static const long execute[] = {SYS_execve, SYS_execveat};
static const long files[] = {
    SYS_openat, SYS_openat2, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mkdirat,
    SYS_mknodat, SYS_fchmodat, SYS_fchownat, SYS_truncate, SYS_open_by_handle_at, SYS_chroot, SYS_memfd_create,
#if defined(__x86_64__)
    SYS_open, SYS_creat, SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_rmdir, SYS_mknod, SYS_chmod,
    SYS_chown, SYS_lchown,
#endif
};
static const long processes[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal,
    SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork,
#endif
};
static const long kernel_doors[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_bpf, SYS_perf_event_open, SYS_add_key, SYS_request_key, SYS_keyctl,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_unshare, SYS_setns, SYS_kexec_load,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_userfaultfd, SYS_reboot, SYS_swapon, SYS_swapoff,
};

/// Threads share their memory with who made them; what does not is a process. clone3 hides its flags behind a pointer
/// that a filter cannot follow, so it is answered "not implemented", and the C library falls back to clone.
static void deny_new_processes(program *to) {
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    load(to, offsetof(struct seccomp_data, args));
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/// Signals may go to this process only (abort() needs that).
static void deny_signals(program *to) {
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 1, 0));
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4));
    load(to, offsetof(struct seccomp_data, args));
    add(to, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal));
    add(to, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

int cxr_sandbox_enter(uint32_t flags) {
    program filter = {.count = 0, .overflow = false};
    // A call in another architecture's numbering would mean something else by our numbers: that is an attack.
    load(&filter, offsetof(struct seccomp_data, arch));
    add(&filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0));
    add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    load(&filter, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    add(&filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));  // x32 numbering
    add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
#endif
    if (flags & CXR_SANDBOX_NO_NETWORK) deny_all(&filter, network, COUNT(network));
    if (flags & CXR_SANDBOX_NO_EXECUTE) deny_all(&filter, execute, COUNT(execute));
    if (flags & CXR_SANDBOX_NO_FILES) deny_all(&filter, files, COUNT(files));
    if (flags & CXR_SANDBOX_NO_KERNEL_DOORS) deny_all(&filter, kernel_doors, COUNT(kernel_doors));
    if (flags & CXR_SANDBOX_NO_PROCESSES) {
        deny_all(&filter, processes, COUNT(processes));
        deny_signals(&filter);
        deny_new_processes(&filter);
    }
    add(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    if (filter.overflow) return E2BIG;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    const struct sock_fprog loaded = {.len = filter.count, .filter = filter.code};
    const long failure = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &loaded);
    if (failure == 0) return 0;
    return failure > 0 ? EBUSY : errno;  // positive: the id of a thread that could not follow
}

int cxr_limit_resources(uint64_t address_space_bytes, uint64_t cpu_seconds) {
    if (address_space_bytes != 0) {
        const struct rlimit space = {address_space_bytes, address_space_bytes};
        if (setrlimit(RLIMIT_AS, &space) != 0) return errno;
    }
    if (cpu_seconds != 0) {
        const struct rlimit time = {cpu_seconds, cpu_seconds};
        if (setrlimit(RLIMIT_CPU, &time) != 0) return errno;
    }
    return 0;
}

int cxr_disable_core_dumps(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    // A core pattern that pipes ignores the limit; "not dumpable" stops that too.
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

int cxr_die_with_parent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
    return getppid() == parent ? 0 : ESRCH;
}
