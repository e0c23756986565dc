#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-tap and the example as processes, against a fake weir."""
import array
import math
import os
import pty
import signal
import subprocess

from fake import BIN, Case, RATE, Wav, main, ramp, sample


class Tap(Case):
    def tap(self, *args, **kw):
        """A tap that writes into a file, attached."""
        self.out = open(self.path("out"), "wb")
        self.addCleanup(self.out.close)
        p = self.program("weir-tap", *args, stdout=self.out, **kw)
        self.assertIn("attached", self.w.ask("accept"))
        return p

    def bytes(self):
        with open(self.path("out"), "rb") as f:
            return f.read()

    def test_every_frame_comes_out_as_it_was_mixed(self):
        self.w = self.weir()
        p = self.tap("-d", "0.5")
        self.w.do("publish 10000", "publish 20000")
        self.assertEqual(p.end()[0], 0)
        self.assertEqual(self.bytes(), ramp(0, 24000).tobytes())
        self.assertIn("weir-tap: frames=24000 lost=0 dropouts=0\n", p.log)

    def test_integers_are_little_endian(self):
        self.w = self.weir()
        p = self.tap("-e", "s16", "-d", "0.1")
        self.w.do("publish 4800")
        self.assertEqual(p.end()[0], 0)
        self.assertEqual(self.bytes(),
                         b"".join(int(x * 32768).to_bytes(2, "little",
                                                          signed=True)
                                  for x in ramp(0, 4800)))

    def test_lost_frames_are_silence_and_counted(self):
        self.w = self.weir(capacity=4800)
        p = self.tap()
        self.w.do("publish 1000", "reach 1000")
        for newest in (21000, 41000):
            p.p.send_signal(signal.SIGSTOP)
            self.w.do("publish 20000")
            p.p.send_signal(signal.SIGCONT)
            self.w.do(f"reach {newest}")
        self.w.do("state 2")
        self.assertEqual(p.end()[0], 0)
        self.assertIn("frames=41000 lost=32800 dropouts=2\n", p.log)
        self.assertEqual(self.bytes(), ramp(0, 1000).tobytes()
                         + bytes(16400 * 8) + ramp(17400, 3600).tobytes()
                         + bytes(16400 * 8) + ramp(37400, 3600).tobytes())

    def test_a_signal_leaves_nothing_that_was_published_behind(self):
        self.w = self.weir()
        p = self.tap()
        p.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 100000")
        p.p.send_signal(signal.SIGCONT)
        self.w.do("reach 100000")
        p.p.send_signal(signal.SIGINT)
        self.assertEqual(p.end()[0], 0)
        self.assertEqual(self.bytes(), ramp(0, 100000).tobytes())

    def test_a_closed_pipe_ends_it_quietly(self):
        self.w = self.weir()
        r, w = os.pipe()
        p = self.program("weir-tap", stdout=w)
        os.close(w)
        self.w.ask("accept")
        self.w.do("publish 500")
        self.assertEqual(len(os.read(r, 4000)), 4000)
        os.close(r)
        self.w.do("publish 500")
        self.assertEqual((p.end()[0], p.log), (0, ""))

    def test_a_pipe_that_nobody_empties_does_not_hold_up_the_end(self):
        self.w = self.weir()
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        p = self.program("weir-tap", stdout=w)
        os.close(w)
        self.w.ask("accept")
        self.w.do("publish 100000", "reach 8192")
        p.p.send_signal(signal.SIGTERM)
        self.assertEqual(p.end()[0], 1)
        self.assertIn("does not read", p.log)

    def test_other_programs_read_the_wav_stream(self):
        self.w = self.weir()
        for e in ("f32", "s24", "s16"):
            p = self.tap("--wav", "-e", e, "-d", "0.25")
            self.w.do("publish 12000")
            p.end()
            for command in (["sox", "-t", "wav", "-", "-t", "f32", "-"],
                            ["ffmpeg", "-v", "error", "-i", "-", "-f",
                             "f32le", "-"]):
                try:
                    got = subprocess.run(command, input=self.bytes(),
                                         capture_output=True)
                except FileNotFoundError:
                    continue
                self.assertEqual(len(got.stdout), 12000 * 8, got.stderr)

    def test_without_weir_it_exits_with_69(self):
        p = self.program("weir-tap")
        self.assertEqual(p.end(), (69, ""))

    def test_a_terminal_is_refused(self):
        self.w = self.weir()
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        p = self.program("weir-tap", stdout=slave)
        os.close(slave)
        self.assertEqual(p.end()[0], 2)
        self.assertIn("terminal", p.log)

    def test_wrong_rates_and_channels_are_refused(self):
        for args in (["-r", "999"], ["-r", "768001"], ["-r", "44.1"],
                     ["-r", "-1"], ["-r", ""], ["-c", "0"], ["-c", "65"],
                     ["-c", "1x"]):
            p = subprocess.run([f"{BIN}/weir-tap", *args],
                               capture_output=True, text=True)
            self.assertEqual(p.returncode, 2, p.stderr)
            self.assertIn("not a ", p.stderr)


