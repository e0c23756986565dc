// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What values show: one place for queries and for subscriptions. Each
// function stands in the file of its branch. Everything here is @control's.
#ifndef WEIR_OSCCTL_SHOWN_H
#define WEIR_OSCCTL_SHOWN_H

#include "oscctl/args.h"
#include "oscctl/tree_private.h"

struct weir_feed_facts;
struct weir_meter_report;
struct weir_reader_facts;
struct weir_status;

/// Where a value comes from, and so how it is known that it has changed.
enum weir_shown_kind {
    WEIR_SHOWN_SET,      ///< the desk: whoever sets it is known
    WEIR_SHOWN_METER,    ///< the mixer, when asked
    WEIR_SHOWN_LOUDNESS, ///< the observer
    WEIR_SHOWN_STATUS,
    WEIR_SHOWN_READER,
    WEIR_SHOWN_FEED,   ///< what the mixer counts: it need not be asked
    WEIR_SHOWN_PLUGIN, ///< what a plugin shows: the same
    WEIR_SHOWN_KINDS,
    WEIR_SHOWN_NOTHING = WEIR_SHOWN_KINDS, ///< it is no value
};

/// A value, as a leaf has it.
struct weir_shown {
    weir_leaf_fn *fn;
    int index;
    struct weir_desk_strip *strip;
    struct weir_desk_bus *bus;
    struct weir_desk_slot *slot;
};

/// The value of a leaf that was found.
struct weir_shown weir_shown(const struct weir_found *found);
enum weir_shown_kind weir_shown_kind(const struct weir_shown *shown);

/// Add what a value of the desk, of a feed or of the observer shows.
void weir_show(const struct weir_shown *shown, struct weir_args *args);

/// What the values of the other kinds show; `index` is their leaf's.
void weir_show_meter(const struct weir_meter_report *report,
                     struct weir_args *args);
void weir_show_status(int index, const struct weir_status *status,
                      struct weir_args *args);
void weir_show_reader(int index, const struct weir_reader_facts *facts,
                      struct weir_args *args);

void weir_show_feed(int index, const struct weir_feed_facts *facts,
                    struct weir_args *args);

/// A number as its row in the tables says.
void weir_show_number(const struct weir_value *row, float number,
                      struct weir_args *args);

#endif
