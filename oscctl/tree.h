// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The address tree: from a message to what it asks. A walk over the tree
// collects the leaves that an address or pattern names, each at most once;
// then each leaf's handler is called. Everything here is @control's.
#ifndef WEIR_OSCCTL_TREE_H
#define WEIR_OSCCTL_TREE_H

#include "desk/fault.h"
#include "oscctl/status.h"
#include "oscctl/transaction.h"

#include <lo/lo.h>

struct weir_attach;
struct weir_desk;
struct weir_loudness;
struct weir_parking;
struct weir_patchbay;
struct weir_schedule;
struct weir_sessions;
struct weir_subscriptions;

/// What the tree stands on.
struct weir_tree {
    const char *name; // of the instance
    struct weir_desk *desk;
    struct weir_attach *attach;
    struct weir_loudness *loudness;
    struct weir_schedule *schedule;
    struct weir_subscriptions *subscriptions;
    struct weir_parking *parking;   // null: no plugins
    struct weir_patchbay *patchbay; // null: there is none
    struct weir_sessions *sessions; // null: there are none
    void (*status)(void *owner, struct weir_status *out);
    void (*quit)(void *owner);
    void *owner;
};

/// Carry out one message of a transaction: its answers are added to `t`, its
/// changes to the desk's transaction.  `args` may be null: none.  Returns
/// what is wrong with it; nothing of the packet may be done then.
enum weir_fault_code weir_tree_call(struct weir_tree *tree,
                                    struct weir_transaction *t,
                                    const char *address, lo_message args,
                                    struct weir_fault *fault);

#endif
