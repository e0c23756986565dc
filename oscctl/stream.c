// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One TCP connection.
#include "oscctl/stream.h"

#include "desk/fault.h"
#include "oscctl/streams.h"
#include "oscctl/transaction.h"
#include "rt/clock.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PACKETS_AT_ONCE = 32, // then the others' turn, or after so long:
    MS_AT_ONCE = 2,
    READS_AT_ONCE = 8,
    READ_BYTES = 16384,
    // Who has more answers waiting is not read before it has taken some.
    HOLD_BYTES = 64 << 10,
    // Beyond it, who offers something may as well wait for a newer value.
    OFFER_BYTES = 16 << 10,
    PATIENCE_MS = 5000, // with who takes nothing of what waits
    LINGER_MS = 1000,
    // Of a peer whose machine has vanished the kernel learns by itself.
    KEEPALIVE_AFTER_S = 30,
    KEEPALIVE_EVERY_S = 10,
    KEEPALIVE_TRIES = 3,
    UNACKNOWLEDGED_MS = 30000,
};

// ------------------------------------------------------------ what it waits
// for

static bool
may_read(const struct weir_stream *s)
{
    return s->state == WEIR_STREAM_OPEN && !s->is_paused &&
           weir_backlog_length(&s->backlog) <= HOLD_BYTES;
}

static unsigned
wanted(const struct weir_stream *s)
{
    const unsigned room =
        weir_backlog_length(&s->backlog) > 0 ? WEIR_LOOP_WRITE : 0;
    if (may_read(s) || s->state == WEIR_STREAM_LEAVING)
        return room | WEIR_LOOP_READ;
    // What it has sent before it hung up waits for its turn.
    if (s->state == WEIR_STREAM_OPEN)
        return room;
    return room | WEIR_LOOP_HANGUP;
}

static void
update(struct weir_stream *s)
{
    weir_loop_want(s->config->loop, &s->watch, wanted(s));
}

void
weir_stream_pause(struct weir_stream *s, bool pause)
{
    s->is_paused = pause;
    update(s);
}

// ------------------------------------------------------------------- ending

static void
end(struct weir_stream *s)
{
    s->state = WEIR_STREAM_OVER;
    weir_streams_drop_soon(s->streams);
}

// Nothing of it stays in the kernel either.
static void
cut_off(struct weir_stream *s, const char *why)
{
    const struct linger at_once = {.l_onoff = 1};
    if (s->state == WEIR_STREAM_OVER)
        return;
    weir_streams_say(s->streams, &s->peer, why);
    setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    weir_backlog_clear(&s->backlog);
    end(s);
}

static void
linger(struct weir_stream *s, enum weir_stream_state state)
{
    s->state = state;
    s->until_ms = weir_now_ms() + LINGER_MS;
    weir_streams_look_after(s->streams);
}

// Its last answer has left: no more will come.
static void
say_goodbye(struct weir_stream *s)
{
    if (s->state == WEIR_STREAM_LEAVING &&
        weir_backlog_length(&s->backlog) == 0)
        shutdown(s->watch.fd, SHUT_WR);
}

// Where its next packet would begin is not known.
static void
leave(struct weir_stream *s, enum weir_fault_code code, const char *why)
{
    struct weir_fault fault;
    weir_streams_say(s->streams, &s->peer, why);
    weir_fault(&fault, code, "%s", why);
    weir_transaction_refuse(&s->peer, false, "/", &fault);
    if (s->state == WEIR_STREAM_OVER)
        return;
    linger(s, WEIR_STREAM_LEAVING);
    say_goodbye(s);
}

// The socket has room for us only when much has gone: who reads slowly is
// seen by the kernel's own queue before that.
static void
note_progress(struct weir_stream *s, int64_t now_ms)
{
    int n = 0;
    ioctl(s->watch.fd, SIOCOUTQ, &n);
    if (n != s->n_in_kernel)
        s->progress_ms = now_ms;
    s->n_in_kernel = n;
}

bool
weir_stream_look(struct weir_stream *s, int64_t now_ms)
{
    const bool waits = weir_backlog_length(&s->backlog) > 0;
    const bool lingers =
        s->state == WEIR_STREAM_HALF || s->state == WEIR_STREAM_LEAVING;
    if (waits)
        note_progress(s, now_ms);
    if (lingers && now_ms >= s->until_ms)
        end(s);
    else if (waits && now_ms - s->progress_ms >= PATIENCE_MS)
        cut_off(s, "takes no answers: cut off");
    return waits || lingers;
}

// ------------------------------------------------------------------ answers

static void
push(struct weir_stream *s)
{
    const ssize_t n = weir_backlog_send(&s->backlog, s->watch.fd);
    if (n > 0)
        s->progress_ms = weir_now_ms();
    if (n < 0) {
        // What it has sent before is still carried out.
        s->is_deaf = true;
        weir_backlog_clear(&s->backlog);
    }
    say_goodbye(s);
}

static bool
takes_answers(const struct weir_stream *s)
{
    return !s->is_deaf &&
           (s->state == WEIR_STREAM_OPEN || s->state == WEIR_STREAM_HALF);
}

