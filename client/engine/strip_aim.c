// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where a strip's gains go: the values that are set, as fader, pan and paths.
// Everything here belongs to @mixer.
#include "engine/strip.h"

#include "engine/bus.h"

#include <math.h>

static const float quarter_turn = 1.57079632679f;

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
