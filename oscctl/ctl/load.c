// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// load: the plan, sent in bundles that are datagrams anywhere.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/survey.h"
#include "oscctl/text.h"
#include "session/plan.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A bundle full of adds registers many ports: that takes its time.
enum { LOAD_PATIENCE_MS = 10000 };

// One load under way.
struct load {
    struct ctl_link *link;
    struct weir_script *script;
    const struct weir_plan *plan;
    struct ctl_batch batch;
};

static const char *
name_of(const char *file)
{
    return strcmp(file, "-") == 0 ? "stdin" : file;
}

// What is wrong with the file.
static void
say(void *owner, int line, const char *text)
{
    const char *file = owner;
    if (line > 0)
        weir_log(WEIR_LOG_ERROR, "%s:%d: %s", name_of(file), line, text);
    else
        weir_log(WEIR_LOG_ERROR, "%s: %s", name_of(file), text);
}

static int
say_refused(const struct load *load, const struct weir_step *step,
            const struct ctl_replies *replies)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to) {
        weir_text_print(to, step->address, step->message, 0);
        fclose(to);
    }
    weir_script_say(load->script, step->line, "%s: %s (error %d)",
                    text ? text : step->address, replies->error_text,
                    replies->error_code);
    free(text);
    return WEIR_EXIT_FAILED;
}

// Steps [first, end) one by one: to learn which one was refused, as nothing
// of a bundle is done when one message in it is wrong.
static int
send_singly(struct load *load, size_t first, size_t end)
{
    int status = WEIR_EXIT_OK;
    for (size_t i = first; status == WEIR_EXIT_OK && i < end; i++) {
        const struct weir_step *step = &load->plan->steps[i];
        struct ctl_replies replies;
        ctl_batch_add(&load->batch, step->address, step->message);
        status = ctl_ask(load->link, &load->batch, &replies);
        if (status == WEIR_EXIT_OK && replies.error_code != 0)
            status = say_refused(load, step, &replies);
        ctl_replies_fini(&replies);
    }
    return status;
}

// The batch, which is steps [first, end).
static int
send_batch(struct load *load, size_t first, size_t end)
{
    struct ctl_replies replies;
    int status = ctl_ask(load->link, &load->batch, &replies);
    if (status == WEIR_EXIT_OK && replies.error_code != 0)
        status = send_singly(load, first, end);
    ctl_replies_fini(&replies);
    return status;
}

// Steps [first, end), as many at a time as fit.
static int
send_steps(struct load *load, size_t first, size_t end)
{
    int status = WEIR_EXIT_OK;
    size_t batch_first = first;
    for (size_t i = first; status == WEIR_EXIT_OK && i < end; i++) {
        const struct weir_step *step = &load->plan->steps[i];
        if (ctl_batch_add(&load->batch, step->address, step->message))
            continue;
        status = send_batch(load, batch_first, i);
        batch_first = i;
        if (status == WEIR_EXIT_OK &&
            !ctl_batch_add(&load->batch, step->address, step->message)) {
            weir_script_say(load->script, step->line, "the line is too long");
            status = WEIR_EXIT_FAILED;
        }
    }
    if (status == WEIR_EXIT_OK && batch_first < end)
        status = send_batch(load, batch_first, end);
    return status;
}

// A port that is not there costs its own connections alone.
static int
send_wishes(struct load *load, size_t first)
{
    int status = WEIR_EXIT_OK;
    for (size_t i = first; i < load->plan->n_steps; i++) {
        const int sent = send_singly(load, i, i + 1);
        if (sent == WEIR_EXIT_NOBODY)
            return sent;
        status = sent == WEIR_EXIT_OK ? status : sent;
    }
    return status;
}

static int
run_plan(struct ctl_link *link, struct weir_script *script,
         const struct weir_plan *plan)
{
    struct load load = {.link = link, .script = script, .plan = plan};
    if (plan->failed) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_EXIT_FAILED;
    }
    ctl_batch_init(&load.batch);
    link->patience_ms = LOAD_PATIENCE_MS;
    const size_t n_before = plan->n_steps - plan->n_wishes;
    // What is removed is gone before something else has its id, or port.
    int status = send_steps(&load, 0, plan->n_removes);
    if (status == WEIR_EXIT_OK)
        status = send_steps(&load, plan->n_removes, n_before);
    if (status == WEIR_EXIT_OK)
        status = send_wishes(&load, n_before);
    ctl_batch_fini(&load.batch);
    if (status == WEIR_EXIT_OK)
        weir_log(WEIR_LOG_DEBUG, "%s: %zu lines, %zu messages sent",
                 name_of(script->owner), script->n_lines, plan->n_steps);
    return status;
}

static int
load_script(struct ctl_link *link, struct weir_script *script,
            enum weir_script_use use)
{
    struct weir_survey now;
    struct weir_plan plan = {0};
    int status = ctl_survey_take(link, &now);
    if (status == WEIR_EXIT_OK && use == WEIR_SCRIPT_REPLACES)
        status = ctl_survey_chains(link, &now);
    if (status == WEIR_EXIT_OK) {
        if (use == WEIR_SCRIPT_REPLACES)
            weir_plan_replace(script, &now, &plan);
        else
            weir_plan_merge(script, &now, &plan);
        status = run_plan(link, script, &plan);
    }
    weir_plan_fini(&plan);
    weir_survey_fini(&now);
    return status;
}

// What the words say; an exit status.
static int
take_words(int n_words, const char *const words[], const char **file,
           enum weir_script_use *use)
{
    for (int i = 0; i < n_words; i++) {
        const bool is_option = words[i][0] == '-' && words[i][1] != '\0';
        if (strcmp(words[i], "--merge") == 0) {
            *use = WEIR_SCRIPT_MERGES;
        } else if (!*file && !is_option) {
            *file = words[i];
        } else {
            weir_log(WEIR_LOG_ERROR,
                     "load: %s: allowed are --merge and one FILE", words[i]);
            return WEIR_EXIT_USAGE;
        }
    }
    if (*file)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR, "load: a FILE is missing ('-' is stdin)");
    return WEIR_EXIT_USAGE;
}

static int
read_script(const char *file, enum weir_script_use use,
            struct weir_script *script)
{
    const bool is_stdin = strcmp(file, "-") == 0;
    FILE *from = is_stdin ? stdin : fopen(file, "re");
    if (!from) {
        weir_log(WEIR_LOG_ERROR, "cannot read %s: %s", file, strerror(errno));
        return WEIR_EXIT_FAILED;
    }
    int n_wrong = weir_script_read(script, from);
    if (!is_stdin)
        fclose(from);
    n_wrong += weir_script_check(script, use);
    if (n_wrong == 0)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR, "%s: nothing was sent, as %d line%s wrong",
             name_of(file), n_wrong, n_wrong == 1 ? " is" : "s are");
    return WEIR_EXIT_FAILED;
}

int
ctl_load(struct ctl_link *link, int n_words, const char *const words[])
{
    struct weir_script script = {.say = say};
    enum weir_script_use use = WEIR_SCRIPT_REPLACES;
    const char *file = NULL;
    int status = take_words(n_words, words, &file, &use);
    if (status == WEIR_EXIT_OK)
        script.owner = (void *)(uintptr_t)file;
    if (status == WEIR_EXIT_OK)
        status = read_script(file, use, &script);
    if (status == WEIR_EXIT_OK)
        status = load_script(link, &script, use);
    weir_script_fini(&script);
    return status;
}
