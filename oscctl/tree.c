// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The address tree: finding leaves and calling them.
#include "oscctl/tree_private.h"

#include "oscctl/args.h"
#include "oscctl/tree_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FOUND = 65536,
    MAX_ANSWERED = 2048, // 64 kB hold no more answers
    MEMO_SLOTS = 256,
};

// --------------------------------------------------------------- the walk

// The same names come below every strip: 64 buses, three values of a send.
// What a step came to is kept by where it began and the name.
struct weir_memo {
    uint64_t states[MEMO_SLOTS]; // 0: free
    uint64_t next[MEMO_SLOTS];
    char names[MEMO_SLOTS][WEIR_ID_MAX + 1];
};

static uint64_t
step(struct weir_walk *w, uint64_t states, const char *name)
{
    struct weir_memo *memo = w->memo;
    if (!memo || strlen(name) > WEIR_ID_MAX)
        return weir_pattern_step(w->pattern, states, name);
    // Where the name lies is a good guess at which one it is, and no more.
    const uint64_t key = (uintptr_t)name * UINT64_C(0x9e3779b97f4a7c15) +
                         states * UINT64_C(0xc2b2ae3d27d4eb4f);
    const unsigned slot = key >> 32 & (MEMO_SLOTS - 1);
    if (memo->states[slot] != states || strcmp(memo->names[slot], name) != 0) {
        memo->states[slot] = states;
        memo->next[slot] = weir_pattern_step(w->pattern, states, name);
        memcpy(memo->names[slot], name, strlen(name) + 1);
    }
    return memo->next[slot];
}

uint64_t
weir_walk_down(struct weir_walk *w, uint64_t states, const char *name)
{
    const uint64_t next = step(w, states, name);
    const size_t n = strlen(name);
    if (next == 0 || w->n_address + n + 2 > sizeof w->at.address)
        return 0;
    w->at.address[w->n_address] = '/';
    memcpy(w->at.address + w->n_address + 1, name, n + 1);
    w->n_address += n + 1;
    return next;
}

void
weir_walk_up(struct weir_walk *w, const char *name)
{
    w->n_address -= strlen(name) + 1;
    w->at.address[w->n_address] = '\0';
}

static void
keep(struct weir_walk *w, const struct weir_leaf *leaf)
{
    if (w->n_found == w->n_room) {
        const uint32_t n_room = w->n_room ? 2 * w->n_room : 16;
        void *grown = n_room > (w->most_found ? w->most_found : MAX_FOUND)
                          ? NULL
                          : realloc(w->found, n_room * sizeof *w->found);
        if (!grown) {
            w->failed = true;
            return;
        }
        w->found = grown;
        w->n_room = n_room;
    }
    w->at.leaf = *leaf;
    w->found[w->n_found++] = w->at;
}

void
weir_walk_leaves(struct weir_walk *w, uint64_t states,
                 const struct weir_leaf *leaves, int n_leaves)
{
    for (int i = 0; i < n_leaves && !w->failed; i++) {
        const struct weir_leaf *leaf = &leaves[i];
        const uint64_t next = weir_walk_down(w, states, leaf->name);
        if (next == 0)
            continue;
        if (weir_pattern_accepts(w->pattern, next) &&
            (w->commands || !leaf->is_command))
            keep(w, leaf);
        weir_walk_up(w, leaf->name);
    }
}

// ------------------------------------------------------- arguments, answers

// liblo lays arguments out at multiples of 4, which is less than a union
// with a double may ask for: they are copied, not looked at in place.
bool
weir_call_number(const struct weir_call *c, int i, double *out)
{
    union {
        int32_t i;
        int64_t h;
        float f;
        double d;
    } a;
    if (i >= c->n_args)
        return false;
    switch (c->types[i]) {
    case 'i':
        memcpy(&a.i, (const void *)c->args[i], sizeof a.i);
        *out = a.i;
        return true;
    case 'h':
        memcpy(&a.h, (const void *)c->args[i], sizeof a.h);
        *out = (double)a.h;
        return true;
    case 'f':
        memcpy(&a.f, (const void *)c->args[i], sizeof a.f);
        *out = (double)a.f;
        return true;
    case 'd':
        memcpy(&a.d, (const void *)c->args[i], sizeof a.d);
        *out = a.d;
        return true;
    case 'T':
    case 'F':
        *out = c->types[i] == 'T' ? 1.0 : 0.0;
        return true;
    default:
        return false;
    }
}

const char *
weir_call_string(const struct weir_call *c, int i)
{
    if (i >= c->n_args || (c->types[i] != 's' && c->types[i] != 'S'))
        return NULL;
    return (const char *)(const void *)c->args[i];
}

struct weir_reply *
weir_call_reply(struct weir_call *c)
{
    return weir_reply_new(c->transaction, c->found->address);
}

enum weir_fault_code
weir_call_answer(struct weir_call *c, const struct weir_args *args)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = lo_message_new();
    weir_args_to_message(args, m);
    weir_reply_value(r, m);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_call_too_much(struct weir_call *c)
{
    return weir_fault(c->fault, WEIR_FAULT_LIMIT,
                      "the answers would take more than 64 kB, or memory is "
                      "short (ask for less at once)");
}

