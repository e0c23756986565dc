// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One connection to one Icecast server through libshout: the only file that
// knows it, but for titles.c. All of it belongs to the target's own thread;
// nothing waits longer than some milliseconds, looking up a name excepted.
#ifndef WEIR_STREAM_ICECAST_H
#define WEIR_STREAM_ICECAST_H

#include "stream/encoder.h"
#include "stream/password.h"

enum weir_stream_tls {
    WEIR_STREAM_TLS_AUTO,    ///< when the server offers it
    WEIR_STREAM_TLS_REQUIRE, ///< from the first byte on, or not at all
    WEIR_STREAM_TLS_OFF,
};

/// What a directory and listeners are told of the stream. Null: nothing.
struct weir_stream_about {
    const char *name;
    const char *genre;
    const char *description;
    const char *url;
    bool is_public;
};

/// Borrowed for ever.
struct weir_icecast_config {
    const struct weir_stream_target *target;
    const struct weir_stream_about *about;
    enum weir_stream_tls tls;
    const char *tls_ca; ///< a file of certificates to trust, too; or null
    enum weir_stream_codec codec;
    uint32_t bitrate_kbps; ///< 0: none
    uint32_t rate_hz;
    uint32_t n_channels;
};

struct weir_icecast;

/// @control  Null when memory is short, or the system has no TLS and it is
/// required. Never freed: libshout 2.4.6 has no way to give back what is not
/// connected.
struct weir_icecast *weir_icecast_new(const struct weir_icecast_config *config);

enum weir_icecast_state {
    WEIR_ICECAST_CONNECTING,
    WEIR_ICECAST_CONNECTED,
    WEIR_ICECAST_REFUSED, ///< the login: the password, or the mount is taken
    WEIR_ICECAST_FAILED,
};

/// Begin to connect to `host`, the address' own or a number of it.
enum weir_icecast_state weir_icecast_open(struct weir_icecast *icecast,
                                          const char *host);

/// Go on connecting: to be called every few milliseconds.
enum weir_icecast_state weir_icecast_go_on(struct weir_icecast *icecast);

/// Give libshout bytes to send; at most WEIR_ICECAST_PART when it holds none.
/// False when the connection is lost.
bool weir_icecast_send(struct weir_icecast *icecast, const unsigned char *bytes,
                       size_t n);

/// Send what it holds, as far as the system takes it. False as above.
bool weir_icecast_flush(struct weir_icecast *icecast);

/// How many bytes it holds.
size_t weir_icecast_held(struct weir_icecast *icecast);

/// Hang up, if it is connected.
void weir_icecast_close(struct weir_icecast *icecast);

/// What went wrong, for people.
const char *weir_icecast_why(struct weir_icecast *icecast);

/// Tell the server the title of an MP3 stream. False: see
/// weir_icecast_why().  Waits as long as the server lets it: to be done where
/// it can be killed.
bool weir_icecast_tell_title(struct weir_icecast *icecast, const char *title);

enum { WEIR_ICECAST_PART = 4096 };

#endif
