// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Switching the server into freewheel and back.
#include "jack/freewheel.h"

#include "common/log.h"
#include "jack/client.h"
#include "jack/freewheel_mark.h"
#include "jack/worker.h"

#include <jack/jack.h>
#include <jack/transport.h>
#include <stdlib.h>
#include <time.h>

struct weir_freewheel {
    struct weir_worker *worker;
    const struct weir_freewheel_mark *mark;
    struct weir_jack *jack; // null: no server
    // The worker's.
    unsigned n_wanting;
    const struct weir_jack *ours; // which we have switched on
    bool rolls;                   // we have started the transport
};

struct job {
    struct weir_freewheel *freewheel;
    struct weir_jack *jack; // open: it is closed by a later job
    struct weir_ticket done;
    enum weir_freewheel_switch to;
    bool failed;
};

enum { LOCATE_LOOKS = 1000, LOOK_NS = 1000000 };

struct weir_freewheel *
weir_freewheel_new(struct weir_worker *worker,
                   const struct weir_freewheel_mark *mark)
{
    struct weir_freewheel *f = calloc(1, sizeof *f);
    if (f)
        *f = (struct weir_freewheel){.worker = worker, .mark = mark};
    return f;
}

void
weir_freewheel_free(struct weir_freewheel *f)
{
    free(f);
}

void
weir_freewheel_use(struct weir_freewheel *f, struct weir_jack *jack)
{
    f->jack = jack;
}

// ------------------------------------------------------------------ @worker

// Stand still at 0: done by the next cycle, or the one after.
static void
rewind_transport(jack_client_t *client)
{
    const struct timespec look = {.tv_nsec = LOOK_NS};
    jack_position_t at;
    jack_transport_stop(client);
    jack_transport_locate(client, 0);
    for (int i = 0; i < LOCATE_LOOKS; i++) {
        if (jack_transport_query(client, &at) == JackTransportStopped &&
            at.frame == 0)
            return;
        nanosleep(&look, NULL);
    }
}

// JACK refuses to switch on what is on.
static bool
switch_on(struct weir_freewheel *f, struct weir_jack *jack)
{
    if (!jack)
        return false;
    if (weir_jack_facts(jack).freewheel)
        return true;
    weir_freewheel_mark_set(f->mark);
    if (jack_set_freewheel(weir_jack_client(jack), 1) != 0) {
        weir_freewheel_mark_clear(f->mark);
        return false;
    }
    f->ours = jack;
    return true;
}

static void
switch_off(struct weir_freewheel *f, struct weir_jack *jack)
{
    if (jack && f->rolls)
        jack_transport_stop(weir_jack_client(jack));
    f->rolls = false;
    if (jack && f->ours == jack) {
        jack_set_freewheel(weir_jack_client(jack), 0);
        weir_freewheel_mark_clear(f->mark);
    }
    f->ours = NULL;
}

// It begins with the first cycle of freewheel; with the next one if that is
// on already.
static void
prepare_transport(struct weir_freewheel *f, struct weir_jack *jack)
{
    rewind_transport(weir_jack_client(jack));
    f->rolls = true;
    if (weir_jack_facts(jack).freewheel)
        jack_transport_start(weir_jack_client(jack));
    else
        weir_jack_roll_with_freewheel(jack);
}

static void
run(void *owner)
{
    struct job *job = owner;
    struct weir_freewheel *f = job->freewheel;
    if (job->to != WEIR_FREEWHEEL_OFF) {
        f->n_wanting++;
        if (job->jack && job->to == WEIR_FREEWHEEL_ON_AND_ROLL)
            prepare_transport(f, job->jack);
        job->failed = !switch_on(f, job->jack);
    } else if (f->n_wanting > 0 && --f->n_wanting == 0) {
        switch_off(f, job->jack);
    }
}

// ----------------------------------------------------------------- @control

static void
finish(void *owner)
{
    struct job *job = owner;
    struct weir_fault fault;
    if (job->failed)
        weir_fault(&fault, WEIR_FAULT_FAILED, "%s",
                   job->jack ? "JACK does not switch to freewheel (weir -v "
                               "shows what it says)"
                             : "there is no JACK server now");
    weir_ticket_settle(job->done, job->failed ? &fault : NULL);
    free(job);
}

void
weir_freewheel_set(void *owner, enum weir_freewheel_switch to,
                   struct weir_ticket done)
{
    struct weir_freewheel *f = owner;
    struct weir_fault fault;
    struct job *job = calloc(1, sizeof *job);
    if (job) {
        *job = (struct job){
            .freewheel = f, .jack = f->jack, .done = done, .to = to};
        if (weir_worker_post(
                f->worker,
                (struct weir_job){.run = run, .done = finish, .owner = job}))
            return;
    }
    free(job);
    weir_fault(&fault, WEIR_FAULT_LIMIT, "too much is asked of JACK already");
    weir_ticket_settle(done, &fault);
}
