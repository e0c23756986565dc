// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One connection to one Icecast server.
//
// libshout 2.4.6, from its sources: in non-blocking mode it connects, logs in
// and sends in small steps, but never says on which descriptor one could wait
// for the next; shout_free() frees nothing once shout_close() was called; what
// is in its queue when a connection is closed is lost memory, hence
// WEIR_ICECAST_PART; shout_send_raw() returns what it queued, and the
// connection's death with the call after.
#include "stream/icecast.h"

#include <shout/shout.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

struct weir_icecast {
    const struct weir_icecast_config *config;
    shout_t *shout;
    // What cannot be given back stays known to leak checkers.
    struct weir_icecast *older;
};

static struct weir_icecast *newest;

// --------------------------------------------------------------------- making

static int
tls_mode(enum weir_stream_tls tls)
{
    // "Require" is TLS from the first byte, as https has it:
    // SHOUT_TLS_AUTO_NO_PLAIN would first ask in plain text whether it is
    // there.
    switch (tls) {
    case WEIR_STREAM_TLS_REQUIRE:
        return SHOUT_TLS_RFC2818;
    case WEIR_STREAM_TLS_OFF:
        return SHOUT_TLS_DISABLED;
    case WEIR_STREAM_TLS_AUTO:
        break;
    }
    return SHOUT_TLS_AUTO;
}

static bool
set_connection(shout_t *s, const struct weir_icecast_config *config)
{
    const struct weir_stream_address *address = &config->target->address;
    const unsigned format =
        config->codec == WEIR_STREAM_MP3 ? SHOUT_FORMAT_MP3 : SHOUT_FORMAT_OGG;
    return shout_set_port(s, address->port) == SHOUTERR_SUCCESS &&
           shout_set_user(s, address->user) == SHOUTERR_SUCCESS &&
           shout_set_password(s, config->target->password) ==
               SHOUTERR_SUCCESS &&
           shout_set_mount(s, address->mount) == SHOUTERR_SUCCESS &&
           shout_set_agent(s, "weir-stream/" WEIR_VERSION) ==
               SHOUTERR_SUCCESS &&
           shout_set_protocol(s, SHOUT_PROTOCOL_HTTP) == SHOUTERR_SUCCESS &&
           shout_set_content_format(s, format, SHOUT_USAGE_AUDIO, NULL) ==
               SHOUTERR_SUCCESS &&
           shout_set_nonblocking(s, SHOUT_BLOCKING_NONE) == SHOUTERR_SUCCESS;
}

static bool
set_tls(shout_t *s, const struct weir_icecast_config *config)
{
    return shout_set_tls(s, tls_mode(config->tls)) == SHOUTERR_SUCCESS &&
           (!config->tls_ca ||
            shout_set_ca_file(s, config->tls_ca) == SHOUTERR_SUCCESS);
}

static bool
set_text(shout_t *s, const char *name, const char *text)
{
    return !text || shout_set_meta(s, name, text) == SHOUTERR_SUCCESS;
}

static bool
set_number(shout_t *s, const char *name, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    return number == 0 ||
           shout_set_audio_info(s, name, text) == SHOUTERR_SUCCESS;
}

static bool
set_about(shout_t *s, const struct weir_icecast_config *config)
{
    const struct weir_stream_about *about = config->about;
    return set_text(s, SHOUT_META_NAME, about->name) &&
           set_text(s, SHOUT_META_GENRE, about->genre) &&
           set_text(s, SHOUT_META_DESCRIPTION, about->description) &&
           set_text(s, SHOUT_META_URL, about->url) &&
           shout_set_public(s, about->is_public) == SHOUTERR_SUCCESS &&
           set_number(s, SHOUT_AI_BITRATE, config->bitrate_kbps) &&
           set_number(s, SHOUT_AI_SAMPLERATE, config->rate_hz) &&
           set_number(s, SHOUT_AI_CHANNELS, config->n_channels);
}

