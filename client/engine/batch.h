// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Mixes many simple strips at once: kernels that keep a tile of the bus in
// registers while the strips' lanes pass by, with no copy in between.
#ifndef WEIR_ENGINE_BATCH_H
#define WEIR_ENGINE_BATCH_H

#include "engine/kernels.h"
#include "engine/strip.h"
#include "rt/tags.h"

#include <stdint.h>

/// So many channels at most go through a kernel at once: their lines of this
/// block stay in the nearest cache.
enum { WEIR_BATCH_INPUTS = 64 };

/// Channels for one bus, to be mixed into both sides, or one.
struct weir_batch {
    struct weir_mix_input inputs[WEIR_BATCH_INPUTS];
    uint32_t n;
};

/// What is on its way into a bus.
struct weir_batches {
    struct weir_batch both;
    struct weir_batch left;
    struct weir_batch right;
};

/// Mix a run of all strips with sound that weir_strip_is_simple() into the bus
/// in `slot`.  For main (slot 0) the strips' meters are fed as well.  @mixer
WEIR_RT void weir_batch_mix(struct weir_batches *batches,
                            struct weir_strip *const *strips, uint32_t n_strips,
                            const struct weir_desk_state *desk, uint32_t slot,
                            const struct weir_run *run);

#endif
