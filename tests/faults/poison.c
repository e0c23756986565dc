// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir by session.py: who registers a port called "poison"
// dies of it, as of a bug.
#include <dlfcn.h>
#include <jack/jack.h>
#include <stdlib.h>
#include <string.h>

jack_port_t *
jack_port_register(jack_client_t *client, const char *name, const char *type,
                   unsigned long flags, unsigned long n_bytes)
{
    jack_port_t *(*registered)(jack_client_t *, const char *, const char *,
                               unsigned long, unsigned long);
    void *found = dlsym(RTLD_NEXT, "jack_port_register");
    memcpy(&registered, &found, sizeof registered);
    if (strcmp(name, "poison") == 0)
        abort();
    return registered(client, name, type, flags, n_bytes);
}
