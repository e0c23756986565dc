#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""How weir ends: nothing lost, nothing left, in time, whoever hangs."""
import os
import signal
import time

from rig import PIPEWIRE, Case, RATE, RAMP_FRAMES, Wav, main, segments, wait_for
from rig import wav_segments


class Ending(Case):
    own_server = True
    period = 128

    def start(self):
        self.w = self.weir("-s", "a:2")
        self.g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.r = self.record("take.wav", "--no-wait")
        self.pass_frames(self.w)

    def signal(self, number):
        self.lost = self.w.status("input_frames_lost")
        self.w.signal(number)

    def quit(self):
        self.lost = self.w.status("input_frames_lost")
        self.assertEqual(self.w.osc.command("/quit"), [])

    def check_ended(self):
        """weir as it should have, and its recorder with every frame."""
        self.assertEqual(self.w.end(5), (0, ""), self.w.log())
        status, out = self.r.end(5)
        self.assertEqual(status, 0, self.r.log())
        self.assertIn(" lost=0 dropouts=0\n", out)
        self.assertEqual(os.listdir(self.run_dir), [])
        return wav_segments(self.path("take.wav"), "0", "1")

    def check_whole(self, got):
        """The recording reaches exactly to the last cycle in which the
        generator saw itself connected; what is behind it are the cycles that
        weir still ran while JACK disconnected one port after the other."""
        report = self.end_generator(self.g)
        last = report["last_connected"] % RAMP_FRAMES
        n_ramps = max(i for i, s in enumerate(got) if s.kind == "ramp") + 1
        _, end = self.check_exact(got[:n_ramps], report["gaps"],
                                  lost=self.lost)
        # PipeWire takes a connection away at its two ends one by one, and
        # tells a busy machine's generator late.
        early, late = (8, 1) if PIPEWIRE else (0, 0)
        self.assertLessEqual(last - early * self.period, end, (got, report))
        self.assertLessEqual(end, last + late * self.period, (got, report))
        tail = sum(s.n for s in got[n_ramps:])
        self.assertEqual(tail % self.period, 0)
        self.assertLess(tail, RATE // 5)

    def check_jack_is_sane(self):
        self.assertTrue(self.jackd.answers())
        self.assertFalse([p for p in self.jackd.ports()
                          if p.startswith("weir:")])

    def test_sigterm_leaves_every_frame_in_the_file(self):
        self.start()
        self.signal(signal.SIGTERM)
        self.check_whole(self.check_ended())
        self.check_jack_is_sane()

    def test_sigint_leaves_every_frame_in_the_file(self):
        self.start()
        self.signal(signal.SIGINT)
        self.check_whole(self.check_ended())
        self.check_jack_is_sane()

    def test_quit_is_answered_and_leaves_every_frame_in_the_file(self):
        self.start()
        self.quit()
        self.check_whole(self.check_ended())
        self.check_jack_is_sane()

    def test_many_ends_in_a_row_are_all_whole(self):
        for _ in range(5):
            self.start()
            self.quit()
            self.check_whole(self.check_ended())
            os.unlink(self.path("take.wav"))

    def test_a_neighbour_that_hangs_does_not_hold_it_up(self):
        self.start()
        other = self.generator("7", name="neighbour")
        other.signal(signal.SIGSTOP)
        begin = time.monotonic()
        self.signal(signal.SIGTERM)
        got = self.check_ended()
        took = time.monotonic() - begin
        other.signal(signal.SIGCONT)
        # 2 s are the deadline; the rest is a busy machine's.
        self.assertLess(took, 4)
        self.assertEqual(got[0].kind, "ramp")

    def test_a_recorder_that_hangs_does_not_hold_it_up(self):
        self.start()
        self.r.signal(signal.SIGSTOP)
        begin = time.monotonic()
        self.quit()
        self.assertEqual(self.w.end(5)[0], 0)
        self.assertLess(time.monotonic() - begin, 4)
        self.r.signal(signal.SIGCONT)
        status, _ = self.r.end()
        self.assertEqual(status, 0)
        self.check_whole(wav_segments(self.path("take.wav"), "0", "1"))

    def test_a_killed_weir_leaves_its_recorder_a_whole_file(self):
        self.start()
        self.w.signal(signal.SIGKILL)
        status, out = self.r.end(5)
        self.assertEqual(status, 0, self.r.log())
        got = wav_segments(self.path("take.wav"), "0", "1")
        self.assertEqual({s.kind for s in got}, {"ramp"}, got)

    def test_a_killed_recorder_leaves_a_readable_file_and_weir_alone(self):
        self.start()
        self.pass_frames(self.w, 2 * RATE)
        self.r.signal(signal.SIGKILL)
        self.r.end()
        wait_for("its end", lambda: self.w.readers() == [])
        got = wav_segments_so_far(self.path("take.wav"))
        self.assertGreaterEqual(got[-1].start + got[-1].n, RATE)
        self.assertEqual(self.w.osc.command("/ping"), ["weir"])


def wav_segments_so_far(path):
    """Up to what the header knows of: the rest may be half written."""
    wav = Wav(path)
    return [s for s in segments(path, wav.offset, "0", "1")
            if s.start < wav.frames]


class JackDies(Case):
    own_server = True

    def start(self):
        self.w = self.weir("-s", "a:2")
        self.g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.r = self.record("take.wav", "--no-wait", "--id", "deck")
        self.pass_frames(self.w)

    def test_a_killed_server_leaves_weir_answering(self):
        self.start()
        w = self.w
        self.jackd.signal(signal.SIGKILL)
        wait_for("weir to notice", lambda: w.status("jack") == "lost", 10)
        # It answers, and takes settings and changes, as before.
        self.assertEqual(w.osc.command("/strip/a/gain", -6.0), [-6.0])
        self.assertEqual(w.osc.get("/strip/a/gain"), -6.0)
        w.osc.command("/strip/add", "later", 2)
        w.osc.command("/strip/later/mute", True)
        w.osc.command("/strip/a/remove")
        self.assertEqual(w.osc.command("/strip/list"), ["later"])
        self.assertEqual(len(w.osc.get("/bus/main/meter")), 4)
        self.assertEqual(w.readers(), ["deck"])
        lost = w.status("input_frames_lost")
        self.assertEqual(w.osc.command("/quit"), [])
        self.assertEqual(w.end(5)[0], 0, w.log())
        self.assertEqual(self.r.end(5)[0], 0, self.r.log())
        self.assertEqual(os.listdir(self.run_dir), [])
        report = self.generator_report(self.g)
        got = wav_segments(self.path("take.wav"), "0", "1")
        _, end = self.check_exact(got, report["gaps"], lost=lost)
        # The cycle in which the server died may be one's and not the other's.
        last = report["last_connected"] % RAMP_FRAMES
        self.assertLessEqual(abs(end - last), self.period)

    def test_a_server_that_ends_properly_is_noticed_too(self):
        self.start()
        self.jackd.signal(signal.SIGTERM)
        wait_for("weir to notice",
                 lambda: self.w.status("jack") == "lost", 10)
        self.w.signal(signal.SIGTERM)
        self.assertEqual(self.w.end(5)[0], 0)
        self.assertEqual(self.r.end(5)[0], 0)

    def test_a_server_that_hangs_does_not_keep_weir_from_ending(self):
        self.start()
        self.jackd.signal(signal.SIGSTOP)
        self.assertEqual(self.w.osc.command("/strip/a/gain", -6.0), [-6.0])
        begin = time.monotonic()
        self.w.osc.command("/quit")
        self.assertEqual(self.w.end(5)[0], 0, self.w.log())
        self.assertLess(time.monotonic() - begin, 4)
        self.assertEqual(self.r.end(5)[0], 0)
        self.jackd.signal(signal.SIGCONT)


if __name__ == "__main__":
    main()
