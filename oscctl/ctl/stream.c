// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Subscribing, renewing, noticing.
#include "oscctl/ctl/stream.h"

#include "common/log.h"
#include "oscctl/arguments.h"
#include "oscctl/ctl/message.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LEASE_S = 15,
    RATE_HZ = 20,        // unless the wish has one
    RENEW_MS = 5000,     // one renewal may be lost
    ASK_AGAIN_MS = 500,  // while nothing has come at all
    REPEAT_MS = 1200,    // after a broken snapshot: one a second is made
    QUIET_MS = 1000,     // silence after which it is asked whether it lives
    PATIENCE_MS = 2500,  // silence after which it does not
    LOOK_MS = 500,       // between looks for one that is gone
    DATAGRAMS_MAX = 256, // taken in one turn: others have to do, too
    MESSAGE_BYTES = 4096,
};

// Answers to our own question whether it lives begin with this tag.
static const char alive_tag[] = "weirctl-alive";

int64_t
ctl_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void
change(struct ctl_stream *stream, enum ctl_stream_state state)
{
    if (stream->state == state)
        return;
    stream->state = state;
    memset(stream->shown, -1, sizeof stream->shown);
    if (stream->listener.changed)
        stream->listener.changed(stream->listener.owner, state);
}

// Nobody is at the other end.
static void
lose(struct ctl_stream *stream)
{
    if (stream->link.is_stream) // or a poll would tell of its end for ever
        ctl_link_close(&stream->link);
    change(stream, CTL_STREAM_GONE);
}

// ---- out

static void
put(struct ctl_stream *stream, const char *address, lo_message message)
{
    char packet[MESSAGE_BYTES];
    size_t size = lo_message_length(message, address);
    if (size > sizeof packet)
        return;
    lo_message_serialise(message, address, packet, &size);
    if (!ctl_link_put(&stream->link, packet, size))
        lose(stream);
}

static void
put_string(struct ctl_stream *stream, const char *address, const char *text)
{
    lo_message message = lo_message_new();
    if (!message)
        return;
    lo_message_add_string(message, text);
    put(stream, address, message);
    lo_message_free(message);
}

static void
subscribe(struct ctl_stream *stream, const struct ctl_wish *wish)
{
    lo_message message = lo_message_new();
    if (!message)
        return;
    lo_message_add_string(message, wish->pattern);
    lo_message_add_int32(message, wish->rate_hz > 0 ? wish->rate_hz : RATE_HZ);
    lo_message_add_int32(message, 0); // to the port that asks
    lo_message_add_int32(message, LEASE_S);
    put(stream, "/subscribe", message);
    lo_message_free(message);
}

static void
subscribe_all(struct ctl_stream *stream, int64_t now_ms)
{
    stream->renewed_ms = now_ms;
    stream->asked_ms = now_ms;
    for (int i = 0; i < stream->n_wishes; i++)
        if (stream->state != CTL_STREAM_GONE)
            subscribe(stream, &stream->wishes[i]);
}

// "/tag weirctl-alive, /status/uptime"
static void
ask_whether_alive(struct ctl_stream *stream, int64_t now_ms)
{
    char packet[256];
    size_t size = sizeof packet;
    lo_bundle bundle = lo_bundle_new(LO_TT_IMMEDIATE);
    lo_message tag = lo_message_new(), uptime = lo_message_new();
    stream->asked_ms = now_ms;
    lo_message_add_string(tag, alive_tag);
    lo_bundle_add_message(bundle, "/tag", tag);
    lo_bundle_add_message(bundle, "/status/uptime", uptime);
    if (lo_bundle_length(bundle) <= sizeof packet) {
        lo_bundle_serialise(bundle, packet, &size);
        if (!ctl_link_put(&stream->link, packet, size))
            lose(stream);
    }
    lo_bundle_free_recursive(bundle);
}

void
ctl_stream_send(struct ctl_stream *stream, const char *address,
                lo_message message)
{
    lo_message sent = message ? message : lo_message_new();
    if (sent && stream->state != CTL_STREAM_GONE)
        put(stream, address, sent);
    if (sent && !message)
        lo_message_free(sent);
}

// ---- in

static int
find_wish(const struct ctl_stream *stream, const char *pattern)
{
    for (int i = 0; pattern && i < stream->n_wishes; i++)
        if (strcmp(stream->wishes[i].pattern, pattern) == 0)
            return i;
    return -1;
}

