#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What is lost is known to the frame, and its loser's alone."""
import os
import signal
import subprocess
import unittest

from rig import Case, RATE, Wav, main, segments, wait_for, wav_segments


class Lapped(Case):
    def test_a_stopped_reader_knows_what_it_lost_and_no_other_lost_any(self):
        w = self.weir("-s", "a:2", "--history", "1")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("lapped.wav", "--id", "lapped")
        other = self.record("other.wav")
        self.pass_frames(w, RATE // 2)
        for _ in range(2):
            r.signal(signal.SIGSTOP)
            self.pass_frames(w, 2 * RATE)
            r.signal(signal.SIGCONT)
            self.pass_frames(w, RATE)
        lost = w.osc.get("/reader/lapped/lost_frames")
        dropouts = w.osc.get("/reader/lapped/dropouts")
        file, frames, n_lost, n_dropouts = self.stop(r)
        self.assertEqual((n_lost, n_dropouts), (lost, dropouts))
        self.assertEqual(n_dropouts, 2)
        self.assertEqual(self.stop(other)[2:], (0, 0))
        gaps = self.end_generator(g)["gaps"]
        got = wav_segments(self.path("lapped.wav"), "0", "1")
        # Silence is what was lost, and JACK's own gaps; all else is exact.
        ramps = [s for s in got if s.kind == "ramp"]
        zero = ramps[0].t
        lost_to_us = self.without_gaps(got, gaps, zero)
        self.assertEqual(sum(s.n for s in lost_to_us), n_lost)
        self.assertEqual(len(lost_to_us), n_dropouts)
        self.check_exact(got, sorted(
            gaps + [[s.start + zero, s.n] for s in lost_to_us]))
        self.assertEqual(frames, sum(s.n for s in got))
        for s in lost_to_us:
            # It goes on where a quarter of the history is left.
            self.assertGreater(s.n, RATE // 2)
            self.assertLess(s.n, 2 * RATE)
        self.check_exact(wav_segments(self.path("other.wav"), "0", "1"),
                         gaps)

    @staticmethod
    def without_gaps(got, gaps, zero):
        theirs = {(t, n) for t, n in gaps}
        return [s for s in got if s.kind == "silence"
                and (s.start + zero, s.n) not in theirs]

    def test_a_short_stop_costs_nothing(self):
        w = self.weir("-s", "a:2", "--history", "5")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav")
        self.pass_frames(w, RATE // 4)
        r.signal(signal.SIGSTOP)
        self.pass_frames(w, 2 * RATE)
        r.signal(signal.SIGCONT)
        self.pass_frames(w, RATE // 4)
        self.assertEqual(self.stop(r)[2:], (0, 0))
        gaps = self.end_generator(g)["gaps"]
        begin, end = self.check_exact(
            wav_segments(self.path("take.wav"), "0", "1"), gaps)
        self.assertGreater(end - begin, 2 * RATE)


class Mounted:
    """Ends with the test, like its processes."""

    def __init__(self, folder):
        self.folder = folder

    def kill(self):
        subprocess.run(["umount", "-l", self.folder], check=False)


class Disk(Case):
    def mount(self, size):
        folder = self.path("disk")
        os.mkdir(folder)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                               "weir-test", folder], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise unittest.SkipTest("no tmpfs can be mounted here: "
                                    + done.stderr.strip())
        self.keep(Mounted(folder))
        return folder

    def test_a_full_disk_that_gets_room_again_costs_nothing(self):
        folder = self.mount("1m")
        w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        other = self.record("other.wav")
        r = self.program("weir-record", "-o", folder + "/take.wav")
        r.wait_log("No space left")
        # What it has is finished at once, and nobody else notices.
        wav = Wav(folder + "/take.wav")
        self.assertGreater(wav.frames, RATE)
        self.pass_frames(w, RATE)
        subprocess.run(["mount", "-o", "remount,size=60m", folder],
                       check=True)
        wait_for("the next file",
                 lambda: os.path.exists(folder + "/take-1.wav"))
        self.pass_frames(w, RATE)
        total = self.stop(r)
        self.assertEqual((total[0], total[2:]), ("total", (0, 0)), r.log())
        self.assertEqual(self.stop(other)[2:], (0, 0))
        gaps = self.end_generator(g)["gaps"]
        self.assertGreater(total[1], wav.frames + RATE)
        with open(self.path("joined"), "wb") as joined:
            for name in ("take.wav", "take-1.wav"):
                part = Wav(f"{folder}/{name}")
                with open(part.path, "rb") as f:
                    f.seek(part.offset)
                    joined.write(f.read(part.frames * 8))
        self.check_exact(segments(self.path("joined"), 0, "0", "1"), gaps)
        self.check_exact(wav_segments(self.path("other.wav"), "0", "1"),
                         gaps)

    def test_a_file_that_cannot_be_made_is_said_at_once(self):
        self.weir()
        with open(self.path("file"), "w"):
            pass
        for path in (self.path("nowhere/x.wav"), self.path("file/x.wav"),
                     "/proc/x.wav"):
            status, out, log = self.run_program("weir-record", "-o", path)
            self.assertEqual((status, out), (1, ""), log)
            self.assertIn(path, log)

    def test_dev_full_is_a_full_disk_to_a_tap(self):
        w = self.weir()
        with open("/dev/full", "wb") as full:
            tap = self.program("weir-tap", stdout=full)
            self.assertEqual(tap.p.wait(30), 1)
        self.assertIn("No space left", tap.log())
        wait_for("its end", lambda: w.readers() == [])


class Inputs(Case):
    def test_what_is_no_number_silences_its_own_strip_alone(self):
        w = self.weir("-s", "a:2", "-s", "bad:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        bad = self.generator("nan=weir:bad_L", "9=weir:bad_R", name="bad")
        wait_for("NaN", lambda: w.status("blocks_not_finite") > 0)
        r = self.record("take.wav", "-d", "0.5")
        self.assertEqual(r.end()[0], 0)
        gaps = self.end_generator(g)["gaps"]
        self.check_exact(wav_segments(self.path("take.wav"), "0", "1"), gaps)
        self.end_generator(bad)


if __name__ == "__main__":
    main()
