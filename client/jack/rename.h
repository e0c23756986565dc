// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Renames on their way to JACK. Everything here is @control's.
#ifndef WEIR_JACK_RENAME_H
#define WEIR_JACK_RENAME_H

#include "desk/fault.h"

#include <jack/types.h>

struct weir_loop;
struct weir_port_group;
struct weir_renames;
struct weir_worker;

/// Null when memory is short.  Borrows everything.
struct weir_renames *weir_renames_new(jack_client_t *client,
                                      struct weir_worker *worker,
                                      struct weir_loop *loop);
void weir_renames_free(struct weir_renames *renames);

/// Have JACK show a group's ports, which are registered, under the group's
/// name.  The ticket is settled when it does, but within half a second: JACK
/// may stand still, and weir has the name already.  While one rename of a
/// group is with the worker, no more than its last one waits.
void weir_renames_ask(struct weir_renames *renames,
                      struct weir_port_group *group, struct weir_ticket ticket);

/// What JACK has refused to show (group->unlabelled) is asked again in whole
/// with the next rename: this is one to the name that it has.  Without, where
/// nothing is to be asked.
void weir_renames_retry(struct weir_renames *renames,
                        struct weir_port_group *group);

/// The group goes: nothing here looks at it any more.
void weir_renames_forget(struct weir_port_group *group);

/// JACK is lost: settle what waits.
void weir_renames_give_up(struct weir_renames *renames);

/// There is another client, and no rename with the worker any more.
void weir_renames_attach(struct weir_renames *renames, jack_client_t *client);

#endif
