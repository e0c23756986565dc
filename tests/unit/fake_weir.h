// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Weir as its readers see it, without any audio: rings that carry a known
// ramp and an attach socket, both driven step by step by a test. It can also
// lie, in each of the ways that a reader must survive.
#ifndef WEIR_TESTS_FAKE_WEIR_H
#define WEIR_TESTS_FAKE_WEIR_H

#include "attach/protocol.h"
#include "attach/wire.h"
#include "rt/broadcast.h"

#include <stdbool.h>

/// What channel `c` of source number `s` holds at `position`: exact in
/// float, and different for every channel and source.
float fake_sample(uint64_t position, unsigned s, unsigned c);

/// A tone as it is published instead, its phase 0 at position 0: the peak is
/// 0.5 in the first channel, 0.25 in the others.
float fake_tone(uint64_t position, unsigned channel, double hz,
                uint32_t rate_hz);

struct fake_ring {
    int fd;
    unsigned number; // of the source, for fake_sample()
    uint64_t position;
    double tone_hz; // 0: the ramp of fake_sample()
    float level;    // of either
    struct weir_broadcast b;
};

enum fake_seal { FAKE_SEALED, FAKE_UNSEALED };

/// Make a ring whose first frame is `first`.  Free with fake_ring_fini().
void fake_ring_init(struct fake_ring *ring, unsigned number, uint32_t rate_hz,
                    uint32_t n_channels, uint64_t capacity, uint64_t first,
                    enum fake_seal seal);
void fake_ring_fini(struct fake_ring *ring);

/// Publish `n` more frames of ramp or tone, and wake who waits.
void fake_ring_publish(struct fake_ring *ring, uint64_t n);

/// Set the state word, and wake who waits.
void fake_ring_end(struct fake_ring *ring, enum weir_broadcast_state state);

/// A reader's page, as weir makes it.
int fake_page_new(struct weir_reader_page **out);

/// Listen on RUN_DIR/NAME/attach.sock, making the folders; what an earlier
/// one left is removed.
int fake_listen(const char *run_dir, const char *name);

/// Accept one reader and take its /attach.  The message points into
/// `packet`, of WEIR_ATTACH_MAX_PACKET bytes.
int fake_accept(int listener, unsigned char *packet, struct weir_wire *request);

/// Send a packet with descriptors.
bool fake_send(int socket, const void *packet, size_t n, const int *fds,
               unsigned n_fds);

/// The two answers.
bool fake_attached(int socket, const char *id, int32_t rate_hz, const int *fds,
                   unsigned n_fds);
bool fake_refuse(int socket, int32_t code, const char *text);

/// /command and /bye.
bool fake_command(int socket, int32_t request, const char *verb,
                  const char *argument);
bool fake_bye(int socket, const char *reason);

#endif
