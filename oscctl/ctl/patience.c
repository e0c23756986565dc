// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The question beside: a /ping from a socket of its own, which is answered
// whatever an earlier packet of ours waits for.
#include "oscctl/ctl/patience.h"

#include "common/log.h"
#include "oscctl/ctl/stream.h"

#include <poll.h>
#include <string.h>

static const char ping[] = "/ping\0\0\0,\0\0";

static bool
comes_within(const struct ctl_link *link, int ms)
{
    struct pollfd wait = {.fd = link->fd, .events = POLLIN};
    return poll(&wait, 1, ms) > 0;
}

// Until something comes at the link, or until `until_ms`: whether the other
// one was answered, or it does not matter any more.
static bool
watch_both(const struct ctl_link *link, struct ctl_link *other,
           int64_t until_ms)
{
    struct pollfd wait[2] = {{.fd = link->fd, .events = POLLIN},
                             {.fd = other->fd, .events = POLLIN}};
    int64_t left_ms;
    while ((left_ms = until_ms - ctl_now_ms()) > 0) {
        if (poll(wait, 2, (int)left_ms) <= 0)
            continue;
        if (wait[0].revents)
            return true;
        const ssize_t n = ctl_link_take(other);
        if (n > 0)
            return true;
        if (n < 0)
            return false;
    }
    return false;
}

static bool
is_there(const struct ctl_link *link, int64_t until_ms)
{
    static struct ctl_link other;
    other.quiet = true;
    const bool answers =
        ctl_link_open(&other, link->url) == WEIR_EXIT_OK &&
        ctl_link_send(&other, ping, sizeof ping) == WEIR_EXIT_OK &&
        watch_both(link, &other, until_ms);
    ctl_link_close(&other);
    return answers;
}

void
ctl_patience_begin(struct ctl_patience *p, struct ctl_link *link)
{
    *p = (struct ctl_patience){.link = link,
                               .until_ms = ctl_now_ms() + CTL_LONGEST_MS};
}

static int
give_up(void)
{
    weir_log(WEIR_LOG_ERROR, "no answer within %d s, though the mixer is there",
             CTL_LONGEST_MS / 1000);
    return WEIR_EXIT_FAILED;
}

static void
say_it_takes_long(struct ctl_patience *p)
{
    if (!p->has_said)
        weir_log(WEIR_LOG_INFO, "the mixer is there, and still at it (some "
                                "plugins take seconds to start)");
    p->has_said = true;
}

int
ctl_patience_wait(struct ctl_patience *p)
{
    const int half_ms = p->link->patience_ms / 2;
    if (p->link->quiet)
        return comes_within(p->link, 2 * half_ms) ? WEIR_EXIT_OK
                                                  : WEIR_EXIT_NOBODY;
    while (!comes_within(p->link, half_ms)) {
        if (!is_there(p->link, ctl_now_ms() + half_ms))
            return ctl_link_nobody(p->link);
        if (ctl_now_ms() >= p->until_ms)
            return give_up();
        if (!comes_within(p->link, 0))
            say_it_takes_long(p);
    }
    return WEIR_EXIT_OK;
}
