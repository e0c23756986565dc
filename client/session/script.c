// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Reading a session file into lines.
#include "session/script.h"

#include "oscctl/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
weir_script_say(struct weir_script *script, int number, const char *format, ...)
{
    char text[512];
    va_list args;
    if (!script->say || script->n_said++ >= WEIR_SCRIPT_FAULTS_SAID)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    script->say(script->owner, number, text);
}

// Takes the message.
static bool
append(struct weir_script *script, int number,
       const struct weir_text_line *line)
{
    char *address = strdup(line->address);
    struct weir_script_line *lines = script->lines;
    if (script->n_lines == script->n_room) {
        const size_t n_room = script->n_room ? 2 * script->n_room : 64;
        lines = realloc(lines, n_room * sizeof *lines);
        if (lines) {
            script->lines = lines;
            script->n_room = n_room;
        }
    }
    if (!lines || !address) {
        free(address);
        lo_message_free(line->message);
        return false;
    }
    lines[script->n_lines++] = (struct weir_script_line){
        .number = number, .address = address, .message = line->message};
    return true;
}

// One line of text; false when it is wrong (said) or memory is short.
static bool
take_line(struct weir_script *script, int number, const char *text,
          size_t length)
{
    struct weir_text_line line;
    struct weir_text_fault fault;
    if (length >= WEIR_SCRIPT_LINE_BYTES) {
        weir_script_say(script, number, "the line is longer than %d bytes",
                        WEIR_SCRIPT_LINE_BYTES - 1);
        return false;
    }
    if (memchr(text, '\0', length)) {
        weir_script_say(script, number, "this is not text: a byte is zero");
        return false;
    }
    switch (weir_text_parse(text, length, &line, &fault)) {
    case WEIR_TEXT_BLANK:
        return true;
    case WEIR_TEXT_MESSAGE:
        if (append(script, number, &line))
            return true;
        weir_script_say(script, number, "out of memory");
        return false;
    default:
        weir_script_say(script, number, "column %d: %s", fault.column,
                        fault.text);
        return false;
    }
}

int
weir_script_read(struct weir_script *script, FILE *from)
{
    char *text = NULL;
    size_t n_room = 0;
    ssize_t length;
    int n_wrong = 0;
    int number = 0;
    while (number <= WEIR_SCRIPT_LINES &&
           (length = getline(&text, &n_room, from)) > 0) {
        if (text[length - 1] == '\n')
            length--;
        n_wrong += !take_line(script, ++number, text, (size_t)length);
    }
    free(text);
    if (number > WEIR_SCRIPT_LINES) {
        weir_script_say(script, number, "%d lines are the limit",
                        WEIR_SCRIPT_LINES);
        return n_wrong + 1;
    }
    if (!ferror(from))
        return n_wrong;
    weir_script_say(script, 0, "cannot read it: %s", strerror(errno));
    return n_wrong + 1;
}

void
weir_script_fini(struct weir_script *script)
{
    for (size_t i = 0; i < script->n_lines; i++) {
        free(script->lines[i].address);
        lo_message_free(script->lines[i].message);
    }
    free(script->lines);
    free(script->addresses);
    free(script->adds);
    *script = (struct weir_script){0};
}

static bool
is_add_of(const struct weir_script_add *add, bool is_bus, const char *id)
{
    return add->is_bus == is_bus && strcmp(add->id, id) == 0;
}

// Lines of one strip stand together: the last one found is a good guess.
const struct weir_script_add *
weir_script_find_add(struct weir_script *script, bool is_bus, const char *id)
{
    const size_t guess = script->last_found;
    if (guess < script->n_adds && is_add_of(&script->adds[guess], is_bus, id))
        return &script->adds[guess];
    for (size_t i = 0; i < script->n_adds; i++)
        if (is_add_of(&script->adds[i], is_bus, id)) {
            script->last_found = i;
            return &script->adds[i];
        }
    return NULL;
}

bool
weir_script_is_add(const struct weir_script_line *line)
{
    return strcmp(line->address, "/strip/add") == 0 ||
           strcmp(line->address, "/bus/add") == 0;
}

bool
weir_script_is_wish(const struct weir_script_line *line)
{
    return strcmp(line->address, "/connect") == 0;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool
weir_script_sets(const struct weir_script *script, const char *address)
{
    return script->addresses &&
           bsearch(&address, script->addresses, script->n_lines,
                   sizeof *script->addresses, compare);
}

bool
weir_script_index(struct weir_script *script)
{
    script->addresses = calloc(script->n_lines + 1, sizeof *script->addresses);
    if (!script->addresses)
        return false;
    for (size_t i = 0; i < script->n_lines; i++)
        script->addresses[i] = script->lines[i].address;
    qsort(script->addresses, script->n_lines, sizeof *script->addresses,
          compare);
    return true;
}
