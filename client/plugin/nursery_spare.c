// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's spare. weir itself can start no program once it has
// restricted itself, nor fork with a real-time thread at work: so whoever
// takes the keeper's place is there before. It has the keeper's sockets, so
// nothing that is asked gets lost.
#include "plugin/nursery_spare.h"

#include "common/log.h"
#include "plugin/nursery_protocol.h"
#include "plugin/parcel.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// It has become weir's child (PR_SET_CHILD_SUBREAPER), and says which.
static void
take_over(void)
{
    const struct weir_nursery_answer a = {.op = WEIR_NURSERY_KEPT};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "weir-nursery");
    const int self = pidfd_open(getpid(), 0);
    weir_parcel_send(WEIR_NURSERY_KEEPER, &a, sizeof a, &self, self >= 0,
                     MSG_DONTWAIT);
    if (self >= 0)
        close(self);
    weir_log(
        WEIR_LOG_ERROR,
        "the keeper of the plugins' processes was killed: another goes on");
}

void
weir_nursery_stand_by(int keeper)
{
    struct pollfd on[] = {{keeper, POLLIN, 0}, {WEIR_NURSERY_KEEPER, 0, 0}};
    prctl(PR_SET_NAME, "weir-spare");
    while (!on[0].revents && !on[1].revents)
        poll(on, 2, -1);
    if (on[1].revents)
        _exit(0);
    close(keeper);
    take_over();
}
