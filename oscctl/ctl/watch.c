// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// watch: what a subscription brings, as lines.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "common/stop.h"
#include "oscctl/ctl/message.h"
#include "oscctl/ctl/seen.h"
#include "oscctl/ctl/stream.h"
#include "oscctl/match.h"
#include "oscctl/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watch {
    struct ctl_stream *stream;
    struct ctl_wish wishes[CTL_WISHES_MAX];
    int n_wishes;
    int rate_hz;
    struct ctl_seen seen; // what has been printed
    bool no_wait;
    bool was_there;
    bool done;
    int status; // when done
};

static void
end(struct watch *watch, int status)
{
    watch->status = watch->done ? watch->status : status;
    watch->done = true;
}

// ---- what comes

// What is no value can be read again as a comment.
static bool
is_event(const char *address)
{
    return strcmp(address, "/created") == 0 ||
           strcmp(address, "/removed") == 0 || strcmp(address, "/renamed") == 0;
}

static void
print_value(void *owner, const char *address, lo_message message)
{
    struct watch *watch = owner;
    const bool comment = is_event(address);
    const bool news =
        comment || ctl_seen_is_news(&watch->seen, address, message);
    if (watch->done || (!news && ctl_stream_shows(watch->stream)))
        return;
    fputs(comment ? "# " : "", stdout);
    weir_text_print(stdout, address + comment, message, 0);
    putchar('\n');
}

static void
say_refused(void *owner, const char *address, int code, const char *text)
{
    weir_log(WEIR_LOG_ERROR, "%s: %s (error %d)", address, text, code);
    end(owner, WEIR_EXIT_FAILED);
}

static void
say_state(void *owner, enum ctl_stream_state state)
{
    struct watch *watch = owner;
    if (state == CTL_STREAM_GONE && (!watch->was_there || watch->no_wait))
        end(watch, WEIR_EXIT_NOBODY);
    if (state == CTL_STREAM_GONE) // all that is there then is news
        ctl_seen_fini(&watch->seen);
    if (state == CTL_STREAM_GONE && watch->was_there)
        weir_log(WEIR_LOG_INFO, "weir is gone%s",
                 watch->no_wait ? "" : ", waiting for it");
    if (state == CTL_STREAM_RUNNING && watch->was_there)
        weir_log(WEIR_LOG_INFO, "weir is back");
    watch->was_there |= state == CTL_STREAM_RUNNING;
}

// ---- until the end

// Lines leave at once; nobody there to read them any more is an end, too.
static void
flush(struct watch *watch)
{
    if (fflush(stdout) == 0)
        return;
    const bool quiet = errno == EPIPE || weir_stop_requested();
    if (!quiet)
        weir_log(WEIR_LOG_ERROR, "cannot write to stdout: %m");
    end(watch, quiet ? WEIR_EXIT_OK : WEIR_EXIT_FAILED);
}

static void
run(struct watch *watch)
{
    struct ctl_stream *stream = watch->stream;
    while (!watch->done && !weir_stop_requested()) {
        struct pollfd fds[2] = {
            {.fd = stream->link.fd, .events = POLLIN},
            {.fd = STDOUT_FILENO}, // a closed pipe is an error there
        };
        const int n = weir_stop_poll(fds, 2, ctl_stream_wait_ms(stream));
        if (n > 0 && (fds[1].revents & POLLERR))
            end(watch, WEIR_EXIT_OK);
        ctl_stream_turn(stream);
        flush(watch);
    }
}

// ---- words

static int
say_usage(const char *word)
{
    weir_log(WEIR_LOG_ERROR,
             "watch: %s: allowed are --rate HZ (1 to %d), --no-wait and up to "
             "%d PATTERNs",
             word, CTL_RATE_MAX_HZ, CTL_WISHES_MAX);
    return WEIR_EXIT_USAGE;
}

static bool
take_rate(struct watch *watch, const char *text)
{
    char *rest = NULL;
    const long rate_hz = text ? strtol(text, &rest, 10) : 0;
    watch->rate_hz = (int)rate_hz;
    return rate_hz >= 1 && rate_hz <= CTL_RATE_MAX_HZ && *rest == '\0';
}

static bool
take_pattern(struct watch *watch, const char *word)
{
    static struct weir_pattern pattern;
    if (word[0] == '-' || watch->n_wishes == CTL_WISHES_MAX ||
        weir_pattern_compile(word, &pattern) != WEIR_MATCH_OK)
        return false;
    watch->wishes[watch->n_wishes++].pattern = word;
    return true;
}

static int
take_words(struct watch *watch, int n_words, const char *const words[])
{
    for (int i = 0; i < n_words; i++) {
        const char *const word = words[i];
        if (strcmp(word, "--no-wait") == 0)
            watch->no_wait = true;
        else if (strcmp(word, "--rate") == 0 || strcmp(word, "-r") == 0) {
            i++;
            if (!take_rate(watch, i < n_words ? words[i] : NULL))
                return say_usage(word);
        } else if (!take_pattern(watch, word))
            return say_usage(word);
    }
    for (int i = 0; i < watch->n_wishes; i++)
        watch->wishes[i].rate_hz = watch->rate_hz;
    return watch->n_wishes > 0 ? WEIR_EXIT_OK : say_usage("no PATTERN");
}

int
ctl_watch(const struct ctl_wanted *wanted, int n_words,
          const char *const words[])
{
    static struct ctl_stream stream;
    struct watch watch = {.stream = &stream};
    const struct ctl_listener listener = {.owner = &watch,
                                          .value = print_value,
                                          .refused = say_refused,
                                          .changed = say_state};
    int status = take_words(&watch, n_words, words);
    if (status != WEIR_EXIT_OK)
        return status;
    weir_stop_install();
    status = ctl_stream_open(&stream, wanted, watch.wishes, watch.n_wishes,
                             &listener);
    if (status == WEIR_EXIT_OK) {
        run(&watch);
        status = watch.status;
    }
    if (status == WEIR_EXIT_NOBODY && !watch.was_there && watch.done)
        ctl_link_nobody(&stream.link);
    ctl_stream_close(&stream);
    ctl_seen_fini(&watch.seen);
    return status;
}
