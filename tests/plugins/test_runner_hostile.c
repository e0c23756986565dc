// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Runners that want to harm: what weir believes of them, and what they may do.
#include "runner_rig.h"

#include "plugin/runner_private.h"

#include <linux/landlock.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// What a runner may write it fills with anything, all the time; weir stays
// within its own numbers, and what is heard is finite.
Test(runner, nothing_in_the_page_is_believed, .timeout = 90)
{
    static struct driven d;
    struct weir_plugin_type const *type;
    driven_begin(&d);
    driven_add_trouble(&d);
    type = driven_type("urn:weir:test:trouble");
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGSTOP); // from here on it is this test that writes
    struct weir_runner_page *page = d.runner->newest->page;
    uint32_t x = 1;
    for (int i = 0; i < 60; i++) {
        for (size_t w = 0; w < WEIR_RUNNER_SHOWN; w++)
            page->shown[w] = x = x * 1664525u + 1013904223u;
        const uint32_t all = i % 3 == 0 ? x : i % 3 == 1 ? 0x7fc00000 : ~0u;
        for (size_t w = 0; w < 2 * BLOCK; w++)
            page->words[w] = (uint64_t)all << 32 | all;
        page->latency = all;
        page->faults = all;
        page->done = d.runner->newest->handed;
        driven_block_at_once(&d);
        for (uint32_t f = 0; f < BLOCK; f++)
            cr_assert(isfinite(d.sound[0][f]) && isfinite(d.sound[1][f]));
        weir_runner_service(d.runner);
        cr_assert_leq(weir_runner_latency(d.runner), BLOCK + (1 << 15));
        for (uint32_t p = 0; p < type->n_ports; p++)
            if (type->ports[p].kind == WEIR_PORT_CONTROL) {
                const float value = weir_runner_value(d.runner, "t", p);
                cr_assert(value >= type->ports[p].min &&
                          value <= type->ports[p].max);
            }
        enum weir_slot_state state;
        if (weir_runner_slot_state(d.runner, "t", &state))
            cr_assert_leq(state, WEIR_SLOT_FAILED);
    }
    driven_end(&d);
}

// What comes over the socket, too: nobody's answers, other sizes, properties
// of others, texts without an end.
Test(runner, nothing_that_it_says_is_believed, .timeout = 90)
{
    static struct driven d;
    static struct weir_runner_answer a;
    struct weir_why why;
    int pair[2];
    driven_begin(&d);
    driven_add_trouble(&d);
    kill(weir_runner_pid(d.runner), SIGSTOP);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    dup2(pair[0], d.runner->socket);
    const uint32_t before = d.last_answer;
    const uint32_t serial = weir_runner_set(d.runner, "t", GAIN, 1.0f, &why);
    uint32_t x = 7;
    for (int i = 0; i < 4000; i++) {
        unsigned char *bytes = (unsigned char *)&a;
        for (size_t b = 0; b < sizeof a; b++)
            bytes[b] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
        a.is_heard = i % 2;
        a.serial = i % 3 ? serial + 1 : 0;
        if (i % 4 == 1) {
            strcpy(a.id, "t");
            memset(a.text, 'x', sizeof a.text);
            a.index = i % 8 == 1 ? x : (uint32_t)sizeof a.text - 1;
        }
        send(pair[1], &a, i % 5 ? sizeof a : x % sizeof a + 1, MSG_DONTWAIT);
        weir_runner_service(d.runner);
    }
    cr_assert_eq(d.last_answer, before, "nobody has answered");
    a = (struct weir_runner_answer){.serial = serial, .ok = 1};
    send(pair[1], &a, sizeof a, 0);
    for (int i = 0; i < 100 && d.last_answer != serial; i++)
        weir_runner_service(d.runner);
    cr_assert_eq(d.last_answer, serial);
    close(pair[0]);
    close(pair[1]);
    driven_end(&d);
}

// ------------------------------------------------------------- what it may do

enum { GOT = 5 };

static float
intrude(bool confined)
{
    static struct driven d;
    driven_is_confined = confined;
    driven_begin(&d);
    driven_add_trouble(&d);
    driven_do(&d, WEIR_DEED_INTRUDE);
    for (int i = 0; i < 5000 && weir_runner_value(d.runner, "t", GOT) < 1.0f;
         i++)
        driven_block(&d);
    const float got = weir_runner_value(d.runner, "t", GOT);
    driven_end(&d);
    return got;
}

Test(runner, a_confined_plugin_gets_no_further, .timeout = 90)
{
    // What this kernel's Landlock cannot hold: files at all; signals.
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
                             LANDLOCK_CREATE_RULESET_VERSION);
    const float left = (abi < 1 ? 1.0f : 0.0f) + (abi < 6 ? 1.0f : 0.0f);
    cr_assert_eq(intrude(true), 1.0f + left);
}

// So that the test above can fail.
Test(runner, one_that_is_not_confined_gets_everything, .timeout = 90)
{
    cr_assert_eq(intrude(false), 5.0f);
}

// Also there: its own files are written, and are the next process's.
Test(runner, a_confined_plugin_is_back_with_its_state, .timeout = 90)
{
    static struct driven d;
    driven_is_confined = true;
    driven_begin(&d);
    driven_add_trouble(&d);
    const pid_t pid = weir_runner_pid(d.runner);
    kill(pid, SIGKILL);
    cr_assert(driven_await_return(&d, pid));
    driven_end(&d);
}
