// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The validator against packets that are cut, corrupted, too deep, too many.
// Each packet lies in heap memory of exactly its size, so that the address
// sanitizer sees a single byte read too far.
#include "oscctl/validate.h"

#include "osc_bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

// Validate a copy that ends where its memory ends; walk it if it is valid.
static enum weir_osc_fault
judge(const struct osc_bytes *packet, size_t size, uint32_t *n_messages)
{
    struct weir_osc_summary summary = {0};
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, packet->data, size);
    const enum weir_osc_fault fault = weir_osc_validate(copy, size, &summary);
    uint32_t n_walked = 0;
    if (fault == WEIR_OSC_OK) {
        struct weir_osc_walk walk;
        struct weir_osc_message message;
        weir_osc_walk_init(&walk, copy, size);
        while (weir_osc_next(&walk, &message)) {
            cr_assert(message.address[0] == '/');
            cr_assert((const uint8_t *)message.args <= copy + size);
            n_walked++;
        }
        cr_assert_eq(n_walked, summary.n_messages);
    }
    free(copy);
    if (n_messages)
        *n_messages = n_walked;
    return fault;
}

static enum weir_osc_fault
judge_all(const struct osc_bytes *packet)
{
    return judge(packet, packet->size, NULL);
}

// One argument of every type.
static void
put_all_types(struct osc_bytes *to)
{
    put_string(to, "/all/types");
    put_string(to, ",ifsSbhdtcrmTFNI");
    put_u32(to, 7);
    put_u32(to, 0x3f800000);
    put_string(to, "text");
    put_string(to, "sym");
    put_u32(to, 5);
    put_string(to, "12345");
    for (int i = 0; i < 3; i++) {
        put_u32(to, 0);
        put_u32(to, 1);
    }
    for (int i = 0; i < 3; i++)
        put_u32(to, 0);
}

static void
put_nested(struct osc_bytes *to)
{
    put_bundle_head(to, 1);
    put_element(to, "/a");
    const size_t inner = begin_element(to);
    put_bundle_head(to, 0x100000002);
    put_element(to, "/b");
    const size_t empty = begin_element(to);
    put_bundle_head(to, 3);
    end_element(to, empty);
    put_element(to, "/c");
    end_element(to, inner);
    const size_t all = begin_element(to);
    put_all_types(to);
    end_element(to, all);
}

Test(osc_validate, a_message_with_every_type_is_taken)
{
    static struct osc_bytes packet;
    put_all_types(&packet);
    uint32_t n_messages = 0;
    cr_assert_eq(judge(&packet, packet.size, &n_messages), WEIR_OSC_OK);
    cr_assert_eq(n_messages, 1);
}

Test(osc_validate, a_message_without_type_tags_has_no_arguments)
{
    static struct osc_bytes packet;
    put_string(&packet, "/ping");
    cr_assert_eq(judge_all(&packet), WEIR_OSC_OK);
    struct weir_osc_walk walk;
    struct weir_osc_message message;
    weir_osc_walk_init(&walk, packet.data, packet.size);
    cr_assert(weir_osc_next(&walk, &message));
    cr_assert_not(message.has_types);
    cr_assert_str_eq(message.types, "");
    cr_assert_not(weir_osc_next(&walk, &message));
}

Test(osc_validate, a_walk_gives_messages_in_order_with_their_bundles_tags)
{
    static struct osc_bytes packet;
    put_nested(&packet);
    static const char *const addresses[] = {"/a", "/b", "/c", "/all/types"};
    static const uint64_t tags[] = {1, 0x100000002, 0x100000002, 1};
    struct weir_osc_summary summary;
    cr_assert_eq(weir_osc_validate(packet.data, packet.size, &summary),
                 WEIR_OSC_OK);
    cr_assert(summary.is_bundle);
    cr_assert_eq(summary.n_messages, 4);
    struct weir_osc_walk walk;
    struct weir_osc_message message;
    weir_osc_walk_init(&walk, packet.data, packet.size);
    for (int i = 0; i < 4; i++) {
        cr_assert(weir_osc_next(&walk, &message));
        cr_assert_str_eq(message.address, addresses[i]);
        cr_assert_eq(message.time_tag, tags[i]);
    }
    cr_assert_str_eq(message.types, "ifsSbhdtcrmTFNI");
    cr_assert_eq(((const uint8_t *)message.args)[3], 7);
    cr_assert_not(weir_osc_next(&walk, &message));
}

Test(osc_validate, an_empty_bundle_is_valid_and_has_no_messages)
{
    static struct osc_bytes packet;
    put_bundle_head(&packet, 1);
    uint32_t n_messages = 9;
    cr_assert_eq(judge(&packet, packet.size, &n_messages), WEIR_OSC_OK);
    cr_assert_eq(n_messages, 0);
}

