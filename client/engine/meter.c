// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over the last 300 ms.
// Everything here belongs to @mixer.
#include "engine/meter.h"

#include "engine/kernels.h"

#include <math.h>
#include <stddef.h>

static WEIR_RT struct weir_meter_bin *
bin_at(const struct weir_meter *m, uint64_t number, uint32_t channel)
{
    const size_t row = number % WEIR_METER_BINS;
    return &m->bins[row * m->n_channels + channel];
}

// A bin that still holds an older 10 ms starts anew.
static WEIR_RT void
add_part(struct weir_meter_bin *bin, uint64_t number, float peak, double power)
{
    if (bin->number != number)
        *bin = (struct weir_meter_bin){.number = number};
    bin->peak = peak > bin->peak ? peak : bin->peak;
    bin->power += power;
}

WEIR_RT uint32_t
weir_meter_room(uint32_t bin_frames, uint64_t position)
{
    return bin_frames - (uint32_t)(position % bin_frames);
}

WEIR_RT void
weir_meter_begin(struct weir_meter *m, uint64_t position)
{
    m->newest = position / m->bin_frames;
    m->n_newest = (uint32_t)(position % m->bin_frames);
    m->first = m->newest;
    m->n_missed = m->n_newest;
}

WEIR_RT void
weir_meter_add(struct weir_meter *m, const struct weir_kernels *kernels,
               uint32_t channel, const float *src, uint32_t n)
{
    uint32_t room = m->bin_frames - m->n_newest;
    for (uint64_t number = m->newest; n > 0; number++) {
        const uint32_t part = weir_min_u32(n, room);
        add_part(bin_at(m, number, channel), number,
                 kernels->extent(src, part).peak,
                 (double)kernels->power(src, part));
        src += part;
        n -= part;
        room = m->bin_frames;
    }
}

WEIR_RT void
weir_meter_add_sums(struct weir_meter *m, uint32_t channel,
                    const struct weir_sums *sums)
{
    struct weir_sums *to = &m->sums[channel];
#pragma omp simd
    for (int i = 0; i < WEIR_SUM_LANES; i++) {
        to->peak[i] = sums->peak[i] > to->peak[i] ? sums->peak[i] : to->peak[i];
        to->power[i] += sums->power[i];
    }
    m->has_sums = true;
}

// All lanes as one bin.
static WEIR_RT struct weir_meter_bin
add_up(const struct weir_sums *sums)
{
    struct weir_meter_bin bin = {.peak = 0.0f};
    for (int i = 0; i < WEIR_SUM_LANES; i++) {
        bin.peak = sums->peak[i] > bin.peak ? sums->peak[i] : bin.peak;
        bin.power += (double)sums->power[i];
    }
    return bin;
}

// The newest bin ends: it gets what was measured besides.
static WEIR_RT void
close_bin(struct weir_meter *m)
{
    if (!m->has_sums)
        return;
    for (uint32_t c = 0; c < m->n_channels; c++) {
        const struct weir_meter_bin more = add_up(&m->sums[c]);
        add_part(bin_at(m, m->newest, c), m->newest, more.peak, more.power);
        m->sums[c] = (struct weir_sums){.peak = {0.0f}};
    }
    m->has_sums = false;
}

WEIR_RT void
weir_meter_advance(struct weir_meter *m, uint32_t n)
{
    m->n_newest += n;
    if (m->n_newest < m->bin_frames)
        return;
    close_bin(m);
    m->newest += m->n_newest / m->bin_frames;
    m->n_newest %= m->bin_frames;
}

// The oldest bin that counts.
static WEIR_RT uint64_t
window_begin(const struct weir_meter *m)
{
    const uint64_t full = m->first + WEIR_METER_BINS - 1;
    return m->newest <= full ? m->first : m->newest - WEIR_METER_BINS + 1;
}

static WEIR_RT double
window_frames(const struct weir_meter *m, uint64_t oldest)
{
    const uint64_t n = (m->newest - oldest) * m->bin_frames + m->n_newest -
                       (oldest == m->first ? m->n_missed : 0);
    return n > 1 ? (double)n : 1.0;
}

static WEIR_RT void
read_channel(const struct weir_meter *m, uint32_t channel,
             struct weir_meter_report *report)
{
    const uint64_t oldest = window_begin(m);
    struct weir_meter_bin all = add_up(&m->sums[channel]);
    for (uint64_t number = oldest; number <= m->newest; number++) {
        const struct weir_meter_bin *bin = bin_at(m, number, channel);
        if (bin->number != number)
            continue; // silent
        all.peak = bin->peak > all.peak ? bin->peak : all.peak;
        all.power += bin->power;
    }
    report->peak[channel] = all.peak;
    report->rms[channel] = (float)sqrt(all.power / window_frames(m, oldest));
}

WEIR_RT void
weir_meter_read(const struct weir_meter *m, struct weir_meter_report *report)
{
    report->n_channels = m->n_channels;
    for (uint32_t c = 0; c < m->n_channels; c++)
        read_channel(m, c, report);
}
