// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak hold and clip.
#include "oscctl/ctl/meters/level.h"

#include <math.h>

static const float loudest_db = 200.0f; // more is no level

void
ctl_level_init(struct ctl_level *level)
{
    *level = (struct ctl_level){.hold_db = CTL_LEVEL_SILENCE_DB,
                                .max_db = CTL_LEVEL_SILENCE_DB};
    ctl_level_silence(level);
}

// NaN fails both comparisons.
static float
checked(double db)
{
    const bool ok =
        db >= (double)CTL_LEVEL_SILENCE_DB && db <= (double)loudest_db;
    return ok ? (float)db : CTL_LEVEL_SILENCE_DB;
}

void
ctl_level_take(struct ctl_level *level, double peak_db, double rms_db,
               int64_t now_ms)
{
    level->peak_db = checked(peak_db);
    level->rms_db = checked(rms_db);
    if (level->peak_db >= ctl_level_hold(level, now_ms)) {
        level->hold_db = level->peak_db;
        level->hold_ms = now_ms;
    }
    if (level->peak_db > level->max_db)
        level->max_db = level->peak_db;
    level->clipped |= level->peak_db >= 0;
}

float
ctl_level_hold(const struct ctl_level *level, int64_t now_ms)
{
    const int64_t late_ms = now_ms - level->hold_ms - CTL_LEVEL_HOLD_MS;
    if (late_ms <= 0)
        return level->hold_db;
    const float fallen_db =
        (float)late_ms * (float)CTL_LEVEL_FALL_DB_PER_SECOND / 1000.0f;
    return fmaxf(level->hold_db - fallen_db, level->peak_db);
}

void
ctl_level_clear(struct ctl_level *level)
{
    level->max_db = level->peak_db;
    level->hold_db = level->peak_db;
    level->clipped = false;
}

void
ctl_level_silence(struct ctl_level *level)
{
    level->peak_db = CTL_LEVEL_SILENCE_DB;
    level->rms_db = CTL_LEVEL_SILENCE_DB;
}
