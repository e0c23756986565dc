#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What goes in comes out: in the file, and at the output ports.

Where JACK itself skips cycles (an xrun), the generator sees the frame time
jump; weir must have silence of exactly that length there, and count it.
"""
import json

from rig import Case, LONG, RATE, TIMEOUT_S, main, segments, wav_segments
from rig import RAMP_FRAMES, Wav


class Sum(Case):
    period = 64

    def test_two_stereo_strips_at_unity_are_summed_to_the_bit(self):
        seconds = 60 if LONG else 15
        w = self.weir("-s", "a:2", "-s", "b:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b_L",
                           "3=weir:b_R")
        lost = w.status("input_frames_lost")
        r = self.record("take.wav", "-d", str(seconds))
        status, out = r.end(seconds + TIMEOUT_S)
        self.assertEqual(status, 0, r.log())
        frames = seconds * RATE
        self.assertEqual(out, f"weir-record: {self.path('take.wav')} "
                              f"frames={frames} lost=0 dropouts=0\n")
        wav = Wav(self.path("take.wav"))
        self.assertEqual((wav.frames, wav.rate, wav.whole),
                         (frames, RATE, True))
        got = wav_segments(wav.path, "0+2", "1+3")
        lost = w.status("input_frames_lost") - lost
        gaps = self.end_generator(g)["gaps"]
        begin, end = self.check_exact(got, gaps)
        self.assertEqual(end - begin, frames)
        silent = sum(s.n for s in got if s.kind == "silence")
        self.assertGreaterEqual(lost, silent)
        print(f"{frames} frames, {silent} in JACK's own gaps, "
              f"{w.status('late_blocks')} blocks late at the ports",
              flush=True)


class Ports(Case):
    def check_delay(self, blocks):
        w = self.weir("-s", "a:2", "--latency", str(blocks))
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        late = w.status("late_blocks")
        c = self.tool("capture", "cap", 2 * RATE, self.path("out"),
                      "weir:main_L", "weir:main_R")
        status, out = c.end()
        self.assertEqual(status, 0)
        first = json.loads(out)["first"]
        gaps = self.end_generator(g)["gaps"]
        late = w.status("late_blocks") - late
        got = segments(self.path("out"), 0, "0", "1")
        ramps = [s for s in got if s.kind == "ramp"]
        self.assertEqual({(first + s.start - s.t) % RAMP_FRAMES
                          for s in ramps}, {blocks * self.period})
        # The rest: the beginning, when not all was connected yet; where JACK
        # had gaps; and where weir says that it was late.
        rest = sum(s.n for s in got[got.index(ramps[0]):] if s.kind != "ramp")
        allowed = sum(n + 2 * blocks * self.period for _, n in gaps)
        self.assertLessEqual(rest, allowed + late * self.period, got)
        self.assertGreater(ramps[-1].start + ramps[-1].n - ramps[0].start,
                           RATE)
        self.assertGreater(sum(s.n for s in ramps), RATE // 2)
        self.assertEqual(w.status("latency_frames"), blocks * self.period)
        return w

    def port_latency(self, port):
        """Of a port, as jack_lsp prints it: {direction: (min, max)}."""
        out = self.jackd.lsp("-l", port)
        found = {}
        for line in out.splitlines():
            words = line.replace("[", " ").replace("]", " ").split()
            if len(words) > 5 and words[2] == "latency":
                found[words[1]] = (int(words[4]), int(words[5]))
        return found

    def check_reported(self, frames):
        # jackd's driver ports add none: there are no connections to them.
        for port, way in (("weir:a_L", "playback"),
                          ("weir:main_R", "capture")):
            latency = self.port_latency(port)
            self.assertIn(way, latency)
            self.assertEqual(latency[way], (frames, frames), port)

    def test_output_ports_are_one_block_behind_by_default(self):
        self.check_delay(1)
        self.check_reported(self.period)

    def test_output_ports_are_two_blocks_behind_when_told(self):
        self.check_delay(2)
        self.check_reported(2 * self.period)

    def test_output_ports_are_three_blocks_behind_when_told(self):
        self.check_delay(3)
        self.check_reported(3 * self.period)


if __name__ == "__main__":
    main()
