// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The model on the screen.
#ifndef WEIR_CTL_METERS_VIEW_H
#define WEIR_CTL_METERS_VIEW_H

#include "oscctl/ctl/meters/layout.h"
#include "oscctl/ctl/meters/model.h"
#include "oscctl/ctl/meters/terminal.h"

#include <stdbool.h>
#include <stdint.h>

struct ctl_view {
    struct ctl_terminal terminal;
    struct ctl_layout layout;
    const char *where;              ///< which mixer
    char selected[WEIR_ID_MAX + 1]; ///< a strip's or bus's id, or ""
    bool by_channel;                ///< a line for each channel
    bool help;
    int strips_first, buses_first; ///< the lines that are on top
    char notice[200];              ///< stands in the foot
    int64_t notice_until_ms;
};

/// Draw all of it.
void ctl_view_draw(struct ctl_view *view, const struct ctl_meters *meters,
                   int64_t now_ms);

/// Say something in the foot for some seconds.
__attribute__((format(printf, 3, 4))) void
ctl_view_say(struct ctl_view *view, int64_t now_ms, const char *format, ...);

/// The selected strip or bus; null when there is none.
struct ctl_strip *ctl_view_selected(const struct ctl_view *view,
                                    const struct ctl_meters *meters);

/// Select another one, so many further on; strips come before buses.
void ctl_view_move(struct ctl_view *view, const struct ctl_meters *meters,
                   int by);

#endif
