#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""JACK's ports and connections over OSC, held to what JACK's tools see."""
import signal

import osc
from rig import PIPEWIRE, TIMEOUT_S, Case, Process, main, wait_for

CAPTURE, PLAYBACK = "system:capture_1", "system:playback_1"


class Patching(Case):
    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "mic", "-s", "keys:2")
        self.o = self.w.osc

    def connected(self, port):
        """What jack_lsp says it is connected to."""
        names, at = [], False
        for line in self.jackd.lsp("-c").splitlines():
            if not line.startswith(" "):
                at = line == port
            elif at:
                names.append(line.strip())
        return names

    def connections(self, *args):
        words = self.o.command("/connections", *args)
        return list(zip(words[::2], words[1::2]))

    def alias(self, port):
        """A second name that it has: PipeWire gives its ports some, and
        nobody may give them others."""
        if not PIPEWIRE:
            self.jackd.run_tool("jack_alias", port, "desk:Monitor left")
        lines = self.jackd.lsp("-A", port).splitlines()
        return next(line.strip() for line in lines
                    if line.strip() not in self.jackd.ports())

    def midi(self):
        """A MIDI input port."""
        p = self.keep(Process(["jack_midi_dump", "midi"],
                              self.new_log("midi"), self.env()))
        wait_for("its port", lambda: "midi:input" in self.jackd.ports())
        return p


class Changes(Patching):
    def test_ports_are_connected_and_disconnected_with_the_reply(self):
        self.assertEqual(self.o.command("/connect", CAPTURE, "weir:mic"),
                         [CAPTURE, "weir:mic"])
        self.assertEqual(self.connected("weir:mic"), [CAPTURE])
        self.assertEqual(self.o.command("/connect", "weir:main_L", PLAYBACK),
                         ["weir:main_L", PLAYBACK])
        self.assertEqual(self.connected(PLAYBACK), ["weir:main_L"])
        self.assertEqual(self.o.command("/disconnect", CAPTURE, "weir:mic"),
                         [CAPTURE, "weir:mic"])
        self.assertEqual(self.connected("weir:mic"), [])
        self.assertEqual(self.connected(PLAYBACK), ["weir:main_L"])

    def test_ports_of_others_are_connected_too(self):
        self.o.command("/connect", CAPTURE, PLAYBACK)
        self.assertEqual(self.connected(PLAYBACK), [CAPTURE])
        self.o.command("/disconnect", CAPTURE, PLAYBACK)
        self.assertEqual(self.connected(PLAYBACK), [])

    def test_a_name_alone_is_weirs_port_and_an_alias_is_its_port(self):
        self.assertEqual(self.o.command("/connect", CAPTURE, "keys_R"),
                         [CAPTURE, "weir:keys_R"])
        alias = self.alias(PLAYBACK)
        self.o.command("/connect", "main_L", alias)
        self.assertEqual(self.connected("weir:keys_R"), [CAPTURE])
        self.assertEqual(self.connected(PLAYBACK), ["weir:main_L"])
        self.o.command("/disconnect", "main_L", alias)
        self.assertEqual(self.connected(PLAYBACK), [])

    def test_each_mistake_has_its_code(self):
        self.midi()
        self.o.command("/connect", CAPTURE, "mic")
        before = sorted(self.connections())
        for code, verb, *ports in (
                (5, "connect", CAPTURE, "mic"),
                (4, "connect", "nobody:out", "mic"),
                (4, "connect", CAPTURE, "weir:nobody"),
                (4, "connect", CAPTURE, "x" * 511),
                (4, "disconnect", "nobody:out", "mic"),
                (4, "disconnect", CAPTURE, "keys_L"),
                (2, "connect", "mic", CAPTURE),
                (2, "disconnect", "mic", CAPTURE),
                (2, "connect", CAPTURE, "main_L"),
                (2, "connect", PLAYBACK, "mic"),
                (2, "connect", CAPTURE, "midi:input"),
                (2, "connect", CAPTURE, ""),
                (2, "connect", CAPTURE)):
            # A name without a client is lengthened by weir's own.
            expected = 2 if ports[-1] == "x" * 511 else code
            self.assertEqual(self.o.error("/" + verb, *ports), expected,
                             (verb, *ports))
        self.assertEqual(sorted(self.connections()), before)

    def test_a_strip_and_its_connection_share_a_bundle(self):
        m = self.o.answers(osc.bundle(
            osc.message("/strip/add", "dj", 2),
            osc.message("/connect", CAPTURE, "dj_L"),
            osc.message("/connect", CAPTURE, "dj_X"),
            osc.message("/strip/dj/gain", -6.0)), 4)
        self.assertEqual([a.address for a in m],
                         ["/reply", "/reply", "/error", "/reply"])
        self.assertEqual(m[2].values[1], 4)
        self.assertEqual(self.connected("weir:dj_L"), [CAPTURE])

    def test_hundreds_in_one_bundle_are_all_made(self):
        n = 64
        self.o.command("/strip/add", "wide", n)
        for verb, left in (("/connect", 2), ("/disconnect", 0)):
            m = self.o.answers(osc.bundle(*(
                osc.message(verb, f"system:capture_{c}", f"wide_{i + 1}")
                for i in range(n) for c in (1, 2))), 2 * n)
            self.assertEqual({a.address for a in m}, {"/reply"})
            self.assertEqual(len(self.connections("weir:wide_*")), left * n)

    def test_others_do_not_wait_while_jack_hangs(self):
        other = osc.Client(self.o.to)
        self.jackd.signal(signal.SIGSTOP)
        try:
            other.send(osc.message("/connect", CAPTURE, "mic"))
            for gain in range(20):
                self.o.command("/strip/mic/gain", -1.0 - gain)
            self.assertIsNone(other.packet(0))
        finally:
            self.jackd.signal(signal.SIGCONT)
        # A server that stood still may cut its clients off.
        m = osc.decode(other.packet(TIMEOUT_S))[0]
        self.assertTrue(m.concerns("/connect"))
        other.close()

    def test_no_more_than_512_wait(self):
        self.jackd.signal(signal.SIGSTOP)
        try:
            for _ in range(2):
                self.o.send(osc.bundle(*(
                    osc.message("/connect", CAPTURE, "mic")
                    for _ in range(256))))
            errors = [self.o.error("/ports"),
                      self.o.error("/connect", CAPTURE, "mic")]
            self.assertEqual(self.o.command("/strip/mic/gain", -3.0), [-3.0])
            if self.w.status("jack") == "lost":
                self.skipTest("this took so long that JACK counts as lost")
            self.assertEqual(errors, [7, 7])
        finally:
            self.jackd.signal(signal.SIGCONT)


