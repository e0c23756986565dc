#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The server's period changes while weir runs, at jackd and at PipeWire: no
frame that was delivered is lost, and what weir says of its latency follows.

What was delivered is written down between libjack and weir (jack_witness.c):
where the server itself runs no cycle, or leaves weir out of one, weir must have
silence of exactly that length, and count it; all else must be in the recording,
to the bit and in its place. WEIR_LONG=1: every period, both ways."""
import mmap
import struct

import numpy as np

from rig import (Case, LONG, PIPEWIRE, RATE, TOOLS, Wav, main, wait_for)

UP = [2 ** n for n in range(4, 14)]
PERIODS = UP + UP[::-1] if LONG else [1024, 16, 4096, 8192, 256]
RAPID = [64, 8192, 2048, 128, 4096, 16, 1024]
LONGEST_GAP = 20 * RATE  # a longer jump is another clock, as is one back
PROOF = 64  # frames in a row that are no accident


class Cycle:
    def __init__(self, t, n, inputs):
        self.t, self.n, self.inputs = t, n, inputs

    def is_numbered(self):
        """Whether it holds the generator's numbers of its own frames."""
        t = self.t + np.arange(self.n, dtype=np.int64)
        return len(self.inputs) == 2 and all(
            (got == ((t * slope) % (1 << 23) - (1 << 22)) / (1 << 24)).all()
            for got, slope in zip(self.inputs, (1, 3)))  # see signal.h


class Witness:
    """What jack_witness.c writes."""
    SIZE = 48 << 20
    FIRST_RECORD = 4096

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(self.SIZE)
        with open(path, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), self.SIZE)
        self.read_to = self.FIRST_RECORD

    def end(self):
        end, = struct.unpack_from("<Q", self.memory)
        assert end <= self.SIZE, "the witness has no more room"
        return end

    def news(self):
        """The cycles since it was called last."""
        begin, self.read_to = self.read_to, self.end()
        return self.cycles(self.read_to, begin)

    def cycles(self, end, at=FIRST_RECORD):
        """Those that were over when end() was asked."""
        while at < end:
            t, n, n_inputs, _ = struct.unpack_from("<4I", self.memory, at)
            at += 16
            yield Cycle(t, n, np.frombuffer(
                self.memory, "<f4", n * n_inputs, at).reshape(n_inputs, n))
            at += 4 * n * n_inputs


def as_it_should_be(cycles):
    """(what is to be heard, frames that are to be counted as lost, those of
    them that were delivered): silence where JACK ran no cycle, and for cycles
    that weir had no room for. One that is told the time of the one before has
    lost its place to that, which came so late that it was told a time too late;
    the next gap makes up for it."""
    parts, lost, dropped, ahead, seen = [], 0, 0, 0, False
    for last, c in zip([None, *cycles], cycles):
        gap = (c.t - last.t - last.n) % (1 << 32) if last else 0
        if last and c.t == last.t:
            ahead += last.n
        elif gap < LONGEST_GAP:
            made_up = min(gap, ahead)
            ahead -= made_up
            parts.append(np.zeros((2, gap - made_up), "<f4"))
            lost += gap - made_up
        taken = len(c.inputs) == 2
        parts.append(c.inputs if taken else np.zeros((2, c.n), "<f4"))
        seen |= taken
        if seen and not taken:
            dropped += c.n
    return np.hstack(parts), lost + dropped, dropped


def frames_of(path):
    wav = Wav(path)
    assert (wav.channels, wav.bits, wav.whole) == (2, 32, True), vars(wav)
    return np.fromfile(path, "<f4", offset=wav.offset).reshape(-1, 2).T


