// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The settable values of strips, buses and sends, as the server, sessions and
// weirctl share them: type, range, default, and what a name or an id may be.
#ifndef WEIR_OSCCTL_VALUES_H
#define WEIR_OSCCTL_VALUES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    WEIR_ID_MAX = 32,                          ///< characters of an id
    WEIR_NAME_CHARS = 64,                      ///< Unicode characters of a name
    WEIR_NAME_BYTES = 4 * WEIR_NAME_CHARS + 1, ///< room for any name
    WEIR_CHANNELS_MAX = 64,
};

/// Below and at this gain there is silence.
#define WEIR_SILENCE_DB (-90.0f)

enum weir_value_kind {
    WEIR_VALUE_STRING, ///< a name: weir_name_ok()
    WEIR_VALUE_BOOL,
    WEIR_VALUE_FLOAT,
    WEIR_VALUE_DB,    ///< a float; -90 means silence where that is the minimum
    WEIR_VALUE_FADER, ///< a float; another scale of the gain beside it
};

/// One row of a table; the row's index is the enum below.
struct weir_value {
    const char *leaf; ///< last segment of its address, or last two
    enum weir_value_kind kind;
    float min, max;
    float initial; ///< bool: 0 or 1; string: unused, a name begins as the id
    bool in_dump;  ///< false when another value says the same
};

/// /strip/ID/...
enum weir_strip_value {
    WEIR_STRIP_NAME,
    WEIR_STRIP_GAIN,
    WEIR_STRIP_FADER,
    WEIR_STRIP_TRIM,
    WEIR_STRIP_MUTE,
    WEIR_STRIP_SOLO,
    WEIR_STRIP_SOLO_SAFE,
    WEIR_STRIP_POLARITY,
    WEIR_STRIP_PAN,
    WEIR_STRIP_MAIN,
    WEIR_STRIP_FEED_PAUSED,
    WEIR_STRIP_N_VALUES
};

/// /bus/ID/...
enum weir_bus_value {
    WEIR_BUS_NAME,
    WEIR_BUS_GAIN,
    WEIR_BUS_FADER,
    WEIR_BUS_MUTE,
    WEIR_BUS_N_VALUES
};

/// /strip/ID/send/BUS/...
enum weir_send_value {
    WEIR_SEND_LEVEL,
    WEIR_SEND_ON,
    WEIR_SEND_PRE,
    WEIR_SEND_N_VALUES
};

extern const struct weir_value weir_strip_values[WEIR_STRIP_N_VALUES];
extern const struct weir_value weir_bus_values[WEIR_BUS_N_VALUES];
extern const struct weir_value weir_send_values[WEIR_SEND_N_VALUES];

/// The row called `leaf`, or -1.  @any
int weir_values_find(const struct weir_value *table, int n_rows,
                     const char *leaf);

/// The row that an address such as "/strip/mic/gain" belongs to; ids may be
/// patterns, the other segments are taken as they stand.  Null when it is no
/// settable value.  @any
const struct weir_value *weir_values_of_address(const char *address);

/// Whether a number is finite and within the row's range.  @any
bool weir_value_in_range(const struct weir_value *row, double number);

/// Whether `id` is [a-z][a-z0-9_-]{0,31}.  @any
bool weir_id_ok(const char *id);

/// Whether `name` is UTF-8 of 1..64 characters, none of them a control
/// character (C0, DEL, C1).  @any  Linear.
bool weir_name_ok(const char *name);

/// The length in bytes of the well-formed UTF-8 character at `text`, 0 when
/// it is ill-formed (or the NUL).  Its code point goes to `code`.  @any
size_t weir_utf8_next(const char *text, unsigned *code);

/// Whether a code point is a control character: C0, DEL or C1.  @any
bool weir_utf8_is_control(unsigned code);

/// dB to a factor: -90 and below is exactly 0, 0 dB exactly 1.  @any
float weir_db_to_lin(float gain_db);

/// A factor to dB, not below -90.  @any
float weir_lin_to_db(float gain_lin);

/// The fader law: 0..1 to -90..10 dB.  @any
float weir_fader_to_db(float fader);

/// Its inverse: -90..10 dB to 0..1.  @any
float weir_db_to_fader(float gain_db);

#endif
