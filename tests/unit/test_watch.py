#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weirctl watch in a pipe: a snapshot, then changes, whatever happens to the
mixer meanwhile."""
import os
import select
import signal
import subprocess
import sys
import tempfile
import unittest

from fake_mixer import TIMEOUT_S, FakeMixer, wait_for

WEIRCTL = sys.argv.pop(1)


class Pipe:
    """What can be read from a descriptor, line by line."""

    def __init__(self, file):
        self.fd, self.rest = file.fileno(), b""

    def line(self):
        """The next one; None at the end."""
        while b"\n" not in self.rest:
            if not select.select([self.fd], [], [], TIMEOUT_S)[0]:
                raise AssertionError(f"no line; so far {self.rest}")
            got = os.read(self.fd, 65536)
            if not got:
                return None
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def lines(self, n):
        return [self.line() for _ in range(n)]


class Watch(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.mixer = self.start()
        self.mixer.desk.add_strip("mic", 1, "Lead Vox")
        self.mixer.desk.add_strip("music", 2)

    def start(self, **options):
        mixer = FakeMixer(self.dir.name, **options)
        self.addCleanup(lambda: mixer.running and mixer.close())
        return mixer

    def watch(self, *words):
        process = subprocess.Popen(
            [WEIRCTL, "--run-dir", self.dir.name, "watch", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.out, self.err = Pipe(process.stdout), Pipe(process.stderr)
        return process

    def ends(self, process, status=0):
        self.assertEqual(process.wait(TIMEOUT_S), status)

    def test_what_is_there_comes_first_and_then_each_change(self):
        self.watch("/strip/*/{gain,name}")
        self.assertEqual(self.out.lines(4), [
            '/strip/mic/name "Lead Vox"', "/strip/mic/gain 0",
            "/strip/music/name \"music\"", "/strip/music/gain 0"])
        self.mixer.desk.strips["mic"]["gain"] = -6.5
        self.assertEqual(self.out.line(), "/strip/mic/gain -6.5")
        self.mixer.desk.strips["music"]["name"] = 'a "b" \x1b[2J \u2028'
        self.assertEqual(self.out.line(), '/strip/music/name '
                         '"a \\"b\\" \\x1b[2J \u2028"')

    def test_lines_of_a_watch_can_be_loaded(self):
        process = self.watch("/strip/*/{gain,mute}", "/bus/main/gain")
        lines = self.out.lines(5)
        self.mixer.desk.strips["mic"]["mute"] = True
        lines += self.out.lines(1)
        self.mixer.tell("/created", "x")
        lines += self.out.lines(1)
        self.mixer.desk.strips["mic"]["mute"] = False
        process.kill()
        subprocess.run([WEIRCTL, "--run-dir", self.dir.name, "load",
                        "--merge", "-"], input="\n".join(lines).encode(), check=True)
        self.assertTrue(self.mixer.desk.strips["mic"]["mute"])

    def test_what_comes_and_goes_is_told_in_comments(self):
        self.watch("/bus/main/gain")
        self.out.line()
        self.mixer.tell("/created", "dj")
        self.mixer.tell("/renamed", "dj", 'Dee "J"')
        self.mixer.tell("/removed", "dj")
        self.assertEqual(self.out.lines(3), [
            "# created dj", '# renamed dj "Dee \\"J\\""', "# removed dj"])

    def test_a_rate_is_passed_on_and_checked(self):
        self.watch("--rate", "50", "/bus/main/gain")
        self.assertEqual(self.out.line(), "/bus/main/gain 0")
        self.assertEqual(self.mixer.asked, [["/bus/main/gain", 50, 0, 15]])
        for words in (["--rate", "0", "/x"], ["--rate", "101", "/x"],
                      ["--rate", "5x", "/x"], ["--rate"], ["--fly", "/x"],
                      ["/{x"], ["--no-wait"], ["x"]):
            process = self.watch(*words)
            self.assertIn("allowed are --rate HZ", self.err.line())
            self.ends(process, 2)

    def test_leases_are_renewed_and_nothing_is_said_twice(self):
        self.watch("/bus/main/gain")
        wait_for("renewal", lambda: len(self.mixer.renewals) > 1)
        self.mixer.desk.buses["main"]["gain"] = -1.0
        self.assertEqual(self.out.lines(2),
                         ["/bus/main/gain 0", "/bus/main/gain -1"])

    def test_a_lost_part_of_a_snapshot_is_asked_for_again(self):
        for i in range(100):
            self.mixer.desk.add_strip(f"s{i}")
        self.mixer.loses = 1
        self.watch("/strip/*/name")
        lines = self.out.lines(102)
        self.assertEqual(len(set(lines)), 102)
        # Sooner than by the renewal that is due 5 s later.
        first, second = self.mixer.asked_at[:2]
        self.assertLess(second - first, 4.5)

    def test_a_token_is_given_back(self):
        self.mixer.token = "t0k3n"
        self.watch("/bus/main/gain")
        self.assertEqual(self.out.line(), "/bus/main/gain 0")

    def test_a_mixer_that_comes_back_elsewhere_is_found_by_its_name(self):
        self.watch("/strip/mic/gain")
        self.assertEqual(self.out.line(), "/strip/mic/gain 0")
        self.mixer.close()
        self.assertEqual(self.err.line(),
                         "weirctl: weir is gone, waiting for it")
        again = self.start()
        again.desk.add_strip("mic")
        again.desk.strips["mic"]["gain"] = -7.0
        self.assertEqual(self.err.line(), "weirctl: weir is back")
        wait_for("gain", lambda: self.out.line() == "/strip/mic/gain -7")

    def test_a_unix_socket_that_comes_back_is_found(self):
        self.mixer.close()
        os.unlink(os.path.join(self.mixer.home, "osc"))
        first = self.start(unix=True)
        self.watch("/bus/main/gain")
        self.assertEqual(self.out.line(), "/bus/main/gain 0")
        first.close()
        self.assertIn("gone", self.err.line())
        self.start(unix=True)
        self.assertIn("back", self.err.line())
        self.assertEqual(self.out.line(), "/bus/main/gain 0")

    def test_a_mixer_that_began_anew_in_between_is_noticed(self):
        self.watch("/strip/mic/gain")
        self.out.line()
        wait_for("look", lambda: self.mixer.n_looks > 0)
        self.mixer.subscriptions.clear()
        self.mixer.desk.status["uptime"] = 0.5
        self.assertIn("gone", self.err.line())
        self.assertIn("back", self.err.line())
        self.assertEqual(self.out.line(), "/strip/mic/gain 0")

    def test_a_mixer_that_stops_answering_is_gone(self):
        self.watch("/strip/mic/gain")
        self.out.line()
        self.mixer.silent = True
        self.assertIn("gone", self.err.line())
        self.mixer.silent = False
        self.assertIn("back", self.err.line())

    def test_no_wait_ends_with_the_mixer(self):
        process = self.watch("--no-wait", "/strip/mic/gain")
        self.out.line()
        self.mixer.close()
        self.assertEqual(self.err.line(), "weirctl: weir is gone")
        self.ends(process, 69)

    def test_nobody_there_at_the_beginning_is_69(self):
        url = self.mixer.url
        self.mixer.close()
        self.ends(self.watch("/x"), 69)
        self.assertIn("no weir is running", self.err.line())
        process = subprocess.run([WEIRCTL, "-t", url, "watch", "/x"],
                                 capture_output=True, text=True,
                                 timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 69)
        self.assertIn("nobody answers", process.stderr)

    def test_a_refusal_ends_it_with_the_mixers_words(self):
        self.mixer.refuses = (7, "too many subscriptions")
        process = self.watch("/x")
        self.assertEqual(self.err.line(), "weirctl: /subscribe: too many "
                         "subscriptions (error 7)")
        self.ends(process, 1)

    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.watch("/strip/mic/gain")
            self.out.line()
            self.mixer.received.clear()
            process.send_signal(number)
            self.ends(process)
            self.assertIsNone(self.err.line())
            wait_for("leave", lambda: ("/unsubscribe", ["/strip/mic/gain"])
                     in self.mixer.received)

    def test_a_closed_pipe_ends_it_quietly_without_another_change(self):
        process = self.watch("/strip/mic/gain")
        self.out.line()
        process.stdout.close()
        self.ends(process)
        self.assertIsNone(self.err.line())
        process.stdout = None

    def test_a_full_disk_is_said(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [WEIRCTL, "--run-dir", self.dir.name, "watch", "/bus/*/gain"],
                stdout=full, stderr=subprocess.PIPE, text=True,
                timeout=TIMEOUT_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("stdout", done.stderr)

    def test_a_mixer_that_sends_rubbish_changes_nothing(self):
        self.watch("/strip/mic/gain")
        self.out.line()
        peer = next(iter(self.mixer.subscriptions))[0]
        for junk in (b"", b"x", b"/a\0\0,b\0\0", b"/snapshot\0\0\0,\0\0\0",
                     b"/snapshot_end\0\0\0,i\0\0\0\0\0\1",
                     b"/error\0\0,\0\0\0"[:12] + b"#bundle"):
            self.mixer.send(junk, peer)
        self.mixer.desk.strips["mic"]["gain"] = -2.0
        self.assertEqual(self.out.line(), "/strip/mic/gain -2")


if __name__ == "__main__":
    unittest.main()
