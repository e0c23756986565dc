// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Subscriptions: what comes, in which order, how often, and when it ends.
// Time is made by hand; a Unix socket that holds ten datagrams makes a peer
// slow when it is not read.
#include "desk/bench_desk.h"

#include "common/loop.h"
#include "desk/link.h"
#include "engine/strip.h"
#include "oscctl/outbox.h"
#include "oscctl/schedule.h"
#include "oscctl/subscriptions.h"
#include "oscctl/text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_CLIENTS = 80 };

static struct bench *b;

// Whom bench_send() and bench_answers() are.
struct client {
    struct weir_peer peer;
    int fd;
    char path[96];
};
static struct client first;
static struct client clients[MAX_CLIENTS];
static int n_clients;
static const struct client *other; // who makes changes

static void
set_up(void)
{
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/strip/add music 2\n/bus/add aux 2");
    first = (struct client){.peer = b->peer, .fd = b->client_fd};
    n_clients = 0;
    other = NULL;
}

static void
be(const struct client *c)
{
    b->peer = c->peer;
    b->client_fd = c->fd;
}

static struct client *
new_client(void)
{
    struct client *c = &clients[n_clients++];
    struct sockaddr_un *to = (struct sockaddr_un *)&c->peer.address;
    c->peer = first.peer;
    memset(&c->peer.address, 0, sizeof c->peer.address);
    snprintf(c->path, sizeof c->path, "%s/%d", b->dir, n_clients);
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, c->path, sizeof c->path);
    c->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(c->fd, (struct sockaddr *)to, sizeof *to), 0);
    return c;
}

static void
tear_down(void)
{
    for (int i = 0; i < n_clients; i++) {
        close(clients[i].fd);
        unlink(clients[i].path);
    }
    be(&first);
    bench_free(b);
}

TestSuite(osc_subscriptions, .init = set_up, .fini = tear_down);

// What has come when so much time has passed, and what comes when that has
// been read: a socket holds ten datagrams.
static const char *
hear(uint64_t ms)
{
    static char text[4 * BENCH_TEXT];
    size_t n_bytes = 0;
    uint32_t n_datagrams = 0;
    size_t longest = 0;
    do {
        bench_tick(b, ms);
        ms = 0;
        const char *got = bench_answers(b);
        n_bytes +=
            (size_t)snprintf(text + n_bytes, sizeof text - n_bytes, "%s", got);
        cr_assert_lt(n_bytes, sizeof text);
        n_datagrams += b->n_datagrams;
        longest = b->longest > longest ? b->longest : longest;
    } while (b->n_datagrams > 0);
    b->n_datagrams = n_datagrams;
    b->longest = longest;
    return text;
}

static const char *
subscribe(const char *line)
{
    bench_send_lines(b, line);
    return hear(1);
}

#define HEAR(ms, wanted)                                                       \
    do {                                                                       \
        const char *got_ = hear(ms);                                           \
        cr_expect_str_eq(got_, wanted, "after %d ms: %swanted %s", (int)(ms),  \
                         got_, wanted);                                        \
    } while (0)

// Somebody else's changes.
static void
set(const char *lines)
{
    const struct client me = {.peer = b->peer, .fd = b->client_fd};
    if (!other)
        other = new_client();
    be(other);
    bench_ask(b, lines);
    be(&me);
}

static bool
begins(const char *got, const char *wanted)
{
    return strncmp(got, wanted, strlen(wanted)) == 0;
}

// ------------------------------------------------------------------ snapshots

Test(osc_subscriptions, a_snapshot_shows_all_that_matches_and_nothing_else)
{
    const char *got = subscribe("/subscribe \"/strip/*/gain\"");
    cr_expect_str_eq(got,
                     "/snapshot /strip/*/gain\n/strip/mic/gain 0\n"
                     "/strip/music/gain 0\n"
                     "/snapshot_end /strip/*/gain 2\n",
                     "%s", got);
    cr_expect_eq(b->n_datagrams, 1);
    HEAR(1000, "");
}

static int
by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

// Its lines, sorted.
static uint32_t
sort_lines(char *text, char **lines, uint32_t n_most)
{
    uint32_t n = 0;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line && n < n_most;
         line = strtok_r(NULL, "\n", &save))
        lines[n++] = line;
    qsort(lines, n, sizeof *lines, by_text);
    return n;
}

Test(osc_subscriptions, a_snapshot_of_everything_is_what_queries_show)
{
    static char queried[BENCH_TEXT];
    static char shown[BENCH_TEXT];
    char *q[400];
    char *s[400];
    snprintf(queried, sizeof queried, "%s", bench_ask(b, "//*"));
    snprintf(shown, sizeof shown, "%s", subscribe("/subscribe \"//*\""));
    // Loudness is asked at the observer: it may have begun to know by now.
    const uint32_t n_queried = sort_lines(queried, q, 400);
    const uint32_t n_shown = sort_lines(shown, s, 400);
    uint32_t i = 0;
    for (uint32_t k = 0; k < n_shown; k++) {
        if (begins(s[k], "/snapshot"))
            continue;
        cr_assert_lt(i, n_queried, "%s", s[k]);
        if (!strstr(s[k], "/loudness"))
            cr_expect_str_eq(s[k], q[i]);
        i++;
    }
    cr_expect_eq(i, n_queried);
    cr_expect_gt(i, 60);
}

Test(osc_subscriptions, bundles_have_1400_bytes_at_most_and_one_frame)
{
    char line[64];
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "/strip/add many%d", i);
        bench_ask(b, line);
    }
    const char *got = subscribe("/subscribe \"/strip/*/*\"");
    cr_expect(begins(got, "/snapshot /strip/*/*\n"));
    const char *end = strstr(got, "/snapshot_end /strip/*/* 1326\n");
    cr_expect_not_null(end);
    cr_expect_eq(strchr(end, '\n')[1], '\0');
    cr_expect_gt(b->n_datagrams, 20);
    cr_expect_leq(b->longest, 1400);
    cr_expect_gt(b->longest, 1300);
}

