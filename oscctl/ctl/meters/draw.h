// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the parts of the view draw with, on ncurses' stdscr.
#ifndef WEIR_CTL_METERS_DRAW_H
#define WEIR_CTL_METERS_DRAW_H

#include "oscctl/ctl/meters/view.h"

/// Write UTF-8 text into `width` columns, the rest blank.
void ctl_draw_text(const struct ctl_view *view, int y, int x, int width,
                   const char *utf8);

/// Append to a line what still fits, after two blanks; `*x` moves on.
__attribute__((format(printf, 4, 5))) void
ctl_draw_piece(const struct ctl_view *view, int y, int *x, const char *format,
               ...);

/// Attributes on and off: a colour where there are some, bold besides.
void ctl_draw_on(const struct ctl_view *view, enum ctl_colour colour);
void ctl_draw_off(const struct ctl_view *view, enum ctl_colour colour);

/// A line of a strip or a bus: of channel `channel`, or (-1) of all.
void ctl_draw_strip(const struct ctl_view *view, int y,
                    const struct ctl_strip *strip, int channel, int64_t now_ms);

/// What the lines' columns are, and the bars' scale.
void ctl_draw_scale(const struct ctl_view *view, int y);

/// Readers, with their heading.
void ctl_draw_readers(const struct ctl_view *view,
                      const struct ctl_meters *meters);

/// The first line: which mixer, how it does.
void ctl_draw_head(const struct ctl_view *view,
                   const struct ctl_meters *meters);

/// The last line: what was said, or the keys.
void ctl_draw_foot(const struct ctl_view *view, int64_t now_ms);

/// All keys, in place of the strips.
void ctl_draw_help(const struct ctl_view *view);

#endif
