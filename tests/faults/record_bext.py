#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""WAV files say when their first frame was heard: not when the program
looked, and not in what zone it was built."""
import os
import struct
import subprocess
import time

from fake import RATE, Recording, Wav, main, ramp

# Summer time, all year.
ZONE = "XST-05:30"
EAST_S = 19800


def bext(path):
    with open(path, "rb") as f:
        b = f.read(4096)
    at = 12
    while b[at:at + 4] != b"bext":
        at += 8 + struct.unpack_from("<I", b, at + 4)[0]
        assert b[at:at + 4] != b"data", "no bext"
    n, = struct.unpack_from("<I", b, at + 4)
    (description, originator, _, date, clock, low, high,
     version) = struct.unpack_from("<256s32s32s10s8sIIH", b, at + 8)
    return {"originator": originator.rstrip(b"\0"), "date": date.decode(),
            "time": clock.decode(), "reference": low + (high << 32),
            "version": version, "history": b[at + 610:at + 8 + n].rstrip(b"\0")}


def since_midnight(t):
    return (t + EAST_S) % 86400


class Bext(Recording):
    def record(self, name, *args):
        r = self.program("weir-record", "-o", self.path(name), *args,
                         env={**os.environ, "TZ": ZONE})
        self.w.ask("accept")
        return r

    def clock(self):
        """The newest frame is heard now: when that is, at least and at most,
        and a while ago."""
        before = time.time()
        self.w.do("clock")
        after = time.time()
        while time.time() < after + 0.3:
            continue
        return before, after

    def check(self, got, earliest, latest, rate=RATE):
        # The clock of the system may be set a little while this runs.
        first = since_midnight(earliest) * rate - 0.002 * rate
        last = since_midnight(latest) * rate + 0.002 * rate
        if last < first:
            self.skipTest("midnight")
        self.assertGreaterEqual(got["reference"], first)
        self.assertLessEqual(got["reference"], last)
        s = got["reference"] // rate
        self.assertEqual(got["time"], "%02d:%02d:%02d" %
                         (s // 3600, s // 60 % 60, s % 60))
        self.assertEqual(got["date"], time.strftime(
            "%Y-%m-%d", time.gmtime(earliest + EAST_S)))
        self.assertEqual((got["version"], got["originator"]),
                         (2, b"weir-record"))
        self.assertIn(b"UTC+05:30", got["history"])

    def test_a_file_says_when_its_first_frame_was_heard(self):
        self.w = self.weir()
        self.w.do("publish 48000")
        before, after = self.clock()
        r = self.record("take.wav")
        self.w.do("publish 1000", "reach 49000")
        self.end(r)
        got = bext(self.path("take.wav"))
        self.check(got, before, after)
        self.assertIn(b"A=PCM,F=48000,W=32,M=stereo", got["history"])

    def test_a_preroll_was_heard_before(self):
        self.w = self.weir()
        self.w.do("publish 48000")
        before, after = self.clock()
        r = self.record("take.wav", "--preroll", "0.75", "-r", "96000", "-e",
                        "24")
        self.w.do("publish 1000", "reach 49000")
        self.end(r)
        self.check(bext(self.path("take.wav")), before - 0.75, after - 0.75,
                   96000)

    def test_each_of_split_files_has_its_own_time(self):
        self.w = self.weir()
        before, after = self.clock()
        r = self.record("take.wav", "--split", "0.1", "-e", "16")
        self.w.do("publish 12000", "reach 12000")
        files = self.end(r)[:-1]
        self.assertEqual(len(files), 3)
        for i, f in enumerate(files):
            self.check(bext(f[0]), before + i / 10, after + i / 10)

    def test_others_read_such_files_also_after_kill_9(self):
        for e in ("f32", "24", "16"):
            self.w = self.weir()
            r = self.record(f"{e}.wav", "-e", e)
            self.w.do("publish 48000", "reach 48000")
            path = self.path(f"{e}.wav")
            while Wav(path).frames < 48000:
                self.assertIsNone(r.p.poll())
            r.p.kill()
            r.end()
            self.w.kill()
            if e == "f32":
                self.assertEqual(Wav(path).floats(), ramp(0, 48000))
            out = subprocess.run(["soxi", "-s", path], capture_output=True,
                                 text=True, check=True).stdout
            self.assertEqual(out.strip(), "48000")
            out = subprocess.run(
                ["ffprobe", "-v", "error", "-show_entries",
                 "format_tags=time_reference,date", "-of", "csv=p=0", path],
                capture_output=True, text=True, check=True).stdout
            self.assertIn(str(bext(path)["reference"]), out)

    def test_kinds_without_it_have_none(self):
        self.w = self.weir()
        r = self.record("take.w64")
        self.w.do("publish 1000", "reach 1000")
        self.end(r)
        with open(self.path("take.w64"), "rb") as f:
            self.assertNotIn(b"weir-record", f.read())


if __name__ == "__main__":
    main()
