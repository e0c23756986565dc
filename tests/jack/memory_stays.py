#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What weir keeps in memory: no more with time, and nothing fresh for the
threads that may not wait for it."""
import os

from rig import PIPEWIRE, Case, main


def task(pid, tid, file):
    with open(f"/proc/{pid}/task/{tid}/{file}") as f:
        return f.read().strip()


class Memory(Case):
    def faults(self, w):
        """Page faults of the mixer and, where it can be told apart by its
        scheduling, of the callback: {thread: count}."""
        found = {}
        for tid in os.listdir(f"/proc/{w.pid}/task"):
            name = task(w.pid, tid, "comm")
            policy = os.sched_getscheduler(int(tid))
            if name == "weir-mixer" or (policy & ~os.SCHED_RESET_ON_FORK
                                        == os.SCHED_FIFO):
                stat = task(w.pid, tid, "stat").rsplit(")", 1)[1].split()
                found[name] = int(stat[7]) + int(stat[9])
        return found

    def ride(self, w, n):
        for k in range(n):
            w.osc.command("/strip/a/gain", -(k % 80) / 2)
            w.osc.get("/strip/a/meter")

    def test_commands_bring_real_time_threads_no_fresh_page(self):
        w = self.weir("-s", "a:2", "-b", "fx")
        self.generator("0=weir:a_L", "1=weir:a_R")
        self.ride(w, 300)
        before, rss = self.faults(w), w.rss_kb()
        self.assertIn("weir-mixer", before)
        self.ride(w, 2000)
        self.assertEqual(self.faults(w), before)
        self.assertLessEqual(w.rss_kb() - rss, 32)

    def test_strips_and_buses_that_go_leave_their_memory(self):
        w = self.weir("-s", "a:2")
        rss = []
        for k in range(40):
            w.osc.command("/strip/add", f"s{k}", 1 + k % 5)
            w.osc.command("/bus/add", f"b{k}", 1 + k % 5)
            w.osc.command(f"/strip/s{k}/remove")
            w.osc.command(f"/bus/b{k}/remove")
            rss.append(w.rss_kb())
        # PipeWire's libjack keeps the last 128 ports that went, and half a
        # kilobyte of each property of a port that was taken away again: what
        # a client that does nothing else grows by, too.
        base = rss[14] if PIPEWIRE else rss[4]
        self.assertLessEqual(rss[-1] - base, 256, rss)


if __name__ == "__main__":
    main()
