// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed's life on attach.sock: its one request, which strip at which rate;
// the answer with the ring; its end. What lies in the ring is the desk's and
// the mixer's.
#include "attach/server_private.h"

#include "desk/desk.h"
#include "desk/feeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DEFAULT_CHANNELS = 2,
    PATIENCE_MS = 500, // for a feeder that is to throw away what it holds
};

struct weir_feed_connection {
    struct weir_attach *attach;
    struct weir_watch watch;
    pid_t pid;
    char id[WEIR_ID_MAX + 1];
    char program[WEIR_ID_MAX + 1];
    char strip[WEIR_ID_MAX + 1];
    uint32_t n_channels; // for a strip that has to be made
    struct weir_feed_config config;
    struct weir_desk_feed *feed; // null: not opened yet, or closed
    uint32_t n_pending;          // tickets that are not settled yet
    bool served;                 // has its ring
    bool gone;                   // closed while tickets were pending
    struct weir_questions questions;
};

const char *
weir_feed_connection_id(const struct weir_feed_connection *f)
{
    return f->id;
}

// ------------------------------------------------------------------ its end

static void
take_off_list(struct weir_feed_connection *f)
{
    struct weir_attach *a = f->attach;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_feeds; i++)
        if (a->feeds[i] != f)
            a->feeds[n++] = a->feeds[i];
    a->n_feeds = n;
}

void
weir_feed_drop(struct weir_feed_connection *f, const char *reason)
{
    const int fd = f->watch.fd;
    if (reason)
        weir_attach_send_bye(fd, reason);
    if (f->served)
        weir_attach_say(f->attach, WEIR_LOG_INFO, "feed %s detached%s%s", f->id,
                        reason ? ": " : "", reason ? reason : "");
    weir_loop_ignore(f->attach->loop, &f->watch);
    if (fd >= 0)
        close(fd);
    take_off_list(f);
    f->served = false;
    f->gone = true;
    weir_questions_end(&f->questions, "the feed is gone");
    weir_desk_feed_close(f->attach->desk, f->feed);
    f->feed = NULL;
    if (f->n_pending == 0)
        free(f);
}

static void
refuse(struct weir_feed_connection *f, const struct weir_fault *fault)
{
    weir_attach_send_error(f->watch.fd, fault);
    weir_attach_say(f->attach, WEIR_LOG_INFO,
                    "feed refused (%s, process %d): %s",
                    f->program[0] ? f->program : "?", (int)f->pid, fault->text);
    weir_feed_drop(f, NULL);
}

// ------------------------------------------------------------- what it hears

static void
feed_is_gone(void *owner, enum weir_feed_state why)
{
    weir_feed_drop(owner, why == WEIR_FEED_ENDED ? "weir has ended"
                                                 : "the strip was removed");
}

static void
pass_flush_on(void *owner, struct weir_ticket done)
{
    struct weir_feed_connection *f = owner;
    if (!f->served) { // holds nothing yet
        weir_ticket_settle(done, NULL);
        return;
    }
    weir_questions_ask(&f->questions, f->watch.fd, "flush", NULL, PATIENCE_MS,
                       done);
    weir_attach_look_after(f->attach);
}

bool
weir_feed_check_questions(struct weir_feed_connection *f, int64_t now_ms)
{
    return weir_questions_check(&f->questions, now_ms);
}

static void
take_packet(void *owner)
{
    struct weir_feed_connection *f = owner;
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire message;
    switch (weir_attach_receive(f->watch.fd, packet, &message)) {
    case WEIR_PACKET_NONE:
        return;
    case WEIR_PACKET_END:
        weir_feed_drop(f, NULL);
        return;
    case WEIR_PACKET_RUBBISH:
        weir_feed_drop(f, WEIR_ATTACH_RUBBISH);
        return;
    case WEIR_PACKET_MESSAGE:
        weir_questions_hear(&f->questions, &message);
    }
}

// --------------------------------------------------------------- the answer

static bool
send_fed(const struct weir_feed_connection *f)
{
    struct weir_wire_out answer;
    weir_wire_begin(&answer, "/fed");
    weir_wire_string(&answer, f->id);
    weir_wire_int(&answer, (int32_t)f->feed->n_channels);
    weir_wire_int(&answer, (int32_t)f->feed->capacity);
    weir_wire_int(&answer, (int32_t)f->attach->rate_hz);
    return weir_attach_send(f->watch.fd, &answer, &f->feed->fd, 1);
}

// Who hung up while tickets were pending is freed with the last of them.
static bool
settle(struct weir_feed_connection *f)
{
    f->n_pending--;
    if (!f->gone)
        return true;
    if (f->n_pending == 0)
        free(f);
    return false;
}

// Descriptors that nobody takes out of their sockets are limited, too.
static void
refuse_unsent(struct weir_feed_connection *f, int why)
{
    struct weir_fault fault;
    if (why == EPIPE || why == ECONNRESET) { // it has not waited
        weir_feed_drop(f, NULL);
        return;
    }
    weir_fault_system(&fault, "the ring could not be handed over", why);
    refuse(f, &fault);
}

static void
feed_is_ready(void *owner, const struct weir_fault *fault)
{
    struct weir_feed_connection *f = owner;
    if (!settle(f))
        return;
    if (fault) {
        refuse(f, fault);
        return;
    }
    if (!send_fed(f)) {
        refuse_unsent(f, errno);
        return;
    }
    f->served = true;
    weir_attach_say(
        f->attach, WEIR_LOG_INFO,
        "feed %s attached (%s, process %d): strip %s, %u Hz, pace %s", f->id,
        f->program, (int)f->pid, f->strip, f->config.rate_hz,
        f->config.pace == WEIR_FEED_PACE_CLOCK ? "clock" : "pipe");
}

