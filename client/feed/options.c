// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-feed's command line.
#include "feed/options.h"
#include "common/log.h"
#include "common/options.h"

#include <string.h>

enum {
    OPT_STRIP,
    OPT_ENCODING,
    OPT_LOOP,
    OPT_PACE,
    OPT_LATENCY,
    OPT_NO_WAIT,
};

enum { MOST_LATENCY_S = 2 };

static const struct weir_option table[] = {
    {WEIR_OPTION_NAME, 'n', "name", "NAME", "weir's name (weir)"},
    {OPT_STRIP, 's', "strip", "STRIP", "where to; made if there is none"},
    {WEIR_OPTION_ID, 0, "id", "ID", "the feed's id in weir's log"},
    {WEIR_OPTION_RUN_DIR, 0, "run-dir", "DIR",
     "where weir's sockets are ($XDG_RUNTIME_DIR/weir)"},
    {WEIR_OPTION_RATE, 'r', "rate", "RATE", "raw samples: in Hz (weir's)"},
    {WEIR_OPTION_CHANNELS, 'c', "channels", "CHANNELS",
     "raw samples: 1..64 (the strip's)"},
    {OPT_ENCODING, 'e', "encoding", "FORMAT",
     "raw samples: s16, s24 or f32 (f32)"},
    {OPT_LOOP, 0, "loop", NULL, "a file over and over, without a gap"},
    {OPT_PACE, 0, "pace", "PACE",
     "pipe: as weir plays; clock: as it comes (pipe)"},
    {OPT_LATENCY, 0, "latency", "SECONDS",
     "pace clock: in hand against jitter (weir chooses)"},
    {OPT_NO_WAIT, 0, "no-wait", NULL, "do not wait for weir: it never does"},
    WEIR_SANDBOX_OPTION,
};

static const char *
take_pace(struct weir_feed_options *o, const char *pace)
{
    o->clock = strcmp(pace, "clock") == 0;
    return o->clock || strcmp(pace, "pipe") == 0 ? NULL
                                                 : "not a pace (pipe, clock)";
}

static const char *
take_strip(struct weir_feed_options *o, const char *strip)
{
    o->strip = strip;
    return weir_reader_options_id_ok(strip)
               ? NULL
               : "not a strip's id (a-z, then up to 31 of a-z 0-9 _ -)";
}

static const char *
take_latency(struct weir_feed_options *o, const char *text)
{
    if (!weir_options_seconds(text, &o->latency_s) || o->latency_s <= 0 ||
        o->latency_s > MOST_LATENCY_S)
        return "not a latency (more than 0, up to 2 seconds, as in 0.1)";
    return NULL;
}

static const char *
take(void *to, int id, const char *argument)
{
    struct weir_feed_options *o = to;
    switch (id) {
    case OPT_STRIP:
        return take_strip(o, argument);
    case OPT_ENCODING:
        o->has_samples = true;
        return weir_samples_parse(argument, &o->samples)
                   ? NULL
                   : "not a sample format (" WEIR_SAMPLES_ALLOWED ")";
    case OPT_LOOP:
        o->loop = true;
        return NULL;
    case OPT_PACE:
        return take_pace(o, argument);
    case OPT_LATENCY:
        return take_latency(o, argument);
    case OPT_NO_WAIT:
        return NULL;
    default:
        return weir_reader_options_take(&o->to, id, argument);
    }
}

static const char *
take_path(void *to, const char *path)
{
    struct weir_feed_options *o = to;
    if (o->path)
        return "more than one file (one feed plays one file: run another)";
    o->path = path;
    return NULL;
}

static bool
check(const struct weir_feed_options *o, int *exit_status)
{
    const char *missing = o->latency_s > 0 && !o->clock
                              ? "--latency is for --pace clock (a pipe's "
                                "samples are played as they come)"
                          : !o->strip ? "no strip is named (-s STRIP)"
                          : !o->path ? "no file is named (FILE, or - for stdin)"
                                     : NULL;
    if (!missing)
        return true;
    weir_log(WEIR_LOG_ERROR, "%s (weir-feed --help lists all options)",
             missing);
    *exit_status = WEIR_EXIT_USAGE;
    return false;
}

bool
weir_feed_options_parse(struct weir_feed_options *out, int argc, char **argv,
                        int *exit_status)
{
    const struct weir_command_line line = {
        .program = "weir-feed",
        .about = "Play a file, or what comes from a pipe, into one of weir's "
                 "strips.",
        .options = table,
        .n_options = sizeof table / sizeof table[0],
        .take = take,
        .operand = take_path,
        .operands = "FILE|-",
        .to = out,
    };
    *out = (struct weir_feed_options){0};
    return weir_options_parse(&line, argc, argv, exit_status) &&
           check(out, exit_status);
}

bool
weir_feed_options_raw(const struct weir_feed_options *o)
{
    return o->has_samples || o->to.rate_hz || o->to.n_channels;
}
