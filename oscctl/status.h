// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What /status shows.
#ifndef WEIR_OSCCTL_STATUS_H
#define WEIR_OSCCTL_STATUS_H

#include <stdint.h>

struct weir_status {
    int64_t rate;  // Hz
    int64_t block; // frames
    int64_t latency_frames;
    int64_t xruns;
    int64_t late_blocks;
    int64_t cycles;
    int64_t input_frames_lost;
    int64_t zombie_callbacks;
    int64_t frames_mixed;
    int64_t frames_silent;     // of those, in place of lost input
    int64_t blocks_not_finite; // of a strip, silenced for a NaN
    int64_t mixer_late;        // blocks mixed after they were due
    int64_t readers;
    int64_t strips;
    float dsp_load;        // mixer's time, % of the period
    float callback_us_max; // longest callback
    float mixer_us_max;    // longest from a callback to its mix
    float uptime;          // seconds
    const char *server;
    const char *mixer; // running or hangs
    const char *jack;  // running, lost or freewheel
};

#endif
