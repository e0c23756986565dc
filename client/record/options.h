// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-record's command line.
#ifndef WEIR_RECORD_OPTIONS_H
#define WEIR_RECORD_OPTIONS_H

#include "common/reader_options.h"
#include "common/samples.h"
#include "record/hooks.h"
#include "record/kind.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_split {
    double seconds; // of each file; 0: any
    uint64_t bytes;
};

struct weir_record_options {
    struct weir_reader_options from;
    const char *pattern; // of the file's name
    char default_pattern[64];
    bool has_kind;
    enum weir_kind kind;
    bool has_samples;
    enum weir_sample_format samples;
    double duration_s; // 0: until it is ended
    double preroll_s;
    double silence_s; // so much ends it; 0: none does
    double silence_db;
    struct weir_split split;
    bool align; // splits by the clock
    bool armed; // wait for weir's start, again and again
    bool no_wait;
    bool freewheel; // a bounce: the server is switched for it
    bool transport; // and JACK's transport begins with it
    struct weir_hooks hooks;
};

/// False when the program should exit at once with *exit_status.  @reader
bool weir_record_options_parse(struct weir_record_options *out, int argc,
                               char **argv, int *exit_status);

#endif
