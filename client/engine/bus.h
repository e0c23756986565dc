// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A bus as the mixer sees it: sum, fader, meter, and where it is published.
#ifndef WEIR_ENGINE_BUS_H
#define WEIR_ENGINE_BUS_H

#include "engine/detour.h"
#include "engine/limits.h"
#include "engine/meter.h"
#include "engine/ramp.h"
#include "rt/broadcast.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_kernels;

/// A broadcast ring that the mixer writes, and whether anybody sleeps on it.
struct weir_tap {
    struct weir_broadcast ring;
    bool has_readers; // then the mixer wakes them
};

/// Begin the ring at `position`, before anybody can see it.  @mixer
WEIR_RT void weir_tap_begin(struct weir_tap *tap, uint64_t position);

/// Publish `n` frames.  @mixer
WEIR_RT void weir_tap_write(struct weir_tap *tap, uint64_t position,
                            const float *const *channels, uint32_t n);

/// Wake those who sleep on it.  @mixer  One futex wake when there are readers.
WEIR_RT void weir_tap_wake(const struct weir_tap *tap);

enum weir_bus_param { WEIR_BUS_PARAM_GAIN, WEIR_BUS_PARAM_MUTE };

/// Made by @control, @mixer's from the command that adds it to the event
/// that gives it back.
struct weir_bus {
    uint32_t n_channels;
    float *sum[WEIR_MAX_CHANNELS]; // WEIR_MAX_BLOCK frames each
    float *memory;

    float gain_lin;
    bool mute;
    struct weir_ramp fader; // with mute
    struct weir_meter meter;
    struct weir_tap *out;    // what its ports play
    struct weir_tap *source; // what readers see; main's is `out`

    bool leaving; // fades out, then goes
    uint32_t leave_request;

    struct weir_detour detour; // insert, and being as late as others
};

/// Make a bus with the default values; `out` is borrowed for its life.  Null
/// when memory is short.  @control  Allocates.
struct weir_bus *weir_bus_new(uint32_t n_channels, uint32_t rate_hz,
                              struct weir_tap *out);
void weir_bus_free(struct weir_bus *bus);

/// Send the fader to where the values say.  @mixer
WEIR_RT void weir_bus_aim(struct weir_bus *bus, uint32_t ramp_frames);

/// Silence the sum of `n` frames, before the strips add to it.  @mixer
WEIR_RT void weir_bus_clear(struct weir_bus *bus, uint32_t n);

/// Fader and meter, then publish `n` frames at `position`.  `wake`: those who
/// sleep on its ports' ring, too.  @mixer
WEIR_RT void weir_bus_finish(struct weir_bus *bus,
                             const struct weir_kernels *kernels,
                             uint64_t position, uint32_t n, bool wake);

#endif
