// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a server listens where JACK servers do.
#include "jack/knock.h"

#include "jack/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool
somebody_listens(const struct sockaddr_un *address)
{
    const int fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true; // libjack finds out
    const bool yes =
        connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    close(fd);
    return yes;
}

// As jack2 names it.
static bool
name_jackd(const char *server, struct sockaddr_un *at)
{
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    const int n = snprintf(at->sun_path, sizeof at->sun_path,
                           "/dev/shm/jack_%s_%u_0", server, geteuid());
    return n > 0 && (size_t)n < sizeof at->sun_path;
}

static bool
is_jackd_there(const char *server)
{
    struct sockaddr_un at;
    return name_jackd(server, &at) && somebody_listens(&at);
}

bool
weir_knock_who(const char *server, char *text, size_t n_bytes)
{
    struct sockaddr_un at;
    struct stat s;
    if (weir_jack_is_pipewire() || !name_jackd(server, &at) ||
        stat(at.sun_path, &s))
        return false;
    const int n = snprintf(text, n_bytes, "%s %llu %lld.%09ld\n", server,
                           (unsigned long long)s.st_ino,
                           (long long)s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
    return n > 0 && (size_t)n < n_bytes;
}

static const char *
from_env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool
is_pipewire_there(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *dir = from_env("PIPEWIRE_RUNTIME_DIR");
    const char *remote = from_env("PIPEWIRE_REMOTE");
    if (!dir)
        dir = from_env("XDG_RUNTIME_DIR");
    if (!dir)
        return false;
    const int n = snprintf(at.sun_path, sizeof at.sun_path, "%s/%s", dir,
                           remote ? remote : "pipewire-0");
    return n > 0 && (size_t)n < sizeof at.sun_path && somebody_listens(&at);
}

bool
weir_knock(const char *server)
{
    return weir_jack_is_pipewire() ? is_pipewire_there()
                                   : is_jackd_there(server);
}
