// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A target's own thread.
#include "stream/sender.h"
#include "common/log.h"
#include "rt/clock.h"
#include "stream/backoff.h"
#include "stream/reach.h"
#include "stream/titles.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LOGIN_MS = 10000, // a server may have to ask another one
    WRITE_MS = 30000, // without a byte taken
    LAST_MS = 1500,   // for what is left at the end
    STEP_MS = 10,     // libshout has no descriptor to wait on
    NEWS_MS = 500,
};

struct weir_sender {
    const struct weir_sender_config *config;
    const char *shown;
    struct weir_icecast *icecast;
    struct weir_backoff backoff;
    struct weir_cursor cursor;
    struct weir_taken taken; // what is being sent
    size_t sent;             // of it
    int64_t moved_ms;        // when the server last took something
    int64_t end_ms;          // when it has to be over; 0: not yet
    uint64_t missed_us;
    unsigned n_gaps;
    unsigned n_connections;
    bool in_use; // another source has the mount
    char why[384];
    char said[400];  // what was logged last
    unsigned n_said; // connections whose end has been
    int64_t lost_ms; // when it was lost; 0: it never was
    pthread_t thread;
    pthread_mutex_t lock; // of what follows
    bool is_connected;
    int ended_fd;
};

static struct weir_store *
store_of(const struct weir_sender *s)
{
    return s->config->store;
}

static void
show_connected(struct weir_sender *s, bool is_connected)
{
    pthread_mutex_lock(&s->lock);
    s->is_connected = is_connected;
    pthread_mutex_unlock(&s->lock);
}

bool
weir_sender_is_connected(struct weir_sender *s)
{
    pthread_mutex_lock(&s->lock);
    const bool is_connected = s->is_connected;
    pthread_mutex_unlock(&s->lock);
    return is_connected;
}

// ----------------------------------------------------------------- connecting

enum outcome {
    LOGGED_IN,
    LOST,    // why says it
    REFUSED, // the login
    ENDED,   // the stream
};

static enum outcome
lose(struct weir_sender *s, const char *why)
{
    snprintf(s->why, sizeof s->why, "%s", why);
    return LOST;
}

// libshout does not say which of the two it is.
static enum outcome
refuse(struct weir_sender *s, const char *host)
{
    const struct weir_icecast_config *config = &s->config->icecast;
    const bool may_ask = config->tls != WEIR_STREAM_TLS_REQUIRE;
    s->in_use = may_ask && weir_reach_is_taken(&config->target->address, host,
                                               weir_store_end_fd(store_of(s)));
    snprintf(s->why, sizeof s->why, "%s",
             s->in_use ? "the mount has a source already (or the password is "
                         "wrong)"
             : may_ask ? "the login was refused: wrong user or password (or "
                         "the server takes no more sources)"
                       : "the login was refused: wrong user or password, or "
                         "the mount has a source already");
    return REFUSED;
}

static enum outcome
log_in(struct weir_sender *s, const char *host)
{
    const int64_t until_ms = weir_now_ms() + LOGIN_MS;
    enum weir_icecast_state state = weir_icecast_open(s->icecast, host);
    while (state == WEIR_ICECAST_CONNECTING && weir_now_ms() < until_ms) {
        if (weir_store_wait_end(store_of(s), STEP_MS))
            return ENDED;
        state = weir_icecast_go_on(s->icecast);
    }
    if (state == WEIR_ICECAST_CONNECTED)
        return LOGGED_IN;
    if (state == WEIR_ICECAST_REFUSED)
        return refuse(s, host);
    return lose(s, weir_icecast_why(s->icecast));
}

// -------------------------------------------------------------------- sending

static void
tell_missed(struct weir_sender *s)
{
    if (s->taken.missed_us == 0)
        return;
    s->missed_us += s->taken.missed_us;
    s->n_gaps++;
    weir_log(WEIR_LOG_INFO, "%s: too slow: %.1f s skipped, %.1f s in all",
             s->shown, (double)s->taken.missed_us * 1e-6,
             (double)s->missed_us * 1e-6);
}

// Something to send; false when there is nothing (yet).
static bool
fetch(struct weir_sender *s, enum weir_store_result *result)
{
    weir_store_release(store_of(s), &s->taken);
    s->sent = 0;
    *result = weir_store_take(store_of(s), &s->cursor, NEWS_MS, &s->taken);
    if (*result != WEIR_STORE_TAKEN)
        return false;
    tell_missed(s);
    return true;
}

static bool
send_part(struct weir_sender *s)
{
    size_t n = s->taken.size - s->sent;
    if (n > WEIR_ICECAST_PART)
        n = WEIR_ICECAST_PART;
    if (!weir_icecast_send(s->icecast, s->taken.bytes + s->sent, n))
        return false;
    s->sent += n;
    return true;
}

// The system takes no more: look again soon, not for ever.
static bool
push(struct weir_sender *s, const char **why)
{
    const size_t before = weir_icecast_held(s->icecast);
    *why = "the server hung up";
    if (!weir_icecast_flush(s->icecast))
        return false;
    const int64_t now_ms = weir_now_ms();
    const size_t held = weir_icecast_held(s->icecast);
    if (held < before)
        s->moved_ms = now_ms;
    if (held == 0)
        return true;
    const bool at_end = weir_store_wait_end(store_of(s), 0);
    if (at_end && s->end_ms == 0)
        s->end_ms = now_ms + LAST_MS;
    poll(NULL, 0, STEP_MS);
    *why = at_end ? "it did not take the last of it in time"
                  : "it took nothing for 30 s";
    return now_ms - s->moved_ms < WRITE_MS &&
           (s->end_ms == 0 || now_ms < s->end_ms);
}

