// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-feed's command line.
#ifndef WEIR_FEED_OPTIONS_H
#define WEIR_FEED_OPTIONS_H

#include "common/reader_options.h"
#include "common/samples.h"

#include <stdbool.h>

struct weir_feed_options {
    struct weir_reader_options to; // without sources; its rate and channels
                                   // are those of what comes in
    const char *strip;
    const char *path; // "-": stdin
    enum weir_sample_format samples;
    bool has_samples; // -e was given
    bool loop;
    bool clock;       // the pace is the source's own
    double latency_s; // of that; 0: weir chooses
};

/// False when the program should exit at once with *exit_status.  @feeder
bool weir_feed_options_parse(struct weir_feed_options *out, int argc,
                             char **argv, int *exit_status);

/// Whether it is said what raw samples are like.  @any
bool weir_feed_options_raw(const struct weir_feed_options *o);

#endif
