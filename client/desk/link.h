// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// @control's end of the command and event queues: commands are collected
// into a group, sent as one, and each is settled when its event is back.
#ifndef WEIR_DESK_LINK_H
#define WEIR_DESK_LINK_H

#include "desk/fault.h"
#include "engine/command.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_engine;
struct weir_link;

/// Below so much room packets and bundles wait: what one of them may take.
enum { WEIR_LINK_ROOM_FOR_PACKET = 4096 };

typedef void weir_link_table_fn(void *owner, uint64_t number);
typedef void weir_link_lines_fn(void *owner, const struct weir_event *event);
typedef void weir_link_effect_fn(void *owner, const void *subject);

/// Make the link to an engine.  Null when memory is short.  @control
/// Borrows `engine`.  Free with weir_link_free().
struct weir_link *weir_link_new(struct weir_engine *engine);
void weir_link_free(struct weir_link *link);

/// Who hears of the port tables that have come through.  @control
void weir_link_on_table(struct weir_link *link, weir_link_table_fn *fn,
                        void *owner);

/// Who brings the lines that the mixer asks for; null: nobody.  @control
void weir_link_on_lines(struct weir_link *link, weir_link_lines_fn *fn,
                        void *owner);

/// Who hears of commands that have taken effect, by what they are about;
/// null: nobody.  Tickets are settled after that.  @control
void weir_link_on_effect(struct weir_link *link, weir_link_effect_fn *fn,
                         void *owner);

/// How many more commands can be under way.  @control
uint32_t weir_link_room(const struct weir_link *link);

/// Add a command to the group; false when there is no room.  `ticket` is
/// settled when it has taken effect; until then the link knows what it is
/// about (`subject`, null: nothing).  @control
bool weir_link_add(struct weir_link *link, const struct weir_command *command,
                   struct weir_ticket ticket, const void *subject);

/// Send the group and wake the mixer.  @control
void weir_link_send(struct weir_link *link);

/// The group is to take effect at a time of CLOCK_MONOTONIC.  @control
void weir_link_set_time(struct weir_link *link, uint64_t at_ns);

/// Nobody hears of the group's single commands, nor are they about anything;
/// `ticket` is settled when all of them have taken effect.  False when there
/// is no room.  @control
bool weir_link_join(struct weir_link *link, struct weir_ticket ticket);

/// The group has taken effect already, by other commands: settle its tickets,
/// send nothing.  @control
void weir_link_settle(struct weir_link *link);

/// Whether a command about `subject` was sent and has not taken effect yet.
/// @control  Steps: how many there can be.
bool weir_link_is_about(const struct weir_link *link, const void *subject);

/// Forget the group; its tickets are not settled.  @control
void weir_link_forget(struct weir_link *link);

/// One command that does not wait for a group.  @control
bool weir_link_send_one(struct weir_link *link,
                        const struct weir_command *command,
                        struct weir_ticket ticket);

/// Take the events that are there and settle their tickets.  @control
void weir_link_dispatch(struct weir_link *link);

#endif