void
weir_stream_send(struct weir_stream *s, const void *bytes, size_t n)
{
    const enum weir_framing framing = s->deframer.framing;
    if (!takes_answers(s))
        return;
    const bool waits = weir_backlog_length(&s->backlog) > 0;
    unsigned char *at =
        weir_backlog_reserve(&s->backlog, weir_frame_bound(framing, n));
    if (!at) {
        cut_off(s, "more than 1 MB of answers wait for it: cut off");
        return;
    }
    weir_backlog_add(&s->backlog, weir_frame_put(framing, bytes, n, at));
    if (waits)
        return;
    s->progress_ms = weir_now_ms();
    push(s);
    if (weir_backlog_length(&s->backlog) > 0)
        weir_streams_look_after(s->streams);
    update(s);
}

bool
weir_stream_offer(struct weir_stream *s, const void *bytes, size_t n)
{
    if (takes_answers(s) && weir_backlog_length(&s->backlog) > OFFER_BYTES)
        return false;
    weir_stream_send(s, bytes, n);
    return true;
}

// ------------------------------------------------------------------ packets

static void
take_fault(struct weir_stream *s, enum weir_frame fault)
{
    switch (fault) {
    case WEIR_FRAME_FOREIGN:
        // In which framing should it be answered?
        cut_off(s, "sends no OSC (neither a packet's length nor SLIP): closed");
        return;
    case WEIR_FRAME_TOO_LONG:
        leave(s, WEIR_FAULT_LIMIT, "a packet of more than 64 kB: closed");
        return;
    case WEIR_FRAME_BAD_ESCAPE:
        leave(s, WEIR_FAULT_ARGUMENTS, "an ill-formed SLIP escape: closed");
        return;
    default:
        leave(s, WEIR_FAULT_LIMIT, "memory is short: closed");
    }
}

// What a connection has of one turn of the loop.
struct turn {
    unsigned n_packets;
    int64_t until_ms;
};

static bool
is_over(const struct turn *turn)
{
    return turn->n_packets == PACKETS_AT_ONCE ||
           (turn->n_packets > 0 && weir_now_ms() > turn->until_ms);
}

// Returns how many bytes were used: all, or up to where it has to stop.
static size_t
take_packets(struct weir_stream *s, const unsigned char *bytes, size_t n,
             struct turn *turn)
{
    size_t n_used = 0;
    while (n_used < n && may_read(s) && !is_over(turn) &&
           s->config->may_take(s->config->owner)) {
        size_t n_taken;
        const enum weir_frame found = weir_deframer_take(
            &s->deframer, bytes + n_used, n - n_used, &n_taken);
        n_used += n_taken;
        if (found == WEIR_FRAME_PACKET) {
            s->has_asked = true;
            turn->n_packets++;
            s->config->take(s->config->owner, &s->peer, s->deframer.packet,
                            s->deframer.n_bytes);
        } else if (found != WEIR_FRAME_MORE) {
            take_fault(s, found);
        }
    }
    return n_used;
}

static void
take_end(struct weir_stream *s, ssize_t n)
{
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n == 0 && s->has_asked && !s->is_deaf)
        linger(s, WEIR_STREAM_HALF);
    else
        end(s);
}

// Only looked at: what is for later stays in the kernel, whose window then
// makes the peer wait.
static void
receive(struct weir_stream *s)
{
    unsigned char bytes[READ_BYTES];
    struct turn turn = {.until_ms = weir_now_ms() + MS_AT_ONCE};
    for (int i = 0; i < READS_AT_ONCE && may_read(s); i++) {
        const ssize_t n =
            recv(s->watch.fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
        if (n <= 0) {
            take_end(s, n);
            return;
        }
        const size_t n_used = take_packets(s, bytes, (size_t)n, &turn);
        if (n_used > 0 && recv(s->watch.fd, bytes, n_used, MSG_DONTWAIT) < 0)
            return;
        if (n_used < (size_t)n)
            return;
    }
}

static void
discard(struct weir_stream *s)
{
    unsigned char bytes[READ_BYTES];
    for (int i = 0; i < READS_AT_ONCE; i++) {
        const ssize_t n = recv(s->watch.fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            end(s);
        if (n <= 0)
            return;
    }
}

static void
serve(void *owner)
{
    struct weir_stream *s = owner;
    const unsigned seen = s->watch.seen;
    if (seen & (WEIR_LOOP_WRITE | WEIR_LOOP_HANGUP))
        push(s);
    if (s->state == WEIR_STREAM_LEAVING)
        discard(s);
    else if (s->state == WEIR_STREAM_HALF && seen & WEIR_LOOP_HANGUP)
        end(s);
    else
        receive(s);
    update(s);
    if (s->state == WEIR_STREAM_OVER)
        weir_streams_drop(s->streams, s);
}

// ----------------------------------------------------------------- lifetime

static void
set_int(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

static void
set_options(int fd)
{
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_AFTER_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES);
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
}

struct weir_stream *
weir_stream_new(struct weir_streams *streams,
                const struct weir_streams_config *config,
                const struct weir_peer *peer, int fd, bool is_paused)
{
    struct weir_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->streams = streams;
    s->config = config;
    s->peer = *peer;
    set_options(fd);
    if (!weir_loop_watch(config->loop, &s->watch, fd, serve, s)) {
        free(s);
        return NULL;
    }
    weir_stream_pause(s, is_paused);
    return s;
}

void
weir_stream_free(struct weir_stream *s)
{
    const int fd = s->watch.fd;
    weir_loop_ignore(s->config->loop, &s->watch);
    close(fd);
    weir_deframer_fini(&s->deframer);
    weir_backlog_clear(&s->backlog);
    free(s);
}
