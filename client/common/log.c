// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One line per event on stderr.
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

static const char *log_program = "weir";
static int log_level = WEIR_LOG_INFO;

void
weir_log_init(const char *program, enum weir_log_level level)
{
    log_program = program;
    log_level = (int)level;
}

void
weir_log_adjust(int steps)
{
    log_level += steps;
}

// Names and paths come from outside: no line breaks, no terminal sequences;
// neither C0 and DEL, nor C1 (U+0080..U+009F), which are two bytes in UTF-8.
static void
defuse(char *text, size_t n)
{
    unsigned char *t = (unsigned char *)text;
    for (size_t i = 0; i < n; i++)
        if (t[i] < 0x20 || t[i] == 0x7f)
            t[i] = '?';
        else if (t[i] == 0xc2 && i + 1 < n && t[i + 1] < 0xa0)
            t[i] = t[i + 1] = '?';
}

void
weir_log(enum weir_log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    if ((int)level > log_level && level != WEIR_LOG_ERROR)
        return;
    const int head = snprintf(line, sizeof line, "%s: ", log_program);
    va_list args;
    va_start(args, format);
    const int body =
        vsnprintf(line + head, sizeof line - (size_t)head - 1, format, args);
    va_end(args);
    size_t n = (size_t)head + (body > 0 ? (size_t)body : 0);
    if (n > sizeof line - 2)
        n = sizeof line - 2;
    defuse(line, n);
    line[n++] = '\n';
    // Nobody to tell when stderr itself is gone.
    if (write(STDERR_FILENO, line, n) < 0)
        return;
}
