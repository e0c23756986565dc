// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Tokens.
#include "oscctl/tokens.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

static bool
is_waiting(const struct weir_token *t, uint64_t now_ns)
{
    return t->token[0] && now_ns < t->until_ns;
}

static bool
is_same_host(const struct weir_peer *a, const struct weir_peer *b)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->address;
    if (a->carrier != b->carrier || a->owner != b->owner || a->fd != b->fd ||
        a->address.ss_family != b->address.ss_family)
        return false;
    if (a->address.ss_family == AF_INET)
        return v4->sin_addr.s_addr ==
               ((const struct sockaddr_in *)&b->address)->sin_addr.s_addr;
    return a->address.ss_family == AF_INET6 &&
           memcmp(&v6->sin6_addr,
                  &((const struct sockaddr_in6 *)&b->address)->sin6_addr,
                  sizeof v6->sin6_addr) == 0;
}

static bool
draw(char *token, size_t n_chars)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[WEIR_TOKEN_CHARS];
    if (getrandom(bytes, n_chars, 0) != (ssize_t)n_chars)
        return false;
    for (size_t i = 0; i < n_chars; i++)
        token[i] = digits[bytes[i] % 64];
    token[n_chars] = '\0';
    return true;
}

static struct weir_token *
find(struct weir_tokens *tokens, const struct weir_subscribe *ask,
     uint64_t now_ns)
{
    for (int i = 0; i < WEIR_TOKENS_KEPT; i++) {
        struct weir_token *t = &tokens->kept[i];
        if (is_waiting(t, now_ns) && weir_peer_is_same(&t->ask.to, &ask->to) &&
            strcmp(t->ask.pattern, ask->pattern) == 0)
            return t;
    }
    return NULL;
}

// A free place has run out before all others.
static struct weir_token *
oldest(struct weir_tokens *tokens)
{
    struct weir_token *best = &tokens->kept[0];
    for (int i = 1; i < WEIR_TOKENS_KEPT; i++)
        if (tokens->kept[i].until_ns < best->until_ns)
            best = &tokens->kept[i];
    return best;
}

const char *
weir_tokens_give(struct weir_tokens *tokens, const struct weir_subscribe *ask,
                 size_t n_chars, uint64_t now_ns)
{
    struct weir_token *t = find(tokens, ask, now_ns);
    if (n_chars < WEIR_TOKEN_CHARS_MIN)
        return NULL;
    if (n_chars > WEIR_TOKEN_CHARS)
        n_chars = WEIR_TOKEN_CHARS;
    if (!t || strlen(t->token) > n_chars) {
        t = t ? t : oldest(tokens);
        *t = (struct weir_token){.n_wrong = 0};
        if (!draw(t->token, n_chars))
            return NULL;
    }
    t->ask = *ask;
    t->until_ns = now_ns + WEIR_TOKEN_S * UINT64_C(1000000000);
    return t->token;
}

static void
count_wrong(struct weir_tokens *tokens, const struct weir_peer *peer)
{
    for (int i = 0; i < WEIR_TOKENS_KEPT; i++) {
        struct weir_token *t = &tokens->kept[i];
        if (t->token[0] && is_same_host(&t->ask.to, peer) &&
            ++t->n_wrong >= WEIR_TOKEN_GUESSES)
            *t = (struct weir_token){.n_wrong = 0};
    }
}

const struct weir_subscribe *
weir_tokens_take(struct weir_tokens *tokens, const struct weir_peer *peer,
                 const char *token, uint64_t now_ns)
{
    for (int i = 0; i < WEIR_TOKENS_KEPT; i++) {
        struct weir_token *t = &tokens->kept[i];
        if (!is_waiting(t, now_ns) || !is_same_host(&t->ask.to, peer) ||
            strcmp(t->token, token) != 0)
            continue;
        t->token[0] = '\0';
        t->until_ns = 0;
        return &t->ask;
    }
    count_wrong(tokens, peer);
    return NULL;
}