Test(osc_validate, every_truncation_of_a_message_but_its_address_is_refused)
{
    static struct osc_bytes packet;
    put_all_types(&packet);
    const size_t address = 12; // "/all/types" alone is an old sender's message
    for (size_t size = 0; size < packet.size; size++)
        cr_assert_eq(judge(&packet, size, NULL) == WEIR_OSC_OK, size == address,
                     "at %zu", size);
}

Test(osc_validate, truncations_of_a_bundle_hold_only_whole_elements)
{
    static struct osc_bytes packet;
    put_nested(&packet);
    for (size_t size = 0; size < packet.size; size++) {
        uint32_t n_messages = 0;
        if (judge(&packet, size, &n_messages) == WEIR_OSC_OK)
            cr_assert(size == 16 || n_messages == 1 || n_messages == 3,
                      "at %zu", size);
    }
}

// Whatever it says, it must say it without reading past the end; judge()
// walks what it takes.
Test(osc_validate, no_single_byte_corruption_leads_out_of_the_packet)
{
    static struct osc_bytes packet;
    put_nested(&packet);
    for (size_t at = 0; at < packet.size; at++) {
        const uint8_t was = packet.data[at];
        for (int value = 0; value < 256; value++) {
            packet.data[at] = (uint8_t)value;
            judge_all(&packet);
        }
        packet.data[at] = was;
    }
}

Test(osc_validate, corrupted_and_cut_packets_are_judged_within_their_bytes)
{
    static struct osc_bytes packet;
    put_all_types(&packet);
    static const uint8_t values[] = {0, 1, ',', '/', 's', 'b', 0x7f, 0xff};
    for (size_t at = 0; at < packet.size; at++) {
        const uint8_t was = packet.data[at];
        for (size_t v = 0; v < sizeof values; v++) {
            packet.data[at] = values[v];
            for (size_t size = at & ~(size_t)3; size < packet.size; size += 4)
                judge(&packet, size, NULL);
        }
        packet.data[at] = was;
    }
}

Test(osc_validate, sizes_that_4_does_not_divide_are_refused)
{
    static struct osc_bytes packet;
    put_all_types(&packet);
    cr_assert_eq(judge(&packet, 0, NULL), WEIR_OSC_EMPTY);
    cr_assert_eq(judge(&packet, packet.size - 1, NULL), WEIR_OSC_ODD_SIZE);
}

static enum weir_osc_fault
judge_strings(const char *address, const char *types)
{
    static struct osc_bytes packet;
    packet.size = 0;
    put_string(&packet, address);
    put_string(&packet, types);
    return judge_all(&packet);
}

Test(osc_validate, addresses_are_printable_ascii_after_a_slash)
{
    cr_assert_eq(judge_strings("/a", ","), WEIR_OSC_OK);
    cr_assert_eq(judge_strings("/a{b,c}[!d-e]*?//", ","), WEIR_OSC_OK);
    cr_assert_eq(judge_strings("a", ","), WEIR_OSC_NO_ADDRESS);
    cr_assert_eq(judge_strings("", ","), WEIR_OSC_NO_ADDRESS);
    cr_assert_eq(judge_strings("#bundl", ","), WEIR_OSC_NO_ADDRESS);
    cr_assert_eq(judge_strings("/a b", ","), WEIR_OSC_BAD_ADDRESS);
    cr_assert_eq(judge_strings("/a#b", ","), WEIR_OSC_BAD_ADDRESS);
    cr_assert_eq(judge_strings("/a\nb", ","), WEIR_OSC_BAD_ADDRESS);
    cr_assert_eq(judge_strings("/\xc3\xa4", ","), WEIR_OSC_BAD_ADDRESS);
    cr_assert_eq(judge_strings("/\x7f", ","), WEIR_OSC_BAD_ADDRESS);
}

Test(osc_validate, type_tags_begin_with_a_comma_and_hold_known_types)
{
    cr_assert_eq(judge_strings("/a", "TFNI"), WEIR_OSC_NO_TYPES);
    cr_assert_eq(judge_strings("/a", ",TFNI"), WEIR_OSC_OK);
    cr_assert_eq(judge_strings("/a", ",[T]"), WEIR_OSC_BAD_TYPE);
    cr_assert_eq(judge_strings("/a", ",x"), WEIR_OSC_BAD_TYPE);
    cr_assert_eq(judge_strings("/a", ",i"), WEIR_OSC_CUT_ARGUMENT);
    cr_assert_eq(judge_strings("/a", ",b"), WEIR_OSC_CUT_ARGUMENT);
    cr_assert_eq(judge_strings("/a", ",s"), WEIR_OSC_UNTERMINATED);
}

