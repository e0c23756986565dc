// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A level as a row of cells, without saying how a terminal shows them.
#ifndef WEIR_CTL_METERS_BAR_H
#define WEIR_CTL_METERS_BAR_H

#include <stdint.h>

enum { CTL_BAR_CELLS_MAX = 400 };

enum ctl_bar_glyph {
    CTL_BAR_EMPTY = 0,
    CTL_BAR_FULL = 8, ///< 1..7: so many eighths
    CTL_BAR_PEAK,     ///< between RMS and peak
    CTL_BAR_HOLD,
};

enum ctl_bar_zone {
    CTL_BAR_GREEN,
    CTL_BAR_YELLOW, ///< from -12 dBFS
    CTL_BAR_RED,    ///< from -3 dBFS
};

struct ctl_bar_cell {
    uint8_t glyph;
    uint8_t zone;
};

/// Where a level is on a scale from 0 to 1: that of IEC 60268-18, with half of
/// it for the upper 20 dB.  @any
float ctl_bar_scale(float db);

/// Lay a level out over `n` cells, at most CTL_BAR_CELLS_MAX: filled up to
/// the RMS to an eighth of a cell, marked up to the peak, and a mark at
/// the hold.  @any
void ctl_bar_fill(struct ctl_bar_cell *cells, int n, float rms_db,
                  float peak_db, float hold_db);

#endif
