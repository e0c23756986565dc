#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The OSC of a running weir, held to the table in docs/osc.md."""
import math
import os
import re

from rig import Case, main, osc, wait_for

NAN, INF = float("nan"), float("inf")

# address, default, good values, values out of range
STRIP = (
    ("gain", 0.0, (-90.0, -6.5, 10.0), (-90.5, 10.01)),
    ("trim", 0.0, (-20.0, 40.0), (-20.5, 40.5)),
    ("fader", 0.75, (0.0, 1.0, 0.5), (-0.01, 1.01)),
    ("pan", 0.0, (-1.0, 1.0, 0.25), (-1.01, 1.01)),
    ("mute", False, (True, False), ()),
    ("solo", False, (True, False), ()),
    ("solo_safe", False, (True, False), ()),
    ("polarity", False, (True, False), ()),
    ("main", True, (False, True), ()),
    ("send/fx/level", -90.0, (-90.0, 10.0, -3.0), (-90.1, 10.1)),
    ("send/fx/on", False, (True, False), ()),
    ("send/fx/pre", False, (True, False), ()),
)
BUS = tuple(row for row in STRIP if row[0] in ("gain", "fader", "mute"))


class Osc(Case):
    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "mic", "-s", "music:2", "-b", "fx:2")
        self.o = self.w.osc

    def values(self, packet, n):
        return sorted((m.address, m.values) for m in self.o.answers(packet,
                                                                    n))


