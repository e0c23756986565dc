// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet: the validator first, liblo after it, then the tree, message by
// message; at the end all of it is committed, or rolled back.
#include "oscctl/packet.h"

#include "desk/desk.h"
#include "oscctl/tree.h"
#include "oscctl/validate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { AHEAD_S = 60 };
static const uint64_t ntp_epoch_s = UINT64_C(2208988800); // 1900 to 1970

static uint64_t
ntp_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return ((uint64_t)t.tv_sec + ntp_epoch_s) << 32 |
           (((uint64_t)t.tv_nsec << 32) / 1000000000u);
}

// A tag in the past is now.
static enum weir_fault_code
check_time(uint64_t tag, struct weir_fault *fault)
{
    const uint64_t now = ntp_now();
    if (tag <= now)
        return WEIR_FAULT_NONE;
    if (tag - now > (uint64_t)AHEAD_S << 32)
        return weir_fault(fault, WEIR_FAULT_RANGE,
                          "the time tag is more than 60 s ahead");
    return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                      "this weir carries bundles out at once only (use the "
                      "immediate time tag)");
}

static enum weir_fault_code
take_tag(struct weir_transaction *t, const struct weir_osc_message *m,
         bool is_first, struct weir_fault *fault)
{
    if (!is_first || strcmp(m->types, "s") != 0)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "/tag ,s TEXT is the first message of a bundle");
    weir_transaction_tag(t, m->args);
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

static enum weir_fault_code
take_message(struct weir_tree *tree, struct weir_transaction *t,
             const struct weir_osc_message *m, bool is_bundle, bool is_first,
             struct weir_fault *fault)
{
    if (check_time(m->time_tag, fault))
        return fault->code;
    if (is_bundle && strcmp(m->address, "/tag") == 0)
        return take_tag(t, m, is_first, fault);
    return call(tree, t, m, fault);
}

static void
take_messages(struct weir_tree *tree, struct weir_transaction *t,
              const void *packet, size_t n_bytes, bool is_bundle)
{
    struct weir_osc_walk walk;
    struct weir_osc_message m;
    struct weir_fault fault;
    bool is_first = true;
    weir_osc_walk_init(&walk, packet, n_bytes);
    while (weir_osc_next(&walk, &m)) {
        if (take_message(tree, t, &m, is_bundle, is_first, &fault)) {
            weir_desk_rollback(tree->desk);
            weir_transaction_fail(t, m.address, &fault);
            return;
        }
        is_first = false;
    }
    weir_desk_commit(tree->desk);
    weir_transaction_finish(t);
}

void
weir_packet_take(struct weir_tree *tree, const struct weir_peer *peer,
                 const void *packet, size_t n_bytes)
{
    struct weir_osc_summary summary = {0};
    struct weir_fault fault;
    const enum weir_osc_fault bad =
        weir_osc_validate(packet, n_bytes, &summary);
    struct weir_transaction *t =
        weir_transaction_new(peer, !bad && summary.is_bundle);
    if (!t)
        return;
    if (!bad) {
        take_messages(tree, t, packet, n_bytes, summary.is_bundle);
        return;
    }
    weir_fault(&fault, WEIR_FAULT_ARGUMENTS, "not an OSC packet: %s",
               weir_osc_fault_text(bad));
    weir_transaction_fail(t, "/", &fault);
}
