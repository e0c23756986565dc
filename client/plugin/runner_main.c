// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner: plugins in a process of their own. The main thread takes calls,
// another runs the plugins (runner_play.h).
#include "common/log.h"
#include "plugin/confine.h"
#include "plugin/property.h"
#include "plugin/runner.h"
#include "plugin/runner_page.h"
#include "plugin/runner_play.h"
#include "plugin/state.h"
#include "rt/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FRAMES = 8192, SERVICE_MS = 50, KEEP_EVERY = 20 };

struct runner {
    struct weir_runner_player player;
    char folder[WEIR_RUNNER_TEXT]; // copied, as the player's
    struct weir_plugin_world *world;
    pthread_t thread;
    bool plays;
};

static bool
play(struct runner *r, int priority, struct weir_why *why)
{
    const struct sched_param param = {.sched_priority = priority};
    if (pthread_create(&r->thread, NULL, weir_runner_play, &r->player) != 0)
        return weir_why(why, "no thread for the plugins");
    if (priority > 0)
        pthread_setschedparam(r->thread, SCHED_FIFO, &param);
    r->plays = true;
    return true;
}

// ----------------------------------------------------------------------- calls

static bool
set(struct runner *r, const struct weir_runner_call *c, struct weir_why *why)
{
    const struct weir_slot *s = weir_chain_find(r->player.chain, c->id);
    if (!s || c->index >= s->type->n_ports || !s->type->ports[c->index].symbol)
        return weir_why(why, "%s has no port %u", c->id, c->index);
    return weir_chain_set(r->player.chain, c->id,
                          s->type->ports[c->index].symbol, c->value, why);
}

static bool
set_property(struct runner *r, const struct weir_runner_call *c,
             struct weir_why *why)
{
    if (c->index == 0 || c->index >= sizeof c->text)
        return weir_why(why, "no value is given");
    return weir_property_set(r->player.chain, c->id, c->text,
                             c->text + c->index, why);
}

