// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Session files: read, checked, planned; and where they may be.
#include "session/place.h"
#include "session/plan.h"

#include "engine/limits.h"
#include "oscctl/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What was said of a script: "LINE: text" by line.
static char said[4096];

static void
hear(void *owner, int line, const char *text)
{
    const size_t n = strlen(said);
    (void)owner;
    snprintf(said + n, sizeof said - n, "%d: %s\n", line, text);
}

// How many lines are wrong.
static int
read_script(struct weir_script *script, const char *text)
{
    FILE *from = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    said[0] = '\0';
    *script = (struct weir_script){.say = hear};
    int n_wrong = weir_script_read(script, from);
    fclose(from);
    return n_wrong + weir_script_check(script, WEIR_SCRIPT_REPLACES);
}

static void
check_wrong(const char *text, const char *saying)
{
    struct weir_script script;
    cr_assert(read_script(&script, text) > 0, "%s", text);
    cr_assert(strncmp(said, saying, strlen(saying)) == 0, "%s", said);
    weir_script_fini(&script);
}

Test(session_text, lines_are_numbered_with_comments_and_blanks)
{
    struct weir_script script;
    cr_assert_eq(read_script(&script, "# one\n\n/strip/add a 2 \"A\"\r\n"
                                      "  /strip/a/gain -6 # end"),
                 0);
    cr_assert_eq(script.n_lines, 2);
    cr_assert_eq(script.lines[0].number, 3);
    cr_assert_eq(script.lines[1].number, 4);
    cr_assert_eq(script.n_adds, 1);
    cr_assert_eq(script.adds[0].n_channels, 2);
    cr_assert_str_eq(script.adds[0].name, "A");
    cr_assert(weir_script_sets(&script, "/strip/a/gain"));
    cr_assert_not(weir_script_sets(&script, "/strip/a/pan"));
    weir_script_fini(&script);
}

Test(session_text, what_is_wrong_is_said_with_its_line)
{
    check_wrong("/strip/add a\n/strip/a/gain 11\n", "2: /strip/a/gain: 11 is");
    check_wrong("\n/strip/b/gain 1\n", "2: /strip/b/gain: the file does not");
    check_wrong("/strip/add a\n/bus/add a\n", "2: /bus/add: a is added in");
    check_wrong("/bus/add main\n", "1: /bus/add: main is there already");
    check_wrong("/strip/add A\n", "1: /strip/add: an id is");
    check_wrong("/strip/add a 65\n", "1: /strip/add: channels are");
    check_wrong("x\n", "1: column 1: ");
}

Test(session_text, no_more_than_so_many_strips_and_buses)
{
    struct weir_script script;
    char text[64 * 1024] = "";
    size_t n = 0;
    for (int i = 0; i < 513; i++)
        n += (size_t)sprintf(text + n, "/strip/add s%d\n", i);
    cr_assert_eq(read_script(&script, text), 1);
    cr_assert_str_eq(said, "513: /strip/add: 512 are the limit\n");
    weir_script_fini(&script);
    n = 0;
    for (int i = 0; i < 64; i++)
        n += (size_t)sprintf(text + n, "/bus/add b%d\n", i);
    cr_assert_eq(read_script(&script, text), 1);
    cr_assert_str_eq(said, "64: /bus/add: 63 are the limit\n");
    weir_script_fini(&script);
}

Test(session_text, a_long_line_is_wrong_and_the_next_is_read)
{
    struct weir_script script;
    char text[4200];
    memset(text, '#', 4096);
    strcpy(text + 4096, "\n/strip/add a\n");
    cr_assert_eq(read_script(&script, text), 1);
    cr_assert_str_eq(said, "1: the line is longer than 4095 bytes\n");
    cr_assert_eq(script.n_lines, 1);
    weir_script_fini(&script);
    cr_assert_eq(read_script(&script, text + 1), 0);
    weir_script_fini(&script);
}

static int
say_nothing_more_than(const char *text)
{
    struct weir_script script;
    const int n_wrong = read_script(&script, text);
    int n_said = 0;
    for (const char *c = said; *c; c++)
        n_said += *c == '\n';
    weir_script_fini(&script);
    return n_wrong == 100 ? n_said : -1;
}

Test(session_text, of_many_wrong_lines_the_first_are_said)
{
    char text[300] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "x\n");
    cr_assert_eq(say_nothing_more_than(text), WEIR_SCRIPT_FAULTS_SAID);
}

