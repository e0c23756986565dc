// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What goes wrong comes in bursts, and has a line of the log for each, not
// one for each event: its first events at once, how many there were when it
// is over, and every ten seconds as long as it lasts. @control's.
#ifndef WEIR_APP_BURSTS_H
#define WEIR_APP_BURSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_status;

enum {
    WEIR_BURST_QUIET_MS = 3000, ///< nothing for so long: it is over
    WEIR_BURST_EVERY_MS = 10000,
    WEIR_BURST_KINDS = 5,
};

/// One kind of events.  Zeroed: none so far.
struct weir_burst {
    bool lasts;
    uint64_t total;  // at the last look
    uint64_t before; // before the burst
    uint64_t said;   // the total of its last line
    int64_t first_ms;
    int64_t last_ms; // the last look that found some
    int64_t said_ms;
};

/// Put into `text` which strips gave blocks that were not finite since this
/// was last called.
typedef void weir_bursts_culprits(void *owner, char *text, size_t n_bytes);

struct weir_bursts {
    struct weir_burst kinds[WEIR_BURST_KINDS];
    weir_bursts_culprits *culprits; // null: nobody knows
    void *owner;
};

/// Look at the counters, about once a second.
void weir_bursts_look(struct weir_bursts *bursts,
                      const struct weir_status *status, int64_t now_ms);

/// Say what has not been said: nobody will look again.
void weir_bursts_end(struct weir_bursts *bursts);

#endif
