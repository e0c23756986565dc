// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a load does to chains of plugins.
#include "session/plan_chain.h"

#include "oscctl/arguments.h"
#include "oscctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 256, RESETS_AT_ONCE = 16 };

// ---- addresses

// What an address below a strip or bus with plugins is about.
struct place {
    bool is_bus;
    char id[WEIR_ID_MAX + 1];
    char slot[WEIR_ID_MAX + 1]; // "": of the chain
    const char *leaf;           // "add", "load", "param/gain"
};

static bool
take_segment(const char **at, char id[WEIR_ID_MAX + 1])
{
    const size_t n = strcspn(*at, "/");
    if (n == 0 || n > WEIR_ID_MAX || (*at)[n] != '/')
        return false;
    memcpy(id, *at, n);
    id[n] = '\0';
    *at += n + 1;
    return true;
}

static bool
find_place(const char *address, struct place *out)
{
    char word[WEIR_ID_MAX + 1];
    const char *at = address + (*address == '/');
    *out = (struct place){0};
    if (!take_segment(&at, word) ||
        (strcmp(word, "strip") != 0 && strcmp(word, "bus") != 0))
        return false;
    out->is_bus = strcmp(word, "bus") == 0;
    if (!take_segment(&at, out->id) || !take_segment(&at, word) ||
        strcmp(word, "plugin") != 0)
        return false;
    if (strchr(at, '/') && !take_segment(&at, out->slot))
        return false;
    out->leaf = at;
    return true;
}

// Whether it may mean chains that it does not name.
static bool
is_wide(const char *address)
{
    const char *at = address + (*address == '/');
    const char *pattern = strpbrk(address, "*?[{");
    for (int i = 0; i < 2 && at; i++, at += at != NULL)
        at = strchr(at, '/');
    if (strstr(address, "//"))
        return true;
    return pattern && at &&
           (strncmp(at, "plugin", 6) == 0 ||
            strcspn(at, "*?[{") < strcspn(at, "/"));
}

// ---- as it is

static int
find_slot(const struct weir_chain_slot *slots, int n, const char *id)
{
    int i = 0;
    while (i < n && strcmp(slots[i].id, id) != 0)
        i++;
    return i < n ? i : -1;
}

// "add" of a slot, or something of the one that was added last.
static bool
take_line(struct weir_chain *c, const char *text,
          const struct weir_text_line *line)
{
    struct place p;
    const char *id = weir_message_string(line->message, 0);
    const char *uri = weir_message_string(line->message, 1);
    if (!find_place(line->address, &p))
        return false;
    if (!p.slot[0]) {
        if (strcmp(p.leaf, "add") != 0 || !id || !uri || !weir_id_ok(id) ||
            c->n_slots == WEIR_CHAIN_SLOTS)
            return false;
        struct weir_chain_slot *s = &c->slots[c->n_slots++];
        snprintf(s->id, sizeof s->id, "%s", id);
        s->uri = strdup(uri);
        return s->uri != NULL;
    }
    struct weir_chain_line *l = &c->lines[c->n_lines++];
    l->slot = find_slot(c->slots, c->n_slots, p.slot);
    l->text = strdup(text);
    l->address = strdup(line->address);
    return l->slot >= 0 && l->text && l->address;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(((const struct weir_chain_line *)a)->text,
                  ((const struct weir_chain_line *)b)->text);
}

// False: it is not known what is there.
static bool
read_lines(struct weir_chain *c, char *text)
{
    struct weir_text_fault fault;
    char *save = NULL;
    size_t n_most = 1;
    for (const char *at = text; *at; at++)
        n_most += *at == '\n';
    c->lines = calloc(n_most, sizeof *c->lines);
    bool ok = c->lines != NULL;
    for (char *line = strtok_r(text, "\n", &save); ok && line;
         line = strtok_r(NULL, "\n", &save)) {
        struct weir_text_line parsed;
        ok = weir_text_parse(line, strlen(line), &parsed, &fault) ==
             WEIR_TEXT_MESSAGE;
        if (!ok)
            break;
        ok = take_line(c, line, &parsed);
        lo_message_free(parsed.message);
    }
    if (ok)
        qsort(c->lines, c->n_lines, sizeof *c->lines, compare);
    return ok;
}

void
weir_chains_add(struct weir_chains *chains, bool is_bus,
                const struct weir_listed *object)
{
    struct weir_chain *list =
        realloc(chains->list, (chains->n + 1) * sizeof *list);
    char *text = strdup(object->chain ? object->chain : "");
    if (list)
        chains->list = list;
    if (!list || !text) {
        free(text);
        chains->failed = true;
        return;
    }
    struct weir_chain *c = &list[chains->n++];
    *c = (struct weir_chain){.is_bus = is_bus};
    snprintf(c->id, sizeof c->id, "%s", object->id);
    c->is_plain = object->chain && read_lines(c, text);
    free(text);
}