static void
begin_snapshot(struct ctl_stream *stream, lo_message message)
{
    const int wish = find_wish(stream, weir_message_string(message, 0));
    if (wish < 0)
        return;
    stream->shown[wish] = 0;
    if (stream->listener.snapshot)
        stream->listener.snapshot(stream->listener.owner, wish, true);
}

// A part of it that got lost is asked for again.
static void
end_snapshot(struct ctl_stream *stream, lo_message message)
{
    double count = 0;
    const int wish = find_wish(stream, weir_message_string(message, 0));
    if (wish < 0)
        return;
    const bool whole =
        weir_message_number(message, 1, &count) && count <= stream->shown[wish];
    stream->shown[wish] = -1;
    if (!whole)
        stream->renewed_ms = ctl_now_ms() - RENEW_MS + REPEAT_MS;
    else if (stream->listener.snapshot)
        stream->listener.snapshot(stream->listener.owner, wish, false);
}

bool
ctl_stream_shows(const struct ctl_stream *stream)
{
    for (int i = 0; i < stream->n_wishes; i++)
        if (stream->shown[i] >= 0)
            return true;
    return false;
}

static void
take_value(struct ctl_stream *stream, const char *address, lo_message message)
{
    for (int i = 0; i < stream->n_wishes; i++)
        if (stream->shown[i] >= 0 && stream->shown[i] < INT32_MAX)
            stream->shown[i]++;
    stream->listener.value(stream->listener.owner, address, message);
}

static void
take_error(struct ctl_stream *stream, lo_message message)
{
    double code = 8;
    const char *address = weir_message_string(message, 0);
    const char *text = weir_message_string(message, 2);
    weir_message_number(message, 1, &code);
    if (stream->listener.refused)
        stream->listener.refused(
            stream->listener.owner, address ? address : "/",
            code >= 1 && code < 1000 ? (int)code : 8, text ? text : "");
}

static void
take_token(struct ctl_stream *stream, lo_message message)
{
    const char *token = weir_message_string(message, 0);
    if (token)
        put_string(stream, "/subscribe_token", token);
}

static void
take(struct ctl_stream *stream, const char *address, lo_message message)
{
    if (strcmp(address, "/snapshot") == 0) {
        begin_snapshot(stream, message);
    } else if (strcmp(address, "/snapshot_end") == 0) {
        end_snapshot(stream, message);
    } else if (strcmp(address, "/error") == 0) {
        take_error(stream, message);
    } else if (strcmp(address, "/token") == 0) {
        take_token(stream, message);
    } else if (strcmp(address, "/reply") != 0) {
        take_value(stream, address, message);
    } else if (stream->listener.reply) {
        stream->listener.reply(stream->listener.owner, message);
    }
}

// A mixer that has been up for less time than before is another one: it knows
// nothing of us.
static void
take_uptime(struct ctl_stream *stream, const char *address, lo_message message)
{
    double uptime_s = 0;
    if (strcmp(address, "/status/uptime") != 0 ||
        !weir_message_number(message, 0, &uptime_s) || !isfinite(uptime_s))
        return;
    if ((float)uptime_s < stream->uptime_s) {
        change(stream, CTL_STREAM_GONE);
        change(stream, CTL_STREAM_ASKING);
        subscribe_all(stream, ctl_now_ms());
    }
    stream->uptime_s = (float)uptime_s;
}

static void
take_packet(struct ctl_stream *stream, size_t size)
{
    struct weir_osc_walk walk;
    struct weir_osc_message part;
    bool is_ours = false;
    weir_osc_walk_init(&walk, stream->link.datagram, size);
    while (weir_osc_next(&walk, &part)) {
        lo_message message = ctl_message_copy(&stream->link, &part);
        if (!message)
            continue;
        const char *tag = weir_message_string(message, 0);
        if (strcmp(part.address, "/tag") == 0)
            is_ours = tag && strcmp(tag, alive_tag) == 0;
        else if (is_ours)
            take_uptime(stream, part.address, message);
        else
            take(stream, part.address, message);
        lo_message_free(message);
    }
}

// Something came: it is there.
static void
hear(struct ctl_stream *stream, int64_t now_ms)
{
    stream->heard_ms = now_ms;
    if (stream->state == CTL_STREAM_GONE) {
        stream->uptime_s = 0;
        change(stream, CTL_STREAM_ASKING);
        subscribe_all(stream, now_ms);
    }
    if (stream->state == CTL_STREAM_ASKING)
        change(stream, CTL_STREAM_RUNNING);
}

