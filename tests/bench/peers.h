// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The peers that were found, as a list of contestants.
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "bench/ring.h"

#ifdef HAVE_SPA
#define BENCH_SPA {"spa", &bench_ring_spa},
#else
#define BENCH_SPA
#endif
#ifdef HAVE_BOOST
#define BENCH_BOOST {"boost", &bench_ring_boost},
#else
#define BENCH_BOOST
#endif
#ifdef HAVE_CK
#define BENCH_CK {"ck", &bench_ring_ck},
#else
#define BENCH_CK
#endif
#ifdef HAVE_READERWRITERQUEUE
#define BENCH_RWQ {"readerwriterqueue", &bench_ring_readerwriterqueue},
#else
#define BENCH_RWQ
#endif
// clang-format off: it would take the list for a block.
#define BENCH_PEERS                                                            \
    {"jack", &bench_ring_jack}, BENCH_SPA BENCH_BOOST BENCH_CK BENCH_RWQ
// clang-format on

#endif
