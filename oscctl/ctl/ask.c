// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The exchange: a tagged bundle out, tagged bundles in until its /ping is
// answered or something in it is refused.
#include "oscctl/ctl/ask.h"

#include "common/log.h"
#include "oscctl/arguments.h"
#include "oscctl/ctl/message.h"
#include "oscctl/ctl/patience.h"
#include "oscctl/validate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG_BYTES = 48 };

// One request under way.
struct exchange {
    struct ctl_link *link;
    struct ctl_replies *replies;
    char tag[TAG_BYTES];
    int n_pings; // replies still expected
};

// ---- out

// Append `address` with one string argument, or none, to a raw bundle.
static size_t
put_message(uint8_t *to, const char *address, const char *argument)
{
    struct ctl_batch raw = {.data = to};
    lo_message message = lo_message_new();
    if (message && argument)
        lo_message_add_string(message, argument);
    if (message) {
        ctl_batch_add(&raw, address, message);
        lo_message_free(message);
    }
    return raw.size;
}

static int
send_request(struct exchange *x, const struct ctl_batch *batch)
{
    static const uint8_t head[16] = {'#', 'b', 'u', 'n', 'd', 'l', 'e', 0,
                                     0,   0,   0,   0,   0,   0,   0,   1};
    uint8_t *packet = malloc(sizeof head + batch->size + 256);
    if (!packet) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_EXIT_FAILED;
    }
    size_t size = sizeof head;
    memcpy(packet, head, sizeof head);
    size += put_message(packet + size, "/tag", x->tag);
    memcpy(packet + size, batch->data, batch->size);
    size += batch->size;
    size += put_message(packet + size, "/ping", NULL);
    const int status = ctl_link_send(x->link, packet, size);
    free(packet);
    return status;
}

// ---- in

// The string argument `index`; "" when it is none.
static const char *
string_of(lo_message message, int index)
{
    const char *text = weir_message_string(message, index);
    return text ? text : "";
}

static void
keep_error(struct ctl_replies *replies, lo_message message)
{
    double code = 8; // failed, if it does not say
    weir_message_number(message, 1, &code);
    free(replies->error_address);
    free(replies->error_text);
    replies->error_code = code >= 1 && code < 1000 ? (int)code : 8;
    replies->error_address = strdup(string_of(message, 0));
    replies->error_text = strdup(string_of(message, 2));
}

// Takes `message`.
static void
keep_reply(struct ctl_replies *replies, const char *address, lo_message message)
{
    const bool about =
        strcmp(address, "/reply") == 0 && weir_message_string(message, 0);
    struct ctl_reply *list =
        realloc(replies->list, (size_t)(replies->n + 1) * sizeof *list);
    char *copy = strdup(about ? string_of(message, 0) : address);
    if (list)
        replies->list = list;
    if (!list || !copy) {
        free(copy);
        lo_message_free(message);
        return;
    }
    list[replies->n++] = (struct ctl_reply){
        .address = copy, .message = message, .first = about ? 1 : 0};
}

static bool
is_last_ping(struct exchange *x, const char *address, lo_message message)
{
    return strcmp(address, "/reply") == 0 &&
           strcmp(string_of(message, 0), "/ping") == 0 && --x->n_pings == 0;
}

// One message of an answer; whether it is the last.  Takes `message`.
static bool
take_answer(struct exchange *x, const char *address, lo_message message)
{
    const bool error = strcmp(address, "/error") == 0;
    if (error)
        keep_error(x->replies, message);
    if (error || is_last_ping(x, address, message)) {
        lo_message_free(message);
        return true;
    }
    // A mixer that was told to quit may not come to the /ping.
    const bool quits = strcmp(address, "/reply") == 0 &&
                       strcmp(string_of(message, 0), "/quit") == 0;
    keep_reply(x->replies, address, message);
    return quits;
}

// Whether a datagram that begins so answers another request than ours.
static bool
is_strange(const struct exchange *x, const char *address, lo_message message)
{
    return strcmp(address, "/tag") == 0 &&
           strcmp(string_of(message, 0), x->tag) != 0;
}

// All of a datagram; whether the last answer was in it.
static bool
take_datagram(struct exchange *x, size_t size)
{
    struct weir_osc_walk walk;
    struct weir_osc_message part;
    bool last = false;
    if (weir_osc_validate(x->link->datagram, size, NULL) != WEIR_OSC_OK)
        return false;
    weir_osc_walk_init(&walk, x->link->datagram, size);
    while (!last && weir_osc_next(&walk, &part)) {
        lo_message message = ctl_message_copy(x->link, &part);
        if (!message)
            continue;
        const bool strange = is_strange(x, part.address, message);
        if (strcmp(part.address, "/tag") == 0)
            lo_message_free(message);
        else
            last = take_answer(x, part.address, message);
        if (strange)
            return false;
    }
    return last;
}

static int
gather(struct exchange *x)
{
    struct ctl_patience patience;
    ctl_patience_begin(&patience, x->link);
    for (;;) {
        const int status = ctl_patience_wait(&patience);
        if (status != WEIR_EXIT_OK)
            return status;
        const ssize_t size = ctl_link_take(x->link);
        if (size < 0)
            return ctl_link_nobody(x->link);
        if (take_datagram(x, (size_t)size))
            return WEIR_EXIT_OK;
    }
}

int
ctl_ask(struct ctl_link *link, struct ctl_batch *batch, struct ctl_replies *out)
{
    struct exchange x = {
        .link = link, .replies = out, .n_pings = batch->n_pings + 1};
    *out = (struct ctl_replies){0};
    snprintf(x.tag, sizeof x.tag, "weirctl-%d-%u", (int)getpid(),
             ++link->n_asked);
    int status = send_request(&x, batch);
    batch->size = 0;
    batch->n_messages = 0;
    batch->n_pings = 0;
    if (status == WEIR_EXIT_OK)
        status = gather(&x);
    return status;
}

int
ctl_ask_strictly(struct ctl_link *link, struct ctl_batch *batch,
                 struct ctl_replies *out)
{
    const int status = ctl_ask(link, batch, out);
    if (status == WEIR_EXIT_OK && out->error_code != 0 && link->quiet)
        return WEIR_EXIT_FAILED;
    return status != WEIR_EXIT_OK ? status : ctl_replies_refusal(out);
}
