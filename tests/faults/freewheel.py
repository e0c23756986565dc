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
import struct
import subprocess
import time
import unittest

import numpy

from rig import PIPEWIRE, Case, RATE, Wav, closing_line, main, wait_for

NOISE_FRAMES = 1 << 17
ROUNDING = 2.0 ** -21
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

    def is_whole(self, n=None):
        """One frame after the other, the first `n` of them."""
        return bool(((numpy.diff(self.t[:n]) & RAMP_MASK) == 1).all())

    def phase(self):
        return self.t % NOISE_FRAMES


class Wheel(Case):
    def jack_freewheel(self, yes):
        subprocess.run(["jack_freewheel", yes], env=self.env(), check=True,
                       capture_output=True, timeout=30)


class Rig(Wheel):
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
        self.pass_frames(self.w)  # changes ramp over 5 ms

    def counts(self):
        return {name: self.w.status(name) for name in STATUS}

    def is_in(self, state):
        wait_for(state, lambda: self.w.status("jack") == state)

    def reference(self, seconds=3):
        """Real time's mix by the noises' phase. JACK may skip cycles when
        the machine is busy: then once more."""
        for i in range(10):
            name = f"real-{i}.wav"
            self.take(name, *SOURCES, "-d", str(seconds))
            take = Take(self.path(name))
            os.unlink(self.path(name))
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


@unittest.skipIf(PIPEWIRE, "PipeWire leaves out cycles of late clients")
class Plugins(Rig):
    """In processes of their own, which may be late in real time."""
    CHAINS = (("/strip/a", "stereo", "balance", 0.37),
              ("/strip/c", "delay", "frames", 700.0),
              ("/bus/fx", "gain", "gain", 0.81),
              ("/bus/main", "gain", "gain", 1.13))

    def env(self):
        return dict(super().env(),
                    LV2_PATH=os.environ["WEIR_BUILD"] + "/tests/lv2")

    def start(self, *args):
        super().start(*args)
        for at, plugin, param, value in self.CHAINS:
            slot = f"{at}/plugin/p"
            self.w.osc.command(f"{at}/plugin/add", "p",
                               f"urn:weir:test:{plugin}")
            wait_for(slot,
                     lambda: self.w.osc.get(f"{slot}/state") == "running")
            self.w.osc.command(f"{slot}/param/{param}", value)
        self.pass_frames(self.w, RATE)

    def reference(self, seconds=3):
        """What most of five say, in each of which somebody may be late."""
        takes = [super(Plugins, self).reference(seconds).view("<f4")
                 for _ in range(5)]
        return numpy.median(takes, axis=0).astype("<f4").view("<u4")

    def wrong(self, name, reference):
        """Frames of a bounce that are not real time's; None: JACK lost some
        right before it, which are silence in its first frames. What is held
        back is summed in an order that depends on where its lines end."""
        take = Take(self.path(name))
        os.unlink(self.path(name))
        self.assertEqual(len(take), 4 * RATE)
        if not take.is_whole():
            return None
        apart = numpy.abs(take.bits.view("<f4") -
                          reference[take.phase()].view("<f4"))
        return (apart > ROUNDING).any(axis=1).nonzero()[0]

    def test_a_bounce_through_plugins_is_real_time_from_its_first_frame(self):
        """But for a process that was late, or a cycle that JACK lost, right
        before: that may be in the first frames, and is not there each time."""
        self.start()
        reference = self.reference()
        n_right = 0
        wrong = None
        for i in range(8):
            self.pass_frames(self.w, RATE)
            _, frames, lost, _ = self.bounce(f"{i}.wav", *SOURCES, "-d", "4")
            self.assertEqual((frames, lost), (4 * RATE, 0))
            wrong = self.wrong(f"{i}.wav", reference)
            n_right += wrong is not None and len(wrong) == 0
            if n_right == 3:
                return
        self.fail(f"{n_right} of 8, the last one wrong at {wrong}")