struct weir_chain *
weir_chains_find(struct weir_chains *chains, bool is_bus, const char *id)
{
    for (size_t i = 0; i < chains->n; i++) {
        // Lines of one strip stand together.
        const size_t at = (chains->last_found + i) % chains->n;
        struct weir_chain *c = &chains->list[at];
        if (c->is_bus == is_bus && strcmp(c->id, id) == 0) {
            chains->last_found = at;
            return c;
        }
    }
    return NULL;
}

// ---- what the file says

static void
note_add(struct weir_chain *c, const struct weir_script_line *line)
{
    const char *id = weir_message_string(line->message, 0);
    const char *uri = weir_message_string(line->message, 1);
    if (!id || !uri || lo_message_get_argc(line->message) != 2 ||
        !weir_id_ok(id) || c->n_adds == WEIR_CHAIN_SLOTS ||
        find_slot(c->adds, c->n_adds, id) >= 0) {
        c->is_plain = false;
        return;
    }
    struct weir_chain_slot *s = &c->adds[c->n_adds++];
    snprintf(s->id, sizeof s->id, "%s", id);
    s->uri = (char *)(uintptr_t)uri;
}

static void
note_line(struct weir_chain *c, const struct place *p,
          const struct weir_script_line *line)
{
    const int slot = find_slot(c->slots, c->n_slots, p->slot);
    const bool is_add = !p->slot[0] && strcmp(p->leaf, "add") == 0;
    c->gets_more = c->gets_more || is_add;
    if (is_add)
        note_add(c, line);
    else if (!p->slot[0])
        c->is_plain = false;
    else if (strcmp(p->leaf, "load") == 0 && slot >= 0)
        c->slots[slot].gets_state = true;
    else if (strcmp(p->leaf, "load") != 0 && strcmp(p->leaf, "bypass") != 0 &&
             strncmp(p->leaf, "param/", 6) != 0 &&
             strncmp(p->leaf, "property/", 9) != 0)
        c->is_plain = false;
}

static bool
is_property(const struct weir_chain_line *line)
{
    struct place p;
    return find_place(line->address, &p) &&
           strncmp(p.leaf, "property/", 9) == 0;
}

static void
see_what_stays(struct weir_chain *c, const struct weir_script *script)
{
    for (int i = 0; c->is_plain && i < c->n_slots; i++) {
        const int add = find_slot(c->adds, c->n_adds, c->slots[i].id);
        c->slots[i].stays =
            add >= 0 && strcmp(c->adds[add].uri, c->slots[i].uri) == 0;
    }
    for (size_t i = 0; c->is_plain && i < c->n_lines; i++)
        if (is_property(&c->lines[i]) &&
            !weir_script_sets(script, c->lines[i].address))
            c->slots[c->lines[i].slot].stays = false;
    for (int i = 0; i < c->n_slots; i++)
        if (c->slots[i].stays)
            c->order[c->n_order++] = c->slots[i].id;
    c->n_stay = c->n_order;
}

void
weir_chains_compare(struct weir_chains *chains,
                    const struct weir_script *script)
{
    struct place p;
    bool any_wide = false;
    for (size_t i = 0; chains->n > 0 && i < script->n_lines; i++) {
        const struct weir_script_line *line = &script->lines[i];
        any_wide = any_wide || is_wide(line->address);
        struct weir_chain *c = find_place(line->address, &p)
                                   ? weir_chains_find(chains, p.is_bus, p.id)
                                   : NULL;
        if (c)
            note_line(c, &p, line);
    }
    for (size_t i = 0; i < chains->n; i++) {
        chains->list[i].is_plain = chains->list[i].is_plain && !any_wide;
        chains->list[i].gets_more = chains->list[i].gets_more || any_wide;
        see_what_stays(&chains->list[i], script);
    }
}

bool
weir_chain_is_in_the_way(const struct weir_chain *c)
{
    return c->is_plain ? c->n_stay < c->n_slots && c->n_stay < c->n_adds
                       : c->gets_more;
}

// ---- steps

static void
address_of(const struct weir_chain *c, const char *slot, const char *leaf,
           char address[ADDRESS_BYTES])
{
    snprintf(address, ADDRESS_BYTES, "/%s/%s/plugin/%s%s%s",
             c->is_bus ? "bus" : "strip", c->id, slot, *slot ? "/" : "", leaf);
}

void
weir_chain_plan_removes(struct weir_plan *plan, const struct weir_chain *c)
{
    char address[ADDRESS_BYTES];
    if (c->n_stay == 0) {
        address_of(c, "", "clear", address);
        weir_plan_add_step(plan, 0, address, lo_message_new());
        return;
    }
    for (int i = 0; i < c->n_slots; i++) {
        if (c->slots[i].stays)
            continue;
        address_of(c, c->slots[i].id, "remove", address);
        weir_plan_add_step(plan, 0, address, lo_message_new());
    }
}

