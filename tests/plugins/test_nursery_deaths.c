// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's processes as they are killed, one after the other: what is
// asked meanwhile is answered all the same.
#include "nursery_rig.h"

#include "plugin/nursery_private.h"
#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOW "urn:weir:test:slow"

// -------------------------------------- a bundle that keeps its reader waiting

static char bundle[64];
static char slow[96]; // what it sees also

static void
write_file(const char *path, const char *head, const char *middle,
           const char *tail)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fprintf(file, "%s%s%s", head, middle, tail), 0);
    cr_assert_eq(fclose(file), 0);
}

static void
make_slow_bundle(void)
{
    char path[300];
    strcpy(bundle, "/tmp/weir-nursery-XXXXXX");
    cr_assert_not_null(mkdtemp(bundle));
    snprintf(path, sizeof path, "%s/slow.lv2", bundle);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/slow.lv2/manifest.ttl", bundle);
    write_file(path,
               "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
               "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
               "<" SLOW "> a lv2:Plugin ;\n"
               "  lv2:binary <file://",
               getenv("LV2_PATH"),
               "/set.lv2/set.so> ;\n"
               "  rdfs:seeAlso <slow.ttl> .\n");
    snprintf(slow, sizeof slow, "%s/slow.lv2/slow.ttl", bundle);
    cr_assert_eq(mkfifo(slow, 0600), 0);
    snprintf(path, sizeof path, "%s:%s", bundle, getenv("LV2_PATH"));
    setenv("LV2_PATH", path, 1);
}

#define MENDED                                                                 \
    "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"                         \
    "@prefix doap: <http://usefulinc.com/ns/doap#> .\n"                        \
    "<" SLOW "> a lv2:Plugin ; doap:name \"Slow\" .\n"

// From now on it is a file. Who reads it already still waits.
static void
mend_bundle(void)
{
    char path[300];
    snprintf(path, sizeof path, "%s/mended", bundle);
    write_file(path, MENDED, "", "");
    cr_assert_eq(rename(path, slow), 0);
}

