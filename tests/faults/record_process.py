#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-record as a process, against a fake weir."""
import math
import os
import signal
import subprocess
import unittest

from fake import Case, RATE, Wav, closing_line, main, ramp


class Record(Case):
    def record(self, *args, **kw):
        return self.program("weir-record", *args, **kw)

    def take(self, *args, name="take.wav", **kw):
        """A recorder of that file, attached."""
        r = self.record("-o", self.path(name), *args, **kw)
        self.attached = self.w.ask("accept")
        return r

    def stop(self, r):
        r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        self.assertEqual(status, 0, r.log)
        return closing_line(out)

    # ------------------------------------------------------------- recording

    def test_every_frame_is_in_the_file_as_it_was_mixed(self):
        self.w = self.weir()
        r = self.take("--id", "rec-7")
        self.assertEqual(self.attached, "attached weir-record rec-7 main")
        for n in (1, 255, 48000, 12345):
            self.w.do(f"publish {n}")
        self.w.do("reach 60601")
        self.assertEqual(self.stop(r), (self.path("take.wav"), 60601, 0, 0))
        f = Wav(self.path("take.wav"))
        self.assertEqual((f.kind, f.rate, f.channels), (b"RIFF", RATE, 2))
        self.assertTrue(f.size_ok and f.data_ok)
        self.assertEqual(f.floats(), ramp(0, 60601))

    def test_a_signal_leaves_nothing_that_was_published_behind(self):
        self.w = self.weir()
        r = self.take()
        r.wait_log("recording to")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 200000")
        r.p.send_signal(signal.SIGTERM)
        r.p.send_signal(signal.SIGCONT)
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 200000))
        self.assertEqual(Wav(self.path("take.wav")).floats()[-2:],
                         ramp(199999, 1))

    def test_duration_is_the_files_length_to_the_frame(self):
        self.w = self.weir()
        r = self.take("-d", "0.25")
        self.w.do("publish 20000")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 12000))
        self.assertEqual(Wav(self.path("take.wav")).floats(), ramp(0, 12000))

    def test_preroll_begins_in_the_past_and_counts_for_the_duration(self):
        self.w = self.weir()
        self.w.do("publish 96000")
        r = self.take("--preroll", "0.5", "-d", "1")
        self.w.do("publish 48000")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 48000))
        self.assertEqual(Wav(self.path("take.wav")).floats(),
                         ramp(72000, 48000))

    def test_a_preroll_beyond_the_history_is_as_long_as_it_can_be(self):
        self.w = self.weir()
        self.w.do("publish 24000")
        r = self.take("--preroll", "3", "-d", "1")
        self.w.do("publish 48000")
        r.end()
        self.assertIn("pre-roll is 0.500 s instead of 3.000 s", r.log)
        self.assertEqual(Wav(self.path("take.wav")).floats(), ramp(0, 48000))

    def test_joined_sources_are_channels_of_one_file(self):
        self.w = self.weir("strip/a:1", "strip/b:2")
        r = self.take("-i", "strip/b", "-i", "strip/a", "-d", "0.1")
        self.assertEqual(self.attached,
                         "attached weir-record  strip/b strip/a")
        self.w.do("publish 4800")
        r.end()
        f = Wav(self.path("take.wav"))
        self.assertEqual(f.channels, 3)
        b = ramp(0, 4800)
        # The fake's second source is 1000 steps ahead; strip/a is its first.
        first = [(1000 / 8192 + x + 0.5) % 1 - 0.5 for x in b[0::2]]
        self.assertEqual(list(f.floats()[0::3]), first)
        self.assertEqual(f.floats()[2::3], b[0::2])

    def test_16_and_24_bit_are_plain_wav_to_other_programs(self):
        self.w = self.weir()
        for e, bits in (("16", 16), ("s24", 24)):
            r = self.take("-e", e, "-d", "0.1", name=f"{bits}.wav",)
            self.w.do("publish 4800")
            status, out = r.end()
            self.assertEqual((status, closing_line(out)[1]), (0, 4800))
            f = Wav(self.path(f"{bits}.wav"))
            self.assertEqual((f.tag, f.bits), (1, bits))
            full = 1 << (bits - 1)
            first = 0 if bits == 16 else 4800
            error = [i - x * full
                     for i, x in zip(f.integers(), ramp(first, 4800))]
            # The ramp is whole steps: what is left is dither, which is there.
            self.assertEqual({int(e) for e in error}, {-1, 0, 1})
            self.assertEqual(sum(abs(e) for e in error) % 1, 0)

    def test_nothing_is_overwritten(self):
        self.w = self.weir()
        with open(self.path("take.wav"), "w") as f:
            f.write("precious")
        r = self.take("-d", "0.1")
        self.w.do("publish 4800")
        self.assertEqual(closing_line(r.end()[1])[0], self.path("take-1.wav"))
        with open(self.path("take.wav")) as f:
            self.assertEqual(f.read(), "precious")

    # --------------------------------------------------------------- losing

    def test_a_lapped_recorder_writes_exactly_as_much_silence_as_it_lost(self):
        self.w = self.weir(capacity=48000)
        r = self.take()
        self.w.do("publish 10000", "reach 10000")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 150000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 160000")
        page = self.w.ask("page")
        # It goes on 36000 behind the newest: 10000 to 124000 are lost.
        self.assertEqual(page, "page 160000 114000 1 1")
        self.assertEqual(self.stop(r)[1:], (160000, 114000, 1))
        f = Wav(self.path("take.wav")).floats()
        self.assertEqual(f[:20000], ramp(0, 10000))
        self.assertEqual(f[20000:248000].count(0.0), 228000)
        self.assertEqual(f[248000:], ramp(124000, 36000))

    def test_a_loss_before_a_signal_is_in_the_file_whole(self):
        self.w = self.weir(capacity=4800)
        r = self.take()
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 100000")
        r.p.send_signal(signal.SIGTERM)
        r.p.send_signal(signal.SIGCONT)
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1:]),
                         (0, (100000, 96400, 1)))
        self.assertEqual(Wav(self.path("take.wav")).floats()[2 * 96400:],
                         ramp(96400, 3600))

    def lose_all(self, *args):
        """What it says that it got and lost, stopped from its first frame
        on for longer than the ring is."""
        self.w = self.weir(capacity=4800)
        r = self.take(*args)
        r.wait_log("recording to")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 200000")
        r.p.send_signal(signal.SIGCONT)
        status, out = r.end()
        self.assertEqual(status, 0, r.log)
        return closing_line(out)[1:]

    def test_a_loss_is_cut_to_the_duration(self):
        self.assertEqual(self.lose_all("-d", "1"), (48000, 48000, 1))

    # ------------------------------------------------------------ converting

    def check_tone(self, got, rate, first=60, end=60):
        """1 kHz, phase 0 at the first frame: the mean of 0.5 and 0.25."""
        for k in range(first, len(got) - end):
            x = 0.375 * math.sin(2 * math.pi * math.fmod(k * 1000 / rate, 1))
            self.assertAlmostEqual(got[k], x, delta=1e-5, msg=f"frame {k}")

    def test_another_rate_is_aligned_and_as_long_as_it_should_be(self):
        for source, wanted in ((48000, 16000), (44100, 48000)):
            self.w = self.weir(rate=source)
            self.w.do("tone 1000")
            r = self.take("-r", str(wanted), "-c", "1", "-d", "0.6")
            self.w.do(f"publish {source}")
            path, frames, lost, _ = closing_line(r.end()[1])
            self.assertEqual((frames, lost), (wanted * 6 // 10, 0))
            f = Wav(path)
            self.assertEqual((f.rate, f.channels, f.frames),
                             (wanted, 1, frames))
            self.check_tone(f.floats(), wanted, end=0)
            self.w.kill()

    def test_the_tail_is_in_the_file(self):
        for ending in ("signal", "stop", "weir"):
            self.w = self.weir()
            self.w.do("tone 1000")
            r = self.take("-r", "16000", "-c", "1", "--no-wait")
            self.w.do("publish 20002")
            if ending == "weir":
                self.w.do("state 2", "bye weir ends")
            else:
                self.w.do("reach 20002")
            if ending == "signal":
                r.p.send_signal(signal.SIGINT)
            if ending == "stop":
                self.assertEqual(self.w.ask("command 1 stop"), "done 1")
            path, frames, _, _ = closing_line(r.end()[1])
            # 20002 / 3, up to the next whole one.
            self.assertEqual((frames, Wav(path).frames), (6668, 6668))
            self.check_tone(Wav(path).floats(), 16000)
            self.w.kill()

    def test_a_loss_at_another_rate_is_silence_where_it_would_have_been(self):
        self.w = self.weir(capacity=4800)
        self.w.do("tone 1000")
        r = self.take("-r", "16000", "-c", "1")
        self.w.do("publish 3000", "reach 3000")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 30000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 33000")
        self.assertEqual(self.stop(r)[1:], (11000, 26400, 1))
        f = Wav(self.path("take.wav")).floats()
        self.check_tone(f[:1000], 16000)
        self.assertLess(max(map(abs, f[1060:9740])), 1e-9)
        self.check_tone(f, 16000, first=9860)

    def test_a_loss_at_another_rate_is_cut_to_the_duration(self):
        self.assertEqual(self.lose_all("-r", "16000", "-d", "1"), (16000, 48000, 1))

    def test_a_duration_at_another_rate_goes_on_in_the_next_file(self):
        self.w = self.weir()
        r = self.take("-r", "16000", "-d", "0.1")
        self.w.do("publish 1501", "reach 1501", "hangup")
        self.w.ask("accept")
        self.w.do("publish 30000")
        out = r.end()[1].splitlines()
        # 501 frames, and what is left of 0.1 s.
        self.assertEqual([closing_line(line)[1] for line in out], [501, 1099])

    def test_a_rate_that_does_not_fit_is_said(self):
        self.w = self.weir()
        r = self.program("weir-record", "-o", self.path("x.wav"), "-r",
                         "44101")
        self.w.ask("accept")
        self.assertEqual(r.end(), (2, ""))
        self.assertIn("from 48000 Hz, 2 channels to 44101 Hz", r.log)
        self.assertFalse(os.path.exists(self.path("x.wav")))

    # --------------------------------------------------------- weir's ending

    def test_when_weir_ends_its_last_frame_is_in_the_file(self):
        self.w = self.weir()
        r = self.take("--no-wait")
        self.w.do("publish 5000", "state 2", "bye weir ends")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 5000))

    def test_a_killed_weir_costs_nothing_that_was_published(self):
        self.w = self.weir()
        r = self.take("--no-wait")
        self.w.do("publish 5000")
        self.w.kill()
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 5000))

    def test_it_waits_for_weir_and_goes_on_in_a_next_file(self):
        r = self.record("-o", self.path("take.wav"))
        r.wait_log("waiting for weir")
        self.w = self.weir()
        self.assertIn("attached", self.w.ask("accept"))
        self.w.do("publish 3000", "state 2")
        self.assertIn("frames=3000", r.p.stdout.readline())
        self.w.kill()
        self.w = self.weir()
        # What it mixed before the recorder was back is not lost either.
        self.w.do("publish 1000")
        self.assertIn("attached", self.w.ask("accept"))
        self.w.do("publish 1000", "reach 2000")
        self.assertEqual(self.stop(r)[:2], (self.path("take-1.wav"), 2000))
        self.assertEqual(Wav(self.path("take-1.wav")).floats(), ramp(0, 2000))

    def test_a_connection_that_breaks_leaves_no_gap_between_the_files(self):
        self.w = self.weir()
        r = self.take()
        self.w.do("publish 3000", "reach 3000", "hangup", "publish 700")
        self.assertIn("attached", self.w.ask("accept"))
        self.w.do("publish 300", "reach 4000")
        self.stop(r)
        a = Wav(self.path("take.wav")).floats()
        b = Wav(self.path("take-1.wav")).floats()
        self.assertEqual(a + b, ramp(0, 4000))

    def test_a_duration_goes_on_in_the_next_file(self):
        self.w = self.weir()
        r = self.take("-d", "0.1")
        self.w.do("publish 3000", "reach 3000", "hangup")
        self.w.ask("accept")
        self.w.do("publish 3000")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 1800))

    def test_without_weir_and_no_wait_it_exits_with_69(self):
        r = self.record("--no-wait", "-o", self.path("take.wav"))
        self.assertEqual(r.end(), (69, ""))
        self.assertIn("no weir is running there", r.log)
        self.assertFalse(os.path.exists(self.path("take.wav")))

    def test_a_refusal_exits_with_weirs_words(self):
        self.w = self.weir()
        r = self.record("-o", self.path("take.wav"), "-i", "strip/none")
        self.assertIn("refused", self.w.ask("accept"))
        self.assertEqual(r.end(), (1, ""))
        self.assertIn("there is no such source", r.log)

    def test_another_abi_is_refused_with_both_versions(self):
        self.w = self.weir()
        self.w.do("abi 9")
        r = self.take()
        self.assertEqual(r.end(), (1, ""))
        self.assertRegex(r.log, r"version 9\b.*version 1\b")

    # -------------------------------------------------------------- commands

    def test_stop_from_weir_closes_the_file_before_it_is_answered(self):
        self.w = self.weir()
        r = self.take()
        self.w.do("publish 5000")
        self.assertEqual(self.w.ask("command 12 stop"), "done 12")
        self.assertEqual(Wav(self.path("take.wav")).frames, 5000)
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 5000))

    def test_what_it_cannot_do_is_answered_as_failed(self):
        self.w = self.weir()
        r = self.take()
        for number, verb in enumerate(("start", "metadata")):
            self.assertRegex(self.w.ask(f"command {number} {verb}"),
                             f"failed {number} weir-record .*")
        self.w.do("publish 100", "reach 100")
        self.assertEqual(self.stop(r)[1], 100)

    # ----------------------------------------------------------------- armed

    def armed(self, *args):
        r = self.take("--armed", *args)
        r.wait_log("armed: ")
        return r

    def test_armed_records_from_start_to_stop_again_and_again(self):
        self.w = self.weir()
        r = self.armed()
        self.w.do("publish 10000", "reach 10000")
        self.assertEqual(self.w.ask("page"), "page 10000 0 0 2")
        self.assertFalse(os.path.exists(self.path("take.wav")))
        for k, (name, n) in enumerate((("take", 3000), ("take-1", 500))):
            first = 10000 + 13000 * k
            self.assertEqual(self.w.ask(f"command {k} start"), f"done {k}")
            # The file is there when it is answered.
            self.assertTrue(os.path.exists(self.path(name + ".wav")))
            self.w.do(f"publish {n}", f"reach {first + n}")
            self.assertRegex(self.w.ask("page"), " 0 0 1$")
            self.assertEqual(self.w.ask(f"command {k} stop"), f"done {k}")
            f = Wav(self.path(name + ".wav"))
            self.assertTrue(f.data_ok)
            self.assertEqual(f.floats(), ramp(first, n))
            self.w.do("publish 10000", f"reach {first + n + 10000}")
            self.assertRegex(self.w.ask("page"), " 0 0 2$")
        r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        self.assertEqual((status, len(out.splitlines())), (0, 2))

    def test_every_start_has_its_preroll(self):
        self.w = self.weir()
        r = self.armed("--preroll", "0.1", "-d", "0.2")
        self.w.do("publish 20000", "reach 20000")
        self.w.ask("command 1 start")
        self.w.do("publish 30000")
        r.wait_log("armed: ", 2)
        self.w.do("reach 50000")
        self.w.ask("command 2 start")
        self.w.do("publish 4800")
        r.wait_log("armed: ", 3)
        # Half of each is the past; -d is of each, too.
        self.assertEqual(Wav(self.path("take.wav")).floats(),
                         ramp(15200, 9600))
        self.assertEqual(Wav(self.path("take-1.wav")).floats(),
                         ramp(45200, 9600))
        r.p.send_signal(signal.SIGTERM)
        self.assertEqual(r.end()[0], 0)

    def test_what_makes_no_sense_now_is_answered_as_failed(self):
        self.w = self.weir()
        r = self.armed()
        for verb in ("stop", "split", "mark"):
            self.assertRegex(self.w.ask(f"command 1 {verb}"),
                             "failed 1 .*start first")
        self.assertEqual(self.w.ask("command 2 start"), "done 2")
        self.assertRegex(self.w.ask("command 3 start"),
                         "failed 3 .*recording already")
        self.w.do("publish 100", "reach 100")
        self.assertEqual(self.stop(r)[1], 100)

    def test_a_start_without_a_place_for_the_file_is_answered_as_failed(self):
        self.w = self.weir()
        os.mkdir(self.path("disk"))
        r = self.take("--armed", name="disk/take.wav")
        r.wait_log("armed: ")
        os.rmdir(self.path("disk"))
        self.assertRegex(self.w.ask("command 1 start"),
                         "failed 1 no file can be made")
        r.wait_log("armed: ", 2)
        r.p.send_signal(signal.SIGTERM)
        self.assertEqual(r.end()[0], 1)

    def test_an_armed_recorder_is_armed_again_when_weir_returns(self):
        self.w = self.weir()
        r = self.armed()
        self.w.do("publish 500", "reach 500", "hangup")
        self.w.ask("accept")
        r.wait_log("armed: ", 2)
        self.assertFalse(os.path.exists(self.path("take.wav")))
        self.assertEqual(self.w.ask("command 1 start"), "done 1")
        # While it records a connection that breaks leaves no gap.
        self.w.do("publish 300", "reach 800", "hangup")
        self.w.ask("accept")
        self.w.do("publish 300", "reach 1100")
        self.assertEqual(self.stop(r)[:2], (self.path("take-1.wav"), 300))
        self.assertEqual(Wav(self.path("take.wav")).floats()
                         + Wav(self.path("take-1.wav")).floats(),
                         ramp(500, 600))

    # ---------------------------------------------------------------- kicked

    def test_a_kicked_recorder_does_not_come_back(self):
        self.w = self.weir()
        r = self.take()
        self.w.do("publish 100", "bye kicked")
        status, out = r.end()
        self.assertEqual((status, closing_line(out)[1]), (0, 100))

    # ---------------------------------------------------------------- faults

    def test_kill_9_leaves_a_readable_file(self):
        self.w = self.weir()
        r = self.take()
        self.w.do("publish 48000", "reach 48000")
        # The header follows within a second: wait for it, not for a time.
        while not Wav(self.path("take.wav")).frames >= 48000:
            self.assertIsNone(r.p.poll())
        r.p.kill()
        r.end()
        f = Wav(self.path("take.wav"))
        self.assertTrue(f.size_ok and f.data_ok)
        self.assertEqual(f.floats(), ramp(0, 48000))

    def test_a_file_that_cannot_be_made_is_found_before_weir_is_asked(self):
        r = self.record("-o", self.path("none/take.wav"))
        self.assertEqual(r.end(), (1, ""))
        self.assertIn("none/take.wav: cannot be made: No such file", r.log)

    def test_other_programs_read_the_file(self):
        self.w = self.weir()
        r = self.take("-d", "0.5")
        self.w.do("publish 24000")
        r.end()
        try:
            out = subprocess.run(["soxi", "-s", self.path("take.wav")],
                                 capture_output=True, text=True).stdout
        except FileNotFoundError:
            self.skipTest("no sox")
        self.assertEqual(out.strip(), "24000")


