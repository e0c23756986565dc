// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Descriptions as bytes, and what becomes of bytes that are none.
#include "plugin/flat.h"

#include "plugin/world.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000 };

static struct weir_flat
flat_of(const char *uri)
{
    struct weir_why why;
    struct weir_flat flat = {0};
    struct weir_plugin_type *type;
    struct weir_plugin_world *world = weir_plugin_world_open();
    cr_assert(weir_plugin_describe(world, uri, RATE, &type, &why));
    weir_flat_put_type(&flat, type);
    weir_plugin_type_free(type);
    weir_plugin_world_close(world);
    return flat;
}

Test(flat, bytes_of_a_description_are_one_again)
{
    struct weir_plugin_type *type;
    struct weir_flat flat = flat_of("urn:weir:test:kinds");
    struct weir_flat again = {0};
    cr_assert(weir_flat_get_type(flat.bytes, flat.n, &type));
    weir_flat_put_type(&again, type);
    cr_assert_eq(again.n, flat.n);
    cr_assert_eq(memcmp(again.bytes, flat.bytes, flat.n), 0);
    weir_plugin_type_free(type);
    free(flat.bytes);
    free(again.bytes);
}

Test(flat, a_part_of_a_description_is_none)
{
    struct weir_plugin_type *type;
    struct weir_flat flat = flat_of("urn:weir:test:patch");
    for (size_t n = 0; n < flat.n; n++) {
        // Of its own: what is read behind it is seen by the sanitizer.
        unsigned char *part = malloc(n + 1);
        memcpy(part, flat.bytes, n);
        cr_assert_not(weir_flat_get_type(part, n, &type), "%zu", n);
        free(part);
    }
    free(flat.bytes);
}

// Whatever byte is another one: no description, or one that makes sense.
Test(flat, a_changed_description_makes_sense_or_is_none, .timeout = 60)
{
    static const unsigned char others[] = {0, 1, 0x7f, 0x80, 0xff};
    struct weir_plugin_type *type;
    struct weir_flat flat = flat_of("urn:weir:test:kinds");
    for (size_t at = 0; at < flat.n; at++)
        for (size_t o = 0; o < sizeof others; o++) {
            const unsigned char was = flat.bytes[at];
            flat.bytes[at] = others[o];
            if (weir_flat_get_type(flat.bytes, flat.n, &type)) {
                for (uint32_t i = 0; i < type->n_ports; i++) {
                    const struct weir_plugin_port *p = &type->ports[i];
                    cr_assert(p->min <= p->by_default &&
                              p->by_default <= p->max);
                    cr_assert_leq(p->kind, WEIR_PORT_ATOM);
                    cr_assert(!p->symbol || !strpbrk(p->symbol, "/ *?[{#,"));
                }
                weir_plugin_type_free(type);
            }
            flat.bytes[at] = was;
        }
    free(flat.bytes);
}

Test(flat, a_count_beyond_what_is_there_is_refused)
{
    struct weir_plugin_entry *entries;
    uint32_t n;
    struct weir_flat flat = {0};
    const struct weir_plugin_entry entry = {"urn:a", "A", "", ""};
    weir_flat_put_entry(&flat, &entry);
    weir_flat_put_entry(&flat, &entry);
    cr_assert(weir_flat_get_entries(flat.bytes, flat.n, &entries, &n));
    cr_assert_eq(n, 2);
    cr_assert_str_eq(entries[1].name, "A");
    free(entries);
    cr_assert_not(weir_flat_get_entries(flat.bytes, flat.n - 1, &entries, &n));
    memset(flat.bytes, 0xff, 4);
    cr_assert_not(weir_flat_get_entries(flat.bytes, flat.n, &entries, &n));
    free(flat.bytes);
}
