// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer's state in a file of its own. run() is the worker's, while
// `under_way` says that all else is not touched.
#include "session/keep.h"

#include "common/log.h"
#include "desk/desk.h"
#include "jack/worker.h"
#include "oscctl/patchbay.h"
#include "oscctl/tree.h"
#include "session/file.h"
#include "session/session.h"
#include "session/state.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct weir_keep {
    struct weir_tree *tree;
    struct weir_worker *worker;
    struct weir_place place;
    uint64_t begun_as;
    uint64_t seen; // what the file is of
    bool written;  // there is one
    bool under_way;
    bool complained;
    char *text;
    size_t n_bytes;
    struct weir_fault fault;
};

static void
mix_in(uint64_t *sum, const char *text)
{
    do
        *sum = (*sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    while (*text++);
}

static void
mix_connection_in(void *owner, const char *from, const char *to)
{
    mix_in(owner, from);
    mix_in(owner, to);
}

// Another number when something has changed: the text itself is made then
// alone, as it may be large.
static uint64_t
look(const struct weir_keep *k)
{
    struct weir_patchbay *bay = k->tree->patchbay;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    if (bay && bay->each)
        bay->each(bay, mix_connection_in, &sum);
    return sum + weir_desk_n_commits(k->tree->desk);
}

static void
run(void *owner)
{
    struct weir_keep *k = owner;
    k->fault.code = weir_file_write(&k->place, k->text, k->n_bytes,
                                    WEIR_FILE_RENAMED, &k->fault);
}

static void
done(void *owner)
{
    struct weir_keep *k = owner;
    k->under_way = false;
    if (k->fault.code && !k->complained)
        weir_log(WEIR_LOG_ERROR, "the state is not kept: %s", k->fault.text);
    k->complained = k->fault.code != 0;
    free(k->text);
    k->text = NULL;
}

static bool
make_text(struct weir_keep *k)
{
    size_t n_bytes;
    char *state = weir_state_text(k->tree->desk, k->tree->patchbay,
                                  WEIR_STATE_BRIEF, NULL, &n_bytes);
    const int n = state ? asprintf(&k->text, WEIR_SESSION_BEGUN_AS "%s",
                                   k->begun_as, state)
                        : -1;
    free(state);
    if (n < 0)
        k->text = NULL;
    k->n_bytes = n < 0 ? 0 : (size_t)n;
    return n >= 0;
}

void
weir_keep_look(struct weir_keep *k)
{
    if (!k || k->under_way)
        return;
    const uint64_t now = look(k);
    if (k->written && now == k->seen)
        return;
    if (!make_text(k))
        return;
    k->under_way = weir_worker_post(k->worker, (struct weir_job){run, done, k});
    if (k->under_way) {
        k->seen = now;
        k->written = true;
        return;
    }
    free(k->text);
    k->text = NULL;
}

struct weir_keep *
weir_keep_new(struct weir_tree *tree, struct weir_worker *worker,
              const char *folder, uint64_t begun_as)
{
    struct weir_keep *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->tree = tree;
    k->worker = worker;
    k->begun_as = begun_as;
    snprintf(k->place.folder, sizeof k->place.folder, "%s", folder);
    snprintf(k->place.file, sizeof k->place.file, "last");
    return k;
}

void
weir_keep_free(struct weir_keep *k)
{
    if (!k)
        return;
    free(k->text);
    free(k);
}
