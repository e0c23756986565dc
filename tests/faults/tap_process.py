#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-tap and the example as processes, against a fake weir."""
import os
import pty
import signal
import subprocess

from fake import BIN, Case, RATE, main, ramp


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

    def test_what_comes_later_is_refused(self):
        for args in (["-r", "44100"], ["-c", "1"]):
            p = subprocess.run([f"{BIN}/weir-tap", *args],
                               capture_output=True, text=True)
            self.assertEqual(p.returncode, 2)
            self.assertIn("yet", p.stderr)


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
