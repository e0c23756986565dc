// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Words: numbers, constants, blobs, and what an address makes of them.
#include "oscctl/text_words.h"

#include "oscctl/values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
weir_word_fault(struct weir_text_fault *fault, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    return false;
}

// ---- what an address says

// Commands with arguments that are text: one letter an argument, `s` text
// (an id, a file, an address), `n` a name for people, `.` by its looks.
static const struct {
    const char *address;
    const char *args;
} text_args[] = {
    {"/strip/add", "s.n"},     {"/bus/add", "s"},
    {"/scene/store", "s"},     {"/scene/recall", "s."},
    {"/scene/remove", "s"},    {"/session/save", "s"},
    {"/session/load", "s"},    {"/connect", "ss"},
    {"/disconnect", "ss"},     {"/subscribe", "s"},
    {"/unsubscribe", "s"},     {"/subscribe_token", "s"},
    {"/plugin/describe", "s"}, {"/tag", "s"},
    {"/created", "s"},         {"/removed", "s"},
    {"/renamed", "sn"},
};

// The same behind "plugin/" of a strip or bus; '*' stands for a slot.
static const struct {
    const char *leaf;
    const char *args;
} plugin_args[] = {
    {"add", "ss."},  {"*/preset", "s"},    {"*/preset/save", "s"},
    {"*/load", "s"}, {"*/property", "s."},
};

// What follows "/strip/ID/plugin/" or "/bus/ID/plugin/", or null.
static const char *
behind_plugin(const char *address)
{
    size_t n = strncmp(address, "/strip/", 7) == 0 ? 7 : 0;
    n = strncmp(address, "/bus/", 5) == 0 ? 5 : n;
    const char *at = n > 0 ? address + n + strcspn(address + n, "/") : "";
    return strncmp(at, "/plugin/", 8) == 0 ? at + 8 : NULL;
}

// Whether what follows is `leaf`, with any slot for a '*'.
static bool
is_leaf(const char *behind, const char *leaf)
{
    if (*leaf == '*') {
        leaf++;
        behind += strcspn(behind, "/");
    }
    return strcmp(behind, leaf) == 0;
}

// The letter for an argument of a plugin's command.
static char
plugin_letter(const char *behind, int index)
{
    for (size_t i = 0; i < sizeof plugin_args / sizeof plugin_args[0]; i++)
        if (is_leaf(behind, plugin_args[i].leaf))
            return (size_t)index < strlen(plugin_args[i].args)
                       ? plugin_args[i].args[index]
                       : '.';
    return '.';
}

// The letter for an argument, '.' where the address says nothing.
static char
text_letter(const char *address, int index)
{
    const char *behind = behind_plugin(address);
    if (behind)
        return plugin_letter(behind, index);
    const struct weir_value *row = weir_values_of_address(address);
    if (row)
        return row->kind == WEIR_VALUE_STRING && index == 0 ? 'n' : '.';
    for (size_t i = 0; i < sizeof text_args / sizeof text_args[0]; i++)
        if (strcmp(address, text_args[i].address) == 0)
            return (size_t)index < strlen(text_args[i].args)
                       ? text_args[i].args[index]
                       : '.';
    return '.';
}

bool
weir_word_is_text(const char *address, int index)
{
    return text_letter(address, index) != '.';
}

bool
weir_word_is_name(const char *address, int index)
{
    return text_letter(address, index) == 'n';
}

bool
weir_word_is_bool(const char *address, int index)
{
    const struct weir_value *row = weir_values_of_address(address);
    const char *behind = behind_plugin(address);
    if (behind)
        return is_leaf(behind, "*/bypass") && index == 0;
    return row && row->kind == WEIR_VALUE_BOOL && index == 0;
}

// ---- what a word looks like

static const char *
skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

// [+-]digits[.digits][e[+-]digits], at least one digit before the 'e'.
static enum weir_word_kind
number_kind(const char *word)
{
    const char *at = word + (*word == '+' || *word == '-');
    const char *whole_end = skip_digits(at);
    size_t n_digits = (size_t)(whole_end - at);
    at = whole_end;
    if (*at == '.') {
        const char *fraction = ++at;
        at = skip_digits(at);
        n_digits += (size_t)(at - fraction);
    }
    if (n_digits == 0)
        return WEIR_WORD_STRING;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        if (!isdigit((unsigned char)*at))
            return WEIR_WORD_STRING;
        at = skip_digits(at);
    }
    if (*at != '\0')
        return WEIR_WORD_STRING;
    return at == whole_end ? WEIR_WORD_WHOLE : WEIR_WORD_REAL;
}

