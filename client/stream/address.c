// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where a stream goes.
#include "stream/address.h"
#include "common/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FORM "icecast://[USER@]HOST[:PORT]/MOUNT"

enum { DEFAULT_PORT = 8000 };

static const char scheme[] = "icecast://";

// Nothing that would end a line of an HTTP header, or a word of a file.
static bool
is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= 0x20 || *c == 0x7f)
            return false;
    return true;
}

static bool
cut(const char *from, size_t n, char *out, size_t size)
{
    if (n == 0 || n >= size)
        return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

// "HOST", "HOST:PORT" or "[IPV6]:PORT".
static const char *
take_host(const char *text, struct weir_stream_address *out)
{
    const bool bracketed = text[0] == '[';
    const char *end = bracketed ? strchr(text, ']') : strchr(text, ':');
    const char *host = bracketed ? text + 1 : text;
    uint32_t port = DEFAULT_PORT;
    if (!end && bracketed)
        return "not an address: a ] is missing (" FORM ")";
    if (!end)
        end = text + strlen(text);
    if (!cut(host, (size_t)(end - host), out->host, sizeof out->host))
        return "not an address: no host, or one that is too long (" FORM ")";
    end += bracketed;
    if (*end != '\0' &&
        (*end != ':' || !weir_options_whole(end + 1, 1, 65535, &port)))
        return "not an address: the port is no number from 1 to 65535 (" FORM
               ")";
    out->port = (uint16_t)port;
    return NULL;
}

// What is between the scheme and the mount.
static const char *
take_authority(char *text, struct weir_stream_address *out)
{
    char *at = strrchr(text, '@');
    strcpy(out->user, "source");
    if (!at)
        return take_host(text, out);
    *at = '\0';
    if (strchr(text, ':'))
        return "a password in the address is seen by everyone on this "
               "machine: leave it out, and change it (--password-file, "
               "WEIR_STREAM_PASSWORD, or be asked)";
    if (!cut(text, strlen(text), out->user, sizeof out->user))
        return "not an address: no user before the @, or one that is too long "
               "(" FORM ")";
    return take_host(at + 1, out);
}

const char *
weir_stream_address_parse(const char *text, struct weir_stream_address *out)
{
    char authority[512];
    if (strncmp(text, scheme, sizeof scheme - 1) != 0)
        return "not an address (" FORM ")";
    text += sizeof scheme - 1;
    const char *mount = strchr(text, '/');
    // A slash in a password comes before the @.
    const char *at = strchr(text, '@');
    if (mount && at && at > mount && memchr(text, ':', (size_t)(mount - text)))
        mount = strchr(at, '/');
    if (!mount || mount[1] == '\0')
        return "not an address: no mount behind the host (" FORM ")";
    if (!cut(text, (size_t)(mount - text), authority, sizeof authority))
        return "not an address: no host, or one that is too long (" FORM ")";
    if (!cut(mount, strlen(mount), out->mount, sizeof out->mount))
        return "not an address: the mount is too long (at most 255 bytes)";
    if (!is_plain(authority) || !is_plain(out->mount))
        return "not an address: blanks or control characters in it";
    const char *why = take_authority(authority, out);
    if (why)
        return why;
    const bool v6 = strchr(out->host, ':') != NULL;
    snprintf(out->shown, sizeof out->shown, "%s%s%s:%u%s", v6 ? "[" : "",
             out->host, v6 ? "]" : "", out->port, out->mount);
    return NULL;
}