struct weir_icecast *
weir_icecast_new(const struct weir_icecast_config *config)
{
    struct weir_icecast *icecast = calloc(1, sizeof *icecast);
    if (!icecast)
        return NULL;
    icecast->config = config;
    icecast->older = newest;
    newest = icecast;
    icecast->shout = shout_new();
    if (icecast->shout && set_connection(icecast->shout, config) &&
        set_tls(icecast->shout, config) && set_about(icecast->shout, config))
        return icecast;
    return NULL;
}

// ----------------------------------------------------------------- connecting

static enum weir_icecast_state
state_of(int result)
{
    switch (result) {
    case SHOUTERR_SUCCESS:
    case SHOUTERR_CONNECTED:
        return WEIR_ICECAST_CONNECTED;
    case SHOUTERR_BUSY:
    case SHOUTERR_RETRY:
        return WEIR_ICECAST_CONNECTING;
    case SHOUTERR_NOLOGIN:
        return WEIR_ICECAST_REFUSED;
    default:
        return WEIR_ICECAST_FAILED;
    }
}

enum weir_icecast_state
weir_icecast_open(struct weir_icecast *icecast, const char *host)
{
    if (shout_set_host(icecast->shout, host) != SHOUTERR_SUCCESS)
        return WEIR_ICECAST_FAILED;
    return state_of(shout_open(icecast->shout));
}

enum weir_icecast_state
weir_icecast_go_on(struct weir_icecast *icecast)
{
    return state_of(shout_get_connected(icecast->shout));
}

void
weir_icecast_close(struct weir_icecast *icecast)
{
    shout_close(icecast->shout);
}

// Its texts name neither user nor password; ours add what can be done.
const char *
weir_icecast_why(struct weir_icecast *icecast)
{
    const bool required = icecast->config->tls == WEIR_STREAM_TLS_REQUIRE;
    switch (shout_get_errno(icecast->shout)) {
    case SHOUTERR_TLSBADCERT:
        return "the server's certificate is not trusted, or is another "
               "host's (--tls-ca FILE trusts one of your own)";
    case SHOUTERR_NOTLS:
        return "the server has no TLS (--tls off sends the password and the "
               "sound in plain text)";
    case SHOUTERR_SOCKET:
        return required ? "the server hung up: TLS is required, does it have "
                          "that at this port?"
                        : "the server hung up";
    case SHOUTERR_SUCCESS:
    case SHOUTERR_BUSY:
    case SHOUTERR_RETRY:
        return required ? "no answer to the login: TLS is required, does the "
                          "server have that at this port?"
                        : "no answer to the login";
    default:
        return shout_get_error(icecast->shout);
    }
}

// -------------------------------------------------------------------- sending

bool
weir_icecast_send(struct weir_icecast *icecast, const unsigned char *bytes,
                  size_t n)
{
    // Raw: pieces are whole and in time by themselves. shout_send() would take
    // them apart once more only to know how long they play.
    return shout_send_raw(icecast->shout, bytes, n) == (ssize_t)n;
}

bool
weir_icecast_flush(struct weir_icecast *icecast)
{
    const int result = shout_send(icecast->shout, NULL, 0);
    return result == SHOUTERR_SUCCESS || result == SHOUTERR_BUSY;
}

size_t
weir_icecast_held(struct weir_icecast *icecast)
{
    const ssize_t n = shout_queuelen(icecast->shout);
    return n > 0 ? (size_t)n : 0;
}

// ---------------------------------------------------------------------- title

bool
weir_icecast_tell_title(struct weir_icecast *icecast, const char *title)
{
    const char *host = icecast->config->target->address.host;
    shout_metadata_t *metadata = shout_metadata_new();
    bool ok = false;
    if (!metadata)
        return false;
    // It loops until it is done: not without waiting.
    if (shout_set_nonblocking(icecast->shout, SHOUT_BLOCKING_FULL) ==
            SHOUTERR_SUCCESS &&
        shout_set_host(icecast->shout, host) == SHOUTERR_SUCCESS &&
        shout_metadata_add(metadata, "song", title) == SHOUTERR_SUCCESS)
        ok = shout_set_metadata_utf8(icecast->shout, metadata) ==
             SHOUTERR_SUCCESS;
    shout_metadata_free(metadata);
    return ok;
}
