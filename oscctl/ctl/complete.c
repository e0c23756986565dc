// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// complete: what a shell may put in place of a beginning, one a line.  The
// completion function (weirctl.bash) alone asks it, and hides what it says on
// stderr.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/ask.h"
#include "oscctl/ctl/message.h"
#include "oscctl/text.h"
#include "oscctl/values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE_MS = 300,
    ADDRESS_BYTES = 512,
    PATTERN_BYTES = 2 * ADDRESS_BYTES, // one that has an id put in
    SEGMENTS_MAX = 16,
    CANDIDATES_MAX = 1000,
};

// Commands; a segment '*' stands for an id.
static const char *const commands[] = {
    "/ping",
    "/panic",
    "/quit",
    "/connect",
    "/disconnect",
    "/ports",
    "/connections",
    "/strip/list",
    "/strip/add",
    "/strip/*/remove",
    "/strip/*/feed/flush",
    "/bus/list",
    "/bus/add",
    "/bus/*/remove",
    "/bus/*/loudness/reset",
    "/reader/list",
    "/reader/*/kick",
    "/reader/*/start",
    "/reader/*/stop",
    "/reader/*/split",
    "/reader/*/mark",
    "/reader/*/metadata",
    "/plugin/list",
    "/plugin/describe",
    "/plugin/presets",
    "/strip/*/plugin/list",
    "/strip/*/plugin/dump",
    "/strip/*/plugin/clear",
    "/strip/*/plugin/add",
    "/strip/*/plugin/*/remove",
    "/strip/*/plugin/*/move",
    "/strip/*/plugin/*/describe",
    "/strip/*/plugin/*/presets",
    "/strip/*/plugin/*/preset",
    "/strip/*/plugin/*/preset/save",
    "/strip/*/plugin/*/load",
    "/strip/*/plugin/*/property",
    "/bus/*/plugin/list",
    "/bus/*/plugin/dump",
    "/bus/*/plugin/clear",
    "/bus/*/plugin/add",
    "/bus/*/plugin/*/remove",
    "/bus/*/plugin/*/move",
    "/bus/*/plugin/*/describe",
    "/bus/*/plugin/*/presets",
    "/bus/*/plugin/*/preset",
    "/bus/*/plugin/*/preset/save",
    "/bus/*/plugin/*/load",
    "/bus/*/plugin/*/property",
};

// Where values begin, and those that have no level below them.
static const char *const roots[] = {"/strip/*/", "/bus/*/",  "/reader/*/",
                                    "/status/*", "/version", "/status"};

// One completion under way.
struct completion {
    struct ctl_link *link;
    char folder[ADDRESS_BYTES]; // what was typed up to the last '/'
    const char *stem;           // and after it
    int depth;                  // '/' in `folder`
    char *candidates[CANDIDATES_MAX];
    int n_candidates;
};

// ---- candidates

static bool
is_pattern(const char *text)
{
    return strpbrk(text, "*?[{") != NULL;
}

// Nothing that a shell would make something of.
static bool
is_plain(const char *segment, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)segment[i]) && !strchr("_-.", segment[i]))
            return false;
    return length > 0;
}

// A segment that could stand after the folder; once.
static void
offer(struct completion *c, const char *segment, size_t length, bool more)
{
    char line[2 * ADDRESS_BYTES];
    if (strncmp(segment, c->stem, strlen(c->stem)) != 0 ||
        (segment != c->stem && !is_plain(segment, length)))
        return;
    snprintf(line, sizeof line, "%s%.*s%s", c->folder, (int)length, segment,
             more ? "/" : "");
    for (int i = 0; i < c->n_candidates; i++)
        if (strcmp(c->candidates[i], line) == 0)
            return;
    char *copy = strdup(line);
    if (copy && c->n_candidates < CANDIDATES_MAX)
        c->candidates[c->n_candidates++] = copy;
    else
        free(copy);
}

static void
print_candidates(struct completion *c)
{
    for (int i = 0; i < c->n_candidates; i++) {
        puts(c->candidates[i]);
        free(c->candidates[i]);
    }
}

// What follows `n` times '/' in an address, or null.
static const char *
after_slashes(const char *address, int n)
{
    for (; n > 0 && address; n--) {
        address = strchr(address, '/');
        address = address ? address + 1 : NULL;
    }
    return address;
}

// ---- what there is

static void
ask(struct completion *c, const char *address, struct ctl_replies *replies)
{
    struct ctl_batch batch;
    *replies = (struct ctl_replies){0};
    ctl_batch_init(&batch);
    if (ctl_batch_add(&batch, address, NULL))
        ctl_ask(c->link, &batch, replies);
    ctl_batch_fini(&batch);
}

// "/strip/..." to "/strip/list"
static void
root_list(const char *folder, char out[ADDRESS_BYTES])
{
    snprintf(out, ADDRESS_BYTES, "/%.*s/list", (int)strcspn(folder + 1, "/"),
             folder + 1);
}

static void
offer_ids(struct completion *c)
{
    char address[ADDRESS_BYTES + sizeof "list"];
    struct ctl_replies replies;
    const char *id;
    if (is_pattern(c->stem)) {
        offer(c, c->stem, strlen(c->stem), true);
        return;
    }
    snprintf(address, sizeof address, "%slist", c->folder);
    ask(c, address, &replies);
    const struct ctl_reply *reply = ctl_replies_find(&replies, address);
    for (int i = 0; reply && (id = ctl_reply_string(reply, i)); i++)
        if (weir_id_ok(id))
            offer(c, id, strlen(id), true);
    ctl_replies_fini(&replies);
}

