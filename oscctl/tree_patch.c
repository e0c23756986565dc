// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// /connect, /disconnect, /ports and /connections. What can be checked without
// JACK is checked with the packet; the rest is JACK's answer, after it.
#include "oscctl/tree_private.h"

#include "oscctl/glob.h"
#include "oscctl/patchbay.h"
#include "oscctl/values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_BYTES = 512,   // of a port; jack2's and PipeWire's are shorter
    LIST_BYTES = 60000, // a whole list; a datagram can have 65,507
    PAGE_BYTES = 1024,  // as of all lists' pages
    ROW_BYTES = 4096,   // of a page with one row, which may be longer
};

// ---------------------------------------------------------------- changes

// A port's full name; one without a client is weir's.
static bool
full_name(const struct weir_call *c, int i, char out[NAME_BYTES])
{
    const char *name = weir_call_string(c, i);
    unsigned code;
    size_t n;
    for (const char *at = name; *at; at += n) {
        n = weir_utf8_next(at, &code);
        if (n == 0 || weir_utf8_is_control(code))
            return false;
    }
    const int n_out = snprintf(out, NAME_BYTES, "%s%s%s",
                               strchr(name, ':') ? "" : c->tree->name,
                               strchr(name, ':') ? "" : ":", name);
    return *name != '\0' && n_out < NAME_BYTES;
}

static const char *
result(const struct weir_reply *r, int i)
{
    return (const char *)(const void *)lo_message_get_argv(r->message)[i];
}

// The answer holds the names already.
static void
act_change(struct weir_reply *r, enum weir_patch_change change)
{
    const struct weir_tree *tree = r->context[0];
    tree->patchbay->change(tree->patchbay, change, result(r, 1), result(r, 2),
                           weir_reply_ticket(r));
}

// A session's connection is not refused for a port that is not there yet.
static void
act_want(struct weir_reply *r)
{
    const struct weir_tree *tree = r->context[0];
    struct weir_fault fault;
    if (!tree->patchbay->want) {
        act_change(r, WEIR_PATCH_CONNECT);
        return;
    }
    const bool wanted =
        tree->patchbay->want(tree->patchbay, result(r, 1), result(r, 2));
    if (!wanted)
        weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
    weir_reply_settle(r, wanted ? NULL : &fault);
}

static void
act_connect(struct weir_reply *r)
{
    act_change(r, WEIR_PATCH_CONNECT);
}

static void
act_disconnect(struct weir_reply *r)
{
    act_change(r, WEIR_PATCH_DISCONNECT);
}

static enum weir_fault_code
no_patchbay(struct weir_call *c)
{
    return weir_fault(c->fault, WEIR_FAULT_NOT_NOW, "there is no JACK here");
}

static enum weir_fault_code
hold_change(struct weir_call *c, const char *from, const char *to)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, from);
    lo_message_add_string(m, to);
    weir_reply_hold(r, m);
    r->context[0] = c->tree;
    if (c->found->leaf.index == WEIR_PATCH_DISCONNECT)
        r->act = act_disconnect;
    else
        r->act =
            weir_transaction_is_own(c->transaction) ? act_want : act_connect;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
change(struct weir_call *c)
{
    char from[NAME_BYTES];
    char to[NAME_BYTES];
    if (c->n_args != 2 || !weir_call_string(c, 0) || !weir_call_string(c, 1))
        return weir_call_wrong_arguments(
            c, "two ports, the output and the input that it goes to");
    if (!full_name(c, 0, from) || !full_name(c, 1, to))
        return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS,
                          "a port is CLIENT:PORT, or one of this mixer's: "
                          "UTF-8 text of 1 to %d bytes",
                          NAME_BYTES - 1);
    return c->tree->patchbay ? hold_change(c, from, to) : no_patchbay(c);
}

// ------------------------------------------------------------------ lists

// Whether a row's name (of a connection, either one) is what was asked for,
// by pattern or literally, as some names look like patterns.
static bool
is_wanted(const struct weir_patch_list *list, const char *const *row,
          const char *pattern, const struct weir_glob *glob)
{
    const int n_names =
        list->n_columns == WEIR_PATCH_CONNECTION_COLUMNS ? 2 : 1;
    for (int i = 0; i < n_names; i++)
        if (!*pattern || strcmp(row[i], pattern) == 0 ||
            weir_glob_matches(glob, row[i]))
            return true;
    return false;
}

// Its words and their types, in an answer.
static size_t
bytes_of(const struct weir_patch_list *list, const char *const *row)
{
    size_t n = 0;
    for (uint32_t i = 0; i < list->n_columns; i++)
        n += strlen(row[i]) / 4 * 4 + 4 + 1;
    return n;
}