enum weir_fault_code
weir_call_wrong_arguments(struct weir_call *c, const char *wanted)
{
    return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS,
                      "it takes %s, not \"%.20s\"", wanted, c->types);
}

enum weir_fault_code
weir_call_read_only(struct weir_call *c)
{
    return weir_fault(c->fault, WEIR_FAULT_PERMISSION,
                      "it can be read, not set");
}

// ------------------------------------------------------------- calling it

// Whether the address ends in a word, and not in a pattern or in "//".
static bool
ends_literally(const char *address)
{
    const char *last = strrchr(address, '/') + 1;
    return *last != '\0' && strpbrk(last, "*?[]{}") == NULL;
}

// An address that names nothing: is its object missing, or is it none of
// ours at all?
static enum weir_fault_code
nothing_there(const char *address, bool is_pattern, struct weir_fault *fault)
{
    char first[16];
    int n_first = 0;
    int n_id = 0;
    const bool split =
        sscanf(address, "/%15[^/]%n/%*[^/]/%n", first, &n_first, &n_id) == 1 &&
        n_id > 0;
    const char *rest = address + n_id;
    if (is_pattern)
        return weir_fault(fault, WEIR_FAULT_NO_OBJECT, "nothing matches");
    if (split && ((strcmp(first, "strip") == 0 && weir_tree_strip_has(rest)) ||
                  (strcmp(first, "bus") == 0 && weir_tree_bus_has(rest)) ||
                  (strcmp(first, "reader") == 0 && weir_tree_reader_has(rest))))
        return weir_fault(
            fault, WEIR_FAULT_NO_OBJECT,
            "no such %s%s (weirctl list shows what there is)", first,
            weir_tree_slot_has(rest) ? ", or nothing such on it" : "");
    return weir_fault(fault, WEIR_FAULT_ADDRESS, "unknown address");
}

static enum weir_fault_code
call_found(struct weir_walk *w, struct weir_transaction *t, lo_message args,
           struct weir_fault *fault)
{
    struct weir_call call = {
        .tree = w->tree, .transaction = t, .types = "", .fault = fault};
    if (args) {
        call.types = lo_message_get_types(args);
        call.args = lo_message_get_argv(args);
        call.n_args = lo_message_get_argc(args);
    }
    for (uint32_t i = 0; i < w->n_found; i++) {
        call.found = &w->found[i];
        if (call.found->leaf.fn(&call))
            return fault->code;
        if (weir_transaction_is_full(t))
            return weir_call_too_much(&call);
    }
    return WEIR_FAULT_NONE;
}

void
weir_walk_branch(struct weir_walk *w, const char *branch, weir_walk_fn *walk)
{
    struct weir_memo memo;
    uint64_t states = weir_pattern_start(w->pattern);
    memset(memo.states, 0, sizeof memo.states);
    w->memo = &memo;
    if (branch[0])
        states = weir_walk_down(w, states, branch);
    if (states)
        walk(w, states);
    w->memo = NULL;
}

static enum weir_fault_code
walk_and_call(struct weir_tree *tree, struct weir_transaction *t,
              const char *address, lo_message args, struct weir_fault *fault)
{
    struct weir_pattern pattern;
    struct weir_memo memo;
    struct weir_walk w = {
        .tree = tree, .pattern = &pattern, .most_found = MAX_ANSWERED};
    enum weir_fault_code code;
    const enum weir_match_fault bad = weir_pattern_compile(address, &pattern);
    if (bad)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS, "%s",
                          weir_match_fault_text(bad));
    w.commands = ends_literally(address);
    if (!weir_pattern_is_literal(&pattern)) {
        memset(memo.states, 0, sizeof memo.states);
        w.memo = &memo;
    }
    weir_walk_root(&w, weir_pattern_start(&pattern));
    if (w.failed)
        code = weir_fault(fault, WEIR_FAULT_LIMIT, "it matches too much");
    else if (w.n_found == 0)
        code =
            nothing_there(address, !weir_pattern_is_literal(&pattern), fault);
    else
        code = call_found(&w, t, args, fault);
    free(w.found);
    return code;
}

// What another weir answers, or sends to whom it has subscribed, is no
// question: two that answered each other's errors would never end.
static bool
is_answer(const char *address)
{
    static const char *const answers[] = {
        "/reply",   "/error",   "/snapshot", "/snapshot_end",
        "/created", "/removed", "/renamed",  "/token",
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(address, answers[i]) == 0)
            return true;
    return false;
}

enum weir_fault_code
weir_tree_call(struct weir_tree *tree, struct weir_transaction *t,
               const char *address, lo_message args, struct weir_fault *fault)
{
    // Asked for a folder of values, it shows them all.
    if (strcmp(address, "/status") == 0)
        address = "/status/*";
    if (is_answer(address))
        return WEIR_FAULT_NONE;
    return walk_and_call(tree, t, address, args, fault);
}
