// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins that are none.
#include "desk/fake_plugins.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SLOTS = 16, MAX_WAITING = 256, MAX_RACKS = 64 };

struct weir_nursery fake;

static struct weir_scale_point points[] = {{0.0f, (char[]){"Low"}},
                                           {1.0f, (char[]){"High"}}};
#define NAMED(text)                                                            \
    .symbol = (char[]){text}, .name = (char[])                                 \
    {                                                                          \
        text                                                                   \
    }
static struct weir_plugin_port ports[] = {
    {NAMED("in"), .kind = WEIR_PORT_AUDIO, .is_input = true},
    {NAMED("out"), .kind = WEIR_PORT_AUDIO},
    {NAMED("gain"), .kind = WEIR_PORT_CONTROL, .is_input = true, .min = -60.0f,
     .max = 24.0f, .unit = (char[]){"dB"}},
    {NAMED("mode"), .kind = WEIR_PORT_CONTROL, .is_input = true, .max = 1.0f,
     .flags = WEIR_PORT_ENUMERATION | WEIR_PORT_INTEGER, .n_points = 2,
     .points = points},
    {NAMED("on"), .kind = WEIR_PORT_CONTROL, .is_input = true, .max = 1.0f,
     .by_default = 1.0f, .flags = WEIR_PORT_TOGGLED},
    {NAMED("level"), .kind = WEIR_PORT_CONTROL, .min = -120.0f},
    {NAMED("reset"), .kind = WEIR_PORT_CONTROL, .is_input = true, .max = 1.0f,
     .flags = WEIR_PORT_TRIGGER},
    {NAMED("enabled"), .kind = WEIR_PORT_CONTROL, .is_input = true, .max = 1.0f,
     .by_default = 1.0f, .role = WEIR_ROLE_ENABLED},
};
static struct weir_plugin_property properties[] = {
    {.uri = (char[]){"urn:test#file"},
     .label = (char[]){"File"},
     .range = (char[]){"http://lv2plug.in/ns/ext/atom#Path"},
     .is_writable = true},
    {.uri = (char[]){"urn:test#depth"},
     .range = (char[]){"http://lv2plug.in/ns/ext/atom#Float"},
     .is_writable = true,
     .max = 1.0f,
     .by_default = 0.5f},
    {.uri = (char[]){"urn:other/file"},
     .range = (char[]){"http://lv2plug.in/ns/ext/atom#String"}},
    {.uri = (char[]){"urn:other/depth"},
     .range = (char[]){"http://lv2plug.in/ns/ext/atom#String"},
     .is_writable = true},
};
static struct weir_plugin_preset presets[] = {
    {(char[]){"urn:amp#loud"}, (char[]){"Loud"}}};
#define TYPE(u)                                                                \
    {                                                                          \
        .uri = (char[]){u}, .name = (char[]){"Amplifier"},                     \
        .class_label = (char[]){"Amplifier Plugin"}, .n_ports = 8,             \
        .ports = ports, .n_properties = 4, .properties = properties,           \
        .n_presets = 1, .presets = presets                                     \
    }
static struct weir_plugin_type types[] = {TYPE("urn:amp"), TYPE("urn:amp2")};

__attribute__((format(printf, 2, 3))) static void
note(char *to, const char *format, ...)
{
    va_list args;
    const size_t n = strlen(to);
    va_start(args, format);
    vsnprintf(to + n, FAKE_TEXT - n, format, args);
    va_end(args);
}

static const char *
take(char *from)
{
    static char copy[FAKE_TEXT];
    memcpy(copy, from, FAKE_TEXT);
    from[0] = '\0';
    return copy;
}

const char *
fake_asked(void)
{
    return take(fake.asked);
}

const char *
fake_mixed(void)
{
    return take(fake.mixed);
}

// ------------------------------------------------------------------ nursery

struct waiting_description {
    weir_nursery_described_fn *fn;
    void *owner;
    char uri[64];
};
static struct waiting_description descriptions[MAX_WAITING];
static uint32_t n_descriptions;
static char known[MAX_WAITING][64];
static uint32_t n_known;

static const struct weir_plugin_type *
find_type(const char *uri)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(types[i].uri, uri) == 0)
            return &types[i];
    return NULL;
}

static const char *
why_not(const char *uri)
{
    if (strcmp(uri, "urn:refused") == 0)
        return "it requires the feature <urn:feature>";
    return find_type(uri) ? NULL : "no plugin of that URI is installed";
}

static void
answer(const struct waiting_description *d)
{
    snprintf(known[n_known++ % MAX_WAITING], sizeof known[0], "%s", d->uri);
    d->fn(d->owner, d->uri, find_type(d->uri), why_not(d->uri));
}

void
weir_nursery_describe(struct weir_nursery *nursery, const char *uri,
                      uint32_t rate_hz, weir_nursery_described_fn *fn,
                      void *owner)
{
    struct waiting_description d = {.fn = fn, .owner = owner};
    (void)rate_hz;
    snprintf(d.uri, sizeof d.uri, "%s", uri);
    note(nursery->asked, "describe %s\n", uri);
    if (nursery->hold && n_descriptions < MAX_WAITING)
        descriptions[n_descriptions++] = d;
    else
        answer(&d);
}

