// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir tells JACK of its latency.
#include "jack/latency.h"

#include <jack/jack.h>
#include <stdbool.h>
#include <stdlib.h>

void
weir_latency_init(struct weir_latency *l, bool told_outside)
{
    *l = (struct weir_latency){.told_outside = told_outside};
    pthread_mutex_init(&l->lock, NULL);
}

void
weir_latency_fini(struct weir_latency *l)
{
    pthread_mutex_destroy(&l->lock);
    free(l->ports);
}

// ----------------------------------------------------------- whose ports

static bool
make_room(struct weir_latency *l)
{
    if (l->n_ports < l->room)
        return true;
    const uint32_t room = l->room ? 2 * l->room : 64;
    jack_port_t **ports = realloc(l->ports, room * sizeof *ports);
    if (!ports)
        return false;
    l->ports = ports;
    l->room = room;
    return true;
}

void
weir_latency_add(struct weir_latency *l, jack_client_t *client,
                 jack_port_t *port)
{
    pthread_mutex_lock(&l->lock);
    if (make_room(l))
        l->ports[l->n_ports++] = port;
    pthread_mutex_unlock(&l->lock);
    // Somebody was so quick that JACK has asked us before it was here. Outside
    // of the callback the answer comes after this.
    if (!l->told_outside && jack_port_connected(port) > 0)
        jack_recompute_total_latencies(client);
}

void
weir_latency_drop(struct weir_latency *l, const jack_port_t *port)
{
    pthread_mutex_lock(&l->lock);
    for (uint32_t i = l->n_ports; i-- > 0;)
        if (l->ports[i] == port)
            l->ports[i] = l->ports[--l->n_ports];
    pthread_mutex_unlock(&l->lock);
}

// --------------------------------------------------------------- reporting

static bool
is_input(const jack_port_t *port)
{
    return (jack_port_flags(port) & JackPortIsInput) != 0;
}

// Over the connected ports on one side.
static jack_latency_range_t
widest(const struct weir_latency *l, bool inputs,
       jack_latency_callback_mode_t mode)
{
    jack_latency_range_t all = {0, 0};
    bool any = false;
    for (uint32_t i = 0; i < l->n_ports; i++) {
        jack_latency_range_t one;
        if (is_input(l->ports[i]) != inputs ||
            jack_port_connected(l->ports[i]) == 0)
            continue;
        jack_port_get_latency_range(l->ports[i], mode, &one);
        all.min = !any || one.min < all.min ? one.min : all.min;
        all.max = one.max > all.max ? one.max : all.max;
        any = true;
    }
    return all;
}

void
weir_latency_report(struct weir_latency *l, jack_latency_callback_mode_t mode,
                    uint32_t latency_frames)
{
    const bool capture = mode == JackCaptureLatency;
    pthread_mutex_lock(&l->lock);
    jack_latency_range_t range = widest(l, capture, mode);
    range.min += latency_frames;
    range.max += latency_frames;
    for (uint32_t i = 0; i < l->n_ports; i++)
        if (is_input(l->ports[i]) != capture)
            jack_port_set_latency_range(l->ports[i], mode, &range);
    pthread_mutex_unlock(&l->lock);
}
