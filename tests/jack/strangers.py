#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The main job with other people's programs: jack-play into a strip, levels
ridden by oscsend, the mix recorded by jack_capture and by weir-record."""
import math
import re
import subprocess

from rig import Case, Process, RATE, main, wait_for


class Strangers(Case):
    def sox(self, *args):
        return subprocess.run(["sox", *args], capture_output=True, text=True,
                              check=True, timeout=60)

    def peak_db(self, path):
        # From the middle: begin and end may be cut anywhere.
        out = self.sox(path, "-n", "trim", "0.5", "1", "stat").stderr
        return 20 * math.log10(float(re.search(r"Maximum amplitude:\s+(\S+)",
                                               out)[1]))

    def play(self, strip):
        tone = self.path("tone.wav")
        self.sox("-n", "-r", str(RATE), "-c", "2", "-e", "float", "-b", "32",
                 tone, "synth", "30", "sine", "1000", "gain", "-20")
        self.keep(Process(["jack-play", tone], self.new_log("jack-play"),
                          self.env(), stdout=subprocess.DEVNULL))

        def outputs():
            found = [p for p in self.jackd.ports() if "jack-play" in p]
            return found if len(found) == 2 else None
        for port, side in zip(sorted(wait_for("jack-play", outputs)), "LR"):
            self.jackd.connect(port, f"weir:{strip}_{side}")

    def send(self, w, *words):
        subprocess.run(["oscsend", w.url, *words], check=True, timeout=10)

    def capture(self):
        path = self.path("captured.wav")
        subprocess.run(["jack_capture", "-dc", "--daemon", "-d", "2", "-f",
                        "wav", "-p", "weir:main_L", "-p", "weir:main_R",
                        path], env=self.env(), check=True,
                       capture_output=True, stdin=subprocess.DEVNULL,
                       timeout=30)
        return path

    def test_a_level_that_oscsend_sets_is_what_jack_capture_records(self):
        w = self.weir("-s", "music:2")
        self.play("music")
        self.send(w, "/strip/music/gain", "f", "-6")
        self.send(w, "/bus/main/gain", "i", "-4")
        wait_for("the gains", lambda: w.osc.get("/bus/main/gain") == -4.0
                 and w.osc.get("/strip/music/gain") == -6.0)
        r = self.record("take.wav")
        captured = self.capture()
        self.assertEqual(self.stop(r)[2:], (0, 0))
        for path in (captured, self.path("take.wav")):
            self.assertTrue(math.isclose(self.peak_db(path), -30,
                                         abs_tol=0.1), path)
        self.send(w, "/strip/*/mute", "T")
        wait_for("the mute", lambda: w.osc.get("/strip/music/mute"))
        r = self.record("muted.wav", "-d", "2")
        self.assertEqual(r.end()[0], 0)
        out = self.sox(self.path("muted.wav"), "-n", "trim", "0.5",
                       "stat").stderr
        self.assertIn("Maximum amplitude:     0.000000", out)

    def test_sox_and_a_pipe_understand_a_tap(self):
        w = self.weir("-s", "music:2")
        self.play("music")
        self.pass_frames(w, RATE // 2)
        for encoding in ("s16", "s24", "f32"):
            tap = self.program("weir-tap", "--wav", "-e", encoding, "-d", "2",
                               "-i", "strip/music")
            sox = subprocess.run(["sox", "-t", "wav", "-",
                                  self.path("tap.wav")], stdin=tap.p.stdout,
                                 capture_output=True, check=True, timeout=30)
            self.assertEqual(tap.p.wait(10), 0, sox)
            self.assertTrue(math.isclose(self.peak_db(self.path("tap.wav")),
                                         -20, abs_tol=0.1), encoding)


if __name__ == "__main__":
    main()
