// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer on its bench with a strip and main, and a plugin of the test set in
// one of them: in a runner or inside.
#ifndef WEIR_TEST_PLUGINS_MIXED_H
#define WEIR_TEST_PLUGINS_MIXED_H

#include "cycle/rig.h"
#include "plugin/rack.h"

enum { MIXED_BLOCK = 128 };

enum mixed_place { MIXED_STRIP, MIXED_BUS };
enum mixed_how { MIXED_RUNNER, MIXED_INSIDE };

struct mixed {
    struct rig *rig;
    struct rig_strip *strip; // numbers
    enum mixed_place place;
    uint32_t late; // frames, of all paths
    struct weir_plugin_world *world;
    struct weir_plugin_type *type;
    struct weir_nursery *nursery; // null: inside
    struct weir_rack *rack;       // its plugin is "p"
};

/// Add that plugin, and drive it in real time until it is heard.
void mixed_begin(struct mixed *m, enum mixed_place place, enum mixed_how how,
                 const char *name);
void mixed_end(struct mixed *m);

/// One cycle in real time.
void mixed_cycle(struct mixed *m);

/// Cycles in real time until the machine has had none late for a while.
void mixed_rest(struct mixed *m);

/// A cycle in freewheel.
void mixed_wheel(struct mixed *m);

/// What the plugin has, of the frame that came in then.
typedef float mixed_gain_fn(const void *with, uint64_t position);

/// The newest cycle's mix is what came in, by that.
void mixed_expect(const struct mixed *m, mixed_gain_fn *gain, const void *with);

#endif
