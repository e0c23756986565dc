// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-tap's command line.
#include "tap/options.h"
#include "common/options.h"

enum {
    OPT_ENCODING,
    OPT_WAV,
    OPT_DURATION,
    OPT_NO_WAIT,
};

static const struct weir_option table[] = {
    WEIR_READER_OPTIONS,
    {OPT_ENCODING, 'e', "encoding", "FORMAT", "s16, s24 or f32 (f32)"},
    WEIR_CONVERT_OPTIONS,
    {OPT_WAV, 0, "wav", NULL, "begin with a WAV header"},
    {OPT_DURATION, 'd', "duration", "SECONDS", "end after so much (never)"},
    {OPT_NO_WAIT, 0, "no-wait", NULL, "do not wait for weir: it never does"},
    WEIR_SANDBOX_OPTION,
};

static const char *
take_duration(struct weir_tap_options *o, const char *text)
{
    if (!weir_options_seconds(text, &o->duration_s) || o->duration_s <= 0)
        return "not a number of seconds (more than 0, as in 90 or 2.5)";
    return NULL;
}

static const char *
take(void *to, int id, const char *argument)
{
    struct weir_tap_options *o = to;
    switch (id) {
    case OPT_ENCODING:
        return weir_samples_parse(argument, &o->samples)
                   ? NULL
                   : "not a sample format (" WEIR_SAMPLES_ALLOWED ")";
    case OPT_WAV:
        o->wav = true;
        return NULL;
    case OPT_DURATION:
        return take_duration(o, argument);
    case OPT_NO_WAIT:
        return NULL;
    default:
        return weir_reader_options_take(&o->from, id, argument);
    }
}

bool
weir_tap_options_parse(struct weir_tap_options *out, int argc, char **argv,
                       int *exit_status)
{
    const struct weir_command_line line = {
        .program = "weir-tap",
        .about = "Write what weir mixes to stdout: raw, little-endian, "
                 "interleaved.",
        .options = table,
        .n_options = sizeof table / sizeof table[0],
        .take = take,
        .to = out,
    };
    *out = (struct weir_tap_options){0};
    return weir_options_parse(&line, argc, argv, exit_status);
}