// ---- fixed addresses

// Whether the typed folder can be the beginning of `known`.
static bool
is_below(const struct completion *c, const char *known)
{
    const char *typed = c->folder;
    for (int i = 0; i < c->depth; i++) {
        typed++;
        known++;
        const size_t n_typed = strcspn(typed, "/"), n = strcspn(known, "/");
        const bool any = *known == '*';
        if (i < c->depth - 1 && !any &&
            (n_typed != n || strncmp(typed, known, n) != 0))
            return false;
        if (i < c->depth - 1 && known[n] != '/')
            return false;
        typed += i < c->depth - 1 ? n_typed : 0;
        known += i < c->depth - 1 ? n : 0;
    }
    return true;
}

static void
offer_known(struct completion *c, const char *known)
{
    if (!is_below(c, known))
        return;
    const char *segment = after_slashes(known, c->depth);
    const size_t length = strcspn(segment, "/");
    if (*segment == '*')
        offer_ids(c);
    else
        offer(c, segment, length, segment[length] == '/');
}

// ---- values

// The folder as a question: where it has a pattern for an id, the first id
// will do.
static bool
question(struct completion *c, char out[PATTERN_BYTES])
{
    char list[ADDRESS_BYTES];
    struct ctl_replies replies;
    const char *id = after_slashes(c->folder, 2);
    const size_t length = id ? strcspn(id, "/") : 0;
    snprintf(out, PATTERN_BYTES, "%s%s*//", c->folder, c->stem);
    if (!is_pattern(c->folder))
        return true;
    root_list(c->folder, list);
    ask(c, list, &replies);
    const struct ctl_reply *reply = ctl_replies_find(&replies, list);
    const char *first = reply ? ctl_reply_string(reply, 0) : NULL;
    if (first && id)
        snprintf(out, PATTERN_BYTES, "%.*s%s%s%s*//", (int)(id - c->folder),
                 c->folder, first, id + length, c->stem);
    ctl_replies_fini(&replies);
    return first && id;
}

// Ask for all that begins so, and offer the next segment of each answer.
static void
offer_values(struct completion *c, bool settable)
{
    char pattern[PATTERN_BYTES];
    struct ctl_replies replies;
    if (is_pattern(c->stem) || !question(c, pattern))
        return;
    ask(c, pattern, &replies);
    for (int i = 0; i < replies.n; i++) {
        const char *address = replies.list[i].address;
        const char *segment = after_slashes(address, c->depth);
        const size_t length = segment ? strcspn(segment, "/") : 0;
        if (segment && (!settable || weir_values_of_address(address)))
            offer(c, segment, length, segment[length] == '/');
    }
    ctl_replies_fini(&replies);
}

static void
complete_value(struct completion *c, bool settable)
{
    const size_t n_roots = settable ? 2 : sizeof roots / sizeof roots[0];
    if (c->depth > 2 || strcmp(c->folder, "/status/") == 0) {
        offer_values(c, settable);
        return;
    }
    for (size_t i = 0; i < n_roots; i++)
        offer_known(c, roots[i]);
}

static void
complete_command(struct completion *c)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        offer_known(c, commands[i]);
}

// What can be set at an address, as words: on and off, or what it is now.
static void
complete_argument(struct completion *c, const char *address)
{
    struct ctl_replies replies;
    const struct weir_value *row = weir_values_of_address(address);
    double number = 0;
    if (row && row->kind == WEIR_VALUE_BOOL)
        puts("on\noff");
    if (!row || row->kind == WEIR_VALUE_BOOL ||
        row->kind == WEIR_VALUE_STRING || is_pattern(address))
        return;
    ask(c, address, &replies);
    const struct ctl_reply *reply = ctl_replies_find(&replies, address);
    if (reply && ctl_reply_number(reply, &number))
        printf("%g\n", number);
    ctl_replies_fini(&replies);
}

// ---- words

static bool
begin(struct completion *c, const char *typed)
{
    const char *slash = strrchr(typed, '/');
    if (*typed != '\0' && (*typed != '/' || strlen(typed) >= ADDRESS_BYTES))
        return false;
    c->stem = slash ? slash + 1 : "";
    snprintf(c->folder, sizeof c->folder, "%.*s", (int)(c->stem - typed),
             typed);
    if (!slash)
        strcpy(c->folder, "/");
    for (const char *at = c->folder; *at; at++)
        c->depth += *at == '/';
    return c->depth < SEGMENTS_MAX;
}

static void
complete_word(struct ctl_link *link, const char *kind, const char *typed)
{
    static struct completion c;
    c.link = link;
    if (strcmp(kind, "argument") == 0) {
        complete_argument(&c, typed);
        return;
    }
    if (!begin(&c, typed))
        return;
    if (strcmp(kind, "call") == 0)
        complete_command(&c);
    else
        complete_value(&c, strcmp(kind, "set") == 0);
    print_candidates(&c);
}

int
ctl_complete(const struct ctl_wanted *wanted, int n_words,
             const char *const words[])
{
    static struct ctl_link link;
    struct ctl_found found = {0};
    (void)n_words;
    if (strcmp(words[0], "name") == 0) {
        ctl_find_print(wanted, words[1]);
        return WEIR_EXIT_OK;
    }
    link.quiet = true;
    if (ctl_find(wanted, &found) == WEIR_EXIT_OK &&
        ctl_link_open(&link, found.url) == WEIR_EXIT_OK) {
        link.patience_ms = PATIENCE_MS;
        complete_word(&link, words[0], words[1]);
    }
    ctl_link_close(&link);
    return WEIR_EXIT_OK;
}
