#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Servers that are away, hang or refuse, and a weir that is away: what
listeners hear and dumps hold, and what is said."""
import os
import pty
import resource
import select
import signal
import socket
import subprocess
import threading
import time

from fake import RATE
from icecast import (Case, PASSWORD, TONE_HZ, decode, main, tone, wait_for)

# It ends 2 s after it is told to, on a machine that has time; who waits for
# a target that hangs takes 30.
PROMPT_S = 10


class Hanging:
    """A server that accepts whoever comes, and never reads. With `login` it
    says first that all is well. With `full` it does not even accept."""

    def __init__(self, login=False, full=False):
        self.listener = socket.socket()
        # Little is on its way before the other side notices.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0 if full else 10)
        self.port = self.listener.getsockname()[1]
        self.kept = []
        for _ in range(3 if full else 0):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.kept.append(s)
        self.login = login
        if not full:
            threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                s = self.listener.accept()[0]
                self.kept.append(s)
                # Who only looks whether somebody is there says nothing.
                if self.login and s.recv(4096):
                    s.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        except OSError:
            return

    def url(self, mount):
        return f"icecast://127.0.0.1:{self.port}/{mount}"

    def kill(self):
        self.listener.close()
        for s in self.kept:
            s.close()


class Listener:
    """Keeps every byte from the moment it comes."""

    def __init__(self, ice, mount):
        self.s = socket.create_connection(("127.0.0.1", ice.port), 5)
        self.s.sendall(f"GET /{mount} HTTP/1.0\r\n\r\n".encode())
        self.bytes = b""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while got := self.s.recv(65536):
            self.bytes += got

    def end(self):
        """All that it got, without the answer's head."""
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self.bytes.split(b"\r\n\r\n", 1)[1]

    def kill(self):
        self.s.close()


def parts(samples, hz=TONE_HZ):
    """How many samples of tone and of silence follow each other."""
    found = []
    for at in range(0, len(samples) - 480, 480):
        loud = max(map(abs, samples[at:at + 480])) > 0.1
        if not found or found[-1][0] != loud:
            found.append([loud, 0])
        found[-1][1] += 480
    return found


def pages_are_whole(ogg):
    at = 0
    while ogg[at:at + 4] == b"OggS" and len(ogg) >= at + 27 + ogg[at + 26]:
        n_segments = ogg[at + 26]
        at += 27 + n_segments + sum(ogg[at + 27:at + 27 + n_segments])
    return at == len(ogg)


