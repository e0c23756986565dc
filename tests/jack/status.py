#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What /status shows is so: held to JACK, and to what the test does."""
import signal
import time
import unittest

import osc
from rig import PIPEWIRE, RATE, Case, main, wait_for


class Status(Case):
    def test_jack_is_running_freewheel_and_running_again(self):
        w = self.weir("-s", "mic")
        self.assertEqual(w.status("jack"), "running")
        wheel = self.tool("freewheel", "wheel", "weir:mic")
        for _ in range(3):
            wheel.signal(signal.SIGUSR1)
            try:
                wait_for("freewheel",
                         lambda: w.status("jack") == "freewheel")
                cycles = w.status("cycles")
                wait_for("cycles", lambda: w.status("cycles") > cycles)
                self.assertEqual(w.osc.command("/strip/mic/gain", -6.0),
                                 [-6.0])
            finally:
                wheel.signal(signal.SIGUSR2)
            wait_for("the end of it", lambda: w.status("jack") == "running")

    def both(self, w, late):
        """weir's xruns and the other's, at one moment."""
        def same():
            before = w.status("xruns")
            late.signal(signal.SIGUSR2)
            theirs = int(late.line())
            return (before, theirs) if w.status("xruns") == before else None
        return wait_for("quiet", same)

    @unittest.skipUnless(PIPEWIRE, "jackd waits for a client that stands")
    def test_cycles_that_the_others_had_are_counted_as_lost(self):
        w = self.weir("-s", "mic")
        clock = self.weir(name="clock")
        for _ in range(3):
            before = w.status("input_frames_lost")
            w.signal(signal.SIGSTOP)
            try:
                self.pass_frames(clock, 5 * self.period)
            finally:
                w.signal(signal.SIGCONT)
            # It may have been stopped within a cycle, and goes on in one.
            lost = wait_for("loss", lambda: max(
                0, w.status("input_frames_lost") - before - 2 * self.period))
            self.assertEqual(lost % self.period, 0)
            self.assertLess(lost, RATE * 2)

    @unittest.skipIf(PIPEWIRE, "PipeWire tells of a device's xruns, and a "
                     "null sink has none")
    def test_xruns_are_those_that_jack_tells_of(self):
        w = self.weir("-s", "mic")
        late = self.tool("late", "late", 60)
        ours, theirs = self.both(w, late)
        for _ in range(3):
            before = w.status("xruns")
            late.signal(signal.SIGUSR1)
            wait_for("an xrun", lambda: w.status("xruns") > before)

        def agree():
            a, b = self.both(w, late)
            return a - ours == b - theirs and a - ours >= 3
        wait_for("as many xruns", agree)

    def test_a_new_period_is_shown_with_its_latency(self):
        w = self.weir("--latency", "3")
        # Often: PipeWire's libjack once hung in one of ten.
        for block in 4 * (512, 128, 256):
            self.jackd.set_period(block)
            wait_for("the period", lambda: w.status("block") == block)
            self.assertEqual(w.status("latency_frames"), 3 * block)

    def test_the_server_is_the_one_it_is_at(self):
        self.start_jackd(rate=44100, period=1024)
        w = self.weir()
        self.assertEqual((w.status("server"), w.status("rate"),
                          w.status("block")), (self.jackd.name, 44100, 1024))

    def test_strips_and_readers_are_counted(self):
        w = self.weir("-s", "a", "-s", "b")
        self.assertEqual((w.status("strips"), w.status("readers")), (2, 0))
        w.osc.command("/strip/add", "c")
        self.record("take.wav")
        self.assertEqual((w.status("strips"), w.status("readers")), (3, 1))
        w.osc.command("/strip/a/remove")
        self.assertEqual(w.status("strips"), 2)

    def test_uptime_is_seconds(self):
        w = self.weir()
        begin = time.monotonic()
        up = w.status("uptime")
        inner = time.monotonic()
        self.pass_frames(w, w.rate)
        inner = time.monotonic() - inner
        up = w.status("uptime") - up
        self.assertGreater(up, inner - 0.001)  # it is a float
        self.assertLess(up, time.monotonic() - begin + 0.001)

    def test_what_is_mixed_is_the_cycles_and_the_silence_between(self):
        w = self.weir()

        def agree():
            self.o = {m.address.split("/")[2]: m.values[0]
                      for m in w.osc.answers(osc.message("/status"), 20)}
            return self.o["frames_mixed"] - self.o["frames_silent"] == \
                self.o["cycles"] * w.block
        for _ in range(5):
            self.pass_frames(w, 5000)
            wait_for("agreement between two cycles", agree)
        self.assertEqual(self.o["zombie_callbacks"], 0)
        self.assertGreater(self.o["dsp_load"], 0.0)
        self.assertGreater(self.o["callback_us_max"], 0.0)
        self.assertLess(self.o["callback_us_max"], 1e6 * self.o["uptime"])
        self.assertGreater(self.o["mixer_us_max"], 0.0)
        self.assertLess(self.o["mixer_us_max"], 1e6 * self.o["uptime"])
        # Late is what took longer than the period: one says it of the other.
        self.assertEqual(self.o["mixer_late"] > 0,
                         self.o["mixer_us_max"] > 1e6 * w.block / w.rate)


if __name__ == "__main__":
    main()
