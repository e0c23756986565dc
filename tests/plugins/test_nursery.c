// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery as real processes: what it describes, and what is believed of
// one that lies.
#include "nursery_rig.h"

#include "plugin/flat.h"
#include "plugin/nursery_private.h"
#include "plugin/world.h"
#include "rt/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_like(const struct weir_plugin_type *a, const struct weir_plugin_type *b)
{
    struct weir_flat x = {0}, y = {0};
    weir_flat_put_type(&x, a);
    weir_flat_put_type(&y, b);
    const bool is = x.n == y.n && memcmp(x.bytes, y.bytes, x.n) == 0;
    free(x.bytes);
    free(y.bytes);
    return is;
}

// All but the presets is what lilv says here, too.
Test(nursery, a_description_is_the_same_as_one_made_here, .timeout = 60)
{
    struct told told;
    struct weir_why why;
    struct weir_plugin_type *own;
    static const char *const uris[] = {
        "urn:weir:test:kinds", "urn:weir:test:patch", "urn:weir:test:stereo"};
    nursed_start(false);
    struct weir_plugin_world *world = weir_plugin_world_open();
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        const struct weir_plugin_type *type = nursed_ask(uris[i], &told);
        cr_assert_not_null(type, "%s", told.why);
        cr_assert(weir_plugin_describe(world, uris[i], RATE, &own, &why));
        cr_assert(is_like(type, own)); // they have no presets
        weir_plugin_type_free(own);
    }
    weir_plugin_world_close(world);
    weir_nursery_free(nursed);
}

Test(nursery, a_description_brings_the_presets, .timeout = 60)
{
    struct told told;
    nursed_start(false);
    const struct weir_plugin_type *type =
        nursed_ask("urn:weir:test:gain", &told);
    cr_assert_not_null(type, "%s", told.why);
    cr_assert_eq(type->n_presets, 1);
    cr_assert_str_eq(type->presets[0].uri, "urn:weir:test:preset-loud");
    cr_assert_str_eq(type->presets[0].label, "Loud");
    weir_nursery_free(nursed);
}

Test(nursery, what_cannot_be_hosted_is_told_with_the_reason, .timeout = 60)
{
    struct told told;
    const char *why_not;
    nursed_start(false);
    cr_assert_null(nursed_ask("urn:weir:test:nowhere", &told));
    cr_assert_not_null(strstr(told.why, "is installed"));
    cr_assert_null(nursed_ask("urn:weir:test:needs-feature", &told));
    cr_assert_not_null(strstr(told.why, "urn:weir:test:no-such-feature"));
    cr_assert_null(
        weir_nursery_known(nursed, "urn:weir:test:needs-feature", &why_not));
    cr_assert_not_null(strstr(why_not, "urn:weir:test:no-such-feature"));
    weir_nursery_free(nursed);
}

Test(nursery, what_is_known_is_told_at_once_and_stays_the_same, .timeout = 60)
{
    struct told told, again = {0};
    const char *why_not;
    nursed_start(false);
    cr_assert_null(weir_nursery_known(nursed, "urn:weir:test:gain", &why_not));
    cr_assert_null(why_not);
    const struct weir_plugin_type *type =
        nursed_ask("urn:weir:test:gain", &told);
    cr_assert_not_null(type);
    weir_nursery_describe(nursed, "urn:weir:test:gain", RATE, nursed_hear,
                          &again);
    cr_assert_eq(again.n, 1);
    cr_assert_eq(again.type, type);
    cr_assert_eq(weir_nursery_known(nursed, "urn:weir:test:gain", &why_not),
                 type);
    weir_nursery_free(nursed);
}

enum { MANY = WEIR_NURSERY_TYPES + 20 };

static void
make_many(char *folder)
{
    char path[128];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/many.lv2", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/many.lv2/manifest.ttl", folder);
    FILE *file = fopen(path, "w");
    fprintf(file, "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
                  "@prefix doap: <http://usefulinc.com/ns/doap#> .\n"
                  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n");
    for (int i = 0; i < MANY; i++)
        fprintf(file,
                "<urn:many:%d> a lv2:Plugin ; doap:name \"Many %d\" ;\n"
                "  lv2:binary <file://%s/set.lv2/set.so> .\n",
                i, i, getenv("LV2_PATH"));
    cr_assert_eq(fclose(file), 0);
    setenv("LV2_PATH", folder, 1);
}

static const struct weir_plugin_type *
ask_one_of_many(int i)
{
    char uri[32];
    struct told told;
    snprintf(uri, sizeof uri, "urn:many:%d", i);
    const struct weir_plugin_type *type = nursed_ask(uri, &told);
    cr_assert_not_null(type, "%s", told.why);
    cr_assert_str_eq(type->uri, uri);
    return type;
}

