// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// load: the plan, sent in bundles that are datagrams anywhere.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/plan.h"
#include "oscctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A bundle full of adds registers many ports: that takes its time.
enum { LOAD_PATIENCE_MS = 10000 };

// One load under way.
struct load {
    struct ctl_link *link;
    const struct ctl_script *script;
    const struct ctl_plan *plan;
    struct ctl_batch batch;
};

static int
say_refused(const struct load *load, const struct ctl_step *step,
            const struct ctl_replies *replies)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to) {
        weir_text_print(to, step->address, step->message, 0);
        fclose(to);
    }
    if (step->line > 0)
        ctl_script_say(load->script, step->line, "%s: %s (error %d)",
                       text ? text : step->address, replies->error_text,
                       replies->error_code);
    else
        weir_log(WEIR_LOG_ERROR, "%s: %s: %s (error %d)", load->script->file,
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
        const struct ctl_step *step = &load->plan->steps[i];
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
        const struct ctl_step *step = &load->plan->steps[i];
        if (ctl_batch_add(&load->batch, step->address, step->message))
            continue;
        status = send_batch(load, batch_first, i);
        batch_first = i;
        if (status == WEIR_EXIT_OK &&
            !ctl_batch_add(&load->batch, step->address, step->message)) {
            ctl_script_say(load->script, step->line, "the line is too long");
            status = WEIR_EXIT_FAILED;
        }
    }
    if (status == WEIR_EXIT_OK && batch_first < end)
        status = send_batch(load, batch_first, end);
    return status;
}

static int
run_plan(struct ctl_link *link, const struct ctl_script *script,
         const struct ctl_plan *plan)
{
    struct load load = {.link = link, .script = script, .plan = plan};
    if (plan->failed) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_EXIT_FAILED;
    }
    ctl_batch_init(&load.batch);
    link->patience_ms = LOAD_PATIENCE_MS;
    // The removed are gone before what follows uses their ids.
    int status = send_steps(&load, 0, plan->n_removes);
    if (status == WEIR_EXIT_OK)
        status = send_steps(&load, plan->n_removes, plan->n_steps);
    ctl_batch_fini(&load.batch);
    if (status == WEIR_EXIT_OK)
        weir_log(WEIR_LOG_DEBUG, "%s: %zu lines, %zu messages sent",
                 script->file, script->n_lines, plan->n_steps);
    return status;
}

static int
load_script(struct ctl_link *link, const struct ctl_script *script,
            enum ctl_script_use use)
{
    struct ctl_survey now;
    struct ctl_plan plan = {0};
    int status = ctl_survey_take(link, &now);
    if (status == WEIR_EXIT_OK) {
        if (use == CTL_SCRIPT_REPLACES)
            ctl_plan_replace(script, &now, &plan);
        else
            ctl_plan_merge(script, &now, &plan);
        status = run_plan(link, script, &plan);
    }
    ctl_plan_fini(&plan);
    ctl_survey_fini(&now);
    return status;
}

// What the words say; an exit status.
static int
take_words(int n_words, const char *const words[], const char **file,
           enum ctl_script_use *use)
{
    for (int i = 0; i < n_words; i++) {
        const bool is_option = words[i][0] == '-' && words[i][1] != '\0';
        if (strcmp(words[i], "--merge") == 0) {
            *use = CTL_SCRIPT_MERGES;
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

int
ctl_load(struct ctl_link *link, int n_words, const char *const words[])
{
    struct ctl_script script = {0};
    enum ctl_script_use use = CTL_SCRIPT_REPLACES;
    const char *file = NULL;
    int status = take_words(n_words, words, &file, &use);
    if (status == WEIR_EXIT_OK)
        status = ctl_script_read(file, use, &script);
    if (status == WEIR_EXIT_OK)
        status = load_script(link, &script, use);
    ctl_script_fini(&script);
    return status;
}