class Values(Osc):
    def check_value(self, address, default, good, bad):
        self.assertEqual(self.o.get(address), default, address)
        for value in good:
            m = self.o.ask(address, value)
            self.assertEqual((m.address, m.values),
                             ("/reply", [address, value]))
            self.assertEqual(m.types[1], osc.type_of(value))
            self.assertEqual(self.o.get(address), value, address)
        for value in (*bad, NAN, INF, -INF):
            self.assertEqual(self.o.error(address, value), 3, (address,
                                                               value))
            self.assertEqual(self.o.get(address), good[-1], address)
        self.assertEqual(self.o.error(address, "loud"), 2)
        self.assertEqual(self.o.error(address, 0.0, 0.0), 2)
        self.assertEqual(self.o.error(address, b"blob"), 2)
        self.assertEqual(self.o.get(address), good[-1], address)
        self.o.command(address, default)

    def test_every_value_has_its_default_its_range_and_its_errors(self):
        for strip in ("mic", "music"):
            for leaf, *row in STRIP:
                self.check_value(f"/strip/{strip}/{leaf}", *row)
        for bus in ("main", "fx"):
            for leaf, *row in BUS:
                self.check_value(f"/bus/{bus}/{leaf}", *row)

    def test_numbers_come_as_i_f_d_h_t_and_f(self):
        for types, value, result in (("i", -3, -3.0), ("f", -4.0, -4.0),
                                     ("d", -5.0, -5.0), ("h", -6, -6.0)):
            self.assertEqual(self.o.command("/strip/mic/gain", value,
                                            types=types), [result])
        self.assertEqual(self.o.command("/strip/mic/pan", types="T"), [1.0])
        self.assertEqual(self.o.command("/strip/mic/pan", types="F"), [0.0])
        self.assertEqual(self.o.error("/strip/mic/gain", NAN, types="d"), 3)
        self.assertEqual(self.o.error("/strip/mic/gain", 1e300, types="d"), 3)
        self.assertEqual(self.o.error("/strip/mic/gain", 2 ** 62, types="h"),
                         3)

    def test_booleans_come_as_t_and_f_or_any_number(self):
        for types, value, result in (("i", 1, True), ("i", 0, False),
                                     ("f", 0.5, True), ("d", 0.0, False),
                                     ("h", -7, True)):
            self.assertEqual(self.o.command("/strip/mic/mute", value,
                                            types=types), [result])
        self.assertEqual(self.o.error("/strip/mic/mute", NAN), 3)

    def test_the_fader_is_the_x32s_law_over_the_same_gain(self):
        def law(f):
            return (480 * f - 90 if f < 0.0625 else 160 * f - 70 if f < 0.25
                    else 80 * f - 50 if f < 0.5 else 40 * f - 30)
        for f in (0.0, 0.03, 0.0625, 0.1, 0.25, 0.3, 0.5, 0.75, 1.0):
            self.o.command("/strip/mic/fader", f)
            self.assertTrue(math.isclose(self.o.get("/strip/mic/gain"),
                                         law(f), abs_tol=1e-4), f)
        for db in (-90.0, -75.0, -60.0, -30.0, -10.0, 0.0, 10.0):
            self.o.command("/strip/mic/gain", db)
            self.assertTrue(math.isclose(law(self.o.get("/strip/mic/fader")),
                                         db, abs_tol=1e-4), db)

    def test_names_are_text_of_1_to_64_characters(self):
        for address in ("/strip/mic/name", "/bus/main/name"):
            for name in ("Grüße, 世界 🎤", "x", "ä" * 64):
                self.assertEqual(self.o.command(address, name), [name])
                self.assertEqual(self.o.get(address), name)
            self.assertEqual(self.o.command(address, "S", types="S"), ["S"])
            for bad in ("", "ä" * 65, "a\nb", "\x7f"):
                self.assertEqual(self.o.error(address, bad), 2, bad)
            self.assertEqual(self.o.error(address, b"\xff\xfe", types="s"), 2)
            self.assertEqual(self.o.error(address, 5), 2)
            self.assertEqual(self.o.get(address), "S")

    def test_the_status_is_read_only(self):
        ints = ("rate block latency_frames xruns late_blocks cycles "
                "input_frames_lost zombie_callbacks readers strips").split()
        floats = ("dsp_load", "callback_us_max", "uptime")
        for name in ints:
            m = self.o.ask("/status/" + name)
            self.assertEqual((m.address, m.types), ("/status/" + name, "h"))
        for name in floats:
            m = self.o.ask("/status/" + name)
            self.assertEqual(m.types, "f", name)
            self.assertGreater(m.values[0], 0.0, name)
        self.assertEqual(self.o.get("/status/jack"), "running")
        self.assertEqual(self.o.get("/status/strips"), 2)
        self.assertEqual(self.o.error("/status/rate", 44100), 9)
        self.assertEqual(self.o.error("/version", 1), 9)
        self.assertRegex(self.o.get("/version")[0], r"^weir \d+\.\d+")

    def test_meters_are_read_only_pairs_of_each_channel(self):
        self.assertEqual(self.o.get("/strip/mic/meter"), [-120.0] * 2)
        self.assertEqual(self.o.get("/strip/music/meter"), [-120.0] * 4)
        self.assertEqual(self.o.error("/bus/main/meter", 0.0), 9)
        loudness = self.o.ask("/bus/main/loudness")
        self.assertEqual(loudness.types, "fffff")
        self.assertEqual(self.o.error("/bus/main/loudness", 0.0), 9)
        self.assertEqual(self.o.command("/bus/main/loudness/reset"), [])


