#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-record's formats, read by programs that are not ours."""
import array
import resource
import shutil
import signal
import subprocess
import time
import unittest

from fake import Case, TIMEOUT_S, closing_line, main, ramp

LOSSY = ("ogg", "opus", "mp3")
KINDS = ("wav", "w64", "flac") + LOSSY
# What a killed recorder may lack is a second. Those with pages have less to
# themselves, a quarter of one and what their codec looks ahead; a second's
# pages, which are libsndfile's choice for Opus, would break the promise only
# where the sound ends just before a page does.
LACKS = {"ogg": 16800, "opus": 16800}


def decode(path, form="f32le"):
    """All samples that ffmpeg finds."""
    p = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", form, "-"],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False)
    a = array.array({"f32le": "f", "s32le": "i", "s16le": "h"}[form])
    a.frombytes(p.stdout)
    return a


def error(a, b, shift):
    """The mean square of b's second channel, later by `shift`, less a's."""
    n = len(a) // 2 - abs(shift) - 4000
    return sum((a[2 * (i + shift) + 1] - b[2 * i + 1]) ** 2
               for i in range(2000, 2000 + n)) / n


@unittest.skipUnless(shutil.which("ffmpeg"), "no ffmpeg")
class Formats(Case):
    def take(self, name, *args, **kw):
        r = self.program("weir-record", "-o", self.path(name), *args, **kw)
        self.w.ask("accept")
        return r

    def whole(self, name, n, *args):
        """A file of the next n frames."""
        r = self.take(name, "-d", str(n / 48000), *args)
        self.w.do(f"publish {n}")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)),
                         (0, (self.path(name), n, 0, 0)), r.log)
        return self.path(name)

    def test_w64_holds_every_float_as_it_came(self):
        self.w = self.weir()
        self.assertEqual(decode(self.whole("take.w64", 30011)), ramp(0, 30011))

    def test_the_same_frames_are_the_same_integers_in_every_lossless_kind(self):
        for e, form in (("16", "s16le"), ("24", "s32le")):
            got = {}
            for kind in ("wav", "w64", "flac"):
                self.w = self.weir()
                name = f"{e}.{kind}"
                got[kind] = decode(self.whole(name, 30011, "-e", e), form)
                self.w.kill()
            self.assertEqual(len(got["wav"]), 60022)
            self.assertEqual(got["flac"], got["wav"])
            self.assertEqual(got["w64"], got["wav"])

    def test_flac_has_24_bits_when_nobody_says(self):
        self.w = self.weir()
        path = self.whole("take.flac", 9000)
        bits = subprocess.run(
            ["ffprobe", "-v", "error", "-show_entries",
             "stream=bits_per_raw_sample,codec_name", "-of", "csv=p=0", path],
            capture_output=True, text=True, check=True).stdout
        self.assertEqual(bits.strip(), "flac,24")
        # Dither is one step of 24 bit, and rounding half of one.
        self.assertLess(max(abs(a - b) for a, b in
                            zip(decode(path), ramp(0, 9000))), 1.6 / 2 ** 23)

    def test_lossy_kinds_have_the_same_length_and_sound_at_the_same_place(self):
        for kind in LOSSY:
            with self.subTest(kind):
                self.w = self.weir()
                got = decode(self.whole(f"take.{kind}", 48123))
                self.w.kill()
                self.assertEqual(len(got), 2 * 48123)
                near = error(got, ramp(0, 48123), 0)
                self.assertLess(near, 0.003)
                for shift in (-40, 40):
                    self.assertLess(2 * near,
                                    error(got, ramp(0, 48123), shift))

    def test_the_default_name_has_the_formats_extension(self):
        self.w = self.weir()
        r = self.program("weir-record", "-f", "flac", "-d", "0.1",
                         cwd=self.dir)
        self.w.ask("accept")
        self.w.do("publish 4800")
        self.assertRegex(closing_line(r.end()[1])[0],
                         r"^weir-\d{8}-\d{6}\.flac$")

    def test_an_extension_in_capitals_is_one_too(self):
        self.w = self.weir()
        path = self.whole("take.FLAC", 4800)
        with open(path, "rb") as f:
            self.assertEqual(f.read(4), b"fLaC")

    def leave_by_kill_9(self, kind, publish):
        """What is in the file that a killed recorder left, in frames."""
        r = self.take(f"take.{kind}")
        n = publish(r)
        path = self.path(f"take.{kind}")
        least = n - LACKS.get(kind, 48000)
        # The tool cannot know how far it is: look until there is enough.
        end = time.monotonic() + TIMEOUT_S
        while len(decode(path)) // 2 < least and time.monotonic() < end:
            self.assertIsNone(r.p.poll())
        r.p.kill()
        r.end()
        got = decode(path)
        self.assertGreaterEqual(len(got) // 2, least)
        return got

    def sound(self, _):
        self.w.do("publish 230000", "reach 230000")
        return 230000

    def silence(self, r):
        """Lost frames: nearly eleven seconds of zeros, and too little sound
        behind them to fill a page."""
        r.wait_log("recording to")
        self.w.do("publish 1", "reach 1")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 520000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 520001")
        return 520001

    def test_kill_9_leaves_all_but_the_last_second_of_sound(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.w = self.weir()
                got = self.leave_by_kill_9(kind, self.sound)
                self.w.kill()
                n = len(got) // 2
                if kind not in LOSSY and kind != "flac":
                    self.assertEqual(got, ramp(0, n))

    def test_kill_9_leaves_all_but_the_last_second_of_silence(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.w = self.weir(capacity=4800)
                self.leave_by_kill_9(kind, self.silence)
                self.w.kill()

    def test_what_only_the_end_of_the_file_has_no_room_for_is_said(self):
        """The first frames stay with the encoder until the end."""
        for kind, n_bytes in (("flac", 8500), ("ogg", 12700)):
            with self.subTest(kind):
                limit = lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
                self.w = self.weir()
                r = self.take(f"end.{kind}", "-d", "0.08", preexec_fn=limit)
                self.w.do("publish 4800")
                status, _ = r.end()
                self.w.kill()
                self.assertEqual((status, r.log.count("too large")), (1, 1),
                                 r.log)

    def refused(self, name, *args, said):
        r = self.take(name, *args)
        self.assertEqual(r.end(), (1, ""))
        self.assertIn(said, r.log)
        with self.assertRaises(FileNotFoundError):
            open(self.path(name), "rb").close()
        self.w.kill()

    def test_what_a_format_cannot_hold_is_said_and_no_file_is_left(self):
        self.w = self.weir(rate=44100)
        self.refused("take.opus", said="opus takes 48000")
        # It can be had at another rate, or with fewer channels.
        self.w = self.weir("main:9", rate=44100)
        r = self.take("fits.opus", "-r", "48000", "-c", "2", "-d", "0.5")
        self.w.do("publish 44100")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 24000), r.log)
        self.w.kill()
        self.w = self.weir("main:3")
        self.refused("take.mp3", said="at most 2 channels")
        self.w = self.weir("main:9")
        self.refused("take.flac", said="at most 8 channels")


if __name__ == "__main__":
    main()
