#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-feed as a process, into a fake weir that takes frame by frame what it
is given (tests/unit/fake_feed_main.c)."""
import array
import os
import re
import signal
import struct
import subprocess
import threading
import time

import fake
from fake import FAKE, RATE, main

FAKE_FEED = os.path.join(os.path.dirname(FAKE), "fake_feed_process")
CAPACITY = 16384
# 120 kB as 24 bits in stereo: more than weir-feed takes in while the ring is
# full, less than it and a pipe hold together.
N_OLD = 20000


def ramp(n, channels, first=0, step=1 / 32768):
    """n frames that are exact in 16 bits, no two of a stretch alike."""
    return array.array("f", [
        ((first + f * channels + c) % 65536 - 32768) * step
        for f in range(n) for c in range(channels)])


def as_s16(samples):
    return array.array("h", [round(s * 32768) for s in samples]).tobytes()


def as_s24(samples):
    return b"".join(round(s * 8388608).to_bytes(3, "little", signed=True)
                    for s in samples)


def wav(data, rate, channels, bits, tag=1, size=None, extra=b""):
    """A WAV file, with `size` for its data's length and `extra` chunks."""
    n = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * n, n, bits)
    n_data = len(data) if size is None else size
    return (b"RIFF" + struct.pack("<I", 36 + n_data & 0xffffffff) + b"WAVE"
            + extra + b"fmt " + struct.pack("<I", 16) + form + b"data"
            + struct.pack("<I", n_data) + data)


