// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A load's part about chains of plugins: what is in one already goes on
// playing, and only what differs is set. A slot stays that has its id, its
// plugin, and no property that the file does not name (properties have no
// defaults).
#ifndef WEIR_SESSION_PLAN_CHAIN_H
#define WEIR_SESSION_PLAN_CHAIN_H

#include "session/plan.h"

enum { WEIR_CHAIN_SLOTS = 16 };

struct weir_chain_slot {
    char id[WEIR_ID_MAX + 1];
    char *uri;
    bool stays;
    bool gets_state; ///< the file loads one into it
};

/// A line that a dump of the chain has, and which slot it is about.
struct weir_chain_line {
    char *text;
    char *address;
    int slot;
};

/// A strip's or bus's chain as it is, beside what the file says of it.
struct weir_chain {
    bool is_bus;
    char id[WEIR_ID_MAX + 1];
    bool is_plain;  ///< known whole; and the file adds to it and sets it alone
    bool gets_more; ///< the file may add to it
    struct weir_chain_slot slots[WEIR_CHAIN_SLOTS];
    int n_slots;
    struct weir_chain_line *lines; ///< by their texts
    size_t n_lines;
    struct weir_chain_slot adds[WEIR_CHAIN_SLOTS]; ///< the file's; uri borrowed
    int n_adds;
    int n_stay;
    const char *order[2 * WEIR_CHAIN_SLOTS]; ///< as planned so far: ids
    int n_order;
    int place; ///< of the file's next add
};

struct weir_chains {
    struct weir_chain *list;
    size_t n;
    size_t last_found;
    bool failed; ///< memory was short
};

/// Begin with those strips and buses that have plugins and stay.
void weir_chains_add(struct weir_chains *chains, bool is_bus,
                     const struct weir_listed *object);

/// Find out what stays.  Once, when all have been added.
void weir_chains_compare(struct weir_chains *chains,
                         const struct weir_script *script);

/// The one of that strip or bus, or null.
struct weir_chain *weir_chains_find(struct weir_chains *chains, bool is_bus,
                                    const char *id);

/// Whether something of it goes whose place or id may be needed again.
bool weir_chain_is_in_the_way(const struct weir_chain *chain);

/// Take away what does not stay.
void weir_chain_plan_removes(struct weir_plan *plan,
                             const struct weir_chain *chain);

/// Put to its default what is not at it and what the file does not set.
void weir_chain_plan_defaults(struct weir_plan *plan,
                              const struct weir_chain *chain,
                              const struct weir_script *script);

/// Plan a line of the file, if it is about such a chain; else false.
bool weir_chains_plan_line(struct weir_plan *plan, struct weir_chains *chains,
                           const struct weir_script_line *line);

void weir_chains_fini(struct weir_chains *chains);

/// One more step of a plan (plan.c).  Takes `message`.
void weir_plan_add_step(struct weir_plan *plan, int line, const char *address,
                        lo_message message);

#endif
