// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A process that starts what weir itself may no longer start, once it has
// restricted itself. It is forked before that, and does what it was told
// then: a request is one byte, and names neither a program nor an argument.
#ifndef WEIR_JACK_LAUNCHER_H
#define WEIR_JACK_LAUNCHER_H

#include "common/helper.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// What it will start, when it is asked to.
struct weir_launcher_config {
    const char *server; ///< of `jackd -d dummy`
    uint32_t rate_hz;
    uint32_t block_frames;
    bool verbose; ///< jackd's words go to weir's stderr
};

struct weir_launcher {
    struct weir_helper helper;
};

/// Fork it.  It ends with this process, and what it started with it.  False
/// with errno.  @control  Before there are threads, or descriptors that it
/// should not have.
bool weir_launcher_start(struct weir_launcher *launcher,
                         const struct weir_launcher_config *config);

/// Have the server started: its pid, and a pidfd that the caller closes.
/// False with errno.  @control
bool weir_launcher_start_dummy(const struct weir_launcher *launcher, pid_t *pid,
                               int *pidfd);

/// Have it ended, and its remains taken away.  @control  Takes at most two
/// seconds.
void weir_launcher_stop_dummy(const struct weir_launcher *launcher);

/// End the launcher.  @control
void weir_launcher_stop(struct weir_launcher *launcher);

#endif
