// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// @control's part in keeping all paths as late as the latest.
#include "desk/align.h"

#include "common/log.h"
#include "desk/link.h"
#include "engine/detour.h"

#include <stdlib.h>

// What is on its way to the mixer; then what that gave for it.
struct order {
    struct weir_desk_align *align;
    struct weir_lines lines;
    struct order *next;
};

struct weir_desk_align {
    struct weir_link *link;
    struct order *orders;
    uint32_t n_made; // lines ever
};

static void
free_order(struct order *o)
{
    weir_line_free(o->lines.dry);
    weir_line_free(o->lines.wet);
    free(o);
}

static void
taken(void *owner, const struct weir_fault *fault)
{
    struct order *o = owner;
    struct order **at = &o->align->orders;
    (void)fault; // the mixer never refuses
    while (*at != o)
        at = &(*at)->next;
    *at = o->next;
    free_order(o);
}

// All that was asked for, or nothing.
static void
make_lines(struct weir_desk_align *a, const struct weir_event *event,
           struct weir_lines *out)
{
    const uint32_t n_channels = event->detour->n_channels;
    const uint32_t n_frames = (uint32_t)event->number;
    const bool wants_wet = event->request != 0;
    *out = (struct weir_lines){0};
    out->dry = weir_line_new(n_channels, n_frames, a->n_made++);
    if (wants_wet)
        out->wet = weir_line_new(n_channels, n_frames, a->n_made++);
    if (out->dry && (out->wet || !wants_wet))
        return;
    weir_line_free(out->dry);
    weir_line_free(out->wet);
    *out = (struct weir_lines){0};
    weir_log(WEIR_LOG_ERROR,
             "no memory to hold sound back by %u frames: what passes plugins "
             "is later than the rest",
             n_frames);
}

static void
bring_lines(void *owner, const struct weir_event *event)
{
    struct weir_desk_align *a = owner;
    struct order *o = calloc(1, sizeof *o);
    if (!o)
        return; // they stay as late as they are
    o->align = a;
    make_lines(a, event, &o->lines);
    const struct weir_command command = {.kind = WEIR_COMMAND_LINES,
                                         .detour = event->detour,
                                         .lines = &o->lines};
    const struct weir_ticket ticket = {.fn = taken, .owner = o};
    if (!weir_link_send_one(a->link, &command, ticket)) {
        free_order(o);
        return;
    }
    o->next = a->orders;
    a->orders = o;
}

struct weir_desk_align *
weir_desk_align_new(struct weir_link *link)
{
    struct weir_desk_align *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->link = link;
    weir_link_on_lines(link, bring_lines, a);
    return a;
}

void
weir_desk_align_free(struct weir_desk_align *a)
{
    if (!a)
        return;
    weir_link_on_lines(a->link, NULL, NULL);
    while (a->orders) {
        struct order *o = a->orders;
        a->orders = o->next;
        free_order(o);
    }
    free(a);
}
