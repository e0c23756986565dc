# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Somebody inside a program of weir's: see intruder.c."""
import ctypes
import os
import signal

from rig import TOOLS, wait_for

_libc = ctypes.CDLL(None, use_errno=True)
TGKILL, LANDLOCK_CREATE_RULESET = 234, 444


def landlock_abi():
    """0: the kernel has none."""
    return max(0, _libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1))


class Intruder:
    def __init__(self, folder, tries):
        """`tries`: (what, on what), as intruder.c knows them."""
        self.tries = tries
        self.says = f"{folder}/intruder-says"
        self.list = f"{folder}/intruder-tries"
        with open(self.list, "w") as f:
            f.writelines(f"{what} {on}\n" for what, on in tries)

    def env(self, env):
        return dict(env, LD_PRELOAD=os.path.abspath(
            f"{TOOLS}/libintruder.so"), INTRUDER_TRIES=self.list,
            INTRUDER_SAYS=self.says)

    def heard(self):
        with open(self.says) as f:
            return [line.split() for line in f.read().splitlines()]

    def intrude(self, pid):
        """In each thread: {thread's id: [errno of each try]}."""
        threads = [int(t) for t in os.listdir(f"/proc/{pid}/task")]
        found = {}
        for tid in threads:
            if _libc.syscall(TGKILL, pid, tid, signal.SIGRTMIN + 6) == 0:
                wait_for(f"word from thread {tid} of {pid}",
                         lambda t=tid: [str(t), "done"] in self.heard())
                found[tid] = [int(w[2]) for w in self.heard()
                              if w[0] == str(tid) and w[1] != "done"]
        return found
