// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// System calls that are refused with EPERM, by seccomp. A list of what is
// refused, not of what is allowed: libjack, PipeWire's modules, name services
// and later plugins make calls that nobody here chooses.
#include "common/log.h"
#include "common/sandbox_private.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// By name: which of them there are depends on kernel and processor.
static const char *const refused[] = {
    // Other programs: run them, look into them, take what they have.
    "execve",
    "execveat",
    "kcmp",
    "pidfd_getfd",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    // Another user, other rights.
    "capset",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setgroups",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
    // Files past Landlock's rules.
    "chown",
    "fanotify_init",
    "fchown",
    "fchownat",
    "fremovexattr",
    "fsetxattr",
    "lchown",
    "lremovexattr",
    "lsetxattr",
    "name_to_handle_at",
    "open_by_handle_at",
    "removexattr",
    "setxattr",
    // Another view of the system.
    "chroot",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pivot_root",
    "setns",
    "umount",
    "umount2",
    "unshare",
    // The system itself.
    "acct",
    "clock_adjtime",
    "clock_settime",
    "adjtimex",
    "delete_module",
    "finit_module",
    "init_module",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "quotactl",
    "quotactl_fd",
    "reboot",
    "setdomainname",
    "sethostname",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "vhangup",
    // Large parts of the kernel that nothing here needs.
    "add_key",
    "bpf",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "keyctl",
    "lookup_dcookie",
    "perf_event_open",
    "request_key",
    "userfaultfd",
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static const uint32_t no = SCMP_ACT_ERRNO(EPERM);

// 0, or the negated errno.
static int
refuse_named(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused && !result; i++) {
        const int number = seccomp_syscall_resolve_name(refused[i]);
        if (number != __NR_SCMP_ERROR)
            result = seccomp_rule_add(filter, no, number, 0);
    }
#ifndef SANITIZED // whose search for leaks stops the threads by it
    if (!result)
        result = seccomp_rule_add(filter, no, SCMP_SYS(ptrace), 0);
#endif
    return result;
}

static int
refuse_namespaces(scmp_filter_ctx filter)
{
    static const unsigned long spaces[] = {
        CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNET, CLONE_NEWNS,
        CLONE_NEWPID,    CLONE_NEWUSER, CLONE_NEWUTS,
    };
    int result = 0;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces && !result; i++)
        result =
            seccomp_rule_add(filter, no, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
    // Its flags lie in memory, where no filter can look; without it clone()
    // is used.
    if (!result)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                                  SCMP_SYS(clone3), 0);
    return result;
}

static bool
is_wanted(int family, enum weir_sandbox_network network)
{
    // Netlink tells of interfaces, and which addresses can be reached.
    return family == AF_UNIX ||
           (network == WEIR_SANDBOX_NETWORK &&
            (family == AF_INET || family == AF_INET6 || family == AF_NETLINK));
}

static int
refuse_sockets(scmp_filter_ctx filter, enum weir_sandbox_network network)
{
    int result =
        seccomp_rule_add(filter, no, SCMP_SYS(socket), 1,
                         SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)AF_NETLINK, 0));
    for (int family = 0; family <= AF_NETLINK && !result; family++)
        if (!is_wanted(family, network))
            result =
                seccomp_rule_add(filter, no, SCMP_SYS(socket), 1,
                                 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
    // TCP by another name, which Landlock's ports do not know.
    enum { MPTCP = 262 };
    if (!result)
        result = seccomp_rule_add(filter, no, SCMP_SYS(socket), 1,
                                  SCMP_A2(SCMP_CMP_EQ, MPTCP, 0));
    return result;
}

// What types on the terminal that it was started from.
static int
refuse_typing(scmp_filter_ctx filter)
{
    enum { TYPE_ON_CONSOLE = 0x541c }; // TIOCLINUX, in headers of its own
    const int result = seccomp_rule_add(filter, no, SCMP_SYS(ioctl), 1,
                                        SCMP_A1(SCMP_CMP_EQ, TIOCSTI, 0));
    return result ? result
                  : seccomp_rule_add(filter, no, SCMP_SYS(ioctl), 1,
                                     SCMP_A1(SCMP_CMP_EQ, TYPE_ON_CONSOLE, 0));
}

static int
load(scmp_filter_ctx filter, enum weir_sandbox_network network)
{
    // A tree instead of a list; all threads, if a preloaded library has made
    // some. Older ones can do neither, which is no reason to do without.
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    int result = refuse_named(filter);
    if (!result)
        result = refuse_namespaces(filter);
    if (!result)
        result = refuse_sockets(filter, network);
    if (!result)
        result = refuse_typing(filter);
    return result ? result : seccomp_load(filter);
}

void
weir_sandbox_refuse_calls(enum weir_sandbox_network network)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const int result = filter ? load(filter, network) : -ENOMEM;
    if (filter)
        seccomp_release(filter);
    if (result)
        weir_log(WEIR_LOG_INFO,
                 "sandbox: no seccomp, system calls are not restricted: %s",
                 strerror(-result));
    else
        weir_log(WEIR_LOG_DEBUG,
                 "sandbox: seccomp: other programs, users, namespaces and the "
                 "system itself are out of reach; sockets: Unix%s",
                 network == WEIR_SANDBOX_NETWORK ? ", IP" : "");
}
