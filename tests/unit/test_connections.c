// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which connections of weir's ports are remembered, over what.
#include "jack/connections.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MIC = 1, CAPTURE = 10, PLAYER = 11, MAIN = 2, PLAYBACK = 20 };

static struct weir_connections *all;
static char shown[512];

static void
begin(void)
{
    all = weir_connections_new();
}

static void
end(void)
{
    weir_connections_free(all);
}

static void
show(void *owner, const struct weir_connection *c)
{
    const size_t n = strlen(shown);
    (void)owner;
    snprintf(shown + n, sizeof shown - n, "%s>%s%s ", c->from, c->to,
             c->made ? "" : "?");
}

static const char *
look(void)
{
    shown[0] = '\0';
    weir_connections_each(all, show, NULL);
    return shown;
}

static bool
hear(enum weir_graph_event_kind kind, uint32_t from, uint32_t to,
     int64_t now_ms)
{
    static char names[][16] = {
        [MIC] = "weir:mic",   [CAPTURE] = "in:1",   [PLAYER] = "player:1",
        [MAIN] = "weir:main", [PLAYBACK] = "out:1",
    };
    return weir_connections_hear(all,
                                 &(struct weir_graph_event){
                                     .kind = kind,
                                     .from_id = from,
                                     .to_id = to,
                                     .from = names[from],
                                     .to = names[to],
                                     .from_is_own = from == MAIN,
                                     .to_is_own = to == MIC,
                                 },
                                 now_ms);
}

TestSuite(connections, .init = begin, .fini = end);

Test(connections, those_of_others_are_not_remembered)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, PLAYBACK, 0);
    cr_assert_str_eq(look(), "");
}

Test(connections, what_there_was_is_wanted_when_the_server_goes)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_CONNECTED, MAIN, PLAYBACK, 0);
    cr_assert_not(weir_connections_any_wanted(all));
    cr_assert_str_eq(look(), "in:1>weir:mic weir:main>out:1 ");
    weir_connections_lose(all, 5);
    cr_assert_str_eq(look(), "in:1>weir:mic? weir:main>out:1? ");
    // A port that comes may be the one; a connection is it.
    cr_assert(hear(WEIR_GRAPH_PORT_CAME, CAPTURE, 0, 6));
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 7);
    cr_assert_str_eq(look(), "in:1>weir:mic weir:main>out:1? ");
}

Test(connections, what_somebody_takes_away_is_forgotten)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, CAPTURE, MIC, 10);
    cr_assert_str_eq(look(), "");
    weir_connections_lose(all, 1010);
    cr_assert_str_eq(look(), "");
}

Test(connections, the_order_in_which_an_end_names_its_ports_is_all_one)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, MIC, CAPTURE, 10);
    cr_assert_str_eq(look(), "");
}

Test(connections, what_ended_a_moment_before_the_server_went_with_it)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, CAPTURE, MIC, 10);
    weir_connections_lose(all, 1009);
    cr_assert_str_eq(look(), "in:1>weir:mic? ");
}

Test(connections, what_went_with_its_client_is_wanted_if_the_server_follows)
{
    hear(WEIR_GRAPH_CONNECTED, PLAYER, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, PLAYER, MIC, 10);
    hear(WEIR_GRAPH_PORT_WENT, PLAYER, 0, 11);
    cr_assert_str_eq(look(), ""); // weir does not make it again by itself
    cr_assert_not(hear(WEIR_GRAPH_PORT_CAME, PLAYER, 0, 12));
    weir_connections_lose(all, 10010);
    cr_assert_str_eq(look(), "player:1>weir:mic? ");
}

Test(connections, what_went_long_before_the_server_is_forgotten)
{
    hear(WEIR_GRAPH_CONNECTED, PLAYER, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, PLAYER, MIC, 10);
    hear(WEIR_GRAPH_PORT_WENT, PLAYER, 0, 11);
    weir_connections_lose(all, 10011);
    cr_assert_str_eq(look(), "");
}

Test(connections, those_of_a_strip_that_is_removed_are_forgotten)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_DISCONNECTED, CAPTURE, MIC, 10);
    hear(WEIR_GRAPH_PORT_WENT, MIC, 0, 11);
    cr_assert_str_eq(look(), "");
    weir_connections_lose(all, 10011);
    cr_assert_str_eq(look(), "");
}

Test(connections, those_of_who_is_thrown_out_are_wanted)
{
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    hear(WEIR_GRAPH_CONNECTED, MAIN, PLAYBACK, 0);
    hear(WEIR_GRAPH_DISCONNECTED, CAPTURE, MIC, 10);
    hear(WEIR_GRAPH_PORT_WENT, MIC, 0, 11);
    // Its end may not be told at all: no cycles come for 2 s.
    hear(WEIR_GRAPH_DISCONNECTED, MAIN, PLAYBACK, 12);
    hear(WEIR_GRAPH_PORT_WENT, MAIN, 0, 13);
    weir_connections_lose(all, 3000);
    cr_assert_str_eq(look(), "in:1>weir:mic? weir:main>out:1? ");
}

Test(connections, a_port_keeps_its_connections_under_another_name)
{
    char name[] = "in:left";
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    weir_connections_hear(all,
                          &(struct weir_graph_event){
                              .kind = WEIR_GRAPH_PORT_RENAMED,
                              .from_id = CAPTURE,
                              .from = name,
                          },
                          1);
    weir_connections_lose(all, 2);
    cr_assert_str_eq(look(), "in:left>weir:mic? ");
}

Test(connections, one_can_be_wanted_and_forgotten)
{
    cr_assert(weir_connections_want(all, "a:1", "weir:mic"));
    cr_assert(weir_connections_want(all, "a:1", "weir:mic"));
    cr_assert_str_eq(look(), "a:1>weir:mic? ");
    weir_connections_forget(all, "b:1", "weir:mic");
    cr_assert(weir_connections_any_wanted(all));
    weir_connections_forget(all, "a:1", "weir:mic");
    cr_assert_str_eq(look(), "");
    hear(WEIR_GRAPH_CONNECTED, CAPTURE, MIC, 0);
    cr_assert(weir_connections_want(all, "in:1", "weir:mic"));
    cr_assert_str_eq(look(), "in:1>weir:mic "); // it is there
}