@unittest.skipUnless(PIPEWIRE, "jackd runs no cycle without its clients")
class PipeWire(Rig):
    """It leaves out cycles of clients that are late, in freewheel too."""

    def test_a_bounce_with_holes_is_not_taken_for_a_whole_one(self):
        self.start()
        before = self.w.status("frames_silent")
        r = self.record("bounce.wav", "--freewheel", "-d", "60", "-c", "1",
                        wait=False)
        status, out = r.end()
        holes = self.w.status("frames_silent") > before
        self.assertEqual(closing_line(out)[1:], (60 * RATE, 0, 0), r.log())
        self.assertEqual(status == 1, holes, r.log())
        self.assertEqual("frames are silence" in r.log(), holes)


@unittest.skipIf(PIPEWIRE, "PipeWire leaves out cycles of late clients")
class Freewheel(Rig):
    def test_a_bounce_is_real_time_to_the_bit_and_whole(self):
        self.start()
        reference = self.reference()
        # A wrong answer would differ.
        self.assertGreater(len(numpy.unique(reference[:, 0])), 100000)
        latency = self.w.status("latency_frames")
        before = self.counts()
        _, frames, lost, dropouts = self.bounce("bounce.wav", *SOURCES,
                                                "-d", "12")
        self.assertEqual((frames, lost, dropouts), (12 * RATE, 0, 0))
        self.is_in("running")
        self.assertEqual(self.counts(), before)
        self.check_bounce("bounce.wav", reference, 12)
        self.assertEqual(self.w.status("latency_frames"), latency)

    def channel(self, name):
        """The first one of a file, in units of 2^-24."""
        wav = Wav(self.path(name))
        frames = numpy.fromfile(self.path(name), "<f4", offset=wav.offset)
        frames = frames.reshape(-1, wav.channels)[:, 0]
        return (frames.astype("f8") * (1 << 24)).astype(numpy.int64)

    def test_it_begins_with_the_first_frame_of_freewheel(self):
        self.w = self.weir("-s", "w")
        self.generator("wheel=weir:w")
        self.pass_frames(self.w)
        for i in range(3):
            self.bounce(f"{i}.wav", "-i", "strip/w/pre", "-d", "5")
            got = self.channel(f"{i}.wav")
            self.assertTrue((got == numpy.arange(5 * RATE)).all(), got[:3])

    def test_jacks_transport_begins_with_it(self):
        self.w = self.weir("-s", "t")
        self.generator("transport=weir:t")
        self.pass_frames(self.w)
        for i in range(3):
            self.bounce(f"{i}.wav", "-i", "strip/t/pre", "-d", "5",
                        "--transport")
            got = self.channel(f"{i}.wav")
            first = int((got == 0).argmax())
            self.assertLessEqual(first, 4 * self.period)
            self.assertTrue((got[:first] == -1 << 23).all(), got[:first])
            self.assertTrue((got[first:] == numpy.arange(5 * RATE - first))
                            .all(), got[first:first + 3])

    def test_every_frame_comes_at_another_rate_too(self):
        self.start()
        _, frames, lost, _ = self.bounce("bounce.flac", "-d", "10", "-r",
                                         "44100")
        self.assertEqual((frames, lost), (441000, 0))

    def test_five_minutes_pass_within_this_tests_two(self):
        self.start()
        before = self.counts()
        name, frames, lost, _ = self.bounce("long.wav", "-d", "300", "-c",
                                            "1", "-e", "s16")
        self.assertEqual((frames, lost), (300 * RATE, 0))
        self.assertEqual(self.counts(), before)
        os.unlink(name)

    def test_a_signal_ends_it_and_the_file_is_whole(self):
        self.start()
        reference = self.reference()
        r = self.record("bounce.wav", *SOURCES, "--freewheel")
        self.is_in("freewheel")
        self.pass_frames(self.w, 10 * RATE)
        _, frames, lost, _ = self.stop(r, signal.SIGINT)
        self.is_in("running")
        self.assertEqual(lost, 0)
        take = Take(self.path("bounce.wav"))
        self.assertEqual(len(take), frames)
        self.assertTrue(take.is_whole())
        self.assertTrue((take.bits == reference[take.phase()]).all())

    def test_a_recorder_that_is_killed_takes_its_freewheel_along(self):
        self.start()
        r = self.record("bounce.wav", "--freewheel", "-c", "1", "-e", "s16")
        self.is_in("freewheel")
        r.signal(signal.SIGKILL)
        self.is_in("running")
        wait_for("its end", lambda: self.w.readers() == [])
        # And from the middle of being waited for.
        r = self.record("next.wav", "--freewheel", "-c", "1", "-e", "s16")
        self.is_in("freewheel")
        r.signal(signal.SIGSTOP)
        wait_for("a standstill", self.stands_still)
        r.signal(signal.SIGKILL)
        self.is_in("running")
        self.assertNotIn("too slowly", self.w.log())

    def stands_still(self):
        seen = self.w.status("cycles")
        again = [self.w.status("cycles") for _ in range(20)]
        return again == [seen] * 20

    def test_one_that_stops_is_waited_for_bounded_and_learns_what_it_lost(self):
        self.start()
        other = self.record("other.wav", *SOURCES)
        r = self.record("bounce.wav", *SOURCES, "--freewheel")
        self.is_in("freewheel")
        # Nobody waits for the other: more than the history is lost to it.
        other.signal(signal.SIGSTOP)
        self.pass_frames(self.w, 30 * RATE)
        other.signal(signal.SIGCONT)
        r.signal(signal.SIGSTOP)
        self.w.wait_log("too slowly")
        self.is_in("running")
        self.pass_frames(self.w, RATE)
        r.signal(signal.SIGCONT)
        status, out = r.end()
        self.assertEqual(status, 1)
        self.assertIn("frames of the bounce are lost", r.log())
        _, frames, lost, dropouts = closing_line(out)
        self.assertEqual(dropouts, 1)
        self.assertGreater(lost, 0)
        # It knows what it lost, and why.
        _, frames, lost, dropouts = self.stop(other)
        self.assertGreaterEqual(dropouts, 1)
        self.assertGreater(lost, 0)
        self.assertIn("in freewheel", other.log())
        self.assertEqual(len(Take(self.path("other.wav"))), frames)

    def test_the_last_of_two_switches_back(self):
        self.start()
        first = self.record("first.wav", *SOURCES, "--freewheel", "-d", "20")
        second = self.record("second.wav", *SOURCES, "--freewheel")
        status, out = first.end()
        self.assertEqual((status, closing_line(out)[2]), (0, 0), first.log())
        before = self.w.status("frames_mixed")
        self.assertEqual(self.w.status("jack"), "freewheel")
        self.pass_frames(self.w, 5 * RATE)
        _, frames, lost, _ = self.stop(second)
        self.assertEqual(lost, 0)
        self.assertGreater(frames, 0)
        self.is_in("running")
        self.assertTrue(Take(self.path("second.wav")).is_whole())
        self.assertGreater(self.w.status("frames_mixed"), before)

    def test_somebody_elses_freewheel_stays(self):
        self.start()
        self.jack_freewheel("y")
        try:
            self.is_in("freewheel")
            _, frames, lost, _ = self.bounce("bounce.wav", *SOURCES, "-d",
                                             "10")
            self.assertEqual((frames, lost), (10 * RATE, 0))
            self.assertTrue(Take(self.path("bounce.wav")).is_whole())
            self.assertEqual(self.w.status("jack"), "freewheel")
        finally:
            self.jack_freewheel("n")
        self.is_in("running")

    def test_quitting_in_the_middle_switches_back_and_keeps_the_file(self):
        self.start()
        r = self.record("bounce.wav", *SOURCES, "--freewheel")
        self.is_in("freewheel")
        self.pass_frames(self.w, 10 * RATE)
        self.w.osc.command("/quit")
        self.assertEqual(self.w.end()[0], 0)
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[2]), (0, 0), r.log())
        take = Take(self.path("bounce.wav"))
        # Its last cycles may be in real time again, where JACK may skip some.
        self.assertTrue(take.is_whole(len(take) - RATE))
        self.end_generator(self.g)
        self.start()
        self.assertEqual(self.w.status("jack"), "running")
        before = self.w.status("uptime"), self.w.status("frames_mixed")
        self.pass_frames(self.w, RATE)
        now = self.w.status("uptime"), self.w.status("frames_mixed")
        # In freewheel it would be hundreds of times as many.
        self.assertLess(now[1] - before[1], (now[0] - before[0] + 1) * 3 * RATE)

    def test_listeners_hear_silence_as_long_as_it_lasts(self):
        self.start()
        dump = self.path("dump.opus")
        s = self.program("weir-stream", "--codec", "opus", "--dump", dump)
        wait_for("a dump", lambda: os.path.exists(dump))
        self.pass_frames(self.w, RATE)
        begin = self.w.status("uptime")
        self.bounce("bounce.wav", "-d", "300", "-c", "1", "-e", "s16")
        s.wait_log("freewheel has ended")
        self.pass_frames(self.w, RATE)
        s.signal(signal.SIGTERM)
        self.assertEqual(s.end()[0], 0, s.log())
        passed = self.w.status("uptime") - begin
        self.assertNotIn("lost", s.log())
        # Not a part of five minutes, but what the clock says.
        self.assertLess(opus_seconds(dump), passed + 10)
        self.assertGreater(opus_seconds(dump), 1.5)

    def test_a_feed_does_not_hold_it_up(self):
        self.start()
        self.program("weir-feed", "-s", "b", "-r", "48000", "-e", "s16",
                     "--pace", "pipe", "/dev/urandom")
        wait_for("a feed",
                 lambda: self.w.osc.get("/strip/b/feed/buffered_ms") > 0)
        before = self.w.osc.get("/strip/b/feed/underruns")
        _, frames, lost, _ = self.bounce("bounce.wav", *SOURCES, "-d", "20")
        self.assertEqual((frames, lost), (20 * RATE, 0))
        self.assertTrue(Take(self.path("bounce.wav")).is_whole())
        self.assertGreaterEqual(self.w.osc.get("/strip/b/feed/underruns"),
                                before)

    def test_what_makes_no_sense_together_is_refused(self):
        for other in (("--armed",), ("--preroll", "1"),
                      ("--split", "60", "--align")):
            status, _, log = self.run_program("weir-record", "--freewheel",
                                              *other)
            self.assertEqual(status, 2)
            self.assertIn("--freewheel: not together with", log)