// ------------------------------------------------------- a strip and its feed

static void
open_feed(struct weir_feed_connection *f)
{
    struct weir_fault fault;
    const struct weir_ticket ready = {.fn = feed_is_ready, .owner = f};
    // Before the call: it may be settled within.
    f->n_pending++;
    struct weir_desk_feed *feed = weir_desk_feed_open(
        f->attach->desk, f->strip, &f->config, ready, &fault);
    if (!feed) {
        f->n_pending--;
        refuse(f, &fault);
        return;
    }
    f->feed = feed;
    feed->gone = feed_is_gone;
    feed->flush = pass_flush_on;
    feed->owner = f;
}

static void
strip_has_come(void *owner, const struct weir_fault *fault)
{
    struct weir_feed_connection *f = owner;
    if (!settle(f))
        return;
    if (fault)
        refuse(f, fault);
    else
        open_feed(f);
}

static void
add_strip(struct weir_feed_connection *f)
{
    struct weir_fault fault;
    struct weir_desk *desk = f->attach->desk;
    const struct weir_ticket come = {.fn = strip_has_come, .owner = f};
    const uint32_t n = f->n_channels ? f->n_channels : DEFAULT_CHANNELS;
    if (weir_desk_add_strip(desk, f->strip, n, NULL, come, &fault)) {
        weir_desk_rollback(desk);
        refuse(f, &fault);
        return;
    }
    f->n_pending++;
    weir_desk_commit(desk);
}

// -------------------------------------------------------------- the request

static enum weir_fault_code
check_form(const struct weir_wire *request, struct weir_fault *fault)
{
    int32_t abi;
    if (request->n_args != 8 || !weir_wire_is(request, "/feed", "isssiisi"))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a feed's first message is /feed ABI PROGRAM ID "
                          "STRIP RATE CHANNELS PACE TARGET_FRAMES");
    weir_wire_get_int(request, 0, &abi);
    if (abi != (int32_t)WEIR_FEED_ABI)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "the feed speaks version %d, this weir speaks "
                          "version %u (install both from one release)",
                          (int)abi, WEIR_FEED_ABI);
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
take_pace(struct weir_feed_connection *f, const char *pace,
          struct weir_fault *fault)
{
    if (strcmp(pace, "clock") == 0)
        f->config.pace = WEIR_FEED_PACE_CLOCK;
    else if (strcmp(pace, "pipe") == 0)
        f->config.pace = WEIR_FEED_PACE_PIPE;
    else
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a feed's pace is pipe or clock, not \"%.40s\"",
                          pace);
    return WEIR_FAULT_NONE;
}

// The rate and the target are checked by the desk, except for their signs.
static enum weir_fault_code
take_numbers(struct weir_feed_connection *f, const struct weir_wire *request,
             struct weir_fault *fault)
{
    int32_t rate_hz;
    int32_t n_channels;
    int32_t target;
    weir_wire_get_int(request, 4, &rate_hz);
    weir_wire_get_int(request, 5, &n_channels);
    weir_wire_get_int(request, 7, &target);
    if (rate_hz < 0 || target < 0)
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "a feed's rate and target are not negative");
    if (n_channels < 0 || n_channels > WEIR_MAX_CHANNELS)
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "a strip has 1 to %d channels", WEIR_MAX_CHANNELS);
    f->config.rate_hz = rate_hz ? (uint32_t)rate_hz : f->attach->rate_hz;
    f->config.target_frames = (uint32_t)target;
    f->n_channels = (uint32_t)n_channels;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
prepare(struct weir_feed_connection *f, const struct weir_wire *request,
        struct weir_fault *fault)
{
    if (check_form(request, fault))
        return fault->code;
    const char *strip = weir_wire_get_string(request, 3);
    snprintf(f->program, sizeof f->program, "%s",
             weir_wire_get_string(request, 1));
    if (!weir_id_ok(strip))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a strip's id is [a-z][a-z0-9_-]{0,31}, not "
                          "\"%.40s\"",
                          strip);
    snprintf(f->strip, sizeof f->strip, "%s", strip);
    if (take_numbers(f, request, fault) ||
        take_pace(f, weir_wire_get_string(request, 6), fault))
        return fault->code;
    return weir_attach_take_id(f->attach, "feed", f->program,
                               weir_wire_get_string(request, 2), f->id, fault);
}

static struct weir_feed_connection *
add(struct weir_attach *a, int fd, pid_t pid, struct weir_fault *fault)
{
    if (a->n_feeds == WEIR_MAX_FEEDS) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "%d feeds are the limit (end one)",
                   WEIR_MAX_FEEDS);
        return NULL;
    }
    struct weir_feed_connection *f = calloc(1, sizeof *f);
    if (!f || !weir_loop_watch(a->loop, &f->watch, fd, take_packet, f)) {
        weir_fault_system(fault, "no memory for a feed", errno);
        free(f);
        return NULL;
    }
    f->attach = a;
    f->pid = pid;
    a->feeds[a->n_feeds++] = f;
    return f;
}

void
weir_feed_greet(struct weir_attach *a, int fd, pid_t pid,
                const struct weir_wire *request)
{
    struct weir_fault fault;
    struct weir_feed_connection *f = add(a, fd, pid, &fault);
    if (!f) {
        weir_attach_say(a, WEIR_LOG_INFO, "feed refused (process %d): %s",
                        (int)pid, fault.text);
        weir_attach_send_error(fd, &fault);
        close(fd);
        return;
    }
    if (prepare(f, request, &fault))
        refuse(f, &fault);
    else if (weir_desk_find_strip(a->desk, f->strip))
        open_feed(f);
    else
        add_strip(f);
}
