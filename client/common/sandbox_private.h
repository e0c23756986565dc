// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Between sandbox.c and sandbox_calls.c.
#ifndef WEIR_COMMON_SANDBOX_PRIVATE_H
#define WEIR_COMMON_SANDBOX_PRIVATE_H

#include "common/sandbox.h"

/// Have the kernel refuse system calls that no program of weir makes; says
/// so.  @control
void weir_sandbox_refuse_calls(enum weir_sandbox_network network);

#endif
