// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet: the validator first, liblo after it, then the tree, message by
// message; at the end all of it is committed, or rolled back.
#include "oscctl/packet.h"

#include "desk/desk.h"
#include "oscctl/parking.h"
#include "oscctl/schedule.h"
#include "oscctl/time.h"
#include "oscctl/tree.h"
#include "oscctl/validate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static enum weir_fault_code
take_tag(struct weir_transaction *t, const struct weir_osc_message *m,
         bool is_first, struct weir_fault *fault)
{
    if (!is_first || strcmp(m->types, "s") != 0)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "/tag ,s TEXT is the first message of a bundle");
    if (!weir_transaction_tag(t, m->args))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a tag has up to 255 bytes");
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
call(struct weir_tree *tree, struct weir_transaction *t,
     const struct weir_osc_message *m, struct weir_fault *fault)
{
    int failed = 0;
    lo_message args = NULL;
    if (m->has_types) {
        // liblo swaps bytes in place of its own copy.
        args = lo_message_deserialise((void *)(uintptr_t)m->data, m->size,
                                      &failed);
        if (!args)
            return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                              "liblo refuses the message (%d)", failed);
    }
    const enum weir_fault_code code =
        weir_tree_call(tree, t, m->address, args, fault);
    if (args)
        lo_message_free(args);
    return code;
}

// A packet on its way through the tree.
struct passage {
    struct weir_tree *tree;
    const struct weir_peer *peer;
    const void *packet;
    size_t n_bytes;
    bool is_bundle;
    bool is_done;      // whatever is missing now, the mixer has done the rest
    bool may_wait;     // for what is not known yet,
    bool waits;        // and does: nothing of it was done
    uint64_t time_tag; // the packet's
};

static enum weir_fault_code
take_message(const struct passage *p, struct weir_transaction *t,
             const struct weir_osc_message *m, bool is_first,
             struct weir_fault *fault)
{
    if (m->time_tag > p->time_tag && m->time_tag > weir_ntp_now())
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "a bundle within a bundle cannot be later than it "
                          "(send it by itself)");
    if (p->is_bundle && strcmp(m->address, "/tag") == 0)
        return take_tag(t, m, is_first, fault);
    return call(p->tree, t, m, fault);
}

// Its error among the answers.
static void
answer_fault(struct weir_transaction *t, const struct weir_osc_message *m,
             const struct weir_fault *fault)
{
    struct weir_reply *r = weir_reply_new(t, m->address);
    if (r)
        weir_reply_settle(r, fault);
}

// It was wrong, or it has to wait.
static void
give_up(struct passage *p, struct weir_transaction *t,
        const struct weir_osc_message *m, const struct weir_fault *fault)
{
    p->waits = p->may_wait && weir_transaction_waits(t);
    if (p->waits)
        weir_transaction_drop(t);
    else
        weir_transaction_fail(t, m->address, fault);
}

// All messages into the desk's transaction; null and answered when one of
// them was wrong, and then nothing of them is left.
static struct weir_transaction *
pass(struct passage *p)
{
    struct weir_osc_walk walk;
    struct weir_osc_message m;
    struct weir_fault fault;
    bool is_first = true;
    struct weir_transaction *t = weir_transaction_new(p->peer, p->is_bundle);
    if (!t)
        return NULL;
    weir_osc_walk_init(&walk, p->packet, p->n_bytes);
    while (weir_osc_next(&walk, &m)) {
        if (take_message(p, t, &m, is_first, &fault)) {
            if (p->is_done) {
                answer_fault(t, &m, &fault);
                continue;
            }
            weir_desk_rollback(p->tree->desk);
            give_up(p, t, &m, &fault);
            return NULL;
        }
        is_first = false;
    }
    return t;
}

static void
do_now(struct passage *p)
{
    struct weir_transaction *t = pass(p);
    if (!t)
        return;
    weir_desk_commit(p->tree->desk);
    weir_transaction_finish(t);
}

// ------------------------------------------------------------ ahead of time

// In the name of its first message.
static void
refuse_all(const struct passage *p, const struct weir_fault *fault)
{
    struct weir_osc_walk walk;
    struct weir_osc_message m;
    weir_osc_walk_init(&walk, p->packet, p->n_bytes);
    weir_transaction_refuse(p->peer, p->is_bundle,
                            weir_osc_next(&walk, &m) ? m.address : "#bundle",
                            fault);
}