class Commands(Osc):
    def test_ports_are_there_with_the_reply_and_gone_with_the_next(self):
        for n, names in ((1, ["dj"]), (2, ["dj_L", "dj_R"]),
                         (3, ["dj_1", "dj_2", "dj_3"])):
            for kind in ("strip", "bus"):
                self.o.command(f"/{kind}/add", "dj", n, "Disc Jockey")
                ports = self.jackd.ports()
                for name in names:
                    self.assertIn("weir:" + name, ports)
                self.assertEqual(self.o.get(f"/{kind}/dj/name"),
                                 "Disc Jockey")
                self.o.command(f"/{kind}/dj/remove")
                ports = self.jackd.ports()
                for name in names:
                    self.assertNotIn("weir:" + name, ports)

    def test_lists_show_what_there_is(self):
        self.assertEqual(self.o.command("/strip/list"), ["mic", "music"])
        self.assertEqual(self.o.command("/bus/list"), ["main", "fx"])
        self.assertEqual(self.o.command("/reader/list"), [])

    def test_an_unknown_address_is_error_1(self):
        for address in ("/nonsense", "/strip/mic/frobnicate", "/strip",
                        "/strip/mic", "/strip/mic/gain/deep", "/status/none",
                        "/strip//gain/x", "/STRIP/list"):
            self.assertIn(self.o.error(address), (1, 4), address)
        for address in ("/nonsense", "/strip/mic/frobnicate"):
            self.assertEqual(self.o.error(address), 1)
            self.assertEqual(self.o.error(address, 1), 1)

    def test_an_object_that_is_not_there_is_error_4(self):
        for address in ("/strip/nobody/gain", "/strip/nobody/remove",
                        "/bus/nobody/mute", "/strip/mic/send/nobody/on",
                        "/reader/nobody/kick", "/bus/nobody/loudness/reset",
                        "/strip/*/send/nobody/on", "/strip/x*/gain"):
            self.assertEqual(self.o.error(address), 4, address)

    def test_wrong_arguments_are_error_2(self):
        for address, *values in (("/strip/add",), ("/strip/add", 5),
                                 ("/strip/add", "Bad Id!"),
                                 ("/strip/add", ""), ("/strip/add", "1a"),
                                 ("/strip/add", "a" * 33),
                                 ("/strip/add", "x", "name", 2),
                                 ("/strip/add", "x", 1, "name", 3),
                                 ("/strip/add", "x", 1, ""),
                                 ("/strip/mic/remove", 1)):
            self.assertEqual(self.o.error(address, *values), 2, values)

    def test_wrong_channel_counts_are_error_3(self):
        for n in (0, -1, 65, 1.5, NAN):
            self.assertEqual(self.o.error("/strip/add", "x", n), 3, n)
            self.assertEqual(self.o.error("/bus/add", "x", n), 3, n)

    def test_ids_and_port_names_are_one_space(self):
        o = self.o
        for kind in ("strip", "bus"):
            for taken in ("mic", "music", "main", "fx"):
                self.assertEqual(o.error(f"/{kind}/add", taken), 5)
        o.command("/strip/add", "wide", 3)
        self.assertEqual(o.error("/strip/add", "wide_2"), 5)
        self.assertEqual(o.error("/bus/add", "wide_3", 1), 5)
        o.command("/strip/add", "wide_4")
        o.command("/strip/add", "solo_1")
        self.assertEqual(o.error("/strip/add", "solo", 3), 5)
        o.command("/strip/add", "solo", 2)

    def test_what_cannot_be_now_is_said_so(self):
        self.assertIn(self.o.error("/bus/main/remove"), (6, 9))
        self.assertEqual(self.o.command("/bus/list"), ["main", "fx"])

    def test_limits_are_error_7(self):
        for k in range(62):
            self.o.command("/bus/add", f"b{k}", 1)
        self.assertEqual(self.o.error("/bus/add", "onemore", 1), 7)
        self.o.command("/bus/b0/remove")
        self.o.command("/bus/add", "onemore", 1)
        self.assertEqual(self.o.command("/ping"), ["weir"])

    def test_five_hundred_strips_and_no_more(self):
        for k in range(510):
            self.o.command("/strip/add", f"s{k}")
        self.assertEqual(self.o.error("/strip/add", "onemore"), 7)
        self.assertEqual(len(self.o.command("/strip/list")), 512)
        self.assertIn("weir:s509", self.jackd.ports())
        self.o.command("/strip/s100/remove")
        self.o.command("/strip/add", "onemore")
        # All answers of a pattern, in bundles that fit into a datagram.
        self.o.send(osc.message("/strip/*/gain"))
        seen = set()
        while len(seen) < 512:
            packet = self.o.packet()
            self.assertIsNotNone(packet, len(seen))
            self.assertLessEqual(len(packet), 1400)
            seen |= {m.address for m in osc.decode(packet)}

    def test_panic_mutes_all_buses(self):
        self.o.command("/panic")
        self.assertTrue(self.o.get("/bus/main/mute"))
        self.assertTrue(self.o.get("/bus/fx/mute"))


class Ports(Case):
    def test_a_server_without_ports_left_is_error_8_and_all_is_as_before(
            self):
        self.start_jackd(port_max=128)
        o = self.weir().osc
        o.command("/strip/add", "wide", 64)
        self.assertEqual(o.error("/strip/add", "wider", 64), 8)
        wait_for("its going",
                 lambda: "wider" not in o.command("/strip/list"))
        self.assertFalse([p for p in self.jackd.ports()
                          if p.startswith("weir:wider")])
        o.command("/strip/wide/remove")
        self.assertEqual(o.ask("/strip/add", "again", 64).address, "/reply")


