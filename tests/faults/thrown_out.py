#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""jackd throws weir out, and goes on with all others: weir notices by itself,
without being told, and is there again as it was. And what does not make jackd
2 throw anybody out: being late, for whatever time."""
import ctypes
import os
import signal
import socket
import time

from comeback import Comeback
from rig import PORT_MAX, RATE, Jackd, Server, main, wait_for

PIDFD_OPEN, PIDFD_GETFD = 434, 438  # on all architectures
_libc = ctypes.CDLL(None, use_errno=True)


def pidfd(number, *args):
    got = _libc.syscall(number, *args)
    if got < 0:
        raise OSError(ctypes.get_errno(), "pidfd")
    return got


def sockets_of(pid):
    """Those of another process, as our own."""
    process = pidfd(PIDFD_OPEN, pid, 0)
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
            except FileNotFoundError:
                continue
            if target.startswith("socket:"):
                yield socket.socket(fileno=pidfd(PIDFD_GETFD, process,
                                                 int(fd), 0))
    finally:
        os.close(process)


class Impatient(Jackd):
    """Waits 100 ms for a client, asynchronous or not."""

    def __init__(self, folder, *options):
        Server.__init__(
            self, folder, ["jackd", "-n", self.name, "--no-mlock", "-t", "100",
                           *options, "-d", "dummy", "-r", str(RATE), "-p",
                           "256"],
            self.log_in(folder, "jackd"), dict(os.environ),
            (256, RATE, PORT_MAX))


class ThrownOut(Comeback):
    def cut(self):
        """The line on which weir asks jackd: to jackd it has died."""
        n = 0
        for s in sockets_of(self.w.pid):
            with s:
                try:
                    peer = s.getpeername()
                except OSError:
                    continue
                if isinstance(peer, str) and f"jack_{self.jackd.name}" in peer:
                    s.shutdown(socket.SHUT_RDWR)
                    n += 1
        return n

    def test_it_comes_back_as_it_was_and_the_others_notice_nothing(self):
        self.w = w = self.weir("-s", "mic", "-s", "music:2", "-b", "mon:2")
        w.osc.command("/strip/mic/name", "Sängerin")
        w.osc.command("/strip/mic/gain", -6.0)
        g = self.generator("0=weir:music_L", "1=weir:music_R")
        self.jackd.connect("system:capture_1", "weir:mic")
        self.jackd.connect("weir:main_L", "system:playback_1")
        self.pass_frames(w)
        ports, wires, labels = (self.own_ports(), self.connections(),
                                self.labels())
        self.assertEqual(len(wires), 4)
        before = self.resources()
        for round_ in range(3):
            try:
                self.assertGreater(self.cut(), 0)
            except PermissionError:
                self.skipTest("a process's descriptors cannot be had")
            wait_for("weir to notice", lambda: w.status("jack") == "lost", 15)
            took = self.back()
            print(f"round {round_}: back after {took:.2f} s")
            self.is_so(wires)
            self.assertEqual(self.own_ports(), ports)
            wait_for("the labels", lambda: self.labels() == labels, 10)
            self.pass_frames(w, RATE // 4)
        after = self.resources()
        self.assertEqual(w.log().count("JACK is back after"), 3, w.log())
        self.assertEqual(w.osc.get("/strip/mic/gain"), -6.0)
        self.assertEqual(w.status("zombie_callbacks"), 0)
        self.assertTrue(g.running())
        self.assertEqual((after["fds"], after["threads"]),
                         (before["fds"], before["threads"]))

    def test_being_late_however_long_throws_nobody_out(self):
        """jackd 2 waits for its timeout, and goes on without."""
        for options in (), ("-S",):
            with self.subTest(options):
                if self.jackd:
                    self.jackd.kill()
                self.jackd = Impatient(self.dir, *options)
                self.w = w = self.weir("-s", "mic")
                self.jackd.connect("system:capture_1", "weir:mic")
                self.pass_frames(w)
                w.signal(signal.SIGSTOP)
                time.sleep(3)  # thirty times its timeout
                w.signal(signal.SIGCONT)
                self.pass_frames(w)
                self.assertEqual(self.connections(),
                                 {"weir:mic": ["system:capture_1"]})
                self.assertNotIn("JACK", w.log())
                self.assertEqual(w.status("zombie_callbacks"), 0)
                self.assertEqual(w.osc.command("/quit"), [])
                self.assertEqual(w.end()[0], 0)


if __name__ == "__main__":
    main()
