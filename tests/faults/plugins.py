#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A plugin on a strip does everything that takes a host down. The strip is
bypassed within a block and a fade, and back with what it was set to; the strip
beside it is to the bit all the time; and one that does so again and again is
given up, which its state says.

What is heard of the strip is counted in frames of its own recording: by what
the plugin makes of the input (three times as much), as it came (the bypass),
or in between (the fade)."""
import array
import os
import signal
import time

from rig import Case, RATE, Wav, main, wait_for, wav_segments

BUILD = os.environ["WEIR_BUILD"]
SEGV, ABORT, LOOP, SLEEP, MEMORY, NAN, SCRIBBLE, EXIT, CLOSE = range(1, 10)
STOP = 13
GAIN = 3.0
URI = "urn:weir:test:trouble"


class Plugins(Case):
    options = ()

    def env(self):
        return dict(super().env(), LV2_PATH=f"{BUILD}/tests/lv2")

    def start(self):
        self.w = self.weir("-s", "bad:2", "-s", "good:2", *self.options)
        self.g = self.generator("0=weir:bad_L", "1=weir:bad_R",
                                "2=weir:good_L", "3=weir:good_R")
        self.slot = "/strip/bad/plugin/t"
        self.w.osc.command("/strip/bad/plugin/add", "t", URI)
        self.await_state("running")
        self.w.osc.command(self.slot + "/param/gain", GAIN)
        self.pass_frames(self.w)

    def state(self):
        return self.w.osc.get(self.slot + "/state")

    def await_state(self, *wanted):
        wait_for(f"the state {wanted}", lambda: self.state() in wanted)

    def runners(self):
        """Their processes: weir's children of that name."""
        with open(f"/proc/{self.w.pid}/task/{self.w.pid}/children") as f:
            pids = f.read().split()
        return [int(p) for p in pids if self.comm(p) == "weir-plugins"]

    @staticmethod
    def comm(pid):
        try:
            with open(f"/proc/{pid}/comm") as f:
                return f.read().strip()
        except FileNotFoundError:
            return None

    def record_both(self):
        return [self.record(f"{s}.wav", "-i", f"strip/{s}")
                for s in ("bad", "good")]

    def do(self, deed):
        self.w.osc.command(self.slot + "/param/order", deed)

    def end_recording(self, recorders):
        for r in recorders:
            self.stop(r)
        gaps = self.end_generator(self.g)["gaps"]
        return gaps

    # ------------------------------------------------------------ what is so

    def check_good(self, gaps):
        """To the bit, whatever its neighbour does."""
        self.check_exact(wav_segments(self.path("good.wav"), "2", "3"), gaps,
                         lost=self.w.status("input_frames_lost"))

    def samples(self, strip):
        wav = Wav(self.path(f"{strip}.wav"))
        with open(wav.path, "rb") as f:
            f.seek(wav.offset)
            data = array.array("f", f.read(wav.frames * wav.channels * 4))
        return data[::wav.channels]

    def runs_of_bypass(self):
        """[(first, frames)] where the strip is not the plugin's, by the shape
        of a ramp: its slope is 1 in 2^-24, by its gain."""
        one = 2.0 ** -24
        samples = self.samples("bad")
        runs = []
        begin = None
        for i in range(1, len(samples)):
            step = samples[i] - samples[i - 1]
            is_wet = (abs(step - GAIN * one) < one / 4 or
                      abs(step) > 0.5)  # where the ramp begins again
            if not is_wet and begin is None:
                begin = i
            elif is_wet and begin is not None:
                runs.append((begin, i - begin))
                begin = None
        if begin is not None:
            runs.append((begin, len(samples) - begin))
        # A block that was late is not what this is about.
        return [r for r in runs if r[1] > 16]

    def survives(self, deed, hangs=False, ends=True):
        self.start()
        before = self.runners()
        self.assertEqual(len(before), 1)
        pair = self.record_both()
        self.pass_frames(self.w)
        self.do(deed)
        began = time.monotonic()
        if ends:
            wait_for("another runner", lambda: self.runners()
                     and self.runners() != before)
        self.await_state("running")
        took = time.monotonic() - began
        self.pass_frames(self.w, RATE // 2)
        self.assertEqual(self.w.osc.get(self.slot + "/param/gain"), GAIN)
        gaps = self.end_recording(pair)
        self.check_good(gaps)
        samples = self.samples("bad")
        self.assertTrue(all(abs(x) <= 4 for x in samples), "not finite")
        runs = self.runs_of_bypass()
        print(f"deed {deed}: bypassed {runs}, state back after {took:.2f} s",
              flush=True)
        return runs, samples


class Deeds(Plugins):
    def back_within_a_second(self, deed):
        runs, samples = self.survives(deed)
        self.assertTrue(runs, "it was never bypassed")
        longest = max(n for _, n in runs)
        self.assertLess(longest, RATE)
        # And at the end it is the plugin's again.
        self.assertLess(max(b + n for b, n in runs), len(samples) - 1)

    def test_a_segfault_is_a_bypass_of_less_than_a_second(self):
        self.back_within_a_second(SEGV)

    def test_an_abort(self):
        self.back_within_a_second(ABORT)

    def test_an_endless_loop(self):
        self.back_within_a_second(LOOP)

    def test_a_sleep(self):
        self.back_within_a_second(SLEEP)

    def test_a_stop(self):
        self.back_within_a_second(STOP)

    def test_an_exit(self):
        self.back_within_a_second(EXIT)

    def test_closed_descriptors(self):
        self.back_within_a_second(CLOSE)

    def test_ten_gigabytes(self):
        # They take their time to be had.
        self.survives(MEMORY)

    def test_a_storm_of_nan_ends_no_process(self):
        runs, _ = self.survives(NAN, ends=False)
        self.assertTrue(runs)

    def test_a_page_full_of_nonsense(self):
        self.survives(SCRIBBLE, ends=False)


class GivenUp(Plugins):
    def test_the_fourth_time_in_a_minute_it_is_given_up(self):
        self.start()
        for _ in range(3):
            before = self.runners()
            os.kill(before[0], signal.SIGKILL)
            wait_for("another runner", lambda: self.runners()
                     and self.runners() != before)
            self.await_state("running")
        os.kill(self.runners()[0], signal.SIGKILL)
        self.await_state("failed")
        self.assertEqual(self.runners(), [])
        self.assertIn("is given up", self.w.log())
        # The strip goes on without it.
        self.record("bad.wav", "-i", "strip/bad", "-d", "0.5").end()
        self.end_generator(self.g)
        got = wav_segments(self.path("bad.wav"), "0", "1")
        self.assertEqual({s.kind for s in got} - {"silence"}, {"ramp"})

    def test_nothing_is_left_behind(self):
        self.start()
        runner, = self.runners()
        folder = self.w.file("")
        self.w.osc.command("/quit")
        self.assertEqual(self.w.end()[0], 0)
        wait_for("the runner's end",
                 lambda: not os.path.exists(f"/proc/{runner}"))
        self.assertFalse(os.path.exists(folder), os.listdir(self.run_dir))

    def test_with_weir_they_are_gone(self):
        self.start()
        runner, = self.runners()
        with open(f"/proc/{self.w.pid}/task/{self.w.pid}/children") as f:
            children = f.read().split()
        os.kill(self.w.pid, signal.SIGKILL)
        self.w.p.wait()
        wait_for("their end", lambda: not any(
            os.path.exists(f"/proc/{p}") for p in [runner, *children]))


class Unconfined(Plugins):
    options = ("--no-sandbox",)

    def test_a_crash_is_survived_without_a_sandbox_too(self):
        runs, _ = self.survives(SEGV)
        self.assertTrue(runs)


if __name__ == "__main__":
    main()
