// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A bus: sum, fader, meter, rings.
// Everything from weir_tap_begin() on belongs to @mixer.
#include "engine/bus.h"

#include "engine/kernels.h"
#include "rt/futex.h"

#include <string.h>

WEIR_RT void
weir_tap_begin(struct weir_tap *tap, uint64_t position)
{
    struct weir_broadcast_page *page = tap->ring.page;
    page->first = position;
    // relaxed: nobody else has the ring yet; the event or the command that
    // hands it on is the release.
    atomic_store_explicit(&page->reserved, position, memory_order_relaxed);
    atomic_store_explicit(&page->published, position, memory_order_relaxed);
}

WEIR_RT void
weir_tap_write(struct weir_tap *tap, uint64_t position,
               const float *const *channels, uint32_t n)
{
    weir_broadcast_write(&tap->ring, position, channels, n);
}

// In freewheel the callback is among those who wait, and wakes nobody else.
static WEIR_RT void
wake_all(const struct weir_tap *tap)
{
    weir_futex_wake(&tap->ring.page->wake, WEIR_FUTEX_SHARED);
}

// Readers wake each other (libweir does). Should the one that is woken be
// killed or stopped there and then, the next block wakes another.
WEIR_RT void
weir_tap_wake(const struct weir_tap *tap)
{
    if (tap->has_readers)
        weir_futex_wake_one(&tap->ring.page->wake, WEIR_FUTEX_SHARED);
}

WEIR_RT void
weir_bus_aim(struct weir_bus *bus, uint32_t ramp_frames)
{
    const bool silent = bus->mute || bus->leaving;
    weir_ramp_to(&bus->fader, silent ? 0.0f : bus->gain_lin, ramp_frames);
}

WEIR_RT void
weir_bus_clear(struct weir_bus *bus, uint32_t n)
{
    for (uint32_t c = 0; c < bus->n_channels; c++)
        memset(bus->sum[c], 0, n * sizeof(float));
}

static WEIR_RT void
publish(struct weir_bus *bus, uint64_t position, uint32_t n, bool wake)
{
    const float *const *sum = (const float *const *)bus->sum;
    weir_tap_write(bus->out, position, sum, n);
    if (wake)
        wake_all(bus->out);
    else
        weir_tap_wake(bus->out);
    if (!bus->source || bus->source == bus->out)
        return;
    weir_tap_write(bus->source, position, sum, n);
    weir_tap_wake(bus->source);
}

WEIR_RT void
weir_bus_finish(struct weir_bus *bus, const struct weir_kernels *kernels,
                uint64_t position, uint32_t n, bool wake)
{
    for (uint32_t c = 0; c < bus->n_channels; c++) {
        if (!weir_ramp_rests_at(&bus->fader, 1.0f))
            kernels->gain(bus->sum[c], bus->sum[c], n, &bus->fader);
        weir_meter_add(&bus->meter, kernels, c, position, bus->sum[c], n);
    }
    weir_ramp_advance(&bus->fader, n);
    publish(bus, position, n, wake);
}
