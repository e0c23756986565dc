#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Real-time scheduling and locked memory are not there, or not enough: weir
says so in one line that tells what to do, and works."""
import os
import re
import resource
import subprocess
import unittest

from rig import Case, Jackd, Process, Servers, TOOLS, main, segments
from rig import wav_segments

NO_PRIORITY = "ulimit -r 0"
MB = 1 << 20


class Relaxed(Jackd):
    """A server that wants no real time."""

    def __init__(self, folder):
        real = Process.__init__

        def relaxed(process, command, *args, **kw):
            real(process, [command[0], "-r", *command[1:]], *args, **kw)
        Process.__init__ = relaxed
        try:
            super().__init__(folder)
        finally:
            Process.__init__ = real


class NoRealTime(Case):
    def policies(self):
        return {os.sched_getscheduler(int(t)) & ~os.SCHED_RESET_ON_FORK
                for t in os.listdir(f"/proc/{self.w.pid}/task")}

    def check_it_works(self):
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav")
        self.pass_frames(self.w)
        lost = self.w.status("input_frames_lost")
        self.assertEqual(self.stop(r)[2:], (0, 0))
        self.check_exact(wav_segments(self.path("take.wav"), "0", "1"),
                         self.end_generator(g)["gaps"], lost=lost)

    def line(self):
        """The only one about it."""
        self.w.wait_log("no real-time scheduling for the")
        lines = [line for line in self.w.log().splitlines()
                 if "scheduling" in line]
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_without_the_limit_it_says_which_file_and_which_group(self):
        self.w = self.weir("-s", "a:2", binary=self.limited(NO_PRIORITY,
                                                            "sys_nice"))
        line = self.line()
        self.assertEqual(self.policies(), {os.SCHED_OTHER})
        for word in ("callback and the mixer", "@audio - rtprio 95",
                     "/etc/security/limits.d/audio.conf", "log in again",
                     "ulimit -r"):
            self.assertIn(word, line)
        self.check_it_works()

    def test_when_the_limit_allows_it_the_system_is_to_blame(self):
        """As in a control group without a budget."""
        if resource.getrlimit(resource.RLIMIT_RTPRIO)[1] < 10 and os.getuid():
            raise unittest.SkipTest("no real-time scheduling here")
        self.start_jackd()
        env = dict(self.env(), LD_PRELOAD=os.path.abspath(
            f"{TOOLS}/libno_budget.so"))
        if os.path.exists(f"{TOOLS}/../CMakeCache.txt"):
            env["ASAN_OPTIONS"] = "verify_asan_link_order=0"
        self.w = self.weir("-s", "a:2", env=env)
        line = self.line()
        self.assertIn("control group without a real-time budget", line)
        self.assertNotIn("limits.d", line)
        self.check_it_works()

    def test_a_server_without_it_is_named(self):
        if Servers.idle:
            Servers.idle.kill()
            Servers.idle = None
        self.jackd = Relaxed(self.dir)
        self.addCleanup(self.jackd.kill)
        self.own_server = True
        self.w = self.weir("-s", "a:2")
        self.assertIn("the JACK server runs without it", self.line())
        self.check_it_works()


class LockedMemory(Case):
    def locked(self):
        with open(f"/proc/{self.w.pid}/status", encoding="ascii") as f:
            text = f.read()
        return [1024 * int(re.search(name + r":\s+(\d+)", text)[1])
                for name in ("VmLck", "VmSize")]

    def start(self, limit):
        self.w = self.weir("-v", "-s", "a:2", binary=self.limited(
            f"ulimit -l {limit}", "ipc_lock"))
        # Threads can still be made, and what comes later finds its place.
        self.w.osc.command("/strip/add", "later", 64)
        self.assertEqual(len(self.w.osc.get("/bus/main/loudness")), 5)
        r = self.record("take.wav", "-i", "strip/later", "-d", "0.1")
        self.assertEqual(r.end()[0], 0, r.log())

    def said(self):
        self.w.wait_log("that real-time threads use")
        m = re.search(r"locked (\S+) of (\S+) MB that real-time threads use "
                      r"\(limit memlock (\S+) MB", self.w.log())
        return [float(m[k]) * 1e6 for k in (1, 2, 3)]

    def test_under_a_limit_what_fits_is_locked(self):
        self.start(8192)
        n, asked, limit = self.said()
        is_locked, _ = self.locked()
        self.assertGreater(n, 1 * MB)
        self.assertLess(n, asked)  # the history alone is as much as the limit
        self.assertAlmostEqual(limit, 8 * MB, delta=0.1 * MB)
        self.assertGreater(is_locked, n - 0.1 * MB)
        # The rest is JACK's, and who comes later.
        self.assertLessEqual(is_locked, 6.5 * MB)

    def test_what_is_too_little_is_left_to_jack(self):
        self.start(256)  # kB; JACK locks a page for each of its clients
        self.generator("0=weir:a_L", "1=weir:a_R")
        for k in range(3):
            late = self.tool("capture", f"late{k}", 12000, self.path("heard"),
                             "weir:main_L")
            self.assertEqual(late.end()[0], 0, late.log())
            got = segments(self.path("heard"), 0, "0")
            self.assertGreater(sum(s.n for s in got if s.kind == "ramp"),
                               6000, got)
        self.assertEqual(self.said()[0], 0)
        self.assertLess(self.locked()[0], 64 * 1024)

    def test_without_a_limit_all_is_locked(self):
        if subprocess.run(["sh", "-c", "ulimit -l unlimited"], check=False,
                          capture_output=True).returncode:
            raise unittest.SkipTest("not permitted here")
        self.w = self.weir("-v", binary=self.limited("ulimit -l unlimited"))
        self.w.wait_log("all memory is locked")
        is_locked, size = self.locked()
        # But for what the kernel itself maps.
        self.assertGreater(is_locked, size - 1 * MB)


if __name__ == "__main__":
    main()
