// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-record's command line.
#include "record/options.h"
#include "common/log.h"
#include "common/name.h"
#include "common/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    OPT_OUTPUT,
    OPT_FORMAT,
    OPT_ENCODING,
    OPT_DURATION,
    OPT_PREROLL,
    OPT_NO_WAIT,
    OPT_SPLIT,
    OPT_ALIGN,
    OPT_ARMED,
    OPT_SILENCE_STOP,
    OPT_FREEWHEEL,
    OPT_TRANSPORT,
    OPT_ON_OPEN,
    OPT_ON_CLOSE,
    OPT_ON_SPLIT,
};

static const struct weir_option table[] = {
    WEIR_READER_OPTIONS,
    {OPT_OUTPUT, 'o', "output", "FILE",
     "strftime in it; never overwrites (weir-%Y%m%d-%H%M%S.wav)"},
    {OPT_FORMAT, 'f', "format", "FORMAT",
     WEIR_KINDS_ALLOWED " (by the name, else wav)"},
    {OPT_ENCODING, 'e', "encoding", "FORMAT",
     "s16, s24 or f32 (f32; s24 in flac)"},
    WEIR_CONVERT_OPTIONS,
    {OPT_DURATION, 'd', "duration", "SECONDS", "end after so much (never)"},
    {OPT_PREROLL, 0, "preroll", "SECONDS", "begin so much in the past (0)"},
    {OPT_NO_WAIT, 0, "no-wait", NULL, "end when weir is not there, or ends"},
    {OPT_SPLIT, 0, "split", "S|SIZE",
     "begin a new file after so many seconds, or k, M, G bytes"},
    {OPT_ALIGN, 0, "align", NULL,
     "with --split S: at multiples of S by the clock"},
    {OPT_ARMED, 0, "armed", NULL,
     "record from /reader/ID/start to /stop, again and again"},
    {OPT_SILENCE_STOP, 0, "silence-stop", "S[:DB]",
     "end after S seconds below DB dBFS (-60)"},
    {OPT_FREEWHEEL, 0, "freewheel", NULL,
     "switch JACK into freewheel meanwhile; implies --no-wait"},
    {OPT_TRANSPORT, 0, "transport", NULL,
     "with --freewheel: start JACK's transport with it, at 0"},
    {OPT_ON_OPEN, 0, "on-open", "CMD", "run CMD FILE when a file is begun"},
    {OPT_ON_CLOSE, 0, "on-close", "CMD", "run CMD FILE when it is finished"},
    {OPT_ON_SPLIT, 0, "on-split", "CMD",
     "run CMD OLD NEW when a file follows another"},
    WEIR_SANDBOX_OPTION,
};

static const char *
take_pattern(struct weir_record_options *o, const char *pattern)
{
    char path[WEIR_NAME_BYTES];
    o->pattern = pattern;
    return weir_name_expand(pattern, time(NULL), path, sizeof path);
}

static const char *
take_duration(struct weir_record_options *o, const char *text)
{
    if (!weir_options_seconds(text, &o->duration_s) || o->duration_s <= 0)
        return "not a number of seconds (more than 0, as in 90 or 2.5)";
    return NULL;
}

static const char *
take_preroll(struct weir_record_options *o, const char *text)
{
    if (!weir_options_seconds(text, &o->preroll_s))
        return "not a number of seconds (0 or more, as in 5 or 2.5)";
    return NULL;
}

static const char *
take_format(struct weir_record_options *o, const char *format)
{
    o->has_kind = weir_kind_parse(format, &o->kind);
    return o->has_kind ? NULL : "not a format (" WEIR_KINDS_ALLOWED ")";
}

static const char *
take_samples(struct weir_record_options *o, const char *format)
{
    o->has_samples = weir_samples_parse(format, &o->samples);
    return o->has_samples ? NULL
                          : "not a sample format (" WEIR_SAMPLES_ALLOWED ")";
}

// Bytes of "500k", "10M", "1.5G"; 0: no such size.
static uint64_t
size_in_bytes(const char *text)
{
    static const char units[] = "kMG";
    char number[32];
    const size_t n = strlen(text);
    double value;
    if (n < 2 || n >= sizeof number)
        return 0;
    const char *unit = strchr(units, text[n - 1]);
    snprintf(number, sizeof number, "%.*s", (int)(n - 1), text);
    if (!unit || !weir_options_seconds(number, &value) || value > 1e6)
        return 0;
    return (uint64_t)(value * pow(1000, (double)(unit - units + 1)));
}

static const char *
take_split(struct weir_record_options *o, const char *text)
{
    o->split = (struct weir_split){.bytes = size_in_bytes(text)};
    if (o->split.bytes > 0)
        return NULL;
    if (!weir_options_seconds(text, &o->split.seconds) ||
        !(o->split.seconds > 0 && o->split.seconds <= 1e8))
        return "neither seconds nor a size (as in 3600, 2.5, 500k, 10M or "
               "1.5G)";
    return NULL;
}

