// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A slot's block. Everything here belongs to @mixer.
#include "plugin/slot.h"

#include "plugin/finite.h"

#include <lv2/atom/util.h>
#include <math.h>

enum { PIECE = 64 }; // frames between two steps of a value that moves

// ------------------------------------------------------------------- values

static WEIR_RT void
show(struct weir_slot *s, uint32_t port, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    // relaxed: a number to show.
    atomic_store_explicit(&s->shown[port], bits, memory_order_relaxed);
}

WEIR_RT float
weir_slot_shown(const struct weir_slot *s, uint32_t port)
{
    // relaxed: a number to show.
    const uint32_t bits =
        atomic_load_explicit(&s->shown[port], memory_order_relaxed);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// A step in these is no click, or moving them costs too much.
static WEIR_RT bool
moves(const struct weir_slot *s, uint32_t port)
{
    const struct weir_plugin_port *p = &s->type->ports[port];
    return s->voices && s->splits && p->role == WEIR_ROLE_NONE &&
           !(p->flags & (WEIR_PORT_TOGGLED | WEIR_PORT_INTEGER |
                         WEIR_PORT_ENUMERATION | WEIR_PORT_TRIGGER |
                         WEIR_PORT_EXPENSIVE | WEIR_PORT_CAUSES_ARTIFACTS));
}

WEIR_RT void
weir_slot_set(struct weir_slot *s, uint32_t port, float value)
{
    struct weir_param *param = &s->params[port];
    const bool will_move = moves(s, port) && s->values[port] != value;
    s->n_moving += will_move;
    s->n_moving -= param->left > 0;
    param->target = value;
    param->left = will_move ? s->fade.fade_frames : 0;
    if (!will_move)
        s->values[port] = value;
    if (s->type->ports[port].flags & WEIR_PORT_TRIGGER) {
        param->is_triggered = true;
        s->n_triggered++;
    }
    show(s, port, value);
}

WEIR_RT void
weir_slot_bypass(struct weir_slot *s, bool is_bypassed)
{
    s->is_bypassed = is_bypassed;
    if (s->enabled_port < s->type->n_ports)
        weir_slot_set(s, s->enabled_port, is_bypassed ? 0.0f : 1.0f);
}

// Move on by `n` frames: in proportion where the plugin says that its ear for
// it is logarithmic.
static WEIR_RT void
move_values(struct weir_slot *s, uint32_t n)
{
    for (uint32_t i = 0; s->n_moving > 0 && i < s->type->n_ports; i++) {
        struct weir_param *param = &s->params[i];
        if (param->left == 0)
            continue;
        const uint32_t m = weir_min_u32(n, param->left);
        const float part = (float)m / (float)param->left;
        const float now = s->values[i];
        param->left -= m;
        s->n_moving -= param->left == 0;
        if (param->left == 0)
            s->values[i] = param->target;
        else if (s->type->ports[i].flags & WEIR_PORT_LOGARITHMIC &&
                 now > 0.0f && param->target > 0.0f)
            s->values[i] = now * powf(param->target / now, part);
        else
            s->values[i] = now + (param->target - now) * part;
    }
}

static WEIR_RT void
release_triggers(struct weir_slot *s)
{
    for (uint32_t i = 0; s->n_triggered > 0 && i < s->type->n_ports; i++)
        if (s->params[i].is_triggered) {
            s->params[i].is_triggered = false;
            s->params[i].target = s->type->ports[i].by_default;
            s->values[i] = s->params[i].target;
            show(s, i, s->values[i]);
        }
    s->n_triggered = 0;
}

// ---------------------------------------------------------------- the voices

static WEIR_RT void
hear_outputs(struct weir_slot *s)
{
    const struct weir_instance *first = s->voices->copies[0];
    for (uint32_t i = 0; i < s->type->n_ports; i++) {
        const struct weir_plugin_port *p = &s->type->ports[i];
        if (p->kind == WEIR_PORT_CONTROL && !p->is_input)
            show(s, i, first->outputs[i]);
    }
}

// What it tells through its atom outputs: whole objects, to @control. The
// plugin filled the buffer: every size in it is looked at.
static WEIR_RT void
hear_atoms(struct weir_slot *s, uint32_t port)
{
    const struct weir_instance *first = s->voices->copies[0];
    const LV2_Atom_Sequence *seq = first->sequences[port];
    if (seq->atom.type != first->known->atom_sequence ||
        seq->atom.size > first->sequence_sizes[port] ||
        seq->atom.size < sizeof seq->body)
        return;
    const char *at = (const char *)(&seq->body + 1);
    const char *end = (const char *)&seq->body + seq->atom.size;
    while ((size_t)(end - at) >= sizeof(LV2_Atom_Event)) {
        const LV2_Atom_Event *event = (const LV2_Atom_Event *)(const void *)at;
        const size_t room = (size_t)(end - at) - sizeof *event;
        if (event->body.size > room)
            return;
        if (event->body.type == first->known->atom_object ||
            event->body.type == first->known->atom_blank)
            weir_bytes_push(s->said, &event->body,
                            (uint32_t)sizeof event->body + event->body.size,
                            NULL, 0);
        const size_t whole =
            sizeof *event + (((size_t)event->body.size + 7) & ~(size_t)7);
        if (whole > (size_t)(end - at))
            return;
        at += whole;
    }
}

static WEIR_RT void
hear(struct weir_slot *s)
{
    hear_outputs(s);
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->voices->copies[0]->sequences[i] && !s->type->ports[i].is_input)
            hear_atoms(s, i);
}