// ------------------------------------------------------------------- plans

static char *
plan_text(const char *text, const struct weir_survey *now)
{
    struct weir_script script;
    struct weir_plan plan;
    char *out = NULL;
    size_t size = 0;
    cr_assert_eq(read_script(&script, text), 0, "%s", said);
    weir_plan_replace(&script, now, &plan);
    FILE *to = open_memstream(&out, &size);
    fprintf(to, "%zu removes, %zu wishes\n", plan.n_removes, plan.n_wishes);
    for (size_t i = 0; i < plan.n_steps; i++) {
        if (plan.steps[i].line == 0 &&
            !strstr(plan.steps[i].address, "/remove") &&
            !strstr(plan.steps[i].address, "/plugin/") &&
            !strstr(plan.steps[i].address, "/gain"))
            continue; // defaults: one of them stands for all
        fprintf(to, "%d ", plan.steps[i].line);
        weir_text_print(to, plan.steps[i].address, plan.steps[i].message, 0);
        fputc('\n', to);
    }
    fclose(to);
    weir_plan_fini(&plan);
    weir_script_fini(&script);
    return out;
}

Test(session_text, a_plan_removes_resets_adds_sets_and_connects)
{
    struct weir_survey now = {0};
    weir_listing_add(&now.strips, "stays", 1);
    weir_listing_add(&now.strips, "wider", 1);
    weir_listing_add(&now.strips, "goes", 2);
    weir_listing_add(&now.buses, "main", 2);
    weir_listing_add(&now.buses, "old", 2);
    char *text = plan_text("/connect x:a stays\n"
                           "/strip/add stays 1 \"Stays\"\n"
                           "/strip/add wider 2\n"
                           "/strip/wider/gain -3\n"
                           "/strip/add new\n",
                           &now);
    cr_assert_str_eq(text, "3 removes, 1 wishes\n"
                           "0 /strip/wider/remove\n"
                           "0 /strip/goes/remove\n"
                           "0 /bus/old/remove\n"
                           "0 /strip/stays/gain 0\n"
                           "0 /bus/main/gain 0\n"
                           "2 /strip/stays/name \"Stays\"\n"
                           "3 /strip/add wider 2\n"
                           "5 /strip/add new\n"
                           "4 /strip/wider/gain -3\n"
                           "1 /connect x:a stays\n");
    free(text);
    weir_survey_fini(&now);
}

// How many steps have to be through before the rest.
static size_t
n_that_wait(const char *id, uint32_t n_channels, const char *script)
{
    struct weir_survey now = {0};
    weir_listing_add(&now.strips, id, (int)n_channels);
    weir_listing_add(&now.buses, "main", 2);
    char *text = plan_text(script, &now);
    const size_t n = strtoul(text, NULL, 10);
    cr_assert_not_null(strstr(text, "/remove"), "%s", text);
    free(text);
    weir_survey_fini(&now);
    return n;
}

Test(session_text, what_goes_and_what_comes_do_so_together)
{
    cr_expect_eq(n_that_wait("goes", 1, "/strip/add new\n"), 0);
    cr_expect_eq(n_that_wait("go", 1, "/strip/add goes\n"), 0);
    cr_expect_eq(n_that_wait("goes", 1, ""), 0);
    // But for those whose ports could be called alike.
    cr_expect_eq(n_that_wait("a", 1, "/strip/add a 2\n"), 1);
    cr_expect_eq(n_that_wait("a", 3, "/strip/add a_1\n"), 1);
    cr_expect_eq(n_that_wait("a_1", 1, "/strip/add a 3\n"), 1);
    cr_expect_eq(n_that_wait("a", 1, "/bus/add a 1\n"), 1);
}

Test(session_text, a_chain_of_plugins_has_to_be_gone_before_another_comes)
{
    struct weir_survey now = {0};
    weir_listing_add(&now.strips, "x", 1);
    weir_listing_add(&now.buses, "main", 2);
    now.strips.list[0].has_plugins = true;
    char *text =
        plan_text("/strip/add x 1\n/strip/x/plugin/add eq urn:a\n", &now);
    cr_expect_eq(strtoul(text, NULL, 10), 1, "%s", text);
    free(text);
    text = plan_text("/strip/add x 1\n", &now);
    cr_expect_eq(strtoul(text, NULL, 10), 0, "%s", text);
    free(text);
    weir_survey_fini(&now);
}

