// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Faults and tickets.
#include "desk/fault.h"

#include <stdarg.h>
#include <stdio.h>

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

void
weir_ticket_settle(struct weir_ticket ticket, const struct weir_fault *fault)
{
    if (ticket.fn)
        ticket.fn(ticket.owner, fault);
}
