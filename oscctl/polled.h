// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Values that nobody tells of when they change: meters, loudness, feeds,
// status, readers. They are looked at once for all who have subscribed to them.
// Everything here is @control's.
#ifndef WEIR_OSCCTL_POLLED_H
#define WEIR_OSCCTL_POLLED_H

#include "attach/server.h"
#include "oscctl/watched.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_link;

/// A reader that has been seen; values are watched by its place here.
struct weir_known_reader {
    bool is_there;
    bool was_seen; // in the last look around
    char id[WEIR_ID_MAX + 1];
    struct weir_reader_facts facts;
};

struct weir_polled {
    struct weir_tree *tree;
    struct weir_link *link;
    struct weir_watched *watched;
    void (*metered)(void *owner); // meters have been read
    void *owner;
    // Meters: one round of questions at a time.
    struct weir_meter_question *questions;
    uint32_t n_questions; // of the round under way; 0: none is
    uint32_t n_room;
    uint64_t n_asked;    // rounds that were begun
    uint64_t n_answered; // and ended
    struct weir_known_reader readers[WEIR_MAX_READERS];
};

/// Borrows all of these.
void weir_polled_init(struct weir_polled *polled, struct weir_tree *tree,
                      struct weir_link *link, struct weir_watched *watched);

/// Nothing is watched any more: keep no memory.
void weir_polled_forget(struct weir_polled *polled);

/// The mixer must have ended.
void weir_polled_fini(struct weir_polled *polled);

/// Look at the values of a kind; meters are known when the mixer has
/// answered, all in one group.  False when that is not possible now: a round
/// is under way, or there is much else.
bool weir_polled_look(struct weir_polled *polled, enum weir_shown_kind kind);

/// See which readers have come and gone since the last time; `fn` is told of
/// each, those that have gone first.
void weir_polled_see_readers(struct weir_polled *polled,
                             void (*fn)(void *owner,
                                        const struct weir_known_reader *reader),
                             void *owner);

/// The place of a reader that is there; null: there is none.
const struct weir_known_reader *weir_polled_reader(struct weir_polled *polled,
                                                   const char *id);

#endif
