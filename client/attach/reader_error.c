// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Failures of libweir.
#include "attach/reader_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
defuse(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

enum weir_reader_result
weir_reader_fail(struct weir_reader_error *error,
                 enum weir_reader_result result, const char *format, ...)
{
    va_list args;
    if (!error)
        return result;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    defuse(error->text);
    return result;
}

void
weir_reader_copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
    defuse(out);
}
