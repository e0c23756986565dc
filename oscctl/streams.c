// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC over TCP: those who connect.
#include "oscctl/streams.h"

#include "common/chatter.h"
#include "common/descriptors.h"
#include "common/log.h"
#include "oscctl/address.h"
#include "oscctl/stream.h"
#include "rt/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ACCEPTS_AT_ONCE = 16,
    LOOK_MS = 250,
    SOON_MS = 1,
    // The system has no descriptor left, or no memory: until it is asked again.
    REST_MS = 1000,
};

struct weir_streams {
    struct weir_streams_config config;
    struct weir_watch door;
    struct weir_timer timer;
    bool is_looking; // the timer runs
    bool is_paused;
    bool is_full;            // that was said
    bool is_short;           // that was said: no descriptors
    int64_t closed_until_ms; // 0: the door is open
    uint64_t n_connections;  // ever
    struct weir_chatter chatter;
    struct weir_stream *streams[WEIR_STREAMS_MAX]; // the first ones
    unsigned n_streams;
};

// ------------------------------------------------------------------- carrier

static struct weir_stream *
find(const struct weir_peer *peer)
{
    const struct weir_streams *all = peer->owner;
    for (unsigned i = 0; i < all->n_streams; i++)
        if (all->streams[i]->peer.connection == peer->connection)
            return all->streams[i];
    return NULL;
}

static void
send_to(const struct weir_peer *peer, const void *bytes, size_t n)
{
    struct weir_stream *s = find(peer);
    if (s)
        weir_stream_send(s, bytes, n);
}

static bool
offer_to(const struct weir_peer *peer, const void *bytes, size_t n)
{
    struct weir_stream *s = find(peer);
    return !s || weir_stream_offer(s, bytes, n);
}

static bool
has_gone(const struct weir_peer *peer)
{
    return !find(peer);
}

static const struct weir_carrier carrier = {
    .send = send_to, .offer = offer_to, .is_gone = has_gone, .is_stream = true};

// ----------------------------------------------------------------- the lines

static bool
may_say(struct weir_streams *all)
{
    weir_streams_look_after(all); // for the lines that are left out
    return weir_chatter_may_say(&all->chatter, weir_now_ms());
}

void
weir_streams_say(struct weir_streams *all, const struct weir_peer *who,
                 const char *what)
{
    char address[WEIR_ADDRESS_TEXT];
    if (!may_say(all))
        return;
    weir_address_print(&who->address, who->n_address, address);
    weir_log(WEIR_LOG_INFO, "osc.tcp://%s/ %s", address, what);
}

// ------------------------------------------------------------------- leaving

static void
set_timer(struct weir_streams *all, uint32_t first_ms)
{
    weir_timer_set(&all->timer, first_ms, first_ms ? LOOK_MS : 0);
    all->is_looking = first_ms > 0;
}

void
weir_streams_look_after(struct weir_streams *all)
{
    if (!all->is_looking)
        set_timer(all, LOOK_MS);
}

void
weir_streams_drop_soon(struct weir_streams *all)
{
    set_timer(all, SOON_MS);
}

static void
drop_at(struct weir_streams *all, unsigned i)
{
    struct weir_stream *s = all->streams[i];
    const struct weir_peer peer = s->peer;
    all->streams[i] = all->streams[--all->n_streams];
    all->is_full = false;
    weir_stream_free(s);
    if (all->config.gone)
        all->config.gone(all->config.owner, &peer);
}

void
weir_streams_drop(struct weir_streams *all, struct weir_stream *s)
{
    for (unsigned i = 0; i < all->n_streams; i++)
        if (all->streams[i] == s) {
            drop_at(all, i);
            return;
        }
}

static bool
look_at_streams(struct weir_streams *all)
{
    const int64_t now = weir_now_ms();
    bool waits = false;
    // Backwards: the last one takes the place of one that goes.
    for (unsigned i = all->n_streams; i-- > 0;) {
        struct weir_stream *s = all->streams[i];
        if (weir_stream_look(s, now))
            waits = true;
        if (s->state == WEIR_STREAM_OVER)
            drop_at(all, i);
    }
    return waits;
}