static void
receive(struct ctl_stream *stream, int64_t now_ms)
{
    for (int i = 0; i < DATAGRAMS_MAX && stream->link.fd >= 0; i++) {
        const ssize_t size = ctl_link_take(&stream->link);
        if (size < 0)
            lose(stream);
        if (size <= 0)
            return;
        if (weir_osc_validate(stream->link.datagram, (size_t)size, NULL) !=
            WEIR_OSC_OK)
            continue;
        hear(stream, now_ms);
        take_packet(stream, (size_t)size);
    }
}

// ---- time

// Knock where it should be by now.
static void
look_again(struct ctl_stream *stream, int64_t now_ms)
{
    struct ctl_found found = stream->found;
    stream->asked_ms = now_ms;
    if (!ctl_find_again(stream->wanted, &found))
        return;
    // A Unix socket's successor is another one at the same path.
    const bool same = strcmp(found.url, stream->found.url) == 0 &&
                      strncmp(found.url, "osc.udp:", 8) == 0;
    if (!same || stream->link.fd < 0) {
        stream->found = found;
        ctl_link_close(&stream->link);
        stream->link.quiet = true;
        if (ctl_link_open(&stream->link, stream->found.url) != WEIR_EXIT_OK) {
            ctl_link_close(&stream->link);
            return;
        }
    }
    ask_whether_alive(stream, now_ms);
}

// When there is something to do next.
static int64_t
due_ms(const struct ctl_stream *stream)
{
    if (stream->state == CTL_STREAM_GONE)
        return stream->asked_ms + LOOK_MS;
    const int64_t given_up = stream->heard_ms + PATIENCE_MS;
    const bool asking = stream->state == CTL_STREAM_ASKING;
    const int64_t renew =
        stream->renewed_ms + (asking ? ASK_AGAIN_MS : RENEW_MS);
    const int64_t last = stream->asked_ms > stream->heard_ms ? stream->asked_ms
                                                             : stream->heard_ms;
    const int64_t next = renew < last + QUIET_MS ? renew : last + QUIET_MS;
    return next < given_up ? next : given_up;
}

static void
do_what_is_due(struct ctl_stream *stream, int64_t now_ms)
{
    if (stream->state == CTL_STREAM_GONE)
        look_again(stream, now_ms);
    else if (now_ms - stream->heard_ms >= PATIENCE_MS)
        lose(stream);
    else if (now_ms - stream->renewed_ms >= RENEW_MS ||
             stream->state == CTL_STREAM_ASKING)
        subscribe_all(stream, now_ms);
    else
        ask_whether_alive(stream, now_ms);
}

void
ctl_stream_turn(struct ctl_stream *stream)
{
    const int64_t now_ms = ctl_now_ms();
    receive(stream, now_ms);
    if (now_ms >= due_ms(stream))
        do_what_is_due(stream, now_ms);
}

int
ctl_stream_wait_ms(const struct ctl_stream *stream)
{
    const int64_t left = due_ms(stream) - ctl_now_ms();
    return left > 0 ? (int)left : 0;
}

// ---- from the beginning to the end

int
ctl_stream_open(struct ctl_stream *stream, const struct ctl_wanted *wanted,
                const struct ctl_wish *wishes, int n_wishes,
                const struct ctl_listener *listener)
{
    stream->wanted = wanted;
    stream->wishes = wishes;
    stream->n_wishes = n_wishes;
    stream->listener = *listener;
    stream->state = CTL_STREAM_ASKING;
    stream->uptime_s = 0;
    memset(stream->shown, -1, sizeof stream->shown);
    stream->link.fd = -1;
    stream->link.quiet = false;
    int status = ctl_find(wanted, &stream->found);
    if (status == WEIR_EXIT_OK)
        status = ctl_link_open(&stream->link, stream->found.url);
    if (status != WEIR_EXIT_OK)
        return status;
    stream->heard_ms = ctl_now_ms();
    subscribe_all(stream, stream->heard_ms);
    return WEIR_EXIT_OK;
}

void
ctl_stream_close(struct ctl_stream *stream)
{
    for (int i = 0; i < stream->n_wishes; i++)
        if (stream->link.fd >= 0)
            put_string(stream, "/unsubscribe", stream->wishes[i].pattern);
    ctl_link_close(&stream->link);
}
