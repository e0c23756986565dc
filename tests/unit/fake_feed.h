// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Weir as a feed sees it, without any audio: a ring that a test empties frame
// by frame, when it wants to. It can also lie.
#ifndef WEIR_TESTS_FAKE_FEED_H
#define WEIR_TESTS_FAKE_FEED_H

#include "fake_weir.h"
#include "rt/feed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_feed {
    int fd;
    size_t n_bytes;
    struct weir_feed_ring ring;
    uint64_t read;
    uint32_t n_blocks;
};

/// Make a ring.  Free with fake_feed_fini().
void fake_feed_init(struct fake_feed *f, uint32_t rate_hz, uint32_t n_channels,
                    uint64_t capacity, enum fake_seal seal);
void fake_feed_fini(struct fake_feed *f);

/// How many frames were written and not taken.
uint64_t fake_feed_fill(const struct fake_feed *f);

/// One block of weir's: take up to `n` frames to `dst` (null: nowhere), give
/// their room back and wake who sleeps; returns how many.
uint64_t fake_feed_take(struct fake_feed *f, float *dst, uint64_t n);

/// The same for what a flush drops: all before `to`.
void fake_feed_drop(struct fake_feed *f, uint64_t to);

/// Set the state word, and wake who sleeps.
void fake_feed_set_state(struct fake_feed *f, enum weir_feed_state state);

/// The answer to /feed.
bool fake_fed(int socket, const char *id, const struct fake_feed *f,
              int32_t weir_rate_hz);

#endif
