#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Known levels in, known levels on the meters and on the ports."""
import array
import json
import math

from rig import Case, RATE, main


class Levels(Case):
    def sine(self, hz, dbfs, *ports):
        return self.generator(*[f"sine:{hz}:{dbfs}={p}" for p in ports])

    def pass_seconds(self, w, seconds):
        self.pass_frames(w, int(seconds * RATE))

    def undisturbed(self, w, check):
        """The check's result; again if it failed while JACK skipped cycles
        or weir was late."""
        def skipped():
            return [w.status(c) for c in ("xruns", "late_blocks",
                                          "input_frames_lost")]
        for _ in range(10):
            before = skipped()
            try:
                return check()
            except AssertionError:
                if skipped() == before:
                    raise
        raise AssertionError("this machine is too busy")

    def check_meter(self, w, address, *expected):
        """The meter after 0.4 s: it looks back 0.3 s."""
        def check():
            self.pass_seconds(w, 0.4)
            got = w.osc.get(address)
            self.assertEqual(len(got), len(expected))
            for a, b in zip(got, expected):
                self.assertTrue(math.isclose(a, b, abs_tol=0.05),
                                (address, got, expected))
        self.undisturbed(w, check)

    def test_meters_show_peak_and_rms_behind_the_fader(self):
        w = self.weir("-s", "a:2", "-s", "m")
        self.sine(1000, -20, "weir:a_L", "weir:a_R", "weir:m")
        w.osc.command("/strip/m/main", False)
        self.check_meter(w, "/strip/a/meter", -20, -23.01, -20, -23.01)
        self.check_meter(w, "/strip/m/meter", -20, -23.01)
        self.check_meter(w, "/bus/main/meter", -20, -23.01, -20, -23.01)
        w.osc.command("/strip/a/gain", -10.0)
        w.osc.command("/strip/a/trim", 4.0)
        w.osc.command("/bus/main/gain", -3.0)
        self.check_meter(w, "/strip/a/meter", -26, -29.01, -26, -29.01)
        self.check_meter(w, "/bus/main/meter", -29, -32.01, -29, -32.01)

    def tapped_tone(self, hz, seconds, *args):
        """Level in dBFS and what else there is, in dB of it, of a mono tap
        in s16 at 16 kHz; the begin is left out."""
        rate = 16000
        tap = self.program("weir-tap", "-r", str(rate), "-c", "1", "-e",
                           "s16", "-d", str(seconds), *args)
        out = tap.p.communicate(timeout=30)[0]
        self.assertEqual(tap.p.returncode, 0, tap.log())
        got = array.array("h", out)
        self.assertEqual(len(got), round(seconds * rate))
        got = got[rate // 10:rate // 10 + round(seconds / 2 * rate)]
        w = 2 * math.pi * hz / rate
        s = sum(x * math.sin(w * k) for k, x in enumerate(got))
        c = sum(x * math.cos(w * k) for k, x in enumerate(got))
        n = len(got)
        power = 2 * (s * s + c * c) / n / n
        rest = sum(x * x for x in got) / n - power
        return (10 * math.log10(2 * power / 32768 ** 2),
                10 * math.log10(max(rest, 1e-3) / power))

    def check_tap_from(self, rate):
        """As a speech recogniser hears it."""
        self.start_jackd(rate=rate)
        w = self.weir("-s", "m", "-s", "a:2")
        self.sine(1000, -6, "weir:m", "weir:a_L", "weir:a_R")
        self.pass_frames(w)

        def check(source):
            level, rest = self.tapped_tone(1000, 1.0, "-i", source)
            self.assertAlmostEqual(level, -6, delta=0.01)
            # 16 bits leave 92 dB.
            self.assertLess(rest, -85)
        for source in ("strip/m", "strip/a"):
            self.undisturbed(w, lambda: check(source))

    def test_a_tap_at_16_khz_has_the_tone_at_its_level(self):
        self.check_tap_from(48000)

    def test_so_it_has_from_44100_hz(self):
        self.check_tap_from(44100)

    def test_pan_is_equal_power_for_mono_and_balance_for_stereo(self):
        w = self.weir("-s", "m", "-s", "a:2")
        self.sine(1000, -20, "weir:m", "weir:a_L", "weir:a_R")
        w.osc.command("/strip/a/main", False)
        self.check_meter(w, "/bus/main/meter", -23.01, -26.02, -23.01,
                         -26.02)
        w.osc.command("/strip/m/pan", -1.0)
        self.check_meter(w, "/bus/main/meter", -20, -23.01, -120, -120)
        w.osc.command("/strip/m/main", False)
        w.osc.command("/strip/a/main", True)
        w.osc.command("/strip/a/pan", 1.0)
        self.check_meter(w, "/bus/main/meter", -120, -120, -20, -23.01)

    def test_loudness_is_ebu_r128(self):
        # EBU Tech 3341, case 1: a stereo sine of 1000 Hz at -23.0 dBFS is
        # -23.0 LUFS (here 997 Hz, as BS.1770 has it).
        w = self.weir("-s", "a:2")
        self.sine(997, -23, "weir:a_L", "weir:a_R")
        def check():
            self.pass_seconds(w, 0.2)
            w.osc.command("/bus/main/loudness/reset")
            self.pass_seconds(w, 4)
            m, s, i, lra, peak = w.osc.get("/bus/main/loudness")
            for loudness in (m, s, i):
                self.assertTrue(math.isclose(loudness, -23.0, abs_tol=0.1),
                                (m, s, i))
            # A reset cuts the sine anywhere: its edge overshoots up to 1 dB
            # between the samples.
            self.assertTrue(-23.2 < peak < -21.8, peak)
            self.assertLess(abs(lra), 0.1)
        self.undisturbed(w, check)
        w.osc.command("/bus/main/mute", True)
        self.pass_seconds(w, 1)
        self.assertLess(w.osc.get("/bus/main/loudness")[0], -70)

    def capture(self, seconds):
        c = self.tool("capture", "cap", int(seconds * RATE),
                      self.path("out"), "weir:main_L", "weir:main_R")
        status, out = c.end()
        self.assertEqual(status, 0)
        self.assertIn("first", json.loads(out))
        with open(self.path("out"), "rb") as f:
            return array.array("f", f.read())[1000 * 2:]

    def test_panic_mutes_everything_at_the_ports(self):
        w = self.weir("-s", "a:2")
        self.sine(1000, -20, "weir:a_L", "weir:a_R")
        self.pass_seconds(w, 0.1)
        self.assertTrue(math.isclose(max(self.capture(0.2)), 0.1,
                                     rel_tol=0.01))
        w.osc.command("/panic")
        self.pass_seconds(w, 0.1)
        self.assertEqual(set(self.capture(0.2)), {0.0})
        w.osc.command("/bus/main/mute", False)
        self.pass_seconds(w, 0.1)
        self.assertGreater(max(self.capture(0.2)), 0.09)

    def test_a_change_of_gain_is_a_ramp_without_a_step(self):
        w = self.weir("-s", "a:2")
        self.sine(100, -6, "weir:a_L", "weir:a_R")
        peak = 10 ** (-6 / 20)
        steepest = peak * 2 * math.pi * 100 / RATE
        # A fade of the whole amplitude within 5 ms adds at most so much.
        allowed = steepest + 1.1 * peak / (0.005 * RATE)

        def check():
            c = self.tool("capture", "cap", RATE // 2, self.path("out"),
                          "weir:main_L", "weir:main_R")
            for value in (-90.0, 0.0, -90.0, 0.0):
                w.osc.command("/strip/a/gain", value)
                self.pass_seconds(w, 0.03)
            self.assertEqual(c.end()[0], 0)
            with open(self.path("out"), "rb") as f:
                left = array.array("f", f.read())[::2]
            begin = next(k for k, x in enumerate(left) if x == x and x) + 512
            steps = [abs(b - a)
                     for a, b in zip(left[begin:], left[begin + 1:])
                     if a == a and b == b]
            self.assertLess(max(steps), allowed)
        self.undisturbed(w, check)


if __name__ == "__main__":
    main()
