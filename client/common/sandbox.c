// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a program keeps, and files and ports by Landlock. System calls:
// sandbox_calls.c.
#include "common/sandbox.h"

#include "common/log.h"
#include "common/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// What newer kernels than the headers' have; their numbers are the kernel's
// interface and do not change.
#define FS_TRUNCATE (UINT64_C(1) << 14)        // ABI 3
#define FS_IOCTL_DEV (UINT64_C(1) << 15)       // ABI 5
#define NET_BIND_TCP (UINT64_C(1) << 0)        // ABI 4
#define NET_CONNECT_TCP (UINT64_C(1) << 1)     // ABI 4
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0) // ABI 6
#define SCOPE_SIGNAL (UINT64_C(1) << 1)        // ABI 6

enum { RULE_NET_PORT = 2 };

struct ruleset_attr {
    uint64_t fs;
    uint64_t net;    // ABI 4
    uint64_t scoped; // ABI 6
};

struct net_port_attr {
    uint64_t access;
    uint64_t port;
};

#define FS_READ                                                                \
    (UINT64_C(0) | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FILES                                                               \
    (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |   \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)
#define FS_ALL                                                                 \
    (FS_FILES | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |             \
     LANDLOCK_ACCESS_FS_REFER)
// All that a rule about something that is no folder may speak of.
#define FS_OF_FILE                                                             \
    (UINT64_C(0) | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
     LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

static const uint64_t rights[] = {
    [WEIR_SANDBOX_READ] = FS_READ,
    [WEIR_SANDBOX_FILES] = FS_FILES,
    [WEIR_SANDBOX_ALL] = FS_ALL,
    [WEIR_SANDBOX_STATES] = FS_ALL | LANDLOCK_ACCESS_FS_MAKE_SYM,
    [WEIR_SANDBOX_RMDIR] = LANDLOCK_ACCESS_FS_REMOVE_DIR,
};

enum { MAX_PATHS = 64, MAX_PORTS = 128, PATH_BYTES = 4096 };

struct kept_path {
    char *path;
    enum weir_sandbox_access access;
};

struct kept_port {
    uint16_t port;
    uint64_t access;
};

struct weir_sandbox {
    enum weir_sandbox_network network;
    struct kept_path paths[MAX_PATHS];
    unsigned n_paths;
    struct kept_port ports[MAX_PORTS];
    unsigned n_ports;
    bool listens_anywhere;
    bool abstract;
};

// ----------------------------------------------------------------- the list

void
weir_sandbox_path(struct weir_sandbox *box, const char *path,
                  enum weir_sandbox_access access)
{
    if (!box || !path || !*path || box->n_paths == MAX_PATHS)
        return;
    char *copy = strdup(path);
    if (copy)
        box->paths[box->n_paths++] = (struct kept_path){copy, access};
}

void
weir_sandbox_folder_of(struct weir_sandbox *box, const char *file)
{
    char folder[PATH_BYTES];
    const size_t fixed = strcspn(file, "%");
    size_t n = fixed;
    while (n > 0 && file[n - 1] != '/')
        n--;
    // "FILE" is in ".", "/FILE" in "/".
    snprintf(folder, sizeof folder, "%.*s.", (int)n, file);
    weir_sandbox_path(box, folder, WEIR_SANDBOX_FILES);
}

void
weir_sandbox_read_listed(struct weir_sandbox *box, const char *variable)
{
    char *save;
    const char *value = getenv(variable);
    char *list = value ? strdup(value) : NULL;
    for (char *path = list ? strtok_r(list, ":", &save) : NULL; path;
         path = strtok_r(NULL, ":", &save))
        weir_sandbox_path(box, path, WEIR_SANDBOX_READ);
    free(list);
}

void
weir_sandbox_read_home(struct weir_sandbox *box, const char *name)
{
    char path[PATH_BYTES];
    const char *home = getenv("HOME");
    if (home && snprintf(path, sizeof path, "%s/%s", home, name) > 0)
        weir_sandbox_path(box, path, WEIR_SANDBOX_READ);
}

static void
keep_port(struct weir_sandbox *box, uint16_t port, uint64_t access)
{
    if (box && box->n_ports < MAX_PORTS)
        box->ports[box->n_ports++] = (struct kept_port){port, access};
}

void
weir_sandbox_listen(struct weir_sandbox *box, uint16_t port)
{
    if (port)
        keep_port(box, port, NET_BIND_TCP);
    else if (box)
        box->listens_anywhere = true;
}

void
weir_sandbox_connect(struct weir_sandbox *box, uint16_t port)
{
    keep_port(box, port, NET_CONNECT_TCP);
}

void
weir_sandbox_abstract(struct weir_sandbox *box)
{
    if (box)
        box->abstract = true;
}

static void
keep_parent(struct weir_sandbox *box, const char *link)
{
    char *target = realpath(link, NULL);
    char *slash = target ? strrchr(target, '/') : NULL;
    if (slash && slash > target) {
        *slash = '\0';
        weir_sandbox_path(box, target, WEIR_SANDBOX_READ);
    }
    free(target);
}

void
weir_sandbox_names(struct weir_sandbox *box)
{
    enum { DNS_PORT = 53 }; // by TCP, when an answer is long
    weir_sandbox_connect(box, DNS_PORT);
    // Often a link to a file of a service, which writes it anew.
    keep_parent(box, "/etc/resolv.conf");
}

struct weir_sandbox *
weir_sandbox_new(enum weir_sandbox_network network)
{
    // Libraries that are loaded late, their settings, names, time zones;
    // other systems keep them elsewhere. What is not there does not matter.
    static const char *const system[] = {
        "/usr",       "/lib",       "/lib32", "/lib64",
        "/etc",       "/nix/store", "/gnu",   "/sys/devices/system",
        "/proc/self",
    };
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                          "/dev/random", "/dev/urandom"};
    struct weir_sandbox *box = calloc(1, sizeof *box);
    if (!box) {
        weir_log(WEIR_LOG_INFO, "sandbox: none: memory is short");
        return NULL;
    }
    box->network = network;
    for (size_t i = 0; i < sizeof system / sizeof *system; i++)
        weir_sandbox_path(box, system[i], WEIR_SANDBOX_READ);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        weir_sandbox_path(box, devices[i], WEIR_SANDBOX_FILES);
    weir_sandbox_read_listed(box, "LD_LIBRARY_PATH");
    // What is beside the program: its debug information, in a build folder.
    keep_parent(box, "/proc/self/exe");
    return box;
}

static void
discard(struct weir_sandbox *box)
{
    for (unsigned i = 0; i < box->n_paths; i++)
        free(box->paths[i].path);
    free(box);
}

// ----------------------------------------------------------------- Landlock

// A service manager may wait for sd_notify() at an abstract address.
static uint64_t
scopes(const struct weir_sandbox *box)
{
    const char *notify = getenv("NOTIFY_SOCKET");
    const bool abstract = box->abstract || (notify && *notify == '@');
    return SCOPE_SIGNAL | (abstract ? 0 : SCOPE_ABSTRACT_UNIX);
}

// What this kernel can hold.
static struct ruleset_attr
handled(const struct weir_sandbox *box, long abi)
{
    struct ruleset_attr attr = {
        .fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, // ABI 1
    };
    if (abi >= 2)
        attr.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        attr.fs |= FS_TRUNCATE;
    if (abi >= 4)
        attr.net = NET_CONNECT_TCP | (box->listens_anywhere ? 0 : NET_BIND_TCP);
    if (abi >= 5)
        attr.fs |= FS_IOCTL_DEV;
    if (abi >= 6)
        attr.scoped = scopes(box);
    return attr;
}

static size_t
attr_size(long abi)
{
    return abi >= 6   ? sizeof(struct ruleset_attr)
           : abi >= 4 ? offsetof(struct ruleset_attr, scoped)
                      : offsetof(struct ruleset_attr, net);
}

// In /proc a name that nobody holds open is forgotten and later made anew,
// as another file than the rule's: that one descriptor stays.
static bool
must_stay_open(const char *path)
{
    return strncmp(path, "/proc/", 6) == 0;
}

static void
add_path(int ruleset, const struct kept_path *kept, uint64_t fs)
{
    struct stat st;
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(kept->path, O_PATH | O_CLOEXEC),
        .allowed_access = rights[kept->access] & fs,
    };
    if (rule.parent_fd < 0)
        return;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= FS_OF_FILE;
    if (rule.allowed_access && syscall(SYS_landlock_add_rule, ruleset,
                                       LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
        weir_log(WEIR_LOG_INFO, "sandbox: %s: %s", kept->path, strerror(errno));
    if (!must_stay_open(kept->path))
        close(rule.parent_fd);
}

static void
add_rules(int ruleset, const struct weir_sandbox *box,
          const struct ruleset_attr *attr)
{
    for (unsigned i = 0; i < box->n_paths; i++)
        add_path(ruleset, &box->paths[i], attr->fs);
    for (unsigned i = 0; attr->net && i < box->n_ports; i++) {
        const struct net_port_attr rule = {box->ports[i].access,
                                           box->ports[i].port};
        if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0))
            weir_log(WEIR_LOG_INFO, "sandbox: TCP port %u: %s",
                     box->ports[i].port, strerror(errno));
    }
}

