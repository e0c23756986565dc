// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The value tables, ids, names and the gain laws.
#include "oscctl/values.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(osc_values, every_row_has_a_leaf_and_a_default_within_its_range)
{
    for (int i = 0; i < WEIR_STRIP_N_VALUES; i++) {
        const struct weir_value *row = &weir_strip_values[i];
        cr_assert_not_null(row->leaf);
        cr_assert(weir_value_in_range(row, (double)row->initial));
        cr_assert_eq(
            weir_values_find(weir_strip_values, WEIR_STRIP_N_VALUES, row->leaf),
            i);
    }
    cr_assert_str_eq(weir_bus_values[WEIR_BUS_MUTE].leaf, "mute");
    cr_assert_eq(weir_send_values[WEIR_SEND_LEVEL].initial, WEIR_SILENCE_DB);
    cr_assert_eq(weir_strip_values[WEIR_STRIP_MAIN].initial, 1);
    cr_assert_eq(weir_values_find(weir_bus_values, WEIR_BUS_N_VALUES, "pan"),
                 -1);
}

Test(osc_values, an_address_leads_to_its_row)
{
    cr_assert_eq(weir_values_of_address("/strip/mic/gain"),
                 &weir_strip_values[WEIR_STRIP_GAIN]);
    cr_assert_eq(weir_values_of_address("/strip/*/name"),
                 &weir_strip_values[WEIR_STRIP_NAME]);
    cr_assert_eq(weir_values_of_address("/bus/main/mute"),
                 &weir_bus_values[WEIR_BUS_MUTE]);
    cr_assert_eq(weir_values_of_address("/strip/mic/send/fx/level"),
                 &weir_send_values[WEIR_SEND_LEVEL]);
}

Test(osc_values, an_address_of_something_else_has_no_row)
{
    static const char *const others[] = {
        "",           "/strip",           "/strip/add",
        "/strip//",   "/strip//gain",     "/strip/mic/gain/x",
        "/bus/a/pan", "/strip/mic/send",  "/strip/mic/send/fx",
        "/ping",      "/strip/mic/meter", "/strip/mic/send//level",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_assert_null(weir_values_of_address(others[i]), "%s", others[i]);
}

Test(osc_values, ranges_take_their_ends_and_nothing_that_is_not_finite)
{
    const struct weir_value *gain = &weir_strip_values[WEIR_STRIP_GAIN];
    cr_assert(weir_value_in_range(gain, -90) && weir_value_in_range(gain, 10));
    cr_assert_not(weir_value_in_range(gain, 10.0001));
    cr_assert_not(weir_value_in_range(gain, -90.0001));
    cr_assert_not(weir_value_in_range(gain, NAN));
    cr_assert_not(weir_value_in_range(gain, INFINITY));
    cr_assert_not(weir_value_in_range(gain, -INFINITY));
}

Test(osc_values, an_id_is_a_lower_case_letter_and_31_more)
{
    cr_assert(weir_id_ok("a"));
    cr_assert(weir_id_ok("in_1-left"));
    cr_assert(weir_id_ok("abcdefghijklmnopqrstuvwxyz012345"));
    cr_assert_not(weir_id_ok("abcdefghijklmnopqrstuvwxyz0123456"));
    cr_assert_not(weir_id_ok(""));
    cr_assert_not(weir_id_ok("1in"));
    cr_assert_not(weir_id_ok("_in"));
    cr_assert_not(weir_id_ok("In"));
    cr_assert_not(weir_id_ok("in 1"));
    cr_assert_not(weir_id_ok("in/1"));
    cr_assert_not(weir_id_ok("\xc3\xa4"));
}

Test(osc_values, a_name_is_1_to_64_characters_of_utf8)
{
    char name[4 * 65 + 1] = "";
    cr_assert(weir_name_ok("Lead Vox \"1\""));
    cr_assert(weir_name_ok("G\xc3\xa4ste \xf0\x9f\x8e\xa4"));
    cr_assert_not(weir_name_ok(""));
    for (int i = 0; i < 64; i++)
        strcat(name, "\xf0\x9f\x8e\xa4"); // 4 bytes each
    cr_assert(weir_name_ok(name));
    cr_assert(strlen(name) + 1 <= WEIR_NAME_BYTES);
    strcat(name, "x");
    cr_assert_not(weir_name_ok(name));
}

Test(osc_values, names_with_control_characters_or_broken_utf8_are_refused)
{
    static const char *const bad[] = {
        "a\nb",
        "\x1b[31m",
        "\x7f",
        "\xc2\x9b", // C1: a terminal's CSI
        "\x80",
        "\xc3",
        "\xe2\x82",
        "\xc0\xaf",
        "\xe0\x80\xaf",     // overlong
        "\xed\xa0\x80",     // a surrogate
        "\xf4\x90\x80\x80", // beyond Unicode
        "\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(weir_name_ok(bad[i]), "number %zu", i);
    cr_assert(weir_name_ok("\xc2\xa0")); // the first after C1
}

Test(osc_values, silence_and_unity_are_exact)
{
    cr_assert_eq(weir_db_to_lin(-90), 0.0f);
    cr_assert_eq(weir_db_to_lin(-200), 0.0f);
    cr_assert_eq(weir_db_to_lin(0), 1.0f);
    cr_assert(weir_db_to_lin(-89.9f) > 0);
    cr_assert_float_eq(weir_db_to_lin(-6), 0.501187f, 1e-6f);
    cr_assert_eq(weir_lin_to_db(0), -90.0f);
    cr_assert_eq(weir_lin_to_db(1), 0.0f);
    cr_assert_eq(weir_lin_to_db(1e-9f), -90.0f);
    cr_assert_eq(weir_lin_to_db(NAN), -90.0f);
}

Test(osc_values, the_fader_law_is_exact_at_its_break_points)
{
    static const float points[][2] = {{0, -90},    {0.0625f, -60}, {0.25f, -30},
                                      {0.5f, -10}, {0.75f, 0},     {1, 10}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        cr_assert_eq(weir_fader_to_db(points[i][0]), points[i][1]);
        cr_assert_eq(weir_db_to_fader(points[i][1]), points[i][0]);
    }
}

Test(osc_values, the_fader_law_rises_and_its_inverse_undoes_it)
{
    float before = -91;
    for (int i = 0; i <= 1023; i++) {
        const float fader = (float)i / 1023;
        const float gain_db = weir_fader_to_db(fader);
        cr_assert(gain_db > before);
        cr_assert_float_eq(weir_db_to_fader(gain_db), fader, 1e-6f);
        before = gain_db;
    }
}
