// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-tap's command line.
#ifndef WEIR_TAP_OPTIONS_H
#define WEIR_TAP_OPTIONS_H

#include "common/reader_options.h"
#include "common/samples.h"

#include <stdbool.h>

struct weir_tap_options {
    struct weir_reader_options from;
    enum weir_sample_format samples;
    bool wav;
    double duration_s; // 0: until it is ended
};

/// False when the program should exit at once with *exit_status.  @reader
bool weir_tap_options_parse(struct weir_tap_options *out, int argc, char **argv,
                            int *exit_status);

#endif
