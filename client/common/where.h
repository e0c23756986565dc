// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where a thread stands that does not go on: it is interrupted by a signal,
// whose handler only takes the addresses of its stack and puts them into a
// pipe; whoever asked makes words of them.  All but the handler is @control's.
#ifndef WEIR_COMMON_WHERE_H
#define WEIR_COMMON_WHERE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { WEIR_WHERE_BYTES = 1000 };

/// Be ready to ask: SIGURG is the signal, which does nothing in programs
/// without a handler.  Loads what the handler needs.  A descriptor that can be
/// read when there is an answer; -1: the system refuses.  Once.
int weir_where_open(void);
void weir_where_close(void);

/// Ask a thread.  What older questions brought is forgotten.  False: it is
/// gone.
bool weir_where_ask(pthread_t thread);

/// The answer of thread `tid` in words: functions with offsets, or a file with
/// an offset for addr2line(1), the innermost first.  False: there is none.
bool weir_where_read(pid_t tid, char text[WEIR_WHERE_BYTES]);

/// What the kernel says of a thread of this process that does not answer: its
/// state, and what it waits for.
void weir_where_kernel(pid_t tid, char text[WEIR_WHERE_BYTES]);

#endif
