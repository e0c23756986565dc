// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir tells JACK of its latency.
#ifndef WEIR_JACK_LATENCY_H
#define WEIR_JACK_LATENCY_H

#include <jack/types.h>
#include <stdint.h>

/// Answer the latency callback: what goes into any strip may come out of any
/// bus, `latency_frames` later.  On JACK's notification thread; it looks the
/// ports up, and shares nothing with anybody.
void weir_jack_report_latency(jack_client_t *client,
                              jack_latency_callback_mode_t mode,
                              uint32_t latency_frames);

#endif
