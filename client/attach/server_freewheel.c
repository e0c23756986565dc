// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a reader may ask for about freewheel: that the mixer waits for it
// there, and that the server is switched into it. Both end with its
// connection at the latest.
#include "attach/server_private.h"

#include "common/log.h"
#include "desk/hold.h"
#include "desk/source.h"
#include "engine/hold.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/// What the mixer has of a reader. Its mapping of the page is its own: both
/// may outlive the connection until the mixer has let go.
struct weir_holding {
    struct weir_hold hold;
    struct weir_reader_page *page;
};

/// An answer that waits for JACK; the reader may be gone before.
struct weir_wish {
    struct weir_reader_connection *reader; // null: gone, or changed its mind
    int32_t request;
    bool on;
};

// ----------------------------------------------------------------- answering

static void
answer(const struct weir_reader_connection *r, int32_t request,
       const char *failure)
{
    struct weir_wire_out message;
    weir_wire_begin(&message, failure ? "/failed" : "/done");
    weir_wire_int(&message, request);
    if (failure)
        weir_wire_string(&message, failure);
    weir_attach_send(r->watch.fd, &message, NULL, 0);
}

// ------------------------------------------------------------------- holding

static void
free_holding(void *owner, const struct weir_fault *fault)
{
    struct weir_holding *h = owner;
    (void)fault;
    munmap(h->page, WEIR_READER_PAGE_BYTES);
    free(h);
}

static uint64_t
shortest(const struct weir_reader_connection *r)
{
    uint64_t n = UINT64_MAX;
    for (uint32_t i = 0; i < r->n_sources; i++)
        n = weir_min_u64(n, r->sources[i]->tap.ring.capacity);
    return n;
}

static struct weir_holding *
new_holding(const struct weir_reader_connection *r)
{
    struct weir_holding *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->page = mmap(NULL, WEIR_READER_PAGE_BYTES, PROT_READ,
                   MAP_SHARED | MAP_POPULATE, r->page_fd, 0);
    if (h->page == MAP_FAILED) {
        free(h);
        return NULL;
    }
    h->hold = (struct weir_hold){
        .position = &h->page->position,
        .wake = &h->page->wake,
        .capacity = shortest(r),
    };
    return h;
}

static bool
hold(struct weir_reader_connection *r, struct weir_fault *fault)
{
    if (r->holding)
        return true;
    struct weir_holding *h = new_holding(r);
    if (!h) {
        weir_fault(fault, WEIR_FAULT_LIMIT, "no memory: %s", strerror(errno));
        return false;
    }
    if (!weir_desk_hold(r->attach->desk, &h->hold, (struct weir_ticket){0},
                        fault)) {
        free_holding(h, NULL);
        return false;
    }
    r->holding = h;
    return true;
}

static void
let_go(struct weir_reader_connection *r)
{
    if (!r->holding)
        return;
    weir_desk_let_go(
        r->attach->desk, &r->holding->hold,
        (struct weir_ticket){.fn = free_holding, .owner = r->holding});
    r->holding = NULL;
}

// ----------------------------------------------------------------- switching

static void
switch_back(struct weir_reader_connection *r)
{
    const struct weir_attach *a = r->attach;
    if (r->wish)
        r->wish->reader = NULL; // freed when JACK has answered
    r->wish = NULL;
    if (r->switches)
        a->set_freewheel(a->freewheel_owner, WEIR_FREEWHEEL_OFF,
                         (struct weir_ticket){0});
    r->switches = false;
}

// What JACK ran without weir is silence in the mix: who wanted all of it hears
// of that when it is over.
static void
answer_switch(struct weir_reader_connection *r, const struct weir_wish *wish)
{
    const uint64_t n_silent = weir_desk_frames_silent(r->attach->desk);
    char text[128];
    if (wish->on)
        r->silent_before = n_silent;
    snprintf(text, sizeof text,
             "JACK ran cycles without weir: %llu frames are silence",
             (unsigned long long)(n_silent - r->silent_before));
    answer(r, wish->request, n_silent > r->silent_before ? text : NULL);
}

