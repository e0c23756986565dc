// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The terminal, taken and given back.
#ifndef WEIR_CTL_METERS_TERMINAL_H
#define WEIR_CTL_METERS_TERMINAL_H

#include <stdbool.h>

/// What it can do.
struct ctl_terminal {
    bool is_open;
    bool unicode;
    bool colours;
    bool keys; ///< stdin is the terminal, too
};

/// Whether stdout is a terminal that can be drawn on.
bool ctl_terminal_is_there(void);

/// Take it: another screen, keys without echo.  False when it cannot.
bool ctl_terminal_open(struct ctl_terminal *terminal);

/// Give it back as it was.
void ctl_terminal_close(struct ctl_terminal *terminal);

/// Colours, as ncurses pairs.
enum ctl_colour {
    CTL_COLOUR_NONE = 0,
    CTL_COLOUR_GREEN,
    CTL_COLOUR_YELLOW,
    CTL_COLOUR_RED,
};

#endif