class Usage(unittest.TestCase):
    def test_wrong_options_exit_with_2_and_say_what_is_allowed(self):
        from fake import BIN
        for args, said in ((["-r", "999"], "not a rate"),
                           (["-c", "0"], "number of channels"),
                           (["-c", "65"], "number of channels"),
                           (["--split", "0"], "nor a size"),
                           (["--split", "60x"], "nor a size"),
                           (["--split", "k"], "nor a size"),
                           (["--split", "-5M"], "nor a size"),
                           (["--align"], "--split S"),
                           (["--align", "--split", "5M"], "--split S"),
                           (["-f", "aiff"], "wav, w64, flac"),
                           (["-o", "x.aiff"], "wav, w64, flac"),
                           (["-o", "x"], "say -f"),
                           (["-f", "wav", "-o", "x.flac"], "leave one"),
                           (["-o", "x.ogg", "-e", "16"], "no samples"),
                           (["-o", "x.opus", "-e", "float"], "no samples"),
                           (["-o", "x.mp3", "-e", "24"], "no samples"),
                           (["-o", "x.flac", "-e", "float"], "no float"),
                           (["-e", "32"], "s16, s24 or f32"),
                           (["-d", "0"], "more than 0"),
                           (["-d", "-1"], "more than 0"),
                           (["--preroll", "x"], "0 or more"),
                           (["-o", "a\nb.wav"], "control characters"),
                           (["--nonsense"], "--help")):
            p = subprocess.run([f"{BIN}/weir-record", *args], timeout=30,
                               capture_output=True, text=True, check=False)
            self.assertEqual(p.returncode, 2, args)
            self.assertIn(said, p.stderr)
            self.assertEqual((p.stdout, p.stderr.count("\n")), ("", 1))


if __name__ == "__main__":
    main()
