#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""OSC over TCP, at a weir of the test's own: the same answers as over UDP,
however the bytes arrive, and nobody notices who does not listen."""
import re
import resource
import shutil
import socket
import subprocess
import unittest

from osc_stream import Length, Slip, Stream
from rig import (BIN, Case, Process, Weir, main, osc, wait_for,
                 wav_segments)

FRAMINGS = (Length, Slip)


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.streams = []

    def tearDown(self):
        for s in self.streams:
            s.close()
        super().tearDown()

    def tcp_weir(self, *args):
        return self.weir("--tcp", *args)

    def stream(self, w, framing=Length):
        s = Stream(("127.0.0.1", w.port), framing)
        self.streams.append(s)
        return s

    def check_alive(self, *clients):
        for c in clients:
            self.assertEqual(c.command("/ping"), ["weir"])


class Talking(Streams):
    def test_it_is_at_the_same_port_and_speaks_the_senders_framing(self):
        w = self.tcp_weir("-s", "mic")
        self.assertIn(f"osc.tcp://127.0.0.1:{w.port}/", w.log())
        for framing in FRAMINGS:
            with self.subTest(framing.name):
                s = self.stream(w, framing)
                self.check_alive(s)
                self.assertEqual(s.command("/strip/mic/gain", -6.0), [-6.0])
                self.assertEqual(w.osc.get("/strip/mic/gain"), -6.0)
                # 192 and 219 are SLIP's own bytes.
                s.command("/strip/mic/name", b"\xc3\x80\xc3\x9b!", types="s")
                self.assertEqual(s.get("/strip/mic/name"), "\u00c0\u00db!")
                self.assertEqual(s.error("/strip/mic/gain", 11.0), 3)
                self.assertEqual(s.error("/strip/none/gain"), 4)
                w.osc.command("/strip/mic/gain", 0.0)

    def test_a_command_in_pieces_and_ten_in_one(self):
        w = self.tcp_weir("-s", "mic")
        for framing in FRAMINGS:
            with self.subTest(framing.name):
                s = self.stream(w, framing)
                frame = framing.put(osc.message("/strip/mic/pan", 0.25))
                for k in range(len(frame)):
                    s.s.sendall(frame[k:k + 1])
                self.assertEqual(s.packet()[:6], b"/reply")
                frames = b"".join(
                    framing.put(osc.message("/strip/mic/gain", -float(k)))
                    for k in range(10))
                s.s.sendall(frames)
                got = [osc.decode(s.packet())[0].values for _ in range(10)]
                self.assertEqual(got, [["/strip/mic/gain", -float(k)]
                                       for k in range(10)])
                self.assertTrue(s.quiet())

    def test_bundles_tags_and_long_answers(self):
        w = self.tcp_weir(*[a for k in range(200) for a in ("-s", f"s{k}")])
        for framing in FRAMINGS:
            with self.subTest(framing.name):
                s = self.stream(w, framing)
                got = s.answers(osc.bundle(
                    osc.message("/tag", "t"),
                    *[osc.message(f"/strip/s{k}/gain", -1.0)
                      for k in range(200)]), 200)
                tags = [m for m in got if m.address == "/tag"]
                self.assertTrue(tags and tags[0].values == ["t"])
                got = s.answers(osc.message("/strip/*/name"), 200)
                self.assertEqual({m.values[0] for m in got},
                                 {f"s{k}" for k in range(200)})
                self.check_alive(s)

    def test_without_udp_it_has_the_port_and_the_address(self):
        self.start_jackd()
        w = self.keep(Weir(self, "--no-udp", "--tcp"))
        url = re.search(r" osc=(\S+) ", w.line())[1]
        port = int(re.fullmatch(r"osc\.tcp://127\.0\.0\.1:(\d+)/", url)[1])
        with open(w.file("osc"), encoding="ascii") as f:
            self.assertEqual(f.read(), url + "\n")
        s = Stream(("127.0.0.1", port))
        self.streams.append(s)
        self.check_alive(s)
        self.assertEqual(self.run_program("weirctl", "ping"),
                         (0, "weir\n", ""))
        udp = osc.Client(("127.0.0.1", port))
        udp.send(osc.message("/ping"))
        self.assertIsNone(udp.packet(0.3))
        udp.close()

    def test_weirctl_speaks_it(self):
        w = self.tcp_weir(*[a for k in range(300) for a in ("-s", f"s{k}")])
        url = f"osc.tcp://127.0.0.1:{w.port}/"

        def ctl(*args, **kw):
            return self.run_program("weirctl", "-t", url, *args, **kw)
        self.assertEqual(ctl("ping"), (0, "weir\n", ""))
        self.assertEqual(ctl("set", "/strip/s7/gain", "-6")[0], 0)
        self.assertEqual(w.osc.get("/strip/s7/gain"), -6.0)
        self.assertEqual(ctl("get", "/strip/s7/gain")[1],
                         "/strip/s7/gain -6\n")
        self.assertEqual(ctl("get", "/strip/none/gain")[0], 1)
        # Answers of many packets, and a file of as many.
        status, out, _ = ctl("get", "/strip/*/name")
        self.assertEqual((status, out.count("\n")), (0, 300))
        status, dump, _ = ctl("dump")
        self.assertEqual(status, 0)
        with open(self.path("dump"), "w", encoding="utf-8") as f:
            f.write(dump)
        w.osc.command("/strip/s7/gain", -1.0)
        self.assertEqual(ctl("load", self.path("dump"))[0], 0)
        self.assertEqual(ctl("dump")[1], dump)
        watch = self.program("weirctl", "-t", url, "watch", "/strip/s7/gain")
        self.assertEqual(watch.line(), "/strip/s7/gain -6")
        w.osc.command("/strip/s7/gain", -2.0)
        self.assertEqual(watch.line(), "/strip/s7/gain -2")
        w.osc.command("/quit")
        w.end()
        self.assertEqual(ctl("ping")[0], 69)

    def test_without_being_asked_for_it_is_not_there(self):
        w = self.weir()
        with self.assertRaises(ConnectionRefusedError):
            self.stream(w)

    def test_a_port_is_searched_that_both_can_have(self):
        self.start_jackd()
        taken = []
        # TCP at 7770 and some more is somebody else's, UDP is not.
        for port in range(7770, 7775):
            s = socket.socket()
            try:
                s.bind(("127.0.0.1", port))
                s.listen()
            except OSError:
                pass  # somebody else has it: as good
            taken.append(s)
        w = self.keep(Process([f"{BIN}/weir", "--tcp", "--run-dir",
                               self.run_dir], self.new_log("weir"),
                              self.env()))
        port = int(w.line().split("osc.udp://127.0.0.1:")[1].split("/")[0])
        self.assertTrue(7775 <= port <= 7869, port)
        for client in (osc.Client(("127.0.0.1", port)),
                       Stream(("127.0.0.1", port))):
            self.check_alive(client)
            client.close()
        for s in taken:
            s.close()

    def test_a_port_that_was_asked_for_and_tcp_cannot_have_is_an_error(self):
        self.start_jackd()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            w = self.program("weir", "--tcp", "-p", str(port))
            self.assertEqual(w.end()[0], 1)
            self.assertIn(f"TCP 127.0.0.1 port {port}", w.log())

    def test_it_starts_again_at_the_port_that_it_had(self):
        w = self.tcp_weir()
        s = self.stream(w)
        self.check_alive(s)
        s.command("/quit")
        self.assertEqual(w.end()[0], 0)
        self.assertTrue(s.is_closed())
        again = self.keep(Weir(self, "--tcp", "-p", str(w.port))).ready()
        self.assertEqual(again.port, w.port)
        self.check_alive(self.stream(again))

    @unittest.skipUnless(shutil.which("oscsend"), "no oscsend here")
    def test_liblo_is_understood(self):
        w = self.tcp_weir("-s", "mic")
        for k in range(20):
            subprocess.run(["oscsend", f"osc.tcp://127.0.0.1:{w.port}/",
                            "/strip/mic/gain", "f", str(-k)], check=True)
            wait_for("the gain", lambda k=k: w.osc.get("/strip/mic/gain")
                     == -k)


class Subscribing(Streams):
    """What it is sent when is tests/desk/test_osc_subscriptions.c's."""

    @staticmethod
    def until(s, address):
        """Everything up to a message at this address; it is the last."""
        got = []
        while not got or got[-1].address != address:
            packet = s.packet()
            if packet is None:
                raise AssertionError(f"no {address} after {got[-5:]}")
            got += osc.decode(packet)
        return got

    def test_snapshot_and_changes_come_into_the_connection(self):
        w = self.tcp_weir("-s", "a", "-s", "b")
        for framing in FRAMINGS:
            with self.subTest(framing.name):
                w.osc.command("/strip/a/gain", -1.0)
                s = self.stream(w, framing)
                s.send(osc.message("/subscribe", "/strip/*/gain", 50, 0, 2))
                got = self.until(s, "/snapshot_end")
                self.assertEqual([(m.address, m.values) for m in got],
                                 [("/snapshot", ["/strip/*/gain"]),
                                  ("/strip/a/gain", [-1.0]),
                                  ("/strip/b/gain", [0.0]),
                                  ("/snapshot_end", ["/strip/*/gain", 2])])
                # It lasts as long as the connection, whatever was asked for.
                end = w.status("uptime") + 3
                wait_for("3 s", lambda: w.status("uptime") > end)
                w.osc.command("/strip/a/gain", -9.0)
                self.assertEqual(self.until(s, "/strip/a/gain")[-1].values,
                                 [-9.0])
                self.assertEqual(len(s.command("/unsubscribe",
                                               "/strip/*/gain")), 1)

    def test_it_ends_with_the_connection_also_when_that_went_before(self):
        w = self.tcp_weir("-s", "a")
        # There can be 64 subscribers.
        for k in range(70):
            s = Stream(("127.0.0.1", w.port), FRAMINGS[k % 2])
            if k % 2:
                s.send(osc.message("/subscribe", "/strip/a/gain"))
                self.until(s, "/snapshot_end")
            s.close()
        for k in range(70):
            s = Stream(("127.0.0.1", w.port))
            s.send(osc.bundle(osc.message("/subscribe", "/strip/a/pan"),
                              tag=osc.time_tag(1.5)))
            s.s.shutdown(socket.SHUT_WR)
            s.close()
        end = w.status("uptime") + 3
        wait_for("3 s", lambda: w.status("uptime") > end)
        s = self.stream(w)
        s.send(osc.message("/subscribe", "/strip/a/gain"))
        self.until(s, "/snapshot_end")

    def test_a_subscriber_that_does_not_read_costs_nobody_else_a_change(self):
        w = self.tcp_weir("-s", "a", *[a for k in range(60)
                                       for a in ("-s", f"s{k}:8")])
        deaf, reader = self.stream(w), self.stream(w, Slip)
        deaf.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.send(osc.message("/subscribe", "//meter", 100))
        reader.send(osc.message("/subscribe", "/strip/a/gain", 100))
        self.until(reader, "/snapshot_end")
        g = self.generator(*[f"0=weir:s{k}_1" for k in range(60)])
        n = 0

        def is_cut_off():
            nonlocal n
            n += 1
            gain = -float(n % 80) - 0.5
            w.osc.command("/strip/a/gain", gain)
            got = self.until(reader, "/strip/a/gain")
            self.assertEqual(got[-1].values, [gain])
            return "cut off" in w.log()
        try:
            wait_for("the end of who does not read", is_cut_off, 60)
        finally:
            g.kill()
        self.assertGreater(n, 20)


