// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Looking at what nobody tells of.
#include "oscctl/polled.h"

#include "desk/link.h"
#include "engine/command.h"
#include "engine/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weir_meter_question {
    struct weir_watched_leaf *leaf; // null: it has gone meanwhile
    struct weir_meter_report report;
};

void
weir_polled_init(struct weir_polled *p, struct weir_tree *tree,
                 struct weir_link *link, struct weir_watched *watched)
{
    *p = (struct weir_polled){.tree = tree, .link = link, .watched = watched};
}

void
weir_polled_fini(struct weir_polled *p)
{
    for (uint32_t i = 0; i < p->n_questions; i++)
        if (p->questions[i].leaf)
            p->questions[i].leaf->asked = NULL;
    free(p->questions);
}

// What the mixer is filling is freed when it is back.
void
weir_polled_forget(struct weir_polled *p)
{
    if (p->n_questions > 0)
        return;
    free(p->questions);
    p->questions = NULL;
    p->n_room = 0;
}

// ------------------------------------------------------------------- meters

// The last answer is there, and with it all others: the mixer obeys and
// answers in order.
static void
take_meters(void *owner, const struct weir_fault *fault)
{
    struct weir_polled *p = owner;
    struct weir_args args;
    (void)fault; // the mixer never refuses
    for (uint32_t i = 0; i < p->n_questions; i++) {
        struct weir_meter_question *q = &p->questions[i];
        if (!q->leaf)
            continue;
        weir_args_begin(&args);
        weir_show_meter(&q->report, &args);
        q->leaf->asked = NULL;
        weir_watched_update(p->watched, q->leaf, &args);
    }
    p->n_questions = 0;
    p->n_answered++;
    if (p->watched->n_leaves == 0)
        weir_polled_forget(p);
    if (p->metered)
        p->metered(p->owner);
}

static bool
make_room(struct weir_polled *p, uint32_t n)
{
    if (n <= p->n_room)
        return true;
    void *grown = realloc(p->questions, n * sizeof *p->questions);
    if (!grown)
        return false;
    p->questions = grown;
    p->n_room = n;
    return true;
}

static void
ask(struct weir_polled *p, struct weir_watched_leaf *leaf, bool is_last)
{
    struct weir_meter_question *q = &p->questions[p->n_questions++];
    const struct weir_shown *s = &leaf->shown;
    const struct weir_command command = {
        .kind = WEIR_COMMAND_METER,
        .strip = s->strip ? s->strip->mix : NULL,
        .bus = s->strip ? NULL : s->bus->mix,
        .report = &q->report,
    };
    q->leaf = leaf;
    leaf->asked = &q->leaf;
    (void)weir_link_add(p->link, &command,
                        is_last ? (struct weir_ticket){take_meters, p}
                                : (struct weir_ticket){0},
                        NULL);
}