Test(osc_subscriptions, what_matches_nothing_yet_is_for_what_may_come)
{
    const char *got = subscribe("/subscribe /strip/later/gain");
    cr_expect_str_eq(got,
                     "/snapshot /strip/later/gain\n"
                     "/snapshot_end /strip/later/gain 0\n",
                     "%s", got);
    set("/strip/add later");
    HEAR(100, "/created later\n/strip/later/gain 0\n");
}

// -------------------------------------------------------------------- changes

Test(osc_subscriptions, a_change_comes_to_all_who_want_it_whoever_made_it)
{
    struct client *second = new_client();
    subscribe("/subscribe \"/strip/mic/*\"");
    be(second);
    subscribe("/subscribe \"//gain\"");
    be(&first);
    bench_send_lines(b, "/strip/mic/gain -6");
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/gain -6\n");
    HEAR(50, "/strip/mic/gain -6\n/strip/mic/fader 0.6\n");
    be(second);
    cr_expect_str_eq(bench_answers(b), "/strip/mic/gain -6\n");
    HEAR(1000, "");
}

Test(osc_subscriptions, a_fader_moves_its_gain_and_a_gain_its_fader)
{
    subscribe("/subscribe /bus/aux/fader");
    set("/bus/aux/gain -10");
    HEAR(50, "/bus/aux/fader 0.5\n");
    subscribe("/subscribe /bus/aux/gain");
    set("/bus/aux/fader 0.75");
    const char *got = hear(50);
    cr_expect_not_null(strstr(got, "/bus/aux/fader 0.75\n"), "%s", got);
    cr_expect_not_null(strstr(got, "/bus/aux/gain 0\n"), "%s", got);
}

Test(osc_subscriptions, every_way_to_change_a_value_counts)
{
    subscribe("/subscribe \"/{strip,bus}//\"");
    set("/strip/mic/name Singer");
    HEAR(50, "/renamed mic \"Singer\"\n/strip/mic/name \"Singer\"\n");
    set("/strip/music/solo T\n/strip/mic/pan -0.5");
    HEAR(50, "/strip/music/solo T\n/strip/mic/pan -0.5\n");
    set("/strip/mic/send/aux/on T");
    HEAR(50, "/strip/mic/send/aux/on T\n");
    set("/panic");
    HEAR(50, "/bus/main/mute T\n/bus/aux/mute T\n");
}

Test(osc_subscriptions, what_was_set_to_what_it_was_is_no_change)
{
    subscribe("/subscribe \"/strip/*/*\"");
    set("/strip/mic/gain 0");
    set("/strip/mic/mute T\n/strip/mic/mute F");
    HEAR(100, "");
}

Test(osc_subscriptions, a_refused_packet_changes_nothing)
{
    subscribe("/subscribe \"/strip/*/*\"");
    set("/strip/mic/gain -6\n/strip/mic/gain 99");
    HEAR(100, "");
}

Test(osc_subscriptions, a_bundle_for_later_comes_when_it_has_taken_effect)
{
    enum { LATER = 50 * 48000 };
    bench_cycle(b, 2048);
    subscribe("/subscribe /strip/mic/gain");
    bench_send_lines_at(b, LATER, "/strip/mic/gain -3\n/strip/mic/mute T");
    weir_schedule_run(b->tree.schedule,
                      bench_tag(b, LATER) - (UINT64_C(1) << 32) / 20);
    while (b->engine->position < LATER - 1)
        bench_cycle(b, LATER - 1 - b->engine->position < 2048
                           ? (uint32_t)(LATER - 1 - b->engine->position)
                           : 2048);
    b->now_ns += 100000000;
    weir_subscriptions_run(b->tree.subscriptions);
    cr_expect_str_eq(bench_answers(b), "");
    bench_cycle(b, 64);
    weir_subscriptions_run(b->tree.subscriptions);
    const char *got = bench_answers(b);
    cr_expect_str_eq(got, "/reply /strip/mic/gain -3\n"
                          "/reply /strip/mic/mute T\n"
                          "/strip/mic/gain -3\n");
}

Test(osc_subscriptions, one_address_comes_once_though_two_patterns_match_it)
{
    subscribe("/subscribe \"/strip/mic/*\" 20");
    subscribe("/subscribe \"//gain\" 50");
    set("/strip/mic/gain -6");
    HEAR(100, "/strip/mic/fader 0.6\n/strip/mic/gain -6\n");
    set("/strip/mic/gain -10");
    cr_expect_str_eq(bench_ask(b, "/unsubscribe \"//gain\""),
                     "/reply /unsubscribe //gain\n");
    HEAR(100, "/strip/mic/gain -10\n/strip/mic/fader 0.5\n");
}

Test(osc_subscriptions, what_one_pattern_was_to_send_another_does_in_its_place)
{
    subscribe("/subscribe \"/strip/mic/*\" 20");
    subscribe("/subscribe \"//gain\" 50");
    hear(100);
    set("/strip/music/gain -1");
    HEAR(1, "/strip/music/gain -1\n");
    set("/strip/mic/gain -10"); // waits for //gain's next interval
    HEAR(1, "/strip/mic/fader 0.5\n");
    bench_ask(b, "/unsubscribe \"//gain\"");
    // With what else has changed since then: the fader, once more.
    HEAR(100, "/strip/mic/gain -10\n/strip/mic/fader 0.5\n");
}

// ---------------------------------------------------------------------- rates

