// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir and a runner share: one block on its way there, one on its way
// back, and calls over a socket. weir believes nothing that it reads here.
//
//   weir's mixer, each block            runner
//   ------------------------------      -------------------------------
//   R1 done, acquire: is it handed?     P1 handed, acquire (futex wait)
//   R2 the samples of `out`             P2 samples of `in`, into `out`
//   R3 the next into `in`, n_frames     P3 done = handed, release
//   R4 handed += 1, release; wake
//
// While `done` is not `handed` both buffers are the runner's, otherwise
// weir's. A runner that keeps to nothing of this harms its own sound.
#ifndef WEIR_PLUGIN_RUNNER_PAGE_H
#define WEIR_PLUGIN_RUNNER_PAGE_H

#include "rt/tags.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_RUNNER_SOCKET = 3, // descriptors of a runner
    WEIR_RUNNER_MEMORY = 4,
    WEIR_RUNNER_TEXT = 1024,
#if defined(WEIR_MODEL)
    WEIR_RUNNER_SETS = 1,
    WEIR_RUNNER_SHOWN = 1,
#else
    WEIR_RUNNER_SETS = 256,    // with a block
    WEIR_RUNNER_SHOWN = 32768, // values of all slots, and a state for each
#endif
};

struct weir_runner_page {
    // Written by weir before the runner is started, and never read back.
    uint32_t n_channels;
    uint32_t max_block; // frames
    uint32_t period;    // frames of every block; 0: any number
    uint32_t rate_hz;
    int32_t priority;  // SCHED_FIFO; 0: none
    char folder[1024]; // where it keeps states; "": nowhere
    // Written by weir's mixer.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t handed; // futex: blocks
    _Atomic uint32_t n_frames;
    _Atomic uint32_t freewheels; // plugins are told; a wake of `done` is wanted
    _Atomic uint32_t n_sets;
    _Atomic uint32_t sets[4 * WEIR_RUNNER_SETS]; // number, port, bits, frame
    // Written by the runner.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t done; // the last one
    _Atomic uint32_t latency;                       // frames
    _Atomic uint32_t faults; // blocks of its own that were not finite
    // Of each slot from where its add says on: its state, then by port the
    // bits of a value. Numbers to show.
    _Atomic uint32_t shown[WEIR_RUNNER_SHOWN];
    // Behind it: in, then out, each n_channels of max_block samples.
    alignas(WEIR_CACHE_LINE) _Atomic uint64_t words[];
};

/// Bytes of it all.  `max_block` is even.  @any
static inline size_t
weir_runner_bytes(uint32_t n_channels, uint32_t max_block)
{
    return sizeof(struct weir_runner_page) +
           2 * (size_t)n_channels * max_block * sizeof(float);
}

/// Words from the start of `words` to a channel of `in` (0) or `out` (1).
WEIR_RT static inline size_t
weir_runner_at(uint32_t n_channels, uint32_t max_block, uint32_t side,
               uint32_t channel)
{
    return ((size_t)side * n_channels + channel) * (max_block / 2);
}

/// The same as samples, for the side whose they are.
WEIR_RT static inline float *
weir_runner_samples(struct weir_runner_page *page, uint32_t n_channels,
                    uint32_t max_block, uint32_t side, uint32_t channel)
{
    char *words = (char *)page + offsetof(struct weir_runner_page, words);
    return (float *)(void *)words +
           2 * weir_runner_at(n_channels, max_block, side, channel);
}

enum weir_runner_op {
    WEIR_RUNNER_ADD,            // id, index, number, at: in `shown`, text: URI
    WEIR_RUNNER_REMOVE,         // id
    WEIR_RUNNER_MOVE,           // id, index
    WEIR_RUNNER_BYPASS,         // id, index
    WEIR_RUNNER_SET,            // id, index: port, value
    WEIR_RUNNER_PRESET,         // id, text: URI
    WEIR_RUNNER_SAVE,           // id, text: folder
    WEIR_RUNNER_LOAD,           // id, text: folder
    WEIR_RUNNER_START,          // all that there was is there again: play
    WEIR_RUNNER_SET_PROPERTY,   // id, index: of the value in text; URI, value
    WEIR_RUNNER_GET_PROPERTIES, // id
};

/// weir to the runner: one packet.
struct weir_runner_call {
    uint32_t op;
    uint32_t serial;
    uint32_t index;
    uint32_t number;
    uint32_t at;
    float value;
    char id[36];
    char text[WEIR_RUNNER_TEXT];
};

/// The runner to weir: one packet for each call, in their order; between them
/// what is heard of properties.
struct weir_runner_answer {
    uint32_t is_heard;
    uint32_t serial;
    uint32_t ok;
    uint32_t index;              // heard: of the value in text, behind the URI
    char id[36];                 // heard
    char text[WEIR_RUNNER_TEXT]; // why not
};

#endif
