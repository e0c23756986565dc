#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Memory is there before a real-time thread touches it: after the first
second neither of them meets a page fault, whatever comes and goes."""
import os
import resource

import threads
from activity import Activity
from rig import Case, RATE, main

CROWD = 30
CYCLES = int(os.environ.get("WEIR_CYCLES", 3000))


class Faults(Case):
    period = 128

    def setUp(self):
        super().setUp()
        # Where all may be locked nothing is proven.
        few = min(8 << 20, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
                  & (1 << 62) - 1)
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (few, few))

    def crowd(self, w):
        """Many at once: memory that nobody has used before."""
        for k in range(CROWD):
            w.osc.command("/bus/add", f"bb{k}", 1 + k % 3)
        for k in range(3 * CROWD):
            w.osc.command("/strip/add", f"ss{k}", 1 + k % 3)
            w.osc.command(f"/strip/ss{k}/send/bb{k // 3}/on", True)
            w.osc.command(f"/strip/ss{k}/send/bb{k // 3}/level", -6.0)
        self.pass_frames(w)

    def test_no_page_fault_after_the_first_second(self):
        w = self.weir("-s", "a:2", "-s", "b")
        self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b")
        self.pass_frames(w, RATE)
        tids = {"callback": threads.callback(self, w),
                "mixer": threads.mixer(w)}
        before = {k: threads.page_faults(w, t) for k, t in tids.items()}
        # It counts at all: starting took some.
        for k, n in before.items():
            self.assertGreater(sum(n), 0, k)
        self.crowd(w)
        activity = Activity(self, w)
        cycles = activity.run(CYCLES)
        after = {k: threads.page_faults(w, t) for k, t in tids.items()}
        self.assertEqual(after, before, f"in {cycles} cycles")
        self.assertGreater(activity.n_rounds, 2)
        print(f"{cycles} cycles, {activity.n_rounds} strips and buses, "
              f"{activity.n_readers} readers: (minor, major) faults stay "
              f"at {after}")


if __name__ == "__main__":
    main()