static bool
look_at_door(struct weir_streams *all)
{
    if (all->closed_until_ms == 0)
        return false;
    if (weir_now_ms() < all->closed_until_ms)
        return true;
    all->closed_until_ms = 0;
    weir_loop_want(all->config.loop, &all->door, WEIR_LOOP_READ);
    return false;
}

static void
look(void *owner)
{
    struct weir_streams *all = owner;
    const bool streams_wait = look_at_streams(all);
    const bool door_waits = look_at_door(all);
    const bool more_to_say = weir_chatter_look(&all->chatter, weir_now_ms());
    set_timer(all, streams_wait || door_waits || more_to_say ? LOOK_MS : 0);
}

// ------------------------------------------------------------------ arriving

// Who has sent all and only waits for the rest of its answers makes room.
static bool
make_room(struct weir_streams *all)
{
    for (unsigned i = 0;
         i < all->n_streams && all->n_streams == WEIR_STREAMS_MAX; i++)
        if (all->streams[i]->state != WEIR_STREAM_OPEN)
            drop_at(all, i);
    return all->n_streams < WEIR_STREAMS_MAX;
}

static void
turn_away(struct weir_streams *all, const struct weir_peer *peer)
{
    char what[96];
    if (all->is_full)
        return;
    all->is_full = true;
    snprintf(what, sizeof what, "turned away: %d connections are the limit",
             WEIR_STREAMS_MAX);
    weir_streams_say(all, peer, what);
}

static void
welcome(struct weir_streams *all, struct weir_peer *peer, int fd)
{
    peer->connection = ++all->n_connections;
    struct weir_stream *s = NULL;
    if (!make_room(all))
        turn_away(all, peer);
    else
        s = weir_stream_new(all, &all->config, peer, fd, all->is_paused);
    if (!s) {
        close(fd);
        return;
    }
    all->streams[all->n_streams++] = s;
}

// They wait in the kernel meanwhile: asking at once again would be a loop.
static void
rest(struct weir_streams *all)
{
    if (!all->is_short && may_say(all))
        weir_log(WEIR_LOG_ERROR, "OSC over TCP: nobody can connect: %s",
                 strerror(errno));
    all->is_short = true;
    all->closed_until_ms = weir_now_ms() + REST_MS;
    weir_loop_want(all->config.loop, &all->door, 0);
    weir_streams_look_after(all);
}

static bool
is_for_later(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

static void
accept_some(void *owner)
{
    struct weir_streams *all = owner;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct weir_peer peer = {.carrier = &carrier, .owner = all, .fd = -1};
        peer.n_address = sizeof peer.address;
        int fd = accept4(all->door.fd, (struct sockaddr *)&peer.address,
                         &peer.n_address, SOCK_CLOEXEC | SOCK_NONBLOCK);
        fd = weir_descriptor_for_guest(fd);
        if (fd < 0) {
            if (is_for_later(errno))
                rest(all);
            return;
        }
        all->is_short = false;
        welcome(all, &peer, fd);
    }
}

// ------------------------------------------------------------------ lifetime

void
weir_streams_pause(struct weir_streams *all, bool pause)
{
    all->is_paused = pause;
    for (unsigned i = 0; i < all->n_streams; i++)
        weir_stream_pause(all->streams[i], pause);
}

unsigned
weir_streams_count(const struct weir_streams *all)
{
    return all->n_streams;
}

struct weir_streams *
weir_streams_new(const struct weir_streams_config *config, int fd)
{
    struct weir_streams *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->config = *config;
    all->chatter.about = "OSC over TCP";
    if (!weir_timer_open(config->loop, &all->timer, look, all))
        goto free_all;
    if (!weir_loop_watch(config->loop, &all->door, fd, accept_some, all))
        goto close_timer;
    return all;

close_timer:
    weir_timer_close(config->loop, &all->timer);
free_all:
    free(all);
    return NULL;
}

void
weir_streams_free(struct weir_streams *all)
{
    if (!all)
        return;
    const int fd = all->door.fd;
    weir_loop_ignore(all->config.loop, &all->door);
    close(fd);
    weir_timer_close(all->config.loop, &all->timer);
    for (unsigned i = 0; i < all->n_streams; i++)
        weir_stream_free(all->streams[i]);
    free(all);
}
