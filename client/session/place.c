// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where session files may be.
#include "session/place.h"

#include "oscctl/values.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 200 }; // with a temporary file's suffix it is a name yet

// ------------------------------------------------------------------ folders

static void
add_folder(struct weir_places *places, const char *folder)
{
    char *to = places->folders[places->n_folders];
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    if (places->n_folders == WEIR_PLACES_FOLDERS ||
        n >= WEIR_SESSION_PATH_BYTES)
        return;
    memcpy(to, folder, n);
    to[n] = '\0';
    places->n_folders++;
}

// As it is called, and as it is: paths come as either.
static void
add_both(struct weir_places *places, const char *folder)
{
    char real[PATH_MAX];
    add_folder(places, folder);
    if (realpath(folder, real) && strcmp(real, folder) != 0)
        add_folder(places, real);
}

// An absolute path; false: it is too long.
static bool
make_absolute(const char *path, char out[WEIR_SESSION_PATH_BYTES])
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here))
        return false;
    const int n = snprintf(out, WEIR_SESSION_PATH_BYTES, "%s%s%s", here,
                           here[0] ? "/" : "", path);
    return n < WEIR_SESSION_PATH_BYTES;
}

static bool
from_environment(char out[WEIR_SESSION_PATH_BYTES])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n = 0;
    // As the XDG specification has it: what is not absolute is not set.
    if (state && state[0] == '/')
        n = snprintf(out, WEIR_SESSION_PATH_BYTES, "%s/weir", state);
    else if (home && home[0] == '/')
        n = snprintf(out, WEIR_SESSION_PATH_BYTES, "%s/.local/state/weir",
                     home);
    return n > 0 && n < WEIR_SESSION_PATH_BYTES;
}

bool
weir_places_init(struct weir_places *places, const char *wanted)
{
    char folder[WEIR_SESSION_PATH_BYTES];
    *places = (struct weir_places){0};
    if (wanted ? !make_absolute(wanted, folder) : !from_environment(folder))
        return false;
    add_both(places, folder);
    return places->n_folders > 0;
}

void
weir_places_make(const struct weir_places *places)
{
    char path[WEIR_SESSION_PATH_BYTES];
    if (places->n_folders == 0)
        return;
    strcpy(path, places->folders[0]);
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

void
weir_places_allow(struct weir_places *places, const char *path)
{
    char folder[WEIR_SESSION_PATH_BYTES];
    if (!make_absolute(path, folder))
        return;
    *strrchr(folder, '/') = '\0';
    add_both(places, folder[0] ? folder : "/");
}

// -------------------------------------------------------------------- files

static bool
is_text(const char *name)
{
    unsigned code;
    size_t n;
    for (; *name; name += n) {
        n = weir_utf8_next(name, &code);
        if (n == 0 || weir_utf8_is_control(code))
            return false;
    }
    return true;
}

// Each part is a name; none leads up.
static enum weir_fault_code
check_parts(const char *file, struct weir_fault *fault)
{
    while (true) {
        const size_t n = strcspn(file, "/");
        if (n == 2 && strncmp(file, "..", 2) == 0)
            return weir_fault(fault, WEIR_FAULT_PERMISSION,
                              "a session's name does not lead up by \"..\"");
        if (n == 0 || (n == 1 && *file == '.') || n > NAME_BYTES)
            return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                              "a session's name has parts of 1 to %d bytes",
                              NAME_BYTES);
        if (file[n] == '\0')
            return WEIR_FAULT_NONE;
        file += n + 1;
    }
}

// What is left of `path` behind one of the folders, or null.
static const char *
behind_folder(const struct weir_places *places, const char *path,
              const char **folder)
{
    for (int i = 0; i < places->n_folders; i++) {
        const size_t n = strlen(places->folders[i]);
        *folder = places->folders[i];
        if (strncmp(path, *folder, n) == 0 && path[n] == '/')
            return path + n + 1;
        if (n == 1 && path[0] == '/' && !strchr(path + 1, '/'))
            return path + 1; // of the folder /
    }
    return NULL;
}

enum weir_fault_code
weir_places_find(const struct weir_places *places, const char *name,
                 struct weir_place *out, struct weir_fault *fault)
{
    const char *folder = places->folders[0];
    const char *file = name;
    if (!*name || strlen(name) >= WEIR_SESSION_PATH_BYTES || !is_text(name))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a session's name is UTF-8 text of 1 to %d bytes",
                          WEIR_SESSION_PATH_BYTES - 1);
    if (places->n_folders == 0)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "there is no session dir (set $HOME, or choose one "
                          "with --session-dir)");
    if (name[0] == '/')
        file = behind_folder(places, name, &folder);
    if (!file)
        return weir_fault(fault, WEIR_FAULT_PERMISSION,
                          "sessions are kept in %.120s (give a name without a "
                          "folder)",
                          places->folders[0]);
    if (check_parts(file, fault))
        return fault->code;
    if (strlen(folder) + strlen(file) + 2 > WEIR_SESSION_PATH_BYTES)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS, "the path is too long");
    strcpy(out->folder, folder);
    strcpy(out->file, file);
    return WEIR_FAULT_NONE;
}

bool
weir_places_given(const struct weir_places *places, const char *name,
                  char path[WEIR_SESSION_PATH_BYTES])
{
    if (strchr(name, '/') || access(name, F_OK) == 0 || places->n_folders == 0)
        return make_absolute(name, path);
    return snprintf(path, WEIR_SESSION_PATH_BYTES, "%s/%s", places->folders[0],
                    name) < WEIR_SESSION_PATH_BYTES;
}
