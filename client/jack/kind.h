// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which JACK it is that weir runs with, and where PipeWire's has to be asked
// in another way than jackd's.
#ifndef WEIR_JACK_KIND_H
#define WEIR_JACK_KIND_H

#include <jack/types.h>
#include <stdbool.h>
#include <sys/types.h>

/// Whether libjack is PipeWire's, as under pw-jack: it talks to a PipeWire
/// and to no jackd.  @any
bool weir_jack_is_pipewire(void);

/// Whether others know this client by the name that it was opened with.
/// @control  Looks at what libjack knows.
bool weir_jack_has_its_name(jack_client_t *client);

/// Whether ports' latencies may be set in the callback that asks for them.
/// @any
bool weir_jack_takes_latency_in_callback(void);

/// Wait, two seconds at most, until the server takes metadata: PipeWire does
/// when its session manager has come, which starts after it.  @control
void weir_jack_await_metadata(jack_client_t *client);

/// jack_set_property() of a port; null as `type`: text.  False when JACK does
/// not take it.  @worker
bool weir_jack_describe_port(jack_client_t *client, const jack_port_t *port,
                             const char *key, const char *value,
                             const char *type);

/// Take back what weir_jack_describe_port() has said of a port that is about to
/// go.  @worker
void weir_jack_forget_port(jack_client_t *client, const jack_port_t *port,
                           const char *key);

/// Whether the callback's thread has real-time scheduling.  @any
bool weir_jack_thread_is_realtime(pid_t thread);

/// Wait until it has, at most 0.1 s, and only where it comes later than the
/// first cycle: with PipeWire.  As weir_jack_open().
void weir_jack_await_realtime_thread(pid_t thread);

/// The callback's real-time priority; not positive: none.  As weir_jack_open().
/// Waits at most 0.1 s.
int weir_jack_priority(jack_client_t *client);

#endif