Test(osc_subscriptions, changes_come_at_the_rate_and_the_newest_wins)
{
    char line[40];
    unsigned n_datagrams = 0;
    const char *last = "";
    subscribe("/subscribe /strip/mic/gain 10");
    for (int i = 1; i <= 100; i++) { // a second
        snprintf(line, sizeof line, "/strip/mic/gain %g", -0.5 * i);
        set(line);
        last = hear(10);
        n_datagrams += b->n_datagrams;
    }
    cr_expect_geq(n_datagrams, 9);
    cr_expect_leq(n_datagrams, 11);
    if (b->n_datagrams == 0)
        last = hear(100);
    cr_expect_str_eq(last, "/strip/mic/gain -50\n");
}

Test(osc_subscriptions, a_change_after_a_quiet_time_does_not_wait)
{
    subscribe("/subscribe /strip/mic/gain 1");
    hear(5000);
    set("/strip/mic/gain -6");
    HEAR(1, "/strip/mic/gain -6\n");
    set("/strip/mic/gain -7");
    HEAR(1, "");
    HEAR(1000, "/strip/mic/gain -7\n");
}

Test(osc_subscriptions, renewing_may_change_the_rate)
{
    unsigned n_datagrams = 0;
    char line[40];
    subscribe("/subscribe /strip/mic/gain 1");
    hear(2000);
    subscribe("/subscribe /strip/mic/gain 50");
    for (int i = 1; i <= 20; i++) {
        snprintf(line, sizeof line, "/strip/mic/gain %d", -i);
        set(line);
        hear(20);
        n_datagrams += b->n_datagrams;
    }
    cr_expect_geq(n_datagrams, 19);
}

// --------------------------------------------------------------------- leases

Test(osc_subscriptions, a_lease_ends_and_renewing_lengthens_it)
{
    subscribe("/subscribe /strip/mic/gain 20 0 2");
    hear(1500);
    cr_expect_str_eq(subscribe("/subscribe /strip/mic/gain 20 0 2"),
                     "/snapshot /strip/mic/gain\n/strip/mic/gain 0\n"
                     "/snapshot_end /strip/mic/gain 1\n");
    hear(1900);
    set("/strip/mic/gain -6");
    HEAR(10, "/strip/mic/gain -6\n");
    hear(100);
    set("/strip/mic/gain -7");
    HEAR(1000, "");
}

Test(osc_subscriptions, ten_seconds_unless_said)
{
    subscribe("/subscribe /strip/mic/gain");
    hear(9900);
    set("/strip/mic/gain -6");
    HEAR(50, "/strip/mic/gain -6\n");
    hear(60);
    set("/strip/mic/gain -7");
    HEAR(1000, "");
}

Test(osc_subscriptions, who_unsubscribes_hears_no_more_and_others_do)
{
    struct client *second = new_client();
    subscribe("/subscribe /strip/mic/gain");
    be(second);
    subscribe("/subscribe /strip/mic/gain");
    cr_expect_str_eq(bench_ask(b, "/unsubscribe /strip/mic/gain"),
                     "/reply /unsubscribe /strip/mic/gain\n");
    set("/strip/mic/gain -6");
    HEAR(1000, "");
    be(&first);
    HEAR(0, "/strip/mic/gain -6\n");
    be(second);
    cr_expect(begins(bench_ask(b, "/unsubscribe /strip/mic/gain"),
                     "/error /unsubscribe 4 "));
}

// ------------------------------------------------------------------- refusals

Test(osc_subscriptions, each_mistake_has_its_code)
{
    static const char *const bad[][2] = {
        {"/subscribe", "/error /subscribe 2 "},
        {"/subscribe 5", "/error /subscribe 2 "},
        {"/subscribe /a fast", "/error /subscribe 2 "},
        {"/subscribe /a 20 0 10 1", "/error /subscribe 2 "},
        {"/subscribe a", "/error /subscribe 2 "},
        {"/subscribe \"/{a\"", "/error /subscribe 2 "},
        {"/subscribe /a 0", "/error /subscribe 3 "},
        {"/subscribe /a 101", "/error /subscribe 3 "},
        {"/subscribe /a 2.5", "/error /subscribe 3 "},
        {"/subscribe /a 20 65536", "/error /subscribe 3 "},
        {"/subscribe /a 20 -1", "/error /subscribe 3 "},
        {"/subscribe /a 20 9000", "/error /subscribe 3 "}, // not over UDP
        {"/subscribe /a 20 0 1", "/error /subscribe 3 "},
        {"/subscribe /a 20 0 3601", "/error /subscribe 3 "},
        {"/unsubscribe", "/error /unsubscribe 2 "},
        {"/unsubscribe /a", "/error /unsubscribe 4 "},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bench_send_lines(b, bad[i][0]);
        const char *got = hear(1);
        cr_expect(begins(got, bad[i][1]), "%s -> %s", bad[i][0], got);
    }
    static char text[400] = "/subscribe /";
    memset(text + strlen(text), 'a', 300);
    cr_expect(begins(subscribe(text), "/error /subscribe 2 "));
}

Test(osc_subscriptions, in_a_bundle_that_is_refused_nobody_subscribes)
{
    bench_send_lines(b, "/subscribe /strip/mic/gain\n/strip/mic/gain 99");
    cr_expect(begins(hear(1), "/error /strip/mic/gain 3 "));
    set("/strip/mic/gain -6");
    HEAR(1000, "");
}

Test(osc_subscriptions, in_a_bundle_the_others_are_answered)
{
    bench_send_lines(b, "/subscribe /strip/mic/gain\n/strip/mic/gain -3");
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /strip/mic/gain -3\n");
    HEAR(1, "/snapshot /strip/mic/gain\n/strip/mic/gain -3\n"
            "/snapshot_end /strip/mic/gain 1\n");
}

