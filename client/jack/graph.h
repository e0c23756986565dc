// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ports and connections as JACK has them. All of it waits for JACK. @worker
#ifndef WEIR_JACK_GRAPH_H
#define WEIR_JACK_GRAPH_H

#include "desk/fault.h"
#include "oscctl/patchbay.h"

#include <jack/types.h>
#include <stdbool.h>

/// Connect the output port `from` to the input port `to`: full names or
/// aliases.  Fills `fault` when that is not so; its code is 0 before.
void weir_graph_connect(jack_client_t *client, const char *from, const char *to,
                        struct weir_fault *fault);
void weir_graph_disconnect(jack_client_t *client, const char *from,
                           const char *to, struct weir_fault *fault);

/// List what there is.  False when memory is short.  Free the list, also
/// then, with weir_graph_free_list(); one that is zeroed is allowed.
bool weir_graph_list(jack_client_t *client, enum weir_patch_kind kind,
                     struct weir_patch_list *out);
void weir_graph_free_list(struct weir_patch_list *list);

#endif
