// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The scale and the cells.
#include "oscctl/ctl/meters/bar.h"

static const float yellow_db = -12.0f, red_db = -3.0f;

static const struct {
    float db, at;
} scale[] = {
    {-70, 0},     {-60, 0.025f}, {-50, 0.075f}, {-40, 0.15f},
    {-30, 0.30f}, {-20, 0.50f},  {0, 1},
};

enum { N_POINTS = sizeof scale / sizeof scale[0] };

float
ctl_bar_scale(float db)
{
    if (!(db > scale[0].db))
        return 0;
    for (int i = 1; i < N_POINTS; i++) {
        const float part =
            (db - scale[i - 1].db) / (scale[i].db - scale[i - 1].db);
        if (db < scale[i].db)
            return scale[i - 1].at + part * (scale[i].at - scale[i - 1].at);
    }
    return 1;
}

// The cell that a place on the scale falls into.
static int
cell_at(float at, int n)
{
    const int cell = (int)(at * (float)n);
    return cell < n ? cell : n - 1;
}

// So that the colours change where the scale says.
static uint8_t
zone_of(int cell, int n)
{
    if (cell >= cell_at(ctl_bar_scale(red_db), n))
        return CTL_BAR_RED;
    return cell >= cell_at(ctl_bar_scale(yellow_db), n) ? CTL_BAR_YELLOW
                                                        : CTL_BAR_GREEN;
}

static uint8_t
glyph_of(int cell, int n_eighths, int n_peak)
{
    const int eighths = n_eighths - 8 * cell;
    if (eighths > 0)
        return (uint8_t)(eighths < CTL_BAR_FULL ? eighths : CTL_BAR_FULL);
    return cell < n_peak ? CTL_BAR_PEAK : CTL_BAR_EMPTY;
}

void
ctl_bar_fill(struct ctl_bar_cell *cells, int n, float rms_db, float peak_db,
             float hold_db)
{
    const float all = (float)n, half = 0.5f;
    const int n_eighths = (int)(ctl_bar_scale(rms_db) * all * 8 + half);
    const int n_peak = (int)(ctl_bar_scale(peak_db) * all + half);
    for (int i = 0; i < n; i++)
        cells[i] = (struct ctl_bar_cell){glyph_of(i, n_eighths, n_peak),
                                         zone_of(i, n)};
    const float hold = ctl_bar_scale(hold_db);
    if (n > 0 && hold > 0)
        cells[cell_at(hold, n)].glyph = CTL_BAR_HOLD;
}
