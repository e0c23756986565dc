// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Lines of text to messages and back.
#include "oscctl/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The types that a line's arguments get, "blank", or the fault's text.
static const char *
types_of(const char *text)
{
    static char answer[200];
    struct weir_text_line line;
    struct weir_text_fault fault;
    switch (weir_text_parse(text, strlen(text), &line, &fault)) {
    case WEIR_TEXT_BLANK:
        return "blank";
    case WEIR_TEXT_FAULT:
        snprintf(answer, sizeof answer, "%d: %s", fault.column, fault.text);
        return answer;
    default:
        snprintf(answer, sizeof answer, "%s",
                 lo_message_get_types(line.message));
        lo_message_free(line.message);
        return answer;
    }
}

// A line read and written again; static, free nothing.
static const char *
again(const char *text)
{
    static char *written;
    size_t size;
    struct weir_text_line line;
    struct weir_text_fault fault;
    cr_assert_eq(weir_text_parse(text, strlen(text), &line, &fault),
                 WEIR_TEXT_MESSAGE, "%s: %s", text, fault.text);
    free(written);
    FILE *to = open_memstream(&written, &size);
    weir_text_print(to, line.address, line.message, 0);
    fclose(to);
    lo_message_free(line.message);
    return written;
}

static bool
fails(const char *text, int column, const char *part)
{
    struct weir_text_line line;
    struct weir_text_fault fault;
    const enum weir_text_result result =
        weir_text_parse(text, strlen(text), &line, &fault);
    return result == WEIR_TEXT_FAULT && fault.column == column &&
           strstr(fault.text, part) != NULL;
}

Test(osc_text, words_get_the_type_that_they_look_like)
{
    cr_assert_str_eq(types_of("/a"), "");
    cr_assert_str_eq(types_of("/a 3 -3 +3 007"), "iiii");
    cr_assert_str_eq(types_of("/a 2147483647 2147483648 -2147483649"), "ihh");
    cr_assert_str_eq(types_of("/a 3.5 -.5 1. 1e3 1E-3 99999999999999999999"),
                     "ffffff");
    cr_assert_str_eq(types_of("/a 1e39 -1e300"), "dd");
    cr_assert_str_eq(types_of("/a T F N I"), "TFNI");
    cr_assert_str_eq(types_of("/a mic True \"\" \"T\" \"3\" t"), "ssssss");
    cr_assert_str_eq(types_of("/a inf -inf nan NaN infinity"), "sssss");
    cr_assert_str_eq(types_of("/a . - + e5 1e 1e+ 3x 0.1.2 1,5"), "sssssssss");
    cr_assert_str_eq(types_of("/a 'x' '\\n' 0x00ff m:903c7f00"), "ccbm");
    cr_assert_str_eq(types_of("/a @0000000000000001"), "t");
}

Test(osc_text, blank_lines_and_comments_are_no_messages)
{
    cr_assert_str_eq(types_of(""), "blank");
    cr_assert_str_eq(types_of(" \t\r"), "blank");
    cr_assert_str_eq(types_of("# /a 1"), "blank");
    cr_assert_str_eq(types_of("  # a"), "blank");
    cr_assert_str_eq(types_of("/a 1 # comment \" \\"), "i");
    cr_assert_str_eq(types_of("/a 1#2 \r"), "s");
    cr_assert_str_eq(types_of("\t/a\t1 "), "i");
}

Test(osc_text, what_is_a_string_by_its_address_stays_one)
{
    cr_assert_str_eq(types_of("/strip/mic/name 5"), "s");
    cr_assert_str_eq(types_of("/strip/mic/name T"), "s");
    cr_assert_str_eq(types_of("/strip/*/name 0x1"), "s");
    cr_assert_str_eq(types_of("/strip/add 5 2 7"), "sis");
    cr_assert_str_eq(types_of("/bus/add 5 2"), "si");
    cr_assert_str_eq(types_of("/scene/recall 12 1.5"), "sf");
    cr_assert_str_eq(types_of("/strip/mic/gain 5"), "i");
    cr_assert_str_eq(types_of("/bus/fx/plugin/add 5 6 7"), "ssi");
    cr_assert_str_eq(types_of("/strip/mic/plugin/eq/preset 80"), "s");
    cr_assert_str_eq(types_of("/strip/mic/plugin/eq/preset/save T"), "s");
    cr_assert_str_eq(types_of("/strip/mic/plugin/eq/load 1"), "s");
    cr_assert_str_eq(types_of("/strip/mic/plugin/eq/property 1 2"), "si");
    cr_assert_str_eq(types_of("/strip/mic/plugin/eq/param/preset 1"), "i");
}