// An answer that is being made.
struct page {
    lo_message message;
    size_t n_bytes;
    uint32_t n_rows;
    uint32_t skip; // so many rows
    bool whole;    // all or nothing; else as many as have room
};

// False: there is no room for it.
static bool
add_row(struct page *p, const struct weir_patch_list *list,
        const char *const *row)
{
    const size_t n = bytes_of(list, row);
    const size_t most = p->whole ? LIST_BYTES : PAGE_BYTES;
    if (p->skip > 0) {
        p->skip--;
        return true;
    }
    if (p->n_bytes + n > most && (p->whole || p->n_rows > 0))
        return false;
    if (p->n_bytes + n > ROW_BYTES && !p->whole)
        return true; // longer than any name of JACK's
    for (uint32_t i = 0; i < list->n_columns; i++)
        lo_message_add_string(p->message, row[i]);
    p->n_bytes += n;
    p->n_rows++;
    return true;
}

static bool
add_rows(struct page *p, const struct weir_patch_list *list,
         const char *pattern)
{
    struct weir_glob glob;
    (void)weir_glob_compile(pattern, &glob); // it was tried with the packet
    for (uint32_t i = 0; i < list->n_rows; i++) {
        const char *const *row = list->words + (size_t)i * list->n_columns;
        if (is_wanted(list, row, pattern, &glob) && !add_row(p, list, row))
            return !p->whole;
    }
    return true;
}

static void
show(void *owner, const struct weir_patch_list *list,
     const struct weir_fault *fault)
{
    struct weir_reply *r = owner;
    struct weir_fault too_long;
    if (!fault) {
        struct page p = {.message = weir_reply_begin(r),
                         .skip = r->numbers[0],
                         .whole = r->numbers[1] != 0};
        p.n_bytes = lo_message_length(p.message, "/reply") + 4;
        if (!add_rows(&p, list, r->words[0])) {
            weir_fault(&too_long, WEIR_FAULT_LIMIT,
                       "the list is longer than %d bytes (ask for pages: with "
                       "the number to begin at)",
                       LIST_BYTES);
            fault = &too_long;
        }
        weir_reply_hold(r, p.message);
    }
    weir_reply_settle(r, fault);
}

static void
act_look(struct weir_reply *r, enum weir_patch_kind kind)
{
    const struct weir_tree *tree = r->context[0];
    tree->patchbay->look(tree->patchbay, kind, show, r);
}

static void
act_ports(struct weir_reply *r)
{
    act_look(r, WEIR_PATCH_PORTS);
}

static void
act_connections(struct weir_reply *r)
{
    act_look(r, WEIR_PATCH_CONNECTIONS);
}

// [PATTERN] [START]
static enum weir_fault_code
take_page(struct weir_call *c, const char **pattern, double *start, bool *whole)
{
    struct weir_glob glob;
    const char *text = weir_call_string(c, 0);
    int next = text ? 1 : 0;
    *whole = !weir_call_number(c, next, start);
    next += !*whole;
    if (next != c->n_args)
        return weir_call_wrong_arguments(
            c, "a pattern (or not) and a number to begin at (or not)");
    if (!(*start >= 0 && *start <= INT32_MAX && floor(*start) == *start))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a list begins at 0, 1, 2...");
    *pattern = text ? text : "";
    if (strlen(*pattern) >= sizeof((struct weir_reply *)0)->words[0])
        return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS,
                          "the pattern is longer than 255 bytes");
    const char *why = weir_glob_compile(*pattern, &glob);
    return why ? weir_fault(c->fault, WEIR_FAULT_ARGUMENTS, "%s", why)
               : WEIR_FAULT_NONE;
}

static enum weir_fault_code
list(struct weir_call *c)
{
    const char *pattern;
    double start = 0;
    bool whole;
    if (take_page(c, &pattern, &start, &whole))
        return c->fault->code;
    if (!c->tree->patchbay)
        return no_patchbay(c);
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    weir_reply_reserve(r, whole ? LIST_BYTES : ROW_BYTES);
    r->act =
        c->found->leaf.index == WEIR_PATCH_PORTS ? act_ports : act_connections;
    r->context[0] = c->tree;
    r->numbers[0] = (uint32_t)start;
    r->numbers[1] = whole;
    snprintf(r->words[0], sizeof r->words[0], "%s", pattern);
    return WEIR_FAULT_NONE;
}

// -------------------------------------------------------------- the branch

void
weir_walk_patch(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {
        {"connect", change, true, WEIR_PATCH_CONNECT},
        {"disconnect", change, true, WEIR_PATCH_DISCONNECT},
        {"ports", list, true, WEIR_PATCH_PORTS},
        {"connections", list, true, WEIR_PATCH_CONNECTIONS},
    };
    weir_walk_leaves(w, states, leaves, 4);
}
