// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How much stack weir's own threads get.
#ifndef WEIR_RT_STACK_H
#define WEIR_RT_STACK_H

/// Small, so that it may be locked where the limit is the usual 8 MiB.
/// ThreadSanitizer keeps 800 kB of its own on every stack (gcc 12).
#if defined(__SANITIZE_THREAD__)
enum { WEIR_STACK_BYTES = 2 * 1024 * 1024 };
#else
enum { WEIR_STACK_BYTES = 256 * 1024 };
#endif

#endif
