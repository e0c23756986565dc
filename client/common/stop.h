// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// SIGINT and SIGTERM ask a program to end cleanly; a second one ends it at
// once, should the first be stuck.
#ifndef WEIR_COMMON_STOP_H
#define WEIR_COMMON_STOP_H

#include <stdbool.h>

struct pollfd;

/// Take SIGINT and SIGTERM from now on; system calls that wait return EINTR.
/// A closed pipe or a file at its size limit becomes an error of the write.
/// @control  Once, at the start.
void weir_stop_install(void);

/// Take another signal in the same way, such as SIGHUP.  @control
void weir_stop_also(int signal_number);

/// Whether one of them has come.  @any
bool weir_stop_requested(void);

/// Wait, unless and until one of them comes.  @control
void weir_stop_wait(int timeout_ms);

/// The same, and until `fd` is readable.  @control  -1: none.
void weir_stop_wait_for(int fd, int timeout_ms);

/// poll(), which one of them ends or does not let begin.  @control
int weir_stop_poll(struct pollfd *fds, unsigned n_fds, int timeout_ms);

#endif
