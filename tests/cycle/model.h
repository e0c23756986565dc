// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer once more, as simply as it can be said: double precision, frame
// by frame, nothing skipped. What the engine does must come to the same.
#ifndef TESTS_CYCLE_MODEL_H
#define TESTS_CYCLE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_STRIPS = 64, MODEL_BUSES = 6, MODEL_CHANNELS = 8 };

/// A gain on its straight way to a target.
struct model_line {
    double now;
    double target;
    uint32_t left;
};

struct model_send {
    double level;
    bool on;
    bool pre;
    struct model_line before[2];
    struct model_line after[2];
};

struct model_strip {
    uint32_t n_channels;
    double gain, trim, pan;
    bool mute, solo, solo_safe, polarity, main, leaving;
    struct model_line trim_line;
    struct model_line fader;
    struct model_line to_main[2];
    struct model_send sends[MODEL_BUSES];
};

struct model_bus {
    bool exists;
    uint32_t n_channels;
    double gain;
    bool mute, leaving;
    struct model_line fader;
    double out[MODEL_CHANNELS]; // of the newest frame
};

struct model {
    uint32_t ramp_frames;
    uint32_t n_strips;
    struct model_strip strips[MODEL_STRIPS]; // never taken out
    struct model_bus buses[MODEL_BUSES];     // 0 is main
};

/// With a bus `main` of so many channels.
void model_init(struct model *m, uint32_t main_channels, uint32_t ramp_frames);

/// Add a strip with the default values; its index.
uint32_t model_add_strip(struct model *m, uint32_t n_channels);
void model_add_bus(struct model *m, uint32_t slot, uint32_t n_channels);

/// A bus is gone: nobody sends to its slot any more.
void model_forget_bus(struct model *m, uint32_t slot);

/// After values were changed: where all gains go from here.
/// `at_once` names a strip that nobody has heard yet, or is null.
void model_aim(struct model *m, const struct model_strip *at_once);

/// One frame: `in` has a sample for every channel of every strip.
void model_frame(struct model *m, double in[MODEL_STRIPS][MODEL_CHANNELS]);

#endif
