// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The arguments of a message as they are put together: what a value shows,
// for a query's answer as well as for a subscription.
#ifndef WEIR_OSCCTL_ARGS_H
#define WEIR_OSCCTL_ARGS_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_ARGS_MAX = 128,     ///< a meter of 64 channels
    WEIR_ARGS_BYTES = 1024,  ///< of all of them
    WEIR_ARGS_STRING = 1000, ///< bytes of a string; more are left out
};

/// Types and data, as they stand in a message.
struct weir_args {
    unsigned n;
    size_t n_bytes;
    char types[WEIR_ARGS_MAX];
    unsigned char bytes[WEIR_ARGS_BYTES];
};

/// No arguments yet.  @any
static inline void
weir_args_begin(struct weir_args *args)
{
    args->n = 0;
    args->n_bytes = 0;
}

/// Add one; what there is no room for is left out.  @any
void weir_args_int(struct weir_args *args, int32_t value);
void weir_args_long(struct weir_args *args, int64_t value);
void weir_args_float(struct weir_args *args, float value);
void weir_args_bool(struct weir_args *args, bool value);
void weir_args_string(struct weir_args *args, const char *value);

/// The same arguments behind those that a message has.  @any
void weir_args_to_message(const struct weir_args *args, lo_message message);

#endif
