// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets on a stream: bytes in, packets out, and back.  Bytes go in from
// heap memory of exactly their size, so that the address sanitizer sees a
// single byte read too far.
#include "oscctl/framing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 64 };

// What came out of a stream, up to its fault.
struct found {
    struct weir_deframer d;
    unsigned n_packets;
    size_t n_bytes[N_MAX];
    unsigned char first[N_MAX][64]; // each packet's
    enum weir_frame end;            // MORE: no fault
};

static void
note_packet(struct found *f)
{
    const size_t n = f->d.n_bytes < 64 ? f->d.n_bytes : 64;
    cr_assert(f->n_packets < N_MAX);
    cr_assert((uintptr_t)f->d.packet % 8 == 0, "liblo wants it aligned");
    f->n_bytes[f->n_packets] = f->d.n_bytes;
    memcpy(f->first[f->n_packets++], f->d.packet, n);
}

static void
give(struct found *f, const void *bytes, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    size_t at = 0;
    while (f->end == WEIR_FRAME_MORE && at < n) {
        size_t n_taken;
        const enum weir_frame got =
            weir_deframer_take(&f->d, copy + at, n - at, &n_taken);
        at += n_taken;
        cr_assert(at <= n);
        if (got == WEIR_FRAME_PACKET)
            note_packet(f);
        else if (got == WEIR_FRAME_MORE)
            cr_assert_eq(at, n, "it wants more and leaves bytes");
        else
            f->end = got;
    }
    free(copy);
}

static struct found
all_of(const void *bytes, size_t n)
{
    struct found f = {.n_packets = 0};
    give(&f, bytes, n);
    return f;
}

static bool
is_packet(const struct found *f, unsigned i, const char *text)
{
    return i < f->n_packets && f->n_bytes[i] == strlen(text) &&
           memcmp(f->first[i], text, strlen(text)) == 0;
}

#define ALL_OF(literal) all_of(literal, sizeof(literal) - 1)

static const char lengths[] = "\0\0\0\4/one\0\0\0\3two\0\0\0\0\0\0\0\5three";
static const char slips[] = "\300/one\300\300two\300\300\300three\300";

static void
check_lengths(struct found *f)
{
    cr_assert_eq(f->end, WEIR_FRAME_MORE);
    cr_assert_eq(f->d.framing, WEIR_FRAMING_LENGTH);
    cr_assert_eq(f->n_packets, 4);
    cr_assert(is_packet(f, 0, "/one") && is_packet(f, 1, "two"));
    cr_assert(is_packet(f, 2, "") && is_packet(f, 3, "three"));
    cr_assert_not(weir_deframer_is_amid(&f->d));
    weir_deframer_fini(&f->d);
}

static void
check_slips(struct found *f)
{
    cr_assert_eq(f->end, WEIR_FRAME_MORE);
    cr_assert_eq(f->d.framing, WEIR_FRAMING_SLIP);
    cr_assert_eq(f->n_packets, 3);
    cr_assert(is_packet(f, 0, "/one") && is_packet(f, 1, "two") &&
              is_packet(f, 2, "three"));
    cr_assert_not(weir_deframer_is_amid(&f->d));
    weir_deframer_fini(&f->d);
}

Test(osc_framing, several_packets_come_out_of_one_piece)
{
    struct found f = ALL_OF(lengths);
    check_lengths(&f);
    f = ALL_OF(slips);
    check_slips(&f);
}

Test(osc_framing, a_stream_may_be_cut_in_two_anywhere)
{
    for (size_t cut = 0; cut < sizeof lengths; cut++) {
        struct found f = all_of(lengths, cut);
        give(&f, lengths + cut, sizeof lengths - 1 - cut);
        check_lengths(&f);
    }
    for (size_t cut = 0; cut < sizeof slips; cut++) {
        struct found f = all_of(slips, cut);
        give(&f, slips + cut, sizeof slips - 1 - cut);
        check_slips(&f);
    }
}

