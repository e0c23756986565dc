// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What went wrong with a request, in the numbers and words of `/error`, and
// the ticket by which its end is told.
#ifndef WEIR_DESK_FAULT_H
#define WEIR_DESK_FAULT_H

enum weir_fault_code {
    WEIR_FAULT_NONE = 0,
    WEIR_FAULT_ADDRESS = 1,    ///< unknown address
    WEIR_FAULT_ARGUMENTS = 2,  ///< wrong arguments
    WEIR_FAULT_RANGE = 3,      ///< out of range or not finite
    WEIR_FAULT_NO_OBJECT = 4,  ///< no such object
    WEIR_FAULT_EXISTS = 5,     ///< exists already
    WEIR_FAULT_NOT_NOW = 6,    ///< not possible now
    WEIR_FAULT_LIMIT = 7,      ///< resource limit
    WEIR_FAULT_FAILED = 8,     ///< failed, the text says why
    WEIR_FAULT_PERMISSION = 9, ///< not permitted
};

struct weir_fault {
    enum weir_fault_code code;
    char text[200]; ///< what, why, what to do
};

/// Fill a fault; returns its code, for `return weir_fault(...)`.  @control
__attribute__((format(printf, 3, 4))) enum weir_fault_code
weir_fault(struct weir_fault *fault, enum weir_fault_code code,
           const char *format, ...);

/// The same for what the system refuses: WEIR_FAULT_LIMIT, and a text that says
/// `what` failed, why (`error`, an errno) and, where it is a limit, which.
/// @control
enum weir_fault_code weir_fault_system(struct weir_fault *fault,
                                       const char *what, int error);

/// Who is to be told, once, that a request has taken effect (`fault` null) or
/// has failed.  Zeroed: nobody.
struct weir_ticket {
    void (*fn)(void *owner, const struct weir_fault *fault);
    void *owner;
};

/// Tell it.  @control
void weir_ticket_settle(struct weir_ticket ticket,
                        const struct weir_fault *fault);

#endif
