// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sealed memory for rings. Everything here is @control's.
#include "common/sealed.h"

#include "common/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U // Linux 6.3
#endif

int
weir_sealed_open(const char *name, size_t n_bytes)
{
    int fd =
        memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fd = weir_descriptor_for_guest(fd);
    if (fd < 0)
        return -1;
    if (posix_fallocate(fd, 0, (off_t)n_bytes) == 0)
        return fd;
    close(fd);
    errno = ENOMEM;
    return -1;
}

bool
weir_sealed_seal(int fd, int seals)
{
    return fcntl(fd, F_ADD_SEALS,
                 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | seals) == 0;
}
