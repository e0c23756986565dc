// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plugins that are installed. Everything here is @control's, but for
// map() and unmap(), which plugins call from anywhere.
#include "plugin/world.h"

#include "common/log.h"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/log/log.h>
#include <lv2/midi/midi.h>
#include <lv2/parameters/parameters.h>
#include <lv2/patch/patch.h>
#include <lv2/time/time.h>
#include <stdlib.h>
#include <string.h>

static LV2_URID
map(LV2_URID_Map_Handle handle, const char *uri)
{
    return weir_urids_map(handle, uri);
}

static const char *
unmap(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    return weir_urids_unmap(handle, urid);
}

static void
know(struct weir_known_urids *k, struct weir_urids *t)
{
    *k = (struct weir_known_urids){
        .atom_bool = weir_urids_map(t, LV2_ATOM__Bool),
        .atom_chunk = weir_urids_map(t, LV2_ATOM__Chunk),
        .atom_double = weir_urids_map(t, LV2_ATOM__Double),
        .atom_float = weir_urids_map(t, LV2_ATOM__Float),
        .atom_int = weir_urids_map(t, LV2_ATOM__Int),
        .atom_long = weir_urids_map(t, LV2_ATOM__Long),
        .atom_object = weir_urids_map(t, LV2_ATOM__Object),
        .atom_blank = weir_urids_map(t, LV2_ATOM__Blank),
        .atom_path = weir_urids_map(t, LV2_ATOM__Path),
        .atom_sequence = weir_urids_map(t, LV2_ATOM__Sequence),
        .atom_string = weir_urids_map(t, LV2_ATOM__String),
        .atom_uri = weir_urids_map(t, LV2_ATOM__URI),
        .atom_urid = weir_urids_map(t, LV2_ATOM__URID),
        .midi_event = weir_urids_map(t, LV2_MIDI__MidiEvent),
        .patch_get = weir_urids_map(t, LV2_PATCH__Get),
        .patch_set = weir_urids_map(t, LV2_PATCH__Set),
        .patch_property = weir_urids_map(t, LV2_PATCH__property),
        .patch_value = weir_urids_map(t, LV2_PATCH__value),
        .time_position = weir_urids_map(t, LV2_TIME__Position),
        .time_frame = weir_urids_map(t, LV2_TIME__frame),
        .time_speed = weir_urids_map(t, LV2_TIME__speed),
        .time_bar = weir_urids_map(t, LV2_TIME__bar),
        .time_bar_beat = weir_urids_map(t, LV2_TIME__barBeat),
        .time_beat_unit = weir_urids_map(t, LV2_TIME__beatUnit),
        .time_beats_per_bar = weir_urids_map(t, LV2_TIME__beatsPerBar),
        .time_beats_per_minute = weir_urids_map(t, LV2_TIME__beatsPerMinute),
        .block_min = weir_urids_map(t, LV2_BUF_SIZE__minBlockLength),
        .block_max = weir_urids_map(t, LV2_BUF_SIZE__maxBlockLength),
        .block_nominal = weir_urids_map(t, LV2_BUF_SIZE__nominalBlockLength),
        .sequence_size = weir_urids_map(t, LV2_BUF_SIZE__sequenceSize),
        .sample_rate = weir_urids_map(t, LV2_PARAMETERS__sampleRate),
        .log_error = weir_urids_map(t, LV2_LOG__Error),
        .log_warning = weir_urids_map(t, LV2_LOG__Warning),
        .log_note = weir_urids_map(t, LV2_LOG__Note),
        .log_trace = weir_urids_map(t, LV2_LOG__Trace),
    };
}

// Of the folders in LV2_PATH those that lilv can read: a relative one ends the
// program there (0.24.14).
static void
set_path(LilvWorld *world)
{
    const char *from = getenv("LV2_PATH");
    char *to = from ? calloc(1, strlen(from) + 2) : NULL;
    if (!to)
        return;
    while (*from) {
        const size_t n = strcspn(from, ":");
        if (*from == '/' || *from == '~')
            strcat(strncat(to, from, n), ":");
        else if (n > 0)
            weir_log(WEIR_LOG_ERROR,
                     "LV2_PATH: %.*s is left out: it is not absolute", (int)n,
                     from);
        from += n + (from[n] == ':');
    }
    if (*to)
        to[strlen(to) - 1] = '\0';
    LilvNode *path = lilv_new_string(world, to);
    lilv_world_set_option(world, LILV_OPTION_LV2_PATH, path);
    lilv_node_free(path);
    free(to);
}

struct weir_plugin_world *
weir_plugin_world_open(void)
{
    struct weir_plugin_world *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->urids = weir_urids_new();
    w->lilv = lilv_world_new();
    if (!w->urids || !w->lilv) {
        weir_plugin_world_close(w);
        return NULL;
    }
    w->map = (LV2_URID_Map){w->urids, map};
    w->unmap = (LV2_URID_Unmap){w->urids, unmap};
    know(&w->known, w->urids);
    set_path(w->lilv);
    lilv_world_load_all(w->lilv);
    return w;
}

void
weir_plugin_world_close(struct weir_plugin_world *w)
{
    if (!w)
        return;
    if (w->lilv)
        lilv_world_free(w->lilv);
    weir_urids_free(w->urids);
    free(w);
}

const LilvPlugin *
weir_plugin_world_find(const struct weir_plugin_world *w, const char *uri)
{
    LilvNode *node = lilv_new_uri(w->lilv, uri);
    if (!node)
        return NULL;
    const LilvPlugin *plugin =
        lilv_plugins_get_by_uri(lilv_world_get_all_plugins(w->lilv), node);
    lilv_node_free(node);
    return plugin;
}
