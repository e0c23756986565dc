#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A recorder that is killed at any call, and a disk that stalls."""
import re
import shutil
import signal
import subprocess
import time
import unittest

from fake import Case, RATE, Wav, closing_line, main, ramp
from record_formats import decode

CALLS = "write,pwrite64,lseek,fdatasync,ftruncate"


@unittest.skipUnless(shutil.which("strace"), "no strace")
class Stall(Case):
    def record(self, name, fault, *args):
        """A recorder to which that happens, on that file alone."""
        path = self.path(name)
        self.log = self.path("strace")
        r = self.program("weir-record", "-o", path, *args, under=[
            "strace", "-D", "-qq", "-o", self.log, "-P", path, "-e",
            f"trace={CALLS}", "-e", f"inject={fault}"])
        self.w.ask("accept")
        return r

    def traced(self, text):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return text in f.read()

    # ---------------------------------------------------------------- kill -9

    def test_whatever_call_is_its_last_the_file_can_be_read(self):
        # From behind the header, at calls that write, seek and sync.
        for kind in ("wav", "flac", "ogg", "opus"):
            for when in (25, 26, 41):
                with self.subTest(kind=kind, when=when):
                    signal.alarm(60)
                    self.kill_at(kind, when)

    def kill_at(self, kind, when):
        self.w = self.weir()
        path = self.path(f"{when}.{kind}")
        r = self.record(f"{when}.{kind}", f"{CALLS}:signal=KILL:when={when}")
        n = 0
        # About as fast as sound is: the header follows the clock.
        while r.p.poll() is None:
            self.w.do("publish 960")
            n += 960
            time.sleep(0.02)
        r.end()
        self.w.kill()
        subprocess.run(["ffprobe", "-v", "error", path], check=True,
                       capture_output=True)
        got = decode(path)
        # A second, and what was published before the end was seen.
        self.assertGreaterEqual(len(got) // 2, n - RATE - 9600)
        if kind == "wav":
            self.assertEqual(got, ramp(0, len(got) // 2))

    def test_the_header_of_a_killed_flac_says_how_long_it_is(self):
        self.w = self.weir()
        r = self.record("take.flac", "fdatasync:delay_enter=1:when=1")
        self.w.do("publish 100000", "reach 100000")
        count = 0
        while count < 100000 - 2 * 4096:
            self.assertIsNone(r.p.poll())
            out = subprocess.run(["soxi", "-s", self.path("take.flac")],
                                 capture_output=True, text=True, check=False)
            count = int(out.stdout.strip() or 0)
        r.p.kill()
        r.end()
        self.assertEqual(len(decode(self.path("take.flac"))) // 2, count)

    # ----------------------------------------------------------------- stalls

    def pass_a_stall(self, name, call, capacity):
        """About as fast as sound is, until it is over."""
        self.w = self.weir(capacity=capacity)
        r = self.record(name, f"{call}:delay_enter=1500000:when=3")
        n = 0
        while not self.traced("DELAYED"):
            self.w.do("publish 960")
            n += 960
            time.sleep(0.02)
        self.w.do("publish 960", f"reach {n + 960}")
        r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        self.assertEqual(status, 0, r.log)
        found = closing_line(out)
        self.assertEqual(found[1], n + 960)
        got = Wav(self.path(name))
        self.assertTrue(got.size_ok and got.data_ok)
        self.w.kill()
        return found, got.floats()

    def test_a_stall_that_is_shorter_than_the_history_costs_nothing(self):
        for call in ("write", "fdatasync"):
            (_, n, *lost), got = self.pass_a_stall(f"{call}.wav", call,
                                                   20 * RATE)
            self.assertEqual(lost, [0, 0], call)
            self.assertEqual(got, ramp(0, n))

    def test_a_longer_one_is_silence_of_exactly_that_length(self):
        for call in ("write", "fdatasync"):
            (_, n, lost, dropouts), got = self.pass_a_stall(
                f"{call}.wav", call, RATE // 2)
            self.assertGreater(lost, 0)
            wanted = ramp(0, n)
            wrong = [k for k in range(n)
                     if got[2 * k:2 * k + 2] != wanted[2 * k:2 * k + 2]]
            self.assertFalse(any(got[2 * k] or got[2 * k + 1]
                                 for k in wrong))
            # Some of the ramp's own frames are silent.
            silent = sum(not wanted[2 * k] and not wanted[2 * k + 1]
                         for k in range(n))
            self.assertLessEqual(len(wrong), lost)
            self.assertLessEqual(lost, len(wrong) + silent)
            self.assertGreaterEqual(dropouts, 1)

    # ------------------------------------------------------------------- sync

    def test_what_is_brought_to_the_disk_when(self):
        self.w = self.weir()
        r = self.program("weir-record", "-o", self.path("take.wav"), under=[
            "strace", "-D", "-qq", "-y", "-o", self.path("sync"), "-e",
            "trace=fsync,fdatasync"])
        self.w.ask("accept")
        begin = time.monotonic()
        while time.monotonic() < begin + 2.2:
            self.w.do("publish 960")
            time.sleep(0.02)
        r.p.send_signal(signal.SIGTERM)
        self.assertEqual(r.end()[0], 0)
        with open(self.path("sync"), encoding="utf-8") as f:
            calls = re.findall(r"^(f\w+)\(\d+<(.*)>\) += 0", f.read(), re.M)
        folder, *data, end = calls
        self.assertEqual(folder, ("fsync", self.dir))
        self.assertEqual(end, ("fsync", self.path("take.wav")))
        # Twice a second, of three at most.
        self.assertEqual(set(data), {("fdatasync", self.path("take.wav"))})
        self.assertGreaterEqual(len(data), 1)


if __name__ == "__main__":
    main()
