#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Bundles with a time, against the clock: where the sound changed, told by the
sound itself, and where it had to, told by a stranger who writes down when
JACK's cycles began."""
import bisect
import json
import os
import signal
import time

import osc
from rig import Case, RAMP_FRAMES, RATE, main, wav_segments

TRIES = 5
N_MUTES = 50
N_TAGS = 2 * N_MUTES
RAMP = RATE * 5 // 1000


class Cycles:
    """JACK's frames by the time of day."""

    def __init__(self, report):
        ahead_s = report["real_minus_jack_us"] * 1e-6
        self.frames = [frame for frame, _ in report["cycles"]]
        self.times = [us * 1e-6 + ahead_s for _, us in report["cycles"]]

    def frame_at(self, t):
        """Between the two cycles around it."""
        i = bisect.bisect_right(self.times, t)
        t0, t1 = self.times[i - 1], self.times[i]
        f0, f1 = self.frames[i - 1], self.frames[i]
        return f0 + (f1 - f0) * (t - t0) / (t1 - t0)

    def jitter(self, begin, end, ahead_s=0.11):
        """How wrong who knows a cycle is about the next tenth of a second, in
        frames."""
        worst = 0
        for t, frame in zip(self.times, self.frames):
            if begin <= t <= end:
                told = frame + ahead_s * RATE
                worst = max(worst, abs(self.frame_at(t + ahead_s) - told))
        return worst


class TimeTags(Case):
    def changes(self, path):
        """JACK's frame times of the mutes, and of the unmutes: these may seem
        a frame early, where the ramp's last sample is rounded to what it
        would be without."""
        ramps = [s for s in wav_segments(path, "0", "1")
                 if s.kind == "ramp" and s.n > RAMP]
        return ([s.t + s.n for s in ramps[:-1]],
                [s.t - RAMP for s in ramps[1:]])

    @staticmethod
    def off(frames, known, tags):
        """By how many frames, in the ramps' time."""
        half = RAMP_FRAMES / 2
        return [(frame - known.frame_at(t) + half) % RAMP_FRAMES - half
                for frame, t in zip(frames, tags)]

    def counters(self, w):
        return [w.status(c) for c in ("input_frames_lost", "xruns",
                                      "late_blocks")]

    def play(self, w):
        """Mutes and unmutes by tag: their tags and changes, and JACK's
        cycles."""
        cycles = self.tool("cycles", "cycles")
        r = self.record("take.wav")
        begin = time.time() + 1.0
        tags = [begin + k * 0.0610137 for k in range(N_TAGS)]
        for k, t in enumerate(tags):
            w.osc.send(osc.bundle(osc.message("/strip/a/mute", k % 2 == 0),
                                  tag=osc.time_tag_at(t)))
        replies = []
        while len(replies) < N_TAGS:
            replies += osc.decode(w.osc.packet(10))
        self.assertEqual([m.values for m in replies],
                         [["/strip/a/mute", k % 2 == 0]
                          for k in range(N_TAGS)])
        self.pass_frames(w)
        self.stop(r)
        cycles.signal(signal.SIGTERM)
        known = Cycles(json.loads(cycles.end()[1]))
        changes = self.changes(self.path("take.wav"))
        os.unlink(self.path("take.wav"))
        return tags, changes, known

    def check(self, tags, changes, known):
        mutes, unmutes = changes
        self.assertEqual((len(mutes), len(unmutes)), (N_MUTES, N_MUTES))
        off = self.off(mutes, known, tags[0::2])
        jitter = known.jitter(tags[0] - 0.2, tags[-1])
        print(f"off by {min(off):.2f}..{max(off):.2f} frames, "
              f"JACK's own cycles by {jitter:.2f}", flush=True)
        # Both weir and `cycles` are told JACK's times in whole microseconds.
        jitter += RATE * 1e-6
        self.assertLessEqual(max(off) - min(off), 1 + 2 * jitter)
        self.assertLessEqual(max(map(abs, off)), 1 + jitter)
        for x in self.off(unmutes, known, tags[1::2]):
            self.assertLessEqual(abs(x), 2 + jitter)

    def test_fifty_mutes_are_where_their_tags_say(self):
        w = self.weir("-s", "a:2")
        self.generator("0=weir:a_L", "1=weir:a_R")
        for attempt in range(TRIES):
            before = self.counters(w)
            played = self.play(w)
            try:
                return self.check(*played)
            except AssertionError as e:
                # A JACK that skipped weir, or all, cuts the ramps elsewhere,
                # too; one that stood still has tags meet in one frame.
                if attempt == TRIES - 1 or self.counters(w) == before:
                    raise
                print(f"JACK was late, again: {e}", flush=True)


if __name__ == "__main__":
    main()