static void
switched(void *owner, const struct weir_fault *fault)
{
    struct weir_wish *wish = owner;
    struct weir_reader_connection *r = wish->reader;
    if (r) {
        r->wish = NULL;
        if (fault)
            answer(r, wish->request, fault->text);
        else
            answer_switch(r, wish);
        if (fault)
            weir_reader_end_freewheel(r); // who is refused has neither
    }
    free(wish);
}

// JACK's answer is the reader's.
static void
ask_to_switch(struct weir_reader_connection *r, int32_t request,
              enum weir_freewheel_switch to)
{
    const bool on = to != WEIR_FREEWHEEL_OFF;
    const struct weir_attach *a = r->attach;
    struct weir_wish *wish = calloc(1, sizeof *wish);
    if (!wish) {
        answer(r, request, "out of memory");
        return;
    }
    *wish = (struct weir_wish){.reader = r, .request = request, .on = on};
    r->wish = wish;
    r->switches = on;
    if (on)
        weir_log(WEIR_LOG_INFO, "reader %s asks for freewheel", r->id);
    a->set_freewheel(a->freewheel_owner, to,
                     (struct weir_ticket){.fn = switched, .owner = wish});
}

// -------------------------------------------------------------------- asking

void
weir_reader_hear_freewheel(struct weir_reader_connection *r,
                           const struct weir_wire *message)
{
    struct weir_fault fault;
    int32_t request;
    int32_t mode;
    weir_wire_get_int(message, 0, &request);
    weir_wire_get_int(message, 1, &mode);
    if (mode < WEIR_FREEWHEEL_NONE || mode > WEIR_FREEWHEEL_ROLL)
        answer(r, request, "there is no such mode");
    else if (mode >= WEIR_FREEWHEEL_SWITCH && !r->attach->set_freewheel)
        answer(r, request, "this weir has no server to switch");
    else if (!r->served || r->wish)
        answer(r, request, "the last request is not answered yet");
    else if (mode != WEIR_FREEWHEEL_NONE && !hold(r, &fault))
        answer(r, request, fault.text);
    else {
        if (mode == WEIR_FREEWHEEL_NONE)
            let_go(r);
        const enum weir_freewheel_switch to =
            mode == WEIR_FREEWHEEL_ROLL     ? WEIR_FREEWHEEL_ON_AND_ROLL
            : mode == WEIR_FREEWHEEL_SWITCH ? WEIR_FREEWHEEL_ON
                                            : WEIR_FREEWHEEL_OFF;
        if (r->switches == (to != WEIR_FREEWHEEL_OFF))
            answer(r, request, NULL);
        else
            ask_to_switch(r, request, to);
    }
}

void
weir_reader_end_freewheel(struct weir_reader_connection *r)
{
    switch_back(r);
    let_go(r);
}

void
weir_reader_check_patience(struct weir_reader_connection *r)
{
    static const char why[] = "it read too slowly to be waited for";
    struct weir_wire_out message;
    // relaxed: a flag that hands over nothing.
    if (!r->holding ||
        !atomic_load_explicit(&r->holding->hold.given_up, memory_order_relaxed))
        return;
    weir_log(WEIR_LOG_ERROR, "reader %s: %s in freewheel%s", r->id, why,
             r->switches ? ", which ends" : "");
    weir_reader_end_freewheel(r);
    weir_wire_begin(&message, "/released");
    weir_wire_string(&message, why);
    weir_attach_send(r->watch.fd, &message, NULL, 0);
}

void
weir_attach_on_freewheel(struct weir_attach *a,
                         weir_attach_set_freewheel *set_freewheel, void *owner)
{
    a->set_freewheel = set_freewheel;
    a->freewheel_owner = owner;
}

void
weir_attach_end_freewheel(struct weir_attach *a)
{
    for (uint32_t i = 0; a && i < a->n_readers; i++)
        weir_reader_end_freewheel(a->readers[i]);
}
