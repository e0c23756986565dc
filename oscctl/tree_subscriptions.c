// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The commands /subscribe, /subscribe_token and /unsubscribe.
#include "oscctl/tree_private.h"

#include "oscctl/modest.h"
#include "oscctl/subscriptions.h"

#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { RATE, PORT, LEASE, N_NUMBERS };

static const struct number {
    const char *what;
    uint32_t least, most, unless_given;
} numbers[N_NUMBERS] = {
    [RATE] = {"the rate in Hz", 1, WEIR_SUBSCRIBE_RATE_MAX_HZ,
              WEIR_SUBSCRIBE_RATE_HZ},
    [PORT] = {"the port", 0, 65535, 0},
    [LEASE] = {"the lease in seconds", WEIR_SUBSCRIBE_LEASE_MIN_S,
               WEIR_SUBSCRIBE_LEASE_MAX_S, WEIR_SUBSCRIBE_LEASE_S},
};

// -------------------------------------------------------------------- where

static bool
has_ports(const struct weir_peer *peer)
{
    return !peer->carrier->is_stream && (peer->address.ss_family == AF_INET ||
                                         peer->address.ss_family == AF_INET6);
}

static in_port_t *
port_of(struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET
               ? &((struct sockaddr_in *)address)->sin_port
               : &((struct sockaddr_in6 *)address)->sin6_port;
}

// The sender itself, or another port of its host.
static struct weir_peer
destination(const struct weir_peer *from, uint32_t port)
{
    struct weir_peer to = *from;
    if (port > 0)
        *port_of(&to.address) = htons((uint16_t)port);
    return to;
}

// A weir that hears its own changes would carry them out.
static bool
is_own_port(const struct weir_peer *peer, uint32_t port)
{
    struct sockaddr_storage own;
    socklen_t n = sizeof own;
    return getsockname(peer->fd, (struct sockaddr *)&own, &n) == 0 &&
           own.ss_family == peer->address.ss_family &&
           *port_of(&own) == htons((uint16_t)port);
}

static enum weir_fault_code
check_port(struct weir_call *c, uint32_t port)
{
    const struct weir_peer *peer = weir_transaction_peer(c->transaction);
    if (port == 0)
        return WEIR_FAULT_NONE;
    if (!has_ports(peer))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "another port is for UDP alone (use 0)");
    if (is_own_port(peer, port))
        return weir_fault(c->fault, WEIR_FAULT_PERMISSION,
                          "%u is weir's own port", port);
    return WEIR_FAULT_NONE;
}

// ---------------------------------------------------------------- arguments

static enum weir_fault_code
take_pattern(struct weir_call *c, const char **out)
{
    struct weir_pattern pattern = {0};
    const char *text = weir_call_string(c, 0);
    if (!text)
        return weir_call_wrong_arguments(c, "a pattern first");
    if (strlen(text) >= WEIR_PATTERN_BYTES)
        return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS,
                          "a pattern may have %d bytes",
                          WEIR_PATTERN_BYTES - 1);
    const enum weir_match_fault bad = weir_pattern_compile(text, &pattern);
    if (bad)
        return weir_fault(c->fault, WEIR_FAULT_ARGUMENTS, "%s",
                          weir_match_fault_text(bad));
    *out = text;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
take_number(struct weir_call *c, int which, uint32_t *out)
{
    const struct number *n = &numbers[which];
    double value = n->unless_given;
    if (1 + which < c->n_args && !weir_call_number(c, 1 + which, &value))
        return weir_call_wrong_arguments(
            c, "a pattern, and numbers: rate, port, lease");
    if (!(value >= n->least && value <= n->most && floor(value) == value))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "%s goes from %u to %u",
                          n->what, n->least, n->most);
    *out = (uint32_t)value;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
take_numbers(struct weir_call *c, uint32_t out[N_NUMBERS])
{
    if (c->n_args > 1 + N_NUMBERS)
        return weir_call_wrong_arguments(
            c, "a pattern, and numbers: rate, port, lease");
    for (int i = 0; i < N_NUMBERS; i++)
        if (take_number(c, i, &out[i]))
            return c->fault->code;
    return check_port(c, out[PORT]);
}

// ------------------------------------------------------------------- refusals

static enum weir_fault_code
refuse(struct weir_call *c)
{
    if (!weir_modest_fits(weir_transaction_peer(c->transaction),
                          c->found->address, weir_modest_message_bytes(c),
                          c->fault))
        weir_transaction_mute(c->transaction);
    return c->fault->code;
}

