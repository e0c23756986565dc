#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What no microphone gives, without end, into some strips: NaN, infinities,
3e38, denormals. The strips beside them are to the bit in every bus, ring and
port, nothing that is shown is not a number, it is counted, and the log does
not grow with it."""
import math
import os
import re
import struct

from rig import Case, RATE, main, segments, wait_for, wav_segments

BAD = ("nan", "inf", "huge")


class BadSamples(Case):
    def start(self):
        self.w = self.weir("-b", "fx:2", "-s", "a:2", "-s", "den:2",
                           *(f"-s{bad}:2" for bad in BAD))
        for strip in ("a", "den", *BAD):
            self.w.osc.command(f"/strip/{strip}/send/fx/level", 0.0)
            self.w.osc.command(f"/strip/{strip}/send/fx/on", True)
        self.g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.bad = self.generator(
            *(f"{kind}=weir:{kind}_{side}" for kind in BAD for side in "LR"),
            "denormal=weir:den_L", "denormal=weir:den_R", name="bad")
        wait_for("each of them", lambda: all(
            self.jackd_connected(f"weir:{s}_R") for s in (*BAD, "den")))
        self.pass_frames(self.w)  # sends ramp over 5 ms

    def jackd_connected(self, port):
        lines = self.jackd.lsp("-c").splitlines()
        at = lines.index(port)
        return at + 1 < len(lines) and lines[at + 1].startswith(" ")

    def test_the_others_are_to_the_bit_everywhere(self):
        self.start()
        before = self.w.status("blocks_not_finite")
        blocks = self.w.status("cycles")
        takes = {"main": [], "fx": [], "strip/a": []}
        recorders = [self.record(f"{s.replace('/', '-')}.wav", "-i", s, "-d",
                                 "1") for s in takes]
        heard = self.tool("capture", "heard", RATE, self.path("heard"),
                          "weir:main_L", "weir:main_R")
        for r in recorders:
            self.assertEqual(r.end()[0], 0, r.log())
        self.assertEqual(heard.end()[0], 0)
        # Each of the three strips in each block, no more and no less.
        n = self.w.status("blocks_not_finite") - before
        blocks = self.w.status("cycles") - blocks
        self.assertLess(abs(n - len(BAD) * blocks), 20, (n, blocks))
        # And each has its own number.
        of = {s: self.w.osc.get(f"/strip/{s}/not_finite")
              for s in ("a", "den", *BAD)}
        self.assertEqual((of["a"], of["den"]), (0, 0))
        self.assertGreaterEqual(min(of[bad] for bad in BAD), blocks, of)
        late = self.w.status("late_blocks")
        gaps = self.end_generator(self.g)["gaps"]
        lost = self.w.status("input_frames_lost")
        for s in takes:
            self.check_exact(wav_segments(
                self.path(f"{s.replace('/', '-')}.wav"), "0", "1"), gaps,
                lost=lost)
        got = segments(self.path("heard"), 0, "0", "1")
        while got[0].kind != "ramp":  # its ports are connected one by one
            self.assertLess(got[0].start, RATE // 2)
            del got[0]
        other = sum(s.n for s in got if s.kind == "other")
        self.assertEqual(other, 0, got)
        silent = sum(s.n for s in got if s.kind == "silence")
        self.assertLessEqual(silent, late * self.w.block + lost
                             + sum(n for _, n in gaps), got)

    def test_what_is_shown_is_a_number(self):
        self.start()
        self.w.osc.get("/bus/main/loudness")
        self.w.osc.get("/bus/fx/loudness")
        self.pass_frames(self.w, RATE)
        values = [v for bus in ("main", "fx") for what in ("meter", "loudness")
                  for v in self.w.osc.get(f"/bus/{bus}/{what}")]
        values += [v for s in ("a", "den", *BAD)
                   for v in self.w.osc.get(f"/strip/{s}/meter")]
        self.assertTrue(all(math.isfinite(v) and v < 10 for v in values),
                        values)
        for s in ("den", *BAD):
            self.assertEqual(self.w.osc.get(f"/strip/{s}/meter"), [-120.0] * 4)

    def test_a_storm_is_a_line_every_ten_seconds(self):
        self.start()
        self.pass_frames(self.w, 3 * RATE)
        wait_for("its line", lambda: "not finite" in self.w.log())
        lines = [line for line in self.w.log().splitlines()
                 if "not finite" in line]
        self.assertLessEqual(
            len(lines), 2 + self.w.status("uptime") / 10, lines)
        # Who it was is said, in the desk's order.
        named = [re.findall(r"of strip (\w+(?:, \w+)*) \(", line)
                 for line in lines]
        self.assertTrue(all(named), lines)
        self.assertEqual({n for x in named for n in x[0].split(", ")},
                         set(BAD), lines)

    def test_denormals_do_not_come_out(self):
        """Not in the mix, not behind a fader, not from a resampled feed."""
        self.start()
        self.w.osc.command("/strip/den/gain", -3.0)
        self.w.osc.command("/strip/a/mute", True)
        raw = self.path("feed.f32")
        with open(raw, "wb") as f:
            f.write(struct.pack("<4f", 1e-40, math.nan, -1e-40, math.inf)
                    * 44100)
        self.w.osc.command("/strip/add", "fed", 1)
        self.program("weir-feed", "-s", "fed", raw, "-r", "44100", "-c", "1",
                     "-e", "f32", "--loop")
        wait_for("the feed", lambda: self.w.osc.get(
            "/strip/fed/feed/buffered_ms") > 0)
        self.pass_frames(self.w)
        for source in ("main", "strip/den", "strip/fed"):
            tap = self.run_program("weir-record", "-i", source, "-d", "0.5",
                                   "-o", self.path("quiet.wav"))
            self.assertEqual(tap[0], 0, tap[2])
            got = wav_segments(self.path("quiet.wav"),
                               *(["0"] if source == "strip/fed" else "01"))
            self.assertEqual({s.kind for s in got}, {"silence"},
                             (source, got))
            os.unlink(self.path("quiet.wav"))


if __name__ == "__main__":
    main()
