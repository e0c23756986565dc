// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A strip's block: lane -> trim -> (pre sends) -> fader -> pan -> main, sends.
// Everything here belongs to @mixer.
#include "engine/strip.h"

#include "engine/bus.h"
#include "engine/kernels.h"

#include <math.h>
#include <string.h>

static const float quarter_turn = 1.57079632679f;
// 200 dB over full scale is no sound, and the largest sum of so many strips
// and gains of what is below it is still a finite number.
static const float loudest = 1e10f;

// ------------------------------------------------------------- where to aim

struct gains {
    float left;
    float right;
};

// Equal power, -3 dB in the centre; exact at both ends.
static WEIR_RT struct gains
pan_law(float pan)
{
    const float angle = (pan + 1.0f) * 0.5f * quarter_turn;
    return (struct gains){
        .left = pan >= 1.0f ? 0.0f : cosf(angle),
        .right = pan <= -1.0f ? 0.0f : sinf(angle),
    };
}

// 0 dB in the centre; the side that is turned away from goes down linearly.
static WEIR_RT struct gains
balance_law(float pan)
{
    return (struct gains){
        .left = pan > 0.0f ? 1.0f - pan : 1.0f,
        .right = pan < 0.0f ? 1.0f + pan : 1.0f,
    };
}

// What a strip's channels count for in a bus: interface.md, "Channels".
static WEIR_RT struct gains
share(const struct weir_strip *s, const struct weir_bus *bus)
{
    if (bus->n_channels == 1) {
        const float mean = 1.0f / (float)s->n_channels;
        return (struct gains){mean, mean};
    }
    if (s->n_channels == 1)
        return pan_law(s->pan);
    if (s->n_channels == 2)
        return balance_law(s->pan);
    return (struct gains){1.0f, 1.0f};
}

static WEIR_RT void
aim(struct weir_ramp *ramp, float gain_lin, uint32_t ramp_frames, bool at_once)
{
    if (at_once)
        weir_ramp_set(ramp, gain_lin);
    else
        weir_ramp_to(ramp, gain_lin, ramp_frames);
}

static WEIR_RT void
aim_path(struct weir_path *path, struct gains share, float gain_lin,
         uint32_t ramp_frames, bool at_once)
{
    aim(&path->left, gain_lin * share.left, ramp_frames, at_once);
    aim(&path->right, gain_lin * share.right, ramp_frames, at_once);
}

static WEIR_RT void
aim_send(struct weir_strip *s, uint32_t slot,
         const struct weir_desk_state *desk, bool at_once)
{
    struct weir_send *send = &s->sends[slot];
    const struct gains part = share(s, desk->buses[slot]);
    const float gain = send->on ? send->level_lin : 0.0f;
    // What goes past the fader leaves by itself.
    aim_path(&send->before, part, send->pre && !s->leaving ? gain : 0.0f,
             desk->ramp_frames, at_once);
    aim_path(&send->after, part, send->pre ? 0.0f : gain, desk->ramp_frames,
             at_once);
}

// Solo is in place on main: who is not soloed, or safe, is not heard there.
static WEIR_RT float
main_gain(const struct weir_strip *s, bool any_solo)
{
    const bool heard = !any_solo || s->solo || s->solo_safe;
    return s->main && heard ? 1.0f : 0.0f;
}

WEIR_RT void
weir_strip_aim(struct weir_strip *s, const struct weir_desk_state *desk,
               bool at_once)
{
    const float fader = s->mute || s->leaving ? 0.0f : s->gain_lin;
    aim(&s->trim, s->polarity ? -s->trim_lin : s->trim_lin, desk->ramp_frames,
        at_once);
    aim(&s->fader, fader, desk->ramp_frames, at_once);
    aim_path(&s->to_main, share(s, desk->buses[0]),
             main_gain(s, desk->any_solo), desk->ramp_frames, at_once);
    for (uint32_t slot = 1; slot < desk->n_slots; slot++)
        if (desk->buses[slot])
            aim_send(s, slot, desk, at_once);
}

// ------------------------------------------------------------------ mixing

static WEIR_RT bool
rests_silent(const struct weir_path *path)
{
    return weir_ramp_rests_at(&path->left, 0.0f) &&
           weir_ramp_rests_at(&path->right, 0.0f);
}

static WEIR_RT void
advance_path(struct weir_path *path, uint32_t n)
{
    weir_ramp_advance(&path->left, n);
    weir_ramp_advance(&path->right, n);
}