class Patterns(Osc):
    def addresses(self, pattern, n, *values):
        return [a for a, _ in self.values(osc.message(pattern, *values), n)]

    def test_each_match_is_answered_once(self):
        for pattern, expected in (
                ("/strip/*/mute", ["/strip/mic/mute", "/strip/music/mute"]),
                ("/strip/m?c/gain", ["/strip/mic/gain"]),
                ("/strip/m[h-j]c/gain", ["/strip/mic/gain"]),
                ("/strip/m[!h-j]*/gain", ["/strip/music/gain"]),
                ("/{strip,bus}/{mic,fx}/gain",
                 ["/bus/fx/gain", "/strip/mic/gain"]),
                ("//meter", ["/bus/fx/meter", "/bus/main/meter",
                             "/strip/mic/meter", "/strip/music/meter"]),
                ("/strip//on", ["/strip/mic/send/fx/on",
                                "/strip/music/send/fx/on"]),
                ("//mic/gain", ["/strip/mic/gain"])):
            self.assertEqual(self.addresses(pattern, len(expected)),
                             expected, pattern)
            self.assertTrue(self.o.quiet(), pattern)

    def test_a_star_does_not_cross_a_slash(self):
        # Else it would hit /strip/mic/send/fx/level too.
        self.assertEqual(self.o.error("/strip/*/level"), 4)
        self.assertEqual(self.o.error("/*/gain"), 4)
        self.assertEqual(self.o.error("/strip*gain"), 4)

    def test_a_set_by_pattern_sets_every_match(self):
        got = self.values(osc.message("/strip/*/gain", -12.0), 2)
        self.assertEqual(got, [("/reply", ["/strip/mic/gain", -12.0]),
                               ("/reply", ["/strip/music/gain", -12.0])])

    def test_status_alone_shows_all_of_it(self):
        got = self.o.answers(osc.message("/status"), 20)
        self.assertTrue(all(re.match(r"/status/\w+$", m.address)
                            for m in got))
        self.assertIn("/status/zombie_callbacks", [m.address for m in got])

    def test_broken_patterns_are_answered(self):
        for pattern in ("/strip/[", "/strip/{a", "/strip/mic]/gain",
                        "/{", "/[z-a]x/gain", "/strip/[!]/gain"):
            self.assertIn(self.o.error(pattern), (1, 2, 4), pattern)


