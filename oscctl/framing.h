// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets on a stream: each behind its length (OSC 1.0), or between END
// bytes (SLIP, RFC 1055, with an END before and after, as OSC 1.1 has it).
// A stream's first byte tells which: END, or the zero that a length begins
// with that is not too long.
//
//     while (n > 0) {
//         found = weir_deframer_take(&d, bytes, n, &n_taken);
//         bytes += n_taken; n -= n_taken;
//         if (found == WEIR_FRAME_PACKET)
//             use(d.packet, d.n_bytes);
//         else if (found != WEIR_FRAME_MORE)
//             close the stream: where the next packet begins is not known
//     }
#ifndef WEIR_OSCCTL_FRAMING_H
#define WEIR_OSCCTL_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_FRAME_MAX = 65536 }; ///< bytes of a packet

enum weir_framing {
    WEIR_FRAMING_UNKNOWN = 0, ///< no byte has come yet
    WEIR_FRAMING_LENGTH,
    WEIR_FRAMING_SLIP,
};

/// What was found in a stream.
enum weir_frame {
    WEIR_FRAME_MORE,       ///< no packet is whole yet
    WEIR_FRAME_PACKET,     ///< one is: `packet`, `n_bytes`
    WEIR_FRAME_FOREIGN,    ///< the first byte is of neither framing
    WEIR_FRAME_TOO_LONG,   ///< more than WEIR_FRAME_MAX
    WEIR_FRAME_BAD_ESCAPE, ///< SLIP: neither END nor ESC was escaped
    WEIR_FRAME_NO_MEMORY,
};

/// Bytes in, packets out.  Starts as all zeros.
struct weir_deframer {
    enum weir_framing framing;
    /// Of the packet; valid until the next call, as liblo's arguments aligned.
    unsigned char *packet;
    size_t n_bytes;
    // Private.
    size_t size;       // of `packet`'s memory
    uint32_t length;   // its length, as far as it has come
    unsigned n_length; // bytes of that
    bool is_escaped;   // the last byte was ESC
    bool is_whole;     // the packet has been told of: the next byte is new
};

/// Take bytes up to the end of the next packet, or all of them.  After a
/// fault the deframer takes nothing any more.  @any  Linear in what it takes.
enum weir_frame weir_deframer_take(struct weir_deframer *d, const void *bytes,
                                   size_t n, size_t *n_taken);
void weir_deframer_fini(struct weir_deframer *d);

/// Whether a packet has begun and is not whole.  @any
bool weir_deframer_is_amid(const struct weir_deframer *d);

/// The most bytes that weir_frame_put() may write for a packet.  @any
size_t weir_frame_bound(enum weir_framing framing, size_t n_packet);

/// A packet as it travels; returns the bytes written.  @any
size_t weir_frame_put(enum weir_framing framing, const void *packet,
                      size_t n_packet, unsigned char *out);

#endif
