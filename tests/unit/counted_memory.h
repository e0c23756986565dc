// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory is counted, and not there when a test likes: in the whole program,
// the C++ runtime and libraries with it.
#ifndef TESTS_UNIT_COUNTED_MEMORY_H
#define TESTS_UNIT_COUNTED_MEMORY_H

#include <stdbool.h>

/// How often memory was asked for until now.
unsigned long counted_requests(void);

/// The request after `n` more fails, once. False where that cannot be done:
/// sanitizers have malloc() for themselves.
bool counted_fail_after(int n);

#endif