// The bypass to F; a parameter's symbol is one of those to be reset.
static void
plan_default(struct weir_plan *plan, const struct weir_chain *c,
             const char *slot, const char *leaf, lo_message *resets)
{
    char address[ADDRESS_BYTES];
    lo_message m;
    if (strncmp(leaf, "param/", 6) == 0) {
        *resets = *resets ? *resets : lo_message_new();
        if (*resets)
            lo_message_add_string(*resets, leaf + 6);
        plan->failed = plan->failed || !*resets;
    } else if (strcmp(leaf, "bypass") == 0) {
        m = lo_message_new();
        if (m)
            lo_message_add(m, "F");
        address_of(c, slot, "bypass", address);
        weir_plan_add_step(plan, 0, address, m);
    }
}

static void
plan_slot_defaults(struct weir_plan *plan, const struct weir_chain *c, int slot,
                   const struct weir_script *script)
{
    struct place p;
    char address[ADDRESS_BYTES];
    lo_message resets = NULL;
    address_of(c, c->slots[slot].id, "reset", address);
    for (size_t i = 0; i < c->n_lines; i++) {
        const struct weir_chain_line *line = &c->lines[i];
        if (line->slot != slot || weir_script_sets(script, line->address) ||
            !find_place(line->address, &p))
            continue;
        plan_default(plan, c, p.slot, p.leaf, &resets);
        if (resets && lo_message_get_argc(resets) == RESETS_AT_ONCE) {
            weir_plan_add_step(plan, 0, address, resets);
            resets = NULL;
        }
    }
    if (resets)
        weir_plan_add_step(plan, 0, address, resets);
}

void
weir_chain_plan_defaults(struct weir_plan *plan, const struct weir_chain *c,
                         const struct weir_script *script)
{
    for (int i = 0; i < c->n_slots; i++)
        if (c->slots[i].stays)
            plan_slot_defaults(plan, c, i, script);
}

static void
put(struct weir_chain *c, const char *id, int from)
{
    const int last = from < 0 ? c->n_order++ : from;
    for (int i = last; i > c->place; i--)
        c->order[i] = c->order[i - 1];
    c->order[c->place] = id;
}

// The next of the file's: it is there, or is moved there, or is added there.
static void
plan_add(struct weir_plan *plan, struct weir_chain *c,
         const struct weir_script_line *line)
{
    char address[ADDRESS_BYTES];
    const char *id = weir_message_string(line->message, 0);
    int from = 0;
    while (from < c->n_order && strcmp(c->order[from], id) != 0)
        from++;
    const bool is_there = from < c->n_order;
    lo_message m = NULL;
    if (!is_there) {
        m = lo_message_clone(line->message);
        address_of(c, "", "add", address);
    } else if (from != c->place) {
        m = lo_message_new();
        address_of(c, id, "move", address);
    }
    if (m && c->place < c->n_order)
        lo_message_add_int32(m, c->place);
    if (m || !is_there)
        weir_plan_add_step(plan, line->number, address, m);
    if (!is_there || from != c->place)
        put(c, id, is_there ? from : -1);
    c->place++;
}

// Numbers are set once more behind a state, which has them less exactly.
static bool
is_so(const struct weir_chain *c, const struct place *p,
      const struct weir_script_line *line)
{
    char *text = NULL;
    size_t n_text = 0;
    const int slot = find_slot(c->slots, c->n_slots, p->slot);
    if (slot < 0 || !c->slots[slot].stays ||
        (c->slots[slot].gets_state && strncmp(p->leaf, "param/", 6) == 0))
        return false;
    FILE *to = open_memstream(&text, &n_text);
    if (!to)
        return false;
    weir_text_print(to, line->address, line->message, 0);
    fclose(to);
    const struct weir_chain_line key = {.text = text};
    const bool is_there =
        text && bsearch(&key, c->lines, c->n_lines, sizeof key, compare);
    free(text);
    return is_there;
}

bool
weir_chains_plan_line(struct weir_plan *plan, struct weir_chains *chains,
                      const struct weir_script_line *line)
{
    struct place p;
    struct weir_chain *c = chains->n > 0 && find_place(line->address, &p)
                               ? weir_chains_find(chains, p.is_bus, p.id)
                               : NULL;
    if (!c || c->n_stay == 0)
        return false;
    if (!p.slot[0])
        plan_add(plan, c, line);
    else if (!is_so(c, &p, line))
        return false;
    return true;
}

static void
free_chain(struct weir_chain *c)
{
    for (int i = 0; i < c->n_slots; i++)
        free(c->slots[i].uri);
    for (size_t i = 0; c->lines && i < c->n_lines; i++) {
        free(c->lines[i].text);
        free(c->lines[i].address);
    }
    free(c->lines);
}

void
weir_chains_fini(struct weir_chains *chains)
{
    for (size_t i = 0; i < chains->n; i++)
        free_chain(&chains->list[i]);
    free(chains->list);
    *chains = (struct weir_chains){0};
}
