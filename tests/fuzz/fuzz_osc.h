// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The whole way of a packet, for libFuzzer and for replay.c. An input is a
// row of records: a letter, a number n of 16 bits (big-endian), and for the
// first four n bytes (as many as there are).
//
//     p  a packet from a program on this machine, a Unix datagram
//     q  a packet from another host, whose address may be forged
//     s  bytes of a connection, which may be any part of its packets
//     c  the connection is closed; a new one begins
//     a  a packet from a reader to the attach socket
//     m  mix n frames; the mixer obeys, and its answers come back
//     w  n milliseconds go by without a cycle
//     h  from now on ports that are asked for are made later
//     r  they are made        f  they are refused
//     d  plugins' descriptions and what is asked of racks wait (n odd), or are
//        told at once again
//     t  what waits of these is told
//     x  what is sent to the connection finds no room (n odd), or does again
//
// Time tags are told as of clock.h's beginning: it is when the input begins.
#ifndef TESTS_FUZZ_FUZZ_OSC_H
#define TESTS_FUZZ_FUZZ_OSC_H

#include <stddef.h>
#include <stdint.h>

/// Run one input; aborts when something is wrong.  All that it left is put
/// back, so that the next one finds what it found.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// A sum over all that was answered to the last input.
uint64_t fuzz_answers(void);

/// How many packets the last input got answered.
unsigned fuzz_n_answers(void);

#endif