// When there is one who reads it.
static int
await_reading(void)
{
    const int64_t until_ms = weir_now_ms() + PATIENCE_MS;
    int fd;
    while ((fd = open(slow, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 &&
           weir_now_ms() < until_ms)
        nursed_serve();
    cr_assert_geq(fd, 0, "nobody reads it");
    return fd;
}

static void
remove_bundle(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", bundle);
    cr_assert_eq(system(command), 0);
}

static void
ask_slow(struct told *told)
{
    memset(told, 0, sizeof *told);
    weir_nursery_describe(nursed, SLOW, RATE, nursed_hear, told);
    cr_assert_eq(told->n, 0);
}

// --------------------------------------------------------------------- deaths

// No process is left that weir does not know.
static void
end(void)
{
    siginfo_t info = {.si_pid = 0};
    for (int i = 0; i < 3; i++)
        nursed_serve();
    const int rc =
        waitid(P_PGID, (id_t)nursed->group, &info, WEXITED | WNOHANG | WNOWAIT);
    cr_assert(rc != 0 || info.si_pid == 0, "a zombie is left");
    weir_nursery_free(nursed);
}

// Whoever asks sees nothing of it: what was under way is done again.
static void
goes_on_without(const char *name)
{
    struct told told;
    make_slow_bundle();
    nursed_start(false);
    ask_slow(&told);
    int fd = await_reading();
    const pid_t pid = await_nursery(nursed, name, 0);
    mend_bundle();
    kill(pid, SIGKILL);
    if (strcmp(name, "weir-spare") == 0) { // then the reader is still at it
        cr_assert_eq(write(fd, MENDED, strlen(MENDED)), strlen(MENDED));
        close(fd);
        fd = -1;
    }
    nursed_serve_until(&told.n, 1);
    cr_assert_not_null(told.type, "%s", told.why);
    cr_assert_str_eq(told.type->name, "Slow");
    close(fd);
    await_nursery(nursed, name, pid);
    cr_assert_not_null(nursed_ask("urn:weir:test:gain", &told), "%s", told.why);
    end();
    remove_bundle();
}

Test(nursery, a_description_under_way_survives_its_reader, .timeout = 60)
{
    goes_on_without("weir-reader");
}

Test(nursery, a_description_under_way_survives_the_keeper, .timeout = 60)
{
    goes_on_without("weir-nursery");
}

Test(nursery, a_description_under_way_survives_the_spare, .timeout = 60)
{
    goes_on_without("weir-spare");
}

// Only what is died over twice is to blame; the next question is another one.
Test(nursery, what_its_reader_dies_over_twice_is_refused, .timeout = 60)
{
    struct told told, other = {0};
    pid_t pid = 0;
    make_slow_bundle();
    nursed_start(false);
    ask_slow(&told);
    weir_nursery_describe(nursed, "urn:weir:test:gain", RATE, nursed_hear,
                          &other);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(told.n, 0);
        const int fd = await_reading();
        pid = await_nursery(nursed, "weir-reader", pid);
        kill(pid, SIGKILL);
        close(fd);
    }
    nursed_serve_until(&told.n, 1);
    cr_assert_null(told.type);
    cr_assert_not_null(strstr(told.why, "dies of SIGKILL"), "%s", told.why);
    nursed_serve_until(&other.n, 1);
    cr_assert_not_null(other.type, "%s", other.why);
    end();
    remove_bundle();
}

// By then whoever asked has been told so; others are not kept waiting.
Test(nursery, a_description_that_takes_too_long_is_given_up, .timeout = 90)
{
    struct told told, other = {0};
    make_slow_bundle();
    nursed_start(false);
    ask_slow(&told);
    const int fd = await_reading();
    weir_nursery_describe(nursed, "urn:weir:test:gain", RATE, nursed_hear,
                          &other);
    nursed_serve_until(&told.n, 1);
    cr_assert_null(told.type);
    cr_assert_not_null(strstr(told.why, "too long"), "%s", told.why);
    nursed_serve_until(&other.n, 1);
    cr_assert_not_null(other.type, "%s", other.why);
    close(fd);
    end();
    remove_bundle();
}

Test(nursery, keeper_after_keeper_has_a_spare, .timeout = 60)
{
    static const char *const uris[] = {"stereo", "kinds", "patch", "widen"};
    struct told told;
    pid_t keeper = 0;
    pid_t spare = 0;
    nursed_start(false);
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        char uri[64];
        const pid_t old = spare;
        keeper = await_nursery(nursed, "weir-nursery", keeper);
        spare = await_nursery(nursed, "weir-spare", old);
        kill(keeper, SIGKILL);
        cr_assert_eq(await_nursery(nursed, "weir-nursery", keeper), spare);
        snprintf(uri, sizeof uri, "urn:weir:test:%s", uris[i]);
        cr_assert_not_null(nursed_ask(uri, &told), "%s", told.why);
    }
    end();
}

Test(nursery, with_weir_all_of_them_end, .timeout = 60)
{
    struct told told;
    nursed_start(false);
    const pid_t keeper = await_nursery(nursed, "weir-nursery", 0);
    await_nursery(nursed, "weir-spare", 0);
    kill(keeper, SIGKILL);
    await_nursery(nursed, "weir-nursery", keeper);
    await_nursery(nursed, "weir-spare", 0);
    cr_assert_not_null(nursed_ask("urn:weir:test:gain", &told));
    const pid_t group = nursed->group;
    const struct weir_nursery was = {.group = group};
    weir_nursery_free(nursed);
    cr_assert_eq(find_nursery(&was, "weir-nursery"), 0);
    cr_assert_eq(find_nursery(&was, "weir-spare"), 0);
    cr_assert_eq(find_nursery(&was, "weir-reader"), 0);
    cr_assert_eq(waitpid(-group, NULL, WNOHANG), -1);
    cr_assert_eq(errno, ECHILD);
}

// All at once: there is nobody left who could start another one.
Test(nursery, one_that_has_ended_answers_with_a_reason, .timeout = 60)
{
    struct told told = {0}, later = {0};
    const char *why_not;
    nursed_start(false);
    weir_nursery_describe(nursed, "urn:weir:test:gain", RATE, nursed_hear,
                          &told);
    kill(-nursed->group, SIGKILL);
    nursed_serve_until(&told.n, 1);
    // It may have answered before.
    weir_nursery_describe(nursed, "urn:weir:test:kinds", RATE, nursed_hear,
                          &later);
    nursed_serve_until(&later.n, 1);
    cr_assert_null(later.type);
    cr_assert_not_null(strstr(later.why, "were killed"));
    cr_assert_null(weir_nursery_known(nursed, "urn:weir:test:patch", &why_not));
    cr_assert_not_null(why_not);
    cr_assert_not_null(strstr(why_not, "were killed"));
    weir_nursery_free(nursed);
}
