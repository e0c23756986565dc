// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What PipeWire's libjack answers otherwise than jackd's.
#include "jack/kind.h"

#include <jack/jack.h>
#include <jack/session.h>
#include <jack/thread.h>
#include <string.h>
#include <time.h>

enum { PRIORITY_TRIES = 20, PRIORITY_TRY_NS = 5000000 };

bool
weir_jack_is_pipewire(void)
{
    const char *version = jack_get_version_string();
    return version && strstr(version, "PipeWire");
}

// PipeWire 0.3 takes JackUseExactName for a wish: it opens a second client of
// the name, which the others see as NAME-42, and which itself sees nothing of
// that in jack_get_client_name() or jack_port_name().
bool
weir_jack_has_its_name(jack_client_t *client)
{
    if (!weir_jack_is_pipewire())
        return true;
    char *uuid = jack_client_get_uuid(client);
    char *name = uuid ? jack_get_client_name_by_uuid(client, uuid) : NULL;
    const bool same = !name || strcmp(name, jack_get_client_name(client)) == 0;
    jack_free(name);
    jack_free(uuid);
    return same;
}

// PipeWire's answers nonsense below 0 until a thread of its own has found out
// what it may do.
int
weir_jack_priority(jack_client_t *client)
{
    const struct timespec try = {.tv_nsec = PRIORITY_TRY_NS};
    int priority = jack_client_real_time_priority(client);
    for (int i = 0; i < PRIORITY_TRIES && priority <= 0; i++) {
        if (!weir_jack_is_pipewire())
            break;
        nanosleep(&try, NULL);
        priority = jack_client_real_time_priority(client);
    }
    return priority;
}
