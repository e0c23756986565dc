// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Finding out how a plugin's audio ports meet a strip's channels: @control's.
#include "plugin/join.h"

static bool
is_main(const struct weir_plugin_port *p, bool is_input)
{
    return p->kind == WEIR_PORT_AUDIO && p->is_input == is_input &&
           p->role != WEIR_ROLE_SIDECHAIN;
}

static uint32_t
gather(const struct weir_plugin_type *type, bool is_input, uint32_t *ports)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < type->n_ports && n < WEIR_MAX_JOINED; i++)
        if (is_main(&type->ports[i], is_input))
            ports[n++] = i;
    return n;
}

void
weir_join_make(const struct weir_plugin_type *type, uint32_t n_channels,
               struct weir_join *j)
{
    *j = (struct weir_join){.n_channels = n_channels, .n_copies = 1};
    j->n_in = gather(type, true, j->in);
    j->n_out = gather(type, false, j->out);
    if (j->n_in > 0 && j->n_in == j->n_out)
        j->n_copies = (n_channels + j->n_in - 1) / j->n_in;
}
