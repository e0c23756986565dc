// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The options of all programs that read from weir: which weir, which
// sources, under which id.
#ifndef WEIR_COMMON_READER_OPTIONS_H
#define WEIR_COMMON_READER_OPTIONS_H

#include "attach/protocol.h"
#include "common/convert.h"
#include "common/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

#include <weir/reader.h>

enum {
    WEIR_OPTION_NAME = 1000,
    WEIR_OPTION_SOURCE,
    WEIR_OPTION_ID,
    WEIR_OPTION_RUN_DIR,
    WEIR_OPTION_RATE,
    WEIR_OPTION_CHANNELS,
    WEIR_OPTION_NO_SANDBOX,
};

/// Their rows in a program's table of struct weir_option.
#define WEIR_READER_OPTIONS WEIR_READER_OPTIONS_WITH_NAME("name")

/// The same with another long form for -n, where --name is something else.
#define WEIR_READER_OPTIONS_WITH_NAME(long_form)                               \
    {WEIR_OPTION_NAME, 'n', long_form, "NAME", "weir's name (weir)"},          \
        {WEIR_OPTION_SOURCE, 'i', "input", "SOURCE",                           \
         "main, BUS, strip/ID or strip/ID/pre; again to join (main)"},         \
        {WEIR_OPTION_ID, 0, "id", "ID", "the reader's id in weir's list"},     \
    {                                                                          \
        WEIR_OPTION_RUN_DIR, 0, "run-dir", "DIR",                              \
            "where weir's sockets are ($XDG_RUNTIME_DIR/weir)"                 \
    }

/// What is last, before -q and -v.
#define WEIR_SANDBOX_OPTION                                                    \
    {                                                                          \
        WEIR_OPTION_NO_SANDBOX, 0, "no-sandbox", NULL,                         \
            "keep all rights that the user has"                                \
    }

/// Those of programs that convert what they read.
#define WEIR_CONVERT_OPTIONS                                                   \
    {WEIR_OPTION_RATE, 'r', "rate", "RATE", "in Hz (weir's)"},                 \
    {                                                                          \
        WEIR_OPTION_CHANNELS, 'c', "channels", "CHANNELS",                     \
            "1..64; 1 is the mean of all (those of the sources)"               \
    }

/// Zeroed: the defaults.
struct weir_reader_options {
    const char *instance;
    const char *run_dir;
    const char *id;
    const char *sources[WEIR_ATTACH_MAX_SOURCES];
    unsigned n_sources;
    uint32_t rate_hz;    // 0: weir's
    uint32_t n_channels; // 0: the sources'
    bool no_sandbox;
};

/// Take one of them, as weir_command_line's `take`; null for other ids.
/// @control
const char *weir_reader_options_take(struct weir_reader_options *o, int id,
                                     const char *argument);

/// Whether it can be the id of a strip, a bus, a reader or a feed.  @any
bool weir_reader_options_id_ok(const char *text);

/// What to attach with, as `program`.  @control  Borrows `o`.
struct weir_reader_config
weir_reader_options_config(const struct weir_reader_options *o,
                           const char *program);

/// What such a program keeps, to be added to; null with --no-sandbox, or when
/// memory is short.  @control
struct weir_sandbox *
weir_reader_options_sandbox(const struct weir_reader_options *o,
                            enum weir_sandbox_network network);

/// From what is read to what is wanted.  @any
struct weir_convert_config
weir_reader_options_conversion(const struct weir_reader_options *o,
                               struct weir_reader_format format);

#endif