// Tried now, so that what is wrong with it is known at once.
static void
put_off(struct passage *p)
{
    struct weir_fault fault;
    struct weir_transaction *t = pass(p);
    if (!t)
        return;
    weir_desk_rollback(p->tree->desk);
    weir_transaction_drop(t);
    if (weir_schedule_add(p->tree->schedule, p->time_tag, p->peer, p->packet,
                          p->n_bytes, &fault))
        refuse_all(p, &fault);
}

static struct passage
passage(struct weir_tree *tree, const struct weir_peer *peer,
        const void *packet, size_t n_bytes)
{
    struct weir_osc_summary summary = {0};
    weir_osc_validate(packet, n_bytes, &summary);
    return (struct passage){.tree = tree,
                            .peer = peer,
                            .packet = packet,
                            .n_bytes = n_bytes,
                            .is_bundle = summary.is_bundle,
                            .time_tag = summary.time_tag};
}

enum weir_packet_ahead
weir_packet_send_ahead(struct weir_tree *tree, const struct weir_peer *peer,
                       const void *packet, size_t n_bytes, uint64_t at_ns,
                       struct weir_ticket ticket)
{
    struct passage p = passage(tree, peer, packet, n_bytes);
    struct weir_transaction *t = pass(&p);
    if (!t)
        return WEIR_PACKET_ENDED;
    if (weir_desk_comes_or_goes(tree->desk)) {
        weir_desk_commit_at(tree->desk, at_ns);
        weir_transaction_finish(t);
        return WEIR_PACKET_ENDED;
    }
    weir_transaction_drop(t);
    if (weir_desk_send_ahead(tree->desk, at_ns, ticket))
        return WEIR_PACKET_SENT;
    do_now(&p); // no room for one more command: an error, at once
    return WEIR_PACKET_ENDED;
}

void
weir_packet_catch_up(struct weir_tree *tree, const struct weir_peer *peer,
                     const void *packet, size_t n_bytes)
{
    struct passage p = passage(tree, peer, packet, n_bytes);
    p.is_done = true;
    struct weir_transaction *t = pass(&p);
    if (!t)
        return;
    weir_desk_catch_up(tree->desk);
    weir_transaction_finish(t);
}

void
weir_packet_do(struct weir_tree *tree, const struct weir_peer *peer,
               const void *packet, size_t n_bytes)
{
    struct passage p = passage(tree, peer, packet, n_bytes);
    do_now(&p);
}

bool
weir_packet_try(struct weir_tree *tree, const struct weir_peer *peer,
                const void *packet, size_t n_bytes)
{
    struct passage p = passage(tree, peer, packet, n_bytes);
    p.may_wait = true;
    if (p.is_bundle && p.time_tag > weir_ntp_now())
        put_off(&p);
    else
        do_now(&p);
    return !p.waits;
}

void
weir_packet_refuse(struct weir_tree *tree, const struct weir_peer *peer,
                   const void *packet, size_t n_bytes,
                   const struct weir_fault *fault)
{
    const struct passage p = passage(tree, peer, packet, n_bytes);
    refuse_all(&p, fault);
}

static void
park(struct weir_tree *tree, const struct weir_peer *peer, const void *packet,
     size_t n_bytes)
{
    struct weir_fault fault;
    if (weir_parking_add(tree->parking, peer, packet, n_bytes))
        return;
    weir_fault(&fault, WEIR_FAULT_LIMIT,
               "too many packets wait for what is known of plugins (send "
               "this one later)");
    weir_packet_refuse(tree, peer, packet, n_bytes, &fault);
}

void
weir_packet_take(struct weir_tree *tree, const struct weir_peer *peer,
                 const void *packet, size_t n_bytes)
{
    struct weir_fault fault;
    const enum weir_osc_fault bad = weir_osc_validate(packet, n_bytes, NULL);
    if (bad) {
        weir_fault(&fault, WEIR_FAULT_ARGUMENTS, "not an OSC packet: %s",
                   weir_osc_fault_text(bad));
        weir_transaction_refuse(peer, false, "/", &fault);
    } else if ((tree->parking && weir_parking_holds(tree->parking, peer)) ||
               !weir_packet_try(tree, peer, packet, n_bytes)) {
        park(tree, peer, packet, n_bytes);
    }
}
