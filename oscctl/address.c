// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Addresses of the network.
#include "oscctl/address.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool
parse_number(const char *text, struct sockaddr_storage *out, socklen_t *n_out)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST};
    struct addrinfo *info;
    if (getaddrinfo(text, NULL, &hints, &info) != 0)
        return false;
    memcpy(out, info->ai_addr, info->ai_addrlen);
    *n_out = info->ai_addrlen;
    freeaddrinfo(info);
    return true;
}

static bool
is_of(const struct ifaddrs *entry, const char *interface, int family)
{
    return entry->ifa_addr && entry->ifa_addr->sa_family == family &&
           strcmp(entry->ifa_name, interface) == 0;
}

static bool
find_interface(const struct ifaddrs *list, const char *interface, int family,
               struct sockaddr_storage *out, socklen_t *n_out)
{
    while (list && !is_of(list, interface, family))
        list = list->ifa_next;
    if (!list)
        return false;
    *n_out = family == AF_INET ? sizeof(struct sockaddr_in)
                               : sizeof(struct sockaddr_in6);
    memcpy(out, list->ifa_addr, *n_out);
    return true;
}

static bool
parse_interface(const char *text, struct sockaddr_storage *out,
                socklen_t *n_out)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return false;
    const bool found = find_interface(list, text, AF_INET, out, n_out) ||
                       find_interface(list, text, AF_INET6, out, n_out);
    freeifaddrs(list);
    return found;
}

bool
weir_address_parse(const char *text, struct sockaddr_storage *out,
                   socklen_t *n_out)
{
    memset(out, 0, sizeof *out);
    return parse_number(text, out, n_out) || parse_interface(text, out, n_out);
}

void
weir_address_set_port(struct sockaddr_storage *address, int port)
{
    const in_port_t wire = htons((uint16_t)port);
    if (address->ss_family == AF_INET)
        ((struct sockaddr_in *)address)->sin_port = wire;
    else if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = wire;
}

int
weir_address_port(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)address)->sin_port);
    if (address->ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    return 0;
}

void
weir_address_print(const struct sockaddr_storage *address, socklen_t n_address,
                   char out[WEIR_ADDRESS_TEXT])
{
    char host[WEIR_ADDRESS_TEXT - 16] = "?";
    const bool is_v6 = address->ss_family == AF_INET6;
    getnameinfo((const struct sockaddr *)address, n_address, host, sizeof host,
                NULL, 0, NI_NUMERICHOST);
    snprintf(out, WEIR_ADDRESS_TEXT, "%s%s%s:%d", is_v6 ? "[" : "", host,
             is_v6 ? "]" : "", weir_address_port(address));
}

bool
weir_address_is_any(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
    return address->ss_family == AF_INET && v4->sin_addr.s_addr == INADDR_ANY;
}

static bool
is_local_v6(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) ||
           (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

bool
weir_address_is_local(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    switch (address->ss_family) {
    case AF_UNIX:
        return true;
    case AF_INET:
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return is_local_v6(&v6->sin6_addr);
    default:
        return false;
    }
}
