// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The attach socket's OSC codec: what it builds, and what it refuses.
#include "attach/wire.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t
build_attach(unsigned char *packet, size_t size)
{
    struct weir_wire_out w;
    weir_wire_begin(&w, "/attach");
    weir_wire_int(&w, -2);
    weir_wire_string(&w, "abc");
    weir_wire_string(&w, "");
    weir_wire_string(&w, "main");
    return weir_wire_end(&w, packet, size);
}

Test(wire, a_message_is_built_byte_by_byte_as_osc_1_0_says)
{
    static const unsigned char expected[] = "/attach\0"
                                            ",isss\0\0\0"
                                            "\xff\xff\xff\xfe"
                                            "abc\0"
                                            "\0\0\0\0"
                                            "main\0\0\0";
    unsigned char packet[64];
    const size_t n = build_attach(packet, sizeof packet);
    // The literal's own NUL is the last byte of padding.
    cr_assert_eq(n, sizeof expected);
    cr_assert_eq(memcmp(packet, expected, n), 0);
}

Test(wire, every_type_comes_back_as_it_went_in)
{
    struct weir_wire_out w;
    unsigned char packet[128];
    weir_wire_begin(&w, "/x");
    weir_wire_int(&w, INT32_MIN);
    weir_wire_long(&w, INT64_MIN + 1);
    weir_wire_float(&w, -0.15625f);
    weir_wire_double(&w, 1e300);
    weir_wire_bool(&w, true);
    weir_wire_bool(&w, false);
    weir_wire_string(&w, "end");
    const size_t n = weir_wire_end(&w, packet, sizeof packet);

    struct weir_wire m;
    int32_t i;
    int64_t h;
    float f;
    double d;
    bool yes;
    bool no;
    cr_assert(weir_wire_parse(&m, packet, n));
    cr_assert(weir_wire_is(&m, "/x", "ihfdTFs"));
    cr_assert(weir_wire_get_int(&m, 0, &i) && i == INT32_MIN);
    cr_assert(weir_wire_get_long(&m, 1, &h) && h == INT64_MIN + 1);
    cr_assert(weir_wire_get_float(&m, 2, &f) && f == -0.15625f);
    cr_assert(weir_wire_get_double(&m, 3, &d) && d == 1e300);
    cr_assert(weir_wire_get_bool(&m, 4, &yes) && yes);
    cr_assert(weir_wire_get_bool(&m, 5, &no) && !no);
    cr_assert_str_eq(weir_wire_get_string(&m, 6), "end");
}

Test(wire, an_argument_of_another_type_or_index_is_not_given_out)
{
    unsigned char packet[64];
    struct weir_wire m;
    int32_t i = 7;
    float f = 7;
    cr_assert(weir_wire_parse(&m, packet, build_attach(packet, 64)));
    cr_assert_not(weir_wire_get_int(&m, 1, &i));
    cr_assert_not(weir_wire_get_int(&m, 4, &i));
    cr_assert_not(weir_wire_get_float(&m, 0, &f));
    cr_assert_null(weir_wire_get_string(&m, 0));
    cr_assert_null(weir_wire_get_string(&m, 4));
    cr_assert(i == 7 && f == 7);
}

Test(wire, is_compares_the_address_and_the_first_types)
{
    unsigned char packet[64];
    struct weir_wire m;
    cr_assert(weir_wire_parse(&m, packet, build_attach(packet, 64)));
    cr_assert(weir_wire_is(&m, "/attach", "iss"));
    cr_assert(weir_wire_is(&m, "/attach", ""));
    cr_assert_not(weir_wire_is(&m, "/attach", "issss"));
    cr_assert_not(weir_wire_is(&m, "/attach", "s"));
    cr_assert_not(weir_wire_is(&m, "/attac", "iss"));
}

// An exact heap copy, so that asan sees a read beyond the packet.
static bool
parses(const void *bytes, size_t n)
{
    struct weir_wire m;
    void *copy = malloc(n > 0 ? n : 1);
    if (!copy)
        return false;
    memcpy(copy, bytes, n);
    const bool ok = weir_wire_parse(&m, copy, n);
    free(copy);
    return ok;
}

Test(wire, no_truncated_packet_is_accepted)
{
    unsigned char packet[64];
    const size_t n = build_attach(packet, sizeof packet);
    cr_assert(parses(packet, n));
    for (size_t k = 0; k < n; k++)
        cr_assert_not(parses(packet, k), "accepted %zu of %zu bytes", k, n);
}