class Channels(Case):
    """-c alone leaves samples as they are."""

    def check(self, sources, args, expected):
        w = self.weir(*sources)
        with open(self.path("out"), "w+b") as out:
            p = self.program("weir-tap", "-d", "0.1", *args, stdout=out)
            w.ask("accept")
            w.do("publish 6000")
            self.assertEqual(p.end()[0], 0, p.log)
            out.seek(0)
            got = array.array("f", out.read())
        frames = [expected(k) for k in range(4800)]
        self.assertEqual(got, array.array("f", [x for f in frames for x in f]))
        w.kill()

    def test_mono_is_the_mean(self):
        self.check(["main:2"], ["-c", "1"],
                   lambda k: [(sample(k) + sample(k, 0, 1)) / 2])

    def test_mono_is_copied_to_all(self):
        self.check(["main:1"], ["-c", "3"], lambda k: [sample(k)] * 3)

    def test_more_channels_are_silent(self):
        self.check(["main:2"], ["-c", "4"],
                   lambda k: [sample(k), sample(k, 0, 1), 0, 0])

    def test_channels_beyond_the_last_are_added_from_the_first_on(self):
        self.check(["main:2", "strip/a:3"],
                   ["-i", "main", "-i", "strip/a", "-c", "2"],
                   lambda k: [sample(k) + sample(k, 1, 0) + sample(k, 1, 2),
                              sample(k, 0, 1) + sample(k, 1, 1)])


