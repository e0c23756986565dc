// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Reading a session file into lines.
#include "oscctl/ctl/script.h"

#include "common/log.h"
#include "oscctl/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
ctl_script_say(const struct ctl_script *script, int number, const char *format,
               ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    weir_log(WEIR_LOG_ERROR, "%s:%d: %s", script->file, number, text);
}

// Takes the message.
static bool
append(struct ctl_script *script, int number, const struct weir_text_line *line)
{
    struct ctl_script_line *lines =
        realloc(script->lines, (script->n_lines + 1) * sizeof *lines);
    char *address = strdup(line->address);
    if (lines)
        script->lines = lines;
    if (!lines || !address) {
        free(address);
        lo_message_free(line->message);
        return false;
    }
    lines[script->n_lines++] = (struct ctl_script_line){
        .number = number, .address = address, .message = line->message};
    return true;
}

// One line of text; false when it is wrong (said) or memory is short.
static bool
take_line(struct ctl_script *script, int number, const char *text,
          size_t length)
{
    struct weir_text_line line;
    struct weir_text_fault fault;
    switch (weir_text_parse(text, length, &line, &fault)) {
    case WEIR_TEXT_BLANK:
        return true;
    case WEIR_TEXT_MESSAGE:
        if (append(script, number, &line))
            return true;
        ctl_script_say(script, number, "out of memory");
        return false;
    default:
        ctl_script_say(script, number, "column %d: %s", fault.column,
                       fault.text);
        return false;
    }
}

static int
read_lines(struct ctl_script *script, FILE *from)
{
    char *text = NULL;
    size_t n_room = 0;
    ssize_t length;
    int n_wrong = 0;
    for (int number = 1; (length = getline(&text, &n_room, from)) > 0;
         number++) {
        if (text[length - 1] == '\n')
            length--;
        n_wrong += !take_line(script, number, text, (size_t)length);
    }
    free(text);
    if (!ferror(from))
        return n_wrong;
    weir_log(WEIR_LOG_ERROR, "cannot read %s: %s", script->file,
             strerror(errno));
    return n_wrong + 1;
}

int
ctl_script_read(const char *file, enum ctl_script_use use,
                struct ctl_script *out)
{
    const bool is_stdin = strcmp(file, "-") == 0;
    *out = (struct ctl_script){.file = is_stdin ? "stdin" : file};
    FILE *from = is_stdin ? stdin : fopen(file, "re");
    if (!from) {
        weir_log(WEIR_LOG_ERROR, "cannot read %s: %s", file, strerror(errno));
        return WEIR_EXIT_FAILED;
    }
    int n_wrong = read_lines(out, from);
    if (!is_stdin)
        fclose(from);
    n_wrong += ctl_script_check(out, use);
    if (n_wrong == 0)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR, "%s: nothing was sent, as %d line%s wrong",
             out->file, n_wrong, n_wrong == 1 ? " is" : "s are");
    return WEIR_EXIT_FAILED;
}

void
ctl_script_fini(struct ctl_script *script)
{
    for (size_t i = 0; i < script->n_lines; i++) {
        free(script->lines[i].address);
        lo_message_free(script->lines[i].message);
    }
    free(script->lines);
    free(script->adds);
    *script = (struct ctl_script){0};
}

const struct ctl_script_add *
ctl_script_find_add(const struct ctl_script *script, bool is_bus,
                    const char *id)
{
    for (size_t i = 0; i < script->n_adds; i++)
        if (script->adds[i].is_bus == is_bus &&
            strcmp(script->adds[i].id, id) == 0)
            return &script->adds[i];
    return NULL;
}

bool
ctl_script_is_add(const struct ctl_script_line *line)
{
    return strcmp(line->address, "/strip/add") == 0 ||
           strcmp(line->address, "/bus/add") == 0;
}

bool
ctl_script_sets(const struct ctl_script *script, const char *address)
{
    for (size_t i = 0; i < script->n_lines; i++)
        if (strcmp(script->lines[i].address, address) == 0)
            return true;
    return false;
}
