// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How long to wait before the next try: 1 s doubling to 30 s, a quarter more
// or less by chance, so that many do not come back all at once.
#ifndef WEIR_STREAM_BACKOFF_H
#define WEIR_STREAM_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/// Zeroed but for the seed: nothing has failed.
struct weir_backoff {
    unsigned seed;
    unsigned n_failed; // in a row
};

/// It has failed once more: wait so many milliseconds.  @any  `slowly`: the
/// longest at once.
int weir_backoff_next(struct weir_backoff *backoff, bool slowly);

/// It worked so long. If that was some time, all begins anew.  @any
void weir_backoff_worked(struct weir_backoff *backoff, int64_t lasted_ms);

#endif
