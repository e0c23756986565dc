#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Freewheel: a bounce is what real time gives, to the bit, and whole.

Noises that repeat go through gains, pans and a bus; a ramp beside them, which
nothing changes, says of each frame which one it is. Real time gives the
reference, as far as JACK itself ran all cycles; a bounce has no such excuse.
"""
import os
import signal

import numpy

from rig import Case, RATE, Wav, closing_line, main, wait_for

NOISE_FRAMES = 1 << 18
RAMP_MIDDLE = 1 << 22
RAMP_MASK = (1 << 23) - 1
SOURCES = ("-i", "main", "-i", "fx", "-i", "strip/n/pre")
STATUS = ("input_frames_lost", "late_blocks", "zombie_callbacks",
          "frames_silent")


class Take:
    """A file of floats: what was mixed, as bits, and which frame it is of."""

    def __init__(self, path):
        wav = Wav(path)
        assert wav.bits == 32 and wav.whole, vars(wav)
        all_of_it = numpy.fromfile(path, "<f4", offset=wav.offset)
        all_of_it = all_of_it.reshape(-1, wav.channels)
        ramp = numpy.rint(all_of_it[:, -1] * (1 << 24)).astype(numpy.int64)
        self.t = (ramp + RAMP_MIDDLE) & RAMP_MASK
        self.bits = numpy.ascontiguousarray(all_of_it[:, :-1]).view("<u4")

    def __len__(self):
        return len(self.t)

    def is_whole(self):
        """One frame after the other."""
        return bool(((numpy.diff(self.t) & RAMP_MASK) == 1).all())

    def phase(self):
        return self.t % NOISE_FRAMES


class Freewheel(Case):
    def start(self, *args):
        self.w = self.weir("-s", "a:2", "-s", "b", "-s", "c", "-s", "n",
                           "-b", "fx:2", *args)
        for address, *values in (
                ("/strip/a/gain", -3.3), ("/strip/a/pan", 0.3),
                ("/strip/a/trim", 1.7), ("/strip/b/gain", -7.1),
                ("/strip/b/pan", -0.61), ("/strip/c/pan", 0.77),
                ("/strip/c/polarity", True),
                ("/strip/a/send/fx/level", -4.9),
                ("/strip/a/send/fx/on", True),
                ("/strip/c/send/fx/level", -1.3),
                ("/strip/c/send/fx/on", True), ("/bus/fx/gain", -2.2),
                ("/bus/main/gain", -0.7), ("/strip/n/main", False)):
            self.w.osc.command(address, *values)
        self.g = self.generator("noise:1=weir:a_L", "noise:2=weir:a_R",
                                "noise:3=weir:b", "noise:4=weir:c",
                                "0=weir:n")
        self.pass_frames(self.w, RATE)  # changes ramp over 5 ms

    def counts(self):
        return {name: self.w.status(name) for name in STATUS}

    def is_in(self, state):
        wait_for(state, lambda: self.w.status("jack") == state)

    def reference(self, seconds=6):
        """Real time's mix by the noises' phase. JACK may skip cycles when
        the machine is busy: then once more."""
        for i in range(10):
            name = f"real-{i}.wav"
            self.take(name, *SOURCES, "-d", str(seconds))
            take = Take(self.path(name))
            if take.is_whole():
                found = numpy.zeros((NOISE_FRAMES, take.bits.shape[1]), "<u4")
                found[take.phase()] = take.bits
                self.assertEqual(len(set(take.phase())), NOISE_FRAMES)
                return found
        self.skipTest("JACK never ran all cycles for so long")
        return None

    def take(self, name, *args):
        r = self.record(name, *args, wait=False)
        status, out = r.end(90)
        self.assertEqual(status, 0, r.log())
        return closing_line(out)

    def bounce(self, name, *args):
        return self.take(name, "--freewheel", *args)

    def check_bounce(self, name, reference, seconds):
        take = Take(self.path(name))
        self.assertEqual(len(take), seconds * RATE)
        self.assertTrue(take.is_whole(), "frames are missing or double")
        wrong = (take.bits != reference[take.phase()]).any(axis=1)
        self.assertEqual(int(wrong.sum()), 0,
                         f"from frame {int(wrong.argmax())} on")

    def test_a_bounce_is_real_time_to_the_bit_and_whole(self):
        self.start()
        reference = self.reference()
        # A wrong answer would differ.
        self.assertGreater(len(numpy.unique(reference[:, 0])), 200000)
        latency = self.w.status("latency_frames")
        before = self.counts()
        _, frames, lost, dropouts = self.bounce("bounce.wav", *SOURCES,
                                                "-d", "12")
        self.assertEqual((frames, lost, dropouts), (12 * RATE, 0, 0))
        self.is_in("running")
        self.assertEqual(self.counts(), before)
        self.check_bounce("bounce.wav", reference, 12)
        self.assertEqual(self.w.status("latency_frames"), latency)


if __name__ == "__main__":
    main()