class Periods(Case):
    own_server = True

    def was_disturbed(self):
        return False  # all that is lost is accounted for

    def start(self):
        self.start_jackd()
        self.witness = Witness(self.path("witness"))
        env = dict(self.env(), LD_PRELOAD=f"{TOOLS}/libjack_witness.so",
                   JACK_WITNESS=self.witness.path)
        self.w = self.weir("-s", "a:2", "--latency", "2", env=env)
        self.generator("0=weir:a_L", "1=weir:a_R")
        self.r = self.record("take.wav")
        self.pass_frames(self.w)

    def ask_for_period(self, n):
        """Once, and without waiting for it."""
        if PIPEWIRE:
            self.jackd.run_tool("pw-metadata", "-n", "settings", "0",
                                "clock.force-quantum", str(n))
        else:
            self.jackd.run_tool("jack_bufsize", str(n))

    def hurry_on(self, n):
        """To the next one with its first cycle."""
        def has_come():
            self.ask_for_period(n)  # PipeWire forgets some
            return any(c.n == n for c in self.witness.news())
        wait_for(f"a cycle of {n}", has_come)

    def set_period(self, n):
        self.jackd.set_period(n)
        wait_for("the period", lambda: self.w.status("block") == n)

    def pass_numbered(self, n):
        """Let the server deliver numbered frames, in cycles of this length."""
        left = [max(2 * n, RATE // 10)]

        def have_passed():
            left[0] -= sum(c.n for c in self.witness.news()
                           if c.n == n and c.is_numbered())
            return left[0] <= 0
        wait_for(f"numbered frames in cycles of {n}", have_passed)

    def capture_latency(self, port):
        """[min, max], as JACK has it."""
        for line in self.jackd.lsp("-l", port).splitlines():
            if "capture latency" in line:
                return [int(n) for n in line.split() if n.isdigit()]
        return None

    def lost(self):
        """(what weir says, what it has to say)."""
        before = self.witness.end()
        said = self.w.status("input_frames_lost")
        after = self.witness.end()
        least, most = (as_it_should_be(list(self.witness.cycles(end)))[1]
                       for end in (before, after))
        return said, min(max(said, least), most)

    def check_all_there(self):
        self.assertEqual(self.stop(self.r)[2:], (0, 0))
        self.assertEqual(*self.lost())
        self.assertNotIn("OSC goes on", self.w.log())  # it was lost
        cycles = list(self.witness.cycles(self.witness.end()))
        want, lost, dropped = as_it_should_be(cycles)
        got = frames_of(self.path("take.wav"))
        begin = self.place(got, want)
        changes = sum(a.n != b.n for a, b in zip(cycles, cycles[1:]))
        back = sum(1 for a, b in zip(cycles, cycles[1:])
                   if (b.t - a.t - a.n) % (1 << 32) > LONGEST_GAP)
        numbered = sum(c.n for c in cycles if c.is_numbered())
        print(f"{got.shape[1]} frames from {begin} on; delivered "
              f"{sum(c.n for c in cycles)} in {len(cycles)} cycles, "
              f"{numbered} of them numbered; lost {lost}, of which delivered "
              f"{dropped}; {changes} changes; the server's clock went back "
              f"{back} times",
              flush=True)

    def place(self, got, want):
        """Where in `want` all of `got` is, to the bit."""
        sound = np.flatnonzero(np.all(got != 0, axis=0))
        at = next(i for i, k in zip(sound, sound[PROOF - 1:])
                  if k - i == PROOF - 1)
        needle = got[:, at:at + PROOF]
        found = [i - at for i in np.flatnonzero(want[0] == needle[0, 0])
                 if i >= at and i - at + got.shape[1] <= want.shape[1]
                 and np.array_equal(want[:, i:i + PROOF], needle)]
        self.assertTrue(found, "nothing of it was delivered")
        wrong = {}
        for begin in found:
            same = (got == want[:, begin:begin + got.shape[1]]).all(axis=0)
            if same.all():
                return begin
            wrong[int(begin)] = (int(np.flatnonzero(~same)[0]),
                                 int((~same).sum()))
        self.fail(f"where it begins, the first wrong frame, how many: {wrong}")

    def test_every_frame_comes_through_every_change(self):
        self.start()
        for n in [self.period, *PERIODS]:
            self.set_period(n)
            self.pass_numbered(n)
            self.assertEqual(self.w.status("latency_frames"), 2 * n)
            wait_for(f"the latency at {n}", lambda: self.capture_latency(
                "weir:main_L") == [2 * n, 2 * n])
        self.check_all_there()

    def test_every_frame_comes_through_changes_one_upon_the_other(self):
        self.start()
        for _ in range(20 if LONG else 1):
            for n in RAPID:
                self.ask_for_period(n)
            for n in RAPID:
                self.hurry_on(n)
        self.set_period(512)
        self.pass_numbered(512)
        wait_for("the latency", lambda: self.capture_latency(
            "weir:main_L") == [1024, 1024])
        self.check_all_there()


if __name__ == "__main__":
    main()
