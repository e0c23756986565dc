// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-stream's command line.
#include "stream/options.h"
#include "common/log.h"
#include "common/options.h"
#include "oscctl/values.h"

#include <string.h>
#include <unistd.h>

enum {
    OPT_CODEC,
    OPT_BITRATE,
    OPT_CHANNELS,
    OPT_PASSWORD_FILE,
    OPT_TLS,
    OPT_TLS_CA,
    OPT_NAME,
    OPT_GENRE,
    OPT_DESCRIPTION,
    OPT_URL,
    OPT_PUBLIC,
    OPT_DUMP,
    OPT_NO_WAIT,
};

static const struct weir_option table[] = {
    // --name is the stream's.
    WEIR_READER_OPTIONS_WITH_NAME("weir"),
    {OPT_CODEC, 0, "codec", "CODEC", "opus, vorbis, flac or mp3 (opus)"},
    {OPT_BITRATE, 0, "bitrate", "K",
     "kbit/s (128; vorbis and mp3 160; flac none)"},
    {OPT_CHANNELS, 'c', "channels", "CHANNELS",
     "1 or 2; 1 is the mean of all (those of the sources, at most 2)"},
    {OPT_PASSWORD_FILE, 0, "password-file", "FILE",
     "else WEIR_STREAM_PASSWORD, else it is asked for"},
    {OPT_TLS, 0, "tls", "MODE", "auto, require or off (auto)"},
    {OPT_TLS_CA, 0, "tls-ca", "FILE", "certificates to trust besides"},
    {OPT_NAME, 0, "name", "TEXT", "the stream's name"},
    {OPT_GENRE, 0, "genre", "TEXT", "the stream's genre"},
    {OPT_DESCRIPTION, 0, "description", "TEXT", "what it is"},
    {OPT_URL, 0, "url", "URL", "where there is more about it"},
    {OPT_PUBLIC, 0, "public", NULL, "to be listed in directories"},
    {OPT_DUMP, 0, "dump", "FILE", "keep what is sent; never overwrites"},
    {OPT_NO_WAIT, 0, "no-wait", NULL, "end when weir is not there, or ends"},
    WEIR_SANDBOX_OPTION,
};

static const char *
take_bitrate(struct weir_stream_options *o, const char *text)
{
    char number[16];
    size_t n = strlen(text);
    if (n > 0 && (text[n - 1] == 'k' || text[n - 1] == 'K'))
        n--;
    if (n >= sizeof number)
        n = 0;
    memcpy(number, text, n);
    number[n] = '\0';
    return weir_options_whole(number, 1, 1000, &o->bitrate_kbps)
               ? NULL
               : "not a bitrate in kbit/s (as in 128)";
}

static const char *
take_channels(struct weir_stream_options *o, const char *text)
{
    return weir_options_whole(text, 1, 2, &o->from.n_channels)
               ? NULL
               : "not a number of channels (1 or 2)";
}

static const char *
take_tls(struct weir_stream_options *o, const char *text)
{
    static const char *const modes[] = {
        [WEIR_STREAM_TLS_AUTO] = "auto",
        [WEIR_STREAM_TLS_REQUIRE] = "require",
        [WEIR_STREAM_TLS_OFF] = "off",
    };
    for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(text, modes[i]) == 0) {
            o->tls = (enum weir_stream_tls)i;
            return NULL;
        }
    return "not a way to have TLS (auto, require or off)";
}

// libshout itself is silent about one that is not there.
static const char *
take_tls_ca(struct weir_stream_options *o, const char *path)
{
    o->tls_ca = path;
    return access(path, R_OK) == 0 ? NULL : "cannot be read";
}

// These become lines of HTTP headers.
static const char *
take_text(const char **to, const char *text)
{
    unsigned code;
    *to = text;
    for (size_t n; *text; text += n) {
        n = weir_utf8_next(text, &code);
        if (n == 0 || weir_utf8_is_control(code))
            return "not a line of UTF-8 text";
    }
    return NULL;
}

static const char *
take_about(struct weir_stream_options *o, int id, const char *argument)
{
    switch (id) {
    case OPT_NAME:
        return take_text(&o->about.name, argument);
    case OPT_GENRE:
        return take_text(&o->about.genre, argument);
    case OPT_DESCRIPTION:
        return take_text(&o->about.description, argument);
    case OPT_URL:
        return take_text(&o->about.url, argument);
    default:
        return weir_reader_options_take(&o->from, id, argument);
    }
}

static const char *
take(void *to, int id, const char *argument)
{
    struct weir_stream_options *o = to;
    switch (id) {
    case OPT_CODEC:
        return weir_stream_codec_parse(argument, &o->codec)
                   ? NULL
                   : "not a codec (opus, vorbis, flac or mp3)";
    case OPT_BITRATE:
        return take_bitrate(o, argument);
    case OPT_CHANNELS:
        return take_channels(o, argument);
    case OPT_PASSWORD_FILE:
        o->password_file = argument;
        return NULL;
    case OPT_TLS:
        return take_tls(o, argument);
    case OPT_TLS_CA:
        return take_tls_ca(o, argument);
    case OPT_DUMP:
        o->dump = argument;
        return NULL;
    case OPT_PUBLIC:
        o->about.is_public = true;
        return NULL;
    case OPT_NO_WAIT:
        o->no_wait = true;
        return NULL;
    default:
        return take_about(o, id, argument);
    }
}

static const char *
take_target(void *to, const char *argument)
{
    struct weir_stream_options *o = to;
    struct weir_stream_target *target = &o->targets[o->n_targets];
    if (o->n_targets == WEIR_STREAM_MAX_TARGETS)
        return "too many targets (at most 16)";
    const char *why = weir_stream_address_parse(argument, &target->address);
    if (why)
        return why;
    for (unsigned i = 0; i < o->n_targets; i++)
        if (strcmp(o->targets[i].address.shown, target->address.shown) == 0)
            return "the same target twice (a mount takes one source)";
    o->n_targets++;
    return NULL;
}

bool
weir_stream_options_parse(struct weir_stream_options *out, int argc,
                          char **argv, int *exit_status)
{
    const struct weir_command_line line = {
        .program = "weir-stream",
        .about = "Send what weir mixes to Icecast servers.",
        .options = table,
        .n_options = sizeof table / sizeof table[0],
        .take = take,
        .operand = take_target,
        .operands = "icecast://[USER@]HOST[:PORT]/MOUNT...",
        .to = out,
    };
    *out = (struct weir_stream_options){.codec = WEIR_STREAM_OPUS};
    if (!weir_options_parse(&line, argc, argv, exit_status))
        return false;
    if (out->n_targets == 0 && !out->dump) {
        weir_log(WEIR_LOG_ERROR, "no target (icecast://HOST:PORT/MOUNT, or "
                                 "--dump FILE alone)");
        *exit_status = WEIR_EXIT_USAGE;
        return false;
    }
    // So that scripts can give the same options with all codecs.
    if (out->bitrate_kbps && weir_stream_codec_bitrate(out->codec) == 0) {
        weir_log(WEIR_LOG_INFO, "%s has no bitrate: --bitrate has no effect",
                 weir_stream_codec_name(out->codec));
        out->bitrate_kbps = 0;
    }
    return true;
}
