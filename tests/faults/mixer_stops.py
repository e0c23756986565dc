#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The mixer's thread stops, for 50 ms, 500 ms, 5 s, anywhere, and goes on.

The callback does not wait for it: it goes on counting, gives silence and
counts that. Every input frame is in the mix at its place, or counted; and
afterwards the latency is what it was. A real weir at a real server, with
mixer_stops.c preloaded, which production code knows nothing of.

Where JACK itself loses cycles meanwhile, the counts hold only as bounds; such
a round is done again, a few times.
"""
import bisect
import ctypes
import json
import os
import re
import signal
import struct
import subprocess

from rig import BIN, Case, RAMP_FRAMES, RATE, TOOLS, Words, main, segments
from rig import wait_for, wav_segments

STOP = signal.SIGRTMIN + 5  # as in mixer_stops.c
TRIES = 5
LOAD = 16  # channels that are mixed besides, so that a block takes a while
libc = ctypes.CDLL(None, use_errno=True)


class Stop(Words):
    """The words that are shared with mixer_stops.c."""

    def get(self):
        """(ms, places, begun, ended, at)"""
        return struct.unpack_from("<IIIIQ", self.map)

    def begun(self):
        return self.get()[2]

    def ended(self):
        return self.get()[3]

    def arm(self, ms, places):
        assert len(places) <= MAX_PLACES, places
        for k, place in enumerate(places):
            struct.pack_into("<QQ", self.map, 24 + 16 * k, *place)
        struct.pack_into("<I", self.map, 4, len(places))
        struct.pack_into("<I", self.map, 0, ms)


def functions():
    """weir's own: (from, to, name), in order."""
    lines = subprocess.run(["nm", "-n", f"{BIN}/weir"], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    words = [line.split() for line in lines if len(line.split()) == 3]
    symbols = [(int(w[0], 16), w[1], w[2]) for w in words]
    return [(at, symbols[k + 1][0], name)
            for k, (at, kind, name) in enumerate(symbols[:-1])
            if kind in "tT"]


# What the mixer's thread is in while it mixes a block; the kernels, each in
# several variants, go by short names.
BLOCK = re.compile(r"(extent|power|gain|add|flush|put_path|"
                   r"mix_(one|two|frames|path)|"
                   r"weir_(strip_(listen|is_simple|mix|advance)|batch_mix|"
                   r"bus_(clear|finish)|meter_(add|close)|tap_write))"
                   r"(\.|$)")
MAX_PLACES = 64  # as in mixer_stops.c


class Silence:
    """Stretches of silence in a recording, asked by frame."""

    def __init__(self, stretches):
        self.all = [(s.start, s.n) for s in stretches if s.kind == "silence"]
        self.starts = [start for start, _ in self.all]
        self.frames = sum(n for _, n in self.all)

    def holds(self, frame):
        k = bisect.bisect_right(self.starts, frame) - 1
        return k >= 0 and frame < sum(self.all[k])


class MixerStops(Case):
    period = 1024

    def mixer(self, w):
        """The mixer's thread, by its name."""
        folder = f"/proc/{w.pid}/task"
        found = []
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/comm") as f:
                if f.read().strip() == "weir-mixer":
                    found.append(int(task))
        self.assertEqual(len(found), 1)
        return found[0]

    def hit(self, w, thread):
        if libc.tgkill(w.pid, thread, STOP) != 0:
            raise OSError(ctypes.get_errno(), "tgkill")

    def stop_mixer(self, w, ms, inside):
        """Until it stands."""
        thread = self.mixer(w)
        self.words.arm(ms, [(a, b) for a, b, name in functions()
                            if BLOCK.match(name)] if inside else [])

        def begun():
            for _ in range(3000 if inside else 1):  # most find it waiting
                if self.words.get()[0]:
                    self.hit(w, thread)
            return self.words.begun() == 1
        wait_for("the stop", begun)

    def where(self):
        """The function that the mixer was in."""
        at = self.words.get()[4]
        found = [name for a, b, name in functions() if a <= at < b]
        return found[0] if found else "libc"

    def counters(self, w):
        return {name: w.status(name) for name in
                ("input_frames_lost", "late_blocks", "mixer_late", "xruns",
                 "zombie_callbacks", "latency_frames")}

    def check_goes_on(self, w, cycles):
        """While the mixer stands, the callback and @control do not."""
        begun = w.status("cycles")
        wait_for("cycles", lambda: w.status("cycles") >= begun + cycles)
        self.assertGreater(w.status("late_blocks"), self.before["late_blocks"])
        self.assertEqual(w.status("jack"), "running")
        self.assertEqual(self.words.ended(), 0, "it was over too soon")

    def stop_once(self, w, ms, inside, cycles):
        """One stop, recorded: what the recorder has lost itself."""
        self.pass_frames(w, RATE // 4)
        r = self.record("take.wav")
        self.pass_frames(w, RATE // 4)
        self.calm = w.status("late_blocks") == self.before["late_blocks"]
        self.stop_mixer(w, ms, inside)
        if cycles:
            self.check_goes_on(w, cycles)
        wait_for("its end", lambda: self.words.ended() == 1)
        # By the callback's count: the mixer's jumps by what it has missed.
        end = w.status("cycles") + RATE // 2 // self.period
        wait_for("cycles", lambda: w.status("cycles") >= end)
        return self.stop(r)[2:]

    def round(self, ms, latency, inside, cycles):
        """One stop; whether nobody else disturbed it."""
        if not self.jackd:
            self.start_jackd()
        self.words = Stop(self.new_log("stop"))
        env = dict(self.env(), LD_PRELOAD=f"{TOOLS}/libmixer_stops.so",
                   MIXER_STOPS=self.words.path)
        w = self.weir("-s", "a:2", "-s", f"load:{LOAD}", "--latency",
                      str(latency), env=env)
        w.osc.command("/strip/load/main", False)
        g = self.generator("0=weir:a_L", "1=weir:a_R", *(
            f"{2 + k}=weir:load_{k + 1}" for k in range(LOAD)))
        self.pass_frames(w, RATE // 4)
        self.before = self.counters(w)
        c = self.tool("capture", "cap", 60 * RATE, self.path("out"),
                      "weir:main_L", "weir:main_R")
        self.assertEqual(self.stop_once(w, ms, inside, cycles), (0, 0))
        late = w.status("late_blocks")
        c.signal(signal.SIGTERM)
        status, out = c.end()
        self.assertEqual(status, 0)
        after = self.counters(w)
        self.calm = self.calm and late == after["late_blocks"]
        longest_us = w.status("callback_us_max")
        # The first cycle that came meanwhile waited for nearly all of it.
        period_ms = 1000 * self.period / RATE
        self.assertGreater(w.status("mixer_us_max"),
                           1000 * (ms - 2 * period_ms))
        if ms > (latency + 2) * period_ms:
            self.assertGreater(after["mixer_late"], self.before["mixer_late"])
        gaps = self.end_generator(g)["gaps"]
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0, w.log())
        self.first = json.loads(out)["first"]
        self.mix = wav_segments(self.path("take.wav"), "0", "1")
        self.ports = segments(self.path("out"), 0, "0", "1")
        os.unlink(self.path("take.wav"))
        counted = {k: after[k] - self.before[k] for k in after}
        self.assertEqual((self.before["latency_frames"],
                          after["latency_frames"]), (latency * self.period,) * 2)
        calm = self.calm and not gaps and counted["xruns"] == 0
        lost = self.check_mix(counted, gaps, calm)
        late = self.check_ports(latency, counted, calm)
        # A callback that waited would have done so until the mixer went on,
        # and made JACK late.
        self.assertLess(longest_us, ms * 1000 / 2)
        if calm:
            self.assertLess(longest_us, self.period / RATE * 1e6)
        print(f"{ms} ms in {self.where()}, latency {latency}: {lost} frames "
              f"lost and silent, {late} blocks late, callback at most "
              f"{longest_us:.0f} us{'' if calm else ', disturbed'}",
              flush=True)
        return calm

    def check_mix(self, counted, gaps, calm):
        """Each frame at its place, silence where one is missing, and as much
        of it as was counted."""
        self.assertEqual({s.kind for s in self.mix} - {"ramp", "silence"},
                         set(), self.mix)
        zeros = {(s.t - s.start) % RAMP_FRAMES for s in self.mix
                 if s.kind == "ramp"}
        self.assertEqual(len(zeros), 1, self.mix)
        self.zero = zeros.pop()
        self.assertEqual((self.mix[0].kind, self.mix[-1].kind),
                         ("ramp", "ramp"))
        self.silence = Silence(self.mix)
        lost = counted["input_frames_lost"]
        theirs = sum(n for _, n in gaps)
        self.assertLessEqual(self.silence.frames, lost)
        self.assertLessEqual(lost, self.silence.frames + theirs)
        if calm:
            self.assertEqual(lost, self.silence.frames)
        return lost

    def check_ports(self, latency, counted, calm):
        """The mix, as far behind as before the stop, or silence: of a mix
        that was not there in time, which is counted, or of one that is silent
        itself, because what came in was lost."""
        behind = latency * self.period
        ramps = [s for s in self.ports if s.kind == "ramp"]
        self.assertEqual({(self.first + s.start - s.t) % RAMP_FRAMES
                          for s in ramps}, {behind}, self.ports)
        inner = self.ports[self.ports.index(ramps[0]):
                           self.ports.index(ramps[-1])]
        late = either = 0
        for s in inner:
            if s.kind == "ramp":
                continue
            if calm:
                self.assertEqual((s.kind, s.n % self.period), ("silence", 0))
            for k in range(s.start, s.start + s.n, self.period):
                due = (self.first + k - behind - self.zero) % RAMP_FRAMES
                if self.silence.holds(due):
                    either += 1
                else:
                    late += 1
        if calm:
            n = counted["late_blocks"]
            self.assertGreaterEqual(n, late, self.ports)
            self.assertLessEqual(n, late + either, self.ports)
            # The mixer learns of a loss with the next cycle: so many blocks
            # of the silence that it makes then can still be in time.
            self.assertGreaterEqual(
                n, late + either - latency * len(self.silence.all))
        return counted["late_blocks"]

    def check(self, ms, latency=1, inside=False, cycles=0, loses=True):
        for _ in range(TRIES):
            calm = self.round(ms, latency, inside, cycles)
            if calm:
                break
        if inside:
            self.assertRegex(self.where(), BLOCK)
        if loses:
            self.assertGreater(self.silence.frames, 0)
        elif calm:
            self.assertEqual(self.silence.frames, 0)

    def test_for_50_ms_costs_blocks_and_no_input(self):
        self.check(50, loses=False)

    def test_for_50_ms_in_the_middle_of_a_block(self):
        self.check(50, inside=True, loses=False)

    def test_for_500_ms_costs_what_the_rings_cannot_hold(self):
        self.check(500, cycles=5)

    def test_for_500_ms_in_the_middle_of_a_block(self):
        self.check(500, inside=True, cycles=5)

    def test_for_500_ms_at_three_blocks_of_latency(self):
        self.check(500, latency=3, cycles=5)

    def test_for_5_s(self):
        self.check(5000, cycles=100)

    def test_for_5_s_in_the_middle_of_a_block(self):
        self.check(5000, latency=2, inside=True, cycles=100)


if __name__ == "__main__":
    main()
