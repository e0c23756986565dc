// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which lines are where, and which one is selected.
#include "oscctl/ctl/meters/view.h"

#include "oscctl/ctl/meters/draw.h"

#include <ncurses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NOTICE_MS = 4000 };

// ---- the selected one

static struct ctl_strip *
strip_at(const struct ctl_meters *meters, int index)
{
    return index < meters->strips.n
               ? meters->strips.list[index]
               : meters->buses.list[index - meters->strips.n];
}

static int
index_of(const struct ctl_view *view, const struct ctl_meters *meters)
{
    const int n = meters->strips.n + meters->buses.n;
    for (int i = 0; i < n; i++)
        if (strcmp(strip_at(meters, i)->id, view->selected) == 0)
            return i;
    return -1;
}

// ---- lines

static int
lines_of(const struct ctl_view *view, const struct ctl_strip *strip)
{
    return view->by_channel && strip->n_channels > 1 ? strip->n_channels : 1;
}

static int
count_lines(const struct ctl_view *view, const struct ctl_strips *strips)
{
    int n = 0;
    for (int i = 0; i < strips->n; i++)
        n += lines_of(view, strips->list[i]);
    return n;
}

// The first line of the selected one, or -1.
static int
selected_line(const struct ctl_view *view, const struct ctl_strips *strips)
{
    int line = 0;
    for (int i = 0; i < strips->n; i++) {
        if (strcmp(strips->list[i]->id, view->selected) == 0)
            return line;
        line += lines_of(view, strips->list[i]);
    }
    return -1;
}

// Lines [first, first + height) to the window's line `y` and on.
static void
draw_lines(const struct ctl_view *view, const struct ctl_strips *strips, int y,
           int first, int height, int64_t now_ms)
{
    int line = 0;
    for (int i = 0; i < strips->n && line < first + height; i++) {
        const int n = lines_of(view, strips->list[i]);
        for (int k = 0; k < n; k++, line++)
            if (line >= first && line < first + height)
                ctl_draw_strip(view, y + line - first, strips->list[i],
                               n > 1 ? k : -1, now_ms);
    }
}

// "STRIP", and which lines are shown when not all are.
static void
draw_heading(const struct ctl_view *view, const char *what, int y, int first,
             int height, int n)
{
    const int width = view->layout.name_width + 1; // "GAIN" is indented
    char text[80];
    snprintf(text, sizeof text, "%s %d-%d/%d", what, first + 1, first + height,
             n);
    if (height >= n)
        ctl_draw_text(view, y, 1, width, what);
    else if ((int)strlen(text) <= width)
        ctl_draw_text(view, y, 1, width, text);
    else
        ctl_draw_text(view, y, 1, width, strchr(text, ' ') + 1);
}

// ---- all of it

static void
draw_strips(struct ctl_view *view, const struct ctl_meters *meters,
            int64_t now_ms)
{
    const struct ctl_layout *l = &view->layout;
    const int n = count_lines(view, &meters->strips);
    view->strips_first =
        ctl_layout_scroll(view->strips_first, n, l->n_strips,
                          selected_line(view, &meters->strips));
    draw_heading(view, "STRIP", l->strips_y - 1, view->strips_first,
                 l->n_strips, n);
    draw_lines(view, &meters->strips, l->strips_y, view->strips_first,
               l->n_strips, now_ms);
}

static void
draw_buses(struct ctl_view *view, const struct ctl_meters *meters,
           int64_t now_ms)
{
    const struct ctl_layout *l = &view->layout;
    const int n = count_lines(view, &meters->buses);
    view->buses_first = ctl_layout_scroll(view->buses_first, n, l->n_buses,
                                          selected_line(view, &meters->buses));
    draw_heading(view, "BUS", l->buses_y - 1, view->buses_first, l->n_buses, n);
    draw_lines(view, &meters->buses, l->buses_y, view->buses_first, l->n_buses,
               now_ms);
}

static void
draw_all(struct ctl_view *view, const struct ctl_meters *meters, int64_t now_ms)
{
    ctl_draw_head(view, meters);
    ctl_draw_foot(view, now_ms);
    if (view->help) {
        ctl_draw_help(view);
        return;
    }
    ctl_draw_scale(view, view->layout.strips_y - 1);
    draw_strips(view, meters, now_ms);
    draw_buses(view, meters, now_ms);
    ctl_draw_readers(view, meters);
}

void
ctl_view_draw(struct ctl_view *view, const struct ctl_meters *meters,
              int64_t now_ms)
{
    ctl_layout(&view->layout, LINES, COLS, count_lines(view, &meters->strips),
               count_lines(view, &meters->buses), meters->n_readers);
    if (index_of(view, meters) < 0)
        ctl_view_move(view, meters, 0);
    erase();
    if (view->layout.too_small)
        mvaddnstr(0, 0, "window too small", COLS);
    else
        draw_all(view, meters, now_ms);
    refresh();
}

void
ctl_view_say(struct ctl_view *view, int64_t now_ms, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(view->notice, sizeof view->notice, format, args);
    va_end(args);
    view->notice_until_ms = now_ms + NOTICE_MS;
}

// ---- selecting

struct ctl_strip *
ctl_view_selected(const struct ctl_view *view, const struct ctl_meters *meters)
{
    const int index = index_of(view, meters);
    return index >= 0 ? strip_at(meters, index) : NULL;
}

void
ctl_view_move(struct ctl_view *view, const struct ctl_meters *meters, int by)
{
    const int n = meters->strips.n + meters->buses.n;
    const int before = index_of(view, meters);
    int index = before < 0 ? 0 : before + by;
    index = index < n ? index : n - 1;
    index = index > 0 ? index : 0;
    view->selected[0] = '\0';
    if (n > 0)
        strcpy(view->selected, strip_at(meters, index)->id);
}
