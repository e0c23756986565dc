// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is installed, what it is, and what cannot be hosted.
#include "plugin/check.h"
#include "plugin/state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct weir_plugin_type *
describe(struct weir_plugin_world *w, const char *uri)
{
    struct weir_plugin_type *t = NULL;
    struct weir_why why;
    cr_assert(weir_plugin_describe(w, uri, 48000.0, &t, &why), "%s", why.text);
    return t;
}

static const struct weir_plugin_port *
port(const struct weir_plugin_type *t, const char *symbol)
{
    const uint32_t i = weir_plugin_type_port(t, symbol);
    cr_assert_lt(i, t->n_ports, "%s", symbol);
    return &t->ports[i];
}

static void
count_gain(void *owner, const struct weir_plugin_entry *e)
{
    uint32_t *n = owner;
    if (strcmp(e->uri, "urn:weir:test:gain") != 0)
        return;
    cr_assert_str_eq(e->name, "Test gain");
    cr_assert_str_eq(e->author, "The weir authors");
    ++*n;
}

Test(describe, what_is_installed_is_listed_once)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    uint32_t n = 0;
    const uint32_t all = weir_plugin_list(w, count_gain, &n);
    cr_assert_eq(n, 1);
    cr_assert_geq(all, 17);
    weir_plugin_world_close(w);
}

Test(describe, ports_say_what_they_are)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    struct weir_plugin_type *t = describe(w, "urn:weir:test:kinds");
    cr_assert_eq(t->n_ports, 8);
    const struct weir_plugin_port *p = port(t, "in");
    cr_assert(p->kind == WEIR_PORT_AUDIO && p->is_input);
    p = port(t, "switch");
    cr_assert(p->flags == WEIR_PORT_TOGGLED && p->by_default == 1.0f);
    p = port(t, "choice");
    cr_assert(p->flags == (WEIR_PORT_ENUMERATION | WEIR_PORT_INTEGER));
    cr_assert_eq(p->n_points, 2);
    cr_assert_eq(p->points[0].value, 0.0f);
    cr_assert_str_eq(p->points[0].label, "none");
    cr_assert_str_eq(p->points[1].label, "two");
    p = port(t, "frequency");
    cr_assert(p->flags == (WEIR_PORT_LOGARITHMIC | WEIR_PORT_EXPENSIVE));
    cr_assert(p->min == 20.0f && p->max == 20000.0f && p->by_default == 440.0f);
    cr_assert_str_eq(p->unit, "Hz");
    p = port(t, "steps");
    cr_assert(p->flags == (WEIR_PORT_INTEGER | WEIR_PORT_NOT_ON_GUI |
                           WEIR_PORT_NOT_AUTOMATIC));
    cr_assert_str_eq(p->unit, "st");
    cr_assert_str_eq(p->unit_render, "%d st");
    p = port(t, "trigger");
    cr_assert(p->flags & WEIR_PORT_TRIGGER);
    p = port(t, "triggered");
    cr_assert(p->kind == WEIR_PORT_CONTROL && !p->is_input);
    weir_plugin_type_free(t);
    weir_plugin_world_close(w);
}

Test(describe, ports_with_a_role_say_so)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    struct weir_plugin_type *t = describe(w, "urn:weir:test:delay");
    cr_assert_eq(port(t, "latency")->role, WEIR_ROLE_LATENCY);
    cr_assert_str_eq(port(t, "frames")->unit, "frames");
    weir_plugin_type_free(t);
    t = describe(w, "urn:weir:test:enabled");
    cr_assert_eq(port(t, "enabled")->role, WEIR_ROLE_ENABLED);
    weir_plugin_type_free(t);
    t = describe(w, "urn:weir:test:cv");
    cr_assert_eq(port(t, "factor")->kind, WEIR_PORT_CV);
    cr_assert_eq(port(t, "factor")->by_default, 0.5f);
    weir_plugin_type_free(t);
    weir_plugin_world_close(w);
}

Test(describe, atom_ports_and_properties_are_known)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    struct weir_plugin_type *t = describe(w, "urn:weir:test:patch");
    const struct weir_plugin_port *p = port(t, "control");
    cr_assert(p->kind == WEIR_PORT_ATOM && p->role == WEIR_ROLE_CONTROL);
    cr_assert(p->flags == (WEIR_PORT_SEQUENCE | WEIR_PORT_PATCH));
    cr_assert_eq(p->minimum_size, 16384);
    cr_assert(t->has_worker && t->has_safe_restore);
    cr_assert_eq(t->n_properties, 1);
    cr_assert(t->properties[0].is_writable);
    cr_assert_str_eq(t->properties[0].uri, "urn:weir:test:patch#file");
    cr_assert_str_eq(t->properties[0].label, "A file with a number");
    cr_assert_str_eq(t->properties[0].range,
                     "http://lv2plug.in/ns/ext/atom#Path");
    weir_plugin_type_free(t);
    weir_plugin_world_close(w);
}

static void
check(const char *uri, unsigned promises, const char *wrong)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    struct weir_plugin_type *t = describe(w, uri);
    struct weir_why why = {""};
    cr_assert_eq(weir_plugin_check(w, t, promises, &why), !wrong, "%s: %s", uri,
                 why.text);
    if (wrong)
        cr_assert_not_null(strstr(why.text, wrong), "%s", why.text);
    weir_plugin_type_free(t);
    weir_plugin_world_close(w);
}

