// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One line: name, gain, flags, bar, maximum, clip.
#include "oscctl/ctl/meters/draw.h"

#include "oscctl/ctl/meters/bar.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>

// A level as the line shows it.
struct shown {
    float rms_db, peak_db, hold_db, max_db;
    bool clipped;
};

static float
louder(float a, float b)
{
    return a > b ? a : b;
}

static void
add_channel(struct shown *shown, const struct ctl_level *level, int64_t now_ms)
{
    shown->rms_db = louder(shown->rms_db, level->rms_db);
    shown->peak_db = louder(shown->peak_db, level->peak_db);
    shown->hold_db = louder(shown->hold_db, ctl_level_hold(level, now_ms));
    shown->max_db = louder(shown->max_db, level->max_db);
    shown->clipped |= level->clipped;
}

// One channel, or the loudest of all.
static struct shown
level_of(const struct ctl_strip *strip, int channel, int64_t now_ms)
{
    struct shown shown = {CTL_LEVEL_SILENCE_DB, CTL_LEVEL_SILENCE_DB,
                          CTL_LEVEL_SILENCE_DB, CTL_LEVEL_SILENCE_DB, false};
    for (int i = 0; i < strip->n_channels; i++)
        if (channel < 0 || channel == i)
            add_channel(&shown, &strip->levels[i], now_ms);
    return shown;
}

// ---- the bar

static wchar_t
glyph(const struct ctl_view *view, const struct ctl_bar_cell *cell)
{
    enum { FULL_BLOCK = 0x2588, LIGHT_SHADE = 0x2591, VERTICAL = 0x2503 };
    const bool unicode = view->terminal.unicode;
    if (cell->glyph == CTL_BAR_EMPTY)
        return L' ';
    if (cell->glyph == CTL_BAR_HOLD)
        return unicode ? VERTICAL : L'|';
    if (cell->glyph == CTL_BAR_PEAK)
        return unicode ? LIGHT_SHADE : L'-';
    if (unicode) // U+2588 is the full block, U+258F an eighth
        return FULL_BLOCK + CTL_BAR_FULL - cell->glyph;
    return 2 * cell->glyph >= CTL_BAR_FULL ? L'=' : L'-';
}

static void
draw_bar(const struct ctl_view *view, int y, const struct shown *shown)
{
    static const enum ctl_colour colour[] = {CTL_COLOUR_GREEN,
                                             CTL_COLOUR_YELLOW, CTL_COLOUR_RED};
    struct ctl_bar_cell cells[CTL_BAR_CELLS_MAX];
    const int width = view->layout.bar_width < CTL_BAR_CELLS_MAX
                          ? view->layout.bar_width
                          : CTL_BAR_CELLS_MAX;
    ctl_bar_fill(cells, width, shown->rms_db, shown->peak_db, shown->hold_db);
    move(y, view->layout.bar_x);
    for (int i = 0; i < width; i++) {
        const wchar_t text[2] = {glyph(view, &cells[i]), L'\0'};
        ctl_draw_on(view, colour[cells[i].zone]);
        addnwstr(text, 1);
        ctl_draw_off(view, colour[cells[i].zone]);
    }
}

static void
draw_level(const struct ctl_view *view, int y, const struct shown *shown)
{
    const struct ctl_layout *l = &view->layout;
    draw_bar(view, y, shown);
    if (l->max_x > 0 && shown->max_db > CTL_LEVEL_SILENCE_DB)
        mvprintw(y, l->max_x, "%6.1f", (double)shown->max_db);
    if (!shown->clipped)
        return;
    ctl_draw_on(view, CTL_COLOUR_RED);
    attron(A_REVERSE);
    mvaddstr(y, l->clip_x, "CLIP");
    attroff(A_REVERSE);
    ctl_draw_off(view, CTL_COLOUR_RED);
}

// ---- what is set

static void
draw_gain(const struct ctl_view *view, int y, float gain_db)
{
    if (gain_db <= WEIR_SILENCE_DB)
        mvaddstr(y, view->layout.gain_x, "  -inf");
    else
        mvprintw(y, view->layout.gain_x, "%6.1f", (double)gain_db);
}

static void
draw_flag(const struct ctl_view *view, int y, int x, char flag,
          enum ctl_colour colour)
{
    ctl_draw_on(view, colour);
    attron(A_REVERSE);
    mvaddch(y, x, (chtype)flag);
    attroff(A_REVERSE);
    ctl_draw_off(view, colour);
}

// Plugins that all run are no more than a letter.
static void
draw_slots(const struct ctl_view *view, int y, const struct ctl_slots *slots)
{
    const int x = view->layout.flags_x + 2;
    const enum ctl_slot_state state = ctl_slots_state(slots);
    if (slots->n > 0 && state == CTL_SLOT_RUNNING)
        mvaddch(y, x, 'p');
    else if (slots->n > 0)
        draw_flag(view, y, x, 'P',
                  state == CTL_SLOT_FAILED ? CTL_COLOUR_RED
                                           : CTL_COLOUR_YELLOW);
}

static void
draw_settings(const struct ctl_view *view, int y, const struct ctl_strip *strip,
              int64_t now_ms)
{
    const struct ctl_layout *l = &view->layout;
    draw_gain(view, y, ctl_ridden_value(&strip->gain, now_ms));
    if (ctl_ridden_value(&strip->mute, now_ms) != 0)
        draw_flag(view, y, l->flags_x, 'M', CTL_COLOUR_RED);
    if (ctl_ridden_value(&strip->solo, now_ms) != 0)
        draw_flag(view, y, l->flags_x + 1, 'S', CTL_COLOUR_YELLOW);
    draw_slots(view, y, &strip->slots);
}

static void
draw_name(const struct ctl_view *view, int y, const struct ctl_strip *strip)
{
    const struct ctl_layout *l = &view->layout;
    const bool is_selected = strcmp(strip->id, view->selected) == 0;
    mvaddch(y, 0, is_selected ? '>' : ' ');
    if (is_selected)
        attron(A_BOLD);
    ctl_draw_text(view, y, l->name_x, l->name_width, strip->name);
    if (is_selected)
        attroff(A_BOLD);
}

void
ctl_draw_strip(const struct ctl_view *view, int y,
               const struct ctl_strip *strip, int channel, int64_t now_ms)
{
    const struct shown shown = level_of(strip, channel, now_ms);
    if (channel <= 0) {
        draw_name(view, y, strip);
        draw_settings(view, y, strip, now_ms);
    }
    if (channel >= 0)
        mvprintw(y, view->layout.gain_x - 3, " %2d", channel + 1);
    draw_level(view, y, &shown);
}

// ---- the scale

void
ctl_draw_scale(const struct ctl_view *view, int y)
{
    static const int marks_db[] = {-60, -50, -40, -30, -20,
                                   -15, -10, -6,  -3,  0};
    const struct ctl_layout *l = &view->layout;
    int free_x = l->bar_x;
    for (size_t i = 0; i < sizeof marks_db / sizeof marks_db[0]; i++) {
        char label[8];
        const int width = snprintf(label, sizeof label, "%d", marks_db[i]);
        const float at =
            ctl_bar_scale((float)marks_db[i]) * (float)l->bar_width;
        const int x = l->bar_x + (int)at - width;
        if (x < free_x)
            continue;
        mvaddstr(y, x, label);
        free_x = x + width + 1;
    }
    mvaddstr(y, l->gain_x + 2, "GAIN");
    if (l->max_x > 0)
        mvaddstr(y, l->max_x + 3, "MAX");
}