Test(osc_subscriptions, beyond_256_patterns_the_next_one_is_refused)
{
    char line[64];
    for (int i = 0; i < 256; i++) {
        snprintf(line, sizeof line, "/subscribe /strip/x%d/gain", i);
        cr_assert(begins(subscribe(line), "/snapshot "), "%d", i);
    }
    cr_expect(begins(subscribe("/subscribe /a"), "/error /subscribe 7 "));
    // Renewing takes no more room, and one that ends gives some.
    hear(1000);
    cr_expect(begins(subscribe("/subscribe /strip/x5/gain"), "/snapshot "));
    bench_ask(b, "/unsubscribe /strip/x7/gain");
    cr_expect(begins(subscribe("/subscribe /a"), "/snapshot "));
    hear(11000);
    cr_expect(begins(subscribe("/subscribe /b"), "/snapshot "));
}

Test(osc_subscriptions, beyond_64_subscribers_the_next_one_is_refused)
{
    for (int i = 0; i < 64; i++) {
        be(new_client());
        cr_assert(begins(subscribe("/subscribe /strip/mic/gain"), "/snap"));
        cr_assert(begins(subscribe("/subscribe /strip/mic/pan"), "/snap"));
    }
    be(&first);
    cr_expect(begins(subscribe("/subscribe /a"), "/error /subscribe 7 "));
    be(&clients[63]);
    bench_ask(b, "/unsubscribe /strip/mic/gain");
    bench_ask(b, "/unsubscribe /strip/mic/pan");
    be(&first);
    cr_expect(begins(subscribe("/subscribe /a"), "/snapshot "));
}

Test(osc_subscriptions, who_has_no_address_gets_nothing)
{
    struct weir_peer peer = b->peer;
    b->peer.n_address = sizeof(sa_family_t);
    bench_send_lines(b, "/subscribe /strip/mic/gain");
    bench_tick(b, 10);
    b->peer = peer;
    for (int i = 0; i < 64; i++) { // it has taken no place
        be(new_client());
        cr_assert(begins(subscribe("/subscribe /strip/mic/gain"), "/snap"));
    }
    be(&first);
    HEAR(10, "");
}

// ------------------------------------------------------------ coming and going

Test(osc_subscriptions, what_comes_is_told_before_its_values)
{
    subscribe("/subscribe \"/strip/*/{gain,pan,meter}\"");
    set("/strip/add new 2 \"A new one\"");
    HEAR(100, "/created new\n/strip/new/gain 0\n/strip/new/pan 0\n");
    HEAR(100, "/strip/new/meter -120 -120 -120 -120\n");
    set("/strip/new/gain -6");
    HEAR(100, "/strip/new/gain -6\n");
}

Test(osc_subscriptions, what_comes_comes_to_all_whom_it_matches)
{
    struct client *second = new_client();
    subscribe("/subscribe \"/strip/*/{gain,pan}\"");
    be(second);
    subscribe("/subscribe \"//gain\" 100");
    set("/strip/add new");
    HEAR(100, "/created new\n/strip/new/gain 0\n");
    be(&first);
    HEAR(0, "/created new\n/strip/new/gain 0\n/strip/new/pan 0\n");
}

Test(osc_subscriptions, a_bus_brings_every_strips_send)
{
    subscribe("/subscribe \"//level\"");
    set("/bus/add echo");
    HEAR(100, "/created echo\n/strip/mic/send/echo/level -90\n"
              "/strip/music/send/echo/level -90\n");
    set("/strip/mic/send/echo/level -10");
    HEAR(100, "/strip/mic/send/echo/level -10\n");
    set("/strip/mic/send/echo/level -20\n/bus/echo/remove");
    HEAR(100, "/removed echo\n");
}

Test(osc_subscriptions, what_goes_is_told_and_nothing_of_it_follows)
{
    subscribe("/subscribe \"/strip/*/*\" 10");
    hear(1000);
    set("/strip/mic/gain -1");
    hear(1);
    set("/strip/mic/gain -2"); // waits for its time
    set("/strip/mic/remove");
    HEAR(500, "/removed mic\n");
    set("/strip/add mic");
    cr_expect(begins(hear(500), "/created mic\n/strip/mic/name \"mic\"\n"));
}

Test(osc_subscriptions, everyone_is_told_what_comes_goes_and_is_renamed)
{
    subscribe("/subscribe /status/strips");
    set("/strip/add new");
    HEAR(100, "/created new\n/status/strips 3\n");
    set("/strip/new/name \"The new one\"");
    HEAR(100, "/renamed new \"The new one\"\n");
    set("/strip/new/remove");
    HEAR(100, "/removed new\n/status/strips 2\n");
}

Test(osc_subscriptions, who_comes_later_hears_no_old_news)
{
    subscribe("/subscribe /strip/mic/gain");
    set("/strip/add new");
    HEAR(100, "/created new\n");
    be(new_client());
    cr_expect(begins(subscribe("/subscribe /strip/mic/gain"), "/snapshot "));
    HEAR(100, "");
}

Test(osc_subscriptions, what_waits_for_its_ports_is_not_there_yet)
{
    struct weir_fault fault;
    subscribe("/subscribe \"/strip/*/gain\"");
    b->hold_ports = true;
    set("/strip/add slow\n/strip/slow/gain -6");
    HEAR(100, "");
    cr_expect_str_eq(subscribe("/subscribe \"/strip/s*/gain\""),
                     "/snapshot /strip/s*/gain\n"
                     "/snapshot_end /strip/s*/gain 0\n");
    bench_release_ports(b, NULL);
    HEAR(100, "/created slow\n/strip/slow/gain -6\n");
    set("/strip/add never");
    weir_fault(&fault, WEIR_FAULT_FAILED, "no ports");
    bench_release_ports(b, &fault);
    bench_step(b);
    HEAR(100, "");
}

// --------------------------------------------------------------------- meters

static void
make_sound(const char *id, float peak)
{
    struct weir_strip *mix = weir_desk_find_strip(b->desk, id)->mix;
    float *lane = mix->lanes[0].frames;
    for (int i = 0; i < 8192; i++)
        lane[i] = peak;
}