Test(check, what_cannot_be_hosted_is_refused_by_name)
{
    check("urn:weir:test:needs-feature", 0, "urn:weir:test:no-such-feature");
    check("urn:weir:test:needs-option", 0, "urn:weir:test:no-such-option");
    check("urn:weir:test:unknown-port", 0, "(strange)");
    check("urn:weir:test:no-library", 0, "is-not-there.so");
    check("urn:weir:test:huge-atoms", 0, "1000000000 bytes");
}

Test(check, what_can_be_hosted_is_not_refused)
{
    check("urn:weir:test:gain", 0, NULL);
    check("urn:weir:test:patch", 0, NULL);
    check("urn:weir:test:time", 0, NULL);
    check("urn:weir:test:unknown-port-optional", 0, NULL);
}

Test(check, fixed_blocks_are_a_promise_of_the_caller)
{
    check("urn:weir:test:needs-fixed-blocks", 0, "fixedBlockLength");
    check("urn:weir:test:needs-fixed-blocks", WEIR_BLOCKS_FIXED, NULL);
    check("urn:weir:test:needs-power-of-2-blocks", 0, "powerOf2BlockLength");
    check("urn:weir:test:needs-power-of-2-blocks", WEIR_BLOCKS_FIXED,
          "powerOf2BlockLength>, and the period is no power of two");
    check("urn:weir:test:needs-power-of-2-blocks",
          WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO, NULL);
    check("urn:weir:test:likes-fixed-blocks", 0, NULL);
}

Test(check, a_period_that_is_a_power_of_two_is_promised_to_be_one)
{
    const unsigned both = WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO;
    cr_assert_eq(weir_plugin_promises(1), both);
    cr_assert_eq(weir_plugin_promises(1024), both);
    cr_assert_eq(weir_plugin_promises(1000), (unsigned)WEIR_BLOCKS_FIXED);
    cr_assert_eq(weir_plugin_promises(48), (unsigned)WEIR_BLOCKS_FIXED);
}

Test(describe, what_is_asked_of_blocks_is_known)
{
    static const struct {
        const char *name;
        unsigned blocks;
        bool are_coarse;
    } types[] = {
        {"gain", 0, false},
        {"needs-fixed-blocks", WEIR_BLOCKS_FIXED, true},
        {"likes-fixed-blocks", WEIR_BLOCKS_FIXED, true},
        {"needs-power-of-2-blocks",
         WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO, true},
    };
    struct weir_plugin_world *w = weir_plugin_world_open();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char uri[100];
        snprintf(uri, sizeof uri, "urn:weir:test:%s", types[i].name);
        struct weir_plugin_type *t = describe(w, uri);
        cr_assert_eq(t->blocks, types[i].blocks, "%s", uri);
        cr_assert_eq(t->needs_coarse_blocks, types[i].are_coarse, "%s", uri);
        weir_plugin_type_free(t);
    }
    weir_plugin_world_close(w);
}

Test(describe, what_is_not_installed_is_said)
{
    struct weir_plugin_world *w = weir_plugin_world_open();
    struct weir_plugin_type *t = NULL;
    struct weir_why why;
    cr_assert_not(
        weir_plugin_describe(w, "urn:weir:test:broken", 48000.0, &t, &why));
    cr_assert_not(weir_plugin_describe(w, "no uri", 48000.0, &t, &why));
    cr_assert_not(weir_plugin_describe(w, "", 48000.0, &t, &why));
    cr_assert_null(t);
    weir_plugin_world_close(w);
}

Test(urids, a_uri_has_one_number_and_a_number_one_uri)
{
    struct weir_urids *t = weir_urids_new();
    const uint32_t a = weir_urids_map(t, "urn:a");
    const uint32_t b = weir_urids_map(t, "urn:b");
    cr_assert(a != 0 && b != 0 && a != b);
    cr_assert_eq(weir_urids_map(t, "urn:a"), a);
    cr_assert_str_eq(weir_urids_unmap(t, b), "urn:b");
    cr_assert_null(weir_urids_unmap(t, 0));
    cr_assert_null(weir_urids_unmap(t, UINT32_MAX));
    weir_urids_free(t);
}

Test(urids, a_full_table_says_zero_and_keeps_what_it_has)
{
    struct weir_urids *t = weir_urids_new();
    char uri[32];
    uint32_t n = 0;
    do
        snprintf(uri, sizeof uri, "urn:%u", n);
    while (weir_urids_map(t, uri) != 0 && ++n < 100000);
    cr_assert_eq(n, 12000);
    for (uint32_t i = 0; i < n; i++) {
        snprintf(uri, sizeof uri, "urn:%u", i);
        cr_assert_str_eq(weir_urids_unmap(t, weir_urids_map(t, uri)), uri);
    }
    weir_urids_free(t);
}

Test(describe, a_relative_folder_in_the_path_is_left_out)
{
    char path[1024];
    snprintf(path, sizeof path, "tests/lv2:%s", getenv("LV2_PATH"));
    setenv("LV2_PATH", path, 1);
    struct weir_plugin_world *w = weir_plugin_world_open();
    cr_assert_not_null(weir_plugin_world_find(w, "urn:weir:test:gain"));
    weir_plugin_world_close(w);
}
