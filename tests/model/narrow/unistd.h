// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#ifndef NARROW_UNISTD_H
#define NARROW_UNISTD_H

#include <errno.h>
#include <stddef.h>

typedef long ssize_t;

#define write(fd, from, n) checker_write(fd, from, n)

#endif