Test(wire, bytes_behind_the_last_argument_are_refused)
{
    unsigned char packet[64] = {0};
    const size_t n = build_attach(packet, sizeof packet);
    cr_assert_not(parses(packet, n + 4));
}

Test(wire, padding_that_is_not_zero_is_refused)
{
    cr_assert(parses("/a\0\0,s\0\0x\0\0\0", 12));
    cr_assert_not(parses("/a\0x,s\0\0x\0\0\0", 12));
    cr_assert_not(parses("/a\0\0,s\0x\0x\0\0\0", 12));
    cr_assert_not(parses("/a\0\0,s\0\0x\0\0z", 12));
}

Test(wire, a_string_without_an_end_is_refused)
{
    cr_assert_not(parses("/abc", 4));
    cr_assert_not(parses("/a\0\0,sss", 8));
    cr_assert_not(parses("/a\0\0,s\0\0xxxx", 12));
}

Test(wire, types_it_does_not_know_are_refused)
{
    cr_assert(parses("/a\0\0,i\0\0\0\0\0\1", 12));
    cr_assert_not(parses("/a\0\0,b\0\0\0\0\0\0", 12));
    cr_assert_not(parses("/a\0\0,[\0\0\0\0\0\0", 12));
    cr_assert_not(parses("/a\0\0xi\0\0\0\0\0\1", 12));
}

Test(wire, a_message_without_type_tags_is_refused)
{
    cr_assert(parses("/a\0\0,\0\0\0", 8));
    cr_assert_not(parses("/a\0\0", 4));
    cr_assert_not(parses("/a\0\0\0\0\0\0", 8));
}

Test(wire, patterns_bundles_and_unprintable_addresses_are_refused)
{
    cr_assert_not(parses("a\0\0\0,\0\0\0", 8));
    cr_assert_not(parses("/*\0\0,\0\0\0", 8));
    cr_assert_not(parses("/ \0\0,\0\0\0", 8));
    cr_assert_not(parses("/\x80\0\0,\0\0\0", 8));
    cr_assert_not(parses("#bundle\0\0\0\0\0\0\0\0\1", 16));
}

Test(wire, more_arguments_than_there_is_room_for_are_refused)
{
    char packet[4 + 40 + 4 * 40] = "/a\0\0,";
    memset(packet + 5, 'T', WEIR_WIRE_MAX_ARGS);
    cr_assert(parses(packet, 4 + 36));
    memset(packet + 5, 'T', WEIR_WIRE_MAX_ARGS + 1);
    cr_assert_not(parses(packet, 4 + 36));
}

Test(wire, what_does_not_fit_builds_nothing)
{
    static char huge[WEIR_WIRE_MAX_BYTES];
    unsigned char packet[WEIR_WIRE_MAX_BYTES];
    struct weir_wire_out w;
    memset(huge, 'x', sizeof huge - 1);
    weir_wire_begin(&w, "/a");
    weir_wire_string(&w, huge);
    cr_assert_eq(weir_wire_end(&w, packet, sizeof packet), 0);
    weir_wire_begin(&w, "/a");
    for (int i = 0; i <= WEIR_WIRE_MAX_ARGS; i++)
        weir_wire_bool(&w, true);
    cr_assert_eq(weir_wire_end(&w, packet, sizeof packet), 0);
    weir_wire_begin(&w, "no address");
    cr_assert_eq(weir_wire_end(&w, packet, sizeof packet), 0);
    cr_assert_eq(build_attach(packet, 31), 0);
}

// A small generator of its own, so that a failure comes back every time.
static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

Test(wire, corrupt_packets_are_refused_or_safe_to_read)
{
    unsigned char good[64];
    unsigned char packet[64];
    uint32_t seed = 1;
    const size_t n = build_attach(good, sizeof good);
    for (int round = 0; round < 20000; round++) {
        memcpy(packet, good, n);
        for (uint32_t k = next_random(&seed) % 4 + 1; k > 0; k--)
            packet[next_random(&seed) % n] = (unsigned char)next_random(&seed);
        struct weir_wire m;
        if (!weir_wire_parse(&m, packet, n))
            continue;
        for (unsigned i = 0; i < m.n_args; i++) {
            const char *s = weir_wire_get_string(&m, i);
            if (s)
                cr_assert(s + strlen(s) < (char *)packet + n);
        }
    }
}
