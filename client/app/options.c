// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir's command line.
#include "app/options.h"

#include "attach/paths.h"
#include "common/log.h"
#include "common/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum id {
    NAME,
    SERVER,
    STRIP,
    BUS,
    PORT,
    BIND,
    NO_UDP,
    TCP,
    RUN_DIR,
    HISTORY,
    LATENCY,
    DUMMY,
    NO_SANDBOX,
    NO_PLUGINS,
    PLUGINS_INSIDE,
    LOAD,
    SESSION_DIR,
    FRESH,
};

static const struct weir_option options[] = {
    {NAME, 'n', "name", "NAME",
     "JACK client and instance name (default: weir)"},
    {SERVER, 'S', "server", "NAME", "JACK server (default: JACK's default)"},
    {STRIP, 's', "strip", "ID[:CHANNELS]",
     "add a strip, mono or of 1..64 channels (default: in1 in2)"},
    {BUS, 'b', "bus", "ID[:CHANNELS]",
     "add a bus, stereo or of 1..64 channels (main:2 is there anyway)"},
    {LOAD, 'l', "load", "SESSION",
     "begin with this session file (-s and -b add what it does not have)"},
    {SESSION_DIR, 0, "session-dir", "DIR",
     "where sessions are kept (default: $XDG_STATE_HOME/weir)"},
    {FRESH, 0, "fresh", NULL,
     "do not restore what an instance that has died has left"},
    {PORT, 'p', "port", "PORT",
     "OSC port; 0: any (default: 7770, or the next free one)"},
    {BIND, 0, "bind", "ADDRESS",
     "take OSC at this address or interface (default: 127.0.0.1)"},
    {NO_UDP, 0, "no-udp", NULL, "no OSC on UDP: on the Unix socket alone"},
    {TCP, 0, "tcp", NULL, "OSC on TCP, too, at the same address and port"},
    {RUN_DIR, 0, "run-dir", "DIR",
     "where instances meet (default: $XDG_RUNTIME_DIR/weir)"},
    {HISTORY, 0, "history", "SECONDS",
     "how far readers can look back, 1..3600 (default: 20)"},
    {LATENCY, 0, "latency", "BLOCKS",
     "how far the output ports are behind, 1..16 (default: 1)"},
    {DUMMY, 0, "dummy", "[=RATE:PERIOD]",
     "start a jackd without sound if no server answers (48000:256)"},
    {NO_SANDBOX, 0, "no-sandbox", NULL,
     "keep all rights that the user has, once started"},
    {NO_PLUGINS, 0, "no-plugins", NULL, "no LV2 plugins"},
    {PLUGINS_INSIDE, 0, "plugins-inside", NULL,
     "run plugins in this process: without their block of latency, and what "
     "takes them down takes weir down"},
};

static bool
whole_number(const char *text, long from, long to, long *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    const long value = strtol(text, &end, 10);
    if (*end != '\0' || value < from || value > to)
        return false;
    *out = value;
    return true;
}

// ID or ID:CHANNELS.
static const char *
parse_wanted(const char *text, uint32_t n_default, struct weir_wanted *out)
{
    const char *colon = strchr(text, ':');
    const size_t n_id = colon ? (size_t)(colon - text) : strlen(text);
    long n = n_default;
    if (n_id >= sizeof out->id)
        return "the id is longer than 32 characters";
    memcpy(out->id, text, n_id);
    out->id[n_id] = '\0';
    if (!weir_id_ok(out->id))
        return "an id begins with a-z, then a-z 0-9 _ - (as in mic or "
               "mic:2)";
    if (colon && !whole_number(colon + 1, 1, WEIR_MAX_CHANNELS, &n))
        return "channels go from 1 to 64 (as in mic:2)";
    out->n_channels = (uint32_t)n;
    return NULL;
}

static const char *
add_strip(struct weir_app_options *o, const char *text)
{
    if (o->n_strips == WEIR_MAX_STRIPS)
        return "512 strips are the limit";
    return parse_wanted(text, 1, &o->strips[o->n_strips++]);
}

static const char *
add_bus(struct weir_app_options *o, const char *text)
{
    struct weir_wanted wanted;
    const char *why = parse_wanted(text, 2, &wanted);
    if (why)
        return why;
    if (strcmp(wanted.id, "main") == 0)
        o->buses[0] = wanted;
    else if (o->n_buses == WEIR_MAX_BUSES)
        return "64 buses are the limit";
    else
        o->buses[o->n_buses++] = wanted;
    return NULL;
}

