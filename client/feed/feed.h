// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The feed: from a file or a pipe to weir's ring.
#ifndef WEIR_FEED_FEED_H
#define WEIR_FEED_FEED_H

#include "feed/options.h"

/// Feed until all of it has been heard, or it is ended or impossible; returns
/// the exit status.  @feeder
int weir_feed_run(const struct weir_feed_options *options);

#endif