static void
settle_fault(struct weir_reply *r, struct weir_fault *fault)
{
    if (weir_modest_fits(weir_transaction_peer(r->transaction), r->address,
                         r->numbers[N_NUMBERS], fault))
        weir_reply_settle(r, fault);
    else
        weir_reply_silence(r);
}

// ----------------------------------------------------------------- commands

// A command that is done when the whole packet has been found good.
static struct weir_reply *
defer(struct weir_call *c, void (*act)(struct weir_reply *), const char *text)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return NULL;
    r->act = act;
    r->context[0] = c->tree->subscriptions;
    r->numbers[N_NUMBERS] = (uint32_t)weir_modest_message_bytes(c);
    snprintf(r->words[0], sizeof r->words[0], "%s", text);
    return r;
}

static struct weir_subscribe
what_is_asked(const struct weir_reply *r)
{
    const struct weir_peer *from = weir_transaction_peer(r->transaction);
    struct weir_subscribe ask = {
        .from = *from,
        .to = destination(from, r->numbers[PORT]),
        .rate_hz = r->numbers[RATE],
        .lease_s = r->numbers[LEASE],
    };
    snprintf(ask.pattern, sizeof ask.pattern, "%s", r->words[0]);
    return ask;
}

// Who has no address cannot be answered.
static bool
has_address(const struct weir_peer *peer)
{
    return peer->carrier->is_stream || peer->n_address > sizeof(sa_family_t);
}

// "/token ,s T" must not be longer than what asks for it.
static enum weir_fault_code
begin(const struct weir_reply *r, const struct weir_subscribe *ask,
      struct weir_fault *fault)
{
    const size_t n_least =
        weir_modest_padded("/token") + weir_modest_padded(",s");
    const size_t n_message = r->numbers[N_NUMBERS];
    if (!has_address(&ask->to))
        return WEIR_FAULT_NONE;
    if (weir_peer_is_proven(&ask->to))
        return weir_subscriptions_add(r->context[0], ask, fault);
    return weir_subscriptions_ask_token(r->context[0], ask,
                                        n_message / 4 * 4 - n_least - 1, fault);
}

// Answered by the snapshot alone.
static void
act_subscribe(struct weir_reply *r)
{
    struct weir_fault fault;
    const struct weir_subscribe ask = what_is_asked(r);
    if (begin(r, &ask, &fault))
        settle_fault(r, &fault);
    else
        weir_reply_silence(r);
}

static enum weir_fault_code
subscribe(struct weir_call *c)
{
    const char *pattern;
    uint32_t given[N_NUMBERS];
    if (take_pattern(c, &pattern) || take_numbers(c, given))
        return refuse(c);
    struct weir_reply *r = defer(c, act_subscribe, pattern);
    if (!r)
        return weir_call_too_much(c);
    memcpy(r->numbers, given, sizeof given);
    return WEIR_FAULT_NONE;
}

static void
act_take_token(struct weir_reply *r)
{
    struct weir_fault fault;
    if (weir_subscriptions_take_token(r->context[0],
                                      weir_transaction_peer(r->transaction),
                                      r->words[0], &fault))
        settle_fault(r, &fault);
    else
        weir_reply_silence(r);
}

static enum weir_fault_code
take_token(struct weir_call *c)
{
    const char *token = weir_call_string(c, 0);
    if (c->n_args != 1 || !token) {
        weir_call_wrong_arguments(c, "the token");
        return refuse(c);
    }
    return defer(c, act_take_token, token) ? WEIR_FAULT_NONE
                                           : weir_call_too_much(c);
}

static void
act_unsubscribe(struct weir_reply *r)
{
    struct weir_fault fault;
    if (weir_subscriptions_remove(r->context[0],
                                  weir_transaction_peer(r->transaction),
                                  r->words[0]) > 0) {
        weir_reply_settle(r, NULL);
        return;
    }
    weir_fault(&fault, WEIR_FAULT_NO_OBJECT,
               "there is no such subscription (any more)");
    settle_fault(r, &fault);
}

static enum weir_fault_code
unsubscribe(struct weir_call *c)
{
    const char *pattern;
    if (take_pattern(c, &pattern))
        return refuse(c);
    if (c->n_args != 1) {
        weir_call_wrong_arguments(c, "a pattern");
        return refuse(c);
    }
    struct weir_reply *r = defer(c, act_unsubscribe, pattern);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, pattern);
    weir_reply_hold(r, m);
    return WEIR_FAULT_NONE;
}

void
weir_walk_subscriptions(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaves[] = {
        {"subscribe", subscribe, true, 0},
        {"subscribe_token", take_token, true, 0},
        {"unsubscribe", unsubscribe, true, 0},
    };
    weir_walk_leaves(w, states, leaves, 3);
}
