// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Readers that the mixer waits for, in freewheel and nowhere else: they asked
// for it, and a bounce would be worth nothing with frames missing.
#ifndef WEIR_ENGINE_HOLD_H
#define WEIR_ENGINE_HOLD_H

#include "rt/tags.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_engine;

/// For a second of sound the mixer waits no longer than this, whoever it is
/// for; less than the callback's patience with the mixer, which is less than
/// JACK's with the callback.
#define WEIR_HOLD_PATIENCE_NS UINT64_C(4000000000)

/// One such reader. Made by @control; @mixer's from the command that adds it
/// to the event of the one that takes it out.
struct weir_hold {
    // Fixed. The reader's own words in its page: it can write what it likes
    // there, which costs patience and nothing else.
    const _Atomic uint64_t *position; // frames before it have been read
    const _Atomic uint32_t *wake;     // futex: counts its reads
    uint64_t capacity;                // frames; of its shortest ring
    // Both relaxed: flags that hand over no memory.
    _Atomic bool released;  // written by @control: not to be waited for
    _Atomic bool given_up;  // written by @mixer: it was too slow
    struct weir_hold *next; // @mixer's
};

/// Wait until the frames before `end` can be written without overtaking any
/// of them, or patience is over.
/// @mixer  In freewheel alone.  Bounded.
WEIR_RT void weir_engine_await_readers(struct weir_engine *engine,
                                       uint64_t end);

#endif
