// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What stands between the network and every OSC parser: a packet is taken
// only if each byte of it is accounted for.  liblo over-reads on some packets
// (a `,b` without data), so nothing reaches it unseen.
//
//     struct weir_osc_walk walk;
//     if (weir_osc_validate(packet, size, NULL) == WEIR_OSC_OK) {
//         weir_osc_walk_init(&walk, packet, size);
//         while (weir_osc_next(&walk, &message))
//             ...
//     }
#ifndef WEIR_OSCCTL_VALIDATE_H
#define WEIR_OSCCTL_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_OSC_DEPTH_MAX = 8,       ///< bundles within bundles
    WEIR_OSC_MESSAGES_MAX = 1024, ///< in one packet, over all its bundles
};

/// The time tag that means "now"; plain messages carry it too.
#define WEIR_OSC_IMMEDIATELY UINT64_C(1)

/// Why a packet was refused.
enum weir_osc_fault {
    WEIR_OSC_OK = 0,
    WEIR_OSC_EMPTY,        ///< no bytes at all
    WEIR_OSC_ODD_SIZE,     ///< a size that 4 does not divide
    WEIR_OSC_NO_ADDRESS,   ///< begins neither with '/' nor with "#bundle"
    WEIR_OSC_BAD_ADDRESS,  ///< a space, a '#', a control or 8-bit character
    WEIR_OSC_UNTERMINATED, ///< a string without its NUL
    WEIR_OSC_BAD_PADDING,  ///< other bytes than zero after a NUL
    WEIR_OSC_NO_TYPES,     ///< something other than ',' after the address
    WEIR_OSC_BAD_TYPE,     ///< a type tag outside "ifsSbhdtcrmTFNI"
    WEIR_OSC_CUT_ARGUMENT, ///< an argument that goes past the end
    WEIR_OSC_BAD_BLOB,     ///< a blob's length is negative or too long
    WEIR_OSC_LEFT_OVER,    ///< bytes after the last argument
    WEIR_OSC_CUT_BUNDLE,   ///< a bundle's head or element past the end
    WEIR_OSC_TOO_DEEP,     ///< more than WEIR_OSC_DEPTH_MAX
    WEIR_OSC_TOO_MANY,     ///< more than WEIR_OSC_MESSAGES_MAX
};

/// What a packet holds.
struct weir_osc_summary {
    uint32_t n_messages;
    bool is_bundle;
    uint64_t time_tag; ///< the outermost bundle's, or WEIR_OSC_IMMEDIATELY
};

/// One message of a validated packet; borrows the packet's bytes.
struct weir_osc_message {
    const void *data; ///< for lo_message_deserialise(), if `has_types`
    size_t size;
    const char *address;
    const char *types; ///< without the ','; "" when there are none
    const void *args;  ///< the first argument's bytes, big-endian
    bool has_types;    ///< false: old senders; liblo refuses those
    uint64_t time_tag; ///< its bundle's, or WEIR_OSC_IMMEDIATELY
};

/// Where a walk over a validated packet stands.
struct weir_osc_walk {
    const uint8_t *at;
    uint32_t depth; ///< of the bundle around `at`; 0: none
    struct {
        const uint8_t *end;
        uint64_t time_tag;
    } bundle[WEIR_OSC_DEPTH_MAX + 1];
};

/// Check a message or a bundle.  `out` may be null; written on WEIR_OSC_OK
/// only.  The packet needs no alignment.
/// @any  Linear in `size`, no recursion, no allocation.  Borrows `packet`.
enum weir_osc_fault weir_osc_validate(const void *packet, size_t size,
                                      struct weir_osc_summary *out);

/// The fault in words, for /error and the log.  @any  Never null.
const char *weir_osc_fault_text(enum weir_osc_fault fault);

/// Stand before the first message of a packet that weir_osc_validate() has
/// found to be WEIR_OSC_OK.  @any  Borrows `packet` while walking.
void weir_osc_walk_init(struct weir_osc_walk *walk, const void *packet,
                        size_t size);

/// The next message, nested bundles taken as if laid flat; false at the end.
/// @any  Constant time but for the strings it steps over.
bool weir_osc_next(struct weir_osc_walk *walk, struct weir_osc_message *out);

#endif