static void
tell_property(void *owner, const struct weir_slot *slot, const char *property,
              const LV2_Atom *value)
{
    const struct runner *r = owner;
    struct weir_runner_answer a = {.is_heard = 1};
    const size_t n = strlen(property) + 1;
    snprintf(a.id, sizeof a.id, "%s", slot->id);
    if (n >= sizeof a.text)
        return;
    memcpy(a.text, property, n);
    a.index = (uint32_t)n;
    // One that weir does not take now is asked for again.
    if (weir_property_text(r->world, value, a.text + n, sizeof a.text - n))
        send(WEIR_RUNNER_SOCKET, &a, sizeof a, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Keep what a plugin remembers where the next process will find it.
static void
keep_state(struct runner *r, const struct weir_slot *s)
{
    char folder[2 * WEIR_RUNNER_TEXT];
    struct weir_why ignored;
    if (!s || !r->folder[0] || !weir_slot_has_state(s))
        return;
    snprintf(folder, sizeof folder, "%s/%s", r->folder, s->id);
    weir_chain_keep(r->player.chain, s->id, folder, &ignored);
}

// What was kept before is not it any more.
static bool
keep_after(struct runner *r, const struct weir_runner_call *c, bool ok)
{
    if (ok)
        keep_state(r, weir_chain_find(r->player.chain, c->id));
    return ok;
}

static bool
obey(struct runner *r, const struct weir_runner_call *c, struct weir_why *why)
{
    switch (c->op) {
    case WEIR_RUNNER_ADD:
        return weir_chain_add_as(r->player.chain, c->id, c->text, c->index,
                                 c->number, c->at, why);
    case WEIR_RUNNER_REMOVE:
        return weir_chain_remove(r->player.chain, c->id, why);
    case WEIR_RUNNER_MOVE:
        return weir_chain_move(r->player.chain, c->id, c->index, why);
    case WEIR_RUNNER_BYPASS:
        return weir_chain_bypass(r->player.chain, c->id, c->index != 0, why);
    case WEIR_RUNNER_SET:
        return set(r, c, why);
    case WEIR_RUNNER_PRESET:
        return keep_after(
            r, c, weir_chain_load_preset(r->player.chain, c->id, c->text, why));
    case WEIR_RUNNER_SAVE:
        return weir_chain_save(r->player.chain, c->id, c->text, why);
    case WEIR_RUNNER_LOAD:
        return keep_after(
            r, c, weir_chain_load(r->player.chain, c->id, c->text, why));
    case WEIR_RUNNER_SET_PROPERTY:
        return set_property(r, c, why);
    case WEIR_RUNNER_GET_PROPERTIES:
        return weir_chain_get_properties(r->player.chain, c->id, why);
    case WEIR_RUNNER_START:
        return r->plays || play(r, (int)c->index, why);
    default:
        return weir_why(why, "no such call");
    }
}

// False when weir has gone.
static bool
take_call(struct runner *r)
{
    struct weir_runner_call call;
    struct weir_why why = {""};
    const ssize_t n = recv(WEIR_RUNNER_SOCKET, &call, sizeof call, 0);
    if (n < 0 && errno == EINTR)
        return true;
    if (n != sizeof call)
        return false;
    call.id[sizeof call.id - 1] = '\0';
    call.text[sizeof call.text - 1] = '\0';
    struct weir_runner_answer answer = {.serial = call.serial};
    answer.ok = obey(r, &call, &why);
    snprintf(answer.text, sizeof answer.text, "%s", why.text);
    return send(WEIR_RUNNER_SOCKET, &answer, sizeof answer, MSG_NOSIGNAL) ==
           sizeof answer;
}

static void
keep_states(struct runner *r)
{
    for (uint32_t i = 0; i < weir_chain_count(r->player.chain); i++)
        keep_state(r, weir_chain_slot(r->player.chain, i));
}

static int
serve(struct runner *r)
{
    struct pollfd socket = {WEIR_RUNNER_SOCKET, POLLIN, 0};
    for (unsigned turn = 1;; turn++) {
        if (poll(&socket, 1, SERVICE_MS) > 0 && !take_call(r))
            return 0;
        weir_chain_service(r->player.chain);
        weir_runner_show_states(&r->player);
        if (turn % KEEP_EVERY == 0)
            keep_states(r);
    }
}

// ------------------------------------------------------------------- beginning

// Leave no core, take no more memory than this.
static void
limit(uint64_t memory_bytes)
{
    const struct rlimit none = {0, 0};
    const struct rlimit memory = {memory_bytes, memory_bytes};
    const struct rlimit room = {memory_bytes * 8, memory_bytes * 8};
    setrlimit(RLIMIT_CORE, &none);
    if (memory_bytes > 0) {
        setrlimit(RLIMIT_DATA, &memory);
        setrlimit(RLIMIT_AS, &room);
    }
}

static bool
map_page(struct runner *r)
{
    struct stat about;
    if (fstat(WEIR_RUNNER_MEMORY, &about) != 0 ||
        (size_t)about.st_size < sizeof *r->player.page)
        return false;
    void *page = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, WEIR_RUNNER_MEMORY, 0);
    if (page == MAP_FAILED)
        return false;
    r->player.page = page;
    r->player.n_channels = r->player.page->n_channels;
    r->player.max_block = r->player.page->max_block;
    r->player.rate_hz = r->player.page->rate_hz;
    snprintf(r->folder, sizeof r->folder, "%s", r->player.page->folder);
    return r->player.n_channels >= 1 &&
           r->player.n_channels <= WEIR_MAX_CHANNELS &&
           r->player.max_block >= 2 && r->player.max_block <= MOST_FRAMES &&
           (size_t)about.st_size >=
               weir_runner_bytes(r->player.n_channels, r->player.max_block);
}

static struct weir_instance_config
instance_config(const struct runner *r, struct weir_plugin_world *world)
{
    const uint32_t period = r->player.page->period;
    const bool is_known = period > 0 && period <= r->player.max_block;
    return (struct weir_instance_config){
        .world = world,
        .rate_hz = r->player.rate_hz,
        .nominal_block = is_known ? period : r->player.max_block,
        .max_block = r->player.max_block,
        .promises = is_known ? weir_plugin_promises(period) : 0,
        .scratch = r->folder[0] ? r->folder : NULL,
    };
}

int
weir_runner_main(struct weir_plugin_world *world,
                 const struct weir_nursery_setup *setup)
{
    static struct runner r;
    if (!map_page(&r)) {
        weir_log(WEIR_LOG_ERROR, "a runner is started by weir alone");
        return WEIR_EXIT_USAGE;
    }
    limit(setup->memory_bytes);
    weir_confine_runner(setup, r.folder);
    const struct weir_chain_config config = {
        .instance = instance_config(&r, world),
        .n_channels = r.player.n_channels,
    };
    r.player.chain = weir_chain_new(&config);
    if (!r.player.chain)
        return WEIR_EXIT_FAILED;
    r.world = world;
    weir_chain_listen(r.player.chain, tell_property, &r);
    // The plugins may be in any state: nothing of them is ended in turn.
    return serve(&r);
}
