// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir-stream: a name server that never answers.
#include <netdb.h>
#include <unistd.h>

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
            struct addrinfo **out)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)out;
    for (;;)
        pause();
}
