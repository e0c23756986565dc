#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Two processes that want all of the CPU and one that wants the disk, beside
weir and a recorder for some thousand cycles. What JACK delivered is in the
file at its place or has been counted, the ports have the mix or silence that
was counted, and the log tells of it in bursts."""
import os
import re
import signal

from rig import Case, LONG, Process, RATE, main, segments, wait_for
from rig import wav_segments

CYCLES = 40000 if LONG else 1500
BUSY = "while :; do :; done"
# Writes and syncs 8 MB, over and over.
DISK = ("while :; do dd if=/dev/zero of={} bs=1M count=8 conv=fsync "
        "status=none; done")
KINDS = ("xruns", "late blocks", "blocks mixed too late", "input frames lost")
COUNTERS = ("xruns", "late_blocks", "mixer_late", "input_frames_lost")


class Group(Process):
    """With the children that it starts."""

    def __init__(self, case, script):
        super().__init__(["sh", "-c", script], case.new_log("load"),
                         start_new_session=True)

    def kill(self):
        if self.running():
            os.killpg(self.pid, signal.SIGKILL)
        super().kill()


class Load(Case):
    period = 128

    def load(self):
        for script in (BUSY, BUSY, DISK.format(self.path("big"))):
            self.keep(Group(self, script))

    def status(self):
        return {c: self.w.status(c) for c in (*COUNTERS, "cycles")}

    def start(self, binary=None):
        self.w = self.weir("-s", "a:2", binary=binary)
        self.g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.heard = self.tool("capture", "heard", (CYCLES + 400) * 128,
                               self.path("heard"), "weir:main_L",
                               "weir:main_R")
        self.r = self.record("take.wav")

    def pass_cycles(self):
        end = self.w.status("cycles") + CYCLES
        wait_for("cycles", lambda: self.w.status("cycles") >= end, 300)

    def test_every_frame_is_in_its_place_or_counted(self):
        self.start()
        self.check_under_load()

    def test_without_real_time_scheduling_just_so(self):
        self.start(self.limited("ulimit -r 0", "sys_nice"))
        self.check_under_load()

    def check_under_load(self):
        self.load()
        self.pass_cycles()
        self.check_file()
        self.check_ports()
        self.check_log()

    def check_file(self):
        """What reached the mixer is there; what did not is the gaps that
        JACK made for all, or frames that weir has counted."""
        self.assertEqual(self.stop(self.r)[2:], (0, 0))
        self.counted = self.status()
        self.gaps = self.end_generator(self.g)["gaps"]
        begin, end = self.check_exact(
            wav_segments(self.path("take.wav"), "0", "1"), self.gaps,
            lost=self.counted["input_frames_lost"])
        self.assertGreater(end - begin, CYCLES * self.period // 2)

    def check_ports(self):
        """The mix, or silence for a block that was counted as late. What the
        listener itself came too late for is NaN in its file."""
        self.heard.signal(signal.SIGTERM)
        self.heard.end()
        late = self.w.status("late_blocks")
        got = segments(self.path("heard"), 0, "0", "1")
        first = next(k for k, s in enumerate(got) if s.kind == "ramp")
        last = max(k for k, s in enumerate(got) if s.kind == "ramp")
        got = got[first:last + 1]
        wrong = [s for s in got if s.kind == "other"]
        self.assertEqual(wrong, [])
        silent = sum(s.n for s in got if s.kind == "silence")
        missing = sum(s.n for s in got if s.kind == "missing")
        lost = self.w.status("input_frames_lost")
        self.assertLessEqual(silent, late * self.period + lost
                             + sum(n for _, n in self.gaps) + missing)
        print(f"{CYCLES} cycles: {self.counted}, {silent} frames of silence "
              f"at the ports, {missing} that the listener missed")

    def check_log(self):
        """Every counter that has grown has its lines; the last one of each
        says its total; there are no more than bursts can be."""
        self.w.osc.command("/quit")
        # What is counted from here on is said at the end, too.
        self.assertEqual(self.w.end()[0], 0)
        lines = self.w.log().splitlines()
        most = 2 + self.seconds() / 1.5
        for kind, counter in zip(KINDS, COUNTERS):
            said = [line for line in lines if f" {kind}: " in line]
            self.assertLessEqual(len(said), most, said)
            if self.counted[counter] == 0:
                continue
            self.assertTrue(said, (kind, self.counted))
            total = int(re.search(r"\((\d+) since the start\)", said[-1])[1])
            self.assertGreaterEqual(total, self.counted[counter], said)
            for line in said:
                self.assertRegex(line, rf"weir: {kind}: \d+ (in \d+ s )?"
                                       r"\(\d+ since the start\)$")

    def seconds(self):
        return self.counted["cycles"] * self.period / RATE + 10


if __name__ == "__main__":
    main()
