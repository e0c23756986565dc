// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Writing OSC messages as lines that text.c reads.
#include "oscctl/text.h"

#include "oscctl/text_words.h"
#include "oscctl/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// People read "120" sooner than "1.2e+02".
static void
print_plainly(FILE *to, double number, const char *shortest)
{
    char plain[64];
    if (number == 0 && signbit(number))
        fputs("-0.0", to); // "-0" would come back as the integer 0
    else if (strchr(shortest, 'e') && fabs(number) >= 1 && fabs(number) < 1e7 &&
             floor(number) == number) {
        snprintf(plain, sizeof plain, "%.0f", number);
        fputs(plain, to);
    } else {
        fputs(shortest, to);
    }
}

// The shortest text that reads back as the same float.
static void
print_float(FILE *to, float number)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number)
            break;
    }
    print_plainly(to, (double)number, text);
}

static void
print_double(FILE *to, double number)
{
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    print_plainly(to, number, text);
}

// One character between quotes; those that are not text as \x..
static void
print_escaped(FILE *to, const char *bytes, size_t n, unsigned code)
{
    if (code == '"' || code == '\'' || code == '\\')
        fprintf(to, "\\%c", (int)code);
    else if (code == '\n')
        fputs("\\n", to);
    else if (code == '\t')
        fputs("\\t", to);
    else if (!weir_utf8_is_control(code))
        fwrite(bytes, 1, n, to);
    else
        for (size_t i = 0; i < n; i++)
            fprintf(to, "\\x%02x", (unsigned char)bytes[i]);
}

static void
print_quoted(FILE *to, const char *text)
{
    fputc('"', to);
    while (*text) {
        unsigned code = 0; // stands for a byte that is no UTF-8, too
        size_t n = weir_utf8_next(text, &code);
        n = n > 0 ? n : 1;
        if (code == '\'') // no need to escape it here
            fputc('\'', to);
        else
            print_escaped(to, text, n, code);
        text += n;
    }
    fputc('"', to);
}

static bool
looks_infinite(const char *text)
{
    static const char *const words[] = {"inf", "infinity", "nan"};
    text += *text == '-' || *text == '+';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

// Whether a string, written as it is, comes back as it is.
static bool
is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == '#')
            return false;
    return *text != '\0' && *text != '\'' && !looks_infinite(text) &&
           weir_word_kind_of(text) == WEIR_WORD_STRING;
}

static void
print_string(FILE *to, const char *address, int index, const char *text)
{
    if (is_plain(text) && !weir_word_is_name(address, index))
        fputs(text, to);
    else
        print_quoted(to, text);
}

static void
print_hex(FILE *to, const char *prefix, const void *data, size_t n_bytes)
{
    const uint8_t *bytes = data;
    fputs(prefix, to);
    for (size_t i = 0; i < n_bytes; i++)
        fprintf(to, "%02x", bytes[i]);
}

static void
print_char(FILE *to, unsigned char c)
{
    const char byte = (char)c;
    fputc('\'', to);
    print_escaped(to, &byte, 1, c < 0x80 ? c : 0);
    fputc('\'', to);
}

// liblo's arguments lie at multiples of 4, where a lo_arg may not be touched:
// `at` is looked at as bytes.
static void
print_time(FILE *to, const void *at)
{
    lo_timetag tag;
    memcpy(&tag, at, sizeof tag);
    fprintf(to, "@%08" PRIx32 "%08" PRIx32, tag.sec, tag.frac);
}

static void
print_blob(FILE *to, const void *at)
{
    int32_t n_bytes;
    memcpy(&n_bytes, at, sizeof n_bytes);
    print_hex(to, "0x", (const char *)at + sizeof n_bytes, (size_t)n_bytes);
}

static void
print_number(FILE *to, char type, const void *at)
{
    int32_t i = 0;
    int64_t h = 0;
    float f = 0;
    double d = 0;
    switch (type) {
    case LO_INT32:
        memcpy(&i, at, sizeof i);
        fprintf(to, "%" PRId32, i);
        break;
    case LO_INT64:
        memcpy(&h, at, sizeof h);
        fprintf(to, "%" PRId64, h);
        break;
    case LO_FLOAT:
        memcpy(&f, at, sizeof f);
        print_float(to, f);
        break;
    default: // LO_DOUBLE
        memcpy(&d, at, sizeof d);
        print_double(to, d);
    }
}

static void
print_argument(FILE *to, char type, const void *at)
{
    switch (type) {
    case LO_INT32:
    case LO_INT64:
    case LO_FLOAT:
    case LO_DOUBLE:
        print_number(to, type, at);
        break;
    case LO_CHAR:
        print_char(to, *(const unsigned char *)at);
        break;
    case LO_MIDI:
        print_hex(to, "m:", at, 4);
        break;
    case LO_BLOB:
        print_blob(to, at);
        break;
    case LO_TIMETAG:
        print_time(to, at);
        break;
    default: // T F N I
        fputc(type, to);
    }
}

void
weir_text_print(FILE *to, const char *address, lo_message message, int first)
{
    const char *types = lo_message_get_types(message);
    lo_arg **args = lo_message_get_argv(message);
    const int n_args = lo_message_get_argc(message);
    fputs(address, to);
    for (int i = first; i < n_args; i++) {
        const void *at = args[i];
        fputc(' ', to);
        if (types[i] == LO_STRING || types[i] == LO_SYMBOL)
            print_string(to, address, i - first, at);
        else
            print_argument(to, types[i], at);
    }
}
