// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir tells JACK of its latency. Everything here runs on JACK's
// notification thread.
#include "jack/latency.h"

#include <jack/jack.h>
#include <stdbool.h>
#include <stddef.h>

// All of our ports on one side, one by one: null at the end.
static jack_port_t *
next_own(jack_client_t *client, const char **names, size_t *at)
{
    while (names && names[*at]) {
        jack_port_t *port = jack_port_by_name(client, names[(*at)++]);
        if (port && jack_port_is_mine(client, port))
            return port;
    }
    return NULL;
}

static jack_latency_range_t
widest(jack_client_t *client, const char **names,
       jack_latency_callback_mode_t mode)
{
    jack_latency_range_t all = {0, 0};
    jack_port_t *port;
    bool any = false;
    for (size_t at = 0; (port = next_own(client, names, &at));) {
        jack_latency_range_t one;
        if (jack_port_connected(port) == 0)
            continue;
        jack_port_get_latency_range(port, mode, &one);
        all.min = !any || one.min < all.min ? one.min : all.min;
        all.max = one.max > all.max ? one.max : all.max;
        any = true;
    }
    return all;
}

void
weir_jack_report_latency(jack_client_t *client,
                         jack_latency_callback_mode_t mode,
                         uint32_t latency_frames)
{
    const bool capture = mode == JackCaptureLatency;
    const char **from =
        jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE,
                       capture ? JackPortIsInput : JackPortIsOutput);
    const char **to =
        jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE,
                       capture ? JackPortIsOutput : JackPortIsInput);
    jack_latency_range_t range = widest(client, from, mode);
    jack_port_t *port;
    range.min += latency_frames;
    range.max += latency_frames;
    for (size_t at = 0; (port = next_own(client, to, &at));)
        jack_port_set_latency_range(port, mode, &range);
    jack_free(from);
    jack_free(to);
}