class NotListening(Streams):
    def setUp(self):
        super().setUp()
        self.w = self.tcp_weir("-s", "a:2",
                               *[a for k in range(100)
                                 for a in ("-s", f"s{k}")])

    def test_who_does_not_read_is_cut_off_and_nobody_else_notices(self):
        deaf = self.stream(self.w)
        others = [self.stream(self.w, f) for f in FRAMINGS] + [self.w.osc]
        deaf.s.settimeout(0.05)
        rss = self.w.rss_kb()
        query = Length.put(osc.message("/strip/*/*"))  # some 40 kB
        n_sent = n_served = 0

        def gone():
            nonlocal n_sent, n_served
            try:
                n_sent += deaf.s.send(query)
            except TimeoutError:
                pass  # weir does not read it any more
            except OSError:
                return True
            self.check_alive(*others)
            n_served += 1
            return "cut off" in self.w.log()
        wait_for("the end of who does not read", gone)
        # It was not cut off for asking: it had its chance, and others meanwhile.
        self.assertGreater(n_served, 20)
        self.assertLess(self.w.rss_kb() - rss, 8000)
        lines = [line for line in self.w.log().splitlines()
                 if "cut off" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn(f":{deaf.s.getsockname()[1]}/", lines[0])
        self.check_alive(*others)

    def test_answers_that_come_later_are_bounded_too(self):
        deaf = self.stream(self.w)
        # Each is answered with some 40 kB, all at one time.
        for _ in range(60):
            deaf.send(osc.bundle(osc.message("/strip/*/*"),
                                 tag=osc.time_tag(1)))
        wait_for("its end", lambda: "cut off" in self.w.log())
        self.assertIn("more than 1 MB", self.w.log())
        self.check_alive(self.w.osc, self.stream(self.w))

    def test_the_mix_goes_on_while_streams_are_flooded(self):
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("a.wav", "-i", "strip/a/pre")
        flood = b"".join(
            Slip.put(osc.message(f"/strip/s{k % 100}/gain", -float(k % 80)))
            for k in range(4000))
        senders = [self.stream(self.w, Slip) for _ in range(4)]
        for s in senders:
            s.s.settimeout(60)  # weir lets them wait
        for _ in range(5):
            for s in senders:
                left = memoryview(flood)
                while left:
                    left = left[s.s.send(left[:1 << 14]):]
                    while s.packet(0) is not None:
                        pass
        for s in senders:
            s.rest = b""
            s.close()
        self.streams.clear()
        self.check_alive(self.w.osc)
        self.pass_frames(self.w)
        self.assertEqual(self.stop(r)[2:], (0, 0))
        gaps = self.end_generator(g)["gaps"]
        self.check_exact(wav_segments(self.path("a.wav"), "0", "1"), gaps)


class Limits(Streams):
    def test_64_can_connect_and_the_next_is_turned_away(self):
        w = self.tcp_weir()
        there = [self.stream(w, FRAMINGS[k % 2]) for k in range(64)]
        self.check_alive(*there)
        for _ in range(3):
            self.assertTrue(self.stream(w).is_closed())
        self.assertEqual(w.log().count("64 connections are the limit"), 1)
        self.check_alive(*there)
        there[10].close()

        def gets_in():
            s = self.stream(w)
            try:
                return s.command("/ping") == ["weir"]
            except (EOFError, ConnectionError):
                return False
        wait_for("a place", gets_in)

    def test_without_descriptors_it_serves_those_who_are_there(self):
        w = self.tcp_weir()
        there = self.stream(w)
        self.check_alive(there)
        before = resource.prlimit(w.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(w.pid, resource.RLIMIT_NOFILE, (5, before[1]))
        waiting = self.stream(w)
        waiting.send(osc.message("/ping"))
        w.wait_log("nobody can connect")
        spent = self.cpu_ticks(w)
        for _ in range(50):
            self.check_alive(there, w.osc)
        self.assertIsNone(waiting.packet(1.5))
        # A loop that turns for nothing takes 100 ticks a second.
        self.assertLess(self.cpu_ticks(w) - spent, 50)
        resource.prlimit(w.pid, resource.RLIMIT_NOFILE, before)
        self.assertTrue(osc.decode(waiting.packet())[0].concerns("/ping"))
        self.assertEqual(w.log().count("nobody can connect"), 1)

    @staticmethod
    def cpu_ticks(w):
        """Of the main thread alone: the others mix."""
        with open(f"/proc/{w.pid}/task/{w.pid}/stat", encoding="ascii") as f:
            return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))

    def test_what_cannot_be_framed_is_answered_and_ends_the_stream(self):
        w = self.tcp_weir()
        ping = osc.message("/ping")
        for framing, bytes_, code in (
                (Length, b"\0\1\0\4", 7), (Length, b"\x7f\xff\xff\xff", 7),
                (Length, b"\xff\xff\xff\xf8", 7),
                (Slip, b"\xc0/a\xdbb\xc0", 2), (Slip, b"\xc0\xdb\xc0", 2),
                (Slip, b"\xc0" + b"/" * 65537, 7)):
            with self.subTest(bytes_[:8]):
                s = self.stream(w, framing)
                self.check_alive(s)
                s.s.sendall(bytes_ + framing.put(ping))
                m = osc.decode(s.packet())[0]
                self.assertEqual((m.address, m.types), ("/error", "sis"))
                self.assertEqual(m.values[:2], ["/", code])
                self.assertTrue(s.is_closed())
        self.check_alive(w.osc)

    def test_what_is_framed_and_no_osc_is_an_error_alone(self):
        w = self.tcp_weir()
        for framing in FRAMINGS:
            s = self.stream(w, framing)
            for packet in (b"/a", b"abcd", b"/a\0\0,b\0\0", b"#bundle\0"):
                s.send(packet)
                m = osc.decode(s.packet())[0]
                self.assertEqual((m.address, m.values[:2]),
                                 ("/error", ["/", 2]), packet)
            self.check_alive(s)

    def test_what_is_neither_framing_is_closed_with_a_line(self):
        w = self.tcp_weir()
        for first in (b"GET / HTTP/1.1\r\n\r\n", b"/ping\0\0\0,\0\0\0", b"\1"):
            s = self.stream(w)
            s.s.sendall(first)
            self.assertTrue(s.is_closed())
        self.assertEqual(w.log().count("no OSC"), 3)
        self.check_alive(w.osc, self.stream(w))


if __name__ == "__main__":
    main()
