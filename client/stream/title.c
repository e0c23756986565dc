// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a stream says of itself: titles, comments, what is wrong.
#include "oscctl/values.h"
#include "stream/codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool
weir_stream_say(struct weir_stream_encoder *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->why, sizeof e->why, format, args);
    va_end(args);
    return false;
}

bool
weir_stream_refuse(struct weir_stream_encoder *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->why, sizeof e->why, format, args);
    va_end(args);
    e->refused = true;
    return false;
}

// ------------------------------------------------------------------- titles

// Copy UTF-8, control characters as spaces. False when it is none.
static bool
copy_clean(const char *text, char *out)
{
    while (*text) {
        unsigned code;
        const size_t n = weir_utf8_next(text, &code);
        if (n == 0)
            return false;
        memset(out, ' ', n);
        if (!weir_utf8_is_control(code))
            memcpy(out, text, n);
        text += n;
        out += n;
    }
    *out = '\0';
    return true;
}

enum weir_stream_status
weir_stream_encoder_retitle(struct weir_stream_encoder *e, const char *title)
{
    char clean[WEIR_STREAM_MAX_TITLE + 1] = "";
    if (title && strlen(title) > WEIR_STREAM_MAX_TITLE) {
        weir_stream_say(e, "the title is longer than %d bytes",
                        WEIR_STREAM_MAX_TITLE);
        return WEIR_STREAM_REFUSED;
    }
    if (title && !copy_clean(title, clean)) {
        weir_stream_say(e, "the title is not UTF-8");
        return WEIR_STREAM_REFUSED;
    }
    memcpy(e->title, clean, sizeof clean);
    e->retitled = true;
    return WEIR_STREAM_OK;
}

// ----------------------------------------------------------------- comments

int
weir_stream_serial(void)
{
    int serial = 0;
    (void)!getrandom(&serial, sizeof serial, GRND_NONBLOCK);
    return serial;
}

typedef bool (*add_comment)(void *owner, const char *name, const char *value);

static bool
add_there(add_comment add, void *owner, const char *name, const char *value)
{
    return !value || !*value || add(owner, name, value);
}

// "Artist - Title" in two.
static bool
add_title(const struct weir_stream_encoder *e, add_comment add, void *owner)
{
    static const char between[] = " - ";
    char artist[sizeof e->title];
    memcpy(artist, e->title, sizeof artist);
    char *end = strstr(artist, between);
    if (!end || end == artist)
        return add_there(add, owner, "TITLE", e->title);
    *end = '\0';
    return add(owner, "ARTIST", artist) &&
           add_there(add, owner, "TITLE", end + strlen(between));
}

bool
weir_stream_comments(const struct weir_stream_encoder *e, add_comment add,
                     void *owner)
{
    return add_title(e, add, owner) &&
           add_there(add, owner, "ORGANIZATION", e->name) &&
           add_there(add, owner, "GENRE", e->genre) &&
           add_there(add, owner, "DESCRIPTION", e->description) &&
           add_there(add, owner, "CONTACT", e->url) &&
           add(owner, "ENCODER", "weir-stream " WEIR_VERSION);
}
