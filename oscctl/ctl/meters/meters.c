// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// meters: the terminal view, or a table where there is no terminal.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "common/stop.h"
#include "oscctl/arguments.h"
#include "oscctl/ctl/meters/keys.h"
#include "oscctl/ctl/meters/plain.h"
#include "oscctl/ctl/stream.h"

#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_MS = 40, KEYS_MAX = 64 };

static const struct ctl_wish wishes[] = {
    {"/strip/*/{name,gain,mute,solo}", 25},
    {"/bus/*/{name,gain,mute}", 25},
    {"/strip/*/meter", 25},
    {"/bus/*/meter", 25},
    {"/reader/*/*", 4},
    {"/status/*", 4},
    {"/{strip,bus}/*/plugin/*/state", 4},
};

enum { N_WISHES = sizeof wishes / sizeof wishes[0], SLOTS = N_WISHES - 1 };

// What there is, and in which order: asked now and then.
static const char *const lists[] = {"/strip/list", "/bus/list", "/reader/list"};

enum {
    N_LISTS = sizeof lists / sizeof lists[0],
    LIST_MS = 1000,
    ALL_SHOWN = (1 << (N_WISHES + N_LISTS)) - 1,
};

struct session {
    struct ctl_stream *stream;
    struct ctl_meters model;
    struct ctl_view view;
    int64_t drawn_ms;
    int64_t listed_ms;
    unsigned shown; // bit by wish, then by list: it has come
    bool was_there;
    bool done;
    int status; // when done
};

static void
end(struct session *s, int status)
{
    s->status = s->done ? s->status : status;
    s->done = true;
}

// ---- what comes

static void
take_value(void *owner, const char *address, lo_message message)
{
    struct session *s = owner;
    ctl_meters_take(&s->model, address, message, ctl_now_ms());
}

static void
take_snapshot(void *owner, int wish, bool begins)
{
    struct session *s = owner;
    if (wish == SLOTS)
        ctl_meters_tell_slots(&s->model, begins);
    if (!begins)
        s->shown |= 1U << wish;
}

static void
take_reply(void *owner, lo_message reply)
{
    struct session *s = owner;
    const char *address = weir_message_string(reply, 0);
    ctl_meters_reply(&s->model, reply);
    for (int i = 0; address && i < N_LISTS; i++)
        if (strcmp(address, lists[i]) == 0)
            s->shown |= 1U << (N_WISHES + i);
}

static void
take_refusal(void *owner, const char *address, int code, const char *text)
{
    struct session *s = owner;
    ctl_meters_refuse(&s->model, address);
    if (s->view.terminal.is_open) {
        ctl_view_say(&s->view, ctl_now_ms(), "%s: %s (error %d)", address, text,
                     code);
        return;
    }
    weir_log(WEIR_LOG_ERROR, "%s: %s (error %d)", address, text, code);
    end(s, WEIR_EXIT_FAILED);
}

static void
take_state(void *owner, enum ctl_stream_state state)
{
    struct session *s = owner;
    if (state == CTL_STREAM_GONE && !s->view.terminal.is_open)
        end(s, WEIR_EXIT_NOBODY);
    if (state == CTL_STREAM_GONE)
        ctl_meters_lose(&s->model);
    if (state == CTL_STREAM_RUNNING)
        ctl_meters_return(&s->model);
    s->was_there |= state == CTL_STREAM_RUNNING;
}

static void
turn(struct session *s)
{
    const int64_t now_ms = ctl_now_ms();
    ctl_stream_turn(s->stream);
    if (s->stream->state != CTL_STREAM_RUNNING ||
        now_ms - s->listed_ms < LIST_MS)
        return;
    s->listed_ms = now_ms;
    for (int i = 0; i < N_LISTS; i++)
        ctl_stream_send(s->stream, lists[i], NULL);
}

// ---- before the view