// "5", "2.5:-40"
static const char *
take_silence_stop(struct weir_record_options *o, const char *text)
{
    char seconds[32];
    const char *colon = strchr(text, ':');
    const size_t n = colon ? (size_t)(colon - text) : strlen(text);
    double db = -60;
    if (n < sizeof seconds) {
        snprintf(seconds, sizeof seconds, "%.*s", (int)n, text);
        // Levels are given with their sign, which seconds have none of.
        const bool ok =
            weir_options_seconds(seconds, &o->silence_s) && o->silence_s > 0 &&
            (!colon || (colon[1] == '-' &&
                        weir_options_seconds(colon + 2, &db) && db <= 200));
        o->silence_db = colon ? -db : db;
        if (ok)
            return NULL;
    }
    return "not seconds and a level below full scale (as in 5 or 2.5:-40)";
}

static const char *
take_hook(const char **hook, const char *command)
{
    *hook = command;
    return weir_hooks_refuse(command);
}

static const char *
take(void *to, int id, const char *argument)
{
    struct weir_record_options *o = to;
    switch (id) {
    case OPT_OUTPUT:
        return take_pattern(o, argument);
    case OPT_FORMAT:
        return take_format(o, argument);
    case OPT_ENCODING:
        return take_samples(o, argument);
    case OPT_DURATION:
        return take_duration(o, argument);
    case OPT_PREROLL:
        return take_preroll(o, argument);
    case OPT_NO_WAIT:
        o->no_wait = true;
        return NULL;
    case OPT_SPLIT:
        return take_split(o, argument);
    case OPT_ALIGN:
        o->align = true;
        return NULL;
    case OPT_ON_OPEN:
        return take_hook(&o->hooks.on_open, argument);
    case OPT_ON_CLOSE:
        return take_hook(&o->hooks.on_close, argument);
    case OPT_ON_SPLIT:
        return take_hook(&o->hooks.on_split, argument);
    case OPT_SILENCE_STOP:
        return take_silence_stop(o, argument);
    case OPT_FREEWHEEL:
        o->freewheel = o->no_wait = true;
        return NULL;
    case OPT_TRANSPORT:
        o->transport = true;
        return NULL;
    case OPT_ARMED:
        o->armed = true;
        return NULL;
    default:
        return weir_reader_options_take(&o->from, id, argument);
    }
}

// The extension gives the format. Without one it has to be said, and what is
// said must not be another.
static bool
choose_kind(struct weir_record_options *o)
{
    char path[WEIR_NAME_BYTES] = "";
    enum weir_kind kind;
    if (!o->pattern) {
        snprintf(o->default_pattern, sizeof o->default_pattern, "%s.%s",
                 WEIR_NAME_DEFAULT, weir_kind_name(o->kind));
        o->pattern = o->default_pattern;
        return true;
    }
    weir_name_expand(o->pattern, time(NULL), path, sizeof path);
    const char *extension = weir_name_extension(path);
    if (!*extension && o->has_kind)
        return true;
    if (!*extension || !weir_kind_parse(extension + 1, &kind)) {
        weir_log(WEIR_LOG_ERROR,
                 "--output %s: the extension \"%s\" is no format that "
                 "weir-record writes (" WEIR_KINDS_ALLOWED
                 "; without an extension say -f)",
                 o->pattern, extension);
        return false;
    }
    if (o->has_kind && o->kind != kind) {
        weir_log(WEIR_LOG_ERROR,
                 "--format %s: the name ends in %s (leave one of them out)",
                 weir_kind_name(o->kind), extension);
        return false;
    }
    o->kind = kind;
    return true;
}

static bool
choose_samples(struct weir_record_options *o)
{
    if (!o->has_samples) {
        o->samples = weir_kind_samples(o->kind);
        return true;
    }
    const char *why = weir_kind_refuses_samples(o->kind, o->samples);
    if (why)
        weir_log(WEIR_LOG_ERROR, "--encoding: %s", why);
    return !why;
}

static bool
check_align(const struct weir_record_options *o)
{
    if (!o->align || (o->split.seconds > 0 && o->split.seconds <= 86400))
        return true;
    weir_log(WEIR_LOG_ERROR, "--align: needs the seconds to align to "
                             "(--split S, at most a day)");
    return false;
}

// A bounce begins with freewheel, and has no clock to be early or aligned by.
static bool
check_freewheel(const struct weir_record_options *o)
{
    const char *other = o->armed           ? "--armed"
                        : o->preroll_s > 0 ? "--preroll"
                        : o->align         ? "--align"
                                           : NULL;
    if (o->transport && !o->freewheel) {
        weir_log(WEIR_LOG_ERROR, "--transport: needs --freewheel");
        return false;
    }
    if (!o->freewheel || !other)
        return true;
    weir_log(WEIR_LOG_ERROR, "--freewheel: not together with %s", other);
    return false;
}

bool
weir_record_options_parse(struct weir_record_options *out, int argc,
                          char **argv, int *exit_status)
{
    const struct weir_command_line line = {
        .program = "weir-record",
        .about = "Record what weir mixes, sample by sample.",
        .options = table,
        .n_options = sizeof table / sizeof table[0],
        .take = take,
        .to = out,
    };
    *out = (struct weir_record_options){.pattern = NULL};
    if (!weir_options_parse(&line, argc, argv, exit_status))
        return false;
    *exit_status = WEIR_EXIT_USAGE;
    return choose_kind(out) && choose_samples(out) && check_align(out) &&
           check_freewheel(out);
}