// A pair goes to the bus's first two channels, a mono strip to both of them;
// more channels go one by one, round and round.
static WEIR_RT void
mix_path(const struct weir_path *path, const struct weir_strip *s,
         float *const *src, struct weir_bus *bus, uint32_t n)
{
    if (rests_silent(path))
        return;
    if (s->n_channels <= 2 && bus->n_channels >= 2) {
        weir_kernel_mix(bus->sum[0], src[0], n, &path->left);
        weir_kernel_mix(bus->sum[1], src[s->n_channels - 1], n, &path->right);
        return;
    }
    for (uint32_t c = 0; c < s->n_channels; c++)
        weir_kernel_mix(bus->sum[c % bus->n_channels], src[c], n, &path->left);
}

// Lanes, trimmed, into the buffers before the fader; the largest sample.
static WEIR_RT struct weir_extent
take_input(struct weir_strip *s, const struct weir_inputs *inputs,
           uint64_t position, uint32_t n, float *const *before)
{
    struct weir_extent all = {.peak = 0.0f, .finite = true};
    for (uint32_t c = 0; c < s->n_channels; c++) {
        weir_inputs_read(inputs, s->lanes[c].frames, position, before[c], n);
        if (!weir_ramp_rests_at(&s->trim, 1.0f))
            weir_kernel_gain(before[c], before[c], n, &s->trim);
        const struct weir_extent e = weir_kernel_extent(before[c], n);
        all.finite &= e.finite && e.peak <= loudest;
        all.peak = e.peak > all.peak ? e.peak : all.peak;
    }
    return all;
}

static WEIR_RT void
silence(const struct weir_strip *s, float *const *buffers, uint32_t n)
{
    for (uint32_t c = 0; c < s->n_channels; c++)
        memset(buffers[c], 0, n * sizeof(float));
}

// The fader and the meter behind it; returns the buffers with the result.
static WEIR_RT float *const *
ride_fader(struct weir_strip *s, struct weir_strip_buffers *b, uint32_t n)
{
    const bool unity = weir_ramp_rests_at(&s->fader, 1.0f);
    for (uint32_t c = 0; c < s->n_channels; c++) {
        if (!unity)
            weir_kernel_gain(b->after[c], b->before[c], n, &s->fader);
        weir_meter_add(&s->meter, c, unity ? b->before[c] : b->after[c], n);
    }
    return unity ? b->before : b->after;
}

static WEIR_RT void
mix_sends(struct weir_strip *s, const struct weir_desk_state *desk,
          float *const *before, float *const *after, uint32_t n)
{
    for (uint32_t slot = 1; slot < desk->n_slots; slot++) {
        struct weir_bus *bus = desk->buses[slot];
        if (!bus)
            continue;
        mix_path(&s->sends[slot].before, s, before, bus, n);
        mix_path(&s->sends[slot].after, s, after, bus, n);
    }
}

static WEIR_RT void
write_taps(struct weir_strip *s, uint64_t position, float *const *before,
           float *const *after, uint32_t n)
{
    if (s->before)
        weir_tap_write(s->before, position, before, n, false);
    if (s->after)
        weir_tap_write(s->after, position, after, n, false);
}

static WEIR_RT void
advance(struct weir_strip *s, const struct weir_desk_state *desk, uint32_t n)
{
    weir_ramp_advance(&s->trim, n);
    weir_ramp_advance(&s->fader, n);
    advance_path(&s->to_main, n);
    for (uint32_t slot = 1; slot < desk->n_slots; slot++) {
        advance_path(&s->sends[slot].before, n);
        advance_path(&s->sends[slot].after, n);
    }
    weir_meter_advance(&s->meter, n);
}

WEIR_RT bool
weir_strip_mix(struct weir_strip *s, const struct weir_desk_state *desk,
               const struct weir_inputs *inputs, uint64_t position, uint32_t n,
               struct weir_strip_buffers *b)
{
    struct weir_extent e = {.peak = 0.0f, .finite = true};
    if (inputs)
        e = take_input(s, inputs, position, n, b->before);
    if (e.peak > 0.0f && e.finite) {
        float *const *after = ride_fader(s, b, n);
        mix_path(&s->to_main, s, after, desk->buses[0], n);
        mix_sends(s, desk, b->before, after, n);
        write_taps(s, position, b->before, after, n);
    } else if (s->before || s->after) {
        silence(s, b->before, n);
        write_taps(s, position, b->before, b->before, n);
    }
    advance(s, desk, n);
    return e.finite;
}

WEIR_RT bool
weir_strip_is_gone(const struct weir_strip *s)
{
    if (!s->leaving || !weir_ramp_rests_at(&s->fader, 0.0f))
        return false;
    for (uint32_t slot = 1; slot < WEIR_MAX_BUSES; slot++)
        if (!rests_silent(&s->sends[slot].before))
            return false;
    return true;
}
