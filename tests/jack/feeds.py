#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Feeds of the real weir: weir-feed, the example, and strangers on
attach.sock. What is heard of a strip is what a recorder has of it before its
fader."""
import math
import mmap
import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import numpy as np

from rig import BIN, Case, RATE, Wav, main, osc, wait_for, wav_segments

FADE = 240  # frames in 5 ms
FRESH = 5000000  # another stretch of the ramps, without a zero
MASK = (1 << 23) - 1


def ramp(n, first=0, signals=(0, 1)):
    """Frames `first`... of the generator's signals (signal.h)."""
    t = np.arange(first, first + n, dtype=np.int64)[:, None]
    slope = 2 * np.array(signals, dtype=np.int64)[None, :] + 1
    return ((((t * slope) & MASK) - (1 << 22)) / 2**24).astype("<f4")


def sine(n, hz, rate, channels=1, gain=0.25):
    wave = gain * np.sin(2 * np.pi * hz * np.arange(n) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def wav(frames, rate):
    channels = frames.shape[1]
    data = frames.astype("<f4").tobytes()
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 3, channels, rate,
                          rate * channels * 4, channels * 4, 32)
            + b"data" + struct.pack("<I", len(data)) + data)


class FeedCase(Case):
    strip = "x"

    def file(self, name, frames, rate=RATE):
        with open(self.path(name), "wb") as f:
            f.write(wav(frames, rate))
        return self.path(name)

    def feed(self, *args, strip=None, **kw):
        return self.program("weir-feed", "-s", strip or self.strip, *args,
                            **kw)

    def fed(self, p, status=0):
        """Its last line, as a dict."""
        got, out = p.end(60)
        self.assertEqual(got, status, p.log())
        m = re.fullmatch(r"weir-feed: .+ frames=(\d+) underruns=(\d+) "
                         r"overruns=(\d+) flushed=(\d+)",
                         out.splitlines()[-1])
        self.assertTrue(m, out)
        return dict(zip(("frames", "underruns", "overruns", "flushed"),
                        map(int, m.groups())))

    def heard(self, recorder):
        """What a recorder has of the strip: its stretches, without the
        silence before and behind."""
        name, _, lost, _ = self.stop(recorder)
        self.assertEqual(lost, 0)
        self.wav = Wav(name)
        signals = [str(c) for c in range(self.wav.channels)]
        found = wav_segments(name, *signals)
        while found and found[0].kind == "silence":
            found.pop(0)
        while found and found[-1].kind == "silence":
            found.pop()
        return found

    def samples(self, recorder):
        name = self.stop(recorder)[0]
        w = Wav(name)
        return np.fromfile(name, "<f4", offset=w.offset).reshape(
            -1, w.channels)

    def listen(self, name="take.wav", strip=None):
        return self.record(name, "-i", f"strip/{strip or self.strip}/pre")

    def whole(self, found, n, lost):
        """Frames 0..n of the ramp, each once, in their order; JACK itself
        may have skipped `lost`: those are silence in their place."""
        ramps = [s for s in found if s.kind == "ramp"]
        self.assertTrue(ramps, found)
        self.assertEqual({s.kind for s in found} - {"ramp", "silence"},
                         set(), found)
        zero = ramps[0].start - ramps[0].t
        for s in ramps:
            self.assertEqual(s.start - s.t, zero, found)
        silent = sum(s.n for s in found if s.kind == "silence")
        at_edges = ramps[0].t + n - (ramps[-1].t + ramps[-1].n)
        self.assertLessEqual(silent + at_edges, lost, found)

    def exact(self, w, make_feed, n):
        """Feed, and hear it whole. An underrun is the machine's: again."""
        for _ in range(5):
            before = w.status("input_frames_lost")
            recorder = self.listen()
            self.pass_frames(w, RATE // 10)
            got = self.fed(make_feed())
            self.assertEqual((got["frames"], got["overruns"],
                              got["flushed"]), (n, 0, 0))
            self.pass_frames(w, RATE // 10)
            found = self.heard(recorder)
            if got["underruns"] == 0:
                self.whole(found, n, w.status("input_frames_lost") - before)
                return
        self.fail("underruns in five attempts")


class Exact(FeedCase):
    def test_a_file_is_heard_whole_and_to_the_bit(self):
        w = self.weir("-s", "x:2")
        n = 100003
        path = self.file("in.wav", ramp(n))
        self.exact(w, lambda: self.feed(path), n)

    def test_raw_samples_from_a_pipe_too_and_a_fast_writer_is_held_back(self):
        w = self.weir("-s", "x:2")
        n = 150001
        with open(self.path("raw"), "wb") as f:
            f.write(ramp(n).tobytes())

        def make():
            cat = subprocess.Popen(["cat", self.path("raw")],
                                   stdout=subprocess.PIPE)
            self.addCleanup(cat.wait)
            p = self.feed("-r", str(RATE), "-c", "2", "-e", "f32", "-",
                          stdin=cat.stdout)
            cat.stdout.close()
            return p
        self.exact(w, make, n)

    def test_a_loop_has_no_seam(self):
        w = self.weir("-s", "x:2")
        n = 7001
        path = self.file("in.wav", ramp(n))
        for _ in range(5):
            recorder = self.listen()
            p = self.feed("--loop", path)
            wait_for("laps", lambda: w.osc.get("/strip/x/feed/buffered_ms"))
            self.pass_frames(w, 6 * n)
            p.signal(signal.SIGTERM)
            got = self.fed(p)
            self.pass_frames(w, RATE // 10)
            found = self.heard(recorder)
            if got["underruns"] or w.status("input_frames_lost"):
                continue
            laps = [s for s in found if s.kind == "ramp"]
            self.assertGreater(len(laps), 5)
            for before, after in zip(laps[:-1], laps[1:]):
                self.assertEqual((before.t, before.n), (0, n), found)
                self.assertEqual(after.start, before.start + n, found)
            # The fade: no more than 5 ms, and nothing behind it.
            rest = found[found.index(laps[-1]) + 1:]
            self.assertLessEqual(sum(s.n for s in rest), FADE, found)
            return
        self.fail("underruns in five attempts")

    def test_mono_goes_to_both_sides_and_stereo_to_mono_is_the_mean(self):
        w = self.weir("-s", "two:2", "-s", "one:1")
        mono = self.file("mono.wav", ramp(20000, signals=(0,)))
        stereo = self.file("stereo.wav", ramp(20000, signals=(0, 1)))
        two, one = self.listen("2.wav", "two"), self.listen("1.wav", "one")
        self.fed(self.feed(mono, strip="two"))
        self.fed(self.feed(stereo, strip="one"))
        self.pass_frames(w, RATE // 10)
        got = self.samples(two)
        loud = got[np.any(got != 0, axis=1)]
        self.assertGreater(len(loud), 19000)
        self.assertTrue(np.array_equal(got[:, 0], got[:, 1]))
        want = ramp(20000)
        mean = (want[:, 0] + want[:, 1]) / 2
        got = self.samples(one)[:, 0]
        start = int(np.argmax(got != 0))
        there = got[start:start + 1000]
        at = int(np.argmax(mean == there[0]))
        self.assertTrue(np.array_equal(there, mean[at:at + 1000]))


class Rates(FeedCase):
    def test_another_rate_has_the_right_pitch_length_and_level(self):
        w = self.weir("-s", "x:1")
        for rate in (44100, 16000, 96000):
            recorder = self.listen(f"{rate}.wav")
            n = 2 * rate
            got = self.fed(self.feed(self.file("in.wav", sine(n, 1000, rate),
                                               rate)))
            self.assertEqual(got["frames"], n)
            self.pass_frames(w, RATE // 10)
            samples = self.samples(recorder)[:, 0]
            loud = np.flatnonzero(np.abs(samples) > 0.01)
            length = loud[-1] - loud[0] + 1
            self.assertAlmostEqual(length, 2 * RATE, delta=RATE // 100)
            part = samples[loud[0] + RATE // 4:][:RATE]
            if got["underruns"] == 0:
                crossings = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
                self.assertAlmostEqual(len(crossings), 1000, delta=2)
                self.assertAlmostEqual(np.abs(part).max(), 0.25, delta=0.003)


class Strips(FeedCase):
    def test_a_strip_is_made_as_wide_as_what_comes_in_and_stays(self):
        w = self.weir("-s", "other")
        for name, channels in (("one", 1), ("two", 2), ("six", 6)):
            self.fed(self.feed(self.file("in.wav", sine(100, 1000, RATE,
                                                        channels)),
                               strip=name))
            ports = [p for p in self.jackd.ports()
                     if p.startswith(f"weir:{name}")]
            self.assertEqual(len(ports), channels)
        self.assertEqual(w.osc.command("/strip/list"),
                         ["other", "one", "two", "six"])

    def test_a_strip_has_one_feed_and_is_free_at_once_after_a_kill(self):
        self.weir("-s", "x:2")
        path = self.file("in.wav", ramp(1000))
        first = self.feed("--loop", path)
        first.wait_log("feeding strip x")
        for _ in range(5):
            second = self.feed(path)
            self.assertEqual(second.end()[0], 1)
            self.assertIn("x has a feed already", second.log())
            first.signal(signal.SIGKILL)
            first.end()
            first = self.feed("--loop", path)
            first.wait_log("feeding strip x")
        first.signal(signal.SIGINT)
        self.fed(first)

    def test_a_bus_is_no_strip(self):
        self.weir("-b", "fx")
        p = self.feed(self.file("in.wav", ramp(100)), strip="fx")
        self.assertEqual(p.end()[0], 1)
        self.assertIn("fx", p.log())

    def test_its_removal_ends_the_feed(self):
        w = self.weir("-s", "x:2", "-s", "y:2")
        path = self.file("in.wav", ramp(1000))
        p = self.feed("--loop", path)
        other = self.feed("--loop", path, strip="y")
        for q in (p, other):
            q.wait_log("feeding strip")
        w.osc.command("/strip/x/remove")
        self.fed(p, 1)
        self.assertIn("strip x: the strip was removed", p.log())
        self.assertTrue(other.running())
        again = self.feed(path)  # and makes it anew
        self.assertEqual(self.fed(again)["frames"], 1000)
        other.signal(signal.SIGTERM)
        self.fed(other)

    def test_weirs_end_is_told(self):
        for end in (lambda w: w.osc.command("/quit"),
                    lambda w: w.signal(signal.SIGTERM),
                    lambda w: w.signal(signal.SIGKILL)):
            w = self.weir("-s", "x:2")
            p = self.feed("--loop", self.file("in.wav", ramp(1000)))
            idle = self.feed("-e", "s16", "-", strip="idle",
                             stdin=subprocess.PIPE)
            for q in (p, idle):
                q.wait_log("feeding strip")
            end(w)
            for q in (p, idle):
                self.fed(q, 1)
                self.assertRegex(q.log(), "strip .*: weir (has ended|ended|"
                                          "is gone)")
            w.end()
            wait_for("JACK to notice",
                     lambda: "weir:x_L" not in self.jackd.ports())


class Flush(FeedCase):
    def write_all(self, fd, data):
        """As much as the pipe holds now."""
        os.set_blocking(fd, False)
        n = 0
        try:
            while n < len(data):
                n += os.write(fd, data[n:])
        except BlockingIOError:
            pass
        os.set_blocking(fd, True)
        return n

    def test_a_flush_is_silence_at_once_and_new_sound_too(self):
        for _ in range(5):
            if self.flush_once():
                return
        self.fail("underruns in five attempts")

    def flush_once(self):
        w = self.weir("-s", "x:2")
        recorder = self.listen()
        r, pipe = os.pipe()
        p = self.feed("-c", "2", "-e", "f32", "-", stdin=r)
        os.close(r)
        old = ramp(400000).tobytes()
        n_old = self.write_all(pipe, old)
        while n_old < 60000 * 8:  # until it is heard, and all on the way full
            select.select([], [pipe], [], 10)
            n_old += self.write_all(pipe, old[n_old:])
        self.assertLess(n_old, len(old))
        w.osc.command("/strip/x/feed/flush")
        # Of the last old frame a piece may be missing.
        new = ramp(20000, first=FRESH)
        os.write(pipe, old[n_old:n_old + (-n_old % 8)] + new.tobytes())
        os.close(pipe)
        got = self.fed(p)
        self.pass_frames(w, RATE // 10)
        found = self.heard(recorder)
        lost = w.status("input_frames_lost")
        w.osc.command("/quit")
        w.end()
        wait_for("JACK to notice",
                 lambda: "weir:x_L" not in self.jackd.ports())
        ramps = [s for s in found if s.kind == "ramp"]
        if lost or len(ramps) != 2:  # a late machine: more than two stretches
            return False
        was, fresh = ramps
        self.assertEqual((was.t, fresh.t), (0, FRESH), found)
        self.assertEqual(fresh.n, 20000, found)
        # Between them the fade, and perhaps silence, but no other sound.
        between = found[found.index(was) + 1:found.index(fresh)]
        loud = sum(s.n for s in between if s.kind != "silence")
        self.assertLessEqual(loud, FADE, found)
        heard_old = was.n + loud
        self.assertGreater(got["flushed"], 0)
        self.assertAlmostEqual(got["frames"] + got["flushed"],
                               n_old // 8 + 20000, delta=FADE + 1)
        self.assertLess(heard_old, n_old // 8)
        return True

    def test_a_flush_is_answered_when_the_feeder_has_let_go(self):
        """One that is stopped has half a second; the mixer needs a block."""
        w = self.weir("-s", "x:1")
        p = self.feed("-c", "1", "-e", "f32", "-", stdin=subprocess.PIPE)
        p.wait_log("feeding strip x")
        p.signal(signal.SIGSTOP)
        began = time.monotonic()
        w.osc.command("/strip/x/feed/flush")
        self.assertGreater(time.monotonic() - began, 0.45)
        p.signal(signal.SIGCONT)
        self.fed(p)

    def test_without_a_feed_there_is_nothing_to_flush(self):
        w = self.weir("-s", "x:2")
        self.assertEqual(w.osc.error("/strip/x/feed/flush"), 6)


class Clock(FeedCase):
    n = 3 * 44100

    def produce(self, w, p):
        """In real time, by this process's clock; (ms in hand, ratio, by how
        much it was late itself)."""
        wave = sine(self.n, 1000, 44100).tobytes()
        begin, late, step = time.monotonic(), 0, 441
        for i in range(0, self.n, step):
            due = begin + (i + step) / 44100
            while time.monotonic() < due:  # the source's own clock
                time.sleep(max(0, due - time.monotonic()))
            late = max(late, time.monotonic() - due)
            p.p.stdin.write(wave[4 * i:4 * (i + step)])
            p.p.stdin.flush()
            if i == 2 * 44100:
                waiting = w.osc.get("/strip/x/feed/buffered_ms")
                ratio = w.osc.get("/strip/x/feed/ratio")
        p.p.stdin.close()
        p.p.stdin = None  # communicate() would flush it
        return waiting, ratio, late

    def test_a_live_source_is_followed(self):
        """A producer in real time: nothing dropped, the pitch stays, and
        what waits is what was asked for. A source that comes too late is an
        underrun, and the machine's: again."""
        w = self.weir("-s", "x:1")
        for k in range(5):
            recorder = self.listen(f"{k}.wav")
            p = self.feed("-r", "44100", "-c", "1", "-e", "f32", "--pace",
                          "clock", "--latency", "1", "-",
                          stdin=subprocess.PIPE)
            p.wait_log("feeding strip x")
            lost = w.status("input_frames_lost")
            waiting, ratio, late = self.produce(w, p)
            got = self.fed(p)
            self.pass_frames(w, RATE // 10)
            samples = self.samples(recorder)[:, 0]
            self.assertEqual(got["overruns"], 0)
            self.assertEqual(got["frames"] + got["flushed"], self.n)
            if got["underruns"] or w.status("input_frames_lost") > lost:
                continue
            self.assertEqual(got["flushed"], 0)
            self.assertAlmostEqual(ratio, RATE / 44100, delta=0.06)
            self.assertAlmostEqual(waiting, 1000, delta=100 + 1000 * late)
            loud = np.flatnonzero(np.abs(samples) > 0.01)
            part = samples[loud[0] + RATE // 2:][:RATE]
            crossings = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
            self.assertAlmostEqual(len(crossings), 1000, delta=20)
            return
        self.fail("underruns in five attempts")


class Strangers(FeedCase):
    """attach.sock, spoken to by hand."""

    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "x:2")

    def connect(self):
        s = self.w.knock()
        self.addCleanup(s.close)
        return s

    def ask(self, abi=1, program="stranger", feed="", strip="x", rate=RATE,
            channels=2, pace="pipe", target=0):
        s = self.connect()
        s.send(osc.message("/feed", abi, program, feed, strip, rate, channels,
                           pace, target))
        packet, fds, _, _ = socket.recv_fds(s, 4096, 4)
        for fd in fds:
            self.addCleanup(os.close, fd)
        return s, osc.decode_message(packet), fds

    def map(self, fd):
        page = mmap.mmap(fd, os.fstat(fd).st_size)
        self.addCleanup(page.close)
        return page

    def test_asking_gives_a_ring_that_cannot_be_resized(self):
        s, m, fds = self.ask(rate=44100)
        self.assertEqual((m.address, m.types), ("/fed", "siii"))
        name, channels, capacity, rate = m.values
        self.assertEqual((name, channels, rate), ("stranger-1", 2, RATE))
        self.assertEqual(len(fds), 1)
        page = self.map(fds[0])
        self.assertEqual(page[:8], b"WEIRFEED")
        head = struct.unpack_from("<IIIIQ", page, 8)
        self.assertEqual(head, (1, 44100, 2, 4096, capacity))
        self.assertGreaterEqual(len(page), 4096 + capacity * 8)
        for n in (0, len(page) + 4096):
            with self.assertRaises(OSError):
                os.ftruncate(fds[0], n)
        self.assertEqual(self.ask()[1].values[1], 5)  # fed already
        s.close()
        wait_for("room", lambda: self.ask()[1].address == "/fed")

    def test_the_end_is_said_and_then_it_is_closed(self):
        for end, why in ((lambda: self.w.osc.command("/strip/x/remove"),
                          "the strip was removed"),
                         (lambda: self.w.osc.command("/quit"),
                          "weir has ended")):
            s, _, _ = self.ask()
            end()
            m = osc.decode_message(s.recv(4096))
            self.assertEqual((m.address, m.values), ("/bye", [why]))
            self.assertEqual(s.recv(4096), b"")

    def test_zeros_are_weirs_to_choose(self):
        _, m, fds = self.ask(strip="new", rate=0, channels=0)
        self.assertEqual((m.address, m.values[1]), ("/fed", 2))
        self.assertEqual(struct.unpack_from("<I", self.map(fds[0]), 12)[0],
                         RATE)
        self.assertEqual(self.w.osc.command("/strip/list"), ["x", "new"])

    def test_wrong_requests_are_told_why_and_make_nothing(self):
        for args, code in (({"abi": 0}, 6), ({"abi": 2}, 6),
                           ({"strip": ""}, 2), ({"strip": "No Id"}, 2),
                           ({"strip": "main"}, 5), ({"feed": "No Id"}, 2),
                           ({"rate": 999}, 3), ({"rate": -1}, 3),
                           ({"rate": 768001}, 3),
                           ({"channels": -1}, 3), ({"channels": 65}, 3),
                           ({"pace": "walk"}, 2), ({"target": -1}, 3),
                           ({"target": 2**31 - 1}, 3),
                           ({"rate": "48000"}, 2), ({"pace": 1}, 2)):
            s, m, fds = self.ask(**args)
            self.assertEqual((m.address, m.values[1], fds),
                             ("/error", code, []), (args, m))
            self.assertEqual(s.recv(4096), b"")  # and closed
        for packet in (osc.message("/feed"),
                       osc.message("/feed", 1, "p", "", "x", RATE, 2, "pipe"),
                       osc.message("/feed", 1, "p", "", "x", RATE, 2, "pipe",
                                   0, 0)):
            s = self.connect()
            s.send(packet)
            m = osc.decode_message(s.recv(4096))
            self.assertEqual((m.address, m.values[1]), ("/error", 2), m)
        self.assertEqual(self.w.osc.command("/strip/list"), ["x"])
        self.assertEqual(self.ask()[1].address, "/fed")

    def test_ids_are_unlike_each_other_and_unlike_readers(self):
        tap = self.program("weir-tap", "--id", "ear",
                           stdout=subprocess.DEVNULL)
        wait_for("the tap", self.w.readers)
        self.assertEqual(self.ask(feed="ear")[1].values[1], 5)
        self.assertEqual(self.ask(feed="mouth")[1].values[0], "mouth")
        self.assertEqual(self.ask(feed="mouth", strip="y")[1].values[1], 5)
        tap.signal(signal.SIGTERM)
        tap.p.wait(30)

    def test_rubbish_ends_its_feed_and_no_other(self):
        s, _, _ = self.ask()
        other, _, _ = self.ask(strip="other")
        for k in range(300):
            other.send(osc.message("/done", k))
            other.send(osc.message("/what", "is", "this"))
        s.send(b"\xff" * 100)
        self.assertIn(b"/bye", s.recv(4096))
        self.assertEqual(s.recv(4096), b"")
        self.assertEqual(self.ask()[1].address, "/fed")
        self.assertEqual(self.ask(strip="other")[1].values[1], 5)

    def test_who_hangs_up_while_its_strip_is_made_harms_nobody(self):
        for k in range(20):
            s = self.connect()
            s.send(osc.message("/feed", 1, "p", "", f"s{k}", RATE, 2, "pipe",
                               0))
            s.close()
        wait_for("the strips", lambda: len(
            self.w.osc.command("/strip/list")) == 21)
        self.assertEqual(self.ask(strip="s19")[1].address, "/fed")

    def test_lies_in_its_ring_stay_its_own(self):
        """Whatever is written there, another strip is heard to the bit."""
        self.strip = "good"
        self.w.osc.command("/strip/add", "good", 2)
        path = self.file("in.wav", ramp(50000))
        _, _, fds = self.ask()
        page = self.map(fds[0])
        stop = threading.Event()

        def lie():
            rubbish = os.urandom(256 * 4096)
            k = 0
            while not stop.wait(0.001):
                k = (k + 4096) % len(rubbish)
                page[8:4096] = rubbish[k:k + 4088]
                page[4096:8192] = b"\xff" * 4096  # not a number
        liar = threading.Thread(target=lie)
        liar.start()
        try:
            self.exact(self.w, lambda: self.feed(path), 50000)
        finally:
            stop.set()
            liar.join()
        for level in self.w.osc.ask("/strip/x/meter").values:
            self.assertTrue(math.isfinite(level))
        self.assertEqual(self.w.osc.command("/ping"), ["weir"])


class Programs(FeedCase):
    def test_the_example_is_a_tone(self):
        w = self.weir("-s", "tone:2")
        recorder = self.listen(strip="tone")
        subprocess.run([f"{BIN}/../examples/tone", "1"], env=self.env(),
                       check=True, timeout=30)
        self.pass_frames(w, RATE // 10)
        samples = self.samples(recorder)
        loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.001)
        self.assertAlmostEqual(loud[-1] - loud[0] + 1, RATE, delta=RATE // 50)
        self.assertTrue(np.array_equal(samples[:, 0], samples[:, 1]))
        self.assertAlmostEqual(np.abs(samples).max(), 0.1, delta=0.001)
        part = samples[loud[0]:loud[0] + RATE // 2, 0]
        crossings = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
        self.assertAlmostEqual(len(crossings), 220, delta=2)

    def test_what_sox_and_ffmpeg_write_is_understood(self):
        self.weir("-s", "x:1")
        self.file("in.wav", sine(RATE // 2, 1000, RATE))
        for command in (["sox", self.path("in.wav"), "-r", "22050", "-b",
                         "16", "-t", "wav", "-"],
                        ["ffmpeg", "-v", "error", "-i", self.path("in.wav"),
                         "-ar", "22050", "-f", "wav", "-"]):
            made = subprocess.Popen(command, stdout=subprocess.PIPE,
                                    stdin=subprocess.DEVNULL)
            self.addCleanup(made.wait)
            p = self.feed("-", stdin=made.stdout)
            made.stdout.close()
            self.assertAlmostEqual(self.fed(p)["frames"], 11025, delta=1)
            self.assertIn("22050 Hz, 1 channels", p.log())


if __name__ == "__main__":
    main()
