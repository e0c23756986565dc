// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sharing lines and columns out.
#include "oscctl/ctl/meters/layout.h"

enum {
    HEAD_LINES = 2,
    FOOT_LINES = 1,
    GAIN_WIDTH = 6,
    FLAGS_WIDTH = 3,
    MAX_WIDTH = 6,
    CLIP_WIDTH = 4,
    COLUMNS_FOR_MAX = 48, // narrower windows do without
};

static int
at_most(int n, int max)
{
    return n < max ? n : max;
}

static int
at_least(int n, int min)
{
    return n > min ? n : min;
}

static void
share_lines(struct ctl_layout *l, int n_strips, int n_buses, int n_readers)
{
    int left = l->lines - HEAD_LINES - FOOT_LINES;
    const int for_readers = at_least(left / 4 - 1, 0);
    l->n_readers = at_most(n_readers, for_readers);
    left -= l->n_readers > 0 ? l->n_readers + 1 : 0;
    // What strips do not need is the buses'.
    const int for_buses = at_least(left / 3 - 1, left - 1 - n_strips);
    l->n_buses = at_most(n_buses, at_least(for_buses, 1));
    l->n_strips = at_most(n_strips, at_least(left - 1 - l->n_buses, 0));
    l->strips_y = HEAD_LINES;
    l->buses_y = l->strips_y + l->n_strips + 1;
    l->readers_y = l->buses_y + l->n_buses + 1;
}

static void
share_columns(struct ctl_layout *l)
{
    l->name_x = 1;
    l->name_width = at_least(at_most(l->columns / 5, 24), 8);
    l->gain_x = l->name_x + l->name_width;
    l->flags_x = l->gain_x + GAIN_WIDTH + 1;
    l->bar_x = l->flags_x + FLAGS_WIDTH + 1;
    l->clip_x = l->columns - CLIP_WIDTH;
    const bool has_max = l->columns >= COLUMNS_FOR_MAX;
    l->max_x = has_max ? l->clip_x - 1 - MAX_WIDTH : 0;
    l->bar_width = (has_max ? l->max_x : l->clip_x - 1) - l->bar_x;
}

void
ctl_layout(struct ctl_layout *out, int lines, int columns, int n_strips,
           int n_buses, int n_readers)
{
    *out = (struct ctl_layout){.lines = lines, .columns = columns};
    out->too_small =
        lines < CTL_LAYOUT_MIN_LINES || columns < CTL_LAYOUT_MIN_COLUMNS;
    if (out->too_small)
        return;
    share_lines(out, n_strips, n_buses, n_readers);
    share_columns(out);
}

int
ctl_layout_scroll(int before, int n, int height, int selected)
{
    int first = before;
    if (selected >= 0 && selected >= first + height)
        first = selected - height + 1;
    if (selected >= 0 && selected < first)
        first = selected;
    first = at_most(first, n - height);
    return at_least(first, 0);
}
