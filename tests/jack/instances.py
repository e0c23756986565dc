#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Starting: which weir, at which server, and what is said when it fails."""
import os
import signal
import stat
import subprocess
import unittest

from rig import BIN, PIPEWIRE, Case, Process, Weir, main, osc, wait_for


def threads(pid):
    return os.listdir(f"/proc/{pid}/task")


class Instances(Case):
    def test_the_ready_line_is_all_there_is_on_stdout_and_is_true(self):
        self.start_jackd(period=128)
        w = self.weir()
        self.assertEqual((w.rate, w.block, w.server),
                         (48000, 128, self.jackd.name))
        self.assertEqual(w.osc.command("/ping"), ["weir"])
        self.assertEqual([w.status("rate"), w.status("block"),
                          w.status("server"), w.status("jack")],
                         [48000, 128, self.jackd.name, "running"])
        self.assertEqual(w.osc.command("/strip/list"), ["in1", "in2"])
        self.assertEqual(w.osc.command("/bus/list"), ["main"])
        w.osc.command("/quit")
        self.assertEqual(w.end(), (0, ""))

    def test_the_run_dir_is_private_and_tells_the_address(self):
        w = self.weir()
        for path in (self.run_dir, w.file("")):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o700, path)
        with open(w.file("osc")) as f:
            self.assertEqual(f.read(), w.url + "\n")
        for name in ("osc.sock", "attach.sock"):
            mode = os.stat(w.file(name)).st_mode
            self.assertTrue(stat.S_ISSOCK(mode))
            self.assertEqual(stat.S_IMODE(mode), 0o600)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])

    def test_what_it_says_of_its_scheduling_is_so(self):
        w = self.weir("-v")
        fifo = [t for t in threads(w.pid)
                if os.sched_getscheduler(int(t)) & ~os.SCHED_RESET_ON_FORK
                == os.SCHED_FIFO]
        wait_for("a word", lambda: "scheduling" in w.log())
        self.assertEqual("no real-time scheduling" in w.log(), len(fifo) < 2,
                         w.log())

    def test_two_with_different_names_share_a_server(self):
        a = self.weir(name="left")
        b = self.weir(name="right")
        self.assertNotEqual(a.port, b.port)
        a.osc.command("/strip/add", "only_left")
        self.assertEqual(b.osc.command("/strip/list"), ["in1", "in2"])
        ports = self.jackd.ports()
        for port in ("left:in1", "left:main_L", "left:only_left", "right:in1",
                     "right:main_R"):
            self.assertIn(port, ports)
        self.assertNotIn("right:only_left", ports)
        a.osc.command("/quit")
        self.assertEqual(a.end()[0], 0)
        self.assertEqual(b.osc.command("/ping"), ["right"])

    def test_the_second_of_a_name_says_so_and_leaves_the_first_alone(self):
        a = self.weir()
        b = self.keep(Weir(self))
        self.assertEqual(b.end(), (1, ""))
        self.assertIn("called weir is running already", b.log())
        self.assertIn("-n", b.log())
        self.assertEqual(a.osc.command("/ping"), ["weir"])
        self.assertEqual(self.run_program("weirctl", "ping")[:2],
                         (0, "weir\n"))

    def test_a_jack_name_that_is_taken_is_said_so(self):
        self.start_jackd()
        self.generator("0", name="weir")
        w = self.keep(Weir(self))
        self.assertEqual(w.end(), (1, ""))
        self.assertIn("JACK has a client called weir already", w.log())
        self.assertEqual("or refuses one" in w.log(), not PIPEWIRE)

    def test_what_a_killed_one_left_is_taken_over(self):
        a = self.weir()
        left = sorted(os.listdir(a.file("")))
        a.signal(signal.SIGKILL)
        a.end()
        self.assertEqual(sorted(os.listdir(a.file(""))), left)
        wait_for("JACK to notice",
                 lambda: "weir:in1" not in self.jackd.ports())
        b = self.weir()
        self.assertEqual(b.osc.command("/ping"), ["weir"])
        r = self.record("take.wav", "-d", "0.1")
        self.assertEqual(r.end()[0], 0)
        b.osc.command("/quit")
        self.assertEqual(b.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])

    def test_the_default_port_is_7770_or_one_of_the_next(self):
        self.start_jackd()
        ports = []
        for name in ("one", "two"):
            w = self.keep(Process([f"{BIN}/weir", "-n", name, "--run-dir",
                                   self.run_dir], self.new_log("weir"),
                                  self.env()))
            line = w.line()
            ports.append(int(line.split("127.0.0.1:")[1].split("/")[0]))
        self.assertLess(ports[0], ports[1])
        self.assertTrue(all(7770 <= p <= 7869 for p in ports), ports)

    def test_a_port_that_was_asked_for_and_is_taken_is_an_error(self):
        a = self.weir()
        b = self.program("weir", "-n", "b", "-p", str(a.port))
        self.assertEqual(b.end()[0], 1)
        self.assertIn(str(a.port), b.log())

    def test_without_udp_the_unix_socket_answers(self):
        w = self.weir("--no-udp")
        self.assertEqual(w.url, "osc.unix://" + w.file("osc.sock"))
        client = osc.Client(w.file("osc.sock"), self.path("mine"))
        self.assertEqual(client.command("/ping"), ["weir"])
        client.close()
        self.assertEqual(self.run_program("weirctl", "ping")[:2],
                         (0, "weir\n"))

    def bound(self, address):
        """weir, bound there, and the port it has."""
        w = self.keep(Weir(self, "-n", f"weir{self.n_bound}", "--bind",
                           address))
        self.n_bound += 1
        line = w.line()
        self.assertIn(" osc=osc.udp://", line)
        url = line.split("osc=osc.udp://")[1].split("/")[0]
        host, _, port = url.rpartition(":")
        return w, host, int(port)

    n_bound = 0

    def check_answers(self, port, *hosts):
        for host in hosts:
            client = osc.Client((host, port))
            # From now on it hears that address alone.
            client.s.connect((host, port))
            self.assertEqual(client.command("/ping"),
                             [f"weir{self.n_bound - 1}"], host)
            client.close()

    def test_bind_opens_it_to_the_network_and_says_so(self):
        self.start_jackd()
        w, host, port = self.bound("0.0.0.0")
        self.assertEqual(host, "0.0.0.0")
        self.check_answers(port, "127.0.0.1", "127.0.0.3")
        self.assertEqual(w.log().count("open to the network"), 1)
        self.assertIn(f"0.0.0.0:{port}", w.log())

    def test_bind_takes_any_address_of_the_machine(self):
        self.start_jackd()
        for address, host, answers in (
                ("127.0.0.2", "127.0.0.2", ["127.0.0.2"]),
                ("::1", "[::1]", ["::1"]),
                ("lo", "127.0.0.1", ["127.0.0.1"])):
            with self.subTest(address):
                w, got, port = self.bound(address)
                self.assertEqual(got, host)
                self.check_answers(port, *answers)
                self.assertNotIn("network", w.log())
                self.assertIn(f"{host}:{port}", w.log())

    def test_all_ipv6_addresses_are_all_ipv4_ones_too(self):
        self.start_jackd()
        w, host, port = self.bound("::")
        self.assertEqual(host, "[::]")
        self.check_answers(port, "::1", "127.0.0.1", "127.0.0.3")
        self.assertEqual(w.log().count("open to the network"), 1)

    def test_an_address_that_is_not_there_is_said_so(self):
        self.start_jackd()
        for address, says in (("nowhere0", ["nowhere0", "interface"]),
                              ("203.0.113.7", ["203.0.113.7", "--bind"]),
                              ("", ["--bind"])):
            with self.subTest(address):
                w = self.keep(Weir(self, "--bind", address))
                self.assertEqual(w.end(), (1, ""))
                for word in says:
                    self.assertIn(word, w.log())


