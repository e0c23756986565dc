// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What one channel's meter has shown: level, peak hold, maximum, clip mark.
// Times are passed in, so that a test has its own.
#ifndef WEIR_CTL_METERS_LEVEL_H
#define WEIR_CTL_METERS_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#define CTL_LEVEL_SILENCE_DB (-120.0f)

enum {
    CTL_LEVEL_HOLD_MS = 2000,         ///< a peak stands for so long,
    CTL_LEVEL_FALL_DB_PER_SECOND = 20 ///< then falls
};

struct ctl_level {
    float peak_db, rms_db; ///< dBFS, as the mixer said last
    float hold_db;         ///< a peak that stood at
    int64_t hold_ms;       ///< this time
    float max_db;          ///< since it was cleared
    bool clipped;          ///< full scale was reached since it was cleared
};

/// Silence, and nothing before.  @any
void ctl_level_init(struct ctl_level *level);

/// Take in what the mixer says; anything that is no level is silence.  @any
void ctl_level_take(struct ctl_level *level, double peak_db, double rms_db,
                    int64_t now_ms);

/// Where the hold mark stands.  @any
float ctl_level_hold(const struct ctl_level *level, int64_t now_ms);

/// Forget maximum and clip.  @any
void ctl_level_clear(struct ctl_level *level);

/// The sound has gone; what was, was.  @any
void ctl_level_silence(struct ctl_level *level);

#endif
