// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A JACK server of weir's own, with the dummy driver: for machines without
// sound, tests and demonstrations.
#ifndef WEIR_JACK_DUMMY_H
#define WEIR_JACK_DUMMY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct weir_dummy {
    pid_t pid; // 0: none
    int pidfd;
};

/// Start `jackd -d dummy` under the name `server`; it ends with this process
/// at the latest.  False when there is no jackd.  @control
bool weir_dummy_start(struct weir_dummy *dummy, const char *server,
                      uint32_t rate_hz, uint32_t block_frames, bool verbose);

/// Wait `timeout_ms`, less if the server dies; whether it still runs.
bool weir_dummy_wait(const struct weir_dummy *dummy, int timeout_ms);

/// Whether one was started that has ended.
bool weir_dummy_has_died(const struct weir_dummy *dummy);

/// End it.  @control  Takes at most two seconds.
void weir_dummy_stop(struct weir_dummy *dummy);

#endif
