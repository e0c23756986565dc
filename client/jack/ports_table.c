// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The tables in which the callback finds ports: immutable, a new one for every
// change. Everything here is @control's.
#include "jack/ports_private.h"

#include "rt/inputs.h"
#include "rt/process.h"

#include <stdlib.h>

// A table that the callback may still be using.
struct weir_retired_table {
    struct weir_table *table;
    struct weir_retired_table *next;
};

static void
count_ports(const struct weir_jack_ports *p, uint32_t *n_in, uint32_t *n_out)
{
    *n_in = *n_out = 0;
    for (const struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            *(g->is_input ? n_in : n_out) += g->n_ports;
}

static void
show_group(struct weir_table *t, const struct weir_port_group *g)
{
    for (uint32_t i = 0; i < g->n_ports; i++) {
        if (g->is_input)
            t->inputs[t->n_inputs++] = (struct weir_input_port){
                .port = g->handles[i], .lane = g->lanes[i].frames};
        else
            t->outputs[t->n_outputs++] = (struct weir_output_port){
                .port = g->handles[i], .ring = g->ring, .channel = i};
    }
}

bool
weir_jack_ports_publish(struct weir_jack_ports *p)
{
    uint32_t n_in;
    uint32_t n_out;
    count_ports(p, &n_in, &n_out);
    struct weir_table *table = weir_table_new(n_in, n_out);
    struct weir_retired_table *retired = malloc(sizeof *retired);
    if (!table || !retired) {
        weir_table_free(table);
        free(retired);
        return false;
    }
    for (const struct weir_port_group *g = p->groups; g; g = g->next)
        if (g->registered)
            show_group(table, g);
    table->number = ++p->table;
    *retired = (struct weir_retired_table){
        .table = weir_process_set_table(p->process, table),
        .next = p->retired,
    };
    p->retired = retired;
    return true;
}

void
weir_jack_ports_free_tables(struct weir_jack_ports *p, uint64_t number)
{
    struct weir_retired_table **at = &p->retired;
    while (*at) {
        struct weir_retired_table *r = *at;
        if (!r->table || r->table->number < number) {
            *at = r->next;
            weir_table_free(r->table);
            free(r);
        } else {
            at = &r->next;
        }
    }
}

bool
weir_jack_ports_show(struct weir_jack_ports *p)
{
    return weir_jack_ports_publish(p);
}
