#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A disk that is full or fails: what is recorded until then is kept, and the
recording goes on, with the first frame that is not kept, when it can."""
import array
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from fake import Case, Wav, lines, main, ramp
from record_formats import LOSSY, decode, error


class Disk(Case):
    def mount(self, size="1m"):
        """A disk of our own; skips where there can be none."""
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "tmpfs", disk], capture_output=True).returncode:
            self.skipTest("no right to mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        return disk

    def make_room(self, size="60m"):
        subprocess.run(["mount", "-o", f"remount,size={size}",
                        self.path("disk")], check=True)

    def record(self, name, *args, **kw):
        r = self.program("weir-record", "-o", self.path(name), *args, **kw)
        self.w.ask("accept")
        return r

    def fill(self, name, *args):
        """A recorder that has filled its disk with of 300000 frames."""
        r = self.record(name, *args)
        self.w.do("publish 300000")
        r.wait_log("No space left")
        return r

    def end(self, r, stop=True):
        if stop:
            r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        return status, lines(out)

    def joined(self, files):
        got = array.array("f")
        for path, frames, _, _ in files:
            f = Wav(path)
            self.assertTrue(f.size_ok and f.data_ok, path)
            self.assertEqual(f.frames, frames)
            got += f.floats()
        return got

    # ------------------------------------------------------------- full disks

    def test_a_full_disk_that_gets_room_again_costs_nothing(self):
        self.mount()
        self.w = self.weir()
        r = self.fill("disk/take.wav")
        # What it has is finished, and its line is printed, at once.
        line = lines(r.p.stdout.readline())
        self.assertGreater(line[0][1], 100000)
        self.assertEqual(self.joined(line), ramp(0, line[0][1]))
        self.make_room()
        self.w.do("reach 300000", "publish 50000", "reach 350000")
        status, files = self.end(r)
        *files, total = line + files
        self.assertEqual((status, total), (0, ("total", 350000, 0, 0)), r.log)
        self.assertEqual([os.path.basename(f[0]) for f in files],
                         ["take.wav", "take-1.wav"])
        self.assertEqual(self.joined(files), ramp(0, 350000))
        self.assertEqual(r.log.count("No space left"), 1, r.log)

    def test_what_the_history_does_not_hold_is_counted_and_skipped(self):
        self.mount()
        self.w = self.weir(capacity=48000)
        r = self.record("disk/take.wav")
        at = 120000
        for k in range(1, 13):
            self.w.do("publish 10000", f"reach {10000 * k}")
        self.w.do("publish 30000")
        at += 30000
        r.wait_log("No space left")
        line = lines(r.p.stdout.readline())
        # Far beyond the history, twice, is still one gap.
        for _ in range(2):
            self.w.do("publish 400000")
            at += 400000
            self.w.do(f"reach {at - 48000}")
        self.make_room()
        self.w.do(f"reach {at}", "publish 5000", f"reach {at + 5000}")
        at += 5000
        status, files = self.end(r)
        first, second, total = line + files
        self.assertEqual(status, 1)
        self.assertEqual(first[2:], (0, 0))
        self.assertEqual(second[2:], (0, 0))
        n = first[1] + second[1]
        self.assertEqual(total, ("total", n, at - n, 1))
        self.assertEqual(self.joined([first]), ramp(0, first[1]))
        self.assertEqual(self.joined([second]),
                         ramp(at - second[1], second[1]))
        self.assertEqual(r.log.count("No space left"), 1, r.log)
        self.assertEqual(r.log.count(f"{at - n} frames are in no file"), 1)

    def test_who_is_ended_while_the_disk_is_full_says_what_is_missing(self):
        self.mount()
        self.w = self.weir()
        r = self.fill("disk/take.wav")
        status, files = self.end(r)
        self.assertEqual(status, 1)
        (file, n, *counts), total = files
        self.assertEqual(counts, [0, 0])
        self.assertEqual(total, ("total", n, 300000 - n, 1))
        self.assertEqual(Wav(file).floats(), ramp(0, n))

    def test_a_duration_ends_on_a_full_disk_too(self):
        self.mount()
        self.w = self.weir(capacity=200000)
        r = self.record("disk/take.wav", "-d", "5")
        self.w.do("publish 150000")
        r.wait_log("No space left")
        self.w.do("publish 500000")
        status, files = self.end(r, stop=False)
        self.assertEqual(status, 1)
        n = files[0][1]
        self.assertEqual(files[1], ("total", n, 240000 - n, 1))

    def test_a_duration_counts_what_is_missing(self):
        self.mount()
        self.w = self.weir(capacity=200000)
        r = self.record("disk/take.wav", "-d", "10")
        self.w.do("publish 150000")
        r.wait_log("No space left")
        self.w.do("publish 200000")
        self.w.do("reach 200000")
        self.make_room()
        self.w.do("reach 350000", "publish 150000")
        status, files = self.end(r, stop=False)
        self.assertEqual(status, 1)
        *files, total = files
        self.assertEqual(total[1] + total[2], 480000)
        self.assertEqual(self.joined(files[1:]),
                         ramp(480000 - files[1][1], files[1][1]))

    def test_another_rate_goes_on_at_the_right_frame(self):
        self.mount()
        self.w = self.weir()
        r = self.fill("disk/take.wav", "-r", "96000")
        self.make_room()
        self.w.do("reach 300000")
        status, (*files, total) = self.end(r)
        self.assertEqual((status, total), (0, ("total", 600000, 0, 0)))
        got = self.joined(files)
        self.w.kill()
        self.w = self.weir()
        r = self.record("disk/whole.wav", "-r", "96000")
        self.w.do("publish 300000", "reach 300000")
        self.assertEqual(got, self.joined(self.end(r)[1]))

    def test_every_kind_goes_on_where_its_file_ended(self):
        for kind in ("wav", "w64", "flac") + LOSSY:
            with self.subTest(kind):
                self.check_kind(kind)

    def check_kind(self, kind):
        self.w = self.weir()
        n_bytes = 300001 if kind in ("wav", "w64") else 20001
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                           (n_bytes, resource.RLIM_INFINITY))
        args = ["-e", "16"] if kind == "flac" else []
        r = self.record(f"take.{kind}", *args, preexec_fn=limit)
        self.w.do("publish 120000", "reach 120000")
        resource.prlimit(r.p.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        status, (*files, total) = self.end(r)
        self.w.kill()
        # A limit to its size ends the file, and the next goes on at once.
        self.assertEqual((status, total), (0, ("total", 120000, 0, 0)), r.log)
        self.assertGreater(len(files), 1)
        first = 0
        for path, n, _, _ in files:
            got = decode(path)
            self.assertEqual(len(got) // 2, n, path)
            self.check_sound(kind, got, first, n)
            first += n

    def check_sound(self, kind, got, first, n):
        wanted = ramp(first, n)
        if kind in ("wav", "w64"):
            self.assertEqual(got, wanted)
        elif kind == "flac":
            self.assertLess(max(abs(a - b) for a, b in zip(got, wanted)),
                            1.6 / 2 ** 15)
        elif n > 10000:
            near = error(got, wanted, 0)
            for shift in (-40, 40):
                self.assertLess(2 * near, error(got, wanted, shift))

    def test_a_loss_that_no_file_kept_is_counted_where_it_goes(self):
        """It comes again in the next file, and in the totals once."""
        self.w = self.weir(capacity=4800)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                           (60001, resource.RLIM_INFINITY))
        r = self.record("take.wav", preexec_fn=limit)
        r.wait_log("recording to")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 20000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 20000")
        status, (*files, total) = self.end(r)
        self.assertEqual((status, total), (0, ("total", 20000, 16400, 1)))
        self.assertEqual(sum(f[2] for f in files), 16400)
        self.assertEqual(self.joined(files)[2 * 16400:], ramp(16400, 3600))

    def test_a_full_disk_is_looked_at_now_and_then(self):
        self.mount()
        self.w = self.weir()
        log = self.path("strace")
        begin = time.monotonic()
        r = self.program("weir-record", "-o", self.path("disk/take.wav"),
                         under=["strace", "-D", "-o", log, "-e",
                                "trace=statfs,openat"])
        self.w.ask("accept")
        self.w.do("publish 300000")
        r.wait_log("No space left")
        while self.count(log, "statfs") < 4:
            self.assertIsNone(r.p.poll())
        most = (time.monotonic() - begin) / 0.2 + 2
        self.assertLess(self.count(log, "statfs"), most)
        # It makes no files to find out.
        self.assertEqual(self.count(log, "take-1.wav"), 0)
        self.make_room()
        self.w.do("reach 300000")
        self.assertEqual(self.end(r)[0], 0)

    @staticmethod
    def count(log, text):
        with open(log, encoding="utf-8") as f:
            return f.read().count(text)

    # ---------------------------------------------------------------- faults

    def faulty(self, fault):
        """A recorder whose first file gets that fault."""
        path = self.path("take.wav")
        r = self.program("weir-record", "-o", path, under=[
            "strace", "-D", "-qq", "-o", "/dev/null", "-P", path, "-e",
            "trace=write,fdatasync,fsync", "-e", f"inject={fault}"])
        self.w.ask("accept")
        for k in range(1, 11):
            self.w.do("publish 10000", f"reach {10000 * k}")
        return r

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_a_write_that_fails_costs_the_file_and_no_frame(self):
        for cause in ("EIO", "EROFS", "EDQUOT", "ESTALE"):
            with self.subTest(cause):
                self.w = self.weir()
                r = self.faulty(f"write:error={cause}:when=12")
                status, (*files, total) = self.end(r)
                self.w.kill()
                self.assertEqual((status, total),
                                 (0, ("total", 100000, 0, 0)), r.log)
                self.assertEqual(len(files), 2)
                self.assertEqual(self.joined(files), ramp(0, 100000))
                for f in files:
                    os.unlink(f[0])

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_what_may_not_have_reached_the_disk_is_a_failure(self):
        self.w = self.weir()
        r = self.faulty("fsync:error=EIO:when=1")
        status, files = self.end(r)
        self.assertEqual((status, files[0][1]), (1, 100000))
        self.assertIn("Input/output error", r.log)

    # ----------------------------------------------------------------- armed

    def fill_armed(self):
        """An armed recorder, started, that has filled its disk."""
        self.mount()
        self.w = self.weir()
        r = self.record("disk/take.wav", "--armed")
        r.wait_log("armed: ")
        self.w.ask("command 1 start")
        self.w.do("publish 300000")
        r.wait_log("No space left")
        return r

    def test_a_start_on_a_full_disk_fails_and_the_next_may_not(self):
        disk = self.mount()
        with open(disk + "/filler", "wb") as f:
            f.write(bytes(1 << 20))
        self.w = self.weir()
        r = self.record("disk/take.wav", "--armed")
        r.wait_log("armed: ")
        self.assertEqual(self.w.ask("command 1 start"),
                         "failed 1 no file can be made")
        os.unlink(disk + "/filler")
        self.assertEqual(self.w.ask("command 2 start"), "done 2")
        self.w.do("publish 1000", "reach 1000")
        self.assertEqual(self.w.ask("command 3 stop"), "done 3")
        status, files = self.end(r)
        self.assertEqual((status, [f[1] for f in files]), (1, [1000]))

    def test_a_stop_on_a_full_disk_says_that_frames_are_missing(self):
        r = self.fill_armed()
        self.assertRegex(self.w.ask("command 2 stop"),
                         "failed 2 frames are missing")
        self.make_room()
        self.assertEqual(self.w.ask("command 3 start"), "done 3")
        self.w.do("publish 1000", "reach 301000")
        self.assertEqual(self.w.ask("command 4 stop"), "done 4")
        status, (first, second, total) = self.end(r)
        self.assertEqual((status, second[1]), (1, 1000))
        self.assertEqual(total, ("total", first[1] + 1000,
                                 300000 - first[1], 1))

    def test_an_armed_recorder_goes_on_when_there_is_room(self):
        r = self.fill_armed()
        self.assertEqual(self.w.ask("command 2 split"), "done 2")
        self.make_room()
        self.w.do("reach 300000")
        self.assertEqual(self.w.ask("command 3 stop"), "done 3")
        status, (*files, total) = self.end(r)
        self.assertEqual((status, total), (0, ("total", 300000, 0, 0)))
        self.assertEqual(self.joined(files), ramp(0, 300000))


if __name__ == "__main__":
    main()
