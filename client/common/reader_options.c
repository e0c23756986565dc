// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The options of all programs that read from weir.
#include "common/reader_options.h"
#include "attach/paths.h"
#include "common/log.h"
#include "common/options.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_CHANNELS = 64 };

// How long [a-z][a-z0-9_-]{0,31} is at the beginning of `text`; 0: it is not
// there.
static size_t
id_length(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    const size_t n = strspn(text, letters);
    return text[0] >= 'a' && text[0] <= 'z' && n <= 32 ? n : 0;
}

bool
weir_reader_options_id_ok(const char *text)
{
    const size_t n = id_length(text);
    return n > 0 && text[n] == '\0';
}

static bool
source_ok(const char *text)
{
    static const char strip[] = "strip/";
    if (strncmp(text, strip, sizeof strip - 1) != 0)
        return weir_reader_options_id_ok(text);
    const char *id = text + sizeof strip - 1;
    const size_t n = id_length(id);
    return n > 0 && (id[n] == '\0' || strcmp(id + n, "/pre") == 0);
}

static const char *
take_source(struct weir_reader_options *o, const char *source)
{
    if (!source_ok(source))
        return "not a source (main, another bus, strip/ID or strip/ID/pre)";
    if (o->n_sources == WEIR_ATTACH_MAX_SOURCES)
        return "too many sources (at most 16)";
    o->sources[o->n_sources++] = source;
    return NULL;
}

static const char *
take_rate(struct weir_reader_options *o, const char *text)
{
    return weir_options_whole(text, WEIR_RESAMPLER_MIN_RATE_HZ,
                              WEIR_RESAMPLER_MAX_RATE_HZ, &o->rate_hz)
               ? NULL
               : "not a rate in Hz (1000 to 768000, as in 16000)";
}

static const char *
take_channels(struct weir_reader_options *o, const char *text)
{
    return weir_options_whole(text, 1, MAX_CHANNELS, &o->n_channels)
               ? NULL
               : "not a number of channels (1 to 64)";
}

const char *
weir_reader_options_take(struct weir_reader_options *o, int id,
                         const char *argument)
{
    switch (id) {
    case WEIR_OPTION_NAME:
        o->instance = argument;
        if (!weir_paths_name_ok(argument))
            return "not a name (1 to 63 of A-Z a-z 0-9 _ . -)";
        return NULL;
    case WEIR_OPTION_SOURCE:
        return take_source(o, argument);
    case WEIR_OPTION_ID:
        o->id = argument;
        if (!weir_reader_options_id_ok(argument))
            return "not an id (a-z, then up to 31 of a-z 0-9 _ -)";
        return NULL;
    case WEIR_OPTION_RUN_DIR:
        o->run_dir = argument;
        return NULL;
    case WEIR_OPTION_RATE:
        return take_rate(o, argument);
    case WEIR_OPTION_CHANNELS:
        return take_channels(o, argument);
    case WEIR_OPTION_NO_SANDBOX:
        o->no_sandbox = true;
        return NULL;
    default:
        return NULL;
    }
}

struct weir_reader_config
weir_reader_options_config(const struct weir_reader_options *o,
                           const char *program)
{
    return (struct weir_reader_config){
        .instance = o->instance,
        .run_dir = o->run_dir,
        .program = program,
        .id = o->id,
        .sources = o->sources,
        .n_sources = o->n_sources,
    };
}

struct weir_sandbox *
weir_reader_options_sandbox(const struct weir_reader_options *o,
                            enum weir_sandbox_network network)
{
    if (!o->no_sandbox)
        return weir_sandbox_new(network);
    weir_log(WEIR_LOG_DEBUG, "sandbox: none (--no-sandbox)");
    return NULL;
}

struct weir_convert_config
weir_reader_options_conversion(const struct weir_reader_options *o,
                               struct weir_reader_format format)
{
    return (struct weir_convert_config){
        .rate_in_hz = format.rate_hz,
        .rate_out_hz = o->rate_hz ? o->rate_hz : format.rate_hz,
        .n_in = format.n_channels,
        .n_out = o->n_channels ? o->n_channels : format.n_channels,
    };
}
