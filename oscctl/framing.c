// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets on a stream.
#include "oscctl/framing.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BYTES = 256, // of memory for a packet
    LENGTH_BYTES = 4,
    // SLIP.
    END = 0xc0,
    ESC = 0xdb,
    ESC_END = 0xdc,
    ESC_ESC = 0xdd,
};

// ------------------------------------------------------------------- taking

static bool
reserve(struct weir_deframer *d, size_t n)
{
    size_t size = d->size ? d->size : FIRST_BYTES;
    while (size < n)
        size *= 2;
    if (size == d->size)
        return true;
    unsigned char *packet = realloc(d->packet, size);
    if (!packet)
        return false;
    d->packet = packet;
    d->size = size;
    return true;
}

static enum weir_frame
whole(struct weir_deframer *d)
{
    d->is_whole = true;
    return WEIR_FRAME_PACKET;
}

static void
begin_packet(struct weir_deframer *d)
{
    d->n_bytes = 0;
    d->length = 0;
    d->n_length = 0;
    d->is_whole = false;
}

static enum weir_frame
take_length(struct weir_deframer *d, const unsigned char *bytes, size_t n,
            size_t *n_taken)
{
    while (d->n_length < LENGTH_BYTES) {
        if (*n_taken == n)
            return WEIR_FRAME_MORE;
        d->length = d->length << 8 | bytes[(*n_taken)++];
        d->n_length++;
    }
    if (d->length > WEIR_FRAME_MAX)
        return WEIR_FRAME_TOO_LONG;
    if (!reserve(d, d->length))
        return WEIR_FRAME_NO_MEMORY;
    const size_t n_missing = d->length - d->n_bytes;
    const size_t n_there = n - *n_taken;
    const size_t n_now = n_there < n_missing ? n_there : n_missing;
    memcpy(d->packet + d->n_bytes, bytes + *n_taken, n_now);
    d->n_bytes += n_now;
    *n_taken += n_now;
    return d->n_bytes == d->length ? whole(d) : WEIR_FRAME_MORE;
}

static enum weir_frame
add_byte(struct weir_deframer *d, unsigned char byte)
{
    if (d->is_escaped && byte != ESC_END && byte != ESC_ESC)
        return WEIR_FRAME_BAD_ESCAPE;
    if (d->n_bytes == WEIR_FRAME_MAX)
        return WEIR_FRAME_TOO_LONG;
    if (!reserve(d, d->n_bytes + 1))
        return WEIR_FRAME_NO_MEMORY;
    d->packet[d->n_bytes++] = !d->is_escaped    ? byte
                              : byte == ESC_END ? END
                                                : ESC;
    d->is_escaped = false;
    return WEIR_FRAME_MORE;
}

// Nothing between two ENDs is no packet: one ends, the other begins.
static enum weir_frame
take_slip(struct weir_deframer *d, const unsigned char *bytes, size_t n,
          size_t *n_taken)
{
    enum weir_frame found = WEIR_FRAME_MORE;
    while (found == WEIR_FRAME_MORE && *n_taken < n) {
        const unsigned char byte = bytes[(*n_taken)++];
        if (byte == ESC && !d->is_escaped)
            d->is_escaped = true;
        else if (byte != END || d->is_escaped)
            found = add_byte(d, byte);
        else if (d->n_bytes > 0)
            found = whole(d);
    }
    return found;
}

static bool
recognise(struct weir_deframer *d, unsigned char first)
{
    if (first == END)
        d->framing = WEIR_FRAMING_SLIP;
    else if (first == 0)
        d->framing = WEIR_FRAMING_LENGTH;
    return d->framing != WEIR_FRAMING_UNKNOWN;
}

enum weir_frame
weir_deframer_take(struct weir_deframer *d, const void *bytes, size_t n,
                   size_t *n_taken)
{
    *n_taken = 0;
    if (n == 0)
        return WEIR_FRAME_MORE;
    if (d->is_whole)
        begin_packet(d);
    if (!d->framing && !recognise(d, *(const unsigned char *)bytes))
        return WEIR_FRAME_FOREIGN;
    return d->framing == WEIR_FRAMING_SLIP ? take_slip(d, bytes, n, n_taken)
                                           : take_length(d, bytes, n, n_taken);
}

bool
weir_deframer_is_amid(const struct weir_deframer *d)
{
    return !d->is_whole && (d->n_bytes > 0 || d->n_length > 0 || d->is_escaped);
}

void
weir_deframer_fini(struct weir_deframer *d)
{
    free(d->packet);
    *d = (struct weir_deframer){0};
}

// ------------------------------------------------------------------ putting

size_t
weir_frame_bound(enum weir_framing framing, size_t n_packet)
{
    return framing == WEIR_FRAMING_SLIP ? 2 * n_packet + 2
                                        : n_packet + LENGTH_BYTES;
}

static size_t
put_slip(const unsigned char *packet, size_t n, unsigned char *out)
{
    unsigned char *at = out;
    *at++ = END;
    for (size_t i = 0; i < n; i++) {
        if (packet[i] == END || packet[i] == ESC) {
            *at++ = ESC;
            *at++ = packet[i] == END ? ESC_END : ESC_ESC;
        } else {
            *at++ = packet[i];
        }
    }
    *at++ = END;
    return (size_t)(at - out);
}

size_t
weir_frame_put(enum weir_framing framing, const void *packet, size_t n_packet,
               unsigned char *out)
{
    if (framing == WEIR_FRAMING_SLIP)
        return put_slip(packet, n_packet, out);
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        out[i] = (unsigned char)(n_packet >> (24 - 8 * i));
    memcpy(out + LENGTH_BYTES, packet, n_packet);
    return LENGTH_BYTES + n_packet;
}
