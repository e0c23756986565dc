// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the desk asks of whoever has the ports: JACK's side, or a test.
#ifndef WEIR_DESK_PORTS_H
#define WEIR_DESK_PORTS_H

#include "desk/fault.h"
#include "engine/limits.h"
#include "oscctl/values.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_broadcast;
struct weir_lane;

enum {
    WEIR_PORT_NAME_BYTES = 48,
    WEIR_PORT_LABEL_BYTES = WEIR_NAME_BYTES + 8,
};

/// The ports of one strip or bus; embedded there.
struct weir_port_group {
    // Filled by the desk.
    uint32_t n_ports;
    bool is_input;
    char id[36];
    const char *name;                  // the strip's or bus's, as it is now
    const struct weir_lane *lanes;     // input: one for each port
    const struct weir_broadcast *ring; // output: one channel for each port
    /// Input: called before the first cycle that may feed the lanes, with
    /// the number of its port table.
    void (*fed_from)(void *owner, uint64_t table);
    void *owner;
    // The port side's own.
    void *handles[WEIR_MAX_CHANNELS];
    bool registered;
    int32_t order;   // in which it is shown
    bool unlabelled; // JACK has refused to
    void *renaming;
    void *returning; // to a new server
    struct weir_port_group *next;
};

/// The port side. Each call is settled once, some time later or at once.
struct weir_ports {
    void (*add)(struct weir_ports *ports, struct weir_port_group *group,
                struct weir_ticket ticket);
    void (*remove)(struct weir_ports *ports, struct weir_port_group *group,
                   struct weir_ticket ticket);
    /// The name has changed: who shows the ports to people shows the new one.
    void (*rename)(struct weir_ports *ports, struct weir_port_group *group,
                   struct weir_ticket ticket);
};

/// The short name of port `i` of `n`: ID, ID_L and ID_R, or ID_1..n.  @any
void weir_port_name(const char *id, uint32_t n, uint32_t i,
                    char out[WEIR_PORT_NAME_BYTES]);

/// What people see of it: NAME, "NAME L" and "NAME R", or "NAME 1..n".  @any
void weir_port_label(const char *name, uint32_t n, uint32_t i,
                     char out[WEIR_PORT_LABEL_BYTES]);

#endif
