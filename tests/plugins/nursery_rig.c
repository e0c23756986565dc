// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Questions to a nursery.
#include "nursery_rig.h"

#include "common/log.h"
#include "rt/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weir_nursery *nursed;

void
nursed_start(bool lies)
{
    static const char *argv[3];
    struct weir_why why;
    weir_log_init("test_nursery", WEIR_LOG_ERROR);
    argv[0] = getenv("WEIR_RUNNER");
    argv[1] = lies ? "lie" : NULL;
    const struct weir_nursery_config config = {.argv = argv};
    cr_assert(weir_nursery_new(&config, &nursed, &why), "%s", why.text);
}

void
nursed_hear(void *owner, const char *uri, const struct weir_plugin_type *type,
            const char *why)
{
    struct told *t = owner;
    (void)uri;
    t->n++;
    t->type = type;
    snprintf(t->why, sizeof t->why, "%s", why ? why : "");
    cr_assert_eq(type == NULL, why != NULL);
}

void
nursed_serve(void)
{
    struct pollfd news = {weir_nursery_fd(nursed), POLLIN, 0};
    poll(&news, 1, 50);
    weir_nursery_service(nursed);
}

void
nursed_serve_until(const unsigned *n, unsigned wanted)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    while (*n < wanted && weir_now_ms() < until_ms)
        nursed_serve();
    cr_assert_geq(*n, wanted, "nothing is told");
}

const struct weir_plugin_type *
nursed_ask(const char *uri, struct told *told)
{
    memset(told, 0, sizeof *told);
    weir_nursery_describe(nursed, uri, RATE, nursed_hear, told);
    nursed_serve_until(&told->n, 1);
    return told->type;
}
