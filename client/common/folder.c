// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Folders that others have written in. Everything here is @control's.
#include "common/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 8 };

static int
open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Takes `fd`.
static void
empty(int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, e->d_name, 0) == 0 || depth == DEPTH)
            continue;
        const int sub = open_folder(fd, e->d_name);
        if (sub < 0)
            continue;
        empty(sub, depth + 1);
        unlinkat(fd, e->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

void
weir_folder_remove(const char *path)
{
    const int fd = open_folder(AT_FDCWD, path);
    if (fd < 0)
        return;
    empty(fd, 0);
    rmdir(path);
}

void
weir_folder_drop(const char *folder, const char *sub, const char *file)
{
    const int fd = open_folder(AT_FDCWD, folder);
    const int in = fd < 0 ? -1 : open_folder(fd, sub);
    if (in >= 0) {
        unlinkat(in, file, 0);
        close(in);
    }
    if (fd >= 0)
        close(fd);
}