enum weir_word_kind
weir_word_kind_of(const char *word)
{
    if (*word && strchr("TFNI", *word) && word[1] == '\0')
        return WEIR_WORD_CONSTANT;
    if (strncmp(word, "0x", 2) == 0)
        return WEIR_WORD_BLOB;
    if (strncmp(word, "m:", 2) == 0)
        return WEIR_WORD_MIDI;
    if (*word == '@')
        return WEIR_WORD_TIME;
    return number_kind(word);
}

// ---- appending

static bool
added(int failed, struct weir_text_fault *fault)
{
    return failed == 0 || weir_word_fault(fault, "out of memory");
}

static int
add_constant(lo_message to, char constant)
{
    switch (constant) {
    case 'T':
        return lo_message_add_true(to);
    case 'F':
        return lo_message_add_false(to);
    case 'N':
        return lo_message_add_nil(to);
    default:
        return lo_message_add_infinitum(to);
    }
}

static bool
add_real(lo_message to, const char *word, struct weir_text_fault *fault)
{
    const float single = strtof(word, NULL);
    if (isfinite(single))
        return added(lo_message_add_float(to, single), fault);
    const double real = strtod(word, NULL);
    if (!isfinite(real))
        return weir_word_fault(fault, "%.40s is too large a number", word);
    return added(lo_message_add_double(to, real), fault);
}

static bool
add_whole(lo_message to, const char *word, struct weir_text_fault *fault)
{
    errno = 0;
    const long long whole = strtoll(word, NULL, 10);
    if (errno == ERANGE)
        return add_real(to, word, fault);
    if (whole < INT32_MIN || whole > INT32_MAX)
        return added(lo_message_add_int64(to, whole), fault);
    return added(lo_message_add_int32(to, (int32_t)whole), fault);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Pairs of hexadecimal digits to bytes; false if they are something else.
static bool
read_hex(const char *hex, uint8_t *bytes, size_t n_bytes)
{
    if (strlen(hex) != 2 * n_bytes)
        return false;
    for (size_t i = 0; i < n_bytes; i++) {
        const int high = hex_digit(hex[2 * i]);
        const int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool
add_blob(lo_message to, const char *hex, struct weir_text_fault *fault)
{
    const size_t n_bytes = strlen(hex) / 2;
    uint8_t *bytes = malloc(n_bytes + 1);
    bool ok = bytes && n_bytes > 0 && read_hex(hex, bytes, n_bytes);
    if (!ok)
        weir_word_fault(fault, "a blob is 0x and pairs of hex digits");
    lo_blob blob = ok ? lo_blob_new((int32_t)n_bytes, bytes) : NULL;
    if (ok)
        ok = added(!blob || lo_message_add_blob(to, blob), fault);
    if (blob)
        lo_blob_free(blob);
    free(bytes);
    return ok;
}

static bool
add_midi(lo_message to, const char *hex, struct weir_text_fault *fault)
{
    uint8_t midi[4];
    if (!read_hex(hex, midi, sizeof midi))
        return weir_word_fault(fault, "MIDI is m: and 8 hex digits");
    return added(lo_message_add_midi(to, midi), fault);
}

static bool
add_time(lo_message to, const char *hex, struct weir_text_fault *fault)
{
    uint8_t bytes[8];
    lo_timetag tag = {0, 0};
    if (!read_hex(hex, bytes, sizeof bytes))
        return weir_word_fault(fault, "a time tag is @ and 16 hex digits");
    for (int i = 0; i < 4; i++) {
        tag.sec = tag.sec << 8 | bytes[i];
        tag.frac = tag.frac << 8 | bytes[i + 4];
    }
    return added(lo_message_add_timetag(to, tag), fault);
}

bool
weir_word_add(lo_message to, const char *word, struct weir_text_fault *fault)
{
    switch (weir_word_kind_of(word)) {
    case WEIR_WORD_CONSTANT:
        return added(add_constant(to, *word), fault);
    case WEIR_WORD_WHOLE:
        return add_whole(to, word, fault);
    case WEIR_WORD_REAL:
        return add_real(to, word, fault);
    case WEIR_WORD_BLOB:
        return add_blob(to, word + 2, fault);
    case WEIR_WORD_MIDI:
        return add_midi(to, word + 2, fault);
    case WEIR_WORD_TIME:
        return add_time(to, word + 1, fault);
    default: // WEIR_WORD_STRING
        return added(lo_message_add_string(to, word), fault);
    }
}