Test(osc_subscriptions, meters_come_when_they_change_and_at_their_rate)
{
    unsigned n_datagrams = 0;
    subscribe("/subscribe \"//meter\" 100");
    HEAR(1000, "");
    for (int i = 0; i < 50; i++) { // half a second
        make_sound("mic", 0.001f * (float)(i + 1));
        bench_cycle(b, 480);
        const char *got = hear(10);
        cr_expect_not_null(strstr(got, "/strip/mic/meter "), "%d: %s", i, got);
        cr_expect_null(strstr(got, "/strip/music/meter "), "%s", got);
        n_datagrams += b->n_datagrams;
    }
    cr_expect_eq(n_datagrams, 50);
}

// Commands that the mixer has been sent.
static uint64_t
n_commands(uint64_t ms)
{
    const uint32_t before = weir_link_room(b->link);
    b->now_ns += ms * 1000000;
    weir_subscriptions_run(b->tree.subscriptions);
    const uint32_t after = weir_link_room(b->link);
    bench_step(b);
    bench_answers(b);
    return before - after;
}

Test(osc_subscriptions, meters_are_read_once_for_all_and_only_if_wanted)
{
    cr_expect_eq(n_commands(1000), 0);
    subscribe("/subscribe \"/strip/*/meter\" 50");
    be(new_client());
    subscribe("/subscribe \"//meter\" 50");
    be(new_client());
    subscribe("/subscribe \"/bus/main/meter\" 10");
    bench_tick(b, 1000);
    cr_expect_eq(n_commands(20), 4);
    cr_expect_eq(n_commands(1), 0);
    cr_expect_eq(n_commands(20), 4);
    hear(9000);
    cr_expect_eq(n_commands(20), 0);
}

Test(osc_subscriptions, a_strip_may_go_while_its_meter_is_read)
{
    subscribe("/subscribe \"//meter\" 100");
    b->now_ns += 10000000;
    weir_subscriptions_run(b->tree.subscriptions); // asks
    bench_send_lines(b, "/strip/mic/remove\n/strip/music/remove");
    bench_step(b);
    const char *got = hear(10);
    cr_expect_null(strstr(got, "/strip/mic/meter"), "%s", got);
    cr_expect_not_null(strstr(got, "/removed mic\n"), "%s", got);
    hear(10);
}

Test(osc_subscriptions, a_subscriber_may_go_while_its_meters_are_read)
{
    bench_send_lines(b, "/subscribe \"//meter\" 100");
    b->now_ns += 1000000;
    weir_subscriptions_run(b->tree.subscriptions); // asks
    bench_send_lines(b, "/unsubscribe \"//meter\"");
    bench_step(b);
    cr_expect_str_eq(bench_answers(b), "/reply /unsubscribe //meter\n");
    HEAR(100, "");
}

Test(osc_subscriptions, who_renews_when_all_meters_have_gone_gets_a_snapshot)
{
    subscribe("/subscribe \"/strip/*/meter\"");
    set("/strip/mic/remove\n/strip/music/remove");
    hear(2000);
    cr_expect_str_eq(subscribe("/subscribe \"/strip/*/meter\""),
                     "/snapshot /strip/*/meter\n"
                     "/snapshot_end /strip/*/meter 0\n");
}

Test(osc_subscriptions, status_comes_while_it_changes)
{
    subscribe("/subscribe /status/strips");
    set("/strip/add one");
    cr_expect_str_eq(hear(100), "/created one\n/status/strips 3\n");
    HEAR(1000, "");
}

// -------------------------------------------------------------- other carriers

// What goes to a peer of the network: counted, and heard by the first client.
static struct {
    size_t n_bytes;
    int port; // the last one
    char host[INET_ADDRSTRLEN];
} wire;

static bool
offer_on_wire(const struct weir_peer *peer, const void *bytes, size_t n)
{
    const struct sockaddr_in *to = (const struct sockaddr_in *)&peer->address;
    wire.n_bytes += n;
    wire.port = ntohs(to->sin_port);
    inet_ntop(AF_INET, &to->sin_addr, wire.host, sizeof wire.host);
    return weir_peer_offer(&first.peer, bytes, n);
}

static void
send_on_wire(const struct weir_peer *peer, const void *bytes, size_t n)
{
    offer_on_wire(peer, bytes, n);
}

static void
be_at(const char *host, uint16_t port)
{
    static const struct weir_carrier datagrams = {.send = send_on_wire,
                                                  .offer = offer_on_wire};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &at.sin_addr);
    const int fd = b->peer.fd;
    b->peer = (struct weir_peer){.carrier = &datagrams,
                                 .owner = first.peer.owner,
                                 .fd = fd,
                                 .n_address = sizeof at};
    memcpy(&b->peer.address, &at, sizeof at);
    b->client_fd = first.fd;
}

Test(osc_subscriptions, they_go_to_another_port_if_that_was_said)
{
    be_at("127.0.0.1", 5000);
    cr_expect(begins(subscribe("/subscribe /strip/mic/gain 20 9000"),
                     "/snapshot /strip/mic/gain\n"));
    cr_expect_eq(wire.port, 9000);
    cr_expect_str_eq(wire.host, "127.0.0.1");
    bench_ask(b, "/strip/mic/gain -6");
    cr_expect_eq(wire.port, 5000);
    HEAR(100, "/strip/mic/gain -6\n");
    cr_expect_eq(wire.port, 9000);
    // Who asked for it may end it.
    cr_expect_str_eq(bench_ask(b, "/unsubscribe /strip/mic/gain"),
                     "/reply /unsubscribe /strip/mic/gain\n");
    bench_ask(b, "/strip/mic/gain -7");
    HEAR(1000, "");
}

