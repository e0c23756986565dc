// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A JACK server of weir's own, with the dummy driver: for machines without
// sound, tests and demonstrations.
#ifndef WEIR_JACK_DUMMY_H
#define WEIR_JACK_DUMMY_H

#include <stdbool.h>
#include <sys/types.h>

struct weir_launcher;

struct weir_dummy {
    pid_t pid; // 0: none
    int pidfd;
    const struct weir_launcher *launcher;
};

/// Have the launcher start its `jackd -d dummy`; it ends with this process at
/// the latest.  False when that is not possible; a jackd that cannot be run
/// has ended at once.  @control
bool weir_dummy_start(struct weir_dummy *dummy);

/// Wait `timeout_ms`, less if the server dies; whether it still runs.
bool weir_dummy_wait(const struct weir_dummy *dummy, int timeout_ms);

/// Whether one was started that has ended.
bool weir_dummy_has_died(const struct weir_dummy *dummy);

/// End it.  @control  Takes at most two seconds.
void weir_dummy_stop(struct weir_dummy *dummy);

#endif
