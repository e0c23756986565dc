// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What plugins remember: presets, folders, properties, files.
#include "rig.h"

#include "plugin/state.h"

#include <lv2/atom/forge.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_URI "urn:weir:test:patch#file"

static char folder[64];

static void
make_folder(void)
{
    strcpy(folder, "/tmp/weir-state-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void
remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

static void
one_preset(void *owner, const char *uri, const char *label)
{
    cr_assert_str_eq(uri, "urn:weir:test:preset-loud");
    cr_assert_str_eq(label, "Loud");
    ++*(int *)owner;
}

Test(state, presets_are_listed_and_loaded)
{
    static struct rig r;
    int n = 0;
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    cr_assert_eq(
        weir_preset_list(r.world, "urn:weir:test:gain", one_preset, &n), 1);
    cr_assert_eq(n, 1);
    cr_assert(weir_chain_load_preset(r.chain, "g", "urn:weir:test:preset-loud",
                                     &r.why));
    rig_block(&r, 64);
    cr_assert(r.sound[0][1] == 3 * rig_in(&r, 0, 64, 1));
    cr_assert_not(weir_chain_load_preset(r.chain, "g", "urn:none", &r.why));
    rig_add(&r, "s", "smooth");
    cr_assert_not(weir_chain_load_preset(r.chain, "s",
                                         "urn:weir:test:preset-loud", &r.why));
    rig_end(&r);
}

Test(state, values_come_back_from_a_folder, .init = make_folder,
     .fini = remove_folder)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    cr_assert(weir_chain_set(r.chain, "g", "gain", 2.5f, &r.why));
    rig_block(&r, 64);
    cr_assert(weir_chain_save(r.chain, "g", folder, &r.why), "%s", r.why.text);
    rig_end(&r);
    rig_begin(&r, 1, 0);
    rig_add(&r, "other", "gain");
    cr_assert(weir_chain_load(r.chain, "other", folder, &r.why), "%s",
              r.why.text);
    rig_run(&r, 512);
    cr_assert_eq(rig_shown(&r, "other", "gain"), 2.5f);
    rig_add(&r, "s", "stereo");
    cr_assert_not(weir_chain_load(r.chain, "s", folder, &r.why));
    cr_assert_not(weir_chain_load(r.chain, "s", "/nowhere", &r.why));
    rig_end(&r);
}

// A file that says by how much the plugin is to be louder.
static void
write_number(const char *name, const char *text, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

// Whether keeping writes the file that is there, or leaves it as it is.
static bool
keeping_writes(struct rig *r)
{
    char path[128], text[16];
    write_number("state.ttl", "untouched", path);
    cr_assert(weir_chain_keep(r->chain, "g", folder, &r->why), "%s",
              r->why.text);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    cr_assert_not_null(fgets(text, sizeof text, file));
    fclose(file);
    return strcmp(text, "untouched") != 0;
}

Test(state, only_what_has_changed_is_kept_again, .init = make_folder,
     .fini = remove_folder)
{
    static struct rig r;
    char path[128];
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    cr_assert(keeping_writes(&r));
    rig_block(&r, 64);
    cr_assert_not(keeping_writes(&r));
    cr_assert(weir_chain_set(r.chain, "g", "gain", 2.5f, &r.why));
    rig_block(&r, 64);
    cr_assert(keeping_writes(&r));
    cr_assert_not(keeping_writes(&r));
    snprintf(path, sizeof path, "%s/state.ttl", folder);
    cr_assert_eq(unlink(path), 0);
    cr_assert(weir_chain_keep(r.chain, "g", folder, &r.why), "%s", r.why.text);
    cr_assert(weir_chain_load(r.chain, "g", folder, &r.why), "%s", r.why.text);
    rig_end(&r);
}

static void
set_path(struct rig *r, const char *path)
{
    struct {
        LV2_Atom atom;
        char text[128];
    } value = {.atom = {(uint32_t)strlen(path) + 1, r->world->known.atom_path}};
    strcpy(value.text, path);
    cr_assert(
        weir_chain_set_property(r->chain, "p", FILE_URI, &value.atom, &r->why),
        "%s", r->why.text);
}

// The worker is a thread of its own: blocks go by until it has answered.
static void
await_answer(struct rig *r, float n_answers)
{
    for (int i = 0; i < 10000; i++) {
        rig_block(r, 64);
        if (rig_shown(r, "p", "answers") >= n_answers)
            break;
        usleep(1000);
    }
    cr_assert_eq(rig_shown(r, "p", "answers"), n_answers);
    rig_block(r, 64);
}

struct heard {
    char path[128];
    int n;
};

static void
hear(void *owner, const struct weir_slot *slot, const char *property,
     const LV2_Atom *value)
{
    struct heard *h = owner;
    cr_assert_str_eq(slot->id, "p");
    cr_assert_str_eq(property, FILE_URI);
    snprintf(h->path, sizeof h->path, "%s", (const char *)(value + 1));
    h->n++;
}

Test(state, a_property_is_set_worked_on_and_told, .init = make_folder,
     .fini = remove_folder)
{
    static struct rig r;
    struct heard heard = {"", 0};
    char path[128];
    write_number("loud", "2.5", path);
    rig_begin(&r, 1, 0);
    rig_add(&r, "p", "patch");
    weir_chain_listen(r.chain, hear, &heard);
    set_path(&r, path);
    await_answer(&r, 1.0f);
    cr_assert(r.sound[0][1] == 2.5f * rig_in(&r, 0, 64, 1));
    cr_assert(weir_chain_get_properties(r.chain, "p", &r.why));
    rig_block(&r, 64);
    weir_chain_service(r.chain);
    cr_assert_eq(heard.n, 1);
    cr_assert_str_eq(heard.path, path);
    rig_end(&r);
}

Test(state, a_file_comes_back_from_a_folder, .init = make_folder,
     .fini = remove_folder)
{
    static struct rig r;
    char path[128], saved[128];
    write_number("loud", "0.5", path);
    snprintf(saved, sizeof saved, "%s/saved", folder);
    rig_begin(&r, 1, 0);
    rig_add(&r, "p", "patch");
    set_path(&r, path);
    await_answer(&r, 1.0f);
    cr_assert(weir_chain_save(r.chain, "p", saved, &r.why), "%s", r.why.text);
    rig_end(&r);
    rig_begin(&r, 1, 0);
    rig_add(&r, "p", "patch");
    cr_assert(weir_chain_load(r.chain, "p", saved, &r.why), "%s", r.why.text);
    await_answer(&r, 1.0f);
    rig_run(&r, 512);
    rig_block(&r, 64);
    cr_assert(r.sound[0][1] == 0.5f * rig_in(&r, 0, 64, 1));
    rig_end(&r);
}

// A plugin that takes up a state only before it runs, and has taken one.
static void
begin_hidden(struct rig *r, float number)
{
    rig_scratch = folder;
    rig_begin(r, 1, 0);
    rig_scratch = NULL;
    rig_add(r, "h", "hidden");
    cr_assert(weir_chain_set(r->chain, "h", "number", number, &r->why));
    cr_assert(weir_chain_set(r->chain, "h", "take", 1.0f, &r->why));
    rig_run(r, 512);
    cr_assert_eq(rig_shown(r, "h", "kept"), number);
}

static void
load_hidden(struct rig *r, const char *from)
{
    cr_assert(weir_chain_load(r->chain, "h", from, &r->why), "%s", r->why.text);
    rig_run(r, 1024);
}

Test(state, what_a_plugin_remembers_already_disturbs_it_not,
     .init = make_folder, .fini = remove_folder)
{
    static struct rig r;
    char saved[128];
    snprintf(saved, sizeof saved, "%s/saved", folder);
    // More digits than a file has.
    begin_hidden(&r, 0.012345678f);
    cr_assert(weir_chain_save(r.chain, "h", saved, &r.why), "%s", r.why.text);
    const float age = rig_shown(&r, "h", "age");
    load_hidden(&r, saved);
    cr_assert_eq(rig_shown(&r, "h", "age"), age + 1024.0f);
    cr_assert_eq(rig_shown(&r, "h", "number"), 0.012345678f);
    // Others that remember something else are not these.
    cr_assert(weir_chain_set(r.chain, "h", "number", 7.0f, &r.why));
    cr_assert(weir_chain_set(r.chain, "h", "take", 1.0f, &r.why));
    rig_run(&r, 512);
    load_hidden(&r, saved);
    cr_assert_float_eq(rig_shown(&r, "h", "kept"), 0.012345678f, 1e-8f);
    cr_assert_lt(rig_shown(&r, "h", "age"), age);
    rig_end(&r);
}

Test(state, a_file_that_is_loaded_already_is_not_read_again,
     .init = make_folder, .fini = remove_folder)
{
    static struct rig r;
    char path[128], saved[128];
    write_number("loud", "0.5", path);
    snprintf(saved, sizeof saved, "%s/saved", folder);
    rig_scratch = folder;
    rig_begin(&r, 1, 0);
    rig_scratch = NULL;
    rig_add(&r, "p", "patch");
    set_path(&r, path);
    await_answer(&r, 1.0f);
    weir_chain_service(r.chain); // the path is what it remembers now
    cr_assert(weir_chain_save(r.chain, "p", saved, &r.why), "%s", r.why.text);
    cr_assert(weir_chain_load(r.chain, "p", saved, &r.why), "%s", r.why.text);
    rig_run(&r, 512);
    cr_assert_eq(rig_shown(&r, "p", "answers"), 1.0f);
    set_path(&r, path);
    await_answer(&r, 2.0f);
    // Just told something else, it is given the state.
    cr_assert(weir_chain_load(r.chain, "p", saved, &r.why), "%s", r.why.text);
    await_answer(&r, 3.0f);
    rig_end(&r);
}

Test(state, properties_that_are_not_there_are_refused)
{
    static struct rig r;
    const LV2_Atom none = {0, 0};
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    cr_assert_not(
        weir_chain_set_property(r.chain, "g", FILE_URI, &none, &r.why));
    cr_assert_not(weir_chain_get_properties(r.chain, "g", &r.why));
    rig_end(&r);
}