// False with errno.
static bool
restrict_files(const struct weir_sandbox *box, long abi)
{
    const struct ruleset_attr attr = handled(box, abi);
    const int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
    if (ruleset < 0)
        return false;
    add_rules(ruleset, box, &attr);
    const bool ok = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    const int why = errno;
    close(ruleset);
    errno = why;
    return ok;
}

// ------------------------------------------------------------------- saying

static void
append(char *text, size_t size, const char *more)
{
    const size_t n = strlen(text);
    snprintf(text + n, size - n, " %s", more);
}

static void
say_files(const struct weir_sandbox *box, long abi)
{
    char written[1024] = "";
    for (unsigned i = 0; i < box->n_paths; i++) {
        const struct kept_path *kept = &box->paths[i];
        if (strncmp(kept->path, "/dev/", 5) == 0 &&
            strcmp(kept->path, "/dev/shm") != 0)
            continue;
        if (kept->access == WEIR_SANDBOX_FILES ||
            kept->access == WEIR_SANDBOX_ALL ||
            kept->access == WEIR_SANDBOX_STATES)
            append(written, sizeof written, kept->path);
    }
    weir_log(WEIR_LOG_DEBUG,
             "sandbox: Landlock ABI %ld: no programs are run; files are "
             "written in:%s",
             abi, *written ? written : " none");
    if (abi < 3)
        weir_log(WEIR_LOG_DEBUG, "sandbox: this kernel cannot keep files from "
                                 "being truncated (ABI 3)");
}

