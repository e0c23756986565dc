// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// ncurses up and down.
#include "oscctl/ctl/meters/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ESCAPE_MS = 25 }; // how long the rest of a key's sequence may take

static SCREEN *screen;

bool
ctl_terminal_is_there(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static void
begin_colours(struct ctl_terminal *terminal)
{
    terminal->colours = has_colors() && start_color() == OK;
    if (!terminal->colours)
        return;
    const short back = use_default_colors() == OK ? -1 : COLOR_BLACK;
    init_pair(CTL_COLOUR_GREEN, COLOR_GREEN, back);
    init_pair(CTL_COLOUR_YELLOW, COLOR_YELLOW, back);
    init_pair(CTL_COLOUR_RED, COLOR_RED, back);
}

bool
ctl_terminal_open(struct ctl_terminal *terminal)
{
    *terminal = (struct ctl_terminal){.keys = isatty(STDIN_FILENO) != 0};
    // LC_CTYPE alone: numbers keep their point.
    setlocale(LC_CTYPE, "");
    terminal->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return false;
    terminal->is_open = true;
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    curs_set(0);
    begin_colours(terminal);
    return true;
}

void
ctl_terminal_close(struct ctl_terminal *terminal)
{
    if (!terminal->is_open)
        return;
    endwin();
    delscreen(screen);
    screen = NULL;
    terminal->is_open = false;
}