Test(osc_text, faults_name_the_column_and_the_reason)
{
    cr_assert(fails("strip/a 1", 1, "'/'"));
    cr_assert(fails("  /a/ 1", 3, "missing"));
    cr_assert(fails("/{a,b 1", 1, "'}'"));
    cr_assert(fails("/a#b 1", 1, "not allowed"));
    cr_assert(fails("/a \"x", 4, "not closed"));
    cr_assert(fails("/a \"x\\", 6, "after \\"));
    cr_assert(fails("/a \"x\\q\"", 6, "after \\"));
    cr_assert(fails("/a \"\\x00\"", 5, "hex digits"));
    cr_assert(fails("/a \"\\x4\"", 5, "hex digits"));
    cr_assert(fails("/a \"x\"y", 7, "space"));
    cr_assert(fails("/a 'xy'", 4, "one character"));
    cr_assert(fails("/a 1 0xabc", 6, "blob"));
    cr_assert(fails("/a 0x", 4, "blob"));
    cr_assert(fails("/a m:12", 4, "MIDI"));
    cr_assert(fails("/a @12", 4, "time tag"));
    cr_assert(fails("/a 1e999", 4, "too large"));
    cr_assert(fails("/a \"\xc3\"", 5, "UTF-8"));
    cr_assert(fails("/a \"\x1b[0m\"", 5, "control"));
    cr_assert(fails("/a \"\xc2\x9b\"", 5, "control"));
}

Test(osc_text, a_nul_byte_in_a_line_is_a_fault)
{
    struct weir_text_line line;
    struct weir_text_fault fault;
    cr_assert_eq(weir_text_parse("/a 1\0 2", 7, &line, &fault),
                 WEIR_TEXT_FAULT);
    cr_assert_eq(fault.column, 5);
}

Test(osc_text, addresses_beyond_the_room_are_refused)
{
    char text[1100];
    memset(text, 'a', sizeof text);
    text[0] = '/';
    text[WEIR_TEXT_ADDRESS_BYTES] = '\0';
    cr_assert(fails(text, 1, "too long"));
}

