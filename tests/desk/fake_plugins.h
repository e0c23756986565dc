// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A nursery and racks of the test's: what they are asked is noted, and
// answered at once or when told. In the place of client/plugin's.
#ifndef TESTS_DESK_FAKE_PLUGINS_H
#define TESTS_DESK_FAKE_PLUGINS_H

#include "plugin/nursery.h"
#include "plugin/rack.h"

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_TEXT = 65536 };

struct weir_nursery {
    bool hold;             // descriptions wait for fake_describe()
    bool slow;             // what racks are asked waits for fake_tell()
    const char *fail;      // the verb that fails next ("add"); null: none
    char asked[FAKE_TEXT]; // of racks and the nursery, a line each
    char mixed[FAKE_TEXT]; // what the mixer has set, a line each
    uint32_t n_racks;      // there now
    uint32_t n_gets;       // that racks were asked for all properties
    uint32_t n_runs;       // blocks that inserts were given
    bool is_late;          // inserts have a block of latency
};

/// The one there is: an amplifier <urn:amp>, its twin <urn:amp2>, and
/// <urn:refused>, which requires what weir has not.
extern struct weir_nursery fake;

void fake_reset(void);

/// What was noted since the last time; lives until the next call.
const char *fake_asked(void);
const char *fake_mixed(void);

/// Answer what waits: descriptions; what racks were asked.
void fake_describe(void);
void fake_tell(void);

/// A plugin tells a property, or shows another output.
void fake_say_property(const char *slot, const char *property,
                       const char *value);
void fake_show(float level);
void fake_set_state(enum weir_rack_state state);

#endif
