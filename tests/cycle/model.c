// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer as simply as it can be said.
#include "cycle/model.h"

#include <math.h>
#include <string.h>

// -------------------------------------------------------------------- lines

static void
aim_line(struct model_line *l, double target, uint32_t n_frames)
{
    if (n_frames == 0) {
        *l = (struct model_line){target, target, 0};
    } else if (target != l->target) {
        l->target = target;
        l->left = n_frames;
    }
}

static double
step_line(struct model_line *l)
{
    if (l->left > 0) {
        l->now += (l->target - l->now) / l->left;
        l->left--;
    }
    return l->now;
}

// -------------------------------------------------------------------- rules

static double
side(const struct model_strip *s, uint32_t bus_channels, int right)
{
    if (bus_channels == 1)
        return 1.0 / s->n_channels;
    if (s->n_channels == 1) {
        if (s->pan == (right ? -1.0 : 1.0))
            return 0.0;
        const double angle = (s->pan + 1.0) * M_PI / 4.0;
        return right ? sin(angle) : cos(angle);
    }
    if (s->n_channels == 2)
        return fmin(1.0, right ? 1.0 + s->pan : 1.0 - s->pan);
    return 1.0;
}

static bool
anybody_soloed(const struct model *m)
{
    for (uint32_t i = 0; i < m->n_strips; i++)
        if (m->strips[i].solo && !m->strips[i].leaving)
            return true;
    return false;
}

static void
aim_sends(struct model *m, struct model_strip *s, int right, uint32_t n)
{
    for (uint32_t b = 1; b < MODEL_BUSES; b++) {
        struct model_send *send = &s->sends[b];
        if (!m->buses[b].exists)
            continue;
        const double gain = (send->on ? send->level : 0.0) *
                            side(s, m->buses[b].n_channels, right);
        aim_line(&send->before[right], send->pre && !s->leaving ? gain : 0.0,
                 n);
        aim_line(&send->after[right], send->pre ? 0.0 : gain, n);
    }
}

static void
aim_strip(struct model *m, struct model_strip *s, uint32_t n)
{
    const bool soloed = s->solo && !s->leaving;
    const bool heard = soloed || s->solo_safe || !anybody_soloed(m);
    aim_line(&s->trim_line, s->polarity ? -s->trim : s->trim, n);
    aim_line(&s->fader, s->mute || s->leaving ? 0.0 : s->gain, n);
    for (int right = 0; right < 2; right++) {
        const double share = side(s, m->buses[0].n_channels, right);
        aim_line(&s->to_main[right], s->main && heard ? share : 0.0, n);
        aim_sends(m, s, right, n);
    }
}

void
model_aim(struct model *m, const struct model_strip *at_once)
{
    for (uint32_t i = 0; i < m->n_strips; i++) {
        struct model_strip *s = &m->strips[i];
        aim_strip(m, s, s == at_once ? 0 : m->ramp_frames);
    }
    for (uint32_t b = 0; b < MODEL_BUSES; b++) {
        struct model_bus *bus = &m->buses[b];
        aim_line(&bus->fader, bus->mute || bus->leaving ? 0.0 : bus->gain,
                 m->ramp_frames);
    }
}

// ----------------------------------------------------------- coming, going

void
model_add_bus(struct model *m, uint32_t slot, uint32_t n_channels)
{
    m->buses[slot] = (struct model_bus){.exists = true,
                                        .n_channels = n_channels,
                                        .gain = 1.0,
                                        .fader = {1.0, 1.0, 0}};
}

void
model_forget_bus(struct model *m, uint32_t slot)
{
    m->buses[slot].exists = false;
    for (uint32_t i = 0; i < m->n_strips; i++)
        memset(&m->strips[i].sends[slot], 0, sizeof(struct model_send));
}

uint32_t
model_add_strip(struct model *m, uint32_t n_channels)
{
    struct model_strip *s = &m->strips[m->n_strips++];
    *s = (struct model_strip){
        .n_channels = n_channels, .gain = 1.0, .trim = 1.0, .main = true};
    model_aim(m, s);
    return m->n_strips - 1;
}

void
model_init(struct model *m, uint32_t main_channels, uint32_t ramp_frames)
{
    memset(m, 0, sizeof *m);
    m->ramp_frames = ramp_frames;
    model_add_bus(m, 0, main_channels);
}

// ------------------------------------------------------------------- frames

// A strip's channels into a bus, by the gains of its left and right side.
static void
add(struct model_bus *bus, const struct model_strip *s, const double *in,
    double left, double right)
{
    if (s->n_channels <= 2 && bus->n_channels >= 2) {
        bus->out[0] += left * in[0];
        bus->out[1] += right * in[s->n_channels - 1];
        return;
    }
    for (uint32_t c = 0; c < s->n_channels; c++)
        bus->out[c % bus->n_channels] += left * in[c];
}

static void
strip_frame(struct model *m, struct model_strip *s, const double *in)
{
    double before[MODEL_CHANNELS];
    double after[MODEL_CHANNELS];
    const double trim = step_line(&s->trim_line);
    const double fader = step_line(&s->fader);
    for (uint32_t c = 0; c < s->n_channels; c++) {
        before[c] = in[c] * trim;
        after[c] = before[c] * fader;
    }
    const double left = step_line(&s->to_main[0]);
    const double right = step_line(&s->to_main[1]);
    add(&m->buses[0], s, after, left, right);
    for (uint32_t b = 1; b < MODEL_BUSES; b++) {
        struct model_send *send = &s->sends[b];
        const double gain[4] = {
            step_line(&send->before[0]), step_line(&send->before[1]),
            step_line(&send->after[0]), step_line(&send->after[1])};
        if (!m->buses[b].exists)
            continue;
        add(&m->buses[b], s, before, gain[0], gain[1]);
        add(&m->buses[b], s, after, gain[2], gain[3]);
    }
}

void
model_frame(struct model *m, double in[MODEL_STRIPS][MODEL_CHANNELS])
{
    for (uint32_t b = 0; b < MODEL_BUSES; b++)
        memset(m->buses[b].out, 0, sizeof m->buses[b].out);
    for (uint32_t i = 0; i < m->n_strips; i++)
        strip_frame(m, &m->strips[i], in[i]);
    for (uint32_t b = 0; b < MODEL_BUSES; b++) {
        const double fader = step_line(&m->buses[b].fader);
        for (uint32_t c = 0; c < MODEL_CHANNELS; c++)
            m->buses[b].out[c] *= fader;
    }
}
