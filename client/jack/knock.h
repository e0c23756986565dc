// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a server listens where JACK servers do.
#ifndef WEIR_JACK_KNOCK_H
#define WEIR_JACK_KNOCK_H

#include <stdbool.h>
#include <stddef.h>

/// Whether somebody listens for clients of `server`: jackd at its socket in
/// /dev/shm, or PipeWire in $PIPEWIRE_RUNTIME_DIR or $XDG_RUNTIME_DIR, as it is
/// whose libjack that is.  No more than a hint.  @any  Does not wait.
bool weir_knock(const char *server);

/// A text that is another one when jackd is started anew under the same name.
/// False: there is none, or it is PipeWire.  @any
bool weir_knock_who(const char *server, char *text, size_t n_bytes);

#endif
