// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// @control's part in keeping all paths as late as the latest: the memory in
// which the mixer holds back what is early (engine/align.h).
#ifndef WEIR_DESK_ALIGN_H
#define WEIR_DESK_ALIGN_H

struct weir_desk_align;
struct weir_link;

/// Make what the mixer asks for from here on, and free what it gives back.
/// Null when memory is short.  Borrows `link`.  @control
struct weir_desk_align *weir_desk_align_new(struct weir_link *link);

/// The mixer has ended; null is allowed.
void weir_desk_align_free(struct weir_desk_align *align);

#endif