class Servers(Case):
    def test_no_server_is_69_and_the_way_out_is_said(self):
        w = self.keep(Weir(self))
        self.assertEqual(w.end(), (69, ""))
        for word in ("no JACK server", "--dummy",
                     "pw-jack" if PIPEWIRE else "jackd -n"):
            self.assertIn(word, w.log())
        self.assertEqual(os.listdir(self.run_dir), [])

    @unittest.skipUnless(PIPEWIRE, "jackd's libjack finds a jackd")
    def test_dummy_starts_no_jackd_that_pipewires_libjack_cannot_find(self):
        w = self.keep(Weir(self, "--dummy"))
        self.assertEqual(w.end(), (69, ""))
        self.assertIn("without pw-jack", w.log())
        self.assertNotIn("starting jackd", w.log())

    @unittest.skipIf(PIPEWIRE, "PipeWire's libjack does not find a jackd")
    def test_dummy_starts_a_server_and_ends_it(self):
        server = "weirtest-own1"
        w = self.keep(Weir(self, "-S", server, "--dummy=44100:128")).ready()
        self.assertEqual((w.rate, w.block, w.server), (44100, 128, server))
        jackd = self.children(w.pid)
        self.assertEqual(len(jackd), 1)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertFalse(os.path.exists(f"/proc/{jackd[0]}"))

    @unittest.skipIf(PIPEWIRE, "PipeWire's libjack does not find a jackd")
    def test_a_killed_weir_takes_its_server_along(self):
        server = "weirtest-own2"
        w = self.keep(Weir(self, "-S", server, "--dummy")).ready()
        jackd = self.children(w.pid)[0]
        w.signal(signal.SIGKILL)
        w.end()
        wait_for("jackd's end", lambda: not self.runs(jackd))

    def test_dummy_uses_a_server_that_is_there(self):
        self.start_jackd(period=512)
        w = self.weir("--dummy")
        self.assertEqual((w.block, w.server), (512, self.jackd.name))
        self.assertEqual(self.children(w.pid), [])
        w.osc.command("/quit")
        w.end()
        self.assertTrue(self.jackd.answers())

    @staticmethod
    def children(pid):
        """But for the process that it has its plugins from."""
        out = subprocess.run(["pgrep", "-P", str(pid), "-a"],
                             capture_output=True, text=True,
                             check=False).stdout
        return [int(line.split()[0]) for line in out.splitlines()
                if "--plugin-nursery" not in line]

    @staticmethod
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except FileNotFoundError:
            return False