Test(osc_subscriptions, never_to_weirs_own_port)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t n = sizeof own;
    char line[64];
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd, (struct sockaddr *)&own, sizeof own);
    getsockname(fd, (struct sockaddr *)&own, &n);
    be_at("127.0.0.1", 5000);
    b->peer.fd = fd;
    snprintf(line, sizeof line, "/subscribe /strip/mic/gain 20 %d",
             ntohs(own.sin_port));
    cr_expect(begins(subscribe(line), "/error /subscribe 9 "));
    b->peer.fd = first.peer.fd;
    close(fd);
}

Test(osc_subscriptions, over_a_connection_they_last_as_long_as_that)
{
    static const struct weir_carrier stream = {
        .send = send_on_wire, .offer = offer_on_wire, .is_stream = true};
    be_at("192.0.2.1", 5000);
    b->peer.carrier = &stream;
    b->peer.connection = 7;
    subscribe("/subscribe /strip/mic/gain 20 0 2");
    subscribe("/subscribe \"//pan\"");
    hear(100000);
    bench_ask(b, "/strip/mic/gain -6");
    HEAR(100, "/strip/mic/gain -6\n");
    struct weir_peer another = b->peer;
    another.connection = 8;
    weir_subscriptions_drop_peer(b->tree.subscriptions, &another);
    bench_ask(b, "/strip/mic/gain -7");
    HEAR(100, "/strip/mic/gain -7\n");
    weir_subscriptions_drop_peer(b->tree.subscriptions, &b->peer);
    bench_ask(b, "/strip/mic/gain -8\n/strip/mic/pan 1");
    HEAR(1000, "");
}

Test(osc_subscriptions, answers_are_not_answered)
{
    cr_expect_str_eq(bench_ask(b, "/error /x 1 text"), "");
    cr_expect_str_eq(bench_ask(b, "/reply /strip/mic/gain -6"), "");
    cr_expect_str_eq(bench_ask(b, "/snapshot_end /x 5"), "");
    cr_expect(begins(bench_ask(b, "/errors"), "/error /errors 1 "));
}

// ------------------------------------------------------------------ strangers

// The token in an answer, or "".
static const char *
token_in(const char *got)
{
    static char token[64];
    // In quotes only if it does not look like a word.
    return sscanf(got, "/token %*[\"]%63[A-Za-z0-9_-]", token) == 1 ||
                   sscanf(got, "/token %63[A-Za-z0-9_-]", token) == 1
               ? token
               : "";
}

static const char *
give_back(const char *token)
{
    char line[128];
    snprintf(line, sizeof line, "/subscribe_token \"%s\"", token);
    return subscribe(line);
}

#define GAIN_SNAPSHOT                                                          \
    "/snapshot /strip/mic/gain\n/strip/mic/gain 0\n"                           \
    "/snapshot_end /strip/mic/gain 1\n"

Test(osc_subscriptions, a_stranger_gets_a_token_and_no_more_until_it_is_back)
{
    be_at("192.0.2.1", 5000);
    const char *token = token_in(subscribe("/subscribe /strip/mic/gain"));
    cr_expect_geq(strlen(token), 7, "\"%s\"", token);
    set("/strip/mic/gain -6\n/strip/add new");
    set("/strip/mic/gain 0");
    HEAR(1000, "");
    cr_expect_str_eq(give_back(token), GAIN_SNAPSHOT);
    set("/strip/mic/gain -6");
    HEAR(100, "/strip/mic/gain -6\n");
    // It was good once.
    hear(2000);
    cr_expect(!strstr(give_back(token), "/snapshot"));
}

Test(osc_subscriptions, the_token_goes_where_the_stream_would_go)
{
    be_at("192.0.2.1", 5000);
    const char *token =
        token_in(subscribe("/subscribe /strip/mic/gain 20 9000"));
    cr_expect_eq(wire.port, 9000);
    be_at("192.0.2.2", 9000); // another host
    cr_expect(!strstr(give_back(token), "/snapshot"));
    be_at("192.0.2.1", 6000); // the same, another port
    wire.port = 0;
    cr_expect_str_eq(give_back(token), GAIN_SNAPSHOT);
    cr_expect_eq(wire.port, 9000);
}

Test(osc_subscriptions, a_stranger_renews_without_a_token)
{
    be_at("192.0.2.1", 5000);
    const char *token =
        token_in(subscribe("/subscribe /strip/mic/gain 20 0 2"));
    give_back(token);
    hear(1500);
    cr_expect_str_eq(subscribe("/subscribe /strip/mic/gain 20 0 2"),
                     GAIN_SNAPSHOT);
    // Another pattern needs one.
    cr_expect(begins(subscribe("/subscribe /strip/mic/pan"), "/token "));
    // And the same when its lease has ended.
    hear(2100);
    cr_expect(begins(subscribe("/subscribe /strip/mic/gain"), "/token "));
}

Test(osc_subscriptions, a_token_is_good_for_ten_seconds)
{
    char token[64];
    be_at("192.0.2.1", 5000);
    snprintf(token, sizeof token, "%s",
             token_in(subscribe("/subscribe /strip/mic/gain")));
    hear(10100);
    cr_expect(!strstr(give_back(token), "/snapshot"));
    const char *next = token_in(subscribe("/subscribe /strip/mic/gain"));
    cr_expect_str_neq(next, token);
    hear(9800);
    cr_expect_str_eq(give_back(next), GAIN_SNAPSHOT);
}

Test(osc_subscriptions, who_guesses_tokens_has_eight_guesses)
{
    be_at("192.0.2.1", 5000);
    const char *token = token_in(subscribe("/subscribe /strip/mic/gain"));
    for (int i = 0; i < 7; i++)
        give_back("AAAAAAAAAAAA");
    cr_expect_str_eq(give_back(token), GAIN_SNAPSHOT);
    be_at("192.0.2.3", 5000);
    token = token_in(subscribe("/subscribe /strip/mic/gain"));
    for (int i = 0; i < 8; i++)
        give_back("AAAAAAAAAAAA");
    cr_expect(!strstr(give_back(token), "/snapshot"));
}

