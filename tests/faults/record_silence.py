#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A recording that ends when it has been silent for long enough, to the
frame."""
import signal

from fake import Recording, Wav, main, ramp


class Silence(Recording):
    def setUp(self):
        super().setUp()
        self.w = self.weir()

    def record(self, *args):
        r = self.program("weir-record", "-o", self.path("take.wav"), *args)
        self.w.ask("accept")
        return r

    def end(self, r, stop=False):
        return super().end(r, stop)

    def test_the_file_ends_with_as_much_silence_as_was_said(self):
        r = self.record("--silence-stop", "0.5")
        # Half of it, sound, and the whole.
        for level, n in ((1, 10001), (0, 12000), (1, 1), (0, 50000)):
            self.w.do(f"level {level}", f"publish {n}")
        (path, n, lost, _), = self.end(r)
        self.assertEqual((n, lost), (22002 + 24000, 0))
        got = Wav(path).floats()
        self.assertEqual(got[:20002], ramp(0, 10001))
        self.assertEqual(got[44002:44004], ramp(22001, 1))
        self.assertEqual(max(map(abs, got[44004:])), 0)
        self.assertIn("0.5 s of silence", r.log)

    def test_what_is_below_the_level_is_silence_and_what_is_not_is_not(self):
        r = self.record("--silence-stop", "0.25:-40")
        # The ramp's peak is -6 dBFS: -46, then -34, then -46 again.
        for level, n in ((0.01, 11000), (0.04, 9000), (0.01, 12500)):
            self.w.do(f"level {level}", f"publish {n}")
        # Its last 12000 frames; the first of them are still near zero.
        (_, n, _, _), = self.end(r)
        loud = [k for k in range(11000, 20000)
                if abs(0.04 * ramp(k, 1)[0]) > 0.01
                or abs(0.04 * ramp(k, 1)[1]) > 0.01]
        self.assertEqual(n, loud[-1] + 1 + 12000)

    def test_a_take_ends_and_the_next_start_begins_anew(self):
        r = self.record("--armed", "--silence-stop", "0.1")
        r.wait_log("armed: ")
        at = 0
        for k in range(2):
            self.assertEqual(self.w.ask(f"command {k} start"), f"done {k}")
            self.w.do("level 1", "publish 5000", "level 0", "publish 20000")
            at += 25000
            r.wait_log("armed: ", 2 + k)
            self.w.do(f"reach {at}")
        r.p.send_signal(signal.SIGTERM)
        self.assertEqual([f[1] for f in self.end(r)], [9800, 9800])

    def test_another_rate_and_split_files_count_on(self):
        r = self.record("-r", "16000", "--split", "0.1", "--silence-stop",
                        "0.5")
        self.w.do("level 0", "publish 48000")
        *files, total = self.end(r)
        self.assertEqual([f[1] for f in files], [1600] * 5)
        self.assertEqual(total[1:], (8000, 0, 0))

    def test_lost_frames_are_not_silence(self):
        self.w.kill()
        self.w = self.weir(capacity=4800)
        r = self.record("--silence-stop", "0.5")
        r.wait_log("recording to")
        self.w.do("publish 100", "reach 100")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 100000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 100100", "level 0")
        for k in range(1, 11):
            self.w.do("publish 2400", f"reach {100100 + 2400 * k}")
        self.w.do("publish 1")
        (_, n, lost, _), = self.end(r)
        self.assertEqual((n, lost), (124100, 96400))

    def test_what_is_no_level_is_said(self):
        for text in ("", "0", "5:", "5:3", "x", "5:-x", "-1", "5:-300"):
            r = self.program("weir-record", "--silence-stop", text)
            self.assertEqual(r.end(), (2, ""), text)
            self.assertIn("2.5:-40", r.log)


if __name__ == "__main__":
    main()
