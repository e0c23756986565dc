// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Titles of MP3 streams, which are told to the server beside the stream, each
// by a request of its own. libshout waits for the answer however long that
// takes and cannot be told to stop: so each request is a process, made by a
// helper process without threads, and killed when it takes too long.
#ifndef WEIR_STREAM_TITLES_H
#define WEIR_STREAM_TITLES_H

#include "stream/icecast.h"

struct weir_titles;

/// Start the helper, before any thread is there; null after saying why not.
/// @control  Borrows the configurations for ever.
struct weir_titles *
weir_titles_start(const struct weir_icecast_config *const *targets,
                  unsigned n_targets);

/// End it, requests on their way too.  @control  Takes `titles`, null too.
void weir_titles_stop(struct weir_titles *titles);

/// From now on this is the title: tell all servers.  @any  Does not wait.
void weir_titles_set(struct weir_titles *titles, const char *title);

/// Tell one server once more: it has forgotten.  @any  Does not wait.
void weir_titles_tell_again(struct weir_titles *titles, unsigned target);

#endif