static const char *
take_dummy(struct weir_app_options *o, const char *text)
{
    char rate_text[16];
    long rate;
    long period;
    o->dummy = true;
    if (!text)
        return NULL;
    const char *colon = strchr(text, ':');
    const size_t n = colon ? (size_t)(colon - text) : 0;
    snprintf(rate_text, sizeof rate_text, "%.*s", (int)n, text);
    if (!colon || n >= sizeof rate_text ||
        !whole_number(rate_text, 8000, 192000, &rate) ||
        !whole_number(colon + 1, 16, 8192, &period))
        return "RATE:PERIOD is wanted, 8000..192000 Hz and 16..8192 frames "
               "(as in 48000:256)";
    o->dummy_rate_hz = (uint32_t)rate;
    o->dummy_block_frames = (uint32_t)period;
    return NULL;
}

static const char *
take_number(struct weir_app_options *o, enum id id, const char *text)
{
    long value;
    if (id == PORT && whole_number(text, 0, 65535, &value)) {
        o->port = (int)value;
        o->port_given = true;
        return NULL;
    }
    if (id == LATENCY &&
        whole_number(text, 1, WEIR_MAX_LATENCY_BLOCKS, &value)) {
        o->latency_blocks = (uint32_t)value;
        return NULL;
    }
    return id == PORT ? "a port goes from 0 to 65535"
                      : "blocks go from 1 to 16";
}

static const char *
take_history(struct weir_app_options *o, const char *text)
{
    if (weir_options_seconds(text, &o->history_s) && o->history_s >= 1.0 &&
        o->history_s <= 3600.0)
        return NULL;
    return "seconds go from 1 to 3600";
}

static const char *
take(void *to, int id, const char *argument)
{
    struct weir_app_options *o = to;
    switch ((enum id)id) {
    case NAME:
        o->name = argument;
        return weir_paths_name_ok(argument)
                   ? NULL
                   : "a name is 1 to 63 of A-Z a-z 0-9 _ . -";
    case SERVER:
        o->server = argument;
        return *argument ? NULL : "a JACK server's name is wanted";
    case STRIP:
        return add_strip(o, argument);
    case BUS:
        return add_bus(o, argument);
    case PORT:
    case LATENCY:
        return take_number(o, (enum id)id, argument);
    case BIND:
        o->bind_address = argument;
        return NULL;
    case NO_UDP:
        o->udp = false;
        return NULL;
    case TCP:
        o->tcp = true;
        return NULL;
    case RUN_DIR:
        o->run_dir = argument;
        return *argument ? NULL : "a directory is wanted";
    case HISTORY:
        return take_history(o, argument);
    case DUMMY:
        return take_dummy(o, argument);
    case NO_SANDBOX:
        o->sandbox = false;
        return NULL;
    case NO_PLUGINS:
        o->plugins = false;
        return NULL;
    case PLUGINS_INSIDE:
        o->plugins_inside = true;
        return NULL;
    case LOAD:
        o->session = argument;
        return *argument ? NULL : "a session file is wanted";
    case FRESH:
        o->fresh = true;
        return NULL;
    case SESSION_DIR:
        o->session_dir = argument;
        return *argument ? NULL : "a directory is wanted";
    }
    return "no such option";
}

static void
set_defaults(struct weir_app_options *o)
{
    *o = (struct weir_app_options){
        .name = "weir",
        .port = 7770,
        .udp = true,
        .sandbox = true,
        .plugins = true,
        .dummy_rate_hz = 48000,
        .dummy_block_frames = 256,
        .history_s = 20.0,
        .latency_blocks = 1,
        .buses = {{"main", 2}},
        .n_buses = 1,
    };
}

bool
weir_app_options_parse(int argc, char **argv, struct weir_app_options *out,
                       int *exit_status)
{
    const struct weir_command_line line = {
        .program = "weir",
        .about = "A real-time mixer for JACK and PipeWire, controlled by OSC.",
        .options = options,
        .n_options = sizeof options / sizeof *options,
        .take = take,
        .to = out,
    };
    set_defaults(out);
    if (!weir_options_parse(&line, argc, argv, exit_status))
        return false;
    if (out->n_strips == 0 && !out->session) {
        out->strips[out->n_strips++] = (struct weir_wanted){"in1", 1};
        out->strips[out->n_strips++] = (struct weir_wanted){"in2", 1};
    }
    return true;
}