// Packets go first: it is done only while they would be let in.
static bool
look_at_meters(struct weir_polled *p)
{
    const struct weir_watched_list *list =
        &p->watched->of_kind[WEIR_SHOWN_METER];
    const uint32_t n = list->n;
    if (n == 0)
        return true;
    if (p->n_questions > 0 ||
        weir_link_room(p->link) < WEIR_LINK_ROOM_FOR_PACKET + n ||
        !make_room(p, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        ask(p, list->leaves[i], i + 1 == n);
    p->n_asked++;
    weir_link_send(p->link);
    return true;
}

// ------------------------------------------------------------------- others

// Loudness, feeds: what they show now is there to be seen.
static void
look_at_all(struct weir_polled *p, enum weir_shown_kind kind)
{
    const struct weir_watched_list *list = &p->watched->of_kind[kind];
    struct weir_args args;
    for (uint32_t i = 0; i < list->n; i++) {
        weir_args_begin(&args);
        weir_show(&list->leaves[i]->shown, &args);
        weir_watched_update(p->watched, list->leaves[i], &args);
    }
}

static void
look_at_status(struct weir_polled *p)
{
    const struct weir_watched_list *list =
        &p->watched->of_kind[WEIR_SHOWN_STATUS];
    struct weir_status status = {0};
    struct weir_args args;
    if (list->n > 0)
        p->tree->status(p->tree->owner, &status);
    for (uint32_t i = 0; i < list->n; i++) {
        weir_args_begin(&args);
        weir_show_status(list->leaves[i]->shown.index, &status, &args);
        weir_watched_update(p->watched, list->leaves[i], &args);
    }
}

// ------------------------------------------------------------------ readers

static struct weir_known_reader *
find_reader(struct weir_polled *p, const char *id)
{
    for (uint32_t i = 0; i < WEIR_MAX_READERS; i++)
        if (p->readers[i].is_there && strcmp(p->readers[i].id, id) == 0)
            return &p->readers[i];
    return NULL;
}

const struct weir_known_reader *
weir_polled_reader(struct weir_polled *p, const char *id)
{
    return find_reader(p, id);
}

static void
get_facts(struct weir_polled *p, uint32_t i)
{
    struct weir_reader_facts facts;
    weir_reader_facts(weir_attach_reader(p->tree->attach, i), &facts);
    struct weir_known_reader *known = find_reader(p, facts.id);
    if (known)
        known->facts = facts;
}

static void
look_at_readers(struct weir_polled *p)
{
    const struct weir_watched_list *list =
        &p->watched->of_kind[WEIR_SHOWN_READER];
    struct weir_args args;
    for (uint32_t i = 0;
         list->n > 0 && i < weir_attach_n_readers(p->tree->attach); i++)
        get_facts(p, i);
    for (uint32_t i = 0; i < list->n; i++) {
        const struct weir_known_reader *known = list->leaves[i]->source;
        weir_args_begin(&args);
        weir_show_reader(list->leaves[i]->shown.index, &known->facts, &args);
        weir_watched_update(p->watched, list->leaves[i], &args);
    }
}

// Room there is: for as many as can be attached.
static struct weir_known_reader *
get_to_know(struct weir_polled *p, const char *id)
{
    struct weir_known_reader *r = p->readers;
    while (r->is_there)
        r++;
    *r = (struct weir_known_reader){.is_there = true, .was_seen = true};
    snprintf(r->id, sizeof r->id, "%s", id);
    return r;
}

static void
forget_unseen(struct weir_polled *p,
              void (*fn)(void *owner, const struct weir_known_reader *reader),
              void *owner)
{
    for (uint32_t i = 0; i < WEIR_MAX_READERS; i++) {
        struct weir_known_reader *r = &p->readers[i];
        if (!r->is_there || r->was_seen)
            continue;
        r->is_there = false;
        weir_watched_drop_source(p->watched, r);
        fn(owner, r);
    }
}

void
weir_polled_see_readers(struct weir_polled *p,
                        void (*fn)(void *owner,
                                   const struct weir_known_reader *reader),
                        void *owner)
{
    struct weir_attach *attach = p->tree->attach;
    const uint32_t n = weir_attach_n_readers(attach);
    struct weir_reader_facts facts;
    for (uint32_t i = 0; i < WEIR_MAX_READERS; i++)
        p->readers[i].was_seen = false;
    for (uint32_t i = 0; i < n; i++) {
        weir_reader_facts(weir_attach_reader(attach, i), &facts);
        struct weir_known_reader *known = find_reader(p, facts.id);
        if (known)
            known->was_seen = true;
    }
    forget_unseen(p, fn, owner);
    for (uint32_t i = 0; i < n; i++) {
        weir_reader_facts(weir_attach_reader(attach, i), &facts);
        if (!find_reader(p, facts.id))
            fn(owner, get_to_know(p, facts.id));
    }
    for (uint32_t i = 0; i < n; i++)
        get_facts(p, i);
}

bool
weir_polled_look(struct weir_polled *p, enum weir_shown_kind kind)
{
    switch (kind) {
    case WEIR_SHOWN_METER:
        return look_at_meters(p);
    case WEIR_SHOWN_LOUDNESS:
    case WEIR_SHOWN_FEED:
    case WEIR_SHOWN_PLUGIN:
        look_at_all(p, kind);
        return true;
    case WEIR_SHOWN_STATUS:
        look_at_status(p);
        return true;
    case WEIR_SHOWN_READER:
        look_at_readers(p);
        return true;
    default:
        return true;
    }
}
