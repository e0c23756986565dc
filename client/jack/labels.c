// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What JACK's metadata say of weir's ports. All of it is the worker's.
#include "jack/labels.h"

#include "common/log.h"
#include "desk/ports.h"
#include "jack/kind.h"

#include <inttypes.h>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <stdio.h>

// A type of its own; null is text.
#define TYPE_INT "http://www.w3.org/2001/XMLSchema#int"

static bool
say(const struct weir_labelled *p, uint32_t i, const char *key,
    const char *value, const char *type)
{
    if (weir_jack_describe_port(p->client, p->handles[i], key, value, type))
        return true;
    weir_log(WEIR_LOG_DEBUG, "JACK keeps no metadata for %s",
             jack_port_name(p->handles[i]));
    return false;
}

bool
weir_labels_rename(const struct weir_labelled *p, const char *name)
{
    char label[WEIR_PORT_LABEL_BYTES];
    bool ok = true;
    for (uint32_t i = 0; i < p->n; i++) {
        weir_port_label(name, p->n, i, label);
        ok &= say(p, i, JACK_METADATA_PRETTY_NAME, label, NULL);
    }
    return ok;
}

bool
weir_labels_set(const struct weir_labelled *p, const char *name, const char *id,
                int32_t first_order)
{
    char order[16];
    bool ok = weir_labels_rename(p, name);
    for (uint32_t i = 0; i < p->n; i++) {
        snprintf(order, sizeof order, "%" PRId32, first_order + (int32_t)i);
        ok &= say(p, i, JACK_METADATA_ORDER, order, TYPE_INT);
        ok &= say(p, i, JACK_METADATA_PORT_GROUP, id, NULL);
    }
    return ok;
}

// One by one: jack_remove_properties() looks through the whole database.
void
weir_labels_drop(const struct weir_labelled *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        const jack_port_t *port = p->handles[i];
        weir_jack_forget_port(p->client, port, JACK_METADATA_PRETTY_NAME);
        weir_jack_forget_port(p->client, port, JACK_METADATA_ORDER);
        weir_jack_forget_port(p->client, port, JACK_METADATA_PORT_GROUP);
    }
}