class Bundles(Osc):
    def test_one_wrong_message_and_nothing_has_happened(self):
        good = [osc.message("/strip/mic/gain", -7.0),
                osc.message("/strip/add", "new", 2),
                osc.message("/strip/music/name", "Changed"),
                osc.message("/strip/music/remove"),
                osc.message("/bus/fx/remove")]
        for bad, code in ((osc.message("/strip/nobody/gain", 0.0), 4),
                          (osc.message("/strip/mic/gain", NAN), 3),
                          (osc.message("/strip/add", "new"), 5),
                          (osc.message("/strip/music/gain", 0.0), 4),
                          (osc.message("/nonsense"), 1),
                          (osc.message("/status/rate", 1), 9)):
            got = self.o.answers(osc.bundle(*good, bad), 1)
            self.assertEqual((got[0].address, got[0].values[1]),
                             ("/error", code), got)
            self.assertTrue(self.o.quiet())
            self.assertEqual(self.o.get("/strip/mic/gain"), 0.0)
            self.assertEqual(self.o.get("/strip/music/name"), "music")
            self.assertEqual(self.o.command("/strip/list"), ["mic", "music"])
            self.assertEqual(self.o.command("/bus/list"), ["main", "fx"])
            self.assertNotIn("weir:new_L", self.jackd.ports())

    def test_each_message_finds_what_the_ones_before_made(self):
        got = self.o.answers(osc.bundle(
            osc.message("/strip/add", "x", 2), osc.message("/strip/x/gain",
                                                           -3.0),
            osc.message("/bus/add", "aux"), osc.message(
                "/strip/x/send/aux/on", True),
            osc.message("/strip/x/gain")), 5)
        self.assertEqual([m.values for m in got][0][:2], ["/strip/add", "x"])
        self.assertEqual(got[-1].values, [-3.0])
        self.assertIn("weir:x_R", self.jackd.ports())
        self.assertTrue(self.o.get("/strip/x/send/aux/on"))

    def test_the_tag_comes_back_with_every_bundle(self):
        packet = osc.bundle(osc.message("/tag", "take 1"),
                            *[osc.message("/strip/*/gain")] * 60)
        self.o.send(packet)
        n = 0
        while n < 120:
            datagram = self.o.packet()
            self.assertIsNotNone(datagram)
            self.assertEqual(datagram[:8], b"#bundle\0")
            self.assertLessEqual(len(datagram), 1400)
            got = osc.decode(datagram)
            self.assertEqual((got[0].address, got[0].values),
                             ("/tag", ["take 1"]))
            n += len(got) - 1
        self.assertEqual(n, 120)

    def test_the_tag_comes_with_an_error_too(self):
        got = self.o.answers(osc.bundle(osc.message("/tag", "t"),
                                        osc.message("/nonsense")), 2)
        self.assertEqual([m.address for m in got], ["/tag", "/error"])

    def test_a_tag_elsewhere_is_wrong(self):
        got = self.o.answers(osc.bundle(osc.message("/strip/mic/gain", -1.0),
                                        osc.message("/tag", "t")), 1)
        self.assertEqual((got[0].address, got[0].values[1]), ("/error", 2))
        self.assertEqual(self.o.get("/strip/mic/gain"), 0.0)

    def test_time_tags_past_is_now_and_a_minute_ahead_is_refused(self):
        past = osc.bundle(osc.message("/strip/mic/gain", -9.0),
                          tag=osc.time_tag(-5))
        self.assertEqual(self.o.answers(past, 1)[0].address, "/reply")
        self.assertEqual(self.o.get("/strip/mic/gain"), -9.0)
        far = osc.bundle(osc.message("/strip/mic/gain", -1.0),
                         tag=osc.time_tag(61))
        got = self.o.answers(far, 1)[0]
        self.assertEqual((got.address, got.values[1]), ("/error", 3))
        self.assertEqual(self.o.get("/strip/mic/gain"), -9.0)

    def test_bundles_in_bundles_are_one(self):
        inner = osc.bundle(osc.message("/strip/mic/gain", -2.0),
                           osc.message("/nonsense"))
        got = self.o.answers(osc.bundle(osc.message("/strip/mic/pan", 1.0),
                                        inner), 1)
        self.assertEqual(got[0].address, "/error")
        self.assertEqual(self.o.get("/strip/mic/pan"), 0.0)

    def test_an_empty_bundle_is_nothing(self):
        self.o.send(osc.bundle())
        self.assertTrue(self.o.quiet())


class Sockets(Osc):
    def test_the_unix_socket_answers_who_is_bound(self):
        c = osc.Client(self.w.file("osc.sock"), self.path("mine"))
        self.addCleanup(c.close)
        self.assertEqual(c.command("/ping"), ["weir"])
        self.assertEqual(c.command("/strip/mic/gain", -4.0), [-4.0])
        self.assertEqual(self.o.get("/strip/mic/gain"), -4.0)
        self.assertEqual(c.error("/nonsense"), 1)
        os.unlink(self.path("mine"))  # who has gone is not waited for
        for _ in range(1000):
            c.send(osc.message("/ping"))
        self.assertEqual(self.o.command("/ping"), ["weir"])

    def test_answers_go_to_who_asked(self):
        other = osc.Client(self.o.to)
        self.addCleanup(other.close)
        self.o.command("/strip/mic/gain", -1.0)
        self.assertIsNone(other.packet(0))
        other.command("/ping")
        self.assertTrue(self.o.quiet())

    def test_who_does_not_read_does_not_hold_others_up(self):
        deaf = osc.Client(self.w.file("osc.sock"), self.path("deaf"))
        self.addCleanup(deaf.close)
        deaf.s.setblocking(False)
        for _ in range(3000):
            try:
                deaf.send(osc.message("//meter"))
            except BlockingIOError:
                break
        self.assertEqual(self.o.command("/ping"), ["weir"])


if __name__ == "__main__":
    main()
