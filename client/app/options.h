// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's command line.
#ifndef WEIR_APP_OPTIONS_H
#define WEIR_APP_OPTIONS_H

#include "engine/limits.h"
#include "oscctl/values.h"

#include <stdbool.h>
#include <stdint.h>

/// A strip or bus to begin with.
struct weir_wanted {
    char id[WEIR_ID_MAX + 1];
    uint32_t n_channels;
};

struct weir_app_options {
    const char *name;
    const char *server;  // null: JACK's default
    const char *run_dir; // null: the default
    const char *bind_address;
    int port;
    bool port_given;
    bool udp;
    bool tcp;
    bool dummy;
    bool sandbox;
    bool plugins;        // there are any
    bool plugins_inside; // in weir's own process
    uint32_t dummy_rate_hz;
    uint32_t dummy_block_frames;
    double history_s;
    uint32_t latency_blocks;
    struct weir_wanted strips[WEIR_MAX_STRIPS];
    uint32_t n_strips;
    struct weir_wanted buses[WEIR_MAX_BUSES];
    uint32_t n_buses;        // main is among them, first
    const char *session;     // to begin with; null: none
    const char *session_dir; // null: the default
    bool fresh;              // nothing is restored
};

/// Parse; false when the program should exit at once with *exit_status.
bool weir_app_options_parse(int argc, char **argv, struct weir_app_options *out,
                            int *exit_status);

#endif
