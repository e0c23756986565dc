// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where the states of a rack's slots are on the disk, how they come to a new
// rack when the period or the rate is another, and to the next instance when
// this one dies: FOLDER/KIND.ID/SLOT is what the rack keeps (plugin/rack.h),
// carried.SLOT waits for a new one, last.SLOT is a dead instance's.
#include "desk/slots_private.h"

#include "common/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
weir_desk_rack_folder(const struct weir_desk_object *o,
                      char path[WEIR_SLOT_PATH_BYTES])
{
    const char *folder = o->desk->config.plugins.folder;
    if (!folder)
        return NULL;
    const int n = snprintf(path, WEIR_SLOT_PATH_BYTES, "%s/%s.%s", folder,
                           o->is_bus ? "bus" : "strip", o->id);
    if (n < 0 || n >= WEIR_SLOT_PATH_BYTES ||
        (mkdir(path, 0700) && errno != EEXIST))
        return NULL;
    return path;
}

static const char *
path_of(const struct weir_desk_slot *slot, const char *kind,
        char path[WEIR_SLOT_PATH_BYTES])
{
    if (!weir_desk_rack_folder(slot->object, path))
        return NULL;
    const size_t n = strlen(path);
    const int more =
        snprintf(path + n, WEIR_SLOT_PATH_BYTES - n, "/%s.%s", kind, slot->id);
    return more > 0 && (size_t)more < WEIR_SLOT_PATH_BYTES - n ? path : NULL;
}

// Where a slot's state waits while the rack is another.
static const char *
carry_path(const struct weir_desk_slot *slot, char path[WEIR_SLOT_PATH_BYTES])
{
    return path_of(slot, "carried", path);
}

void
weir_desk_ask_carried_state(struct weir_desk_slot *slot)
{
    char path[WEIR_SLOT_PATH_BYTES];
    struct weir_why why;
    if (slot->carries && carry_path(slot, path))
        (void)weir_rack_load(slot->object->plugins.rack, slot->id, path, &why);
}

static void
carry(struct weir_desk_slot *slot)
{
    char path[WEIR_SLOT_PATH_BYTES];
    struct weir_why why = {"memory is short"};
    struct weir_desk_rack *r = &slot->object->plugins;
    if (!slot->is_there || !carry_path(slot, path))
        return;
    struct weir_desk_errand *e =
        weir_desk_new_errand(slot, WEIR_ERRAND_CARRY, (struct weir_ticket){0});
    if (!e)
        return;
    r->n_carried++;
    weir_desk_errand_sent(e, weir_rack_save(r->rack, slot->id, path, &why),
                          &why);
}

static void
move_rack(struct weir_desk_object *o, const void *with)
{
    struct weir_desk_rack *r = &o->plugins;
    (void)with;
    if (r->phase != WEIR_RACK_IN_MIX || r->is_to_move)
        return; // the next one will be right
    r->is_to_move = true;
    for (uint32_t i = 0; i < r->n_slots; i++)
        carry(r->slots[i]);
}

void
weir_desk_move_racks(struct weir_desk *desk, uint32_t block, uint32_t rate_hz)
{
    struct weir_desk_plugins_config *c = &desk->config.plugins;
    if (block == c->block && rate_hz == desk->plugins_rate_hz)
        return;
    c->block = block;
    desk->plugins_rate_hz = rate_hz;
    desk->n_busy++;
    weir_desk_each_object(desk, move_rack, NULL);
    desk->n_busy--;
    weir_desk_hear_racks(desk);
}

// ------------------------------------------------------- a dead instance's

static bool
has_state(int folder, const char *slot)
{
    char path[300];
    snprintf(path, sizeof path, "%s/state.ttl", slot);
    return faccessat(folder, path, R_OK, 0) == 0;
}

// What it kept of a slot is its last state, unless it had not come to that:
// then what was so before stays.
static void
age_slot(const char *folder, int fd, const char *slot)
{
    char path[WEIR_SLOT_PATH_BYTES + 300];
    char last[300];
    snprintf(path, sizeof path, "%s/%s", folder, slot);
    if (!has_state(fd, slot)) {
        weir_folder_remove(path);
        return;
    }
    snprintf(last, sizeof last, "last.%s", slot);
    snprintf(path, sizeof path, "%s/%s", folder, last);
    weir_folder_remove(path);
    (void)renameat(fd, slot, fd, last);
}

static void
age_rack(const char *folder)
{
    DIR *dir = opendir(folder);
    char path[WEIR_SLOT_PATH_BYTES + 300];
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        if (weir_id_ok(e->d_name)) {
            age_slot(folder, dirfd(dir), e->d_name);
        } else if (e->d_name[0] != '.' && strncmp(e->d_name, "last.", 5) != 0) {
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            weir_folder_remove(path);
        }
    }
    if (dir)
        closedir(dir);
}

void
weir_desk_age_states(const char *folder)
{
    DIR *dir = opendir(folder);
    char path[WEIR_SLOT_PATH_BYTES];
    for (const struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.' && snprintf(path, sizeof path, "%s/%s", folder,
                                            e->d_name) < (int)sizeof path)
            age_rack(path);
    if (dir)
        closedir(dir);
}

void
weir_desk_restore_states(struct weir_desk *desk, bool restores)
{
    desk->restores_states = restores;
}

void
weir_desk_ask_last_state(struct weir_desk_slot *slot)
{
    char path[WEIR_SLOT_PATH_BYTES];
    char file[WEIR_SLOT_PATH_BYTES + 16];
    struct weir_why why = {"memory is short"};
    if (!path_of(slot, "last", path))
        return;
    snprintf(file, sizeof file, "%s/state.ttl", path);
    if (!slot->object->desk->restores_states) {
        (void)unlink(file); // another one's, of the same name
        return;
    }
    struct weir_desk_errand *e =
        access(file, R_OK) == 0 ? weir_desk_new_errand(slot, WEIR_ERRAND_LOAD,
                                                       (struct weir_ticket){0})
                                : NULL;
    if (e)
        weir_desk_errand_sent(
            e, weir_rack_load(slot->object->plugins.rack, slot->id, path, &why),
            &why);
}
