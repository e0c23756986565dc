// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A reader's life: its first and only request, which sources under which id;
// the answer with the descriptors; and its end.
#include "attach/server_private.h"

#include "common/descriptors.h"
#include "desk/source.h"
#include "rt/broadcast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// ----------------------------------------------------------------- its page

static bool
open_page(struct weir_reader_connection *r)
{
    r->page_fd = weir_descriptor_for_guest(
        memfd_create("weir-reader", MFD_CLOEXEC | MFD_ALLOW_SEALING));
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

static bool
send_attached(const struct weir_reader_connection *r)
{
    struct weir_wire_out answer;
    int fds[1 + WEIR_ATTACH_MAX_SOURCES];
    fds[0] = r->page_fd;
    for (uint32_t i = 0; i < r->n_sources; i++)
        fds[1 + i] = r->sources[i]->fd;
    weir_wire_begin(&answer, "/attached");
    weir_wire_string(&answer, r->id);
    weir_wire_int(&answer, (int32_t)r->attach->rate_hz);
    return weir_attach_send(r->watch.fd, &answer, fds, 1 + r->n_sources);
}

static void
refuse(const struct weir_reader_connection *r, const struct weir_fault *fault)
{
    weir_attach_send_error(r->watch.fd, fault);
    weir_attach_say(r->attach, WEIR_LOG_INFO,
                    "reader refused (%s, process %d): %s",
                    r->program[0] ? r->program : "?", (int)r->pid, fault->text);
}

// Descriptors that nobody takes out of their sockets are limited, too.
static void
say_unsent(const struct weir_reader_connection *r, int why)
{
    struct weir_fault fault;
    if (why == EPIPE || why == ECONNRESET)
        return; // it has not waited
    weir_fault_system(&fault, "the rings could not be handed over", why);
    refuse(r, &fault);
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
    if (!send_attached(r)) {
        say_unsent(r, errno);
        weir_reader_drop(r, NULL);
        return;
    }
    r->served = true;
    weir_attach_tell(r->attach);
    weir_attach_say(r->attach, WEIR_LOG_INFO,
                    "reader %s attached (%s, process %d): %s%s", r->id,
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
    if (weir_attach_take_id(r->attach, "reader", r->program,
                            weir_wire_get_string(request, 2), r->id, fault))
        return fault->code;
    if (!open_page(r))
        return weir_fault_system(fault, "no page for a reader", errno);
    return get_sources(r, request, fault);
}

static void
begin(struct weir_reader_connection *r, const struct weir_wire *request)
{
    struct weir_fault fault;
    if (prepare(r, request, &fault)) {
        refuse(r, &fault);
        r->gone = true;
    }
    if (r->n_pending == 0)
        weir_reader_drop(r, NULL);
    else
        source_ready(r, NULL);
}

static void
take_packet(void *owner)
{
    struct weir_reader_connection *r = owner;
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire message;
    switch (weir_attach_receive(r->watch.fd, packet, &message)) {
    case WEIR_PACKET_NONE:
        return;
    case WEIR_PACKET_END:
        weir_reader_drop(r, NULL);
        return;
    case WEIR_PACKET_RUBBISH:
        weir_reader_drop(r, WEIR_ATTACH_RUBBISH);
        return;
    case WEIR_PACKET_MESSAGE:
        if (weir_wire_is(&message, "/freewheel", "ii"))
            weir_reader_hear_freewheel(r, &message);
        else
            weir_questions_hear(&r->questions, &message);
    }
}

static struct weir_reader_connection *
add(struct weir_attach *a, int fd, pid_t pid, struct weir_fault *fault)
{
    struct weir_reader_connection *r;
    if (a->n_readers == WEIR_MAX_READERS) {
        weir_fault(fault, WEIR_FAULT_LIMIT,
                   "%d readers are the limit (end one, or let it go with "
                   "/reader/ID/kick)",
                   WEIR_MAX_READERS);
        return NULL;
    }
    r = calloc(1, sizeof *r);
    if (!r || !weir_loop_watch(a->loop, &r->watch, fd, take_packet, r)) {
        weir_fault_system(fault, "no memory for a reader", errno);
        free(r);
        return NULL;
    }
    r->attach = a;
    r->pid = pid;
    r->page_fd = -1;
    a->readers[a->n_readers++] = r;
    weir_attach_look_after(a);
    return r;
}

void
weir_reader_greet(struct weir_attach *a, int fd, pid_t pid,
                  const struct weir_wire *request)
{
    struct weir_fault fault;
    struct weir_reader_connection *r = add(a, fd, pid, &fault);
    if (r) {
        begin(r, request);
        return;
    }
    weir_attach_say(a, WEIR_LOG_INFO, "reader refused (process %d): %s",
                    (int)pid, fault.text);
    weir_attach_send_error(fd, &fault);
    close(fd);
}

// ---------------------------------------------------------------- its end

static void
take_off_list(struct weir_reader_connection *r)
{
    struct weir_attach *a = r->attach;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_readers; i++)
        if (a->readers[i] != r)
            a->readers[n++] = a->readers[i];
    a->n_readers = n;
}

static void
release(struct weir_reader_connection *r)
{
    for (uint32_t i = 0; i < r->n_sources; i++)
        weir_source_put(r->attach->desk, r->sources[i]);
    if (r->page)
        munmap(r->page, WEIR_READER_PAGE_BYTES);
    if (r->page_fd >= 0)
        close(r->page_fd);
    free(r);
}

void
weir_reader_drop(struct weir_reader_connection *r, const char *reason)
{
    const int fd = r->watch.fd;
    if (reason)
        weir_attach_send_bye(fd, reason);
    if (r->served)
        weir_attach_say(r->attach, WEIR_LOG_INFO, "reader %s detached%s%s",
                        r->id, reason ? ": " : "", reason ? reason : "");
    weir_reader_end_freewheel(r);
    weir_loop_ignore(r->attach->loop, &r->watch);
    close(fd);
    take_off_list(r);
    weir_attach_tell(r->attach);
    weir_questions_end(&r->questions, "the reader is gone");
    r->gone = true;
    if (r->n_pending == 0)
        release(r);
}
