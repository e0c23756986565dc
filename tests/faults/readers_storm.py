#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Readers in storms: come, go, stop, die, say nothing, ask for nonsense, take
all descriptors. A recorder beside them has every frame, what is refused is told
which limit it met, and the log does not grow with the storm."""
import contextlib
import os
import resource
import signal
import socket
import subprocess
import threading

import osc
from rig import Case, LONG, Process, RATE, main, segments, wait_for, wav_segments

STORM = 10000 if LONG else 1000
N_TAPS = 64
LINES_OF_A_FLOOD = 20  # WEIR_CHATTER_LINES


class Storm(Case):
    def start(self, *args, **kw):
        """A mixer, numbered frames into it, and who records them."""
        self.w = self.weir("-s", "a:2", "-s", "b", *args, **kw)
        self.g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.r = self.record("take.wav", "-i", "strip/a", "--id", "deck")
        self.pass_frames(self.w)

    def check_recording(self):
        """Of the whole time, every frame."""
        self.pass_frames(self.w)
        lost = self.w.status("input_frames_lost")
        self.assertEqual(self.stop(self.r)[2:], (0, 0))
        self.gaps = self.end_generator(self.g)["gaps"]
        begin, end = self.check_exact(
            wav_segments(self.path("take.wav"), "0", "1"), self.gaps,
            lost=lost)
        return begin, end

    def connect(self):
        return self.w.knock(20)

    def ask(self, s, *sources):
        """What comes of it: the answer, or how it was refused."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            s.send(osc.message("/attach", 1, "storm", "", *sources))
        for _ in range(2):  # a refusal may have come before the question
            with contextlib.suppress(ConnectionResetError):
                packet, fds, _, _ = socket.recv_fds(s, 4096, 20)
                for fd in fds:
                    os.close(fd)
                return osc.decode_message(packet)
        raise AssertionError("no answer")

    def fds(self):
        return len(os.listdir(f"/proc/{self.w.pid}/fd"))

    def log_lines(self, *words):
        return [line for line in self.w.log().splitlines()
                if any(word in line for word in words)]

    def cpu_ticks(self):
        """Of the main thread: a loop that turns for nothing takes 100/s."""
        with open(f"/proc/{self.w.pid}/task/{self.w.pid}/stat",
                  encoding="ascii") as f:
            return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))


