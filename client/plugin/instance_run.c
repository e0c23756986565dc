// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Running an instance. Everything here belongs to @mixer.
#include "plugin/instance.h"

#include "rt/denormals.h"

#include <lv2/atom/util.h>
#include <string.h>

// What rounds, traps and flushes in this thread's floating point; plugins
// change it when they are loaded, and in run().
static WEIR_RT uint32_t
float_mode(void)
{
#if defined(__x86_64__)
    return _mm_getcsr() & ~0x3fu; // but for the exceptions seen
#else
    return 0;
#endif
}

static WEIR_RT void
set_float_mode(uint32_t mode)
{
#if defined(__x86_64__)
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
    weir_denormals_off();
}

// The plugin's own code. LV2 forbids it in run() and connect_port() what
// weir's rule forbids; what it does nevertheless is why chains run in
// processes of their own.
static WEIR_RT void
call_run(const struct weir_instance *i, uint32_t n)
{
    WEIR_RT_TRUST(i->descriptor->run(i->handle, n));
}

static WEIR_RT void
call_connect(const struct weir_instance *i, uint32_t port, float *to)
{
    WEIR_RT_TRUST(i->descriptor->connect_port(i->handle, port, to));
}

static WEIR_RT void
connect_at(struct weir_instance *i, uint32_t offset)
{
    if (offset == i->connected)
        return;
    for (uint32_t port = 0; port < i->type->n_ports; port++)
        if (i->buffers[port])
            call_connect(i, port, i->buffers[port] + offset);
    i->connected = offset;
}

// CV inputs have the value that is set for them.
static WEIR_RT void
fill_cv(const struct weir_instance *i, uint32_t offset, uint32_t n)
{
    for (uint32_t port = 0; port < i->type->n_ports; port++) {
        const struct weir_plugin_port *p = &i->type->ports[port];
        if (p->kind == WEIR_PORT_CV && p->is_input)
            for (uint32_t f = 0; f < n; f++)
                i->buffers[port][offset + f] = i->values[port];
    }
}

// An output says by its size how much room there is, and is a chunk.
static WEIR_RT void
offer_outputs(struct weir_instance *i)
{
    for (uint32_t port = 0; port < i->type->n_ports; port++) {
        LV2_Atom_Sequence *s = i->sequences[port];
        if (!s || i->type->ports[port].is_input)
            continue;
        s->atom.size = i->sequence_sizes[port];
        s->atom.type = i->known->atom_chunk;
    }
}

static WEIR_RT void
empty_inputs(struct weir_instance *i)
{
    if (i->n_posted == 0)
        return;
    for (uint32_t port = 0; port < i->type->n_ports; port++)
        if (i->sequences[port] && i->type->ports[port].is_input)
            i->sequences[port]->atom.size = sizeof(LV2_Atom_Sequence_Body);
    i->n_posted = 0;
}

static WEIR_RT bool
append(struct weir_instance *i, uint32_t port, const LV2_Atom *atom)
{
    LV2_Atom_Sequence *s = i->sequences[port];
    const uint32_t used = (s->atom.size + 7u) & ~7u;
    const uint64_t more = sizeof(LV2_Atom_Event) + (uint64_t)atom->size;
    if (used + ((more + 7u) & ~UINT64_C(7)) > i->sequence_sizes[port])
        return false;
    LV2_Atom_Event *event = (LV2_Atom_Event *)(void *)((char *)&s->body + used);
    event->time.frames = 0;
    memcpy(&event->body, atom, sizeof *atom + atom->size);
    s->atom.size = used + (uint32_t)((more + 7u) & ~UINT64_C(7));
    return true;
}

WEIR_RT bool
weir_instance_post(struct weir_instance *i, unsigned flags,
                   const LV2_Atom *atom)
{
    bool any = false;
    for (uint32_t port = 0; port < i->type->n_ports; port++) {
        const struct weir_plugin_port *p = &i->type->ports[port];
        if (i->sequences[port] && p->is_input && p->flags & flags)
            any |= append(i, port, atom);
    }
    i->n_posted += any;
    return any;
}

WEIR_RT void
weir_instance_run(struct weir_instance *i, uint32_t offset, uint32_t n)
{
    const uint32_t mode = float_mode();
    connect_at(i, offset);
    fill_cv(i, offset, n);
    offer_outputs(i);
    call_run(i, n);
    set_float_mode(mode);
    empty_inputs(i);
    if (i->worker) {
        weir_plugin_worker_deliver(i->worker);
        set_float_mode(mode);
    }
}