static uint32_t
n_kept(void)
{
    uint32_t n = 0;
    for (const struct weir_nursery_known *k = nursed->known; k; k = k->next)
        n += k->type != NULL;
    return n;
}

// The one that is used stays, the others go when there are too many of them:
// those first that nobody has asked for longest.
Test(nursery, descriptions_that_nobody_uses_are_bounded, .timeout = 60)
{
    char folder[] = "/tmp/weir-many-XXXXXX";
    char command[64];
    const char *why_not;
    make_many(folder);
    nursed_start(false);
    nursed->keep_ms = 0;
    const struct weir_plugin_type *first = ask_one_of_many(0);
    weir_plugin_type_hold(first);
    for (int round = 0; round < 10; round++)
        for (int i = 1; i < MANY; i++) {
            ask_one_of_many(i);
            weir_nursery_service(nursed);
            cr_assert_leq(n_kept(), WEIR_NURSERY_TYPES);
        }
    cr_assert_eq(weir_nursery_known(nursed, "urn:many:0", &why_not), first);
    cr_assert_str_eq(first->name, "Many 0");
    cr_assert_not_null(weir_nursery_known(nursed, "urn:many:40", &why_not));
    cr_assert_null(weir_nursery_known(nursed, "urn:many:1", &why_not));
    cr_assert_null(why_not, "it can be asked for again");
    weir_plugin_type_release(first);
    weir_nursery_free(nursed);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

// Who waits for many needs them all at the same time.
Test(nursery, what_was_just_asked_for_is_kept, .timeout = 60)
{
    char folder[] = "/tmp/weir-many-XXXXXX";
    char command[64];
    make_many(folder);
    nursed_start(false);
    for (int i = 0; i < MANY; i++)
        ask_one_of_many(i);
    weir_nursery_service(nursed);
    cr_assert_eq(n_kept(), MANY);
    nursed->keep_ms = 0;
    weir_nursery_service(nursed);
    cr_assert_eq(n_kept(), WEIR_NURSERY_TYPES);
    weir_nursery_free(nursed);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

Test(nursery, who_has_gone_is_told_nothing, .timeout = 60)
{
    struct told gone = {0}, told;
    nursed_start(false);
    weir_nursery_describe(nursed, "urn:weir:test:gain", RATE, nursed_hear,
                          &gone);
    weir_nursery_forget(nursed, &gone);
    cr_assert_not_null(nursed_ask("urn:weir:test:gain", &told));
    cr_assert_eq(gone.n, 0);
    weir_nursery_free(nursed);
}

struct listed {
    unsigned n_told;
    uint32_t n;
    bool has_gain;
    char name[64]; // of the gain
};

static void
hear_list(void *owner, uint32_t n, const struct weir_plugin_entry *entries,
          const char *why)
{
    struct listed *l = owner;
    cr_assert_null(why);
    l->n_told++;
    l->n = n;
    l->has_gain = false;
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(entries[i].uri, "urn:weir:test:gain") == 0) {
            l->has_gain = true;
            snprintf(l->name, sizeof l->name, "%s", entries[i].name);
        }
}

Test(nursery, a_list_has_uris_at_once_and_names_when_they_are_read,
     .timeout = 60)
{
    struct listed l = {0};
    nursed_start(false);
    weir_nursery_list(nursed, hear_list, &l);
    nursed_serve_until(&l.n_told, 1);
    cr_assert(l.has_gain);
    cr_assert_gt(l.n, 10);
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (!l.name[0] && weir_now_ms() < until_ms) {
        struct pollfd news = {weir_nursery_fd(nursed), POLLIN, 0};
        poll(&news, 1, 50);
        weir_nursery_service(nursed);
        weir_nursery_list(nursed, hear_list, &l);
    }
    cr_assert_str_eq(l.name, "Test gain");
    weir_nursery_free(nursed);
}

// It answers with everything that is wrong: other sizes, serials, kinds,
// descriptors of other files, bytes that are no description. Nothing of that
// is believed, and all who ask are told.
Test(nursery, one_that_lies_is_not_believed, .timeout = 60)
{
    struct told told;
    nursed_start(true);
    for (int i = 0; i < 64; i++) {
        char uri[64];
        snprintf(uri, sizeof uri, "urn:weir:test:lie-%d", i);
        cr_assert_null(nursed_ask(uri, &told));
        cr_assert_neq(told.why[0], '\0');
    }
    weir_nursery_free(nursed);
}
