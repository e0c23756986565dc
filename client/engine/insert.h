// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What sits in a strip between trim and fader, or in a bus before its fader,
// as the mixer sees it: whoever makes it fills in the calls. A strip's is run
// on whole blocks; a bus's gives the block that is due before the mix, and
// gets its own behind it.
#ifndef WEIR_ENGINE_INSERT_H
#define WEIR_ENGINE_INSERT_H

#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_insert;

/// Its calls: all @mixer's, wait-free, for blocks of at most the period.
struct weir_insert_calls {
    /// Put `n` frames in, and what is due in their place.
    WEIR_RT void (*run)(struct weir_insert *insert, float *const *channels,
                        uint32_t n);
    /// The two halves of that, for those whose sound is late by a block:
    /// first what is due, then `n` frames go in, null for frames that JACK
    /// lost: no plugin is run for them, what is due for them later is
    /// silence.  Null: it is not late.
    WEIR_RT void (*take)(struct weir_insert *insert, float *const *channels,
                         uint32_t n);
    WEIR_RT void (*give)(struct weir_insert *insert,
                         const float *const *channels, uint32_t n);
    /// Whether the block to come is one of freewheel: there is no clock to
    /// keep, and one that waits for others does, bounded.  Told before each
    /// block that comes of JACK.  Null: it is all one to it.
    WEIR_RT void (*freewheel)(struct weir_insert *insert, bool freewheels);
    /// Set a value (WEIR_COMMAND_INSERT_SET) from frame `at` of the block to
    /// come on, or that of which the beginning has been taken; in their order.
    WEIR_RT void (*set)(struct weir_insert *insert, uint32_t slot,
                        uint32_t port, float value, uint32_t at);
    /// Frames by which what comes out is late; may change at any block.
    WEIR_RT uint32_t (*latency)(const struct weir_insert *insert);
};

/// Embedded in what it is.  Made by @control, @mixer's from the command that
/// adds it to the event of the one that takes it away.
struct weir_insert {
    const struct weir_insert_calls *calls;
    uint32_t n_channels;
};

#endif
