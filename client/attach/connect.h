// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// The first words between libweir and weir: a connection, one request, one
// answer with descriptors.
#ifndef WEIR_ATTACH_CONNECT_H
#define WEIR_ATTACH_CONNECT_H

#include "attach/protocol.h"
#include "attach/reader_error.h"
#include "attach/wire.h"

#include <stddef.h>
#include <stdint.h>

/// Connect to the attach socket of `instance` (null: "weir") in `run_dir`
/// (null: the default).  @reader  Waits at most 5 s.  The socket is the
/// caller's to close.
enum weir_reader_result weir_attach_connect(const char *instance,
                                            const char *run_dir, int *out,
                                            struct weir_reader_error *error);

struct weir_attach_answer {
    struct weir_wire message; // points into `packet`
    unsigned n_fds;
    int fds[1 + WEIR_ATTACH_MAX_SOURCES]; // the caller's to close
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
};

/// Send the request of `n` bytes and wait for its answer, which is `address`
/// with arguments that begin with `types`.  @reader  Waits at most 5 s for
/// each.  Undo with weir_attach_close_answer().
enum weir_reader_result weir_attach_exchange(int socket,
                                             const unsigned char *request,
                                             size_t n, const char *address,
                                             const char *types,
                                             struct weir_attach_answer *out,
                                             struct weir_reader_error *error);

/// Close what came with an answer.  @reader
void weir_attach_close_answer(struct weir_attach_answer *answer);

/// The size of a file that is sealed against shrinking, else 0.  @reader
uint64_t weir_attach_sealed_size(int fd);

#endif