Test(osc_subscriptions, many_strangers_do_not_keep_the_last_one_out)
{
    char host[32];
    char earlier[64] = "";
    const char *token = "";
    for (int i = 0; i < 1000; i++) {
        snprintf(host, sizeof host, "198.51.%d.%d", i / 200, i % 200);
        be_at(host, 5000);
        token = token_in(subscribe("/subscribe /strip/mic/gain"));
        cr_assert_str_neq(token, "");
        if (i == 900)
            snprintf(earlier, sizeof earlier, "%s", token);
    }
    cr_expect_str_eq(give_back(token), GAIN_SNAPSHOT);
    be_at("198.51.4.100", 5000);
    cr_expect_str_eq(give_back(earlier), GAIN_SNAPSHOT);
}

// Bytes of a line as a message.
static size_t
bytes_of(const char *line)
{
    struct weir_text_line parsed;
    struct weir_text_fault fault;
    weir_text_parse(line, strlen(line), &parsed, &fault);
    const size_t n = lo_message_length(parsed.message, parsed.address);
    lo_message_free(parsed.message);
    return n;
}

Test(osc_subscriptions, a_stranger_never_gets_more_bytes_than_it_sent)
{
    static const char *const lines[] = {
        "/subscribe",
        "/subscribe 5",
        "/subscribe /",
        "/subscribe \"//\"",
        "/subscribe \"/*\"",
        "/subscribe \"/{\"",
        "/subscribe \"/{this one is longer, so that there is room\"",
        "/subscribe \"//*\" 100",
        "/subscribe \"//*\" 101",
        "/subscribe \"//*\" 100 9000",
        "/subscribe \"//*\" 100 9000 3600",
        "/subscribe \"//*\" 100 9000 3601",
        "/subscribe \"//*\" 100 9000 3600 1",
        "/subscribe \"/strip/mic/send/aux/level\" 100 9000 3600",
        "/unsubscribe",
        "/unsubscribe \"//*\"",
        "/unsubscribe \"/strip/mic/send/aux/level/of/which/there/is/none\"",
        "/subscribe_token",
        "/subscribe_token AAAA",
        "/subscribe_token AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/subscribe_token 5",
    };
    unsigned n_answered = 0;
    be_at("192.0.2.1", 5000);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        wire.n_bytes = 0;
        const char *got = subscribe(lines[i]);
        cr_expect_leq(wire.n_bytes, bytes_of(lines[i]), "%s -> %s", lines[i],
                      got);
        n_answered += wire.n_bytes > 0;
        HEAR(100, "");
    }
    cr_expect_geq(n_answered, 9);
    // In a bundle, as well.
    wire.n_bytes = 0;
    subscribe("/subscribe \"//\"\n/subscribe \"//a\"");
    cr_expect_leq(wire.n_bytes, 2 * 20);
}

Test(osc_subscriptions, the_longer_the_question_the_longer_the_token)
{
    be_at("192.0.2.1", 5000);
    cr_expect_eq(strlen(token_in(subscribe("/subscribe \"//\""))), 7);
    cr_expect_eq(
        strlen(token_in(subscribe("/subscribe \"/strip/*/meter\" 50 0 10"))),
        22);
}

// ------------------------------------------------------------------ slow peers

// More values than ten datagrams hold.
static void
add_many(int n)
{
    static char lines[BENCH_TEXT];
    size_t at = 0;
    for (int i = 0; i < n; i++)
        at += (size_t)sprintf(lines + at, "/strip/add many%d\n", i);
    set(lines);
}

