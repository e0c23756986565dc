// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#ifndef NARROW_STDLIB_H
#define NARROW_STDLIB_H

#include <stddef.h>

void *checker_malloc(size_t);
void checker_free(void *);
#define malloc checker_malloc
#define free checker_free

#endif