class Many(Storm):
    def come_and_go(self, first, n, counts):
        for k in range(first, first + n):
            with contextlib.closing(self.connect()) as s:
                if k % 10 == 0:  # wrong
                    m = self.ask(s, "strip/nobody")
                    counts.append((m.address, m.values[1]))
                elif k % 10 == 1:  # goes without waiting
                    s.send(osc.message("/attach", 1, "storm", "", "main"))
                elif k % 10 == 2:  # says nothing
                    pass
                elif k % 10 == 3:  # rubbish
                    s.send(b"\xff" * (k % 3000))
                elif k % 100 == 4:  # a ring that has to be made
                    counts.append(self.ask(s, "strip/b/pre").address)
                else:
                    counts.append(self.ask(s, "main", "strip/a").address)

    def test_a_thousand_that_come_and_go_are_served_and_not_noticed(self):
        self.start("--history", "2")
        before = self.fds()
        counts = []
        storm = [threading.Thread(target=self.come_and_go,
                                  args=(k * STORM // 4, STORM // 4, counts))
                 for k in range(4)]
        for t in storm:
            t.start()
        for t in storm:
            t.join()
        self.assertEqual(counts.count("/attached"), STORM * 6 // 10)
        self.assertEqual(counts.count(("/error", 4)), STORM // 10)
        wait_for("their end", lambda: self.w.readers() == ["deck"])
        wait_for("its descriptors", lambda: self.fds() == before)
        windows = 1 + int(self.w.status("uptime") / 10)
        self.assertLessEqual(
            len(self.log_lines("attached", "detached", "refused")),
            LINES_OF_A_FLOOD * windows)
        self.check_recording()

    def taps(self, n, first=0):
        started = []
        for k in range(first, first + n):
            with open(self.path(f"raw{k}"), "wb") as f:
                started.append(self.program("weir-tap", "-i", "strip/a",
                                            "--id", f"tap{k}", stdout=f))
        return started

    def test_of_sixty_four_some_are_stopped_and_some_killed(self):
        self.start("--history", "1")
        taps = self.taps(N_TAPS)
        wait_for("all of them",
                 lambda: len(self.w.readers()) == N_TAPS + 1)
        # Who has no sound yet when it is stopped begins later, and loses none.
        wait_for("sound for each of them", lambda: all(
            os.path.getsize(self.path(f"raw{k}")) for k in range(N_TAPS)))
        stopped, killed, steady = taps[:16], taps[16:32], taps[32:]
        for tap, victim in zip(stopped, killed):
            tap.signal(signal.SIGSTOP)
            victim.signal(signal.SIGKILL)
        wait_for("the end of those killed",
                 lambda: len(self.w.readers()) == N_TAPS + 1 - 16)
        more = self.taps(16, N_TAPS)
        wait_for("all of them again",
                 lambda: len(self.w.readers()) == N_TAPS + 1)
        self.pass_frames(self.w, 2 * RATE)  # twice the history
        for tap in stopped:
            tap.signal(signal.SIGCONT)
        for k in range(16):  # each has found out
            wait_for("its loss", lambda k=k: self.w.osc.get(
                f"/reader/tap{k}/dropouts") > 0)
        self.pass_frames(self.w)
        for tap in stopped + steady + more:
            tap.signal(signal.SIGTERM)
        for tap in stopped + steady + more:
            self.assertEqual(tap.p.wait(30), 0, tap.log())
        begin, end = self.check_recording()
        self.assertGreater(end - begin, 2 * RATE)
        for k in range(32, N_TAPS + 16):
            self.check_exact(segments(self.path(f"raw{k}"), 0, "0", "1"),
                             self.gaps)
            self.assertIn("lost=0 ", (taps + more)[k].log())
        for k in range(16):
            self.check_stopped(k, taps[k].log())

    def check_stopped(self, k, log):
        """Silence for what it lost, and for nothing else."""
        lost = int(log.rsplit("lost=", 1)[1].split()[0])
        self.assertGreater(lost, RATE // 2)
        got = segments(self.path(f"raw{k}"), 0, "0", "1")
        silent = sum(s.n for s in got if s.kind == "silence")
        self.check_exact(got, self.gaps, lost=lost)
        self.assertGreaterEqual(silent, lost)


class Descriptors(Storm):
    """`ulimit -n 64` for weir, which needs most of them itself."""

    def start_with(self, n):
        # These capabilities let root pass by the kernel's limit of
        # descriptors that are under way.
        self.start(binary=self.limited(f"ulimit -n {n}", "sys_admin",
                                       "sys_resource"))

    def fill(self):
        """Readers until there is no place; what the last one was told."""
        guests = []
        while len(guests) < 64:
            s = self.connect()
            self.addCleanup(s.close)
            m = self.ask(s, "main")
            if m.address != "/attached":
                s.close()
                return guests, m
            guests.append(s)
        raise AssertionError("no limit")

    def check_refused(self, m):
        self.assertEqual((m.address, m.values[:2]), ("/error", ["/attach", 7]))
        self.assertIn("ulimit -n", m.values[2])

    def test_who_finds_none_is_told_the_limit_and_the_rest_goes_on(self):
        self.start_with(64)
        guests, refusal = self.fill()
        self.assertGreater(len(guests), 1)
        self.check_refused(refusal)
        for program in (("weir-tap",), ("weir-feed", "-s", "b", "/dev/null",
                                        "-r", "48000", "-c", "1")):
            status, out, log = self.run_program(*program)
            self.assertEqual((status, out), (1, ""), log)
            self.assertIn("ulimit -n", log)
        self.w.osc.command("/strip/add", "later")
        self.check_neighbours()
        # Silent ones and floods of requests do not help anybody.
        silent = [self.connect() for _ in range(20)]
        for _ in range(STORM // 10):
            with contextlib.closing(self.connect()) as s:
                self.check_refused(self.ask(s, "main"))
        self.assertEqual(len(self.w.readers()), len(guests) + 1)
        windows = 1 + int(self.w.status("uptime") / 10)
        self.assertLessEqual(
            len(self.log_lines("attached", "detached", "refused")),
            LINES_OF_A_FLOOD * windows)
        for s in silent + guests:
            s.close()
        wait_for("their end", lambda: self.w.readers() == ["deck"])
        with contextlib.closing(self.connect()) as s:
            self.assertEqual(self.ask(s, "main").address, "/attached")
        self.check_recording()

    def check_neighbours(self):
        """Each that comes to JACK takes a descriptor of weir's, without
        which weir could not pass the turn on to it."""
        here = [self.tool("capture", f"neighbour{k}", 2 * RATE,
                          self.path(f"heard{k}"), "weir:main_L")
                for k in range(3)]
        for k, neighbour in enumerate(here):
            self.assertEqual(neighbour.end()[0], 0, neighbour.log())
            got = segments(self.path(f"heard{k}"), 0, "0")
            self.assertGreater(sum(s.n for s in got if s.kind == "ramp"),
                               RATE // 8, got)

    def told(self, s):
        """Who is refused before his packet was read hears of that first."""
        try:
            packet = s.recv(4096)
        except ConnectionResetError:
            packet = s.recv(4096)
        return osc.decode_message(packet)

    def test_rings_that_nobody_takes_are_limited_too(self):
        self.start_with(80)
        asleep = []
        for _ in range(10):
            s = self.connect()
            self.addCleanup(s.close)
            with contextlib.suppress(BrokenPipeError): # refused before
                s.send(osc.message("/attach", 1, "asleep", "",
                                   *["main"] * 16))
            asleep.append(s)
        self.w.wait_log("could not be handed over")
        # The kernel counts those under way for the whole user: what others
        # do beside this decides which of them are refused.
        told = [self.told(s) for s in asleep]
        refused = [m for m in told if m.address != "/attached"]
        self.assertLess(len(refused), len(told))
        self.assertGreater(len(refused), 0)
        for m in refused:
            self.check_refused(m)
        for s in asleep:
            s.close()
        with contextlib.closing(self.connect()) as s:
            self.assertEqual(self.ask(s, "main").address, "/attached")
        self.check_recording()

    def check_door_is_shut(self, said):
        """Somebody waits in the kernel; weir does not turn for it."""
        waiting = self.connect()
        self.addCleanup(waiting.close)
        waiting.settimeout(0.05)
        self.w.wait_log(said)
        spent = self.cpu_ticks()
        for _ in range(30):
            self.assertEqual(self.w.osc.command("/ping"), ["weir"])
            with self.assertRaises(TimeoutError):
                waiting.recv(10)
        self.assertLess(self.cpu_ticks() - spent, 50)
        self.assertLessEqual(len(self.log_lines(said)), LINES_OF_A_FLOOD)
        waiting.settimeout(20)
        return waiting

    def test_without_any_descriptor_the_door_is_shut_for_a_second(self):
        self.start()
        before = resource.prlimit(self.w.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.w.pid, resource.RLIMIT_NOFILE, (5, before[1]))
        waiting = self.check_door_is_shut("nobody can attach")
        resource.prlimit(self.w.pid, resource.RLIMIT_NOFILE, before)
        self.assertEqual(self.ask(waiting, "main").address, "/attached")
        self.check_recording()

    def test_without_memory_for_a_socket_the_door_is_shut_for_a_second(self):
        self.start()
        # Of the main thread alone: the others have to be in time.
        trace = self.keep(Process(
            ["strace", "-p", str(self.w.pid), "-e", "trace=accept4", "-e",
             "inject=accept4:error=ENOBUFS"], self.new_log("strace"),
            stdout=subprocess.DEVNULL))
        trace.wait_log("attached")
        waiting = self.check_door_is_shut("nobody can attach")
        trace.signal(signal.SIGINT)
        trace.p.wait(30)
        self.assertEqual(self.ask(waiting, "main").address, "/attached")
        self.check_recording()


if __name__ == "__main__":
    main()
