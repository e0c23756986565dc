// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One socket of our own to one weir: packets out, packets in. Over TCP each
// goes behind its length, and what is not read yet stays in the kernel, so
// that a poll for the socket tells of it.
#ifndef WEIR_CTL_LINK_H
#define WEIR_CTL_LINK_H

#include "oscctl/backlog.h"
#include "oscctl/framing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CTL_DATAGRAM_BYTES = 65536,
    CTL_PATIENCE_MS = 2000, ///< silence after which nobody is there
};

struct ctl_link {
    int fd;
    int patience_ms;
    unsigned n_asked; ///< requests so far, for their tags
    const char *url;
    bool quiet; ///< what fails does so without a word; TCP connects later
    uint8_t datagram[CTL_DATAGRAM_BYTES]; ///< the last packet received
    bool is_stream;
    struct weir_deframer deframer; // streams
    struct weir_backlog backlog;
};

/// Connect to osc.udp://HOST:PORT/, osc.tcp://HOST:PORT/ or osc.unix:///PATH.
/// Returns an exit status; has said why when it is not 0.  Borrows `url`. Close
/// in any case.
int ctl_link_open(struct ctl_link *link, const char *url);
void ctl_link_close(struct ctl_link *link);

/// Send one packet; an exit status, as above.
int ctl_link_send(struct ctl_link *link, const void *data, size_t size);

/// The same without waiting or saying anything, for who has more to do.  A
/// datagram that does not fit into the socket now is lost, as they are.  False
/// when the other side is not there.
bool ctl_link_put(struct ctl_link *link, const void *data, size_t size);

/// Put the next packet into `link->datagram`, without waiting.  Returns its
/// size, 0 when none has come, -1 when the other side is not there.
ssize_t ctl_link_take(struct ctl_link *link);

/// Say that nobody answers; returns the exit status for it.
int ctl_link_nobody(const struct ctl_link *link);

#endif
