// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Ports and connections as JACK has them. All of it is the worker's.
#include "jack/graph.h"

#include "common/log.h"

#include <errno.h>
#include <jack/jack.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------ changes

// A port's name as it is shown in a fault: no longer than there is room.
struct shown {
    char text[64];
};

static struct shown
show(const char *name)
{
    struct shown s;
    size_t n = strlen(name);
    if (n > sizeof s.text - 1)
        n = sizeof s.text - 1;
    while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
        n--; // not within a character
    memcpy(s.text, name, n);
    s.text[n] = '\0';
    return s;
}

// The two ports of a connection.
struct ends {
    jack_port_t *from;
    jack_port_t *to;
};

static bool
is_input(const jack_port_t *port)
{
    return (jack_port_flags(port) & JackPortIsInput) != 0;
}

static jack_port_t *
find(jack_client_t *client, const char *name, struct weir_fault *fault)
{
    jack_port_t *port = jack_port_by_name(client, name);
    if (!port)
        weir_fault(fault, WEIR_FAULT_NO_OBJECT,
                   "no such port: %s (/ports lists them)", show(name).text);
    return port;
}

static bool
find_ends(jack_client_t *client, const char *from, const char *to,
          struct ends *e, struct weir_fault *fault)
{
    e->from = find(client, from, fault);
    e->to = e->from ? find(client, to, fault) : NULL;
    if (!e->to)
        return false;
    if (!is_input(e->from) && is_input(e->to))
        return true;
    weir_fault(fault, WEIR_FAULT_ARGUMENTS,
               "%s is an %s port (first the output port that sound comes "
               "from, then the input port it goes to)",
               show(is_input(e->from) ? from : to).text,
               is_input(e->from) ? "input" : "output");
    return false;
}

static bool
is_connected(jack_client_t *client, const struct ends *e)
{
    const char **names = jack_port_get_all_connections(client, e->from);
    const char *to = jack_port_name(e->to);
    bool found = false;
    for (int i = 0; names && names[i] && !found; i++)
        found = strcmp(names[i], to) == 0;
    jack_free(names);
    return found;
}

static void
refused(struct weir_fault *fault, const struct ends *e)
{
    weir_fault(fault, WEIR_FAULT_FAILED,
               "JACK refuses (are the clients of both ports active? its log "
               "says more): %s",
               show(jack_port_name(e->from)).text);
}

void
weir_graph_connect(jack_client_t *client, const char *from, const char *to,
                   struct weir_fault *fault)
{
    struct ends e;
    if (!find_ends(client, from, to, &e, fault))
        return;
    if (strcmp(jack_port_type(e.from), jack_port_type(e.to)) != 0) {
        weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                   "one port is for audio, the other is not: %s",
                   show(to).text);
        return;
    }
    const int rc =
        jack_connect(client, jack_port_name(e.from), jack_port_name(e.to));
    if (rc == EEXIST)
        weir_fault(fault, WEIR_FAULT_EXISTS, "they are connected already");
    else if (rc)
        refused(fault, &e);
    else
        weir_log(WEIR_LOG_INFO, "connected %s to %s", jack_port_name(e.from),
                 jack_port_name(e.to));
}

void
weir_graph_disconnect(jack_client_t *client, const char *from, const char *to,
                      struct weir_fault *fault)
{
    struct ends e;
    if (!find_ends(client, from, to, &e, fault))
        return;
    if (jack_disconnect(client, jack_port_name(e.from), jack_port_name(e.to)) ==
        0)
        weir_log(WEIR_LOG_INFO, "disconnected %s from %s",
                 jack_port_name(e.from), jack_port_name(e.to));
    else if (is_connected(client, &e))
        refused(fault, &e);
    else
        weir_fault(fault, WEIR_FAULT_NO_OBJECT, "they are not connected");
}

// -------------------------------------------------------------------- lists

// A list that grows.
struct growing {
    struct weir_patch_list *list;
    uint32_t room;
};

static bool
add_word(struct growing *g, const char *word)
{
    struct weir_patch_list *list = g->list;
    if (list->n_words == g->room) {
        const uint32_t room = g->room ? 2 * g->room : 256;
        const char **words = realloc(list->words, room * sizeof *words);
        if (!words)
            return false;
        list->words = words;
        g->room = room;
    }
    char *copy = strdup(word);
    if (!copy)
        return false;
    list->words[list->n_words++] = copy;
    list->n_rows = list->n_words / list->n_columns;
    return true;
}

static const char *
short_type(const char *type)
{
    if (strcmp(type, JACK_DEFAULT_AUDIO_TYPE) == 0)
        return "audio";
    return strcmp(type, JACK_DEFAULT_MIDI_TYPE) == 0 ? "midi" : type;
}

static bool
add_port(struct growing *g, jack_client_t *client, const char *name)
{
    jack_port_t *port = jack_port_by_name(client, name);
    if (!port)
        return true; // gone meanwhile
    return add_word(g, name) && add_word(g, is_input(port) ? "in" : "out") &&
           add_word(g, short_type(jack_port_type(port)));
}

static bool
add_connections(struct growing *g, jack_client_t *client, const char *from)
{
    jack_port_t *port = jack_port_by_name(client, from);
    const char **to = port ? jack_port_get_all_connections(client, port) : NULL;
    bool ok = true;
    for (int i = 0; to && to[i] && ok; i++)
        ok = add_word(g, from) && add_word(g, to[i]);
    jack_free(to);
    return ok;
}

bool
weir_graph_list(jack_client_t *client, enum weir_patch_kind kind,
                struct weir_patch_list *out)
{
    const bool ports = kind == WEIR_PATCH_PORTS;
    struct growing g = {.list = out};
    bool ok = true;
    *out = (struct weir_patch_list){.n_columns =
                                        ports ? WEIR_PATCH_PORT_COLUMNS
                                              : WEIR_PATCH_CONNECTION_COLUMNS};
    const char **names =
        jack_get_ports(client, NULL, NULL, ports ? 0 : JackPortIsOutput);
    for (int i = 0; names && names[i] && ok; i++)
        ok = ports ? add_port(&g, client, names[i])
                   : add_connections(&g, client, names[i]);
    jack_free(names);
    return ok;
}

void
weir_graph_free_list(struct weir_patch_list *list)
{
    for (uint32_t i = 0; i < list->n_words; i++)
        free((void *)(uintptr_t)list->words[i]);
    free(list->words);
    *list = (struct weir_patch_list){0};
}