class Usage(Case):
    """Wrong options: exit status 2, which one it was, and what is allowed."""

    def check(self, program, *args, says):
        status, out, log = self.run_program(program, *args)
        self.assertEqual((status, out), (2, ""), f"{args}: {log}")
        for word in says:
            self.assertIn(word, log, args)
        self.assertTrue(all(line.startswith(program + ": ")
                            for line in log.splitlines()[:1]), log)

    def test_weir(self):
        for args, says in (
                (["--frobnicate"], ["frobnicate"]),
                (["-s", "Mic"], ["Mic", "a-z"]),
                (["-s", "mic:65"], ["mic:65", "64"]),
                (["-s", "mic:0"], ["mic:0", "1"]),
                (["-s", "mic:x"], ["mic:x"]),
                (["-s", ""], ["strip"]),
                (["-b", "fx:99"], ["fx:99", "64"]),
                (["-p", "65536"], ["65536", "65535"]),
                (["-p", "x"], ["x", "65535"]),
                (["--latency", "0"], ["0", "1", "16"]),
                (["--latency", "17"], ["17", "16"]),
                (["--history", "0"], ["history", "1"]),
                (["--history", "nan"], ["nan", "3600"]),
                (["--dummy=1:2"], ["1:2", "48000:256"]),
                (["-n", "a/b"], ["a/b"]),
                (["-n", ""], ["name"]),
                (["stray"], ["stray"]),
                (["-n"], ["n"])):
            with self.subTest(args):
                self.check("weir", *args, says=says)

    def test_ids_that_clash_on_the_command_line(self):
        self.start_jackd()
        for args, says in (
                (["-s", "mic", "-s", "mic"], ["mic exists"]),
                (["-s", "main"], ["main exists"]),
                (["-s", "mic:2", "-s", "mic_l"], []),
                (["-s", "x:3", "-s", "x_2"], ["x_2", "ports"])):
            with self.subTest(args):
                w = self.keep(Weir(self, *args))
                if says:
                    self.assertEqual(w.end(), (2, ""))
                else:
                    w.ready()
                for word in says:
                    self.assertIn(word, w.log())
                w.kill()

    def test_weir_record(self):
        for args, says in (
                (["--frobnicate"], ["frobnicate"]),
                (["-d", "0"], ["0", "more than 0"]),
                (["-d", "soon"], ["soon"]),
                (["--preroll", "-1"], ["-1"]),
                (["-e", "12"], ["12", "s16", "f32"]),
                (["-f", "mp5"], ["mp5", "wav"]),
                (["-o", "x.doc"], ["x.doc", "wav"]),
                (["-i", ""], ["input"]),
                (["stray"], ["stray"])):
            with self.subTest(args):
                self.check("weir-record", *args, says=says)

    def test_weir_tap(self):
        for args, says in (
                (["--frobnicate"], ["frobnicate"]),
                (["-e", "u8"], ["u8", "s16"]),
                (["-d", "x"], ["x"]),
                (["--id", "No"], ["No"]),
                (["stray"], ["stray"])):
            with self.subTest(args):
                self.check("weir-tap", *args, says=says)

    def test_weirctl(self):
        for args, says in (
                (["--frobnicate"], ["frobnicate"]),
                ([], ["ping", "load"]),
                (["fly"], ["fly", "ping"]),
                (["get"], ["get", "PATTERN"]),
                (["set", "/x"], ["set", "VALUE"]),
                (["-n", "a", "-t", "osc.udp://127.0.0.1:9/", "ping"],
                 ["-n", "-t"])):
            with self.subTest(args):
                self.check("weirctl", *args, says=says)

    def test_help_and_version_are_there_without_a_server(self):
        for program in ("weir", "weirctl", "weir-record", "weir-tap"):
            status, out, log = self.run_program(program, "--help")
            self.assertEqual((status, log), (0, ""))
            self.assertIn("--version", out)
            status, out, log = self.run_program(program, "--version")
            self.assertEqual((status, log), (0, ""))
            self.assertTrue(out.startswith(program + " "), out)

    def test_readers_without_a_weir_end_with_69(self):
        for program, *args in (
                ("weir-record", "--no-wait", "-o", self.path("x.wav")),
                ("weir-tap",), ("weirctl", "ping")):
            status, out, log = self.run_program(program, *args)
            self.assertEqual((status, out), (69, ""), log)
            self.assertTrue(log.startswith(program + ": "), log)


if __name__ == "__main__":
    main()