static WEIR_RT void
run_piece(struct weir_slot *s, uint32_t offset, uint32_t n)
{
    move_values(s, n);
    for (uint32_t i = 0; i < s->voices->n_copies; i++)
        weir_instance_run(s->voices->copies[i], offset, n);
    hear(s);
}

static WEIR_RT void
run(struct weir_slot *s, uint32_t n)
{
    uint32_t done = 0;
    while (s->n_moving > 0 && s->splits && done < n) {
        const uint32_t piece = weir_min_u32(n - done, PIECE);
        run_piece(s, done, piece);
        done += piece;
    }
    if (done < n)
        run_piece(s, done, n - done);
    release_triggers(s);
}

static WEIR_RT bool
gave_sense(const struct weir_slot *s, uint32_t n)
{
    for (uint32_t i = 0; i < s->voices->n_copies; i++)
        for (uint32_t o = 0; o < s->join.n_out; o++)
            if (!weir_are_finite(s->voices->copies[i]->buffers[s->join.out[o]],
                                 n))
                return false;
    return true;
}

// A latency beyond reason is none.
static WEIR_RT void
read_latency(struct weir_slot *s)
{
    enum { MOST = 1 << 20 };
    if (s->latency_port == s->type->n_ports)
        return;
    const float frames = s->voices->copies[0]->outputs[s->latency_port];
    const uint32_t latency =
        frames > 0.0f && frames < (float)MOST ? (uint32_t)(frames + 0.5f) : 0;
    // relaxed: a number; who aligns paths by it follows it block by block.
    atomic_store_explicit(&s->latency, latency, memory_order_relaxed);
}

// -------------------------------------------------------------- what is heard

static WEIR_RT uint32_t
lateness(const struct weir_slot *s)
{
    // relaxed: this thread alone writes it.
    const uint32_t latency =
        atomic_load_explicit(&s->latency, memory_order_relaxed);
    return weir_min_u32(latency, s->delay->size - s->max_block);
}

// A block of another length than was promised passes it by.
static WEIR_RT bool
may_run(const struct weir_slot *s, uint32_t n)
{
    return s->voices && (s->whole == 0 || n == s->whole);
}

static WEIR_RT enum weir_heard
wanted(const struct weir_slot *s, bool runs)
{
    if (s->is_leaving || s->is_moving)
        return WEIR_HEARD_DIRECT;
    if (!runs && weir_crossfade_rests_at(&s->fade, WEIR_HEARD_DIRECT))
        return WEIR_HEARD_DIRECT; // it has never been heard
    if (!runs || s->waiting ||
        (s->is_bypassed && s->enabled_port == s->type->n_ports))
        return WEIR_HEARD_LATE;
    return WEIR_HEARD_WET;
}

static WEIR_RT void
mix(struct weir_slot *s, uint32_t channel, float *to, uint32_t n)
{
    struct weir_crossfade *x = &s->fade;
    const bool is_wet = weir_crossfade_hears(x, WEIR_HEARD_WET);
    memset(to, 0, n * sizeof *to);
    if (is_wet) {
        if (!weir_join_out(&s->join, s->voices->copies, channel, s->late, n))
            weir_delay_get(s->delay, channel, lateness(s), s->late, n);
        weir_crossfade_add(x, WEIR_HEARD_WET, s->late, to, n);
    }
    if (weir_crossfade_hears(x, WEIR_HEARD_LATE)) {
        weir_delay_get(s->delay, channel, lateness(s), s->late, n);
        weir_crossfade_add(x, WEIR_HEARD_LATE, s->late, to, n);
    }
    if (weir_crossfade_hears(x, WEIR_HEARD_DIRECT)) {
        weir_delay_get(s->delay, channel, 0, s->late, n);
        weir_crossfade_add(x, WEIR_HEARD_DIRECT, s->late, to, n);
    }
    weir_crossfade_smooth(x, channel, to, n);
}

WEIR_RT enum weir_slot_went
weir_slot_process(struct weir_slot *s, float *const *channels, uint32_t n)
{
    const bool runs = may_run(s, n);
    enum weir_slot_went went = WEIR_WENT_WELL;
    for (uint32_t c = 0; c < s->join.n_channels; c++)
        weir_delay_put(s->delay, c, channels[c], n);
    if (runs) {
        weir_join_in(&s->join, s->voices->copies,
                     (const float *const *)channels, n);
        run(s, n);
        read_latency(s);
        if (!gave_sense(s, n))
            went = WEIR_WENT_WRONG;
    }
    if ((went == WEIR_WENT_WRONG || !runs) &&
        weir_crossfade_hears(&s->fade, WEIR_HEARD_WET))
        weir_crossfade_cut(&s->fade, WEIR_HEARD_LATE);
    if (went == WEIR_WENT_WELL)
        weir_crossfade_to(&s->fade, wanted(s, runs));
    for (uint32_t c = 0; c < s->join.n_channels; c++)
        mix(s, c, channels[c], n);
    weir_crossfade_advance(&s->fade, n);
    weir_delay_advance(s->delay, n);
    return went;
}
