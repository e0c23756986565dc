// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From a server that is gone to the next one: the old client is closed, a
// server is looked for, and a client opened there. Everything here is
// @control's.
#ifndef WEIR_JACK_COMEBACK_H
#define WEIR_JACK_COMEBACK_H

#include "jack/client.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_comeback;
struct weir_dummy;
struct weir_loop;
struct weir_worker;

struct weir_comeback_config {
    struct weir_jack_config jack;
    struct weir_loop *loop;
    struct weir_worker *worker;
    struct weir_dummy *dummy; ///< one that runs is started again when it dies
    uint32_t dummy_rate_hz;
    uint32_t dummy_block_frames;
    /// A client is open, and not active; takes `fresh`.  The old one is
    /// closed: no callback of its runs.
    void (*opened)(void *owner, struct weir_jack *fresh);
    void *owner;
};

/// Null when memory is short.  Copies `config`, borrows what it points to.
struct weir_comeback *
weir_comeback_new(const struct weir_comeback_config *config);

/// When the worker has ended; null is allowed.
void weir_comeback_free(struct weir_comeback *comeback);

/// Close `old`, which is borrowed until opened(), and look for a server every
/// 20 ms, for ever.  To look costs a connect() to where servers listen;
/// libjack is asked when somebody answers there, and once a second in any case.
void weir_comeback_begin(struct weir_comeback *comeback, struct weir_jack *old);

/// Look no further.  Null is allowed.
void weir_comeback_end(struct weir_comeback *comeback);

#endif