Test(osc_validate, a_type_string_without_its_end_is_refused)
{
    static struct osc_bytes packet;
    put_string(&packet, "/a");
    memcpy(packet.data + packet.size, ",TTT", 4);
    packet.size += 4;
    cr_assert_eq(judge_all(&packet), WEIR_OSC_UNTERMINATED);
}

Test(osc_validate, padding_that_is_not_zero_is_refused)
{
    static struct osc_bytes packet;
    put_string(&packet, "/a");
    put_string(&packet, ",s");
    put_string(&packet, "x");
    for (size_t at = 3; at < packet.size; at += 4) { // the last of each four
        packet.data[at] = 'p';
        cr_assert_neq(judge_all(&packet), WEIR_OSC_OK, "at %zu", at);
        packet.data[at] = 0;
    }
    cr_assert_eq(judge_all(&packet), WEIR_OSC_OK);
}

static enum weir_osc_fault
judge_blob(uint32_t length, const char *bytes)
{
    static struct osc_bytes packet;
    packet.size = 0;
    put_string(&packet, "/a");
    put_string(&packet, ",b");
    put_u32(&packet, length);
    if (*bytes)
        put_string(&packet, bytes);
    return judge_all(&packet);
}

Test(osc_validate, a_blobs_length_is_within_its_message)
{
    cr_assert_eq(judge_blob(0, ""), WEIR_OSC_OK);
    cr_assert_eq(judge_blob(3, "abc"), WEIR_OSC_OK);
    cr_assert_eq(judge_blob(2, "abc"), WEIR_OSC_BAD_PADDING);
    cr_assert_eq(judge_blob(5, "abc"), WEIR_OSC_BAD_BLOB);
    cr_assert_eq(judge_blob(1, ""), WEIR_OSC_BAD_BLOB);
    cr_assert_eq(judge_blob(0x80000000, "abc"), WEIR_OSC_BAD_BLOB);
    cr_assert_eq(judge_blob(0xffffffff, "abc"), WEIR_OSC_BAD_BLOB);
    cr_assert_eq(judge_blob(0, "abc"), WEIR_OSC_LEFT_OVER);
}

// `depth` bundles around one message.
static void
put_depth(struct osc_bytes *to, int depth)
{
    size_t begins[32];
    for (int i = 0; i < depth; i++) {
        put_bundle_head(to, 1);
        begins[i] = begin_element(to);
    }
    put_string(to, "/deep");
    put_string(to, ",");
    for (int i = depth - 1; i >= 0; i--)
        end_element(to, begins[i]);
}

Test(osc_validate, bundles_nest_8_deep_and_no_deeper)
{
    static struct osc_bytes packet;
    for (int depth = 1; depth <= 12; depth++) {
        packet.size = 0;
        put_depth(&packet, depth);
        cr_assert_eq(judge_all(&packet),
                     depth <= 8 ? WEIR_OSC_OK : WEIR_OSC_TOO_DEEP);
    }
}

Test(osc_validate, a_packet_holds_1024_messages_and_no_more)
{
    static struct osc_bytes packet;
    put_bundle_head(&packet, 1);
    for (int i = 0; i < 1024; i++)
        put_element(&packet, "/m");
    uint32_t n_messages = 0;
    cr_assert_eq(judge(&packet, packet.size, &n_messages), WEIR_OSC_OK);
    cr_assert_eq(n_messages, 1024);
    put_element(&packet, "/m");
    cr_assert_eq(judge_all(&packet), WEIR_OSC_TOO_MANY);
}

Test(osc_validate, elements_that_do_not_fit_their_bundle_are_refused)
{
    static struct osc_bytes packet;
    put_bundle_head(&packet, 1);
    put_element(&packet, "/m");
    static const uint32_t sizes[] = {0, 2, 4, 6, 12, 0x7ffffffc, 0xfffffffc};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct osc_bytes bad = {.size = 16};
        memcpy(bad.data, packet.data, sizeof bad.data);
        put_u32(&bad, sizes[i]);
        bad.size = packet.size;
        cr_assert_neq(judge_all(&bad), WEIR_OSC_OK, "size %u", sizes[i]);
    }
}

Test(osc_validate, every_fault_has_words)
{
    for (int fault = WEIR_OSC_OK; fault <= WEIR_OSC_TOO_MANY; fault++)
        cr_assert(strlen(weir_osc_fault_text((enum weir_osc_fault)fault)) > 5);
    cr_assert_not_null(weir_osc_fault_text((enum weir_osc_fault)999));
}
