// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery, as weir is it by a hidden option; or, told to, one that lies.
#include "plugin/nursery.h"
#include "plugin/nursery_protocol.h"
#include "plugin/parcel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// Bytes of a sealed file, as a description comes.
static int
bytes(const void *from, size_t n, int seals)
{
    const int fd = memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (write(fd, from, n) != (ssize_t)n)
        abort();
    fcntl(fd, F_ADD_SEALS, seals);
    return fd;
}

static void
tell(const struct weir_nursery_answer *answer, size_t n, int fd)
{
    const int fds[2] = {fd, fd};
    weir_parcel_send(WEIR_NURSERY_READER, answer, n, fds, fd < 0 ? 0 : 2, 0);
    if (fd >= 0)
        close(fd);
}

// All that is not an answer to it first; then one that is, and says nothing.
static void
lie(const struct weir_nursery_request *to, unsigned turn)
{
    unsigned char noise[4096];
    const struct weir_nursery_answer right = {
        .op = WEIR_NURSERY_DESCRIBE, .serial = to->serial, .ok = 1};
    struct weir_nursery_answer wrong = right;
    srand(turn);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(turn % 4 == 0 ? rand() : rand() % 4 == 0);
    tell(&right, sizeof right - 1, -1);
    send(WEIR_NURSERY_READER, noise, sizeof noise, 0);
    wrong.serial = to->serial + 1;
    tell(&wrong, sizeof wrong, open("/dev/null", O_RDONLY));
    wrong.op = WEIR_NURSERY_RUN;
    wrong.pid = 1;
    tell(&wrong, sizeof wrong, -1);
    memset(&wrong.why, 'x', sizeof wrong.why);
    tell(&wrong, sizeof wrong, -1);
    switch (turn % 4) {
    case 0:
    case 1:
        tell(&right, sizeof right, bytes(noise, sizeof noise, F_SEAL_WRITE));
        break;
    case 2: // it could still be changed
        tell(&right, sizeof right, bytes(noise, sizeof noise, 0));
        break;
    default:
        tell(&right, sizeof right, open("/dev/zero", O_RDONLY));
        break;
    }
}

static int
lie_always(void)
{
    struct weir_nursery_request request;
    for (unsigned turn = 0; recv(WEIR_NURSERY_READER, &request, sizeof request,
                                 0) == sizeof request;
         turn++)
        lie(&request, turn);
    return 0;
}

int
main(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], "lie") == 0 ? lie_always()
                                                   : weir_nursery_main();
}