def opus_seconds(path):
    """By the last page's position."""
    with open(path, "rb") as f:
        data = f.read()
    at = data.rindex(b"OggS")
    return struct.unpack_from("<q", data, at + 6)[0] / 48000


@unittest.skipIf(PIPEWIRE, "there it ends with who has asked for it")
class Left(Wheel):
    """A server that is in freewheel when weir comes, which it does not say."""
    own_server = True

    def killed_in_freewheel(self):
        w = self.weir("-s", "a")
        r = self.record("bounce.wav", "--freewheel", "-d", "100000",
                        wait=False)
        wait_for("freewheel", lambda: w.status("jack") == "freewheel")
        w.signal(signal.SIGKILL)
        w.p.wait()
        r.kill()
        self.assertTrue(os.path.exists(w.file("freewheel")))

    def is_real_time(self, w):
        begin = time.monotonic()
        self.pass_frames(w, 2 * RATE)
        return time.monotonic() - begin > 1

    def test_the_next_weir_ends_what_a_killed_one_has_begun(self):
        self.killed_in_freewheel()
        w = self.weir("-s", "a")
        w.wait_log("JACK was still in freewheel, for a weir that has died: "
                   "switched back")
        self.assertTrue(self.is_real_time(w))
        self.assertEqual(w.status("jack"), "running")
        self.assertFalse(os.path.exists(w.file("freewheel")))
        # And with it a freewheel comes and goes as ever.
        r = self.record("next.wav", "--freewheel", "-d", "60", wait=False)
        self.assertEqual(r.end()[0], 0, r.log())
        self.assertTrue(self.is_real_time(w))
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])

    def test_another_server_is_not_switched(self):
        self.killed_in_freewheel()
        self.jackd.signal(signal.SIGKILL)
        self.jackd = self.jackd.again()
        w = self.weir("-s", "a")
        self.assertTrue(self.is_real_time(w))
        self.assertNotIn("switched back", w.log())
        self.assertFalse(os.path.exists(w.file("freewheel")))

    def test_somebody_elses_is_told_of_and_left_alone(self):
        self.start_jackd()
        self.jack_freewheel("y")
        w = self.weir("-s", "a")
        w.wait_log("times as fast as sound is heard: it is in freewheel, which "
                   "began before weir came (jack_freewheel n ends it)")
        self.assertFalse(self.is_real_time(w))
        self.jack_freewheel("n")
        self.assertTrue(self.is_real_time(w))
        self.assertEqual(w.log().count("times as fast"), 1)


if __name__ == "__main__":
    main()
