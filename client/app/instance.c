// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// An instance's place in the run dir.
#include "app/instance.h"

#include "attach/paths.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// Ours alone: neither a link that somebody laid in /tmp, nor open to others.
static bool
is_ours(const char *dir)
{
    struct stat s;
    if (lstat(dir, &s) || !S_ISDIR(s.st_mode) || s.st_uid != geteuid())
        weir_log(WEIR_LOG_ERROR,
                 "%s: not a folder of this user's (choose another with "
                 "--run-dir)",
                 dir);
    else if (s.st_mode & 022)
        weir_log(WEIR_LOG_ERROR,
                 "%s: others can write there (chmod 700 it, or choose another "
                 "with --run-dir)",
                 dir);
    else
        return true;
    return false;
}

static bool
make_dir(const char *dir)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return is_ours(dir);
    weir_log(WEIR_LOG_ERROR, "%s: %s (choose another with --run-dir)", dir,
             strerror(errno));
    return false;
}

static bool
name_files(struct weir_instance *in, const char *run_dir, const char *name)
{
    const struct {
        const char *file;
        char *path;
    } files[] = {{NULL, in->dir},
                 {"lock", in->lock},
                 {"osc", in->osc},
                 {"osc.sock", in->osc_socket},
                 {"attach.sock", in->attach_socket},
                 {"last", in->kept},
                 {"freewheel", in->freewheel},
                 {"tries", in->tries}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct sockaddr_un address;
        if (!weir_paths_file(run_dir, name, files[i].file, files[i].path,
                             sizeof address.sun_path)) {
            weir_log(WEIR_LOG_ERROR,
                     "%s/%s: the path is too long for a socket (choose a "
                     "shorter --run-dir)",
                     run_dir, name);
            return false;
        }
    }
    return true;
}

// The file that was locked may have been removed by who held it before.
static bool
is_still_there(int fd, const char *path)
{
    struct stat a;
    struct stat b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

static int
lock(const char *path)
{
    for (;;) {
        const int fd =
            open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -1;
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &whole)) {
            const int why = errno;
            close(fd);
            errno = why;
            return -1;
        }
        if (is_still_there(fd, path))
            return fd;
        close(fd);
    }
}

bool
weir_instance_take(struct weir_instance *in, const char *run_dir,
                   const char *name)
{
    in->lock_fd = -1;
    if (!name_files(in, run_dir, name) || !make_dir(run_dir) ||
        !make_dir(in->dir))
        return false;
    in->lock_fd = lock(in->lock);
    if (in->lock_fd >= 0)
        return true;
    if (errno == EAGAIN || errno == EACCES)
        weir_log(WEIR_LOG_ERROR,
                 "an instance called %s is running already (give this one "
                 "another name with -n, or end that one: weirctl -n %s call "
                 "/quit)",
                 name, name);
    else
        weir_log(WEIR_LOG_ERROR, "%s: %s", in->lock, strerror(errno));
    return false;
}

static bool
write_line(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    const bool ok = fprintf(file, "%s\n", text) > 0;
    return fclose(file) == 0 && ok;
}

bool
weir_instance_announce(const struct weir_instance *in, const char *url)
{
    char fresh[WEIR_PATH_BYTES + 8];
    snprintf(fresh, sizeof fresh, "%s.new", in->osc);
    // Whole or not at all: somebody may be reading.
    if (write_line(fresh, url) && rename(fresh, in->osc) == 0)
        return true;
    weir_log(WEIR_LOG_ERROR, "%s: %s", in->osc, strerror(errno));
    return false;
}

void
weir_instance_leave(struct weir_instance *in)
{
    if (in->lock_fd < 0)
        return;
    unlink(in->osc);
    unlink(in->osc_socket);
    unlink(in->attach_socket);
    unlink(in->lock);
    rmdir(in->dir);
    close(in->lock_fd);
    in->lock_fd = -1;
}
