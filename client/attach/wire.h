// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// OSC 1.0 messages for the attach socket: just enough to build and to read
// those of protocol.h, and strict, because the other side may be anybody.
// Types: i h f d s T F.
#ifndef WEIR_ATTACH_WIRE_H
#define WEIR_ATTACH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_WIRE_MAX_BYTES = 4096, ///< of a packet; as WEIR_ATTACH_MAX_PACKET
    WEIR_WIRE_MAX_ARGS = 32,
};

// ---------------------------------------------------------------- building

/// A message being built. What does not fit is noticed in weir_wire_end(),
/// so the calls in between need no checks.
struct weir_wire_out {
    const char *address; // borrowed until weir_wire_end()
    char types[WEIR_WIRE_MAX_ARGS + 1];
    unsigned n_args;
    size_t n_bytes;
    bool failed;
    unsigned char bytes[WEIR_WIRE_MAX_BYTES];
};

/// Begin a message.  Borrows `address` until weir_wire_end().  @any
void weir_wire_begin(struct weir_wire_out *w, const char *address);

/// Add an argument.  @any
void weir_wire_int(struct weir_wire_out *w, int32_t value);
void weir_wire_long(struct weir_wire_out *w, int64_t value);
void weir_wire_float(struct weir_wire_out *w, float value);
void weir_wire_double(struct weir_wire_out *w, double value);
void weir_wire_bool(struct weir_wire_out *w, bool value);
void weir_wire_string(struct weir_wire_out *w, const char *text);

/// Put the packet into `packet`; returns its length, or 0 when something
/// did not fit or the address is none.  @any
size_t weir_wire_end(const struct weir_wire_out *w, void *packet, size_t size);

// ----------------------------------------------------------------- reading

/// A message that was checked whole. It points into the packet.
struct weir_wire {
    const char *address;
    const char *types; // without the comma
    unsigned n_args;
    const unsigned char *args[WEIR_WIRE_MAX_ARGS];
};

/// Check that the `n` bytes are exactly one message: address, type tags,
/// every argument, termination and zero padding.  Nothing may be read from
/// `out` when it is false.  @any  Borrows `packet` as long as `out` is used.
bool weir_wire_parse(struct weir_wire *out, const void *packet, size_t n);

/// Whether it is `address` with arguments that begin with `types`.  @any
bool weir_wire_is(const struct weir_wire *w, const char *address,
                  const char *types);

/// Argument `i`; false, and nothing written, when there is none or it has
/// another type.  @any
bool weir_wire_get_int(const struct weir_wire *w, unsigned i, int32_t *out);
bool weir_wire_get_long(const struct weir_wire *w, unsigned i, int64_t *out);
bool weir_wire_get_float(const struct weir_wire *w, unsigned i, float *out);
bool weir_wire_get_double(const struct weir_wire *w, unsigned i, double *out);
bool weir_wire_get_bool(const struct weir_wire *w, unsigned i, bool *out);

/// Argument `i` if it is a string, else null.  @any
const char *weir_wire_get_string(const struct weir_wire *w, unsigned i);

#endif
