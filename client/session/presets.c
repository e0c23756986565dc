// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Presets of the users' own: states in SESSIONDIR/presets/NUMBER/NAME, as a
// URI is no name for a folder.
#include "session/session_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// Users' names of presets are those of files.
static bool
is_file_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') &&
           strlen(name) <= 64 && weir_name_ok(name);
}

static uint64_t
number_of(const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

// Those between the first `n_dir` bytes of `path` and its last slash; where
// one cannot be had, saving says so.
static void
make_folders_above(char *path, size_t n_dir)
{
    for (char *slash = strchr(path + n_dir + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

// SESSIONDIR/presets/NUMBER/NAME: a URI is no name for a folder.
enum weir_fault_code
weir_session_find_preset(struct weir_sessions *base, const char *uri,
                         const char *name, char path[WEIR_SESSION_PATH_BYTES],
                         struct weir_fault *fault)
{
    const struct weir_session *s = (const struct weir_session *)base;
    const char *dir = s->places.n_folders > 0 ? s->places.folders[0] : "";
    if (!is_file_name(name))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a preset's name is up to 64 bytes of text without "
                          "slashes, and begins with no dot");
    if (!dir[0])
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "there is no session dir (--session-dir)");
    const int n_path =
        snprintf(path, WEIR_SESSION_PATH_BYTES, "%s/presets/%016" PRIx64 "/%s",
                 dir, number_of(uri), name);
    if (n_path < 0 || n_path >= WEIR_SESSION_PATH_BYTES)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "the session dir's path is too long for presets");
    weir_places_make(&s->places);
    make_folders_above(path, strlen(dir));
    return WEIR_FAULT_NONE;
}
