// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Session files on the disk.
#include "session/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum weir_fault_code
failed(struct weir_fault *fault, const char *file, const char *what, int why)
{
    return weir_fault(fault, WEIR_FAULT_FAILED, "%.80s: %s: %s", file, what,
                      strerror(why));
}

// Below `folder_fd`, whatever links there are.
static int
open_below(int folder_fd, const char *file, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    const long fd = syscall(SYS_openat2, folder_fd, file, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) // before Linux 5.6
        return openat(folder_fd, file, flags | O_CLOEXEC | O_NOFOLLOW);
    return (int)fd;
}

// ------------------------------------------------------------------ reading

static const char *
what_it_is_not(const struct stat *s)
{
    if (!S_ISREG(s->st_mode))
        return "it is no regular file";
    if (s->st_uid != geteuid() && s->st_uid != 0)
        return "it belongs to another user";
    if (s->st_size > WEIR_SCRIPT_BYTES)
        return "it is longer than 16 MiB";
    return NULL;
}

static int
open_to_read(const char *folder, const char *file)
{
    enum { FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY };
    if (!folder)
        return open(file, FLAGS | O_CLOEXEC);
    const int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0)
        return -1;
    const int fd = open_below(folder_fd, file, FLAGS);
    const int why = errno;
    close(folder_fd);
    errno = why;
    return fd;
}

int
weir_file_open(const char *folder, const char *file, struct weir_fault *fault)
{
    struct stat s;
    const int fd = open_to_read(folder, file);
    if (fd < 0 && errno == ELOOP) {
        weir_fault(fault, WEIR_FAULT_FAILED, "%.80s: a link leads there", file);
        return -1;
    }
    if (fd < 0 || fstat(fd, &s)) {
        failed(fault, file, "cannot be read", errno);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    const char *why = what_it_is_not(&s);
    if (!why)
        return fd;
    weir_fault(fault, WEIR_FAULT_FAILED, "%.80s: %s", file, why);
    close(fd);
    return -1;
}

// What is said first is the fault; all of it goes on to whoever listens.
struct listener {
    struct weir_fault *fault;
    weir_script_say_fn *say;
    void *owner;
};

static void
hear(void *owner, int line, const char *text)
{
    struct listener *l = owner;
    if (!l->fault->code && line > 0)
        weir_fault(l->fault, WEIR_FAULT_FAILED, "line %d: %s", line, text);
    else if (!l->fault->code)
        weir_fault(l->fault, WEIR_FAULT_FAILED, "%s", text);
    if (l->say)
        l->say(l->owner, line, text);
}

// weir builds strips and buses by a session, and connects them: no more.
static bool
is_for_sessions(const struct weir_script_line *line)
{
    return strncmp(line->address, "/strip/", 7) == 0 ||
           strncmp(line->address, "/bus/", 5) == 0 ||
           strcmp(line->address, "/connect") == 0 ||
           strcmp(line->address, "/disconnect") == 0;
}

static void
check_addresses(struct weir_script *script)
{
    for (size_t i = 0; i < script->n_lines; i++)
        if (!is_for_sessions(&script->lines[i]))
            weir_script_say(script, script->lines[i].number,
                            "%s: a session has lines of /strip, /bus and "
                            "/connect",
                            script->lines[i].address);
}

enum weir_fault_code
weir_file_read(int fd, struct weir_script *script, struct weir_fault *fault)
{
    struct listener listener = {fault, script->say, script->owner};
    *fault = (struct weir_fault){0};
    FILE *from = fdopen(fd, "r");
    if (!from) {
        close(fd);
        return weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    }
    script->say = hear;
    script->owner = &listener;
    if (weir_script_read(script, from) == 0)
        check_addresses(script);
    fclose(from);
    if (!fault->code)
        weir_script_check(script, WEIR_SCRIPT_REPLACES);
    script->say = listener.say;
    script->owner = listener.owner;
    return fault->code;
}

// ------------------------------------------------------------------ writing

// Where the file will stand, and what its name is there; -1: errno says why.
static int
open_parent(const struct weir_place *place, const char **name)
{
    char below[WEIR_SESSION_PATH_BYTES];
    const char *slash = strrchr(place->file, '/');
    const int folder_fd =
        open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *name = slash ? slash + 1 : place->file;
    if (folder_fd < 0 || !slash)
        return folder_fd;
    snprintf(below, sizeof below, "%.*s", (int)(slash - place->file),
             place->file);
    const int fd = open_below(folder_fd, below, O_RDONLY | O_DIRECTORY);
    const int why = errno;
    close(folder_fd);
    errno = why;
    return fd;
}

static bool
write_all(int fd, const char *text, size_t n_bytes)
{
    while (n_bytes > 0) {
        const ssize_t n = write(fd, text, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : EIO;
            return false;
        }
        text += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

// What stands there now is a file of ours, or nothing; its mode stays.
static const char *
check_old(int parent_fd, const char *name, mode_t *mode)
{
    struct stat s;
    *mode = 0;
    if (fstatat(parent_fd, name, &s, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISREG(s.st_mode))
        return "something else than a file is there";
    if (s.st_uid != geteuid())
        return "the file there belongs to another user";
    *mode = s.st_mode & 0777;
    return NULL;
}

// A new file with the text; false: errno says why.
static bool
write_new(int parent_fd, const char *name, mode_t mode, const char *text,
          size_t n_bytes, enum weir_file_safety safety)
{
    const int fd =
        openat(parent_fd, name,
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, text, n_bytes) && (!mode || !fchmod(fd, mode)) &&
              (safety != WEIR_FILE_FLUSHED || !fsync(fd));
    const int why = errno;
    if (close(fd) && ok)
        return false;
    errno = why;
    return ok;
}

static enum weir_fault_code
replace(int parent_fd, const char *name, const char *text, size_t n_bytes,
        enum weir_file_safety safety, struct weir_fault *fault)
{
    char fresh[300];
    mode_t mode;
    const char *why = check_old(parent_fd, name, &mode);
    if (why)
        return weir_fault(fault, WEIR_FAULT_FAILED, "%.80s: %s", name, why);
    // Two that save the same file have a new one each.
    if (safety == WEIR_FILE_FLUSHED)
        snprintf(fresh, sizeof fresh, ".%s.%ld", name, (long)getpid());
    else
        snprintf(fresh, sizeof fresh, ".%s.new", name);
    unlinkat(parent_fd, fresh, 0);
    if (!write_new(parent_fd, fresh, mode, text, n_bytes, safety)) {
        const int error = errno;
        unlinkat(parent_fd, fresh, 0);
        return failed(fault, name, "cannot be written", error);
    }
    if (renameat(parent_fd, fresh, parent_fd, name)) {
        const int error = errno;
        unlinkat(parent_fd, fresh, 0);
        return failed(fault, name, "cannot be replaced", error);
    }
    if (safety == WEIR_FILE_FLUSHED && fsync(parent_fd))
        return failed(fault, name, "saved, but perhaps not on the disk yet",
                      errno);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_file_write(const struct weir_place *place, const char *text,
                size_t n_bytes, enum weir_file_safety safety,
                struct weir_fault *fault)
{
    const char *name;
    const int parent_fd = open_parent(place, &name);
    if (parent_fd < 0)
        return failed(fault, place->file, "its folder cannot be opened", errno);
    const enum weir_fault_code code =
        replace(parent_fd, name, text, n_bytes, safety, fault);
    close(parent_fd);
    return code;
}
