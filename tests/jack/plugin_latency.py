#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""An impulse goes through two strips, one with a plugin that is late, to main
and to another bus: it is one impulse there, in the frame that weir's port
latencies and /status/latency_frames say, whatever plugins come, go, or change
their latency meanwhile."""
import json
import os

import numpy

from rig import Case, RATE, main, wait_for

EVERY = 4096  # frames from one impulse to the next
A, B = 0.25, 0.5  # how high each strip's are
ENOUGH = 4  # impulses
TRIES = 20
ADD = "/strip/a/plugin/add"
URN = "urn:weir:test:"
BUILD = os.environ["WEIR_BUILD"]
# Those whose latency is known to JACK users; the first that is installed.
REAL = (("dpl.lv2", "http://gareus.org/oss/lv2/dpl#stereo"),
        ("fast_lookahead_limiter-swh.lv2",
         "http://plugin.org.uk/swh-plugins/fastLookaheadLimiter"))


class Impulses(Case):
    def env(self):
        return dict(super().env(),
                    LV2_PATH=f"{BUILD}/tests/lv2:/usr/lib/lv2")

    def start(self, *args):
        self.w = w = self.weir("-s", "a:2", "-s", "b:2", "-b", "fx:2", *args)
        self.o = w.osc
        for strip in "ab":
            self.o.command(f"/strip/{strip}/send/fx/level", 0.0)
            self.o.command(f"/strip/{strip}/send/fx/on", True)
        self.generator(f"impulse:{EVERY}:{A}=weir:a_L",
                       f"impulse:{EVERY}:{A}=weir:a_R",
                       f"impulse:{EVERY}:{B}=weir:b_L",
                       f"impulse:{EVERY}:{B}=weir:b_R")
        # With runners each chain is a block late by itself.
        self.block = 0 if "--plugins-inside" in args else self.period

    # ------------------------------------------------------------ what is so

    def latency_of(self, port, way):
        for line in self.jackd.lsp("-l", port).splitlines():
            words = line.replace("[", " ").replace("]", " ").split()
            if len(words) > 5 and words[1:3] == [way, "latency"]:
                return int(words[4]), int(words[5])
        return None

    def await_latency(self, frames):
        wait_for(f"a latency of {frames}",
                 lambda: self.w.status("latency_frames") == frames)
        for port, way in (("weir:a_L", "playback"), ("weir:b_R", "playback"),
                          ("weir:main_L", "capture"),
                          ("weir:fx_R", "capture")):
            wait_for(f"{frames} frames at {port}", lambda port=port, way=way:
                     self.latency_of(port, way) == (frames, frames))
        self.pass_frames(self.w, RATE // 10)  # what fades, has

    def capture(self):
        """[(frame time, value)] of what is heard, of main and of fx."""
        c = self.tool("capture", "cap", (ENOUGH + 1) * EVERY,
                      self.path("out"), "weir:main_L", "weir:main_R",
                      "weir:fx_L", "weir:fx_R")
        status, out = c.end()
        self.assertEqual(status, 0)
        first = json.loads(out)["first"]
        got = numpy.nan_to_num(numpy.fromfile(
            self.path("out"), numpy.float32).reshape(-1, 4))
        return [[(first + int(i), float(got[i, c]))
                 for i in numpy.flatnonzero(abs(got[:, c]) > 1e-4)]
                for c in range(4)]

    def check(self, frames):
        """All that is heard is both strips' impulse at once, so late."""
        self.await_latency(frames)
        counts = [0] * 4
        for _ in range(TRIES):
            heard = self.capture()
            for channel in heard:
                self.assertEqual({(t - frames) % EVERY for t, _ in channel}
                                 - {0}, set(), (frames, heard))
                for _, value in channel:
                    self.assertAlmostEqual(value, A + B, delta=1e-4)
            # Where JACK ran without weir, or weir was late, there is none.
            counts = [c + len(h) for c, h in zip(counts, heard)]
            if min(counts) >= ENOUGH:
                return
        self.fail(f"{counts} impulses at {frames}, no {ENOUGH} of each")

    # ----------------------------------------------------------------- tests

    def check_all(self, *args):
        self.start(*args)
        o, jack, block = self.o, self.period, self.block
        self.check(jack)
        o.command(ADD, "late", URN + "delay")
        self.check(jack + block + 1000)
        o.command("/strip/a/plugin/late/param/frames", 300)
        self.check(jack + block + 300)
        o.command("/strip/b/plugin/add", "g", URN + "gain")
        self.check(jack + block + 300)
        o.command("/strip/b/plugin/add", "late", URN + "delay")
        self.check(jack + block + 1000)
        o.command("/bus/fx/plugin/add", "late", URN + "delay")
        o.command("/bus/fx/plugin/late/param/frames", 200)
        self.check(jack + 2 * block + 1200)
        # A bypass is as late as what it passes by.
        o.command("/strip/b/plugin/late/bypass", True)
        self.check(jack + 2 * block + 1200)
        o.command("/strip/b/plugin/clear")
        self.check(jack + 2 * block + 500)
        o.command("/bus/fx/plugin/clear")
        self.check(jack + block + 300)
        o.command("/strip/a/plugin/late/remove")
        self.check(jack)

    def test_strips_arrive_at_one_frame_which_is_the_one_that_is_told(self):
        self.check_all()

    def test_strips_with_plugins_inside_arrive_at_one_frame(self):
        self.check_all("--plugins-inside")

    def check_real(self, *args):
        uris = [uri for bundle, uri in REAL
                if os.path.exists("/usr/lib/lv2/" + bundle)]
        if not uris:
            self.skipTest("neither x42-plugins nor swh-lv2 is installed")
        self.start(*args)
        self.o.command(ADD, "real", uris[0])
        own = wait_for("its latency", lambda: int(
            self.o.get("/strip/a/plugin/real/param/latency")))
        print(f"{uris[0]}: {own} frames")
        self.check(self.period + self.block + own)
        self.o.command("/strip/a/plugin/real/remove")
        self.check(self.period)

    def test_a_limiter_of_debians_is_as_late_as_it_says(self):
        self.check_real()

    def test_a_limiter_inside_is_as_late_as_it_says(self):
        self.check_real("--plugins-inside")


if __name__ == "__main__":
    main()
