// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir tells JACK of its latency.
#ifndef WEIR_JACK_LATENCY_H
#define WEIR_JACK_LATENCY_H

#include <jack/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/// weir's own ports. The worker adds and drops them, JACK's notification
/// thread (at PipeWire the worker) goes through them at every change of the
/// graph: to look hundreds up by their names each time took longer than all
/// that JACK does.
struct weir_latency {
    bool told_outside;    // fixed: not in the callback, by the worker
    pthread_mutex_t lock; // of all below; no call under it waits for JACK
    jack_port_t **ports;
    uint32_t n_ports;
    uint32_t room;
};

/// @control
void weir_latency_init(struct weir_latency *latency, bool told_outside);
void weir_latency_fini(struct weir_latency *latency);

/// A port has been registered.  @worker  Allocates; without memory the port
/// is reported with no latency.
void weir_latency_add(struct weir_latency *latency, jack_client_t *client,
                      jack_port_t *port);

/// A port is about to be unregistered.  @worker
void weir_latency_drop(struct weir_latency *latency, const jack_port_t *port);

/// Answer the latency callback: what goes into any strip may come out of any
/// bus, `latency_frames` later.  On JACK's notification thread, or the worker
/// when it is told outside.
void weir_latency_report(struct weir_latency *latency,
                         jack_latency_callback_mode_t mode,
                         uint32_t latency_frames);

#endif
