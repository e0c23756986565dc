// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tree's inside, between its own files.
#ifndef WEIR_OSCCTL_TREE_PRIVATE_H
#define WEIR_OSCCTL_TREE_PRIVATE_H

#include "desk/desk.h"
#include "oscctl/match.h"
#include "oscctl/tree.h"
#include "oscctl/values.h"

#include <stdbool.h>

struct weir_args;
struct weir_call;
struct weir_memo;

/// What is done at a leaf.
typedef enum weir_fault_code weir_leaf_fn(struct weir_call *call);

/// One address.
struct weir_leaf {
    const char *name; // its last segment
    weir_leaf_fn *fn;
    bool is_command; // wildcards in the last segment do not reach it
    int index;       // which value
};

/// A leaf that was found, with what it belongs to.
struct weir_found {
    struct weir_leaf leaf;
    struct weir_desk_strip *strip;
    struct weir_desk_bus *bus;
    struct weir_desk_slot *slot;
    char reader[WEIR_ID_MAX + 1];
    char address[160];
};

/// One call of a handler.
struct weir_call {
    struct weir_tree *tree;
    struct weir_transaction *transaction;
    const struct weir_found *found;
    const char *types; // of the arguments
    lo_arg **args;
    int n_args;
    struct weir_fault *fault;
};

/// A walk over the tree.
struct weir_walk {
    struct weir_tree *tree;
    const struct weir_pattern *pattern;
    bool commands; // the last segment is literal
    // Null: all; else only what lies below this strip or bus, or is a send
    // to this bus.
    const struct weir_desk_object *only;
    struct weir_found at;
    size_t n_address;
    struct weir_found *found; // owned
    uint32_t n_found;
    uint32_t n_room;
    uint32_t most_found;    // 0: 65,536
    bool failed;            // memory is short, or there are more
    uint64_t barren;        // states from which no send was reached
    struct weir_memo *memo; // null: steps are not remembered
};

/// Step down to `name`; the states there, 0: nothing below or at it can
/// match.  Then weir_walk_up().
uint64_t weir_walk_down(struct weir_walk *walk, uint64_t states,
                        const char *name);
void weir_walk_up(struct weir_walk *walk, const char *name);

/// Visit leaves below `states`.
void weir_walk_leaves(struct weir_walk *walk, uint64_t states,
                      const struct weir_leaf *leaves, int n_leaves);

/// Walk below a branch of the root, or all of it ("").
typedef void weir_walk_fn(struct weir_walk *walk, uint64_t states);
void weir_walk_branch(struct weir_walk *walk, const char *branch,
                      weir_walk_fn *fn);

// The branches; each visits what lies below its name.
void weir_walk_root(struct weir_walk *walk, uint64_t states);
void weir_walk_patch(struct weir_walk *walk, uint64_t states);
void weir_walk_strips(struct weir_walk *walk, uint64_t states);
void weir_walk_buses(struct weir_walk *walk, uint64_t states);
void weir_walk_feed(struct weir_walk *walk, uint64_t states);
void weir_walk_readers(struct weir_walk *walk, uint64_t states);
void weir_walk_subscriptions(struct weir_walk *walk, uint64_t states);
void weir_walk_session(struct weir_walk *walk, uint64_t states);
void weir_walk_status(struct weir_walk *walk, uint64_t states);

/// Whether `leaf` is the end of an address below a strip (a bus, a reader),
/// so that it is the object that is missing.
bool weir_tree_strip_has(const char *rest);
bool weir_tree_feed_has(const char *rest);
bool weir_tree_bus_has(const char *rest);
bool weir_tree_reader_has(const char *rest);

/// Arguments as they are accepted: numbers as i f d h T F.  False: it is
/// none.
bool weir_call_number(const struct weir_call *call, int i, double *out);
const char *weir_call_string(const struct weir_call *call, int i);

/// Answers of handlers.  A query is answered with its value at once.
enum weir_fault_code weir_call_answer(struct weir_call *call,
                                      const struct weir_args *args);
struct weir_reply *weir_call_reply(struct weir_call *call);
enum weir_fault_code weir_call_too_much(struct weir_call *call);
enum weir_fault_code weir_call_wrong_arguments(struct weir_call *call,
                                               const char *wanted);
enum weir_fault_code weir_call_read_only(struct weir_call *call);

/// Answer with a list of `n` ids: whole, or a page of it from the number on
/// that is the call's one argument.
typedef const char *weir_list_fn(struct weir_call *call, uint32_t i);
enum weir_fault_code weir_call_list(struct weir_call *call, uint32_t n,
                                    weir_list_fn *id_at);

#endif
