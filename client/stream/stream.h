// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The streamer: from weir's ring to Icecast servers.
#ifndef WEIR_STREAM_STREAM_H
#define WEIR_STREAM_STREAM_H

#include "stream/options.h"

/// Stream until it is ended or impossible; returns the exit status.  @reader
/// Borrows `options` for ever: targets' threads may outlive it.
int weir_stream_run(struct weir_stream_options *options);

#endif
