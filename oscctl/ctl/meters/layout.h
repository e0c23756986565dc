// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which lines and columns of a window belong to what: numbers alone.
//
//     head          name, state, counters
//     scale         what the bars' lengths mean; headings
//     strips        as many lines as are left; they scroll
//     bus heading, buses      at most a third, they scroll
//     reader heading, readers at most a quarter
//     foot          selection, keys, errors
#ifndef WEIR_CTL_METERS_LAYOUT_H
#define WEIR_CTL_METERS_LAYOUT_H

#include <stdbool.h>

enum {
    CTL_LAYOUT_MIN_LINES = 6,
    CTL_LAYOUT_MIN_COLUMNS = 32,
};

struct ctl_layout {
    bool too_small;
    int lines, columns;
    // Lines.
    int strips_y, n_strips;
    int buses_y, n_buses;     ///< the heading is above
    int readers_y, n_readers; ///< the same
    // Columns, of a strip's line: a mark, the name, gain, flags, bar, maximum,
    // clip.
    int name_x, name_width;
    int gain_x;  ///< 6 wide
    int flags_x; ///< 3 wide
    int bar_x, bar_width;
    int max_x;  ///< 6 wide; 0: no room for it
    int clip_x; ///< 4 wide
};

/// Lay a window out for so many lines of strips and of buses and so many
/// readers.  @any
void ctl_layout(struct ctl_layout *out, int lines, int columns, int n_strips,
                int n_buses, int n_readers);

/// The first line to show of `n` in a window of `height`, so that line
/// `selected` (-1: none) is in it, close to where it was `before`.  @any
int ctl_layout_scroll(int before, int n, int height, int selected);

#endif
