#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The processes that plugins come from are killed, one after the other and all
at once: plugins play on, the strips beside them are to the bit, others can be
added, and one that crashes is back, as long as there is anybody left."""
import os
import signal

from plugins import GAIN, Plugins
from rig import RATE, main, wait_for

FAMILY = ("weir-nursery", "weir-spare", "weir-reader")
OTHER = "urn:weir:test:gain"


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []


class Killed(Plugins):
    options = ("-s", "third")

    def below(self, pid):
        for p in children(pid):
            yield p
            yield from self.below(p)

    def family(self):
        """name -> process"""
        return {self.comm(p): p for p in self.below(self.w.pid)
                if self.comm(p) in FAMILY}

    def await_family(self, *names):
        wait_for(f"all of {names}", lambda: set(names) <= set(self.family()))
        return self.family()

    def add_another(self, slot):
        """Of a kind that nobody has asked for yet."""
        self.w.osc.command("/strip/third/plugin/add", slot, OTHER)
        wait_for("another plugin", lambda: self.w.osc.get(
            f"/strip/third/plugin/{slot}/state") == "running")

    def zombies(self):
        def state(pid):
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0]
        return [p for p in children(self.w.pid) if state(p) == "Z"]

    def begin(self):
        self.start()
        self.runner, = self.runners()
        self.pair = self.record_both()
        self.pass_frames(self.w)

    def play_on(self):
        """With the same process, and what it is set to; beside it to the
        bit."""
        self.pass_frames(self.w, RATE // 2)
        self.assertIn(self.runner, self.runners())
        self.assertEqual(self.state(), "running")
        self.check_good(self.end_recording(self.pair))
        longest = max((n for _, n in self.runs_of_bypass()), default=0)
        # A late block may be bypassed; a process that was started again takes
        # longer than that.
        self.assertLess(longest, RATE // 25)

    def crash(self):
        os.kill(self.runner, signal.SIGKILL)
        wait_for("another runner", lambda: self.runner not in self.runners())

    def goes_on_without(self, name):
        self.begin()
        old = self.await_family(*FAMILY)
        os.kill(old[name], signal.SIGKILL)
        self.add_another("g")
        wait_for(f"another {name}",
                 lambda: self.family().get(name) not in (None, old[name]))
        self.play_on()
        self.crash()
        self.await_state("running")
        self.assertEqual(self.w.osc.get(self.slot + "/param/gain"), GAIN)
        wait_for("no zombies", lambda: not self.zombies())

    def test_without_the_reader(self):
        self.goes_on_without("weir-reader")

    def test_without_the_keeper(self):
        self.goes_on_without("weir-nursery")
        self.assertIn("keeper of the plugins' processes was killed",
                      self.w.log())

    def test_without_the_spare(self):
        self.goes_on_without("weir-spare")

    def test_without_any_of_them_it_says_so(self):
        self.begin()
        family = self.await_family(*FAMILY)
        for p in (family["weir-nursery"], family["weir-spare"]):
            os.kill(p, signal.SIGSTOP)
        for p in family.values():
            os.kill(p, signal.SIGKILL)
        self.w.wait_log("start weir again")
        self.assertEqual(self.w.osc.error("/strip/third/plugin/add", "g",
                                          OTHER), 8)
        self.w.osc.command(self.slot + "/param/gain", GAIN)
        self.play_on()
        self.crash()
        self.await_state("failed")


if __name__ == "__main__":
    main()