static unsigned
count(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

Test(osc_subscriptions, a_change_during_a_snapshot_comes_after_it_and_once)
{
    add_many(100);
    bench_send_lines(b, "/subscribe \"/strip/*/*\" 100");
    bench_tick(b, 1); // as much of the snapshot as the socket holds
    set("/strip/many0/gain -6\n/strip/many99/gain -7");
    bench_tick(b, 100);
    set("/strip/many50/gain -8");
    const char *got = hear(100);
    cr_expect_gt(b->n_datagrams, 20);
    const char *end = strstr(got, "/snapshot_end ");
    cr_assert_not_null(end);
    for (int i = 0; i < 100; i++) {
        char line[64];
        snprintf(line, sizeof line, "/strip/many%d/gain 0\n", i);
        const char *at = strstr(got, line);
        cr_expect(at && at < end, "%s", line);
    }
    cr_expect_eq(count(got, "/gain -6\n"), 1);
    cr_expect_eq(count(got, "/gain -7\n"), 1);
    cr_expect_eq(count(got, "/gain -8\n"), 1);
    cr_expect(strstr(got, "/gain -6\n") > end);
    cr_expect(strstr(got, "/gain -7\n") > end);
    cr_expect(strstr(got, "/gain -8\n") > end);
}

Test(osc_subscriptions, a_slow_peer_gets_the_newest_and_others_do_not_wait)
{
    struct client *quick = new_client();
    char lines[128];
    add_many(100);
    subscribe("/subscribe \"/strip/*/{gain,pan}\" 100 0 60");
    be(quick);
    subscribe("/subscribe \"/strip/*/gain\" 100 0 60");
    for (int i = 1; i <= 200; i++) { // two seconds; the first does not read
        snprintf(lines, sizeof lines,
                 "/strip/many%d/gain -1\n/strip/mic/gain %g", i % 100,
                 -0.25 * i);
        set(lines);
        const char *got = hear(10);
        snprintf(lines, sizeof lines, "/strip/mic/gain %g\n", -0.25 * i);
        cr_expect_not_null(strstr(got, lines), "%d: %s", i, got);
    }
    be(&first);
    const char *got = hear(0);
    // Ten that were in the socket, and what came after them all at once.
    cr_expect_eq(count(got, "/strip/mic/gain -50\n"), 1);
    cr_expect_leq(count(got, "/strip/mic/gain "), 12);
    cr_expect_eq(count(got, "/strip/many77/gain -1\n"), 1);
    HEAR(1000, "");
}

// More than the socket holds, and then nothing is read.
static void
go_deaf(void)
{
    add_many(100);
    subscribe("/subscribe /strip/mic/gain 20 0 60");
    bench_send_lines(b, "/subscribe \"/strip/*/*\" 20 0 60");
    bench_tick(b, 1);
}

Test(osc_subscriptions, who_misses_4096_news_is_subscribed_no_more)
{
    static char lines[BENCH_TEXT];
    go_deaf();
    for (int k = 0; k < 5; k++) {
        size_t at = 0;
        for (int i = 0; i < 820; i++)
            at += (size_t)sprintf(lines + at, "/strip/%s/name n%d\n",
                                  i % 2 ? "mic" : "music", k);
        set(lines);
        bench_tick(b, 100);
    }
    bench_answers(b);
    cr_expect(begins(bench_ask(b, "/unsubscribe /strip/mic/gain"),
                     "/error /unsubscribe 4 "));
}

Test(osc_subscriptions, who_misses_fewer_hears_them_all_in_their_order)
{
    char line[64];
    go_deaf();
    for (int i = 0; i < 500; i++) {
        snprintf(line, sizeof line, "/strip/mic/name n%d", i);
        set(line);
    }
    const char *at = hear(100);
    for (int i = 0; i < 500; i++) {
        snprintf(line, sizeof line, "/renamed mic \"n%d\"\n", i);
        at = strstr(at, line);
        cr_assert_not_null(at, "%d", i);
    }
    cr_expect_not_null(strstr(at, "/strip/mic/name \"n499\"\n"));
    cr_expect_null(strstr(at, "/strip/mic/name \"n498\"\n"));
}

Test(osc_subscriptions, news_that_say_the_same_come_once)
{
    subscribe("/subscribe /strip/mic/gain");
    set("/strip/mic/name one\n/strip/mic/name two\n/strip/mic/name three");
    HEAR(100, "/renamed mic \"three\"\n");
}

static unsigned n_at_port[64]; // from 5000 on

static bool
count_at_port(const struct weir_peer *peer, const void *bytes, size_t n)
{
    const struct sockaddr_in *to = (const struct sockaddr_in *)&peer->address;
    (void)bytes;
    (void)n;
    n_at_port[ntohs(to->sin_port) - 5000]++;
    return true;
}

static void
count_answer(const struct weir_peer *peer, const void *bytes, size_t n)
{
    count_at_port(peer, bytes, n);
}

Test(osc_subscriptions, when_all_want_too_much_each_gets_its_turn)
{
    static const struct weir_carrier counted = {.send = count_answer,
                                                .offer = count_at_port};
    char line[64];
    add_many(400);
    for (uint16_t i = 0; i < 40; i++) {
        be_at("127.0.0.1", (uint16_t)(5000 + i));
        b->peer.carrier = &counted;
        bench_send_lines(b, "/subscribe \"/strip/*/gain\" 100");
    }
    be_at("127.0.0.1", 5063);
    b->peer.carrier = &counted;
    for (int k = 1; k <= 40; k++) { // 400 bundles of changes in each
        snprintf(line, sizeof line, "/strip/*/gain %d", -k);
        bench_send_lines(b, line);
        bench_step(b);
        b->now_ns += 10000000;
        weir_subscriptions_run(b->tree.subscriptions);
    }
    // 40 times 128 were sent: so many each, and some more or less.
    for (int i = 0; i < 40; i++)
        cr_expect(n_at_port[i] > 96 && n_at_port[i] < 160, "%d: %u", i,
                  n_at_port[i]);
}

Test(osc_subscriptions, a_strip_that_goes_during_a_snapshot_is_told_after_it)
{
    add_many(100);
    bench_send_lines(b, "/subscribe \"/strip/*/*\"");
    bench_tick(b, 1);
    set("/strip/many99/remove");
    const char *got = hear(100);
    const char *end = strstr(got, "/snapshot_end ");
    const char *removed = strstr(got, "/removed many99\n");
    cr_assert(end && removed && removed > end);
    cr_expect_null(strstr(removed, "/strip/many99/"));
}

Test(osc_subscriptions, a_subscriber_may_go_in_the_middle_of_its_snapshot)
{
    add_many(100);
    subscribe("/subscribe /strip/mic/pan");
    bench_send_lines(b, "/subscribe \"/strip/*/*\"");
    bench_tick(b, 1);
    bench_send_lines(b, "/unsubscribe \"/strip/*/*\"");
    bench_step(b);
    const char *got = bench_answers(b);
    cr_expect_null(strstr(got, "/snapshot_end"));
    cr_expect_leq(b->n_datagrams, 12); // what was there, and the answer
    HEAR(100, "");
    cr_expect_str_eq(subscribe("/subscribe /strip/mic/gain"),
                     "/snapshot /strip/mic/gain\n/strip/mic/gain 0\n"
                     "/snapshot_end /strip/mic/gain 1\n");
}

Test(osc_subscriptions, who_renews_and_renews_has_no_snapshots_in_a_row)
{
    unsigned n = 0;
    for (int i = 0; i < 100; i++) // a second
        n += count(subscribe("/subscribe /strip/mic/gain"), "/snapshot ") +
             count(hear(9), "/snapshot ");
    cr_expect_eq(n, 1);
    n += count(hear(20), "/snapshot ");
    cr_expect_eq(n, 2);
}
