// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The values that somebody has subscribed to: what each showed last, encoded
// once for all, in the order in which they last changed. Who sends changes
// goes along that order from where it was; a value that changes again moves
// to the end, so that nobody ever gets behind by more than each value once.
// Everything here is @control's.
#ifndef WEIR_OSCCTL_WATCHED_H
#define WEIR_OSCCTL_WATCHED_H

#include "oscctl/encoded.h"
#include "oscctl/shown.h"

#include <stdbool.h>
#include <stdint.h>

enum { WEIR_MAX_PATTERNS = 256 };

/// A set of patterns, each by its number.
struct weir_patterns {
    uint64_t bits[WEIR_MAX_PATTERNS / 64];
};

static inline bool
weir_patterns_has(const struct weir_patterns *p, uint32_t i)
{
    return p->bits[i / 64] >> (i % 64) & 1;
}

static inline void
weir_patterns_set(struct weir_patterns *p, uint32_t i, bool on)
{
    const uint64_t bit = UINT64_C(1) << (i % 64);
    p->bits[i / 64] = on ? p->bits[i / 64] | bit : p->bits[i / 64] & ~bit;
}

/// One value.
struct weir_watched_leaf {
    struct weir_shown shown;
    enum weir_shown_kind kind;
    bool noted;
    uint32_t place;                    // among those of its kind
    uint64_t changed;                  // when it last did; 0: not known yet
    struct weir_watched_leaf *earlier; // by `changed`; not linked while 0
    struct weir_watched_leaf *later;
    const void *source; // whose change is this leaf's, too
    struct weir_watched_leaf *next_in_bucket;
    struct weir_encoded *value;
    struct weir_patterns patterns; // that match it
    // Where a question that is under way knows it by; null: none is.  Made
    // null there when it goes.
    struct weir_watched_leaf **asked;
};

struct weir_watched_list {
    struct weir_watched_leaf **leaves;
    uint32_t n;
    uint32_t n_room;
};

struct weir_watched {
    uint64_t now;                     // counts changes
    struct weir_watched_leaf *oldest; // of those that have shown something
    struct weir_watched_leaf *newest;
    struct weir_watched_list of_kind[WEIR_SHOWN_KINDS];
    struct weir_watched_list noted;
    /// Patterns with a change that may not have been sent; who has looked at
    /// all of them takes its number out.
    struct weir_patterns stirred;
    struct weir_watched_leaf **buckets;
    uint32_t n_buckets; // a power of two
    uint32_t n_leaves;
};

/// False when memory is short.
bool weir_watched_init(struct weir_watched *watched);
void weir_watched_fini(struct weir_watched *watched);

/// Nothing is watched any more: keep no more memory than at the beginning.
void weir_watched_forget(struct weir_watched *watched);

/// A pattern matches a value, which is watched from now on; what the desk
/// knows of it shows at once.  `source`: the reader it belongs to, or null.
/// Null when memory is short, or it is no value.
struct weir_watched_leaf *weir_watched_add(struct weir_watched *watched,
                                           uint32_t pattern,
                                           const struct weir_found *found,
                                           const void *source);

/// Patterns have gone, and the values that no other one matches with them.
void weir_watched_drop_patterns(struct weir_watched *watched,
                                const struct weir_patterns *gone);

/// A strip or bus has gone, and all values that have to do with it.
void weir_watched_drop_object(struct weir_watched *watched,
                              const struct weir_desk_object *object);

/// A plugin has gone, and all its values.
void weir_watched_drop_slot(struct weir_watched *watched,
                            const struct weir_desk_slot *slot);

/// The values of a source have gone.
void weir_watched_drop_source(struct weir_watched *watched, const void *source);

/// What is at `source` has changed: weir_watched_look() will look.
void weir_watched_note(struct weir_watched *watched, const void *source);
void weir_watched_look(struct weir_watched *watched);

/// A leaf shows this now; nothing happens if it did so before.
void weir_watched_update(struct weir_watched *watched,
                         struct weir_watched_leaf *leaf,
                         const struct weir_args *args);

#endif