void
fake_describe(void)
{
    const uint32_t n = n_descriptions;
    n_descriptions = 0;
    for (uint32_t i = 0; i < n; i++)
        answer(&descriptions[i]);
}

const struct weir_plugin_type *
weir_nursery_known(const struct weir_nursery *nursery, const char *uri,
                   const char **why)
{
    (void)nursery;
    for (uint32_t i = 0; i < n_known && i < MAX_WAITING; i++)
        if (strcmp(known[i], uri) == 0) {
            *why = why_not(uri);
            return find_type(uri);
        }
    return NULL;
}

void
weir_nursery_list(struct weir_nursery *nursery, weir_nursery_listed_fn *fn,
                  void *owner)
{
    static const struct weir_plugin_entry entries[] = {
        {"urn:refused", "", "", ""},
        {"urn:amp2", "", "", ""},
        {"urn:amp", "", "", ""}};
    (void)nursery;
    fn(owner, 3, entries, NULL);
}

void
weir_nursery_forget(struct weir_nursery *nursery, const void *owner)
{
    (void)nursery;
    (void)owner;
    n_descriptions = 0;
}

// --------------------------------------------------------------------- racks

struct slot {
    char id[40];
    uint32_t number;
    float values[9]; // the bypass behind the ports
};

struct weir_rack {
    struct weir_insert insert; // first: the mixer knows it by that
    weir_rack_fn *fn;
    weir_rack_heard_fn *heard;
    void *owner;
    char label[64];
    struct slot slots[MAX_SLOTS];
    uint32_t n_slots;
    uint32_t next_number;
    uint32_t next_serial;
    struct {
        uint32_t serial;
        bool failed;
    } waiting[MAX_WAITING];
    uint32_t n_waiting;
};

static struct weir_rack *racks[MAX_RACKS];
static float shown_level = -120.0f;
static enum weir_rack_state shown_state = WEIR_RACK_RUNNING;

static void
run(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    (void)insert;
    (void)channels;
    (void)n;
    fake.n_runs++;
}

static void
set(struct weir_insert *insert, uint32_t slot, uint32_t port, float value,
    uint32_t at)
{
    (void)insert;
    (void)at;
    note(fake.mixed, "slot %u port %d value %g\n", slot, (int)port,
         (double)value);
}

static uint32_t
latency(const struct weir_insert *insert)
{
    (void)insert;
    return 0;
}

static const struct weir_insert_calls calls = {
    .run = run, .set = set, .latency = latency};

bool
weir_rack_new(const struct weir_rack_config *c, struct weir_rack **out,
              struct weir_why *why)
{
    struct weir_rack *r = calloc(1, sizeof *r);
    if (fake.fail && strcmp(fake.fail, "new") == 0) {
        free(r);
        return weir_why(why, "no process");
    }
    r->insert = (struct weir_insert){&calls, c->n_channels};
    r->next_serial = 1;
    snprintf(r->label, sizeof r->label, "%s", c->label);
    for (int i = 0; i < MAX_RACKS; i++)
        if (!racks[i]) {
            racks[i] = r;
            break;
        }
    fake.n_racks++;
    note(fake.asked, "new %s channels %u block %u rate %u\n", r->label,
         c->n_channels, c->block, c->rate_hz);
    *out = r;
    return true;
}

void
weir_rack_free(struct weir_rack *r)
{
    if (!r)
        return;
    note(fake.asked, "free %s\n", r->label);
    for (int i = 0; i < MAX_RACKS; i++)
        if (racks[i] == r)
            racks[i] = NULL;
    fake.n_racks--;
    free(r);
}

struct weir_insert *
weir_rack_insert(struct weir_rack *r)
{
    return &r->insert;
}

void
weir_rack_listen(struct weir_rack *r, weir_rack_fn *fn,
                 weir_rack_heard_fn *heard, void *owner)
{
    r->fn = fn;
    r->heard = heard;
    r->owner = owner;
}

// Told before it returns, unless it is to wait.
static uint32_t
done(struct weir_rack *r, const char *verb)
{
    const uint32_t serial = r->next_serial++;
    const bool failed = fake.fail && strcmp(fake.fail, verb) == 0;
    if (failed)
        fake.fail = NULL;
    if (fake.slow && r->n_waiting < MAX_WAITING) {
        r->waiting[r->n_waiting].serial = serial;
        r->waiting[r->n_waiting++].failed = failed;
    } else {
        r->fn(r->owner, serial, failed ? "it failed" : NULL);
    }
    return serial;
}

void
fake_tell(void)
{
    for (int i = 0; i < MAX_RACKS; i++) {
        struct weir_rack *r = racks[i];
        for (uint32_t k = 0; r && r == racks[i] && k < r->n_waiting; k++) {
            const uint32_t serial = r->waiting[k].serial;
            const bool failed = r->waiting[k].failed;
            if (k + 1 == r->n_waiting)
                r->n_waiting = 0;
            r->fn(r->owner, serial, failed ? "it failed" : NULL);
        }
    }
}

