// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-stream's command line.
#ifndef WEIR_STREAM_OPTIONS_H
#define WEIR_STREAM_OPTIONS_H

#include "common/reader_options.h"
#include "stream/icecast.h"

enum { WEIR_STREAM_MAX_TARGETS = 16 };

struct weir_stream_options {
    struct weir_reader_options from; // without a rate: the codec chooses it
    enum weir_stream_codec codec;
    uint32_t bitrate_kbps; // 0: the codec's own
    struct weir_stream_about about;
    enum weir_stream_tls tls;
    const char *tls_ca;
    const char *password_file;
    const char *dump;
    bool no_wait;
    struct weir_stream_target targets[WEIR_STREAM_MAX_TARGETS];
    unsigned n_targets;
};

/// False when the program should exit at once with *exit_status.  Passwords
/// are not there yet.  @reader
bool weir_stream_options_parse(struct weir_stream_options *out, int argc,
                               char **argv, int *exit_status);

#endif
