#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weirctl meters on a terminal: what people see, and what their keys do."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from fake_mixer import FakeMixer, wait_for
from terminal import TIMEOUT_S, Terminal

WEIRCTL = sys.argv.pop(1)
FULL, SHADE, HOLD = "█▉▊▋▌▍▎▏", "░", "┃"


class Meters(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.mixer = self.start()
        self.mixer.desk.add_strip("mic", 1, "Lead Vox")
        self.mixer.desk.add_strip("music", 2, "Playback")

    def start(self, **options):
        mixer = FakeMixer(self.dir.name, "stage", **options)
        self.addCleanup(lambda: mixer.running and mixer.close())
        return mixer

    def open(self, *words, **options):
        self.t = Terminal([WEIRCTL, "--run-dir", self.dir.name, "meters",
                           *words], **options)
        self.addCleanup(self.t.close)
        return self.t

    def meters(self, **options):
        """The view, as soon as it shows everything."""
        t = self.open(**options)
        t.see("main")
        return t

    def row(self, text):
        return self.t.line(text) or ""

    def received(self, address):
        return [args for a, args in list(self.mixer.received) if a == address]

    def looks(self, letter, text):
        """Colour of a letter in the line with `text`, and whether it is
        reversed."""
        for y, line in enumerate(self.t.screen.display):
            if text in line and letter in line:
                at = self.t.screen.buffer[y][line.index(letter)]
                return at.fg, at.reverse
        return None

    # ---- levels

    def filled(self, text):
        """Length of the solid part of a line's bar, in cells."""
        return sum(self.row(text).count(c) for c in FULL)

    def test_bars_grow_with_the_level(self):
        self.meters()
        self.assertEqual(self.filled("Lead Vox"), 0)
        # 41 cells, of which the upper 20 dB have half; the mark of the hold
        # stands in one that is begun.
        for rms, n in ((-40.0, 6), (-20.0, 20), (-10.0, 30), (0.0, 40)):
            self.mixer.desk.meter("mic", rms, rms)
            self.t.wait(f"bar of {n}", lambda: self.filled("Lead Vox") == n)
        self.assertEqual(self.filled("Playback"), 0)
        self.assertEqual(self.filled("main"), 0)

    def test_the_loudest_channel_is_shown_and_each_of_them_on_request(self):
        self.mixer.desk.meter("music", -50.0, -50.0, -3.0, -10.0)
        self.meters()
        self.t.wait("level", lambda: "-3.0" in self.row("Playback"))
        self.assertGreater(self.filled("Playback"), 20)
        self.t.keys("w")
        self.t.wait("channels", lambda: "-50.0" in self.row("Playback"))
        self.assertLess(self.filled("Playback"), 5)
        self.t.wait("second", lambda: re.search(
            r"Playback [^\n]* -50\.0 *\n +2 .*█.* -3\.0 *\n",
            "\n".join(self.t.screen.display)))

    def test_the_peak_is_above_the_rms_and_its_mark_stays_a_while(self):
        self.meters()
        self.mixer.desk.meter("mic", -6.0, -20.0)
        self.t.wait("peak", lambda: "-6.0" in self.row("Lead Vox"))
        at = self.row("Lead Vox").index(HOLD)
        self.assertGreater(at, self.row("Lead Vox").rindex(SHADE))
        self.mixer.desk.meter("mic", -120.0, -120.0)
        self.t.wait("silence", lambda: self.filled("Lead Vox") == 0)
        self.assertEqual(self.row("Lead Vox").index(HOLD), at)
        self.t.wait("fall", lambda: HOLD not in self.row("Lead Vox"))
        self.assertIn("-6.0", self.row("Lead Vox"))  # the maximum

    def test_a_clip_stays_until_it_is_cleared(self):
        self.meters()
        self.mixer.desk.meter("mic", 0.5, -3.0)
        self.t.wait("clip", lambda: "CLIP" in self.row("Lead Vox"))
        self.mixer.desk.meter("mic", -30.0, -40.0)
        self.t.wait("less", lambda: self.filled("Lead Vox") < 10)
        self.assertIn("CLIP", self.row("Lead Vox"))
        self.assertNotIn("CLIP", self.row("Playback"))
        self.t.keys("c")
        self.t.wait("clear", lambda: "CLIP" not in self.row("Lead Vox"))
        self.t.wait("maximum", lambda: "-30.0" in self.row("Lead Vox"))

    # ---- settings

    def test_what_others_set_is_shown(self):
        self.meters()
        desk = self.mixer.desk
        desk.strips["mic"].update(gain=-12.5, mute=True, name="Singer")
        desk.buses["main"]["gain"] = -90.0
        self.t.wait("changes", lambda: re.search(r"Singer +-12\.5 M ",
                                                 self.row("Singer")))
        self.t.wait("silence", lambda: "-inf" in self.row(" main"))
        desk.strips["mic"].update(mute=False, solo=True)
        self.t.wait("solo", lambda: re.search(r"Singer +-12\.5  S",
                                              self.row("Singer")))

    def test_plugins_are_a_letter_that_stands_out_when_one_is_not_heard(self):
        strips = self.mixer.desk.strips
        bus = self.mixer.desk.buses["main"]
        strips["mic"].update({"plugin/eq/state": "running",
                              "plugin/comp/state": "running"})
        bus["plugin/limit/state"] = "failed"
        self.meters()
        self.t.wait("p", lambda: re.search(r"0\.0   p", self.row("Lead Vox")))
        self.t.wait("P", lambda: re.search(r"0\.0   P", self.row(" main")))
        self.assertEqual(self.looks("P", " main"), ("red", True))
        self.assertNotRegex(self.row("Playback"), "[pP] *$")
        strips["mic"].update({"plugin/comp/state": "bypassed", "mute": True})
        self.t.wait("P", lambda: re.search(r"0\.0 M P", self.row("Lead Vox")))
        self.assertEqual(self.looks("P", "Lead Vox"), ("brown", True))
        del strips["mic"]["plugin/comp/state"]
        self.mixer.tell("/removed", "strip/mic/plugin/comp")
        self.t.wait("p", lambda: re.search(r"0\.0 M p", self.row("Lead Vox")))
        bus["plugin/limit/state"] = "running"
        self.t.wait("p", lambda: re.search(r"0\.0   p", self.row(" main")))

    def test_the_table_ends_with_the_plugins(self):
        self.mixer.desk.strips["music"].update({
            "plugin/eq/state": "restarting", "plugin/X/state": "running"})
        self.mixer.desk.buses["main"]["plugin/limit/state"] = "\x1b[31m"
        lines = subprocess.run(
            [WEIRCTL, "--run-dir", self.dir.name, "meters", "--plain"],
            capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertEqual([line.split() for line in lines[-3:]], [
            ["PLUGIN", "STATE"], ["music/eq", "restarting"],
            ["main/limit", "?[31m"]])

    def test_keys_ride_gain_mute_and_solo_of_the_selected(self):
        self.meters()
        self.t.keys("right", "right", "left", "+", "=", "-", "m", "s")
        self.t.wait("solo", lambda: re.search(r">Lead Vox +1\.5 MS",
                                              self.row("Lead Vox")))
        wait_for("solo", lambda: self.received("/strip/mic/solo"))
        self.assertEqual(self.received("/strip/mic/gain"),
                         [[0.5], [1.0], [0.5], [1.5], [2.5], [1.5]])
        self.assertEqual(self.received("/strip/mic/mute"), [[True]])
        self.assertEqual(self.received("/strip/mic/solo"), [[True]])
        self.t.keys("m")
        wait_for("sound", lambda: self.received("/strip/mic/mute") ==
                 [[True], [False]])
        self.assertEqual(self.mixer.desk.strips["music"]["gain"], 0)

    def test_gains_stay_in_range_and_fall_faster_far_down(self):
        self.mixer.desk.strips["mic"]["gain"] = 9.0
        self.mixer.desk.strips["music"]["gain"] = -88.0
        self.meters()
        self.t.keys("+", "+", "down", "-", "-", "+", "right")
        wait_for("gains", lambda: len(self.received("/strip/music/gain")) == 4)
        self.assertEqual(self.received("/strip/mic/gain"), [[10.0], [10.0]])
        self.assertEqual(self.received("/strip/music/gain"),
                         [[-90.0], [-90.0], [-86.0], [-84.0]])

    def test_keys_that_come_fast_do_not_count_from_old_echoes(self):
        self.meters()
        self.t.keys(*["right"] * 15)
        wait_for("gains", lambda: len(self.received("/strip/mic/gain")) == 15)
        self.assertEqual(self.received("/strip/mic/gain")[-1], [7.5])

    def test_arrows_select_strips_and_then_buses(self):
        self.mixer.desk.add_bus("fx")
        self.meters()
        for key, name in (("down", "Playback"), ("j", "main"), ("down", "fx"),
                          ("down", "fx"), ("k", "main"), ("home", "Lead Vox"),
                          ("up", "Lead Vox"), ("end", "fx"),
                          ("pgup", "Lead Vox"), ("pgdn", "fx")):
            self.t.keys(key)
            self.t.see(">" + name)
        self.t.keys("m", "+", "s")
        wait_for("gain", lambda: self.received("/bus/fx/gain") == [[1.0]])
        self.assertEqual(self.received("/bus/fx/mute"), [[True]])
        self.t.see("fx is a bus: no solo")

    def test_a_refusal_is_said_in_the_foot(self):
        self.meters()
        del self.mixer.desk.strips["mic"]["mute"]
        self.t.keys("m")
        self.t.see("nothing matches (error 4)")

    # ---- readers, counters

    def test_readers_are_shown_with_lag_and_lost(self):
        self.mixer.desk.readers = {"rec-1": {
            "source": "main,strip/mic", "pid": 7, "lag_frames": 24000,
            "lost_frames": 1024, "dropouts": 3, "state": "running"}}
        self.meters(columns=100)
        self.t.wait("reader", lambda: re.search(
            r"rec-1 +running +24000 +0\.5 s +1024 +3 main,strip/mic",
            self.row("rec-1")))
        del self.mixer.desk.readers["rec-1"]
        self.t.wait("end", lambda: not self.t.line("rec-1"))

    def test_load_and_counters_are_in_the_first_line(self):
        self.mixer.desk.status.update(xruns=2, dsp_load=12.5)
        self.meters()
        self.t.see("stage  load 12.5%  xruns 2  late 0  lost 0  48000/256")
        self.mixer.desk.status.update(xruns=3, late_blocks=1)
        self.t.see("xruns 3!  late 1!  lost 0 ")
        self.t.keys("c")
        self.t.see("xruns 3  late 1  lost 0 ")
        self.mixer.desk.status["jack"] = "lost"
        self.t.see("stage   lost ")

    # ---- the window

    def test_it_fits_into_any_window(self):
        for i in range(40):
            self.mixer.desk.add_strip(f"s{i}", 2, f"Strip {i}")
        self.mixer.desk.readers = {"r": {"state": "running", "lag_frames": 1,
                                         "lost_frames": 0, "dropouts": 0,
                                         "source": "main", "pid": 1}}
        t = self.meters()
        self.mixer.desk.meter("mic", 1.0, -6.0)
        t.see("STRIP 1-")
        for columns, lines in ((60, 15), (200, 50), (40, 8), (32, 6)):
            t.resize(columns, lines)
            t.wait("view", lambda: t.screen.display[-1].startswith(">mic") and
                   t.screen.display[0].startswith("stage") and
                   self.row("Lead").startswith(">Lead Vo") and
                   self.row("Lead").endswith("CLIP") and t.line("main"))
        t.resize(20, 4)
        t.see("window too small")
        t.resize(80, 24)
        t.see("Lead Vox")

    def test_strips_scroll_to_the_selected_and_buses_stay(self):
        for i in range(40):
            self.mixer.desk.add_strip(f"s{i}", 1, f"Strip {i}")
        t = self.meters()
        t.wait("first", lambda: t.line("STRIP 1-19/42") and
               not t.line("Strip 39"))
        t.keys("pgdn", "pgdn", "pgdn")
        t.wait("middle", lambda: t.line(">Strip 28") and t.line(" main") and
               not t.line("Lead Vox"))
        t.keys("end")
        t.see(">main")
        t.keys("up")
        t.see(">Strip 39")
        t.see("STRIP 24-42/42")

    def test_strips_come_go_and_get_other_names(self):
        t = self.meters()
        self.mixer.desk.add_strip("dj", 1, "Dee Jay")
        self.mixer.tell("/created", "dj")
        t.see("Dee Jay")
        self.mixer.tell("/renamed", "dj", "Dee")
        t.wait("name", lambda: t.line(" Dee  "))
        del self.mixer.desk.strips["mic"]
        self.mixer.tell("/removed", "mic")
        t.wait("end", lambda: not t.line("Lead Vox"))
        t.see(">Playback")

    def test_names_of_wide_characters_stay_in_their_column(self):
        self.mixer.desk.strips["mic"]["name"] = "主x唱ボーカル主唱ボーカル主唱"
        t = self.meters()

        def gain():
            return any(row[1].data == "主" and "".join(
                row[x].data for x in range(17, 23)) == "   0.0"
                for row in t.screen.buffer.values())
        t.wait("gain in its column", gain)

    def test_nothing_that_a_mixer_sends_steers_the_terminal(self):
        self.mixer.desk.strips["mic"]["name"] = "\x1b]0;hey\x07"
        self.mixer.desk.strips["music"]["name"] = "a\u202eb\u200bc"
        self.mixer.desk.status["jack"] = "\x1b[31mlost\x9b"
        self.mixer.desk.readers = {"r": {"state": "\x1b[5m", "lag_frames": 1,
                                         "lost_frames": 0, "dropouts": 0,
                                         "source": "\r\nmain", "pid": 1}}
        t = self.meters()
        t.see("?[31mlost?")
        t.see("a?b?c")
        t.see("?[5m")
        self.mixer.refuses = (8, "no\x1b[31m\u0007")
        t.see("no?[31m?")
        for bad in (b"\x1b]", b"\x1b[31ml", "\u202e".encode(), b"\x1b[5m",
                    b"\x07"):
            self.assertNotIn(bad, t.raw)

    def test_a_terminal_without_unicode_or_colours_shows_the_same(self):
        self.mixer.desk.strips["mic"].update(name="Gäste", mute=True)
        self.mixer.desk.meter("mic", 0.0, -20.0)
        t = self.meters(term="vt220", locale="C")
        t.wait("line", lambda: re.search(r">G\?ste .*M +=+-+\| +0\.0 CLIP",
                                         self.row(">G?ste")))
        self.assertTrue(t.raw.isascii())
        self.assertNotIn(b"\x1b[32m", t.raw)

    def test_help_lists_the_keys_and_any_key_hides_it(self):
        t = self.meters()
        t.keys("?")
        t.see("gain by 0.5 dB")
        t.keys("m")
        t.see("Lead Vox")
        self.assertEqual(self.received("/strip/mic/mute"), [])

    # ---- the mixer

    def test_a_mixer_that_goes_is_waited_for_and_shown_when_it_is_back(self):
        self.mixer.desk.meter("mic", -3.0, -10.0)
        t = self.meters()
        t.wait("level", lambda: self.filled("Lead Vox") > 0)
        self.mixer.close()
        t.see("mixer gone, waiting")
        t.wait("silence", lambda: self.filled("Lead Vox") == 0)
        t.keys("m", "?")  # keys do what they can
        t.see("gain by 0.5 dB")
        t.keys("x")
        again = self.start()
        again.desk.add_strip("other", 1, "Other One")
        t.see("Other One")
        t.wait("end", lambda: not t.line("gone") and not t.line("Lead Vox")
               and not t.line("Playback"))

    def test_a_mixer_that_stands_still_holds_no_key_up(self):
        t = self.meters()
        self.mixer.silent = True
        t.keys("down")
        t.see(">Playback")
        t.keys("q")
        self.assertEqual(t.ends(), (0, ""))

    # ---- ends

    def test_q_gives_the_terminal_back(self):
        t = self.meters()
        self.assertFalse(t.is_restored())
        t.keys("q")
        self.assertEqual(t.ends(), (0, ""))
        self.assertTrue(t.is_restored())
        wait_for("leave", lambda: self.received("/unsubscribe"))

    def test_signals_give_the_terminal_back(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                       signal.SIGQUIT):
            t = self.meters()
            t.process.send_signal(number)
            self.assertEqual(t.ends(), (0, ""), number)
            self.assertTrue(t.is_restored(), number)

    def test_control_c_gives_the_terminal_back(self):
        t = self.meters()
        t.keys("\x03")
        self.assertEqual(t.ends(), (0, ""))
        self.assertTrue(t.is_restored())

    def test_a_terminal_that_goes_away_ends_it(self):
        t = self.meters()
        t.hang_up()
        t.process.wait(TIMEOUT_S)
        self.assertEqual(t.process.returncode, 0)

    def test_nobody_there_is_69_and_leaves_the_terminal_alone(self):
        url = self.mixer.url
        self.mixer.close()
        t = self.open()
        status, err = t.ends()
        self.assertEqual((status, t.raw), (69, b""))
        self.assertIn("no weir is running", err)
        t = Terminal([WEIRCTL, "-t", url, "meters"])
        self.addCleanup(t.close)
        status, err = t.ends()
        self.assertEqual((status, t.raw), (69, b""))
        self.assertIn("nobody answers", err)

    # ---- no terminal

    def table(self, *words, **env):
        return subprocess.run(
            [WEIRCTL, "--run-dir", self.dir.name, "meters", *words],
            capture_output=True, text=True, timeout=TIMEOUT_S,
            env={**os.environ, **env})

    def test_without_a_terminal_it_is_a_table_printed_once(self):
        desk = self.mixer.desk
        desk.strips["mic"].update(mute=True, gain=-6.0)
        desk.meter("music", -3.0, -10.0, -4.5, -12.0)
        desk.readers = {"rec-1": {"source": "main", "pid": 7,
                                  "lag_frames": 512, "lost_frames": 0,
                                  "dropouts": 0, "state": "running"}}
        done = self.table()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split() for line in done.stdout.splitlines()], [
            "weir stage jack=running rate=48000 block=256 load=2.5 xruns=0 "
            "late_blocks=0 input_frames_lost=0 uptime=100".split(),
            "STRIP GAIN MUTE SOLO PEAK/RMS... NAME".split(),
            "mic -6.0 mute - -120.0/-120.0 Lead Vox".split(),
            "music 0.0 - - -3.0/-10.0 -4.5/-12.0 Playback".split(),
            "BUS GAIN MUTE SOLO PEAK/RMS... NAME".split(),
            "main 0.0 - - -120.0/-120.0 -120.0/-120.0 main".split(),
            "READER STATE LAG LOST DROPOUTS SOURCE".split(),
            "rec-1 running 512 0 0 main".split()])

    def test_a_terminal_that_cannot_be_drawn_on_gets_the_table_too(self):
        for words, term in (([], "dumb"), ([], ""), (["--plain"], "xterm")):
            t = self.open(*words, term=term)
            status, err = t.ends()
            self.assertEqual((status, err), (0, ""))
            self.assertIn(b"Lead Vox", t.raw)
            self.assertNotIn(b"\x1b", t.raw)

    def test_wrong_words_are_2(self):
        done = self.table("--fly")
        self.assertEqual(done.returncode, 2)
        self.assertIn("allowed is --plain", done.stderr)


if __name__ == "__main__":
    unittest.main()