// What is planned for the plugins of a strip x that has that chain.
static void
check_chain(const char *chain, const char *script, const char *plan)
{
    struct weir_survey now = {0};
    char whole[2048];
    weir_listing_add(&now.strips, "x", 1);
    weir_listing_add(&now.buses, "main", 2);
    now.strips.list[0].has_plugins = true;
    now.strips.list[0].chain = strdup(chain);
    snprintf(whole, sizeof whole, "/strip/add x 1\n/strip/x/gain 1\n%s",
             script);
    char *text = plan_text(whole, &now);
    const size_t n_removes = strtoul(text, NULL, 10);
    char got[2048];
    int n = sprintf(got, "%zu removes\n", n_removes);
    for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n"))
        if (strstr(at, "/plugin/"))
            n += sprintf(got + n, "%s\n", strchr(at, '/') + 16);
    cr_expect_str_eq(got, plan, "%s", got);
    free(text);
    weir_survey_fini(&now);
}

#define X "/strip/x/plugin/"
#define TWO                                                                    \
    X "add eq urn:a\n" X "eq/property/file /a\n" X "eq/param/gain -3\n" X      \
      "eq/param/mode 1\n" X "add fx urn:b\n" X "fx/bypass T\n"

Test(session_text, of_a_chain_that_is_there_only_what_differs_is_set)
{
    check_chain(TWO, TWO, "0 removes\n");
    check_chain(TWO,
                X "add eq urn:a\n" X "eq/property/file /b\n" X
                  "eq/param/gain -4\n" X "add fx urn:b\n" X
                  "fx/param/level 0.5\n",
                "0 removes\n"
                "eq/reset mode\n"
                "fx/bypass F\n"
                "eq/property/file /b\n"
                "eq/param/gain -4\n"
                "fx/param/level 0.5\n");
}

Test(session_text, behind_a_state_all_numbers_are_set)
{
    check_chain(TWO,
                X "add eq urn:a\n" X "eq/load s\n" X "eq/property/file /a\n" X
                  "eq/param/gain -3\n" X "add fx urn:b\n" X "fx/bypass T\n",
                "0 removes\n"
                "eq/reset mode\n"
                "eq/load s\n"
                "eq/param/gain -3\n");
}

Test(session_text, slots_of_a_chain_go_come_and_move)
{
    // Another one is added where the file has it.
    check_chain(TWO,
                X "add eq urn:a\n" X "eq/property/file /a\n" X
                  "eq/param/gain -3\n" X "eq/param/mode 1\n" X
                  "add new urn:c\n" X "new/param/x 1\n" X "add fx urn:b\n" X
                  "fx/bypass T\n",
                "0 removes\n"
                "add new urn:c 1\n"
                "new/param/x 1\n");
    // The order is another.
    check_chain(X "add a urn:a\n" X "add b urn:b\n" X "add c urn:c\n",
                X "add c urn:c\n" X "add a urn:a\n" X "add b urn:b\n",
                "0 removes\n"
                "c/move 0\n");
    // One goes.
    check_chain(TWO, X "add fx urn:b\n" X "fx/bypass T\n",
                "0 removes\n"
                "eq/remove\n");
    // It is another plugin: it has to be gone before the new one comes.
    check_chain(TWO, X "add eq urn:z\n" X "add fx urn:b\n" X "fx/bypass T\n",
                "1 removes\n"
                "eq/remove\n"
                "add eq urn:z 0\n");
    // A property that the file does not name has no default to be put to.
    check_chain(X "add eq urn:a\n" X "eq/property/file /a\n" X "add fx urn:b\n",
                X "add eq urn:a\n" X "add fx urn:b\n",
                "1 removes\n"
                "eq/remove\n"
                "add eq urn:a 0\n");
}

Test(session_text, what_more_is_done_to_a_chain_needs_a_new_one)
{
    check_chain(X "add eq urn:a\n", X "add eq urn:a\n" X "eq/preset Loud\n",
                "1 removes\n"
                "clear\n"
                "add eq urn:a\n"
                "eq/preset Loud\n");
    check_chain(X "add eq urn:a\n", X "add eq urn:a 0\n",
                "1 removes\n"
                "clear\n"
                "add eq urn:a 0\n");
    check_chain(X "add eq urn:a\n",
                X "add eq urn:a\n/strip/*/plugin/*/param/gain 1\n",
                "1 removes\n"
                "clear\n"
                "add eq urn:a\n"
                "*/param/gain 1\n");
    check_chain("nonsense\n", X "add eq urn:a\n",
                "1 removes\n"
                "clear\n"
                "add eq urn:a\n");
    check_chain(X "add eq urn:a\n", "",
                "0 removes\n"
                "clear\n");
}