Test(osc_text, lines_are_written_as_people_write_them)
{
    static const char *const lines[] = {
        "/strip/mic/gain -6",
        "/strip/mic/gain -6.25",
        "/strip/mic/mute T",
        "/strip/add mic 1 \"Lead Vox\"",
        "/strip/list mic music",
        "/strip/mic/name \"Bass\"",
        "/strip/mic/name \"5\"",
        "/a \"\" \"3\" \"T\" \"nan\" \"-Inf\" \"0x\" \"@\" \"m:\" \"a#b\"",
        "/a \"say \\\"hi\\\" \\\\ \\n\\t\\x1b\\xc2\\x9b\\xff it's\"",
        "/a \"G\xc3\xa4ste\" osc.udp://127.0.0.1:7770/ main_L -x /b/* 1,5",
        "/a 'x' '\\'' '\\x80' 0x00ff m:903c7f00 @00000000000001ff N I",
        "/a 0.1 1e-05 1e+20 -0.0 9223372036854775807",
        "/a 1e+300",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        cr_assert_str_eq(again(lines[i]), lines[i]);
}

Test(osc_text, the_first_arguments_can_be_left_out)
{
    char *written;
    size_t size;
    lo_message message = lo_message_new();
    lo_message_add(message, "sss", "/strip/list", "mic", "music");
    FILE *to = open_memstream(&written, &size);
    weir_text_print(to, "/strip/list", message, 1);
    fclose(to);
    cr_assert_str_eq(written, "/strip/list mic music");
    free(written);
    lo_message_free(message);
}

// ---- words from a shell

static const char *
types_of_words(const char *address, int n_words, const char *const words[])
{
    static char types[200];
    struct weir_text_fault fault;
    lo_message message;
    if (!weir_text_from_words(address, words, n_words, &message, &fault)) {
        snprintf(types, sizeof types, "%d: %s", fault.column, fault.text);
        return types;
    }
    snprintf(types, sizeof types, "%s", lo_message_get_types(message));
    lo_message_free(message);
    return types;
}

#define TYPES(address, ...)                                                    \
    types_of_words(                                                            \
        address,                                                               \
        (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),         \
        (const char *[]){__VA_ARGS__})

static const char *const no_words[1];

Test(osc_text, shell_words_follow_their_address)
{
    cr_assert_str_eq(types_of_words("/ping", 0, no_words), "");
    cr_assert_str_eq(TYPES("/strip/mic/name", "Lead Vox"), "s");
    cr_assert_str_eq(TYPES("/strip/mic/name", "5"), "s");
    cr_assert_str_eq(TYPES("/strip/mic/name", "\"5\""), "s");
    cr_assert_str_eq(TYPES("/strip/add", "5", "2", "T"), "sis");
    cr_assert_str_eq(TYPES("/strip/mic/gain", "-6"), "i");
    cr_assert_str_eq(TYPES("/strip/mic/mute", "on"), "T");
    cr_assert_str_eq(TYPES("/strip/mic/mute", "False"), "F");
    cr_assert_str_eq(TYPES("/strip/mic/mute", "1"), "i");
    cr_assert_str_eq(TYPES("/strip/mic/send/fx/pre", "yes"), "T");
    cr_assert_str_eq(TYPES("/strip/mic/plugin/eq/bypass", "on"), "T");
    cr_assert_str_eq(TYPES("/bus/*/plugin/*/bypass", "no"), "F");
    cr_assert_str_eq(TYPES("/strip/mic/plugin/eq/param/bypass", "on"), "s");
    cr_assert_str_eq(TYPES("/other", "on", "\"5\"", "a b", ""), "ssss");
}

Test(osc_text, shell_words_that_are_wrong_are_numbered)
{
    cr_assert_str_eq(TYPES("/a", "1", "0x1"),
                     "2: a blob is 0x and pairs of hex digits");
    cr_assert_str_eq(TYPES("/a", "\xff"), "1: it is not UTF-8");
    cr_assert_str_eq(TYPES("/a", "1", "\"\\q\""),
                     "2: after \\ come \" ' \\ n t r or x and two hex digits "
                     "other than 00");
    cr_assert_str_eq(TYPES("a", "1"),
                     "0: a is no address: an address begins with '/'");
}

// ---- round trips

// The number at `at`, which liblo has at a multiple of 4 only.
static long double
number_of(char type, const void *at)
{
    union {
        int32_t i;
        int64_t h;
        float f;
        double d;
    } n;
    const bool wide = type == 'h' || type == 'd';
    memcpy(&n, at, wide ? 8 : 4);
    switch (type) {
    case 'i':
        return n.i;
    case 'h':
        return n.h;
    case 'f':
        return n.f;
    default:
        return n.d;
    }
}

static bool
is_number(char type)
{
    return strchr("ihfd", type) != NULL;
}

// A double comes back as a float next to it, all others as they were.
static bool
same_number(char type_a, long double a, long double b)
{
    const long double half_ulp = fmaxl(fabsl(a) * 0x1p-24L, 0x1p-150L);
    return type_a == 'd' ? fabsl(a - b) <= half_ulp * 1.001L : a == b;
}

static size_t
size_of(char type, const void *at)
{
    int32_t n_blob;
    switch (type) {
    case 'c':
        return 1;
    case 'm':
        return 4;
    case 't':
        return 8;
    case 'b':
        memcpy(&n_blob, at, sizeof n_blob);
        return sizeof n_blob + (size_t)n_blob;
    default:
        return 0;
    }
}

static bool
same_argument(char type_a, const void *a, char type_b, const void *b)
{
    if (lo_is_string_type((lo_type)type_a))
        return lo_is_string_type((lo_type)type_b) && strcmp(a, b) == 0;
    if (is_number(type_a))
        return is_number(type_b) &&
               same_number(type_a, number_of(type_a, a), number_of(type_b, b));
    const size_t size = size_of(type_a, a);
    return type_a == type_b && (size == 0 || memcmp(a, b, size) == 0);
}

static bool
same_messages(lo_message a, lo_message b)
{
    const int n = lo_message_get_argc(a);
    if (lo_message_get_argc(b) != n)
        return false;
    for (int i = 0; i < n; i++)
        if (!same_argument(
                lo_message_get_types(a)[i], lo_message_get_argv(a)[i],
                lo_message_get_types(b)[i], lo_message_get_argv(b)[i]))
            return false;
    return true;
}

static uint32_t
random_u32(void)
{
    return (uint32_t)rand() << 16 ^ (uint32_t)rand();
}

// Any float that is finite: all bit patterns are as likely.
static float
random_float(void)
{
    float number;
    do {
        const uint32_t bits = random_u32();
        memcpy(&number, &bits, sizeof number);
    } while (!isfinite(number));
    return number;
}

// Bytes that are likely to be trouble.
static void
random_string(char *out, int n)
{
    static const char bytes[] = "\"\\'# \t\n\x1b\x7f\xc3\xa4\xc2\x9b"
                                "TFNI0123.eExm:@-+aZ/";
    for (int i = 0; i < n; i++)
        out[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
    out[n] = '\0';
}

static void
add_random(lo_message to)
{
    char text[16];
    uint8_t midi[4] = {0x90, (uint8_t)rand(), (uint8_t)rand(), 0};
    const lo_timetag tag = {random_u32(), random_u32()};
    random_string(text, rand() % 6);
    lo_blob blob = lo_blob_new(1 + (int32_t)strlen(text), text);
    switch (rand() % 14) {
    case 0:
        lo_message_add_int32(to, (int32_t)random_u32());
        break;
    case 1:
        lo_message_add_int64(
            to, (int64_t)((uint64_t)random_u32() << 32 | random_u32()));
        break;
    case 2:
        lo_message_add_double(to, (double)random_float() * 1.1);
        break;
    case 3:
        lo_message_add_char(to, (char)(1 + rand() % 255));
        break;
    case 4:
        lo_message_add_blob(to, blob);
        break;
    case 5:
        lo_message_add_midi(to, midi);
        break;
    case 6:
        lo_message_add_timetag(to, tag);
        break;
    case 7:
        lo_message_add(to, "TFNI");
        break;
    case 8:
        lo_message_add_symbol(to, text);
        break;
    case 9:
    case 10:
    case 11:
        lo_message_add_string(to, text);
        break;
    default:
        lo_message_add_float(to, random_float());
    }
    lo_blob_free(blob);
}

Test(osc_text, any_message_comes_back_as_it_was_written)
{
    static const char *const addresses[] = {"/a", "/strip/x/name", "/strip/add",
                                            "/strip/x/mute"};
    srand(2);
    for (int round = 0; round < 20000; round++) {
        char *written;
        size_t size;
        const char *address = addresses[rand() % 4];
        struct weir_text_line line;
        struct weir_text_fault fault;
        lo_message message = lo_message_new();
        // A name's first argument is a string, or it would become one.
        lo_message_add_string(message, "s");
        for (int n = address[1] == 'a' ? rand() % 4 : 0; n > 0; n--)
            add_random(message);
        if (address[1] != 'a')
            lo_message_add(message, "is", rand(), "x y");
        FILE *to = open_memstream(&written, &size);
        weir_text_print(to, address, message, 0);
        fclose(to);
        cr_assert_eq(weir_text_parse(written, size, &line, &fault),
                     WEIR_TEXT_MESSAGE, "%s: %s", written, fault.text);
        cr_assert_str_eq(line.address, address);
        cr_assert(same_messages(message, line.message), "%s", written);
        lo_message_free(message);
        lo_message_free(line.message);
        free(written);
    }
}

Test(osc_text, a_float_is_written_as_short_as_it_can_be)
{
    srand(3);
    for (int round = 0; round < 20000; round++) {
        char *written, shorter[64];
        size_t size;
        const float number = random_float();
        lo_message message = lo_message_new();
        lo_message_add_float(message, number);
        FILE *to = open_memstream(&written, &size);
        weir_text_print(to, "/f", message, 0);
        fclose(to);
        cr_assert_eq(strtof(written + 3, NULL), number);
        int digits = 0;
        for (const char *c = written + 3; *c && *c != 'e'; c++)
            digits += (*c >= '0' && *c <= '9') && (*c != '0' || digits > 0);
        // Whole numbers below 10^7 are written out: 120, not 1.2e+02.
        const bool whole = fabsf(number) >= 1.0f && fabsf(number) < 1e7f &&
                           floorf(number) == number;
        if (whole)
            cr_assert_null(strpbrk(written, "e."), "%s", written);
        else if (digits > 1 && digits < 9) {
            snprintf(shorter, sizeof shorter, "%.*e", digits - 2,
                     (double)number);
            cr_assert_neq(strtof(shorter, NULL), number, "%s", written);
        }
        lo_message_free(message);
        free(written);
    }
}

Test(osc_text, lines_of_random_bytes_never_do_harm)
{
    srand(4);
    for (int round = 0; round < 50000; round++) {
        char text[40] = "/a ";
        struct weir_text_line line;
        struct weir_text_fault fault;
        const int n = rand() % 30;
        random_string(text + (round % 2 ? 3 : 0), n);
        if (weir_text_parse(text, strlen(text), &line, &fault) ==
            WEIR_TEXT_MESSAGE)
            lo_message_free(line.message);
    }
}
