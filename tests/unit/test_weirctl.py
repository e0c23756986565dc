#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weirctl as its users see it: words in, lines and exit statuses out."""
import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from fake_mixer import FakeMixer, bundle, encode

WEIRCTL = sys.argv.pop(1)


def as_float(number):
    """The 32-bit float nearest to it, as it travels."""
    return struct.unpack("f", struct.pack("f", number))[0]


class Weirctl(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.mixers = []
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for mixer in self.mixers:
            mixer.close()
        self.dir.cleanup()

    def start(self, name="fake", **options):
        mixer = FakeMixer(self.dir.name, name, **options)
        self.mixers.append(mixer)
        return mixer

    def run_words(self, *words, stdin="", env=None):
        return subprocess.run(
            [WEIRCTL, *words], input=stdin, capture_output=True, text=True,
            timeout=30, env={**os.environ, **(env or {})})

    def ctl(self, *words, **options):
        return self.run_words("--run-dir", self.dir.name, *words, **options)

    def says(self, *words, status=0, out=None, err="", **options):
        """Run it; compare status and stdout, look for `err` in stderr."""
        got = self.ctl(*words, **options)
        self.assertEqual(got.returncode, status, got.stdout + got.stderr)
        if out is not None:
            self.assertEqual(got.stdout, out)
        self.assertIn(err, got.stderr)
        if status == 0:
            self.assertEqual(got.stderr, "")
        return got


class TestWords(Weirctl):
    def test_help_and_version_go_to_stdout(self):
        self.assertIn("get PATTERN", self.says("--help").stdout)
        self.assertRegex(self.says("-V").stdout, r"^weirctl \d+\.\d+")

    def test_wrong_words_exit_2_and_say_what_is_allowed(self):
        self.says(status=2, err="ping, get, set, call, watch, list, dump")
        self.says("fly", status=2, err="unknown command fly: ping, get")
        self.says("get", status=2, err="weirctl get PATTERN...")
        self.says("set", "/a", status=2, err="weirctl set ADDRESS VALUE...")
        self.says("ping", "x", status=2, err="weirctl ping")
        self.says("--fly", "ping", status=2, err="allowed are -n -t")
        self.says("-n", "a", "-t", "b", "ping", status=2, err="exclude")
        self.says("-n", "a/b", "ping", status=2, err="not a name")

    def test_wrong_urls_exit_2(self):
        for url in ("http://x/", "osc.udp://", "osc.udp://host",
                    "osc.udp://h:1/x", "osc.udp://::1:5/",
                    "osc.unix://here", "osc.tcp://h"):
            self.says("-t", url, "ping", status=2, err="osc.udp://HOST:PORT/")

    def test_wrong_values_exit_2_before_anything_is_sent(self):
        mixer = self.start()
        self.says("set", "strip/mic", "1", status=2, err="begins with '/'")
        self.says("set", "/x", "1", "0x1", status=2, err="/x: value 2: a blob")
        self.says("get", "/{a", status=2, err="'}'")
        self.assertEqual(mixer.received, [])

    def test_load_says_what_it_takes(self):
        self.start()
        self.says("load", "--all", "x", status=2, err="--merge")
        self.says("load", "--merge", status=2, err="FILE is missing")
        self.says("load", "/nowhere/x", status=1, err="cannot read /nowhere/x")


class TestFinding(Weirctl):
    def test_the_only_one_is_found(self):
        self.start("solo")
        self.says("ping", out="fake\n")

    def test_several_are_listed(self):
        self.start("north")
        self.start("south")
        self.says("ping", status=2, err="north, south")
        self.says("-n", "south", "ping", out="fake\n")

    def test_none_is_said_plainly(self):
        self.says("ping", status=69, err="no weir is running in "
                  f"{self.dir.name} (start one: weir --dummy")
        self.says("--run-dir", "/nowhere", "ping", status=69, err="/nowhere")

    def test_what_a_killed_one_left_does_not_count(self):
        self.start("dead").close()
        self.mixers.clear()
        self.says("ping", status=69, err="no weir is running")
        self.says("-n", "dead", "ping", status=69, err="no weir is running")
        self.start("alive")
        self.says("ping", out="fake\n")
        self.says("-n", "dead", "ping", status=69, err="there: alive")

    def test_the_run_dir_follows_xdg(self):
        run_dir = os.path.join(self.dir.name, "weir")
        self.mixers.append(FakeMixer(run_dir, "x"))
        got = self.run_words("ping", env={"XDG_RUNTIME_DIR": self.dir.name})
        self.assertEqual(got.stdout, "fake\n")

    def test_the_unix_socket_serves_where_there_is_no_url(self):
        mixer = self.start("local", unix=True)
        self.says("ping", out="fake\n")
        self.says("-t", mixer.url, "get", "/bus/main/gain",
                  out="/bus/main/gain 0\n")
        self.says("-t", "osc.unix:///nowhere/x", "ping", status=69)

    def test_a_url_needs_no_run_dir(self):
        mixer = self.start()
        self.says("--run-dir", "/nowhere", "-t", mixer.url, "ping",
                  out="fake\n")
        self.says("-t", mixer.url.replace("127.0.0.1", "localhost"), "ping",
                  out="fake\n")

    def test_nobody_at_the_port_is_69_at_once(self):
        mixer = self.start()
        mixer.close()
        self.mixers.clear()

        def took_s():
            begin = time.monotonic()
            self.says("-t", mixer.url, "ping", status=69, err="nobody answers")
            return time.monotonic() - begin
        # A busy machine may be slow: but not each time.
        self.assertLess(min(took_s() for _ in range(5)), 1.9)

    def test_silence_for_2_s_is_69(self):
        self.start().silent = True
        begin = time.monotonic()
        self.says("get", "/strip/*/gain", status=69, err="nobody answers")
        self.assertGreater(time.monotonic() - begin, 1.9)

    def test_a_mixer_that_answers_others_is_waited_for(self):
        mixer = self.start()
        mixer.ponders = 3
        got = self.ctl("call", "/strip/add", "dj", "1")
        self.assertEqual(got.stdout, "/strip/add dj 1\n")
        self.assertEqual((got.returncode, mixer.ponders), (0, 0))
        self.assertEqual(got.stderr.count("still at it"), 1, got.stderr)

    def test_a_mixer_that_answers_no_more_is_no_longer_waited_for(self):
        mixer = self.start()
        mixer.ponders = 3
        mixer.meddlers = [lambda: None, lambda: None,
                          lambda: setattr(mixer, "silent", True)]
        self.says("call", "/strip/add", "dj", "1", status=69,
                  err="nobody answers")


class TestMessages(Weirctl):
    def setUp(self):
        super().setUp()
        self.mixer = self.start()
        self.mixer.desk.add_strip("mic", 1, "Lead Vox")
        self.mixer.desk.add_strip("music", 2)

    def test_get_prints_lines_that_can_be_read_again(self):
        self.mixer.desk.strips["mic"]["gain"] = -6.0
        self.says("get", "/strip/*/gain",
                  out="/strip/mic/gain -6\n/strip/music/gain 0\n")
        self.says("get", "/strip/mic/{name,mute}",
                  out='/strip/mic/name "Lead Vox"\n/strip/mic/mute F\n')
        self.says("get", "/bus/main/gain", "/strip/mic/pan",
                  out="/bus/main/gain 0\n/strip/mic/pan 0\n")

    def test_set_prints_what_resulted(self):
        self.says("set", "/strip/mic/gain", "-6", out="/strip/mic/gain -6\n")
        self.says("set", "/strip/*/mute", "on",
                  out="/strip/mic/mute T\n/strip/music/mute T\n")
        self.says("set", "/strip/mic/name", "5",
                  out='/strip/mic/name "5"\n')
        self.says("set", "/strip/mic/name", "Gäste \"1\"",
                  out='/strip/mic/name "Gäste \\"1\\""\n')

    def test_call_prints_the_reply(self):
        self.says("call", "/strip/list", out="/strip/list mic music\n")
        self.says("call", "/strip/add", "dj", "2", "Dee Jay",
                  out='/strip/add dj 2 "Dee Jay"\n')
        self.assertEqual(self.mixer.desk.strips["dj"]["channels"], 2)
        self.says("call", "/ping", out="/ping fake\n")

    def test_errors_exit_1_with_their_text(self):
        self.says("get", "/strip/dj/gain", status=1, out="",
                  err="weirctl: /strip/dj/gain: nothing matches (error 4)")
        self.says("set", "/strip/mic/gain", "11", status=1,
                  err="11 is out of range (error 3)")
        self.says("call", "/strip/add", "mic", status=1, err="(error 5)")

    def test_many_datagrams_are_all_gathered(self):
        for i in range(300):
            self.mixer.desk.add_strip(f"s{i}", 1)
        got = self.says("get", "/strip/*/{gain,pan,name}")
        self.assertEqual(len(got.stdout.splitlines()), 302 * 3)

    def test_answers_may_be_plain_messages(self):
        self.mixer.plain = True
        self.says("get", "/strip/*/gain",
                  out="/strip/mic/gain 0\n/strip/music/gain 0\n")
        self.says("get", "/x", status=1, err="error 4")

    def test_packets_that_are_none_or_not_ours_are_passed_over(self):
        self.mixer.noise = [
            b"", b"junk", b"/a\0\0,b\0\0",
            bundle([encode("/tag", "other"), encode("/strip/x/gain", 1.0),
                    encode("/error", "/x", 1, "not yours")])]
        self.says("get", "/strip/mic/gain", out="/strip/mic/gain 0\n")

    def test_a_mixer_that_quits_after_its_answer_has_answered(self):
        self.mixer.quits = True
        self.says("call", "/quit", out="/quit\n")

    def test_a_closed_stdout_is_a_failure(self):
        with open("/dev/full", "w") as full:
            got = subprocess.run(
                [WEIRCTL, "--run-dir", self.dir.name, "list"], stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(got.returncode, 1)
        self.assertIn("stdout", got.stderr)

    def test_list_is_a_table(self):
        self.mixer.desk.strips["mic"].update(gain=-6.5, mute=True, pan=-0.5)
        rows = [r.split() for r in self.says("list").stdout.splitlines()]
        self.assertEqual(rows, [
            ["STRIP", "CH", "GAIN", "MUTE", "SOLO", "PAN", "MAIN", "NAME"],
            ["mic", "1", "-6.5", "mute", "-", "-0.50", "main", "Lead",
             "Vox"],
            ["music", "2", "0.0", "-", "-", "0.00", "main", "music"],
            ["BUS", "CH", "GAIN", "MUTE", "NAME"],
            ["main", "2", "0.0", "-", "main"]])

    def test_list_has_the_plugins_in_their_order(self):
        desk = self.mixer.desk
        desk.strips["music"].update({
            "plugin/eq/name": "Four bands", "plugin/eq/state": "running",
            "plugin/comp/name": "\x1b[31m", "plugin/comp/state": "failed"})
        desk.buses["main"].update({
            "plugin/limit/name": "Limiter", "plugin/limit/state": "bypassed"})
        rows = [r.split() for r in self.says("list").stdout.splitlines()]
        self.assertEqual(rows[5:], [
            ["PLUGIN", "STATE", "NAME"],
            ["music/eq", "running", "Four", "bands"],
            ["music/comp", "failed", "?"],
            ["main/limit", "bypassed", "Limiter"]])


class TestSessions(Weirctl):
    def setUp(self):
        super().setUp()
        self.mixer = self.start()
        desk = self.mixer.desk
        desk.add_bus("fx", 2)
        desk.add_bus("mon", 1)
        desk.add_strip("mic", 1, 'Lead "Vox" \\ 1')
        desk.add_strip("music", 2)
        desk.strips["mic"].update(gain=as_float(-6.1), pan=0.25, mute=True,
                                  main=False)
        desk.strips["mic"]["send"]["fx"].update(level=-12.5, on=True)
        desk.buses["main"].update(gain=-3.0, name="Saal")

    def write(self, text):
        path = os.path.join(self.dir.name, "file")
        with open(path, "w") as f:
            f.write(text)
        return path

    def state(self):
        return (self.mixer.desk.strips, self.mixer.desk.buses)

    def reset(self):
        self.mixer.desk = type(self.mixer.desk)()
        self.mixer.received.clear()

    def test_dump_has_all_in_a_stable_order(self):
        text = self.says("dump").stdout
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("#"))
        self.assertEqual(lines[1:4], ["/bus/add fx 2", "/bus/add mon 1",
                                      '/bus/main/name "Saal"'])
        self.assertIn('/strip/add mic 1 "Lead \\"Vox\\" \\\\ 1"', lines)
        self.assertIn("/strip/mic/gain -6.1", lines)
        self.assertIn("/strip/mic/send/fx/level -12.5", lines)
        self.assertNotIn("fader", text)
        self.assertEqual(self.says("dump").stdout, text)

    def test_a_dump_is_of_one_moment(self):
        """Two gains that change together between two parts of it."""
        for i in range(80):
            self.mixer.desk.add_strip(f"s{i}")
        first, last = (self.mixer.desk.strips[s] for s in ("s0", "s79"))

        def both_down():
            first["gain"] = last["gain"] = -5.0
        for n in (3, 4, 5, 6):
            first["gain"] = last["gain"] = 0.0
            self.mixer.meddlers = [lambda: None] * n + [both_down]
            text = self.says("dump").stdout
            self.assertIn("/strip/s0/gain -5\n", text)
            self.assertIn("/strip/s79/gain -5\n", text)

    def test_what_goes_while_a_dump_is_made_is_not_in_it(self):
        def go():
            del self.mixer.desk.strips["mic"]
        self.mixer.meddlers = [lambda: None, go]
        text = self.says("dump").stdout
        self.assertNotIn("/mic/", text)
        self.assertIn("/strip/add music 2", text)

    def test_a_mixer_that_never_stands_still_is_dumped_with_a_word(self):
        mic = self.mixer.desk.strips["mic"]

        def ride():
            mic["gain"] -= 0.5
        self.mixer.meddlers = [ride] * 1000
        got = self.ctl("dump")
        self.assertEqual(got.returncode, 0)
        self.assertIn("never stood still", got.stderr)
        self.assertIn("/strip/mic/pan 0.25\n", got.stdout)

    def test_dump_and_load_give_the_same_mixer(self):
        before = self.state()
        text = self.says("dump").stdout
        self.reset()
        self.says("load", self.write(text), out="")
        self.assertEqual(self.state(), before)
        self.assertEqual(self.says("dump").stdout, text)

    def test_load_of_the_same_again_removes_and_adds_nothing(self):
        text = self.says("dump").stdout
        self.mixer.received.clear()
        self.says("load", "-", stdin=text)
        self.assertEqual([a for a, _ in self.mixer.received
                          if "remove" in a or a.endswith("/add")], [])
        self.assertEqual(self.says("dump").stdout, text)

    def test_load_removes_what_the_file_does_not_name(self):
        self.says("load", "-", stdin="/strip/add dj 2\n")
        self.assertEqual(list(self.mixer.desk.strips), ["dj"])
        self.assertEqual(list(self.mixer.desk.buses), ["main"])
        self.assertEqual(self.mixer.desk.buses["main"]["name"], "main")
        self.assertEqual(self.mixer.desk.buses["main"]["gain"], 0)

    def test_load_puts_what_stays_to_defaults_unless_it_is_set(self):
        self.says("load", "-", stdin="/bus/add fx 2\n/strip/add mic 1\n"
                  "/strip/mic/pan 0.5\n")
        mic = self.mixer.desk.strips["mic"]
        self.assertEqual((mic["gain"], mic["pan"], mic["mute"], mic["name"]),
                         (0, 0.5, False, "mic"))
        self.assertEqual(mic["send"], {"fx": {"level": -90, "on": False,
                                              "pre": False}})
        self.assertNotIn("/strip/mic/remove",
                         [a for a, _ in self.mixer.received])

    def test_load_makes_anew_what_has_other_channels(self):
        self.says("load", "-", stdin="/strip/add mic 2 Duo\n/bus/add music\n")
        self.assertEqual(self.mixer.desk.strips["mic"]["channels"], 2)
        self.assertEqual(self.mixer.desk.strips["mic"]["name"], "Duo")
        self.assertEqual(list(self.mixer.desk.buses), ["main", "music"])

    def test_merge_only_adds_and_sets(self):
        self.says("load", "--merge", "-", stdin="/strip/add mic 1 Voice\n"
                  "/strip/add dj 2\n/strip/music/gain -3\n")
        strips = self.mixer.desk.strips
        self.assertEqual(list(strips), ["mic", "music", "dj"])
        self.assertEqual(strips["mic"]["name"], "Voice")
        self.assertEqual(round(strips["mic"]["gain"], 4), -6.1)
        self.assertEqual(strips["music"]["gain"], -3)
        self.assertEqual(list(self.mixer.desk.buses), ["main", "fx", "mon"])

    def test_every_wrong_line_is_named_and_nothing_is_sent(self):
        got = self.says("load", "-", status=1, err="nothing was sent", stdin=(
            "# fine\n"
            "/strip/add mic 1\n"
            "/strip/mic/gain 20\n"
            "/strip/mic/gain loud\n"
            "/strip/mic/mute\n"
            '/strip/mic/name ""\n'
            "/strip/add Mic 1\n"
            "/strip/add dj 65\n"
            "/bus/add mic\n"
            "/bus/add main\n"
            "/strip/nobody/gain 0\n"
            "/strip/mic/send/nobus/on T\n"
            'what is "this\n'
            '/a "open\n'))
        for number, part in ((3, "20 is outside -90..10"), (4, "a number"),
                             (5, "one value"), (6, "1 to 64"), (7, "an id"),
                             (8, "1 to 64"), (9, "added in line 2"),
                             (10, "there already"), (11, "strip nobody"),
                             (12, "bus nobus"), (13, "column 1"),
                             (14, "column 4: the quote is not closed")):
            self.assertRegex(got.stderr, f"stdin:{number}: .*{part}")
        self.assertIn("12 lines are wrong", got.stderr)
        self.assertEqual(self.mixer.received, [])

    def test_the_line_that_the_mixer_refuses_is_reported(self):
        path = self.write("/strip/add mic 1\n/strip/mic/pan 0\n"
                          "/strip/mic/frobnicate 1\n/strip/mic/gain 1\n")
        self.says("load", path, status=1,
                  err=f"{path}:3: /strip/mic/frobnicate 1: nothing matches "
                  "(error 4)")

    def test_large_files_go_out_in_small_datagrams(self):
        text = "".join(f"/strip/add s{i} 1 \"Strip number {i}\"\n"
                       for i in range(400))
        text += "".join(f"/strip/s{i}/gain {-i / 8}\n" for i in range(400))
        self.mixer.sizes.clear()
        self.says("load", self.write(text))
        self.assertEqual(len(self.mixer.desk.strips), 400)
        self.assertEqual(self.mixer.desk.strips["s399"]["gain"], -399 / 8)
        self.assertLess(max(self.mixer.sizes), 8192)
        before = self.state()
        text = self.says("dump").stdout
        self.reset()
        self.says("load", "-", stdin=text)
        self.assertEqual(self.state(), before)


if __name__ == "__main__":
    unittest.main()
