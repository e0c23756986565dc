// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The first words between a reader and weir, as protocol.h has them.
#include "attach/paths.h"
#include "attach/reader_error.h"
#include "attach/reader_private.h"
#include "attach/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEADLINE_S = 5 };

// --------------------------------------------------------------- connecting

static enum weir_reader_result
find_socket(const struct weir_reader_config *config, struct sockaddr_un *out,
            struct weir_reader_error *error)
{
    const char *instance = config->instance ? config->instance : "weir";
    char run_dir[sizeof out->sun_path];
    if (!weir_paths_name_ok(instance))
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: \"%s\" cannot be weir's name (1 to "
                                "63 of A-Z a-z 0-9 _ . -)",
                                instance);
    out->sun_family = AF_UNIX;
    if (!weir_paths_run_dir(config->run_dir, run_dir, sizeof run_dir) ||
        !weir_paths_file(run_dir, instance, "attach.sock", out->sun_path,
                         sizeof out->sun_path))
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: the run dir's path is too long for "
                                "a socket (choose a shorter --run-dir)");
    return WEIR_READER_OK;
}

// A stopped or hung weir must not hold its readers: everything on the socket
// until the answer has a deadline.
static int
open_socket(void)
{
    const struct timeval deadline = {.tv_sec = DEADLINE_S};
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    return fd;
}

static enum weir_reader_result
connect_failed(const char *path, int cause, struct weir_reader_error *error)
{
    if (cause == ENOENT || cause == ECONNREFUSED || cause == ENOTDIR)
        return weir_reader_fail(error, WEIR_READER_NOBODY,
                                "attach to %s: no weir is running there "
                                "(start weir, or name one with -n and "
                                "--run-dir)",
                                path);
    if (cause == EAGAIN)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach to %s: weir does not answer (is it "
                                "stopped or stuck?)",
                                path);
    return weir_reader_fail(error, WEIR_READER_SYSTEM, "attach to %s: %s", path,
                            strerror(cause));
}

enum weir_reader_result
weir_attach_connect(const struct weir_reader_config *config, int *out,
                    struct weir_reader_error *error)
{
    struct sockaddr_un address = {0};
    const enum weir_reader_result found = find_socket(config, &address, error);
    if (found != WEIR_READER_OK)
        return found;
    const int fd = open_socket();
    if (fd < 0)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: no socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        const int cause = errno;
        close(fd);
        return connect_failed(address.sun_path, cause, error);
    }
    *out = fd;
    return WEIR_READER_OK;
}

// ------------------------------------------------------------------ asking

static size_t
build_request(const struct weir_reader_config *config, unsigned char *packet)
{
    static const char *const main_bus[] = {"main"};
    const bool given = config->sources && config->n_sources > 0;
    const char *const *sources = given ? config->sources : main_bus;
    const unsigned n = given ? config->n_sources : 1;
    struct weir_wire_out w;
    weir_wire_begin(&w, "/attach");
    weir_wire_int(&w, WEIR_BROADCAST_ABI);
    weir_wire_string(&w, config->program ? config->program : "reader");
    weir_wire_string(&w, config->id ? config->id : "");
    for (unsigned i = 0; i < n; i++)
        weir_wire_string(&w, sources[i]);
    return weir_wire_end(&w, packet, WEIR_ATTACH_MAX_PACKET);
}

static enum weir_reader_result
send_request(int socket, const struct weir_reader_config *config,
             struct weir_reader_error *error)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    if (config->sources && config->n_sources > WEIR_ATTACH_MAX_SOURCES)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: %u sources are too many (at most %d)",
                                config->n_sources, WEIR_ATTACH_MAX_SOURCES);
    const size_t n = build_request(config, packet);
    if (n == 0)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: the sources' names are too long");
    // A weir that refuses us unheard has said why before it hung up.
    if (send(socket, packet, n, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
        errno != ECONNRESET)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: asking weir: %s", strerror(errno));
    return WEIR_READER_OK;
}

// --------------------------------------------------------------- the answer

static void
collect_fds(struct msghdr *message, struct weir_attach_answer *out)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
         c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (out->n_fds < sizeof out->fds / sizeof out->fds[0])
                out->fds[out->n_fds++] = fd;
            else
                close(fd);
        }
    }
}

// Receive one packet with its descriptors; -1 when that fails.
static ssize_t
receive(int socket, unsigned char *packet, struct weir_attach_answer *out)
{
    alignas(struct cmsghdr) char
        control[CMSG_SPACE(sizeof(int) * (1 + WEIR_ATTACH_MAX_SOURCES))];
    struct iovec io = {packet, WEIR_ATTACH_MAX_PACKET};
    struct msghdr message = {
        .msg_iov = &io,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    // Told once, before the words of who hung up without reading ours.
    if (n < 0 && errno == ECONNRESET)
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return -1;
    collect_fds(&message, out);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        errno = EMSGSIZE;
        return -1;
    }
    return n;
}

static enum weir_reader_result
refused(const struct weir_wire *m, struct weir_reader_error *error)
{
    return weir_reader_fail(error, WEIR_READER_REFUSED, "attach: %s",
                            weir_wire_get_string(m, 2));
}

static enum weir_reader_result
take_answer(const unsigned char *packet, size_t n,
            struct weir_attach_answer *out, struct weir_reader_error *error)
{
    struct weir_wire m;
    int32_t rate_hz;
    const bool ok = weir_wire_parse(&m, packet, n);
    if (ok && weir_wire_is(&m, "/error", "sis"))
        return refused(&m, error);
    if (!ok || !weir_wire_is(&m, "/attached", "si") ||
        !weir_wire_get_int(&m, 1, &rate_hz) || rate_hz <= 0)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: weir's answer makes no sense (is it "
                                "another version?)");
    weir_reader_copy_text(out->id, sizeof out->id, weir_wire_get_string(&m, 0));
    out->rate_hz = (uint32_t)rate_hz;
    return WEIR_READER_OK;
}

static enum weir_reader_result
receive_failed(int cause, struct weir_reader_error *error)
{
    if (cause == EAGAIN)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: weir does not answer (is it stopped "
                                "or stuck?)");
    return weir_reader_fail(error, WEIR_READER_SYSTEM,
                            "attach: weir's answer: %s", strerror(cause));
}

enum weir_reader_result
weir_attach_ask(int socket, const struct weir_reader_config *config,
                struct weir_attach_answer *out, struct weir_reader_error *error)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    out->n_fds = 0;
    enum weir_reader_result result = send_request(socket, config, error);
    if (result != WEIR_READER_OK)
        return result;
    const ssize_t n = receive(socket, packet, out);
    if (n > 0)
        result = take_answer(packet, (size_t)n, out, error);
    else if (n == 0)
        result = weir_reader_fail(error, WEIR_READER_NOBODY,
                                  "attach: weir hung up without an answer "
                                  "(is it just ending?)");
    else
        result = receive_failed(errno, error);
    if (result != WEIR_READER_OK)
        weir_attach_close_answer(out);
    return result;
}

void
weir_attach_close_answer(struct weir_attach_answer *answer)
{
    while (answer->n_fds > 0)
        close(answer->fds[--answer->n_fds]);
}
