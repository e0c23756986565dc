// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery as a real process: what it describes, what becomes of a
// question when it dies over it, and what is believed of one that lies.
#include "plugin/flat.h"
#include "plugin/nursery.h"
#include "plugin/nursery_private.h"
#include "plugin/state.h"

#include "common/log.h"
#include "rt/clock.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

enum { RATE = 48000, PATIENCE_MS = 20000 };

static struct weir_nursery *nursery;

struct told {
    unsigned n;
    const struct weir_plugin_type *type;
    char why[200];
};

static void
start(bool lies)
{
    static const char *argv[3];
    struct weir_why why;
    weir_log_init("test_nursery", WEIR_LOG_ERROR);
    argv[0] = getenv("WEIR_RUNNER");
    argv[1] = lies ? "lie" : NULL;
    const struct weir_nursery_config config = {.argv = argv};
    cr_assert(weir_nursery_new(&config, &nursery, &why), "%s", why.text);
}

static void
hear(void *owner, const char *uri, const struct weir_plugin_type *type,
     const char *why)
{
    struct told *t = owner;
    (void)uri;
    t->n++;
    t->type = type;
    snprintf(t->why, sizeof t->why, "%s", why ? why : "");
    cr_assert_eq(type == NULL, why != NULL);
}

static void
serve_until(const unsigned *n, unsigned wanted)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (*n < wanted && weir_now_ms() < until_ms) {
        struct pollfd news = {weir_nursery_fd(nursery), POLLIN, 0};
        poll(&news, 1, 50);
        weir_nursery_service(nursery);
    }
    cr_assert_geq(*n, wanted, "nothing is told");
}

static const struct weir_plugin_type *
ask(const char *uri, struct told *told)
{
    memset(told, 0, sizeof *told);
    weir_nursery_describe(nursery, uri, RATE, hear, told);
    serve_until(&told->n, 1);
    return told->type;
}

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
    start(false);
    struct weir_plugin_world *world = weir_plugin_world_open();
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        const struct weir_plugin_type *type = ask(uris[i], &told);
        cr_assert_not_null(type, "%s", told.why);
        cr_assert(weir_plugin_describe(world, uris[i], RATE, &own, &why));
        cr_assert(is_like(type, own)); // they have no presets
        weir_plugin_type_free(own);
    }
    weir_plugin_world_close(world);
    weir_nursery_free(nursery);
}

Test(nursery, a_description_brings_the_presets, .timeout = 60)
{
    struct told told;
    start(false);
    const struct weir_plugin_type *type = ask("urn:weir:test:gain", &told);
    cr_assert_not_null(type, "%s", told.why);
    cr_assert_eq(type->n_presets, 1);
    cr_assert_str_eq(type->presets[0].uri, "urn:weir:test:preset-loud");
    cr_assert_str_eq(type->presets[0].label, "Loud");
    weir_nursery_free(nursery);
}

Test(nursery, what_cannot_be_hosted_is_told_with_the_reason, .timeout = 60)
{
    struct told told;
    const char *why_not;
    start(false);
    cr_assert_null(ask("urn:weir:test:nowhere", &told));
    cr_assert_not_null(strstr(told.why, "is installed"));
    cr_assert_null(ask("urn:weir:test:needs-feature", &told));
    cr_assert_not_null(strstr(told.why, "urn:weir:test:no-such-feature"));
    cr_assert_null(
        weir_nursery_known(nursery, "urn:weir:test:needs-feature", &why_not));
    cr_assert_not_null(strstr(why_not, "urn:weir:test:no-such-feature"));
    weir_nursery_free(nursery);
}

Test(nursery, what_is_known_is_told_at_once_and_stays_the_same, .timeout = 60)
{
    struct told told, again = {0};
    const char *why_not;
    start(false);
    cr_assert_null(weir_nursery_known(nursery, "urn:weir:test:gain", &why_not));
    cr_assert_null(why_not);
    const struct weir_plugin_type *type = ask("urn:weir:test:gain", &told);
    cr_assert_not_null(type);
    weir_nursery_describe(nursery, "urn:weir:test:gain", RATE, hear, &again);
    cr_assert_eq(again.n, 1);
    cr_assert_eq(again.type, type);
    cr_assert_eq(weir_nursery_known(nursery, "urn:weir:test:gain", &why_not),
                 type);
    weir_nursery_free(nursery);
}

Test(nursery, who_has_gone_is_told_nothing, .timeout = 60)
{
    struct told gone = {0}, told;
    start(false);
    weir_nursery_describe(nursery, "urn:weir:test:gain", RATE, hear, &gone);
    weir_nursery_forget(nursery, &gone);
    cr_assert_not_null(ask("urn:weir:test:gain", &told));
    cr_assert_eq(gone.n, 0);
    weir_nursery_free(nursery);
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
    start(false);
    weir_nursery_list(nursery, hear_list, &l);
    serve_until(&l.n_told, 1);
    cr_assert(l.has_gain);
    cr_assert_gt(l.n, 10);
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (!l.name[0] && weir_now_ms() < until_ms) {
        struct pollfd news = {weir_nursery_fd(nursery), POLLIN, 0};
        poll(&news, 1, 50);
        weir_nursery_service(nursery);
        weir_nursery_list(nursery, hear_list, &l);
    }
    cr_assert_str_eq(l.name, "Test gain");
    weir_nursery_free(nursery);
}

// A bundle that ends its reader costs one answer at most; the next ones come
// from the next reader.
Test(nursery, a_reader_that_dies_is_told_and_replaced, .timeout = 60)
{
    static const char *const uris[] = {"stereo", "kinds", "patch", "widen"};
    struct told told;
    unsigned n_lost = 0;
    start(false);
    cr_assert_not_null(ask("urn:weir:test:gain", &told));
    const struct weir_nursery_request reset = {.op = WEIR_NURSERY_RESET};
    send(nursery->keeper, &reset, sizeof reset, 0);
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        char uri[64];
        snprintf(uri, sizeof uri, "urn:weir:test:%s", uris[i]);
        n_lost += ask(uri, &told) == NULL;
        cr_assert_eq(told.n, 1);
    }
    cr_assert_leq(n_lost, 1);
    weir_nursery_free(nursery);
}

Test(nursery, one_that_has_ended_answers_with_a_reason, .timeout = 60)
{
    struct told told = {0}, later = {0};
    start(false);
    weir_nursery_describe(nursery, "urn:weir:test:gain", RATE, hear, &told);
    pidfd_send_signal(nursery->pid_fd, SIGKILL, NULL, 0);
    serve_until(&told.n, 1);
    // It may have answered before.
    weir_nursery_describe(nursery, "urn:weir:test:kinds", RATE, hear, &later);
    serve_until(&later.n, 1);
    cr_assert_null(later.type);
    cr_assert_not_null(strstr(later.why, "has ended"));
    weir_nursery_free(nursery);
}

// It answers with everything that is wrong: other sizes, serials, kinds,
// descriptors of other files, bytes that are no description. Nothing of that
// is believed, and all who ask are told.
Test(nursery, one_that_lies_is_not_believed, .timeout = 60)
{
    struct told told;
    start(true);
    for (int i = 0; i < 64; i++) {
        char uri[64];
        snprintf(uri, sizeof uri, "urn:weir:test:lie-%d", i);
        cr_assert_null(ask(uri, &told));
        cr_assert_neq(told.why[0], '\0');
    }
    weir_nursery_free(nursery);
}

// ------------------------------------------------------------------- the bytes

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