Test(osc_framing, a_stream_may_come_byte_by_byte)
{
    struct found f = {.n_packets = 0};
    for (size_t i = 0; i < sizeof lengths - 1; i++)
        give(&f, lengths + i, 1);
    check_lengths(&f);
    f = (struct found){.n_packets = 0};
    for (size_t i = 0; i < sizeof slips - 1; i++)
        give(&f, slips + i, 1);
    check_slips(&f);
}

Test(osc_framing, a_packet_ends_the_taking_so_that_the_rest_can_wait)
{
    struct weir_deframer d = {.n_bytes = 0};
    size_t n_taken;
    cr_assert_eq(weir_deframer_take(&d, lengths, sizeof lengths - 1, &n_taken),
                 WEIR_FRAME_PACKET);
    cr_assert_eq(n_taken, 8);
    weir_deframer_fini(&d);
    cr_assert_eq(weir_deframer_take(&d, slips, sizeof slips - 1, &n_taken),
                 WEIR_FRAME_PACKET);
    cr_assert_eq(n_taken, 6);
    weir_deframer_fini(&d);
}

Test(osc_framing, a_packet_that_has_begun_is_known)
{
    static const char *const begun[] = {"\0", "\0\0\0\4", "\0\0\0\4/on",
                                        "\300/", "\300\333"};
    static const size_t n_begun[] = {1, 4, 7, 2, 2};
    for (unsigned i = 0; i < 5; i++) {
        struct found f = all_of(begun[i], n_begun[i]);
        cr_assert_eq(f.n_packets, 0);
        cr_assert(weir_deframer_is_amid(&f.d), "%u", i);
        weir_deframer_fini(&f.d);
    }
    struct found f = ALL_OF("\300\300");
    cr_assert_not(weir_deframer_is_amid(&f.d));
}

Test(osc_framing, escaped_bytes_come_back_as_they_were)
{
    struct found f = ALL_OF("\300\333\334/\333\335\333\334\334\335\300");
    cr_assert_eq(f.n_packets, 1);
    cr_assert(is_packet(&f, 0, "\300/\333\300\334\335"));
    weir_deframer_fini(&f.d);
}

Test(osc_framing, an_ill_formed_escape_is_a_fault_wherever_it_is_cut)
{
    static const char *const wrong[] = {"\300ab\333c", "\300\333\333\334",
                                        "\300ab\333\300ok\300"};
    for (unsigned i = 0; i < 3; i++)
        for (size_t cut = 0; cut < strlen(wrong[i]); cut++) {
            struct found f = all_of(wrong[i], cut);
            give(&f, wrong[i] + cut, strlen(wrong[i]) - cut);
            cr_assert_eq(f.end, WEIR_FRAME_BAD_ESCAPE, "%u at %zu", i, cut);
            cr_assert_eq(f.n_packets, 0);
            weir_deframer_fini(&f.d);
        }
}

Test(osc_framing, a_stream_of_something_else_is_known_by_its_first_byte)
{
    for (unsigned first = 0; first < 256; first++) {
        const unsigned char bytes[] = {(unsigned char)first, 'E', 'T', ' '};
        struct found f = all_of(bytes, sizeof bytes);
        cr_assert_eq(f.end == WEIR_FRAME_FOREIGN, first != 0 && first != 0xc0,
                     "%u", first);
        cr_assert_eq(f.n_packets, 0);
        weir_deframer_fini(&f.d);
    }
}

Test(osc_framing, a_length_beyond_the_limit_is_a_fault_before_any_memory)
{
    static const char *const wrong[] = {"\0\1\0\1", "\0\377\377\377"};
    for (unsigned i = 0; i < 2; i++) {
        struct found f = all_of(wrong[i], 4);
        cr_assert_eq(f.end, WEIR_FRAME_TOO_LONG, "%u", i);
        cr_assert_null(f.d.packet);
    }
    // Later ones may begin with any byte.
    struct found f = ALL_OF("\0\0\0\2ab\377\377\377\374");
    cr_assert_eq(f.end, WEIR_FRAME_TOO_LONG);
    cr_assert_eq(f.n_packets, 1);
    weir_deframer_fini(&f.d);
}

