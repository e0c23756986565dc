// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Values that the mixer sends by itself: subscriptions that last.  Leases are
// renewed; when the mixer goes this is noticed, and when it comes back, at
// whatever address, everything is subscribed anew.  Nothing here waits: who
// uses it polls the descriptor and calls ctl_stream_turn().
#ifndef WEIR_CTL_STREAM_H
#define WEIR_CTL_STREAM_H

#include "oscctl/ctl/find.h"
#include "oscctl/ctl/link.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CTL_WISHES_MAX = 64,
    CTL_RATE_MAX_HZ = 100,
};

/// What to subscribe to.
struct ctl_wish {
    const char *pattern;
    int rate_hz; ///< 0: 20
};

enum ctl_stream_state {
    CTL_STREAM_ASKING, ///< subscribed, without an answer yet
    CTL_STREAM_RUNNING,
    CTL_STREAM_GONE, ///< looking for it again and again
};

/// Who is told; all may be left out but `value`.
struct ctl_listener {
    void *owner;
    /// A value, or one of /created /removed /renamed.  Borrows both.
    void (*value)(void *owner, const char *address, lo_message message);
    /// A /reply to what ctl_stream_send() sent.
    void (*reply)(void *owner, lo_message message);
    /// An /error, to a subscription or to what ctl_stream_send() sent.
    void (*refused)(void *owner, const char *address, int code,
                    const char *text);
    /// A snapshot of a wish begins, or has come whole.
    void (*snapshot)(void *owner, int wish, bool begins);
    /// The state is another.
    void (*changed)(void *owner, enum ctl_stream_state state);
};

struct ctl_stream {
    const struct ctl_wanted *wanted;
    const struct ctl_wish *wishes;
    int n_wishes;
    struct ctl_listener listener;
    struct ctl_found found;
    struct ctl_link link;
    enum ctl_stream_state state;
    int64_t heard_ms;   ///< when something came last
    int64_t asked_ms;   ///< when something was sent that will be answered
    int64_t renewed_ms; ///< when all wishes were sent last
    float uptime_s;     ///< of the mixer; when it falls it is another one
    /// By wish: values since its snapshot began, or -1 outside of one.
    int32_t shown[CTL_WISHES_MAX];
};

/// Milliseconds of a clock that does not jump.  @any
int64_t ctl_now_ms(void);

/// Find the mixer and subscribe.  Returns an exit status; has said why when
/// it is not 0.  Borrows everything.  Close in any case.
int ctl_stream_open(struct ctl_stream *stream, const struct ctl_wanted *wanted,
                    const struct ctl_wish *wishes, int n_wishes,
                    const struct ctl_listener *listener);

/// Unsubscribe, if somebody is there.
void ctl_stream_close(struct ctl_stream *stream);

/// Take in what has come, do what is due.  Never waits.
void ctl_stream_turn(struct ctl_stream *stream);

/// Whether a snapshot is coming in, first or repeated: then values may be
/// what they were.
bool ctl_stream_shows(const struct ctl_stream *stream);

/// How long until it has something to do by itself.
int ctl_stream_wait_ms(const struct ctl_stream *stream);

/// Send a message (null: without arguments); nothing when nobody is there.
void ctl_stream_send(struct ctl_stream *stream, const char *address,
                     lo_message message);

#endif
