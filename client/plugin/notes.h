// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What plugins say through the log extension, from any thread, on its way to
// weir's log.
#ifndef WEIR_PLUGIN_NOTES_H
#define WEIR_PLUGIN_NOTES_H

#include "plugin/world.h"

#include <lv2/log/log.h>

struct weir_notes;

/// Make a place for notes.  Null when memory is short.
/// @control  Borrows `known`.  Free with weir_notes_free().
struct weir_notes *weir_notes_new(const struct weir_known_urids *known);
void weir_notes_free(struct weir_notes *notes);

/// The feature's data, for plugins.  What does not fit is dropped and counted.
LV2_Log_Log *weir_notes_feature(struct weir_notes *notes);

/// Write what has come to the log, each line behind `who`.  @control
void weir_notes_log(struct weir_notes *notes, const char *who);

#endif