static void
check_longest(enum weir_framing framing, size_t n, unsigned char fill)
{
    unsigned char *packet = malloc(n);
    unsigned char *bytes = malloc(weir_frame_bound(framing, n));
    memset(packet, fill, n);
    const size_t n_bytes = weir_frame_put(framing, packet, n, bytes);
    cr_assert(n_bytes <= weir_frame_bound(framing, n));
    struct found f = all_of(bytes, n_bytes);
    if (n <= WEIR_FRAME_MAX) {
        cr_assert_eq(f.n_packets, 1);
        cr_assert_eq(f.n_bytes[0], n);
        cr_assert_eq(memcmp(f.d.packet, packet, n), 0);
    } else {
        cr_assert_eq(f.n_packets, 0);
        cr_assert_eq(f.end, WEIR_FRAME_TOO_LONG);
    }
    weir_deframer_fini(&f.d);
    free(packet);
    free(bytes);
}

Test(osc_framing, the_longest_packet_is_taken_and_one_byte_more_is_a_fault)
{
    check_longest(WEIR_FRAMING_LENGTH, WEIR_FRAME_MAX, 'x');
    check_longest(WEIR_FRAMING_LENGTH, WEIR_FRAME_MAX + 1, 'x');
    check_longest(WEIR_FRAMING_SLIP, WEIR_FRAME_MAX, 'x');
    check_longest(WEIR_FRAMING_SLIP, WEIR_FRAME_MAX, 0xc0);
    check_longest(WEIR_FRAMING_SLIP, WEIR_FRAME_MAX, 0xdb);
    check_longest(WEIR_FRAMING_SLIP, WEIR_FRAME_MAX + 1, 'x');
    check_longest(WEIR_FRAMING_SLIP, WEIR_FRAME_MAX + 1, 0xdb);
}

Test(osc_framing, every_byte_travels_in_both_framings)
{
    unsigned char packet[256];
    unsigned char bytes[600];
    for (unsigned i = 0; i < 256; i++)
        packet[i] = (unsigned char)i;
    for (int k = WEIR_FRAMING_LENGTH; k <= WEIR_FRAMING_SLIP; k++) {
        const size_t n =
            weir_frame_put((enum weir_framing)k, packet, 256, bytes);
        struct found f = all_of(bytes, n);
        cr_assert_eq(f.n_packets, 1);
        cr_assert_eq(f.n_bytes[0], 256);
        cr_assert_eq(memcmp(f.d.packet, packet, 256), 0);
        weir_deframer_fini(&f.d);
    }
}

Test(osc_framing, a_slip_packet_has_an_end_on_either_side)
{
    unsigned char out[16];
    cr_assert_eq(weir_frame_put(WEIR_FRAMING_SLIP, "a\300\333", 3, out), 7);
    cr_assert_eq(memcmp(out, "\300a\333\334\333\335\300", 7), 0);
}

// Any bytes at all: it ends, keeps its limits, and takes all there is until
// a fault.
Test(osc_framing, noise_is_taken_or_refused)
{
    static const unsigned char likely[] = {0xc0, 0xdb, 0xdc, 0xdd, 0, 1, 'a'};
    srand(20260101);
    for (unsigned game = 0; game < 20000; game++) {
        unsigned char bytes[48];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] =
                rand() % 2 ? likely[rand() % 7] : (unsigned char)(rand() % 256);
        struct found f = all_of(bytes, sizeof bytes);
        for (unsigned i = 0; i < f.n_packets; i++)
            cr_assert(f.n_bytes[i] <= sizeof bytes);
        weir_deframer_fini(&f.d);
    }
}
