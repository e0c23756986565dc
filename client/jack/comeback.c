// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// From a server that is gone to the next one. close_old() and open_fresh()
// are the worker's, the rest is @control's.
//
// libjack holds one lock while it opens and while it closes a client: while a
// close hangs no client can be opened, by no thread of this process. So both
// are the one worker's, one after the other. A close hangs where a server
// hangs, and comes back when that goes on or is killed.
#include "jack/comeback.h"

#include "common/log.h"
#include "common/loop.h"
#include "jack/dummy.h"
#include "jack/knock.h"
#include "jack/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 20,
    LOOKS_CLOSE = 6,   // before the old client is closed
    LOOKS_BLIND = 50,  // so seldom libjack is asked without an answer
    LOOKS_DUMMY = 50,  // so seldom a server of weir's own is started
    LOOKS_HANGS = 100, // a close that takes longer is told of
};

struct weir_comeback {
    struct weir_comeback_config config;
    struct weir_timer timer;
    struct weir_jack *old; // with the worker, to be closed; null: it is
    bool closing;          // it is
    bool opening;          // the worker looks
    bool ended;
    uint32_t n_looks;
    uint32_t dummy_at; // the look at which one may be started
    // The worker's word, while `opening`.
    struct weir_jack *fresh;
    enum weir_jack_result result;
};

// ---------------------------------------------------------------- the worker

static void
close_old(void *owner)
{
    struct weir_comeback *c = owner;
    weir_jack_close(c->old);
}

static void
open_fresh(void *owner)
{
    struct weir_comeback *c = owner;
    c->result = weir_jack_open(&c->config.jack, &c->fresh);
}

// ------------------------------------------------------------------ @control

static void
closed(void *owner)
{
    struct weir_comeback *c = owner;
    c->old = NULL;
}

static void
opened(void *owner)
{
    struct weir_comeback *c = owner;
    c->opening = false;
    if (c->result != WEIR_JACK_OK || c->ended)
        return; // again at the next look; weir_comeback_free() has a late one
    struct weir_jack *fresh = c->fresh;
    c->fresh = NULL;
    weir_timer_set(&c->timer, 0, 0);
    c->config.opened(c->config.owner, fresh);
}

// A server of weir's own that has died is started again.
static void
look_after_dummy(struct weir_comeback *c)
{
    struct weir_dummy *d = c->config.dummy;
    if (!d || !weir_dummy_has_died(d) || c->n_looks < c->dummy_at)
        return;
    c->dummy_at = c->n_looks + LOOKS_DUMMY;
    weir_dummy_stop(d); // its remains
    weir_log(WEIR_LOG_INFO, "starting jackd -d dummy -r %u -p %u again",
             c->config.dummy_rate_hz, c->config.dummy_block_frames);
    if (!weir_dummy_start(d))
        weir_log(WEIR_LOG_ERROR, "jackd was not started: %s", strerror(errno));
}

static void
look(void *owner)
{
    struct weir_comeback *c = owner;
    const char *server = weir_jack_server_name(c->config.jack.server);
    c->n_looks++;
    // libjack's notification thread is still busy with what the server said
    // last: a close cancels it, and where it held libjack's lock of clients
    // that come and go, that close and any later call would wait for ever.
    if (c->old && !c->closing && c->n_looks >= LOOKS_CLOSE)
        c->closing = weir_worker_post(c->config.worker,
                                      (struct weir_job){close_old, closed, c});
    if (c->n_looks == LOOKS_HANGS && c->old)
        weir_log(WEIR_LOG_INFO, "JACK does not let go of the old client: "
                                "waiting for that");
    look_after_dummy(c);
    if (c->old || c->opening ||
        (!weir_knock(server) && c->n_looks % LOOKS_BLIND != 0))
        return;
    c->opening = weir_worker_post(c->config.worker,
                                  (struct weir_job){open_fresh, opened, c});
}

void
weir_comeback_begin(struct weir_comeback *c, struct weir_jack *old)
{
    c->ended = false;
    c->n_looks = 0;
    c->dummy_at = 0;
    c->old = old;
    c->closing = false;
    weir_timer_set(&c->timer, LOOK_MS, LOOK_MS);
}

void
weir_comeback_end(struct weir_comeback *c)
{
    if (!c)
        return;
    c->ended = true;
    weir_timer_set(&c->timer, 0, 0);
}

struct weir_comeback *
weir_comeback_new(const struct weir_comeback_config *config)
{
    struct weir_comeback *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->config = *config;
    if (weir_timer_open(config->loop, &c->timer, look, c))
        return c;
    free(c);
    return NULL;
}

void
weir_comeback_free(struct weir_comeback *c)
{
    if (!c)
        return;
    weir_timer_close(c->config.loop, &c->timer);
    if (c->fresh) // opened while weir was ending: closed with the process
        weir_jack_free(c->fresh);
    free(c);
}
