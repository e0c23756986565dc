// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Why something cannot be done.
#include "plugin/why.h"

#include <stdarg.h>
#include <stdio.h>

bool
weir_why(struct weir_why *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    return false;
}
