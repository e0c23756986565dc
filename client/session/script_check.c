// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What can be known of a session file without asking a mixer.
#include "session/script.h"

#include "engine/limits.h"
#include "oscctl/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_OK = 0, LINE_WRONG = 1 };

// ---- adds

static int
wrong(struct weir_script *script, const struct weir_script_line *line,
      const char *what)
{
    weir_script_say(script, line->number, "%s: %s", line->address, what);
    return LINE_WRONG;
}

static int
take_channels(struct weir_script *script, struct weir_script_add *add)
{
    double n = 0;
    if (!weir_message_number(add->line->message, 1, &n) || n < 1 ||
        n > WEIR_CHANNELS_MAX || n != (double)(int)n)
        return wrong(script, add->line, "channels are a number from 1 to 64");
    add->n_channels = (int)n;
    return LINE_OK;
}

static int
take_name(struct weir_script *script, struct weir_script_add *add)
{
    if (add->is_bus)
        return wrong(script, add->line, "takes an id and channels");
    if (!weir_message_string(add->line->message, 2) ||
        !weir_name_ok(weir_message_string(add->line->message, 2)))
        return wrong(script, add->line, "a name is 1 to 64 characters");
    add->name = weir_message_string(add->line->message, 2);
    return LINE_OK;
}

static int
check_limits(struct weir_script *script, const struct weir_script_add *add)
{
    const size_t most = add->is_bus ? WEIR_MAX_BUSES - 1 : WEIR_MAX_STRIPS;
    size_t n = 0;
    for (size_t i = 0; i < script->n_adds; i++)
        n += script->adds[i].is_bus == add->is_bus;
    if (n < most)
        return LINE_OK;
    weir_script_say(script, add->line->number, "%s: %zu are the limit",
                    add->line->address, most);
    return LINE_WRONG;
}

// Ids of strips and buses are one space.
static int
check_unique(struct weir_script *script, const struct weir_script_add *add)
{
    const struct weir_script_add *other =
        weir_script_find_add(script, true, add->id);
    if (!other)
        other = weir_script_find_add(script, false, add->id);
    if (strcmp(add->id, "main") == 0)
        return wrong(script, add->line, "main is there already");
    if (!other)
        return LINE_OK;
    weir_script_say(script, add->line->number, "%s: %s is added in line %d",
                    add->line->address, add->id, other->line->number);
    return LINE_WRONG;
}

static int
take_add(struct weir_script *script, struct weir_script_add *add)
{
    lo_message message = add->line->message;
    const int n_args = lo_message_get_argc(message);
    if (!weir_message_string(message, 0) ||
        !weir_id_ok(weir_message_string(message, 0)))
        return wrong(script, add->line,
                     "an id is a-z, then at most 31 of a-z 0-9 _ -");
    snprintf(add->id, sizeof add->id, "%s", weir_message_string(message, 0));
    if (n_args > 1 && take_channels(script, add) != LINE_OK)
        return LINE_WRONG;
    if (n_args > 2 && take_name(script, add) != LINE_OK)
        return LINE_WRONG;
    if (n_args > 3)
        return wrong(script, add->line, "takes an id, channels and a name");
    if (check_limits(script, add) != LINE_OK)
        return LINE_WRONG;
    return check_unique(script, add);
}

static int
collect_adds(struct weir_script *script)
{
    int n_wrong = 0;
    script->adds = calloc(script->n_lines + 1, sizeof *script->adds);
    for (size_t i = 0; script->adds && i < script->n_lines; i++) {
        struct weir_script_add add = {
            .line = &script->lines[i],
            .is_bus = strcmp(script->lines[i].address, "/bus/add") == 0,
        };
        if (!weir_script_is_add(add.line))
            continue;
        if (take_add(script, &add) == LINE_OK)
            script->adds[script->n_adds++] = add;
        else
            n_wrong++;
    }
    return n_wrong;
}

// ---- values

static int
check_number(struct weir_script *script, const struct weir_script_line *line,
             const struct weir_value *row)
{
    double number = 0;
    if (!weir_message_number(line->message, 0, &number))
        return wrong(script, line,
                     row->kind == WEIR_VALUE_BOOL ? "takes T or F"
                                                  : "takes a number");
    if (row->kind == WEIR_VALUE_BOOL || weir_value_in_range(row, number))
        return LINE_OK;
    weir_script_say(script, line->number, "%s: %g is outside %g..%g",
                    line->address, number, (double)row->min, (double)row->max);
    return LINE_WRONG;
}

static int
check_value(struct weir_script *script, const struct weir_script_line *line,
            const struct weir_value *row)
{
    if (lo_message_get_argc(line->message) != 1)
        return wrong(script, line, "takes one value");
    if (row->kind != WEIR_VALUE_STRING)
        return check_number(script, line, row);
    if (!weir_message_string(line->message, 0) ||
        !weir_name_ok(weir_message_string(line->message, 0)))
        return wrong(script, line, "a name is 1 to 64 characters");
    return LINE_OK;
}

// Copy the segment behind `prefix`; false when the address has another
// prefix, or a pattern there.
static bool
id_behind(const char *address, const char *prefix, char id[WEIR_ID_MAX + 1])
{
    const size_t n_prefix = strlen(prefix);
    if (strncmp(address, prefix, n_prefix) != 0)
        return false;
    const size_t length = strcspn(address + n_prefix, "/");
    if (length > WEIR_ID_MAX)
        return false;
    memcpy(id, address + n_prefix, length);
    id[length] = '\0';
    return weir_id_ok(id);
}

static int
check_there(struct weir_script *script, const struct weir_script_line *line,
            bool is_bus, const char *id)
{
    if ((is_bus && strcmp(id, "main") == 0) ||
        weir_script_find_add(script, is_bus, id))
        return LINE_OK;
    weir_script_say(script, line->number,
                    "%s: the file does not add the %s %s (load --merge takes "
                    "it from the mixer)",
                    line->address, is_bus ? "bus" : "strip", id);
    return LINE_WRONG;
}

// The strip or bus that a value belongs to is one that the file adds.
static int
check_owner(struct weir_script *script, const struct weir_script_line *line)
{
    char id[WEIR_ID_MAX + 1], prefix[64];
    if (id_behind(line->address, "/bus/", id))
        return check_there(script, line, true, id);
    if (!id_behind(line->address, "/strip/", id))
        return LINE_OK;
    if (check_there(script, line, false, id) != LINE_OK)
        return LINE_WRONG;
    snprintf(prefix, sizeof prefix, "/strip/%s/send/", id);
    if (id_behind(line->address, prefix, id))
        return check_there(script, line, true, id);
    return LINE_OK;
}

int
weir_script_check(struct weir_script *script, enum weir_script_use use)
{
    int n_wrong = collect_adds(script);
    if (!script->adds || !weir_script_index(script)) {
        weir_script_say(script, 0, "out of memory");
        return 1;
    }
    for (size_t i = 0; i < script->n_lines; i++) {
        const struct weir_script_line *line = &script->lines[i];
        const struct weir_value *row = weir_values_of_address(line->address);
        if (!row)
            continue; // the mixer knows
        int is_wrong = check_value(script, line, row);
        if (is_wrong == LINE_OK && use == WEIR_SCRIPT_REPLACES)
            is_wrong = check_owner(script, line);
        n_wrong += is_wrong;
    }
    return n_wrong;
}
