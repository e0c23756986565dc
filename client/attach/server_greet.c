// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A reader's first and only request: which sources, under which id; and the
// answer with the descriptors.
#include "attach/server_private.h"

#include "common/log.h"
#include "desk/source.h"
#include "rt/broadcast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void
send_error(struct weir_reader_connection *r, const struct weir_fault *fault)
{
    struct weir_wire_out error;
    weir_wire_begin(&error, "/error");
    weir_wire_string(&error, "/attach");
    weir_wire_int(&error, (int32_t)fault->code);
    weir_wire_string(&error, fault->text);
    weir_reader_send(r, &error);
    weir_log(WEIR_LOG_INFO, "reader refused (%s, process %d): %s",
             r->program[0] ? r->program : "?", (int)r->pid, fault->text);
}

// ------------------------------------------------------------------- its id

static bool
id_taken(const struct weir_attach *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_readers; i++)
        if (strcmp(a->readers[i]->id, id) == 0)
            return true;
    return false;
}

// "weir-record" becomes record-1, record-2, ...; what is no id, reader-1.
static void
invent_id(struct weir_reader_connection *r)
{
    const char *stem =
        strncmp(r->program, "weir-", 5) == 0 ? r->program + 5 : r->program;
    char id[WEIR_ID_MAX + 1]; // not in place: it is on the list itself
    if (!weir_id_ok(stem))
        stem = "reader";
    do
        snprintf(id, sizeof id, "%.20s-%u", stem, r->attach->next_number++);
    while (id_taken(r->attach, id));
    memcpy(r->id, id, sizeof id);
}

static enum weir_fault_code
take_id(struct weir_reader_connection *r, const char *id,
        struct weir_fault *fault)
{
    if (id[0] && !weir_id_ok(id))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a reader's id is [a-z][a-z0-9_-]{0,31}, not "
                          "\"%.40s\"",
                          id);
    if (id[0] && id_taken(r->attach, id))
        return weir_fault(fault, WEIR_FAULT_EXISTS,
                          "there is a reader %s already (choose another "
                          "--id)",
                          id);
    if (id[0])
        snprintf(r->id, sizeof r->id, "%s", id);
    else
        invent_id(r);
    return WEIR_FAULT_NONE;
}

// ----------------------------------------------------------------- its page

static bool
open_page(struct weir_reader_connection *r)
{
    r->page_fd = memfd_create("weir-reader", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (r->page_fd < 0 || ftruncate(r->page_fd, WEIR_READER_PAGE_BYTES) ||
        fcntl(r->page_fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        return false;
    void *page = mmap(NULL, WEIR_READER_PAGE_BYTES, PROT_READ, MAP_SHARED,
                      r->page_fd, 0);
    if (page == MAP_FAILED)
        return false;
    r->page = page;
    return true;
}

// --------------------------------------------------------------- the answer

static void
put_descriptors(const struct weir_reader_connection *r, struct msghdr *message)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    int fds[1 + WEIR_ATTACH_MAX_SOURCES];
    const size_t n_bytes = (1 + r->n_sources) * sizeof *fds;
    fds[0] = r->page_fd;
    for (uint32_t i = 0; i < r->n_sources; i++)
        fds[1 + i] = r->sources[i]->fd;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n_bytes);
    memcpy(CMSG_DATA(c), fds, n_bytes);
    message->msg_controllen = CMSG_SPACE(n_bytes);
}

static bool
send_attached(const struct weir_reader_connection *r)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    _Alignas(struct cmsghdr) unsigned char
        control[CMSG_SPACE((1 + WEIR_ATTACH_MAX_SOURCES) * sizeof(int))] = {0};
    struct weir_wire_out answer;
    weir_wire_begin(&answer, "/attached");
    weir_wire_string(&answer, r->id);
    weir_wire_int(&answer, (int32_t)r->attach->rate_hz);
    struct iovec part = {.iov_base = packet,
                         .iov_len =
                             weir_wire_end(&answer, packet, sizeof packet)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    put_descriptors(r, &message);
    return sendmsg(r->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

static void
source_ready(void *owner, const struct weir_fault *fault)
{
    struct weir_reader_connection *r = owner;
    (void)fault; // the mixer never refuses
    if (--r->n_pending > 0)
        return;
    if (r->gone) { // hung up meanwhile
        weir_reader_drop(r, NULL);
        return;
    }
    r->phase = WEIR_READER_SERVED;
    if (!send_attached(r)) {
        weir_reader_drop(r, "the answer could not be sent");
        return;
    }
    weir_attach_tell(r->attach);
    weir_log(WEIR_LOG_INFO, "reader %s attached (%s, process %d): %s%s", r->id,
             r->program, (int)r->pid, r->sources[0]->name,
             r->n_sources > 1 ? ", ..." : "");
}

// ---------------------------------------------------------------- the request

static enum weir_fault_code
get_sources(struct weir_reader_connection *r, const struct weir_wire *request,
            struct weir_fault *fault)
{
    // One more than there are, so that none of them finishes the count here.
    r->n_pending = 1;
    for (unsigned i = 3; i < request->n_args; i++) {
        const struct weir_ticket ready = {.fn = source_ready, .owner = r};
        struct weir_source *s = weir_source_get(
            r->attach->desk, weir_wire_get_string(request, i), ready, fault);
        if (!s)
            return fault->code;
        r->n_pending++;
        r->sources[r->n_sources++] = s;
    }
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
check_form(const struct weir_wire *request, struct weir_fault *fault)
{
    int32_t abi;
    if (!weir_wire_is(request, "/attach", "iss") || request->n_args < 4 ||
        request->n_args > 3 + WEIR_ATTACH_MAX_SOURCES ||
        strspn(request->types + 3, "s") != request->n_args - 3)
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "the first message is /attach ABI PROGRAM ID "
                          "SOURCE... with 1 to %d sources",
                          WEIR_ATTACH_MAX_SOURCES);
    weir_wire_get_int(request, 0, &abi);
    if (abi != (int32_t)WEIR_BROADCAST_ABI)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "the reader speaks attach version %d, this weir "
                          "speaks version %u (install both from one release)",
                          (int)abi, WEIR_BROADCAST_ABI);
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
prepare(struct weir_reader_connection *r, const struct weir_wire *request,
        struct weir_fault *fault)
{
    if (check_form(request, fault))
        return fault->code;
    snprintf(r->program, sizeof r->program, "%s",
             weir_wire_get_string(request, 1));
    if (take_id(r, weir_wire_get_string(request, 2), fault))
        return fault->code;
    if (!open_page(r))
        return weir_fault(fault, WEIR_FAULT_LIMIT, "no memory for a reader: %s",
                          strerror(errno));
    return get_sources(r, request, fault);
}

void
weir_reader_greet(struct weir_reader_connection *r,
                  const struct weir_wire *request)
{
    struct weir_fault fault;
    r->phase = WEIR_READER_PREPARING;
    if (prepare(r, request, &fault)) {
        send_error(r, &fault);
        r->gone = true;
    }
    if (r->n_pending == 0)
        weir_reader_drop(r, NULL);
    else
        source_ready(r, NULL);
}
