// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Text, head, foot, readers, help.
#include "oscctl/ctl/meters/draw.h"

#include "oscctl/ctl/meters/text.h"

#include <math.h>
#include <ncurses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_CHARACTERS = 600 };

void
ctl_draw_text(const struct ctl_view *view, int y, int x, int width,
              const char *utf8)
{
    wchar_t text[TEXT_CHARACTERS];
    const int used = ctl_text_fit(text, TEXT_CHARACTERS, utf8, width,
                                  view->terminal.unicode);
    mvaddwstr(y, x, text);
    for (int i = used; i < width; i++)
        mvaddch(y, x + i, ' ');
}

void
ctl_draw_piece(const struct ctl_view *view, int y, int *x, const char *format,
               ...)
{
    char text[256];
    wchar_t wide[TEXT_CHARACTERS];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const int width = ctl_text_fit(wide, TEXT_CHARACTERS, text,
                                   (int)sizeof text, view->terminal.unicode);
    if (*x + width > view->layout.columns)
        return;
    mvaddwstr(y, *x, wide);
    *x += width + 2;
}

void
ctl_draw_on(const struct ctl_view *view, enum ctl_colour colour)
{
    if (view->terminal.colours)
        attron(COLOR_PAIR(colour));
}

void
ctl_draw_off(const struct ctl_view *view, enum ctl_colour colour)
{
    if (view->terminal.colours)
        attroff(COLOR_PAIR(colour));
}

// ---- head

// What it counts should not happen: since it was cleared, it stands out.
static void
draw_count(const struct ctl_view *view, int *x, const char *what,
           const struct ctl_count *count)
{
    const bool grew = ctl_count_grew(count);
    if (grew) {
        ctl_draw_on(view, CTL_COLOUR_RED);
        attron(A_BOLD);
    }
    ctl_draw_piece(view, 0, x, "%s %.0f%s", what, count->n, grew ? "!" : "");
    attroff(A_BOLD);
    ctl_draw_off(view, CTL_COLOUR_RED);
}

static void
draw_state(const struct ctl_view *view, int *x, const char *state)
{
    attron(A_REVERSE);
    ctl_draw_piece(view, 0, x, " %s ", state);
    attroff(A_REVERSE);
}

void
ctl_draw_head(const struct ctl_view *view, const struct ctl_meters *m)
{
    int x = 0;
    const long up_s = (long)fmax(m->uptime_s, 0);
    attron(A_BOLD);
    ctl_draw_piece(view, 0, &x, "%.40s", view->where);
    attroff(A_BOLD);
    if (m->gone)
        draw_state(view, &x, "mixer gone, waiting");
    else if (m->jack[0] != '\0' && strcmp(m->jack, "running") != 0)
        draw_state(view, &x, m->jack);
    ctl_draw_piece(view, 0, &x, "load %.1f%%", m->dsp_load);
    draw_count(view, &x, "xruns", &m->xruns);
    draw_count(view, &x, "late", &m->late_blocks);
    draw_count(view, &x, "lost", &m->frames_lost);
    ctl_draw_piece(view, 0, &x, "%.0f/%.0f", m->rate_hz, m->block);
    ctl_draw_piece(view, 0, &x, "up %ld:%02ld:%02ld", up_s / 3600,
                   up_s / 60 % 60, up_s % 60);
}

// ---- foot

