// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The first words between libweir and weir.
#include "attach/connect.h"
#include "attach/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEADLINE_S = 5 };

// --------------------------------------------------------------- connecting

static enum weir_reader_result
find_socket(const char *instance, const char *option, struct sockaddr_un *out,
            struct weir_reader_error *error)
{
    char run_dir[sizeof out->sun_path];
    if (!weir_paths_name_ok(instance))
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: \"%s\" cannot be weir's name (1 to "
                                "63 of A-Z a-z 0-9 _ . -)",
                                instance);
    out->sun_family = AF_UNIX;
    if (!weir_paths_run_dir(option, run_dir, sizeof run_dir) ||
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
weir_attach_connect(const char *instance, const char *run_dir, int *out,
                    struct weir_reader_error *error)
{
    struct sockaddr_un address = {0};
    const enum weir_reader_result found =
        find_socket(instance ? instance : "weir", run_dir, &address, error);
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

static enum weir_reader_result
send_request(int socket, const unsigned char *request, size_t n,
             struct weir_reader_error *error)
{
    // A weir that refuses us unheard has said why before it hung up.
    if (send(socket, request, n, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
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
receive(int socket, struct weir_attach_answer *out)
{
    alignas(struct cmsghdr) char
        control[CMSG_SPACE(sizeof(int) * (1 + WEIR_ATTACH_MAX_SOURCES))];
    struct iovec io = {out->packet, sizeof out->packet};
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
        // Descriptors are cut off when there is no number left for them.
        errno = message.msg_flags & MSG_TRUNC ? EMSGSIZE : EMFILE;
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
take_answer(struct weir_attach_answer *out, size_t n, const char *address,
            const char *types, struct weir_reader_error *error)
{
    const bool ok = weir_wire_parse(&out->message, out->packet, n);
    if (ok && weir_wire_is(&out->message, "/error", "sis"))
        return refused(&out->message, error);
    if (!ok || !weir_wire_is(&out->message, address, types))
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: weir's answer makes no sense (is it "
                                "another version?)");
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
                            "attach: weir's answer: %s%s", strerror(cause),
                            cause == EMFILE ? " (this program's limit: raise "
                                              "ulimit -n)"
                                            : "");
}

enum weir_reader_result
weir_attach_exchange(int socket, const unsigned char *request, size_t n,
                     const char *address, const char *types,
                     struct weir_attach_answer *out,
                     struct weir_reader_error *error)
{
    out->n_fds = 0;
    enum weir_reader_result result = send_request(socket, request, n, error);
    if (result != WEIR_READER_OK)
        return result;
    const ssize_t got = receive(socket, out);
    if (got > 0)
        result = take_answer(out, (size_t)got, address, types, error);
    else if (got == 0)
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

uint64_t
weir_attach_sealed_size(int fd)
{
    struct stat st;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK))
        return 0;
    if (fstat(fd, &st) != 0 || st.st_size < 0)
        return 0;
    return (uint64_t)st.st_size;
}