class Lost(Patching):
    own_server = True

    def test_when_the_server_is_gone_it_says_so(self):
        self.jackd.signal(signal.SIGKILL)
        wait_for("weir to notice", lambda: self.w.status("jack") == "lost")
        self.assertEqual(self.o.error("/connect", CAPTURE, "mic"), 6)
        self.assertEqual(self.o.error("/disconnect", CAPTURE, "mic"), 6)
        self.assertEqual(self.o.error("/ports"), 6)
        self.assertEqual(self.o.error("/connections"), 6)
        self.assertEqual(self.o.command("/strip/mic/name", "Singer"),
                         ["Singer"])

    def test_what_waits_for_a_server_that_goes_is_answered(self):
        other = osc.Client(self.o.to)
        self.jackd.signal(signal.SIGSTOP)
        other.send(osc.message("/connect", CAPTURE, "mic"))
        self.o.command("/ping")  # it was taken
        self.jackd.signal(signal.SIGKILL)
        m = osc.decode(other.packet(TIMEOUT_S))[0]
        self.assertEqual((m.address, m.values[0]), ("/error", "/connect"))
        self.assertIn(m.values[1], (6, 8), m)
        other.close()


class Lists(Patching):
    def ports(self, *args):
        words = self.o.command("/ports", *args)
        return list(zip(words[::3], words[1::3], words[2::3]))

    def test_ports_are_those_that_jack_has(self):
        self.midi()
        self.o.command("/strip/add", "dj", 3)
        got = self.ports()
        self.assertEqual(sorted(name for name, _, _ in got),
                         sorted(self.jackd.ports()))
        self.assertIn((CAPTURE, "out", "audio"), got)
        self.assertIn((PLAYBACK, "in", "audio"), got)
        self.assertIn(("weir:mic", "in", "audio"), got)
        self.assertIn(("weir:main_R", "out", "audio"), got)
        self.assertIn(("midi:input", "in", "midi"), got)
        self.assertEqual(sorted(self.ports("weir:{dj,keys}_*")),
                         [(f"weir:{n}", "in", "audio") for n in
                          ("dj_1", "dj_2", "dj_3", "keys_L", "keys_R")])

    def test_connections_are_those_that_jack_has(self):
        self.assertEqual(self.connections(), [])
        self.jackd.connect(CAPTURE, "weir:mic")
        self.jackd.connect(CAPTURE, "weir:keys_L")
        self.jackd.connect("weir:main_L", PLAYBACK)
        self.assertEqual(sorted(self.connections()),
                         [(CAPTURE, "weir:keys_L"), (CAPTURE, "weir:mic"),
                          ("weir:main_L", PLAYBACK)])
        self.assertEqual(self.connections("weir:mic"),
                         [(CAPTURE, "weir:mic")])

    def test_a_long_list_comes_in_pages(self):
        for i in range(4):
            self.o.command("/strip/add", f"a{i}", 64)
        ports = []
        page = self.ports(0)
        while page:
            self.assertLess(sum(len(w) for row in page for w in row), 1024)
            ports += page
            page = self.ports(len(ports))
        self.assertEqual(ports, self.ports())
        self.assertEqual(sorted(name for name, _, _ in ports),
                         sorted(self.jackd.ports()))


if __name__ == "__main__":
    main()