void
ctl_draw_foot(const struct ctl_view *view, int64_t now_ms)
{
    static const char *const keys[] = {
        "q quit",  "? help",  "arrows: select, gain", "m mute", "s solo",
        "c clear", "+ - 1 dB"};
    const int y = view->layout.lines - 1;
    int x = 0;
    if (now_ms < view->notice_until_ms) {
        attron(A_REVERSE);
        ctl_draw_text(view, y, 0, view->layout.columns - 1, view->notice);
        attroff(A_REVERSE);
        return;
    }
    if (view->selected[0] != '\0') {
        attron(A_BOLD);
        ctl_draw_piece(view, y, &x, ">%s", view->selected);
        attroff(A_BOLD);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ctl_draw_piece(view, y, &x, "%s", keys[i]);
}

// ---- readers

// Columns of a reader's line; its source has the rest.
enum {
    STATE_X = 18,
    LAG_X = 28,
    LOST_X = 47,
    DROPOUTS_X = 58,
    SOURCE_X = 68,
};

static void
draw_reader(const struct ctl_view *view, int y, const struct ctl_meters *meters,
            const struct ctl_reader *reader)
{
    const int columns = view->layout.columns;
    ctl_draw_text(view, y, 1, STATE_X - 2, reader->id);
    ctl_draw_text(view, y, STATE_X, LAG_X - STATE_X - 1, reader->state);
    if (columns > LOST_X && meters->rate_hz > 0)
        mvprintw(y, LAG_X, "%10.0f %4.1f s", reader->lag_frames,
                 reader->lag_frames / meters->rate_hz);
    const bool lost = reader->lost_frames > 0;
    ctl_draw_on(view, lost ? CTL_COLOUR_RED : CTL_COLOUR_NONE);
    if (columns > DROPOUTS_X)
        mvprintw(y, LOST_X, "%10.0f", reader->lost_frames);
    if (columns > SOURCE_X)
        mvprintw(y, DROPOUTS_X, "%9.0f", reader->dropouts);
    ctl_draw_off(view, lost ? CTL_COLOUR_RED : CTL_COLOUR_NONE);
    if (columns > SOURCE_X)
        ctl_draw_text(view, y, SOURCE_X, columns - SOURCE_X, reader->source);
}

static void
draw_reader_heading(const struct ctl_view *view, int y, int n_hidden)
{
    static const struct {
        int x, width;
        const char *text;
    } headings[] = {{STATE_X, 8, "STATE"},
                    {LAG_X, 17, "       LAG"},
                    {LOST_X, 10, "      LOST"},
                    {DROPOUTS_X, 9, " DROPOUTS"},
                    {SOURCE_X, 6, "SOURCE"}};
    if (n_hidden > 0)
        mvprintw(y, 1, "READER (+%d)", n_hidden);
    else
        mvaddstr(y, 1, "READER");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (headings[i].x + headings[i].width <= view->layout.columns)
            mvaddstr(y, headings[i].x, headings[i].text);
}

void
ctl_draw_readers(const struct ctl_view *view, const struct ctl_meters *meters)
{
    const struct ctl_layout *l = &view->layout;
    if (l->n_readers == 0)
        return;
    draw_reader_heading(view, l->readers_y - 1,
                        meters->n_readers - l->n_readers);
    for (int i = 0; i < l->n_readers; i++)
        draw_reader(view, l->readers_y + i, meters, &meters->readers[i]);
}

// ---- help

void
ctl_draw_help(const struct ctl_view *view)
{
    static const char *const lines[] = {
        "up, down, k, j     select a strip or bus",
        "PgUp, PgDn         ten further",
        "Home, End          the first, the last",
        "left, right        gain by 0.5 dB (below -40 dB by 2)",
        "- and +            gain by 1 dB (below -40 dB by 4)",
        "m                  mute",
        "s                  solo",
        "c                  clear clips, maxima and the marks on counters",
        "w                  a line for each channel, or for all",
        "Ctrl-L             draw all anew",
        "q                  quit",
        "M and S are muted and soloed; p has plugins, P one that is bypassed,",
        "or, in red, one that has failed.",
        "A bar is filled to the RMS of 300 ms; the shade goes to the peak,",
        "the line stands at the highest peak of the last seconds.",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if ((int)i + 2 < view->layout.lines - 1)
            ctl_draw_text(view, (int)i + 2, 1, view->layout.columns - 1,
                          lines[i]);
}