// Until everything has been shown once, so that an error is still said on
// stderr; who says nothing for too long is not there.
static void
await_snapshots(struct session *s)
{
    while (!s->done && s->shown != ALL_SHOWN && !weir_stop_requested()) {
        weir_stop_wait_for(s->stream->link.fd, ctl_stream_wait_ms(s->stream));
        turn(s);
    }
}

static void
print_table(struct session *s)
{
    ctl_plain_print(stdout, s->view.where, &s->model);
    if (fflush(stdout) == 0)
        return;
    weir_log(WEIR_LOG_ERROR, "cannot write to stdout: %m");
    end(s, WEIR_EXIT_FAILED);
}

// ---- the view

static void
take_keys(struct session *s)
{
    for (int i = 0; i < KEYS_MAX; i++) {
        const int key = getch();
        if (key == ERR)
            return;
        s->drawn_ms = 0; // now
        if (!s->view.terminal.keys && key != KEY_RESIZE)
            continue;
        if (!ctl_keys_do(&s->view, &s->model, s->stream, key, ctl_now_ms()))
            end(s, WEIR_EXIT_OK);
    }
}

static void
wait_for_something(struct session *s)
{
    const int64_t frame_ms = s->drawn_ms + FRAME_MS - ctl_now_ms();
    int wait_ms = ctl_stream_wait_ms(s->stream);
    if (frame_ms < wait_ms)
        wait_ms = frame_ms > 0 ? (int)frame_ms : 0;
    struct pollfd fds[2] = {
        {.fd = s->stream->link.fd, .events = POLLIN},
        {.fd = s->view.terminal.keys ? STDIN_FILENO : -1, .events = POLLIN},
    };
    const int n = weir_stop_poll(fds, 2, wait_ms);
    if (n > 0 && (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
        end(s, WEIR_EXIT_OK); // the terminal is gone
}

static void
run_view(struct session *s)
{
    while (!s->done && !weir_stop_requested()) {
        wait_for_something(s);
        turn(s);
        take_keys(s);
        const int64_t now_ms = ctl_now_ms();
        if (now_ms - s->drawn_ms < FRAME_MS)
            continue;
        s->drawn_ms = now_ms;
        ctl_view_draw(&s->view, &s->model, now_ms);
    }
}

static void
show(struct session *s, bool plain)
{
    await_snapshots(s);
    if (s->done || weir_stop_requested())
        return;
    if (plain || !ctl_terminal_is_there() ||
        !ctl_terminal_open(&s->view.terminal)) {
        print_table(s);
        return;
    }
    run_view(s);
    ctl_terminal_close(&s->view.terminal);
}

int
ctl_meters(const struct ctl_wanted *wanted, int n_words,
           const char *const words[])
{
    static struct ctl_stream stream;
    static struct session s;
    const struct ctl_listener listener = {.owner = &s,
                                          .value = take_value,
                                          .reply = take_reply,
                                          .refused = take_refusal,
                                          .changed = take_state,
                                          .snapshot = take_snapshot};
    if (n_words > 0 && strcmp(words[0], "--plain") != 0) {
        weir_log(WEIR_LOG_ERROR, "meters: %s: allowed is --plain", words[0]);
        return WEIR_EXIT_USAGE;
    }
    s.stream = &stream;
    ctl_meters_init(&s.model);
    weir_stop_install();
    weir_stop_also(SIGHUP);
    weir_stop_also(SIGQUIT);
    const int status =
        ctl_stream_open(&stream, wanted, wishes, N_WISHES, &listener);
    s.view.where = stream.found.name[0] ? stream.found.name : stream.found.url;
    if (status == WEIR_EXIT_OK)
        show(&s, n_words > 0);
    if (s.status == WEIR_EXIT_NOBODY)
        ctl_link_nobody(&stream.link);
    ctl_stream_close(&stream);
    ctl_meters_fini(&s.model);
    return status != WEIR_EXIT_OK ? status : s.status;
}
