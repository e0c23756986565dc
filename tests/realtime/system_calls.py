#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What the two real-time threads ask of the kernel, call by call, as strace
sees it: beside what JACK makes for any client, the callback makes one futex
wake a cycle; the mixer waits on its doorbell, wakes the readers of each source
once a block, and tells @control of events.

The period is long, so that being stopped at every call disturbs nothing."""
import collections
import os
import re
import subprocess
import sys
import time

import threads
from rig import Case, main, wait_for

CYCLES = int(os.environ.get("WEIR_CYCLES", 120))
SETS = 20


class Call:
    def __init__(self, at_s, line):
        m = re.match(r"(\w+)\((.*)", line)
        self.at_s = at_s
        self.name, self.args = m[1], m[2]
        words = re.split(r", |\)", self.args)
        self.where = words[0]
        self.op = words[1] if self.name == "futex" else ""

    def __repr__(self):
        return f"{self.name}({self.where}, {self.op})"


def tracer(tid):
    with open(f"/proc/{tid}/status") as f:
        return int(re.search(r"TracerPid:\s+(\d+)", f.read())[1])


def may_trace():
    """Whether this machine lets one process trace another."""
    with subprocess.Popen(["sleep", "60"]) as other:
        with subprocess.Popen(["strace", "-o", "/dev/null", "-p",
                               str(other.pid)]) as strace:
            wait_for("strace", lambda: strace.poll() is not None
                     or tracer(other.pid) == strace.pid)
            may = strace.poll() is None
            other.kill()
    return may


class Strace:
    """One process's threads, from attach to end."""

    def __init__(self, case, pid):
        self.path = case.new_log("strace")
        self.log = case.new_log("strace-errors")
        with open(self.log, "w") as err:
            self.p = subprocess.Popen(
                ["strace", "-f", "-ttt", "-qq", "-o", self.path, "-p", str(pid)],
                stderr=err)
        case.addCleanup(self.end)
        self.tids = threads.all_threads(pid)
        wait_for("strace", self.has_attached)
        self.since_s = time.time()

    def has_attached(self):
        if self.p.poll() is not None:
            with open(self.log) as f:
                raise AssertionError(f.read())
        return all(tracer(t) == self.p.pid for t in self.tids)

    def end(self):
        if self.p.poll() is None:
            self.p.terminate()
        self.p.wait()

    def calls(self):
        """{thread: calls}, while all threads were traced."""
        until_s = time.time()
        self.end()
        found = {t: [] for t in self.tids}
        self.timeouts = collections.Counter()
        with open(self.path) as f:
            for line in f:
                tid, at, what = line.split(None, 2)
                # A wait that attaching has interrupted goes on.
                if what.startswith("restart_syscall"):
                    continue
                self.timeouts[int(tid)] += "ETIMEDOUT" in what
                if (re.match(r"\w+\(", what) and int(tid) in found
                        and self.since_s < float(at) < until_s):
                    found[int(tid)].append(Call(float(at), what))
        return found


def usual_cycle(calls):
    """What a client's thread calls from one of JACK's waits to the next: most
    often, that is, for a signal that came early needs no wait."""
    cycles = []
    for call in calls:
        if call.op == "FUTEX_WAIT":
            cycles.append([])
        if cycles:
            cycles[-1].append((call.name, call.op))
    shapes = collections.Counter(tuple(c) for c in cycles[:-1])
    shape, n = shapes.most_common(1)[0]
    assert n > len(cycles) / 2, shapes
    return collections.Counter(shape)