static enum outcome
send_all(struct weir_sender *s)
{
    const char *why = "the server hung up";
    enum weir_store_result result = WEIR_STORE_NOTHING;
    weir_store_begin(store_of(s), &s->cursor);
    s->moved_ms = weir_now_ms();
    for (;;) {
        if (weir_icecast_held(s->icecast) > 0) {
            if (!push(s, &why))
                return lose(s, why);
        } else if (s->sent < s->taken.size || fetch(s, &result)) {
            s->moved_ms = weir_now_ms();
            if (!send_part(s))
                return lose(s, why);
        } else if (result == WEIR_STORE_ENDED) {
            return ENDED;
        }
    }
}

static void
say_connected(struct weir_sender *s, int64_t now_ms)
{
    if (s->lost_ms == 0)
        weir_log(WEIR_LOG_INFO, "%s: connected", s->shown);
    else
        weir_log(WEIR_LOG_INFO, "%s: connected again after %.1f s", s->shown,
                 (double)(now_ms - s->lost_ms) * 1e-3);
}

static enum outcome
serve(struct weir_sender *s)
{
    const int64_t begun_ms = weir_now_ms();
    say_connected(s, begun_ms);
    s->n_connections++;
    show_connected(s, true);
    if (s->config->titles)
        weir_titles_tell_again(s->config->titles, s->config->index);
    const enum outcome outcome = send_all(s);
    show_connected(s, false);
    s->lost_ms = weir_now_ms();
    weir_store_release(store_of(s), &s->taken);
    s->sent = 0;
    weir_backoff_worked(&s->backoff, weir_now_ms() - begun_ms);
    return outcome;
}

// ------------------------------------------------------------------- the life

static enum outcome
connect_once(struct weir_sender *s)
{
    const struct weir_stream_address *address =
        &s->config->icecast.target->address;
    struct weir_reached reached;
    switch (weir_reach(address, weir_store_end_fd(store_of(s)), &reached)) {
    case WEIR_REACH_ENDED:
        return ENDED;
    case WEIR_REACH_FAILED:
        return lose(s, reached.why);
    case WEIR_REACHED:
        break;
    }
    enum outcome outcome = log_in(s, reached.host);
    if (outcome == LOGGED_IN)
        outcome = serve(s);
    // At the end of all the connection is left to the process' end. To part
    // from Icecast 2.4.4 with TLS's own farewell, as libshout does, has it
    // wait for more for ever, and keep the mount.
    if (outcome != ENDED)
        weir_icecast_close(s->icecast);
    return outcome;
}

// A server that is away for a day is one event.
static void
say_retry(struct weir_sender *s, int wait_ms)
{
    char what[sizeof s->said];
    snprintf(what, sizeof what, "%s: %s",
             s->n_said < s->n_connections ? "lost" : "not connected", s->why);
    const bool again = strcmp(what, s->said) == 0;
    weir_log(again ? WEIR_LOG_DEBUG : WEIR_LOG_ERROR, "%s: %s; retry in %.1f s",
             s->shown, what, wait_ms / 1000.0);
    memcpy(s->said, what, sizeof what);
    s->n_said = s->n_connections;
}

static void
live(struct weir_sender *s)
{
    enum outcome outcome = connect_once(s);
    while (outcome != ENDED && !weir_store_wait_end(store_of(s), 0)) {
        // Nobody mends a password within a second.
        const bool slowly = outcome == REFUSED && !s->in_use;
        const int wait_ms = weir_backoff_next(&s->backoff, slowly);
        say_retry(s, wait_ms);
        if (weir_store_wait_end(store_of(s), wait_ms))
            break;
        outcome = connect_once(s);
    }
}

static void *
run(void *argument)
{
    struct weir_sender *s = argument;
    const uint64_t one = 1;
    live(s);
    weir_log(WEIR_LOG_INFO, "%s: ended: connections=%u skips=%u skipped=%.1f s",
             s->shown, s->n_connections, s->n_gaps,
             (double)s->missed_us * 1e-6);
    if (write(s->ended_fd, &one, sizeof one) < 0)
        weir_log(WEIR_LOG_ERROR, "%s: eventfd: %s", s->shown, strerror(errno));
    return NULL;
}

// Signals are for the thread that reads.
static bool
start_thread(struct weir_sender *s)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int cause = pthread_create(&s->thread, NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return cause == 0;
}

struct weir_sender *
weir_sender_start(const struct weir_sender_config *config)
{
    struct weir_sender *s = calloc(1, sizeof *s);
    if (!s)
        goto failed;
    s->config = config;
    s->shown = config->icecast.target->address.shown;
    s->backoff.seed = (unsigned)weir_now_ns() + config->index;
    s->icecast = weir_icecast_new(&config->icecast);
    s->ended_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    if (s->icecast && s->ended_fd >= 0 && start_thread(s))
        return s;

failed:
    weir_log(WEIR_LOG_ERROR, "%s: cannot be begun: out of memory or threads",
             config->icecast.target->address.shown);
    free(s);
    return NULL;
}

bool
weir_sender_wait(struct weir_sender *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->ended_fd, .events = POLLIN};
    // Not one that may be stuck.
    return poll(&p, 1, timeout_ms) > 0 && pthread_join(s->thread, NULL) == 0;
}