Test(session_text, more_than_there_can_be_at_once_come_when_the_others_are_gone)
{
    char script[WEIR_MAX_STRIPS * 32];
    size_t n = 0;
    for (int i = 0; i < WEIR_MAX_STRIPS; i++)
        n += (size_t)sprintf(script + n, "/strip/add s%d\n", i);
    cr_expect_eq(n_that_wait("goes", 1, script), 1);
    *strrchr(script, '/') = '\0'; // ".../strip", which is cut as well
    *strrchr(script, '/') = '\0';
    cr_expect_eq(n_that_wait("goes", 1, script), 0);
}

// ------------------------------------------------------------------ places

static enum weir_fault_code
find(const struct weir_places *places, const char *name, const char *path)
{
    struct weir_place place;
    struct weir_fault fault;
    const enum weir_fault_code code =
        weir_places_find(places, name, &place, &fault);
    if (code || !path)
        return code;
    char got[2 * WEIR_SESSION_PATH_BYTES];
    snprintf(got, sizeof got, "%s|%s", place.folder, place.file);
    cr_assert_str_eq(got, path);
    return code;
}

Test(session_places, names_are_in_the_session_dir_and_beside_the_first_file)
{
    struct weir_places p;
    cr_assert(weir_places_init(&p, "/none/of/it/"));
    weir_places_allow(&p, "/shows/one.session");
    cr_assert_eq(find(&p, "a", "/none/of/it|a"), 0);
    cr_assert_eq(find(&p, "a/b.session", "/none/of/it|a/b.session"), 0);
    cr_assert_eq(find(&p, "/none/of/it/a", "/none/of/it|a"), 0);
    cr_assert_eq(find(&p, "/shows/two", "/shows|two"), 0);
    cr_assert_eq(find(&p, "...", "/none/of/it|..."), 0);
}

Test(session_places, nothing_else_is_permitted)
{
    struct weir_places p;
    cr_assert(weir_places_init(&p, "/none/of/it"));
    weir_places_allow(&p, "/shows/one.session");
    static const char *const no[] = {"/none/of/other",
                                     "/none/of/itself/a",
                                     "/etc/passwd",
                                     "/a",
                                     "..",
                                     "../a",
                                     "a/../b",
                                     "a/..",
                                     "/shows/../etc/passwd",
                                     "/showstwo/a"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert_eq(find(&p, no[i], NULL), WEIR_FAULT_PERMISSION, "%s", no[i]);
    static const char *const ill[] = {
        "", "/shows/", "a//b", "./a", "a/./b", "a\nb", "a/", "\xff", "a\x1b[m"};
    for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
        cr_assert_eq(find(&p, ill[i], NULL), WEIR_FAULT_ARGUMENTS, "%s",
                     ill[i]);
}

Test(session_places, the_environment_says_where)
{
    struct weir_places p;
    setenv("XDG_STATE_HOME", "/state", 1);
    setenv("HOME", "/home/me", 1);
    cr_assert(weir_places_init(&p, NULL));
    cr_assert_eq(find(&p, "a", "/state/weir|a"), 0);
    setenv("XDG_STATE_HOME", "relative", 1);
    cr_assert(weir_places_init(&p, NULL));
    cr_assert_eq(find(&p, "a", "/home/me/.local/state/weir|a"), 0);
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    cr_assert_not(weir_places_init(&p, NULL));
    cr_assert_eq(find(&p, "a", NULL), WEIR_FAULT_NOT_NOW);
    weir_places_allow(&p, "/shows/one.session");
    cr_assert_eq(find(&p, "/shows/one.session", "/shows|one.session"), 0);
}

Test(session_places, a_path_that_is_too_long_is_none)
{
    struct weir_places p;
    char name[WEIR_SESSION_PATH_BYTES + 100];
    memset(name, 'x', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    cr_assert_not(weir_places_init(&p, name));
    name[1000] = '\0';
    for (int i = 100; i < 1000; i += 100)
        name[i] = '/';
    cr_assert(weir_places_init(&p, name));
    cr_assert_eq(find(&p, "short", NULL), 0);
    cr_assert_eq(find(&p, "longer/than/what/is/left", NULL),
                 WEIR_FAULT_ARGUMENTS);
}