class Calls(Case):
    period = 1024

    def start(self):
        self.w = self.weir("-s", "a:2", "-s", "b")
        # The other client wakes weir, as weir wakes the server: each of them
        # waits once and wakes once.
        self.g = self.generator("0=weir:a_L")
        self.pass_frames(self.w)

    def read(self, *sources):
        args = [word for s in sources for word in ("-i", s)]
        n = len(self.w.readers()) + 1
        self.program("weir-tap", *args, stdout=subprocess.DEVNULL)
        wait_for("reader", lambda: len(self.w.readers()) >= n)
        self.pass_frames(self.w)

    def trace(self, act=lambda: None):
        """Calls of (callback, mixer, the other client's callback)."""
        mixer = threads.mixer(self.w)
        callback = threads.callback(self, self.w)
        ours, theirs = Strace(self, self.w.pid), Strace(self, self.g.pid)
        self.pass_frames(self.w, CYCLES * self.period)
        act()
        trace, ours, theirs = ours, ours.calls(), theirs.calls()
        self.timeouts = trace.timeouts[mixer]
        self.assertGreater(len(ours[mixer]), CYCLES / 2)
        other = max(theirs.values(), key=len)
        self.assertGreater(len(other), CYCLES / 2)
        return ours[callback], ours[mixer], other

    def check_callback(self, calls, other):
        """(doorbell, cycles)"""
        wakes = collections.Counter(c.where for c in calls
                                    if c.op == "FUTEX_WAKE_PRIVATE")
        self.assertEqual(len(wakes), 1, wakes)
        (doorbell, n_wakes), = wakes.items()
        self.assertGreater(n_wakes, CYCLES / 2)
        wake = ("futex", "FUTEX_WAKE_PRIVATE")
        # Never anything but that and what JACK makes for the other client...
        jacks = {(c.name, c.op) for c in other}
        self.assertNotIn(wake, jacks)
        self.assertEqual({(c.name, c.op) for c in calls} - jacks, {wake})
        # ... and as often.
        ours, theirs = usual_cycle(calls), usual_cycle(other)
        self.assertEqual(ours - theirs, {wake: 1})
        self.assertEqual(theirs - ours, {})
        print(f"callback: {n_wakes} cycles of {ours.total()} calls, JACK's "
              f"own {theirs.total()}")
        return doorbell, n_wakes

    def check_mixer(self, calls, doorbell, n_cycles, n_sources):
        """The number of writes"""
        kinds = collections.Counter((c.name, c.op) for c in calls)
        waits = kinds.pop(("futex", "FUTEX_WAIT_PRIVATE"))
        wakes = kinds.pop(("futex", "FUTEX_WAKE"), 0)
        writes = kinds.pop(("write", ""), 0)
        self.assertEqual(kinds, {}, "what else it calls")
        self.assertEqual({c.where for c in calls
                          if c.op == "FUTEX_WAIT_PRIVATE"}, {doorbell})
        # Each ring is woken once a block: in turn, without one too many.
        woken = [c.where for c in calls if c.op == "FUTEX_WAKE"]
        self.assertEqual(len(set(woken)), n_sources)
        self.assertEqual(woken[n_sources:], woken[:len(woken) - n_sources])
        # A mixer that was late has blocks of cycles before the trace, and
        # what JACK lost is mixed as blocks, too.
        self.assertLess(abs(wakes - n_sources * n_cycles),
                        n_sources * n_cycles / 2 + 1)
        print(f"mixer: {n_cycles} blocks for {n_sources} sources: {waits} "
              f"waits ({self.timeouts} in vain), {wakes} wakes, {writes} "
              "writes")
        eventfds = {c.where for c in calls if c.name == "write"}
        for fd in eventfds:
            self.assertEqual(os.readlink(f"/proc/{self.w.pid}/fd/{fd}"),
                             "anon_inode:[eventfd]")
        self.assertLessEqual(len(eventfds), 1)
        return waits, writes

    def test_every_call_has_its_reason(self):
        self.start()
        with self.subTest("without readers: the mixer's wait"):
            callback, mixer, other = self.trace()
            doorbell, n = self.check_callback(callback, other)
            waits, writes = self.check_mixer(mixer, doorbell, n, 0)
            self.check_waits(waits, n)
            self.assertEqual(writes, 0)
        with self.subTest("each source with readers: one wake a block"):
            self.read("main")
            self.read("strip/b", "strip/a/pre")
            callback, mixer, other = self.trace()
            doorbell, n = self.check_callback(callback, other)
            waits, writes = self.check_mixer(mixer, doorbell, n, 3)
            self.check_waits(waits, n)
            self.assertEqual(writes, 0)
        with self.subTest("commands: one write each"):
            callback, mixer, other = self.trace(self.set_some)
            doorbell, n = self.check_callback(callback, other)
            waits, writes = self.check_mixer(mixer, doorbell, n, 3)
            self.check_waits(waits, n + SETS)
            self.assertEqual(writes, SETS)

    def check_waits(self, waits, n_rings):
        """Each wait ends by a ring of its own, or after 100 ms in which the
        machine ran nobody; a few may lie across the ends."""
        self.assertLessEqual(waits, n_rings + self.timeouts + 5)

    def set_some(self):
        for k in range(SETS):
            self.w.osc.command("/strip/a/gain", -float(k))


if __name__ == "__main__":
    if not may_trace():
        print("no process may trace another here: skipped")
        sys.exit(77)
    main()
