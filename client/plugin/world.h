// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The LV2 plugins that are installed, as lilv finds them in LV2_PATH.
// Everything here is @control's.
#ifndef WEIR_PLUGIN_WORLD_H
#define WEIR_PLUGIN_WORLD_H

#include "plugin/urids.h"

#include <lilv/lilv.h>
#include <lv2/urid/urid.h>
#include <stdint.h>

/// URIs that the host itself speaks, as numbers.
struct weir_known_urids {
    LV2_URID atom_bool, atom_chunk, atom_double, atom_float, atom_int;
    LV2_URID atom_long, atom_object, atom_path, atom_sequence, atom_string;
    LV2_URID atom_uri, atom_urid, atom_blank;
    LV2_URID midi_event;
    LV2_URID patch_get, patch_set, patch_property, patch_value;
    LV2_URID time_position, time_frame, time_speed, time_bar, time_bar_beat;
    LV2_URID time_beat_unit, time_beats_per_bar, time_beats_per_minute;
    LV2_URID block_min, block_max, block_nominal, sequence_size, sample_rate;
    LV2_URID log_error, log_warning, log_note, log_trace;
};

struct weir_plugin_world {
    LilvWorld *lilv;
    struct weir_urids *urids;
    LV2_URID_Map map; // for lilv and plugins
    LV2_URID_Unmap unmap;
    struct weir_known_urids known;
};

/// Find all plugins: reads every manifest.  What is broken is left out; lilv
/// says so on stderr.  Null when memory is short.
/// Free with weir_plugin_world_close().
struct weir_plugin_world *weir_plugin_world_open(void);

/// Let go of it; null is allowed.  No chain may be left.
void weir_plugin_world_close(struct weir_plugin_world *world);

/// The plugin of that URI; null when there is none, or `uri` is none.
const LilvPlugin *weir_plugin_world_find(const struct weir_plugin_world *world,
                                         const char *uri);

#endif
