// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A strip's block: lane -> trim -> (pre sends) -> fader -> pan -> main, sends.
// Everything here belongs to @mixer.
#include "engine/strip.h"

#include "engine/bus.h"
#include "engine/kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// 200 dB over full scale is no sound, and the largest sum of so many strips
// and gains of what is below it is still a finite number.
static const float loudest = 1e10f;

static WEIR_RT bool
path_rests(const struct weir_path *path)
{
    return path->left.left == 0 && path->right.left == 0;
}

static WEIR_RT void
advance_path(struct weir_path *path, uint32_t n)
{
    weir_ramp_advance(&path->left, n);
    weir_ramp_advance(&path->right, n);
}

// --------------------------------------------------------------- listening

// The largest trim there will be in this block.
static WEIR_RT float
trim_size(const struct weir_strip *s)
{
    const float now = fabsf(s->trim.now);
    const float target = fabsf(s->trim.target);
    return now > target ? now : target;
}

static WEIR_RT struct weir_extent
listen_channel(const struct weir_strip *s, const struct weir_desk_state *desk,
               uint32_t channel, uint64_t position, uint32_t n)
{
    const float *lane = s->lanes[channel].frames;
    const uint32_t n_first =
        weir_min_u32(n, weir_inputs_run(desk->inputs, position));
    struct weir_extent e = desk->kernels->extent(
        weir_inputs_at(desk->inputs, lane, position), n_first);
    if (n_first < n) {
        const struct weir_extent more =
            desk->kernels->extent(lane, n - n_first);
        e.peak = more.peak > e.peak ? more.peak : e.peak;
        e.finite &= more.finite;
    }
    return e;
}

WEIR_RT void
weir_strip_approach(const struct weir_strip *s)
{
    const char *at = (const char *)s;
    for (size_t i = 0; i < offsetof(struct weir_strip, lanes[2]);
         i += WEIR_CACHE_LINE)
        weir_prefetch_read(at + i);
}

WEIR_RT void
weir_strip_fetch(const struct weir_strip *s, const struct weir_desk_state *desk,
                 uint64_t position, uint32_t n)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        weir_inputs_fetch(desk->inputs, s->lanes[c].frames, position, n);
}

WEIR_RT bool
weir_strip_listen(struct weir_strip *s, const struct weir_desk_state *desk,
                  uint64_t position, uint32_t n, bool fed)
{
    const float trim = trim_size(s);
    s->has_sound = false;
    if (!fed)
        return true;
    bool sound = false;
    bool finite = true;
    for (uint32_t c = 0; c < s->n_channels; c++) {
        const struct weir_extent e = listen_channel(s, desk, c, position, n);
        sound |= e.peak > 0.0f;
        finite &= e.finite && e.peak * trim <= loudest;
    }
    s->has_sound = sound && finite;
    return finite;
}

// ------------------------------------------------------------------ mixing

WEIR_RT bool
weir_strip_is_simple(const struct weir_strip *s,
                     const struct weir_desk_state *desk,
                     const struct weir_run *run)
{
    const bool fader_goes_straight =
        s->fader.left == 0 || s->fader.left >= run->n;
    if (s->n_channels > 2 || s->before || s->after || s->trim.left > 0 ||
        !fader_goes_straight || !path_rests(&s->to_main))
        return false;
    for (uint32_t slot = 1; slot < desk->n_slots; slot++)
        if (!path_rests(&s->sends[slot].before) ||
            !path_rests(&s->sends[slot].after))
            return false;
    return !s->is_detoured ||
           weir_detour_is_straight(&s->detour, run->position, run->n);
}

WEIR_RT const float *
weir_strip_detoured(const struct weir_strip *s, uint32_t channel,
                    uint64_t position)
{
    const struct weir_detour *d = &s->detour;
    return weir_line_at(d->view.wet ? d->wet : d->dry, channel,
                        position - d->view.late);
}

// A pair goes to the bus's first two channels, a mono strip to both of them;
// more channels go one by one, round and round.
static WEIR_RT void
mix_path(const struct weir_path *path, const struct weir_strip *s,
         const struct weir_desk_state *desk, const struct weir_run *run,
         const float *const *src, struct weir_bus *bus)
{
    weir_kernel_add *add = desk->kernels->add;
    if (weir_path_is_silent(path))
        return;
    if (s->n_channels <= 2 && bus->n_channels >= 2) {
        add(bus->sum[0] + run->offset, src[0], run->n, &path->left);
        add(bus->sum[1] + run->offset, src[s->n_channels - 1], run->n,
            &path->right);
        return;
    }
    for (uint32_t c = 0; c < s->n_channels; c++)
        add(bus->sum[c % bus->n_channels] + run->offset, src[c], run->n,
            &path->left);
}

// What is heard of a detour, with trim.
static WEIR_RT void
take_detour(const struct weir_strip *s, const struct weir_desk_state *desk,
            const struct weir_run *run, const struct weir_strip_buffers *b,
            const float **before)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        before[c] =
            weir_detour_hear(&s->detour, desk->kernels, &s->trim, c,
                             run->position, run->n, b->before[c], b->after[c]);
}

// The lanes, with trim: in place, or through the buffers before the fader.
static WEIR_RT void
take_input(const struct weir_strip *s, const struct weir_desk_state *desk,
           const struct weir_run *run, float *const *buffers,
           const float **before)
{
    const bool unity = weir_ramp_rests_at(&s->trim, 1.0f);
    for (uint32_t c = 0; c < s->n_channels; c++) {
        before[c] =
            weir_inputs_at(desk->inputs, s->lanes[c].frames, run->position);
        if (unity)
            continue;
        desk->kernels->gain(buffers[c], before[c], run->n, &s->trim);
        before[c] = buffers[c];
    }
}