class FakeFed(fake.FakeWeir):
    """The fake that is fed."""

    def __init__(self, run_dir, channels, capacity, rate):
        self.p = subprocess.Popen(
            [FAKE_FEED, run_dir, "weir", str(rate), str(channels),
             str(capacity)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.want("ready")


class Case(fake.Case):
    def fed_weir(self, channels=2, capacity=CAPACITY, rate=RATE):
        self.w = FakeFed(self.run_dir, channels, capacity, rate)
        self.channels = channels
        self.processes.append(self.w)
        return self.w

    def feed(self, *args, expect=None, **kw):
        """A feed that has been given the ring; `expect` is what it asks
        for."""
        p = self.program("weir-feed", "-s", "voice", *args, **kw)
        asked = self.w.ask("accept")
        if expect:
            self.assertEqual(asked, "fed weir-feed  voice " + expect)
        return p

    def file(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def taken(self):
        with open(self.path("taken"), "rb") as f:
            a = array.array("f")
            a.frombytes(f.read())
            return a

    def take(self, n):
        self.w.do(f"take {n} {self.path('taken')}")
        return self.taken()[-n * self.channels:]

    def hear(self, p, status=0):
        """All that comes, heard; the program's last line, as a dict."""
        answer = self.w.ask("rest " + self.path("taken"))
        self.w.do("state 4")
        self.assertTrue(answer.startswith("rest "))
        return self.end(p, status)

    def end(self, p, status):
        got, out = p.end()
        self.assertEqual(got, status, p.log)
        m = re.fullmatch(r"weir-feed: (.+) frames=(\d+) underruns=(\d+) "
                         r"overruns=(\d+) flushed=(\d+)",
                         out.splitlines()[-1])
        self.assertTrue(m, out)
        return dict(zip(("file", "frames", "underruns", "overruns",
                         "flushed"), (m[1], *map(int, m.groups()[1:]))))

    def check_all(self, expected):
        got = self.taken()
        self.assertEqual(len(got), len(expected))
        self.assertEqual(got, expected)

    def pipe(self, *args, **kw):
        kw.setdefault("stdin", subprocess.PIPE)
        p = self.feed(*args, "-", **kw)
        return p

    def put(self, p, data):
        p.p.stdin.buffer.write(data)
        p.p.stdin.buffer.flush()

    def close(self, p):
        p.p.stdin.close()


class Files(Case):
    def test_a_file_arrives_whole_and_to_the_bit(self):
        self.fed_weir(capacity=1024)
        want = ramp(50000, 2, step=0.7 / 32768)
        path = self.file("x.wav", wav(want.tobytes(), 44100, 2, 32, tag=3))
        p = self.feed(path, expect="44100 2 pipe 44100")
        got = self.hear(p)
        self.check_all(want)
        self.assertEqual(got, {"file": path, "frames": 50000, "underruns": 0,
                               "overruns": 0, "flushed": 0})

    def test_files_of_integers_are_exact(self):
        self.fed_weir(channels=1)
        want = ramp(10000, 1)
        p = self.feed(self.file("x.wav", wav(as_s16(want), 22050, 1, 16)),
                      expect="22050 1 pipe 22050")
        self.hear(p)
        self.check_all(want)

    def test_a_mono_file_goes_to_both_sides(self):
        self.fed_weir(channels=2)
        want = ramp(9000, 1)
        p = self.feed(self.file("x.wav", wav(as_s16(want), 48000, 1, 16)))
        self.hear(p)
        self.check_all(array.array("f", [s for s in want for _ in "LR"]))

    def test_a_stereo_file_in_a_mono_strip_is_the_mean(self):
        self.fed_weir(channels=1)
        both = ramp(9000, 2)
        p = self.feed(self.file("x.wav", wav(as_s16(both), 48000, 2, 16)))
        self.hear(p)
        self.check_all(array.array("f", [(both[i] + both[i + 1]) / 2
                                         for i in range(0, 18000, 2)]))

    def test_a_loop_has_no_seam(self):
        self.fed_weir(channels=2, capacity=1024)
        want = ramp(5001, 2)
        for name, data, args in (
                ("x.wav", wav(as_s16(want), 48000, 2, 16), ()),
                ("x.raw", as_s16(want), ("-e", "s16", "-c", "2")),
                ("y.wav", wav(as_s16(want), 48000, 2, 16),
                 ("-e", "s16", "-c", "2", "-r", "48000"))):
            p = self.feed("--loop", *args, self.file(name, data))
            self.assertEqual(self.take(12345),
                             (want + want + want)[:2 * 12345], name)
            p.p.send_signal(signal.SIGTERM)
            self.assertEqual(p.end()[0], 0, p.log)

    def test_a_raw_file_is_what_is_said_of_it(self):
        self.fed_weir(channels=2)
        want = ramp(7000, 2)
        p = self.feed("-r", "32000", "-c", "2", "-e", "24",
                      self.file("x.raw", as_s24(want)),
                      expect="32000 2 pipe 32000")
        self.hear(p)
        self.check_all(want)

    def test_a_file_on_stdin_is_one(self):
        self.fed_weir(channels=2)
        want = ramp(7000, 2)
        path = self.file("x.wav", wav(as_s16(want), 32000, 2, 16))
        with open(path, "rb") as f:
            p = self.feed("-", stdin=f, expect="32000 2 pipe 32000")
        self.hear(p)
        self.check_all(want)

    def test_what_cannot_be_fed_is_refused_and_said(self):
        text = self.file("x.txt", b"no sound at all, but long enough\n" * 99)
        empty = self.file("empty.wav", wav(b"", 48000, 2, 16))
        for args, status, why in (
                ((self.path("nothing.wav"),), 1, "No such file"),
                ((self.dir,), 1, "folder"),
                ((text,), 1, "-r, -c and -e"),
                (("--pace", "clock", empty), 2, "no clock"),
                (("--loop", "-"), 2, "only a file"),
                ((), 2, "no file is named"),
                ((text, text), 2, "more than one file"),
                (("--pace", "quick", text), 2, "pipe, clock"),
                (("--latency", "0.1", text), 2, "--pace clock"),
                (("--pace", "clock", "--latency", "0", "-"), 2,
                 "up to 2 seconds"),
                (("--pace", "clock", "--latency", "2.1", "-"), 2,
                 "up to 2 seconds"),
                (("-r", "0", text), 2, "rate"),
                (("-c", "65", text), 2, "channels"),
                (("-e", "u8", text), 2, "s16, s24 or f32")):
            p = self.program("weir-feed", "-s", "voice", *args,
                             stdin=subprocess.PIPE)
            self.assertEqual(p.end(), (status, ""), (args, p.log))
            self.assertIn(why, p.log)
            self.assertEqual(p.log.count("\n"), 1, p.log)
        for args, why in (((), "no strip is named"),
                          (("-s", "No Id"), "not a strip's id")):
            p = self.program("weir-feed", *args, text)
            self.assertEqual(p.end()[0], 2)
            self.assertIn(why, p.log)

    def test_an_empty_file_is_over_at_once_and_no_loop(self):
        self.fed_weir(channels=2)
        path = self.file("x.wav", wav(b"", 48000, 2, 16))
        self.assertEqual(self.end(self.feed(path), 0)["frames"], 0)
        p = self.feed("--loop", path)
        self.assertEqual(p.end()[0], 1)
        self.assertIn("nothing in it", p.log)


class Pipes(Case):
    def test_raw_samples_are_by_default_what_a_tap_writes(self):
        self.fed_weir(channels=2)
        p = self.program("weir-feed", "-s", "voice", "-",
                         stdin=subprocess.PIPE)
        want = ramp(3000, 2, step=0.7 / 32768)
        self.put(p, want.tobytes())
        self.assertEqual(self.w.ask("accept"),
                         "fed weir-feed  voice 0 0 pipe 0")
        self.close(p)
        self.hear(p)
        self.check_all(want)

    def test_raw_samples_have_the_strips_channels(self):
        self.fed_weir(channels=3)
        p = self.pipe("-e", "s16", expect="0 0 pipe 0")
        want = ramp(3000, 3)
        self.put(p, as_s16(want) + b"\x55")  # and a piece of a frame
        self.close(p)
        self.assertEqual(self.hear(p)["frames"], 3000)
        self.check_all(want)

    def test_frames_may_come_in_pieces(self):
        self.fed_weir(channels=2)
        p = self.pipe("-e", "s24", "-c", "2", "-r", "16000",
                      expect="16000 2 pipe 0")
        want = ramp(2000, 2)
        data = as_s24(want)
        for i in range(0, len(data), 997):
            self.put(p, data[i:i + 997])
        self.close(p)
        self.hear(p)
        self.check_all(want)

    def test_what_has_come_is_not_held_back(self):
        self.fed_weir(channels=1)
        p = self.pipe("-e", "s16", "-c", "1")
        for k in range(5):
            want = ramp(10 + k, 1, first=100 * k)
            self.put(p, as_s16(want))
            self.assertEqual(self.take(10 + k), want)
        self.close(p)
        self.hear(p)

    def test_a_wav_stream_says_itself_what_it_is(self):
        want = ramp(3000, 2)
        s16, s24 = as_s16(want), as_s24(want)
        s32 = array.array("i", [round(s * 2**31) for s in want]).tobytes()
        f64 = array.array("d", want).tobytes()
        guid = bytes.fromhex("000000001000800000aa00389b71")
        extensible = (struct.pack("<HHIIHH", 0xfffe, 2, 16000, 64000, 4, 16)
                      + struct.pack("<HHIH", 22, 16, 3, 1) + guid)
        self.assertEqual(len(extensible), 40)
        odd = b"LIST" + struct.pack("<I", 5) + b"hello\0"
        for name, data in (
                ("s16", wav(s16, 16000, 2, 16)),
                ("s24", wav(s24, 16000, 2, 24)),
                ("s32", wav(s32, 16000, 2, 32)),
                ("f32", wav(want.tobytes(), 16000, 2, 32, tag=3)),
                ("f64", wav(f64, 16000, 2, 64, tag=3)),
                ("endless", wav(s16, 16000, 2, 16, size=0xffffffff)),
                ("espeak's", wav(s16, 16000, 2, 16, size=0x7ffff000)),
                ("nothing said", wav(s16, 16000, 2, 16, size=0)),
                ("RF64", b"RF64" + wav(s16, 16000, 2, 16, size=0xffffffff,
                                       extra=b"ds64\x1c\0\0\0" + bytes(28))[4:]),
                ("chunks before", wav(s16, 16000, 2, 16, extra=odd)),
                ("chunks behind", wav(s16, 16000, 2, 16) + odd),
                ("extensible", b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 40)
                 + extensible + b"data\xff\xff\xff\xff" + s16)):
            with self.subTest(name):
                w = self.fed_weir()
                p = self.program("weir-feed", "-s", "voice", "-",
                                 stdin=subprocess.PIPE)
                self.put(p, data[:50])
                self.put(p, data[50:])
                self.close(p)
                self.assertEqual(w.ask("accept"),
                                 "fed weir-feed  voice 16000 2 pipe 0")
                self.assertEqual(self.hear(p)["frames"], 3000)
                self.check_all(want)
                w.kill()
                os.unlink(self.path("taken"))

    def test_a_length_in_the_header_ends_a_stream_that_stays_open(self):
        self.fed_weir()
        p = self.program("weir-feed", "-s", "voice", "-",
                         stdin=subprocess.PIPE)
        want = ramp(3000, 2)
        self.put(p, wav(as_s16(want), 16000, 2, 16))
        self.w.ask("accept")
        self.assertEqual(self.hear(p)["frames"], 3000)
        self.check_all(want)

    def test_bytes_are_unsigned_in_a_wav_stream(self):
        self.fed_weir(channels=1)
        p = self.program("weir-feed", "-s", "voice", "-",
                         stdin=subprocess.PIPE)
        self.put(p, wav(bytes(range(256)), 8000, 1, 8))
        self.close(p)
        self.w.ask("accept")
        self.hear(p)
        self.check_all(array.array("f", [(k - 128) / 128
                                         for k in range(256)]))

    def test_what_only_begins_like_a_wav_stream_is_samples(self):
        self.fed_weir(channels=1)
        for data in (b"RIFF", b"RIFFxxxxWAVX", b"RI", b"RIFFRIFFRIFF"):
            p = self.program("weir-feed", "-s", "voice", "-",
                             stdin=subprocess.PIPE)
            self.put(p, data)
            self.close(p)
            self.w.ask("accept")
            self.hear(p)
            want = array.array("f")
            want.frombytes(data[:len(data) // 4 * 4])
            self.assertEqual(self.taken()[-len(want):] if want else want,
                             want)

    def test_a_wav_stream_of_something_else_is_refused(self):
        self.fed_weir()
        for data in (wav(b"\0" * 99, 8000, 1, 4, tag=2),
                     wav(b"\0" * 99, 8000, 0, 16)):
            p = self.program("weir-feed", "-s", "voice", "-",
                             stdin=subprocess.PIPE)
            self.put(p, data)
            self.assertEqual(p.end()[0], 1)
            self.assertIn("WAV header", p.log)

    def test_a_compressed_file_in_a_pipe_is_not_played_as_noise(self):
        self.fed_weir()
        for magic in (b"fLaC", b"OggS", b"ID3\4", b"FORM", b"caff"):
            p = self.program("weir-feed", "-s", "voice", "-",
                             stdin=subprocess.PIPE)
            self.put(p, magic + bytes(5000))
            self.assertEqual(p.end()[0], 1)
            self.assertIn("decode it first", p.log)
        p = self.pipe("-e", "s16", "-c", "2")  # it is said what it is
        self.put(p, b"fLaC")
        self.close(p)
        self.assertEqual(self.hear(p)["frames"], 1)

    def test_a_header_that_contradicts_the_options_is_told(self):
        self.fed_weir()
        p = self.pipe("-r", "44100", "-c", "2")
        self.put(p, wav(b"\0" * 4000, 22050, 1, 16))
        self.assertEqual(p.end()[0], 1)
        self.assertIn("22050 Hz, 1 channels, s16 (leave -r, -c and -e out)",
                      p.log)

    def test_a_fifo_is_waited_for(self):
        self.fed_weir(channels=1)
        os.mkfifo(self.path("fifo"))
        p = self.feed("-e", "f32", self.path("fifo"))
        want = ramp(1000, 1)
        with open(self.path("fifo"), "wb") as f:
            f.write(want.tobytes())
        self.hear(p)
        self.check_all(want)

    def test_a_fast_producer_is_held_back_and_loses_nothing(self):
        self.fed_weir(channels=2, capacity=1024)
        p = self.pipe("-e", "s16")
        want = ramp(200000, 2)
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                                 stdout=p.p.stdin)
        self.close(p)
        writer = threading.Thread(
            target=lambda: (child.stdin.write(as_s16(want)),
                            child.stdin.close()))
        writer.start()
        self.w.do("full")
        self.assertTrue(writer.is_alive())
        got = self.hear(p)
        writer.join()
        child.wait()
        self.check_all(want)
        self.assertEqual((got["frames"], got["overruns"]), (200000, 0))

    def test_a_terminal_is_refused(self):
        a, b = os.openpty()
        p = self.program("weir-feed", "-s", "voice", "-", stdin=b)
        self.assertEqual(p.end()[0], 2)
        self.assertIn("terminal", p.log)
        os.close(a)
        os.close(b)


class Flush(Case):
    def test_what_lies_in_the_pipe_goes_and_what_comes_after_is_whole(self):
        """Also where a frame is cut: the rest of it is not the next one."""
        for cut in (0, 1, 5):
            self.fed_weir(channels=2, capacity=1024)
            r, w = os.pipe()
            p = self.feed("-e", "s24", "-c", "2", "-", stdin=r)
            os.close(r)
            old = as_s24(ramp(N_OLD, 2))
            os.write(w, old[:(N_OLD - 1) * 6 + cut])
            self.w.do("full")
            answer = self.w.ask("flush")
            self.assertEqual(answer, "done 1024")
            self.assertEqual(self.w.ask("fill"), "fill 0")
            new = ramp(500, 2, first=777)
            os.write(w, old[(N_OLD - 1) * 6 + cut:] if cut else b"")
            os.write(w, as_s24(new))
            self.assertEqual(self.take(500), new)
            os.close(w)
            got = self.hear(p)
            self.assertEqual(got["frames"], 500)
            self.assertIn(got["flushed"], (N_OLD - 1, N_OLD))
            self.w.kill()
            os.unlink(self.path("taken"))

    def test_an_idle_feed_obeys_at_once(self):
        self.fed_weir(channels=1)
        p = self.pipe("-e", "f32")
        self.put(p, ramp(100, 1).tobytes())
        self.take(100)
        self.assertEqual(self.w.ask("flush"), "done 0")
        self.put(p, ramp(50, 1, first=7).tobytes())
        self.assertEqual(self.take(50), ramp(50, 1, first=7))
        self.close(p)
        self.assertEqual(self.hear(p)["flushed"], 0)

    def test_a_file_goes_on_behind_what_was_flushed(self):
        self.fed_weir(channels=1, capacity=1024)
        want = ramp(100000, 1)
        p = self.feed(self.file("x.wav", wav(as_s16(want), 48000, 1, 16)))
        self.w.do("full")
        self.assertEqual(self.w.ask("flush"), "done 1024")
        self.hear(p)
        got = self.taken()
        self.assertEqual(got, want[-len(got):])
        self.assertLess(len(got), len(want) - 1024)

    def test_while_it_drains_the_rest_goes(self):
        self.fed_weir(channels=1)
        p = self.pipe("-e", "f32")
        self.put(p, ramp(100, 1).tobytes())
        self.close(p)
        p.wait_log("feeding strip voice")
        while self.w.ask("fill") != "fill 100":
            time.sleep(0.001)
        self.assertEqual(self.w.ask("flush"), "done 100")
        got = self.hear(p)
        self.assertEqual((got["frames"], got["flushed"]), (0, 100))


class Clock(Case):
    def test_frames_are_stamped_when_they_come(self):
        self.fed_weir(channels=1)
        p = self.pipe("-e", "f32", "--pace", "clock", expect="0 0 clock 0")
        for k in (1, 2, 3):
            before = time.monotonic_ns()
            self.put(p, ramp(480, 1).tobytes())
            self.take(480)
            word, position, age_us, overruns = self.w.ask("clock").split()
            self.assertEqual(int(position), k * 480)
            passed = (time.monotonic_ns() - before) // 1000
            self.assertLessEqual(int(age_us), passed)
            self.assertEqual(int(overruns), 0)
        self.close(p)
        self.hear(p)

    def test_latency_is_asked_for_in_frames(self):
        self.fed_weir(channels=1)
        for args, asked in (
                (("-r", "44100", "--latency", "0.1"), "44100 0 clock 4410"),
                (("-c", "1", "--latency", "2"), "0 1 clock 96000")):
            p = self.pipe("--pace", "clock", *args, expect=asked)
            self.close(p)
            self.assertEqual(p.end()[0], 0)

    def test_what_finds_no_room_is_dropped_and_counted(self):
        self.fed_weir(channels=1, capacity=1024)
        p = self.pipe("-e", "f32", "--pace", "clock")
        want = ramp(3000, 1)
        for i in range(0, 3000, 100):  # a pipe never gets full
            self.put(p, want[i:i + 100].tobytes())
        while True:
            position, _, overruns = map(int, self.w.ask("clock").split()[1:])
            if position + overruns == 3000:
                break
            time.sleep(0.001)
        self.close(p)
        got = self.hear(p)
        self.check_all(want[:1024])
        self.assertEqual((got["frames"], got["overruns"]), (1024, 1976))


class Ends(Case):
    def test_without_weir_it_does_not_wait(self):
        for args, stdin in ((("-r", "8000", "-"), subprocess.PIPE),
                            (("-",), subprocess.PIPE)):
            p = self.program("weir-feed", "-s", "voice", *args, stdin=stdin)
            self.assertEqual(p.end(), (69, ""))
            self.assertIn("no weir is running", p.log)

    def test_a_refusal_is_told_in_weirs_words(self):
        self.fed_weir()
        p = self.program("weir-feed", "-s", "voice", "-c", "1", "-",
                         stdin=subprocess.PIPE)
        self.w.ask("refuse voice is fed already")
        self.assertEqual(p.end(), (1, ""))
        self.assertIn("voice is fed already", p.log)

    def in_the_middle(self, full):
        """A feed whose ring is full, or has had all of 10 frames taken."""
        self.fed_weir(capacity=1024)
        p = self.pipe("-e", "s16", "-c", "2")
        self.put(p, as_s16(ramp(5000 if full else 10, 2)))
        if full:
            self.w.do("full")
        else:
            self.take(10)
        return p

    def test_weirs_end_is_told_and_is_a_failure(self):
        for command, why in (("bye the strip was removed",
                              "strip voice: the strip was removed"),
                             ("bye weir has ended",
                              "strip voice: weir has ended"),
                             ("hangup", "strip voice: weir is gone"),
                             ("state 3",
                              "strip voice: the strip was removed")):
            for full in (True, False):
                p = self.in_the_middle(full)
                self.w.do(command)
                self.end(p, 1)
                self.assertIn(why, p.log)
                self.w.kill()

    def test_a_signal_ends_it_well(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for full in (True, False):
                p = self.in_the_middle(full)
                p.p.send_signal(number)
                self.assertEqual(self.end(p, 0)["frames"], 0 if full else 10)
                self.w.do("gone")
                self.w.kill()

    def test_it_ends_when_all_was_heard_and_not_before(self):
        self.fed_weir(channels=1)
        p = self.pipe("-e", "f32")
        self.put(p, ramp(100, 1).tobytes())
        self.close(p)
        self.assertEqual(self.w.ask("rest " + self.path("taken")), "rest 100")
        self.assertIsNone(p.p.poll())
        self.w.do("state 4")
        self.assertEqual(self.end(p, 0)["frames"], 100)


if __name__ == "__main__":
    main()