static void
say_ports(const struct weir_sandbox *box, long abi)
{
    char ports[2048] = "";
    if (box->listens_anywhere)
        append(ports, sizeof ports, "listen at any port");
    for (unsigned i = 0; i < box->n_ports; i++) {
        char one[32];
        const bool listen = box->ports[i].access == NET_BIND_TCP;
        snprintf(one, sizeof one, "%s %u", listen ? "listen" : "connect",
                 box->ports[i].port);
        append(ports, sizeof ports, one);
    }
    if (abi >= 4)
        weir_log(WEIR_LOG_DEBUG, "sandbox: TCP:%s", *ports ? ports : " none");
    else if (box->network == WEIR_SANDBOX_NETWORK)
        weir_log(WEIR_LOG_DEBUG,
                 "sandbox: this kernel cannot restrict TCP (ABI 4)");
    if (abi < 6)
        weir_log(WEIR_LOG_DEBUG, "sandbox: this kernel cannot restrict signals "
                                 "to others (ABI 6)");
}

static void
enter_landlock(const struct weir_sandbox *box)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
                             LANDLOCK_CREATE_RULESET_VERSION);
    if (abi > 0 && restrict_files(box, abi)) {
        say_files(box, abi);
        say_ports(box, abi);
        return;
    }
    weir_log(WEIR_LOG_INFO,
             "sandbox: no Landlock, files are not restricted: %s",
             abi == 0 || errno == ENOSYS || errno == EOPNOTSUPP
                 ? "the kernel does not have it, or not switched on"
                 : strerror(errno));
}

// Without it the kernel would take nothing from an ordinary user.
static void
give_up_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        weir_log(WEIR_LOG_INFO, "sandbox: no_new_privs: %s", strerror(errno));
}

void
weir_sandbox_enter(struct weir_sandbox *box)
{
    if (!box)
        return;
    give_up_privileges();
    enter_landlock(box);
    weir_sandbox_refuse_calls(box->network);
    discard(box);
}

void
weir_sandbox_enter_files(struct weir_sandbox *box)
{
    if (!box)
        return;
    give_up_privileges();
    enter_landlock(box);
    discard(box);
}
