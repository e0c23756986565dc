// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#include "common/descriptors.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

bool
weir_descriptor_is_kept(int fd)
{
    struct rlimit limit;
    return fd >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
           (rlim_t)fd + WEIR_DESCRIPTORS_KEPT >= limit.rlim_cur;
}

int
weir_descriptor_for_guest(int fd)
{
    if (!weir_descriptor_is_kept(fd))
        return fd;
    close(fd);
    errno = EMFILE;
    return -1;
}
