// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Faults and tickets.
#include "desk/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum weir_fault_code
weir_fault(struct weir_fault *fault, enum weir_fault_code code,
           const char *format, ...)
{
    va_list args;
    fault->code = code;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    return code;
}

static const char *
which_limit(int error)
{
    switch (error) {
    case EMFILE:
        return " (weir's limit: end a reader, or start weir after a higher "
               "ulimit -n)";
    case ENFILE:
        return " (the system's limit: see fs.file-max)";
    case ETOOMANYREFS:
        return " (readers that were stopped while they attached hold them: "
               "end these, or raise weir's ulimit -n)";
    default:
        return "";
    }
}

enum weir_fault_code
weir_fault_system(struct weir_fault *fault, const char *what, int error)
{
    return weir_fault(fault, WEIR_FAULT_LIMIT, "%s: %s%s", what,
                      strerror(error), which_limit(error));
}

void
weir_ticket_settle(struct weir_ticket ticket, const struct weir_fault *fault)
{
    if (ticket.fn)
        ticket.fn(ticket.owner, fault);
}