// The fader and the meter behind it.
static WEIR_RT void
ride_fader(struct weir_strip *s, const struct weir_desk_state *desk,
           const struct weir_run *run, const float *const *before,
           float *const *buffers, const float **after)
{
    const bool unity = weir_ramp_rests_at(&s->fader, 1.0f);
    for (uint32_t c = 0; c < s->n_channels; c++) {
        after[c] = unity ? before[c] : buffers[c];
        if (!unity)
            desk->kernels->gain(buffers[c], before[c], run->n, &s->fader);
        weir_meter_add(&s->meter, desk->kernels, c, run->position, after[c],
                       run->n);
    }
}

static WEIR_RT void
mix_sends(struct weir_strip *s, const struct weir_desk_state *desk,
          const struct weir_run *run, const float *const *before,
          const float *const *after)
{
    for (uint32_t slot = 1; slot < desk->n_slots; slot++) {
        struct weir_bus *bus = desk->buses[slot];
        if (!bus)
            continue;
        mix_path(&s->sends[slot].before, s, desk, run, before, bus);
        mix_path(&s->sends[slot].after, s, desk, run, after, bus);
    }
}

// What a source gets that is held back.
static WEIR_RT void
write_late(struct weir_detour *d, struct weir_tap *tap,
           const struct weir_desk_state *desk, const struct weir_run *run,
           const struct weir_strip_buffers *b)
{
    const float *late[WEIR_MAX_CHANNELS];
    for (uint32_t c = 0; c < d->n_channels; c++)
        late[c] = weir_detour_hear(d, desk->kernels, NULL, c, run->position,
                                   run->n, b->before[c], b->after[c]);
    weir_tap_write(tap, run->position, late, run->n);
    weir_detour_advance(d, run->n);
}

// Both go into their lines first: the buffers are theirs until then.
static WEIR_RT void
write_late_taps(struct weir_strip *s, const struct weir_desk_state *desk,
                const struct weir_run *run, const float *const *before,
                const float *const *after, const struct weir_strip_buffers *b)
{
    if (s->before)
        weir_detour_put(&s->taps[0], run->position, before, run->n);
    if (s->after)
        weir_detour_put(&s->taps[1], run->position, after, run->n);
    if (s->before)
        write_late(&s->taps[0], s->before, desk, run, b);
    if (s->after)
        write_late(&s->taps[1], s->after, desk, run, b);
}

static WEIR_RT void
write_taps(struct weir_strip *s, const struct weir_desk_state *desk,
           const struct weir_run *run, const float *const *before,
           const float *const *after, const struct weir_strip_buffers *b)
{
    if (desk->late_taps) {
        write_late_taps(s, desk, run, before, after, b);
        return;
    }
    if (s->before)
        weir_tap_write(s->before, run->position, before, run->n);
    if (s->after)
        weir_tap_write(s->after, run->position, after, run->n);
}

static WEIR_RT void
write_silence(struct weir_strip *s, const struct weir_desk_state *desk,
              const struct weir_run *run, const struct weir_strip_buffers *b)
{
    const float *silence[WEIR_MAX_CHANNELS];
    if (!s->before && !s->after)
        return;
    for (uint32_t c = 0; c < s->n_channels; c++) {
        memset(b->before[c], 0, run->n * sizeof(float));
        silence[c] = b->before[c];
    }
    write_taps(s, desk, run, silence, silence, b);
}

WEIR_RT void
weir_strip_mix(struct weir_strip *s, const struct weir_desk_state *desk,
               const struct weir_run *run, const struct weir_strip_buffers *b)
{
    const float *before[WEIR_MAX_CHANNELS];
    const float *after[WEIR_MAX_CHANNELS];
    if (!s->has_sound) {
        write_silence(s, desk, run, b);
        return;
    }
    if (s->is_detoured)
        take_detour(s, desk, run, b, before);
    else
        take_input(s, desk, run, b->before, before);
    ride_fader(s, desk, run, before, b->after, after);
    mix_path(&s->to_main, s, desk, run, after, desk->buses[0]);
    mix_sends(s, desk, run, before, after);
    write_taps(s, desk, run, before, after, b);
}

WEIR_RT void
weir_strip_advance(struct weir_strip *s, const struct weir_desk_state *desk,
                   uint32_t n)
{
    if (s->is_detoured)
        weir_detour_advance(&s->detour, n);
    weir_ramp_advance(&s->trim, n);
    weir_ramp_advance(&s->fader, n);
    advance_path(&s->to_main, n);
    for (uint32_t slot = 1; slot < desk->n_slots; slot++) {
        advance_path(&s->sends[slot].before, n);
        advance_path(&s->sends[slot].after, n);
    }
}

WEIR_RT void
weir_strip_wake(const struct weir_strip *s)
{
    if (s->before)
        weir_tap_wake(s->before);
    if (s->after)
        weir_tap_wake(s->after);
}

WEIR_RT bool
weir_strip_is_gone(const struct weir_strip *s)
{
    if (!s->leaving || !weir_ramp_rests_at(&s->fader, 0.0f))
        return false;
    for (uint32_t slot = 1; slot < WEIR_MAX_BUSES; slot++)
        if (!weir_path_is_silent(&s->sends[slot].before))
            return false;
    return true;
}
