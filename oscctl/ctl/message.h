// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A message that came from the mixer: its arguments, whatever their types.
#ifndef WEIR_CTL_MESSAGE_H
#define WEIR_CTL_MESSAGE_H

#include "oscctl/ctl/link.h"
#include "oscctl/validate.h"

#include <lo/lo.h>
#include <stdbool.h>

/// liblo's copy of a message in the link's datagram, which has been found
/// valid; null when memory is short, or it holds a type that liblo does not
/// know (`r`).  Free with lo_message_free().
lo_message ctl_message_copy(struct ctl_link *link,
                            const struct weir_osc_message *message);

/// Argument `index` if it is a string, else null.
const char *ctl_message_string(lo_message message, int index);

/// Argument `index` if it is a number (T is 1, F is 0), else false.
bool ctl_message_number(lo_message message, int index, double *out);

#endif
