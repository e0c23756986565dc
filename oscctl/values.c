// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tables of settable values, and the laws behind them.
#include "oscctl/values.h"

#include <math.h>
#include <string.h>

const struct weir_value weir_strip_values[WEIR_STRIP_N_VALUES] = {
    [WEIR_STRIP_NAME] = {"name", WEIR_VALUE_STRING, 0, 0, 0, true},
    [WEIR_STRIP_GAIN] = {"gain", WEIR_VALUE_DB, -90, 10, 0, true},
    [WEIR_STRIP_FADER] = {"fader", WEIR_VALUE_FADER, 0, 1, 0.75f, false},
    [WEIR_STRIP_TRIM] = {"trim", WEIR_VALUE_DB, -20, 40, 0, true},
    [WEIR_STRIP_MUTE] = {"mute", WEIR_VALUE_BOOL, 0, 1, 0, true},
    [WEIR_STRIP_SOLO] = {"solo", WEIR_VALUE_BOOL, 0, 1, 0, true},
    [WEIR_STRIP_SOLO_SAFE] = {"solo_safe", WEIR_VALUE_BOOL, 0, 1, 0, true},
    [WEIR_STRIP_POLARITY] = {"polarity", WEIR_VALUE_BOOL, 0, 1, 0, true},
    [WEIR_STRIP_PAN] = {"pan", WEIR_VALUE_FLOAT, -1, 1, 0, true},
    [WEIR_STRIP_MAIN] = {"main", WEIR_VALUE_BOOL, 0, 1, 1, true},
    [WEIR_STRIP_FEED_PAUSED] = {"feed/paused", WEIR_VALUE_BOOL, 0, 1, 0, true},
};

const struct weir_value weir_bus_values[WEIR_BUS_N_VALUES] = {
    [WEIR_BUS_NAME] = {"name", WEIR_VALUE_STRING, 0, 0, 0, true},
    [WEIR_BUS_GAIN] = {"gain", WEIR_VALUE_DB, -90, 10, 0, true},
    [WEIR_BUS_FADER] = {"fader", WEIR_VALUE_FADER, 0, 1, 0.75f, false},
    [WEIR_BUS_MUTE] = {"mute", WEIR_VALUE_BOOL, 0, 1, 0, true},
};

const struct weir_value weir_send_values[WEIR_SEND_N_VALUES] = {
    [WEIR_SEND_LEVEL] = {"level", WEIR_VALUE_DB, -90, 10, -90, true},
    [WEIR_SEND_ON] = {"on", WEIR_VALUE_BOOL, 0, 1, 0, true},
    [WEIR_SEND_PRE] = {"pre", WEIR_VALUE_BOOL, 0, 1, 0, true},
};

int
weir_values_find(const struct weir_value *table, int n_rows, const char *leaf)
{
    for (int i = 0; i < n_rows; i++)
        if (strcmp(table[i].leaf, leaf) == 0)
            return i;
    return -1;
}

static const struct weir_value *
find_row(const struct weir_value *table, int n_rows, const char *leaf)
{
    const int row = weir_values_find(table, n_rows, leaf);
    return row < 0 ? NULL : &table[row];
}

// What follows `prefix` in `address`, or null.
static const char *
after(const char *prefix, const char *address)
{
    const size_t length = strlen(prefix);
    return strncmp(address, prefix, length) == 0 ? address + length : NULL;
}

// What follows the segment that `address` begins with, or null.
static const char *
after_segment(const char *address)
{
    const char *slash = strchr(address, '/');
    return slash && slash > address ? slash + 1 : NULL;
}

static const struct weir_value *
strip_row(const char *below_strip)
{
    const char *below_send = after("send/", below_strip);
    if (!below_send)
        return find_row(weir_strip_values, WEIR_STRIP_N_VALUES, below_strip);
    const char *leaf = after_segment(below_send);
    return leaf ? find_row(weir_send_values, WEIR_SEND_N_VALUES, leaf) : NULL;
}

const struct weir_value *
weir_values_of_address(const char *address)
{
    const char *id = after("/strip/", address);
    const char *below = id ? after_segment(id) : NULL;
    if (id)
        return below ? strip_row(below) : NULL;
    id = after("/bus/", address);
    below = id ? after_segment(id) : NULL;
    return below ? find_row(weir_bus_values, WEIR_BUS_N_VALUES, below) : NULL;
}

bool
weir_value_in_range(const struct weir_value *row, double number)
{
    // A NaN fails both comparisons, an infinity one.
    return number >= (double)row->min && number <= (double)row->max;
}

bool
weir_id_ok(const char *id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    const size_t length = strnlen(id, WEIR_ID_MAX + 1);
    return length >= 1 && length <= WEIR_ID_MAX && *id >= 'a' && *id <= 'z' &&
           strspn(id, allowed) == length;
}

// ---- UTF-8

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

// Bytes of the character that `lead` begins, 0 if it begins none.
static size_t
length_by_lead(unsigned char lead)
{
    if (lead < 0x80)
        return lead != 0;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 4;
    return 0; // a continuation, or a lead that only overlong forms have
}

// Neither overlong, nor a surrogate, nor beyond Unicode.
static bool
code_ok(unsigned code, size_t length)
{
    static const unsigned least[] = {0, 1, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= least[length] && code <= 0x10ffff && !surrogate;
}

size_t
weir_utf8_next(const char *text, unsigned *code)
{
    const unsigned char lead = (unsigned char)text[0];
    const size_t length = length_by_lead(lead);
    unsigned value = length > 1 ? lead & (0xffu >> (length + 1)) : lead;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(text[i])) // the NUL is none: reads no further
            return 0;
        value = value << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (length == 0 || !code_ok(value, length))
        return 0;
    *code = value;
    return length;
}

bool
weir_utf8_is_control(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool
weir_name_ok(const char *name)
{
    int n_chars = 0;
    while (*name) {
        unsigned code = 0;
        const size_t length = weir_utf8_next(name, &code);
        if (length == 0 || weir_utf8_is_control(code) ||
            ++n_chars > WEIR_NAME_CHARS)
            return false;
        name += length;
    }
    return n_chars > 0;
}

// ---- gains

float
weir_db_to_lin(float gain_db)
{
    // pow(10, 0) is exactly 1, so 0 dB is.
    return gain_db <= WEIR_SILENCE_DB ? 0.0f
                                      : (float)pow(10.0, (double)gain_db / 20);
}

float
weir_lin_to_db(float gain_lin)
{
    if (!(gain_lin > 0))
        return WEIR_SILENCE_DB;
    return fmaxf(WEIR_SILENCE_DB, (float)(20 * log10((double)gain_lin)));
}

// The X32's four straight lines, as in "Unofficial X32/M32 OSC Remote
// Protocol" (P.-G. Maillot), "Converting X32 fader data to decibels and
// vice-versa", after Behringer's own "X32 OSC Remote Protocol".  In double,
// so that the break points 0.0625, 0.25, 0.5 and their gains are exact.
float
weir_fader_to_db(float fader)
{
    const double f = (double)fader;
    if (f >= 0.5)
        return (float)(40 * f - 30);
    if (f >= 0.25)
        return (float)(80 * f - 50);
    if (f >= 0.0625)
        return (float)(160 * f - 70);
    return (float)(480 * f - 90);
}

float
weir_db_to_fader(float gain_db)
{
    const double d = (double)gain_db;
    if (d >= -10)
        return (float)((d + 30) / 40);
    if (d >= -30)
        return (float)((d + 50) / 80);
    if (d >= -60)
        return (float)((d + 70) / 160);
    return (float)((d + 90) / 480);
}
