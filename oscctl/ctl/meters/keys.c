// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Keys to selections and messages.
#include "oscctl/ctl/meters/keys.h"

#include <math.h>
#include <ncurses.h>
#include <stdio.h>

enum { CTRL_L = 'L' & 0x1f, PAGE = 10, ALL = 100000, LOW_TIMES = 4 };

static const float gain_max_db = 10, low_db = -40;

// What goes to the mixer, and what each key does.
struct action {
    struct ctl_view *view;
    struct ctl_meters *meters;
    struct ctl_stream *stream;
    int64_t now_ms;
};

// ---- values

static void
send_value(const struct action *a, const struct ctl_strip *strip,
           const char *leaf, lo_message message)
{
    char address[96];
    snprintf(address, sizeof address, "/%s/%s/%s",
             strip->is_bus ? "bus" : "strip", strip->id, leaf);
    ctl_stream_send(a->stream, address, message);
    lo_message_free(message);
}

// Far down a step is larger, as on a fader.
static float
step_from(float gain_db, float step_db)
{
    const bool low = gain_db < low_db || (gain_db <= low_db && step_db < 0);
    const float to_db = gain_db + step_db * (low ? LOW_TIMES : 1);
    return fminf(fmaxf(to_db, WEIR_SILENCE_DB), gain_max_db);
}

static void
ride(const struct action *a, float step_db)
{
    struct ctl_strip *strip = ctl_view_selected(a->view, a->meters);
    lo_message message = strip ? lo_message_new() : NULL;
    if (!message)
        return;
    const float gain_db =
        step_from(ctl_ridden_value(&strip->gain, a->now_ms), step_db);
    ctl_ridden_want(&strip->gain, gain_db, a->now_ms);
    lo_message_add_float(message, gain_db);
    send_value(a, strip, "gain", message);
}

static void
toggle(const struct action *a, const struct ctl_strip *strip,
       struct ctl_ridden *ridden, const char *leaf)
{
    lo_message message = lo_message_new();
    if (!message)
        return;
    const bool on = ctl_ridden_value(ridden, a->now_ms) == 0;
    ctl_ridden_want(ridden, on, a->now_ms);
    lo_message_add(message, on ? "T" : "F");
    send_value(a, strip, leaf, message);
}

static void
mute(const struct action *a)
{
    struct ctl_strip *strip = ctl_view_selected(a->view, a->meters);
    if (strip)
        toggle(a, strip, &strip->mute, "mute");
}

static void
solo(const struct action *a)
{
    struct ctl_strip *strip = ctl_view_selected(a->view, a->meters);
    if (strip && strip->is_bus)
        ctl_view_say(a->view, a->now_ms, "%s is a bus: no solo", strip->id);
    else if (strip)
        toggle(a, strip, &strip->solo, "solo");
}

// ---- keys

static bool
select_key(const struct action *a, int key)
{
    static const struct {
        int key, by;
    } moves[] = {{KEY_UP, -1},     {'k', -1},          {KEY_DOWN, 1},
                 {'j', 1},         {KEY_PPAGE, -PAGE}, {KEY_NPAGE, PAGE},
                 {KEY_HOME, -ALL}, {KEY_END, ALL}};
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].key == key) {
            ctl_view_move(a->view, a->meters, moves[i].by);
            return true;
        }
    return false;
}

static bool
ride_key(const struct action *a, int key)
{
    static const struct {
        int key;
        float step_db;
    } steps[] = {{KEY_LEFT, -0.5f}, {KEY_RIGHT, 0.5f}, {'-', -1},
                 {'_', -1},         {'+', 1},          {'=', 1}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].key == key) {
            ride(a, steps[i].step_db);
            return true;
        }
    return false;
}

static void
other_key(const struct action *a, int key)
{
    if (key == 'm')
        mute(a);
    else if (key == 's')
        solo(a);
    else if (key == 'c')
        ctl_meters_clear(a->meters);
    else if (key == 'w')
        a->view->by_channel = !a->view->by_channel;
    else if (key == CTRL_L || key == KEY_RESIZE)
        clearok(curscr, TRUE);
}

bool
ctl_keys_do(struct ctl_view *view, struct ctl_meters *meters,
            struct ctl_stream *stream, int key, int64_t now_ms)
{
    const struct action a = {view, meters, stream, now_ms};
    const bool hides_help = view->help && key != KEY_RESIZE;
    view->help = !hides_help && (view->help || key == '?' || key == 'h');
    if (key == 'q')
        return hides_help;
    if (!hides_help && !select_key(&a, key) && !ride_key(&a, key))
        other_key(&a, key);
    return true;
}
