// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A message's arguments, whatever their types.
#ifndef WEIR_OSCCTL_ARGUMENTS_H
#define WEIR_OSCCTL_ARGUMENTS_H

#include <lo/lo.h>
#include <stdbool.h>

/// Argument `index` if it is a string, else null.  @any
const char *weir_message_string(lo_message message, int index);

/// Argument `index` if it is a number (T is 1, F is 0), else false.  @any
bool weir_message_number(lo_message message, int index, double *out);

#endif
