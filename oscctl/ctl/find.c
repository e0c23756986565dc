// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Looking for living instances in the run dir.
#include "oscctl/ctl/find.h"

#include "attach/paths.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAMES_BYTES = 1024 };

// Whether NAME/lock is held by somebody.
static bool
is_alive(const char *run_dir, const char *name)
{
    char path[PATH_BYTES];
    if (!weir_paths_file(run_dir, name, "lock", path, sizeof path))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    // Only asks: a lock of our own, however short, could be in the way of an
    // instance that is just starting.
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    const bool held =
        fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

// The living instances, of which `names` lists as many as fit.
struct census {
    int n_alive;
    char first[WEIR_NAME_MAX + 1];
    char names[NAMES_BYTES];
};

static void
count_alive(struct census *census, const char *name)
{
    const size_t length = strlen(census->names);
    if (census->n_alive++ == 0)
        strcpy(census->first, name); // weir_paths_name_ok(): it fits
    snprintf(census->names + length, sizeof census->names - length, "%s%s",
             length > 0 ? ", " : "", name);
}

static int
not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void
take_census(const char *run_dir, struct census *out)
{
    struct dirent **entries = NULL;
    *out = (struct census){0};
    const int n = scandir(run_dir, &entries, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (weir_paths_name_ok(name) && is_alive(run_dir, name))
            count_alive(out, name);
        free(entries[i]);
    }
    free(entries);
}

// NAME/osc holds the URL in one line.
static bool
read_url(const char *run_dir, const char *name, char url[CTL_URL_BYTES])
{
    char path[PATH_BYTES];
    if (!weir_paths_file(run_dir, name, "osc", path, sizeof path))
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    const bool ok = fgets(url, CTL_URL_BYTES, file) != NULL;
    fclose(file);
    if (ok)
        url[strcspn(url, "\r\n")] = '\0';
    return ok && url[0] != '\0';
}

static bool
socket_url(const char *run_dir, const char *name, char url[CTL_URL_BYTES])
{
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    if (!weir_paths_file(run_dir, name, "osc.sock", path, sizeof path))
        return false;
    snprintf(url, CTL_URL_BYTES, "osc.unix://%s", path);
    return access(path, F_OK) == 0;
}

static bool
locate(const char *run_dir, const char *name, struct ctl_found *found)
{
    char url[CTL_URL_BYTES];
    if (!read_url(run_dir, name, url) && !socket_url(run_dir, name, url))
        return false;
    memcpy(found->url, url, sizeof url);
    if (name != found->name) // weir_paths_name_ok(): it fits
        strcpy(found->name, name);
    return true;
}

static int
take_found(const char *run_dir, const char *name, struct ctl_found *found)
{
    if (locate(run_dir, name, found))
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR,
             "weir '%s' runs but takes no OSC: neither osc nor osc.sock is "
             "in %s/%s",
             name, run_dir, name);
    return WEIR_EXIT_NOBODY;
}

static int
say_nobody(const char *run_dir)
{
    weir_log(WEIR_LOG_ERROR,
             "no weir is running in %s (start one: weir --dummy, or name its "
             "address: -t osc.udp://HOST:PORT/)",
             run_dir);
    return WEIR_EXIT_NOBODY;
}

static int
find_named(const char *run_dir, const char *name, struct ctl_found *found)
{
    struct census census;
    if (!weir_paths_name_ok(name)) {
        weir_log(WEIR_LOG_ERROR,
                 "-n %s: not a name (1 to 63 of A-Z a-z 0-9 _ . -)", name);
        return WEIR_EXIT_USAGE;
    }
    if (is_alive(run_dir, name))
        return take_found(run_dir, name, found);
    take_census(run_dir, &census);
    if (census.n_alive == 0)
        return say_nobody(run_dir);
    weir_log(WEIR_LOG_ERROR, "no weir called '%s' is running in %s (there: %s)",
             name, run_dir, census.names);
    return WEIR_EXIT_NOBODY;
}

static int
find_only(const char *run_dir, struct ctl_found *found)
{
    struct census census;
    take_census(run_dir, &census);
    if (census.n_alive == 0)
        return say_nobody(run_dir);
    if (census.n_alive == 1)
        return take_found(run_dir, census.first, found);
    weir_log(WEIR_LOG_ERROR,
             "several weirs are running: %s (choose one with -n NAME)",
             census.names);
    return WEIR_EXIT_USAGE;
}

int
ctl_find(const struct ctl_wanted *wanted, struct ctl_found *found)
{
    char run_dir[PATH_BYTES];
    *found = (struct ctl_found){0};
    if (wanted->url) {
        snprintf(found->url, sizeof found->url, "%s", wanted->url);
        return WEIR_EXIT_OK;
    }
    if (!weir_paths_run_dir(wanted->run_dir, run_dir, sizeof run_dir)) {
        weir_log(WEIR_LOG_ERROR, "the run dir's path is too long");
        return WEIR_EXIT_USAGE;
    }
    return wanted->name ? find_named(run_dir, wanted->name, found)
                        : find_only(run_dir, found);
}

bool
ctl_find_again(const struct ctl_wanted *wanted, struct ctl_found *found)
{
    char run_dir[PATH_BYTES];
    if (found->name[0] == '\0')
        return true; // who can tell?
    return weir_paths_run_dir(wanted->run_dir, run_dir, sizeof run_dir) &&
           is_alive(run_dir, found->name) &&
           locate(run_dir, found->name, found);
}

void
ctl_find_print(const struct ctl_wanted *wanted, const char *prefix)
{
    char run_dir[PATH_BYTES];
    struct dirent **entries = NULL;
    if (!weir_paths_run_dir(wanted->run_dir, run_dir, sizeof run_dir))
        return;
    const int n = scandir(run_dir, &entries, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (strncmp(name, prefix, strlen(prefix)) == 0 &&
            weir_paths_name_ok(name) && is_alive(run_dir, name))
            puts(name);
        free(entries[i]);
    }
    free(entries);
}
