// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What PipeWire's libjack answers otherwise than jackd's.
#include "jack/kind.h"

#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/session.h>
#include <jack/thread.h>
#include <jack/uuid.h>
#include <sched.h>
#include <string.h>
#include <time.h>

enum { REALTIME_TRIES = 20, METADATA_TRIES = 400, TRY_NS = 5000000 };

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

// PipeWire 0.3 holds a lock while it calls back. There jack_port_set_latency()
// first does what else has been asked of that thread, such as to call back for
// another period, for which it takes that lock once more: and stands for ever.
bool
weir_jack_takes_latency_in_callback(void)
{
    return !weir_jack_is_pipewire();
}

static void
pause_a_try(void)
{
    const struct timespec try = {.tv_nsec = TRY_NS};
    nanosleep(&try, NULL);
}

// There is no other way to ask than to set one: what is so anyway.
static bool
takes_metadata(jack_client_t *client, jack_uuid_t uuid)
{
    return jack_set_property(client, uuid, JACK_METADATA_PRETTY_NAME,
                             jack_get_client_name(client), NULL) == 0;
}

void
weir_jack_await_metadata(jack_client_t *client)
{
    jack_uuid_t uuid;
    if (!weir_jack_is_pipewire())
        return;
    char *text = jack_client_get_uuid(client);
    if (text && jack_uuid_parse(text, &uuid) == 0)
        for (int i = 0; i < METADATA_TRIES; i++) {
            if (takes_metadata(client, uuid))
                break;
            pause_a_try();
        }
    jack_free(text);
}

// The uuid is made of a number that PipeWire gives the port; 0: none yet.
static bool
is_known(jack_uuid_t uuid)
{
    return jack_uuid_to_index(uuid) != 0;
}

// PipeWire's libjack says nothing that it has said of a uuid before: not even
// when that was another port's, at a server that has gone meanwhile. So the
// value is said with a type that nobody gives first, and is news both times.
bool
weir_jack_describe_port(jack_client_t *client, const jack_port_t *port,
                        const char *key, const char *value, const char *type)
{
    const jack_uuid_t uuid = jack_port_uuid(port);
    if (weir_jack_is_pipewire() &&
        (!is_known(uuid) ||
         jack_set_property(client, uuid, key, value, "application/x-news")))
        return false;
    return jack_set_property(client, uuid, key, value, type) == 0;
}

// PipeWire forgets what was said of a port when that goes. Its libjack would
// take away what has been said of another object: the one whose id is this
// port's serial number.
void
weir_jack_forget_port(jack_client_t *client, const jack_port_t *port,
                      const char *key)
{
    if (!weir_jack_is_pipewire())
        jack_remove_property(client, jack_port_uuid(port), key);
}

bool
weir_jack_thread_is_realtime(pid_t thread)
{
    const int policy = sched_getscheduler(thread);
    if (policy < 0)
        return false;
    switch (policy & ~SCHED_RESET_ON_FORK) { // which PipeWire adds
    case SCHED_FIFO:
    case SCHED_RR:
        return true;
    default:
        return false;
    }
}

void
weir_jack_await_realtime_thread(pid_t thread)
{
    for (int i = 0; i < REALTIME_TRIES && weir_jack_is_pipewire(); i++) {
        if (weir_jack_thread_is_realtime(thread))
            return;
        pause_a_try();
    }
}

// PipeWire's answers nonsense below 0 until a thread of its own has found out
// what it may do.
int
weir_jack_priority(jack_client_t *client)
{
    int priority = jack_client_real_time_priority(client);
    for (int i = 0; i < REALTIME_TRIES && priority <= 0; i++) {
        if (!weir_jack_is_pipewire())
            break;
        pause_a_try();
        priority = jack_client_real_time_priority(client);
    }
    return priority;
}