class Servers(Case):
    def dump(self, name="dump"):
        with open(self.path(name), "rb") as f:
            return f.read()

    def test_a_server_comes_back_and_the_dump_lacks_nothing(self):
        ice, sound = self.icecast(), self.sound()
        p = self.stream("--codec", "flac", "--dump", self.path("dump"),
                        ice.url("live"))
        sound.attach()
        p.wait_log("live: connected")
        wait_for("/live", lambda: ice.has("live"))
        ice.end()
        gone = time.monotonic()
        p.wait_log("live: lost: the server hung up")
        p.wait_log("not connected: Connection refused; retry in")
        time.sleep(max(0, gone + 10 - time.monotonic()))  # it is so long away
        ice.start()
        p.wait_log("connected again after")
        self.hears(f"http://127.0.0.1:{ice.port}/live")
        published = sound.pause()
        self.stop(p)
        left, _, _ = decode(self.path("dump"))
        self.assertEqual(len(left), published)
        # One tone from end to end, its phase too.
        peak, rest = tone(left)
        self.assertAlmostEqual(peak, 0.5, delta=0.001)
        self.assertLess(rest, 0.001)

    def test_servers_that_hang_cost_the_good_one_nothing(self):
        # A tone that does not come round: no two frames are the same.
        ice, sound = self.icecast(), self.sound(speed=8, hz=997.31)
        bad = [self.keep(Hanging()), self.keep(Hanging(login=True)),
               self.keep(Hanging(full=True))]
        p = self.stream("--codec", "mp3", "--bitrate", "320", "--dump",
                        self.path("dump"), "--tls", "off",
                        *(b.url("live") for b in bad), ice.url("live"))
        sound.attach()
        p.wait_log(f"{ice.port}/live: connected")
        p.wait_log(f"{bad[1].port}/live: connected")
        wait_for("/live", lambda: ice.has("live"))
        listener = self.keep(Listener(ice, "live"))
        p.wait_log(f"{bad[1].port}/live: too slow: ")
        p.wait_log(f"{bad[2].port}/live: not connected: no answer within 5 s")
        # More than the system takes in for the one that does not read.
        sound.play_on(12)
        sound.pause()
        took_s = self.stop(p)
        self.assertLess(took_s, PROMPT_S)
        self.assertNotIn("given up", p.log)
        sent, heard = self.dump(), listener.end()
        # All from a burst on to the last that Icecast still passes on.
        at = sent.find(heard[:4096])
        self.assertEqual(sent[at:at + len(heard)], heard)
        self.assertGreater(len(heard), 20 * 40000)
        self.assertLess(len(sent) - at - len(heard), 65536)

    def test_weir_is_away_and_returns_and_listeners_hear_silence(self):
        ice, sound = self.icecast(timeout_s=2), self.sound()
        p = self.stream("--codec", "flac", "--dump", self.path("dump"),
                        ice.url("live"))
        sound.attach()
        p.wait_log("live: connected")
        wait_for("/live", lambda: ice.has("live"))
        listener = self.keep(Listener(ice, "live"))
        sound.play_on(1)
        sound.kill()
        gone = time.monotonic()
        p.wait_log("silence until it is back")
        p.wait_log("waiting for weir")
        time.sleep(max(0, gone + 4 - time.monotonic()))  # it is so long away
        sound = self.sound().attach()
        away_s = time.monotonic() - gone
        sound.play_on(1.5)
        self.stop(p)
        with open(self.path("heard"), "wb") as f:
            f.write(listener.end())
        for name in ("dump", "heard"):
            with self.subTest(name):
                left, _, log = decode(self.path(name))
                got = parts(left)
                self.assertEqual([loud for loud, _ in got],
                                 [True, False, True], log)
                self.assertGreater(got[0][1], 0.9 * RATE)
                self.assertGreater(got[2][1], 1.4 * RATE)
                # As long as it was away, whenever that is noticed.
                self.assertAlmostEqual(got[1][1] / RATE, away_s, delta=0.5)
        self.assertNotIn("lost", p.log)

    def test_what_weir_gives_late_has_been_silence_already(self):
        sound = self.sound()
        p = self.stream("--codec", "flac", "--dump", self.path("dump"),
                        password=False)
        earliest = time.monotonic()
        sound.attach()
        latest = time.monotonic()
        sound.play_on(1)
        sound.pause()
        p.wait_log("weir gives no sound")
        time.sleep(2)  # so long there is silence
        sound.play_on(0, late_s=2.5)
        p.wait_log("weir gives sound again")
        sound.play_on(1)
        least_s = time.monotonic() - latest
        self.stop(p)
        most_s = time.monotonic() - earliest
        left, _, _ = decode(self.path("dump"))
        self.assertEqual([loud for loud, _ in parts(left)],
                         [True, False, True])
        # Neither ahead of the clock nor behind it.
        self.assertLess(len(left) / RATE, most_s + 0.2)
        self.assertGreater(len(left) / RATE, least_s - 1)

    def test_lost_frames_are_silence_of_the_same_length(self):
        sound = self.sound(capacity=RATE)
        p = self.stream("--codec", "flac", "--dump", self.path("dump"),
                        password=False)
        sound.attach()
        sound.play_on(0.5)
        p.p.send_signal(signal.SIGSTOP)
        sound.play_on(0, late_s=3)
        p.p.send_signal(signal.SIGCONT)
        p.wait_log("frames lost")
        sound.play_on(0.5)
        published = sound.pause()
        self.stop(p)
        left, _, _ = decode(self.path("dump"))
        self.assertEqual(len(left), published)
        self.assertIn([False], [[loud] for loud, _ in parts(left)])

    def test_who_is_refused_is_told_why_and_no_password_is_seen(self):
        ice, sound = self.icecast(), self.sound()
        wrong = self.path("wrong")
        with open(wrong, "w") as f:
            f.write(f"{ice.url('live')[10:]} not-{PASSWORD}\n"
                    f"* {PASSWORD}\n")
        os.chmod(wrong, 0o644)
        p = self.program("weir-stream", "-v", "--codec", "mp3",
                         "--password-file", wrong, ice.url("live"),
                         ice.url("other"))
        sound.attach()
        p.wait_log("others can read it (chmod 600)")
        p.wait_log("/other: connected")
        p.wait_log("/live: not connected: the login was refused: wrong user "
                   "or password")
        self.assertRegex(p.log, r"/live: .* retry in (2|3)\d\.\d s")
        wait_for("/other", lambda: ice.has("other"))
        # A mount takes one source.
        self.assertEqual(sound.ask("command 1 metadata Psst"), "done 1")
        sound = self.sound(run_dir=self.dir)
        second = self.program(
            "weir-stream", "-v", "--run-dir", self.dir, ice.url("other"),
            env=dict(os.environ, WEIR_STREAM_PASSWORD=PASSWORD))
        sound.attach()
        second.wait_log("the mount has a source already")
        self.assertRegex(second.log, r"retry in [01]\.\d s")
        self.check_secret(p, second)

    def check_secret(self, *programs):
        seen = ""
        for p in programs:
            pids = [p.p.pid] + [
                int(c) for c in subprocess.run(
                    ["pgrep", "-P", str(p.p.pid)], capture_output=True,
                    check=False).stdout.split()]
            for pid in pids:
                with open(f"/proc/{pid}/cmdline") as f:
                    seen += f.read()
            seen += p.log
        self.assertIn("weir-stream", seen)
        self.assertNotIn(PASSWORD, seen)

    def test_a_password_in_an_address_is_refused_and_not_repeated(self):
        for url in (f"icecast://source:{PASSWORD}@localhost:8000/live",
                    f"icecast://source:{PASSWORD}/x@localhost:8000/live"):
            p = self.program("weir-stream", url)
            self.assertEqual(p.end()[0], 2)
            self.assertIn("a password in the address", p.log)
            self.assertNotIn(PASSWORD, p.log)
        p = self.program("weir-stream", f"--password={PASSWORD}",
                         "icecast://localhost/live")
        self.assertEqual(p.end()[0], 2)
        self.assertNotIn(PASSWORD, p.log)

    def test_a_terminal_is_asked_and_shows_nothing_of_it(self):
        ice, sound = self.icecast(), self.sound()
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.pop("WEIR_STREAM_PASSWORD", None)
            os.execv(f"{os.environ['WEIR_BIN']}/weir-stream",
                     ["weir-stream", "--run-dir", self.run_dir,
                      ice.url("live")])
        shown = b""

        def shows(text):
            nonlocal shown
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)
            return text in shown
        try:
            wait_for("question", lambda: shows(b"/live: "))
            self.assertIn(b"Password of source@", shown)
            os.write(terminal, PASSWORD.encode() + b"\n")
            sound.attach()
            wait_for("connection", lambda: shows(b"/live: connected"))
            self.assertNotIn(PASSWORD.encode(), shown)
        finally:
            os.kill(pid, signal.SIGTERM)
            status = os.waitpid(pid, 0)[1]
            os.close(terminal)
        self.assertEqual(status, 0)

    def test_a_stream_ends_soon_whatever_its_servers_do(self):
        sound = self.sound()
        bad = [self.keep(Hanging()), self.keep(Hanging(full=True))]
        p = self.stream(*(b.url("live") for b in bad),
                        "icecast://127.0.0.1:"
                        f"{self.port_without_a_server()}/live")
        sound.attach()
        p.wait_log("Connection refused")
        self.assertLess(self.stop(p, signal.SIGINT), PROMPT_S)
        self.assertNotIn("given up", p.log)
        # Before there is a weir, too.
        sound.kill()
        p = self.stream(bad[0].url("live"))
        p.wait_log("waiting for weir")
        self.assertLess(self.stop(p), PROMPT_S)
        p = self.stream("--no-wait", bad[0].url("live"))
        self.assertEqual(p.end()[0], 69)

    def test_a_name_server_that_never_answers_does_not_hold_up_the_end(self):
        sound = self.sound()
        p = self.stream("--codec", "mp3", "--dump", self.path("dump"),
                        "icecast://radio.example/live", env=dict(
                            os.environ,
                            LD_PRELOAD=os.environ["WEIR_SLOW_NAMES"]))
        sound.attach()
        sound.play_on(1)
        self.assertLess(self.stop(p), PROMPT_S)
        self.assertIn("radio.example:8000/live: did not end in time", p.log)
        left, _, _ = decode(self.path("dump"))
        self.assertGreater(len(left), RATE)

    def test_state_says_whether_a_server_takes_the_stream(self):
        ice, sound = self.icecast(), self.sound()
        ice.end()
        p = self.stream(ice.url("live"))
        sound.attach()

        def state():
            return int(sound.ask("page").split()[4])
        wait_for("armed", lambda: state() == 2)
        ice.start()
        wait_for("running", lambda: state() == 1)
        self.assertEqual(sound.ask("bye kicked by a test"), "ok")
        self.assertEqual(p.end()[0], 0)
        self.assertIn("kicked by a test", p.log)

    def test_a_dump_never_overwrites(self):
        sound = self.sound()
        with open(self.path("dump.opus"), "w") as f:
            f.write("mine")
        p = self.stream("--dump", self.path("dump.opus"), password=False)
        sound.attach()
        sound.play_on(0.5)
        self.stop(p)
        self.assertEqual(self.dump("dump.opus"), b"mine")
        self.assertEqual(self.dump("dump-1.opus")[:4], b"OggS")

    def test_a_dump_that_cannot_go_on_ends_whole_and_the_stream_goes_on(self):
        sound = self.sound()
        p = self.stream(
            "--codec", "flac", "--dump", self.path("dump"), password=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                  (50000, 50000)))
        sound.attach()
        p.wait_log("it ends here, the stream goes on")
        sound.play_on(0.5)
        self.stop(p)
        left, _, log = decode(self.path("dump"))
        self.assertEqual(log, "")
        self.assertTrue(pages_are_whole(self.dump()))
        self.assertGreater(len(left), RATE // 8)
        peak, rest = tone(left)
        self.assertAlmostEqual(peak, 0.5, delta=0.001)
        self.assertLess(rest, 0.001)

    def test_another_rate_is_another_chain_in_one_file(self):
        sound = self.sound()
        p = self.stream("--codec", "flac", "--dump", self.path("dump"),
                        password=False)
        sound.attach()
        sound.play_on(0.5)
        sound.kill()
        p.wait_log("waiting for weir")
        sound = self.sound(rate=44100).attach()
        p.wait_log("streaming flac: 44100 Hz")
        sound.play_on(1)
        self.stop(p)
        self.assertEqual(self.dump().count(b"\x7fFLAC"), 2)
        left, _, _ = decode(self.path("dump"))
        got = parts(left)
        self.assertEqual([loud for loud, _ in got], [True, False, True])
        n = RATE // 2
        peak, _ = tone(left[-n - 4800:-4800])
        self.assertAlmostEqual(peak, 0.5, delta=0.01)


if __name__ == "__main__":
    main()