static struct slot *
find(const struct weir_rack *r, const char *id)
{
    for (uint32_t i = 0; i < r->n_slots; i++)
        if (strcmp(r->slots[i].id, id) == 0)
            return (struct slot *)(uintptr_t)&r->slots[i];
    return NULL;
}

uint32_t
weir_rack_add(struct weir_rack *r, const char *id,
              const struct weir_plugin_type *type, uint32_t index,
              struct weir_why *why)
{
    if (find(r, id)) {
        weir_why(why, "%s is here already", id);
        return 0;
    }
    note(fake.asked, "add %s %s at %u\n", id, type->uri, index);
    struct slot *s = &r->slots[r->n_slots++];
    memset(s, 0, sizeof *s);
    snprintf(s->id, sizeof s->id, "%s", id);
    s->number = r->next_number++;
    for (uint32_t i = 0; i < type->n_ports; i++)
        s->values[i] = type->ports[i].by_default;
    return done(r, "add");
}

uint32_t
weir_rack_remove(struct weir_rack *r, const char *id, struct weir_why *why)
{
    struct slot *s = find(r, id);
    note(fake.asked, "remove %s\n", id);
    if (!s) {
        weir_why(why, "no %s", id);
        return 0;
    }
    memmove(s, s + 1, (size_t)(&r->slots[--r->n_slots] - s) * sizeof *s);
    return done(r, "remove");
}

uint32_t
weir_rack_move(struct weir_rack *r, const char *id, uint32_t index,
               struct weir_why *why)
{
    (void)why;
    note(fake.asked, "move %s to %u\n", id, index);
    return done(r, "move");
}

static uint32_t
place_of(uint32_t port)
{
    return port == WEIR_RACK_BYPASS ? 8 : port;
}

uint32_t
weir_rack_set(struct weir_rack *r, const char *id, uint32_t port, float value,
              struct weir_why *why)
{
    struct slot *s = find(r, id);
    note(fake.asked, "set %s %d %g\n", id, (int)port, (double)value);
    if (!s) {
        weir_why(why, "no %s", id);
        return 0;
    }
    s->values[place_of(port)] = value;
    return done(r, "set");
}

void
weir_rack_keep(struct weir_rack *r, const char *id, uint32_t port, float value)
{
    struct slot *s = find(r, id);
    note(fake.asked, "keep %s %d %g\n", id, (int)port, (double)value);
    if (s)
        s->values[place_of(port)] = value;
}

uint32_t
weir_rack_set_property(struct weir_rack *r, const char *id,
                       const char *property, const char *value,
                       struct weir_why *why)
{
    (void)why;
    note(fake.asked, "property %s %s %s\n", id, property, value);
    return done(r, "property");
}

uint32_t
weir_rack_get_properties(struct weir_rack *r, const char *id,
                         struct weir_why *why)
{
    (void)id;
    (void)why;
    fake.n_gets++;
    return done(r, "get");
}

uint32_t
weir_rack_preset(struct weir_rack *r, const char *id, const char *preset,
                 struct weir_why *why)
{
    (void)why;
    note(fake.asked, "preset %s %s\n", id, preset);
    find(r, id)->values[2] = 6.0f;
    return done(r, "preset");
}

uint32_t
weir_rack_save(struct weir_rack *r, const char *id, const char *folder,
               struct weir_why *why)
{
    const char *last = strrchr(folder, '/');
    (void)why;
    note(fake.asked, "save %s %s\n", id, last ? last + 1 : folder);
    return done(r, "save");
}

uint32_t
weir_rack_load(struct weir_rack *r, const char *id, const char *folder,
               struct weir_why *why)
{
    const char *last = strrchr(folder, '/');
    (void)why;
    note(fake.asked, "load %s %s\n", id, last ? last + 1 : folder);
    return done(r, "load");
}

uint32_t
weir_rack_number(const struct weir_rack *r, const char *id)
{
    return find(r, id)->number;
}

enum weir_rack_state
weir_rack_state(const struct weir_rack *r, const char *id)
{
    return find(r, id)->values[8] != 0.0f ? WEIR_RACK_BYPASSED : shown_state;
}

float
weir_rack_value(const struct weir_rack *r, const char *id, uint32_t port)
{
    return port == 5 ? shown_level : find(r, id)->values[port];
}

void
weir_rack_service(struct weir_rack *r)
{
    (void)r;
}

uint32_t
weir_rack_latency(const struct weir_rack *r)
{
    (void)r;
    return 0;
}

void
fake_say_property(const char *slot, const char *property, const char *value)
{
    for (int i = 0; i < MAX_RACKS; i++)
        if (racks[i] && find(racks[i], slot))
            racks[i]->heard(racks[i]->owner, slot, property, value);
}

void
fake_show(float level)
{
    shown_level = level;
}

void
fake_set_state(enum weir_rack_state state)
{
    shown_state = state;
}

void
fake_reset(void)
{
    memset(&fake, 0, sizeof fake);
    n_descriptions = 0;
    n_known = 0;
    shown_level = -120.0f;
    shown_state = WEIR_RACK_RUNNING;
}