class Rates(Case):
    """A tone whose phase is 0 at frame 0: where each sample lies is known,
    whatever the rate."""
    HZ = 1000
    MEAN = 0.375  # of the peaks of both channels

    def start(self, rate=48000, **kw):
        self.rate = rate
        self.w = self.weir(rate=rate, **kw)
        self.w.do(f"tone {self.HZ}")

    def tap(self, *args):
        self.out = open(self.path("out"), "wb")
        self.addCleanup(self.out.close)
        p = self.program("weir-tap", *args, stdout=self.out)
        self.assertIn("attached", self.w.ask("accept"))
        return p

    def got(self, kind="h"):
        with open(self.path("out"), "rb") as f:
            return array.array(kind, f.read())

    def tone(self, k, rate, peak=MEAN):
        return peak * math.sin(2 * math.pi * math.fmod(k * self.HZ / rate, 1))

    def check_speech(self, got, begin=60, end=0):
        """16 kHz, mono, s16: to the least bit, but for a begin out of and
        an end into silence."""
        for k in range(begin, len(got) - end):
            self.assertAlmostEqual(got[k], 32768 * self.tone(k, 16000),
                                   delta=1.01, msg=f"frame {k}")

    def speech(self, *more):
        return self.tap("-r", "16000", "-c", "1", "-e", "s16", *more)

    def test_the_line_for_speech_recognisers(self):
        for rate in (48000, 44100, 96000, 16000):
            self.start(rate)
            p = self.speech("-d", "1.5")
            self.w.do(f"publish {2 * rate}")
            self.assertEqual(p.end()[0], 0, p.log)
            got = self.got()
            self.assertEqual(len(got), 24000)
            self.check_speech(got)
            self.assertIn("frames=24000 lost=0 dropouts=0\n", p.log)
            self.w.kill()

    def test_level_and_frequency_are_kept(self):
        for source, wanted in ((48000, 16000), (48000, 44100),
                               (44100, 48000), (44100, 16000)):
            self.start(source)
            p = self.tap("-r", str(wanted), "-c", "1", "-d", "1.1")
            self.w.do(f"publish {2 * source}")
            self.assertEqual(p.end()[0], 0, p.log)
            got = self.got("f")
            self.assertEqual(len(got), wanted * 11 // 10)
            # A whole number of periods, behind the begin.
            part = got[wanted // 20:wanted // 20 + wanted]
            w = 2 * math.pi * self.HZ / wanted
            s = sum(x * math.sin(w * k) for k, x in enumerate(part))
            c = sum(x * math.cos(w * k) for k, x in enumerate(part))
            peak = 2 * math.hypot(s, c) / wanted
            self.assertLess(abs(20 * math.log10(peak / self.MEAN)), 0.001)
            # Nothing else is in there.
            rest = sum(x * x for x in part) / wanted - peak * peak / 2
            self.assertLess(10 * math.log10(max(rest, 1e-20)
                                            / (peak * peak / 2)), -90)
            self.w.kill()

    def test_two_channels_stay_two(self):
        self.start(44100)
        p = self.tap("-r", "48000", "-d", "0.5")
        self.w.do("publish 44100")
        self.assertEqual(p.end()[0], 0, p.log)
        got = self.got("f")
        self.assertEqual(len(got), 2 * 24000)
        for k in range(100, 24000):
            for c, peak in enumerate((0.5, 0.25)):
                self.assertAlmostEqual(got[2 * k + c],
                                       self.tone(k, 48000, peak), delta=1e-5)

    def test_the_tail_comes_when_weir_ends(self):
        # As many as there are moments before the end, to the last one.
        for n, expected in ((10000, 3334), (9999, 3333), (1, 1), (50, 17)):
            self.start()
            p = self.speech()
            self.w.do(f"publish {n}", "state 2")
            self.assertEqual(p.end()[0], 0, p.log)
            got = self.got()
            self.assertEqual(len(got), expected)
            self.check_speech(got, end=60)
            if n > 10:
                self.assertNotEqual(set(got[-5:]), {0})
            self.w.kill()

    def test_the_tail_comes_after_a_signal(self):
        self.start()
        p = self.speech()
        self.w.do("publish 30000", "reach 30000")
        p.p.send_signal(signal.SIGTERM)
        self.assertEqual(p.end()[0], 0)
        self.assertEqual(len(self.got()), 10000)
        self.check_speech(self.got(), end=60)

    def test_what_was_lost_is_silence_where_it_would_have_been(self):
        self.start(capacity=4800)
        p = self.speech()
        self.w.do("publish 3000", "reach 3000")
        p.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 30000")
        p.p.send_signal(signal.SIGCONT)
        self.w.do("reach 33000", "state 2")
        self.assertEqual(p.end()[0], 0)
        got = self.got()
        self.assertEqual(len(got), 11000)
        # 4800 are remembered; the reader skips a quarter of them more.
        lost = 30000 - 3600
        self.assertIn(f"frames=11000 lost={lost} dropouts=1\n", p.log)
        first, last = 3000 // 3, (3000 + lost) // 3
        self.check_speech(got[:first], end=60)
        self.assertEqual(set(got[first + 60:last - 60]), {0})
        for k in range(last + 60, 11000 - 60):
            self.assertAlmostEqual(got[k], 32768 * self.tone(k, 16000),
                                   delta=1.01, msg=f"frame {k}")

    def test_a_duration_that_ends_in_a_loss_counts_what_it_has_of_it(self):
        self.start(capacity=4800)
        p = self.speech("-d", "0.5")
        self.w.do("publish 3000", "reach 3000")
        p.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 30000")
        p.p.send_signal(signal.SIGCONT)
        self.assertEqual(p.end()[0], 0)
        self.assertEqual(len(self.got()), 8000)
        self.assertIn("frames=8000 lost=21000 dropouts=1\n", p.log)

    def test_the_wav_header_tells_the_wanted_rate_and_channels(self):
        self.start(44100)
        p = self.tap("--wav", "-r", "16000", "-c", "3", "-e", "s24", "-d",
                     "0.1")
        self.w.do("publish 44100")
        self.assertEqual(p.end()[0], 0, p.log)
        wav = Wav(self.path("out"))
        self.assertEqual((wav.rate, wav.channels, wav.bits, wav.frames),
                         (16000, 3, 24, 1600))

    def change(self, rate, *commands):
        """weir's rate is another; what is published before the tap is back
        is not lost."""
        self.w.do(f"rate {rate}", *commands, "gone")
        self.rate = rate
        self.assertIn("attached weir-tap", self.w.ask("accept"))

    def check_part(self, part, rate, position, peak=MEAN):
        """The tone of weir's frame `position` on, but for begin and end."""
        begin = position / self.rate
        self.assertGreater(len(part), 1000)
        for k in range(100, len(part) - 100):
            want = peak * math.sin(2 * math.pi * math.fmod(
                (begin + k / rate) * self.HZ, 1))
            self.assertAlmostEqual(part[k], want, delta=2e-5,
                                   msg=f"frame {k}")

    def test_another_rate_of_weirs_is_not_heard(self):
        self.start(48000)
        p = self.tap("-c", "1")
        self.w.do("publish 24000")
        # The tap may come late: what was mixed before that is there.
        self.change(44100, "publish 4410")
        self.w.do("publish 17640")
        p.wait_log("weir's rate is 44100 Hz now: what is written stays at "
                   "48000 Hz, resampled\n")
        self.change(48000, "publish 24000")
        p.wait_log("weir's rate is 48000 Hz now: what is written stays at "
                   "48000 Hz\n")
        self.w.do("state 2")
        self.assertEqual(p.end()[0], 0, p.log)
        got = self.got("f")
        self.assertEqual(len(got), 3 * 24000)
        self.check_part(got[:24000], 48000, 0)
        self.rate = 44100
        self.check_part(got[24000:48000], 48000, 24000)
        self.rate = 48000
        self.check_part(got[48000:], 48000, 24000 + 22050)
        self.assertIn("frames=72000 lost=0 dropouts=0\n", p.log)

    def test_a_wanted_rate_and_duration_stay_over_another_rate(self):
        self.start(48000)
        p = self.tap("--wav", "-r", "16000", "-c", "1", "-e", "s16", "-d",
                     "1.5", "--id", "ears")
        self.w.do("publish 48000")
        self.change(44100, "publish 44100")
        self.assertEqual(p.end()[0], 0, p.log)
        wav = Wav(self.path("out"))
        self.assertEqual((wav.rate, wav.frames), (16000, 24000))
        part = [x / 32768 for x in wav.integers()[16000:]]
        begin = 48000 / 44100
        for k in range(100, 8000):
            self.assertAlmostEqual(
                part[k], self.MEAN * math.sin(2 * math.pi * math.fmod(
                    (begin + k / 16000) * self.HZ, 1)), delta=1e-4)
        self.assertIn("frames=24000 lost=0 dropouts=0\n", p.log)

    def test_another_rate_that_does_not_fit_ends_it_with_a_word(self):
        self.start(48000)
        p = self.tap()
        self.w.do("publish 4800")
        self.change(44101)
        self.assertEqual(p.end()[0], 1)
        self.assertIn("from 44101 Hz, 2 channels to 48000 Hz", p.log)
        self.assertEqual(len(self.got("f")), 2 * 4800)

    def test_weirs_end_at_another_rate_is_the_end(self):
        self.start(48000)
        p = self.tap()
        self.w.do("publish 4800")
        self.change(44100, "publish 441")
        self.w.do("state 2")
        self.assertEqual(p.end()[0], 0, p.log)
        self.assertEqual(len(self.got("f")), 2 * (4800 + 480))

    def test_rates_that_do_not_fit_are_said(self):
        self.start()
        with open(self.path("out"), "wb") as out:
            p = self.program("weir-tap", "-r", "44101", stdout=out)
            self.w.ask("accept")
            self.assertEqual(p.end()[0], 2)
        self.assertIn("from 48000 Hz, 2 channels to 44101 Hz", p.log)
        self.assertIn("does not fit weir's", p.log)


class Example(Case):
    def test_the_level_meter_shows_the_peak_of_each_second(self):
        self.w = self.weir()
        level = BIN + "/../examples/level"
        env = dict(os.environ, XDG_RUNTIME_DIR=self.dir)
        os.rename(self.run_dir, self.dir + "/weir")
        os.symlink(self.dir + "/weir", self.run_dir)
        p = subprocess.Popen([level, "2"], stdout=subprocess.PIPE, text=True,
                             env=env)
        self.assertEqual(self.w.ask("accept"), "attached level  main")
        self.w.do(f"publish {2 * RATE}")
        out, _ = p.communicate(timeout=30)
        # The ramp goes from -0.5 to just below 0.5.
        self.assertEqual((p.returncode, out), (0, "-6.0 dBFS\n-6.0 dBFS\n"))


if __name__ == "__main__":
    main()
