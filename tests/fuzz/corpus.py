#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The inputs that the fuzzer begins with, from lines that people can read:

    tests/fuzz/corpus.py [FOLDER]

writes them to tests/fuzz/corpus, one file for each; with --check it looks
whether they are there. fuzz_osc.h says what the records are. What the fuzzer
has found lies there, too, under names of its own, and stays."""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "jack"))
import osc  # noqa: E402

m = osc.message
TOKEN = "ABCDEFGHIJKLMNOPQRSTUV"  # as clock.c's chance has it
BEGIN = 1767225600 + 2208988800  # as CLOCK_BEGIN_S in clock.h


def at(seconds):
    """The time tag of so long after the input's beginning."""
    return int((BEGIN + seconds) * 2 ** 32)


def record(letter, data):
    return letter.encode() + struct.pack(">H", len(data)) + data


def p(*packets):
    """From a program on this machine."""
    return b"".join(record("p", x) for x in packets)


def q(*packets):
    """From another host."""
    return b"".join(record("q", x) for x in packets)


def s(*packets):
    """From a connection."""
    return b"".join(record("s", x) for x in packets)


def a(*packets):
    """From a reader, at the attach socket."""
    return b"".join(record("a", x) for x in packets)


def framed(*packets):
    return b"".join(struct.pack(">i", len(x)) + x for x in packets)


def slip(*packets):
    return b"".join(b"\xc0" + x.replace(b"\xdb", b"\xdb\xdd")
                    .replace(b"\xc0", b"\xdb\xdc") + b"\xc0"
                    for x in packets)


def do(letter, n=0):
    return letter.encode() + struct.pack(">H", n)


def mix(*frames):
    return b"".join(do("m", n) for n in frames)


def wait(ms):
    return do("w", ms)


def nested(packet, depth):
    for _ in range(depth):
        packet = osc.bundle(packet)
    return packet


def hostile_bundle(n):
    """Elements that all claim to go on to the end."""
    head = b"#bundle\0" + struct.pack(">Q", 1)
    return head + b"".join(struct.pack(">i", 20 * (n - i) - 4) + head
                           for i in range(n))


EQ = "/strip/mic/plugin/eq"
FX = "/bus/main/plugin/fx"


def add_plugins(*slots):
    """On strips and buses: (slot's address, URI)."""
    return p(osc.bundle(*[m(at.rpartition("/")[0] + "/add",
                            at.rpartition("/")[2], uri)
                          for at, uri in slots]))


SEEDS = {
    "plugins": p(m("/plugin/list"), m("/plugin/list", 1),
                 m("/plugin/describe", "urn:amp"),
                 m("/plugin/describe", "urn:amp", 2),
                 m("/plugin/presets", "urn:amp"))
    + add_plugins((EQ, "urn:amp"), (FX, "urn:amp2")) + mix(256)
    + p(m(EQ + "/param/*"), m("//plugin//"), m(EQ + "/param/gain", -6.0),
        m(EQ + "/param/mode", "High"), m(EQ + "/param/reset", 0.5),
        m(EQ + "/param/on", False), m(EQ + "/bypass", True),
        m(FX + "/describe", 0), m(FX + "/presets"),
        m("/strip/mic/plugin/list"), m("/bus/main/plugin/dump")) + mix(256)
    + p(m(EQ + "/remove"), m("/bus/main/plugin/clear")) + mix(256, 256),
    "plugins_chain": add_plugins(*[(f"/strip/mic/plugin/s{i}", "urn:amp")
                                   for i in range(17)])
    + add_plugins(*[(f"/strip/mic/plugin/s{i}", "urn:amp")
                    for i in range(16)]) + mix(64)
    + p(m("/strip/mic/plugin/s15/move", 0), m("/strip/mic/plugin/s0/move", 99),
        m("/strip/mic/plugin/add", "s16", "urn:amp"),
        m("/strip/mic/plugin/add", "s16", "urn:amp", 3),
        osc.bundle(m("/strip/mic/plugin/s3/remove"),
                   m("/strip/mic/plugin/add", "s3", "urn:amp2", 0),
                   m("/strip/mic/plugin/s3/param/gain", 1.0)),
        m("/strip/*/plugin/*/remove")) + mix(64),
    "plugins_properties": add_plugins((EQ, "urn:amp"))
    + p(m(EQ + "/property"), m(EQ + "/property", "urn:test#file"),
        m(EQ + "/property", "urn:test#depth", 0.25),
        m(EQ + "/property", "urn:other/depth", "deep"),
        m(EQ + "/property", "urn:other/file", "x"),
        m(EQ + "/property", 1), m(EQ + "/property/*"),
        m(EQ + "/property/file", "/tmp/x"), m(EQ + "/property/depth", 2.0),
        m(EQ + "/property/depth-3", True), m("/strip/mic/plugin/dump"),
        m(EQ + "/preset", "Loud"), m(EQ + "/preset", "none"),
        m(EQ + "/preset/save", "mine"), m(EQ + "/load", "x/y")) + wait(50),
    "plugins_slow": do("d", 1) + add_plugins((EQ, "urn:amp"))
    + p(m(EQ + "/param/gain", -3.0), m("/plugin/list")) + do("t")
    + p(m(EQ + "/remove"), m("/strip/mic/plugin/add", "eq", "urn:amp"),
        m(EQ + "/state")) + do("t") + mix(64)
    + p(m(EQ + "/preset", "Loud"), m("/strip/mic/remove")) + mix(480),
    "plugins_waited_for_in_vain": do("d", 1)
    + p(m("/plugin/describe", "urn:" + "x" * 200), m("/ping"))
    + wait(9000) + wait(2000),
    "plugins_watched": p(m("/subscribe", "/strip/*/plugin/*/*"),
                         m("/subscribe", "//param/*", 100))
    + add_plugins((EQ, "urn:amp"), ("/strip/music/plugin/b", "urn:amp2"))
    + wait(50) + p(m(EQ + "/param/gain", 3.0), m(EQ + "/bypass", True))
    + wait(50) + p(m("/strip/mic/plugin/clear"), m("/strip/music/remove"))
    + mix(480) + wait(50),
    "plugins_at_a_time": add_plugins((EQ, "urn:amp"))
    + p(osc.bundle(m(EQ + "/param/gain", 6.0), m(EQ + "/bypass", True),
                   tag=at(0.05)),
        osc.bundle(m(EQ + "/remove"), tag=at(0.1)),
        osc.bundle(m("/strip/mic/plugin/add", "late", "urn:amp2"),
                   m("/strip/mic/plugin/late/param/gain", -9.0),
                   tag=at(0.2))) + mix(*[1024] * 12),
    "plugins_wrong": p(m("/strip/mic/plugin/add", "eq", "urn:refused"),
                       m("/strip/mic/plugin/add", "eq", "urn:none"),
                       m("/strip/mic/plugin/add", "EQ", "urn:amp"),
                       m("/strip/mic/plugin/add", "list", "urn:amp"),
                       m("/strip/no/plugin/add", "eq", "urn:amp"),
                       m("/strip/mic/plugin/add", "eq"), m(EQ + "/remove"),
                       m(EQ + "/param/gain", 1.0), m("/plugin/describe", 1),
                       m("/plugin/list", "x"), m("/bus/*/plugin/*/bypass", 1)),
    "ports": p(m("/ports"), m("/ports", "*"), m("/connect", "a:b", "c:d"),
               m("/disconnect", "a:b", "c:d"), m("/connect", "weir:mic")),
    "answers": p(m("/reply", "/ping"), m("/error", "/x", 1, "unknown"),
                 osc.bundle(m("/tag", "t"), m("/error", "/x", 1, "unknown")),
                 osc.bundle(m("/ping"), m("/error")), osc.bundle()),
    "root": p(m("/ping"), m("/version"), m("/status"), m("/panic"),
              m("/quit")),
    "status": p(m("/status/rate"), m("/status/*"), m("/status/rate", 1)),
    "strip_values": p(*[m(f"/strip/mic/{v}") for v in (
        "name", "gain", "fader", "trim", "mute", "solo", "solo_safe",
        "polarity", "pan", "main", "channels", "meter")]),
    "strip_sets": p(m("/strip/mic/gain", -6.0), m("/strip/mic/fader", 0.5),
                    m("/strip/mic/name", "Voice"), m("/strip/mic/mute", True),
                    m("/strip/mic/pan", -1, types="i"),
                    m("/strip/mic/trim", 12.0, types="d"),
                    m("/strip/mic/solo", 1, types="h"),
                    m("/strip/mic/polarity", False)) + do("m", 256),
    "sends": p(m("/strip/mic/send/aux/level", -3.0),
               m("/strip/mic/send/aux/on", True),
               m("/strip/mic/send/aux/pre", True),
               m("/strip/mic/send/main/on", True),
               m("//send//")) + mix(64),
    "bus": p(m("/bus/aux/gain", -3.0), m("/bus/main/fader", 0.75),
             m("/bus/aux/mute", True), m("/bus/aux/loudness"),
             m("/bus/*/loudness/reset"), m("/bus/aux/name", "Echo"),
             m("/bus/main/remove"), m("/bus/aux/remove")) + wait(5),
    "add_remove": p(m("/strip/add", "dj", 2, "DJ"), m("/bus/add", "fx", 1),
                    m("/strip/dj/send/fx/on", True), m("/strip/list"),
                    m("/bus/list")) + mix(480, 480)
    + p(m("/strip/dj/remove"), m("/bus/fx/remove")) + mix(480)
    + p(m("/strip/add", "dj")),
    "add_many": p(osc.bundle(*[m("/strip/add", f"s{i}", 1 + i % 8)
                               for i in range(24)]), m("//meter"),
                  m("/strip/*/remove")),
    "lists": p(m("/strip/list"), m("/strip/list", 1), m("/strip/list", -1),
               m("/strip/list", 2 ** 31 - 1), m("/bus/list", 0),
               m("/reader/list", 3), m("/bus/list", "x")),
    "ports_late": do("h") + p(m("/strip/add", "late", 2),
                              m("/strip/late/gain", -3.0),
                              m("/strip/late/remove")) + do("r")
    + p(m("/strip/late/remove")) + mix(256),
    "ports_refused": do("h") + p(osc.bundle(m("/strip/add", "late", 2),
                                            m("/bus/add", "out", 2)))
    + do("f") + p(m("/strip/add", "late", 1)),
    "patterns": p(m("//meter"), m("/strip/*/gain", -3.0), m("/{strip,bus}/*/mute"),
                  m("/strip/[a-m]*/pan"), m("/strip/m?c/name"), m("//*"),
                  m("/strip/{mic,mus*}/[!g]*"), m("//")),
    "patterns_hostile": p(m("/strip/" + "*{a,b}" * 10), m("/" + "*a" * 60),
                          m("/" + "{a,a*}" * 30), m("/" + "[!x]*" * 30),
                          m("//a" * 31), m("//" * 40), m("/{" + "{" * 50),
                          m("/strip/[z-a]/gain"), m("/strip/[/gain")),
    "bundle": p(osc.bundle(m("/tag", "t1"), m("/strip/add", "x"),
                           m("/strip/x/gain", -6.0), m("/strip/mic/gain"),
                           m("/strip/x/remove"))) + mix(240, 240),
    "bundle_wrong": p(osc.bundle(m("/strip/mic/gain", -7.0),
                                 m("/strip/music/remove"), m("/bus/aux/remove"),
                                 m("/strip/add", "y"), m("/strip/mic/gain", 99.0)),
                      osc.bundle(m("/strip/mic/gain"), m("/tag", "late"))),
    "bundle_nested": p(nested(m("/ping"), 8), nested(m("/ping"), 9),
                       osc.bundle(osc.bundle(m("/ping")), m("/ping"),
                                  osc.bundle())),
    "bundle_full": p(osc.bundle(*[m("/x")] * 60)),
    "tags": p(osc.bundle(m("/tag", "x" * 255), m("/nonsense")),
              osc.bundle(m("/tag", "x" * 300), m("/ping")),
              osc.bundle(m("/tag"), m("/ping")), m("/tag", "alone")),
    "time_now": mix(256) + p(osc.bundle(m("/strip/mic/mute", True), tag=at(0)),
                             osc.bundle(m("/strip/mic/mute", False),
                                        tag=at(0.05))) + mix(1024, 1024, 1024)
    + wait(200),
    "time_ahead": mix(256) + p(
        osc.bundle(m("/strip/mic/gain", -1.0), m("/bus/main/gain", -2.0),
                   tag=at(1)),
        osc.bundle(m("/strip/mic/gain", -2.0), tag=at(1)),
        osc.bundle(m("/strip/mic/gain", -3.0), tag=at(0.5)))
    + mix(8000, 8000, 8000, 8000) + p(m("/strip/mic/gain", -9.0))
    + mix(8000, 8000),
    "time_comes_and_goes": mix(256) + p(
        osc.bundle(m("/strip/add", "soon", 2), m("/strip/soon/gain", -6.0),
                   tag=at(0.2)),
        osc.bundle(m("/strip/mic/remove"), m("/bus/aux/remove"), tag=at(0.3)),
        osc.bundle(m("/strip/mic/gain", -1.0), m("/strip/music/gain", -1.0),
                   tag=at(0.4))) + mix(*[4096] * 7) + p(m("/strip/list")),
    "time_strip_goes_within_the_lead": mix(256) + p(
        osc.bundle(m("/strip/mic/gain", -1.0), m("/bus/main/gain", -1.0),
                   tag=at(0.08))) + p(m("/strip/mic/remove"))
    + mix(2048, 2048, 2048),
    "time_refused": p(osc.bundle(m("/ping"), tag=at(61)),
                      osc.bundle(m("/ping"), tag=2 ** 64 - 1),
                      osc.bundle(m("/ping"), tag=0),
                      osc.bundle(osc.bundle(m("/ping"), tag=at(2)), tag=at(1)),
                      osc.bundle(osc.bundle(m("/strip/mic/mute", True),
                                            tag=at(1)), tag=at(2))),
    "time_without_cycles": p(osc.bundle(m("/strip/mic/gain", -3.0), tag=at(1)),
                             osc.bundle(m("/strip/mic/remove"), tag=at(2)))
    + wait(1500) + wait(1000),
    "far": q(m("/ping"), m("//meter"), m("/strip/list"), b"/", b"x" * 12),
    "connection": s(framed(m("/ping"), m("//*"), m("/strip/mic/gain", -3.0)))
    + do("x", 1) + s(framed(m("/status/*"))) + do("x", 0)
    + s(framed(m("/ping"))) + do("c") + s(slip(m("/ping"), m("/version"))),
    "connection_in_parts": s(*[framed(m("/strip/mic/gain", -3.0))[i:i + 3]
                               for i in range(0, 30, 3)]) + do("c")
    + s(*[slip(m("/strip/mic/name", "\u00c0\u00db"))[i:i + 5]
          for i in range(0, 60, 5)]),
    "connection_wrong": s(b"GET / HTTP/1.0\r\n\r\n", b"\xc0\xdb\x00",
                          b"\xc0\xc0\xc0", b"\0\2\0\0", b"\0\0\0\0",
                          b"\0\0\0\3abc", b"\0\1\0\0" + b"x" * 40)
    + do("c"),
    "subscribe": p(m("/subscribe", "//meter", 100),
                   m("/subscribe", "/strip/*/*"),
                   m("/strip/mic/gain", -3.0)) + wait(50) + mix(480)
    + p(m("/strip/mic/mute", True), m("/strip/add", "dj")) + wait(100)
    + p(m("/strip/dj/name", "DJ"), m("/strip/dj/remove"),
        m("/unsubscribe", "//meter")) + wait(300),
    "subscribe_bundle": p(osc.bundle(m("/tag", "s"), m("/subscribe", "//gain"),
                                     m("/strip/mic/gain", -1.0)),
                          osc.bundle(m("/subscribe", "//"),
                                     m("/strip/nobody/gain", 1.0)))
    + wait(60) + mix(256, 256)
    + p(osc.bundle(m("/strip/mic/gain", -2.0), m("/bus/aux/remove"),
                   tag=at(0.3))) + wait(400),
    "subscribe_wrong": p(m("/subscribe"), m("/subscribe", "x"),
                         m("/subscribe", "//", 101), m("/subscribe", "//", 0),
                         m("/subscribe", "//", 20, 9001, 1),
                         m("/subscribe", "//", 20, 70000, 10),
                         m("/subscribe", "/nothing/*"), m("/unsubscribe", "//")),
    "subscribe_many": p(osc.bundle(*[m("/subscribe", "/strip/" + "?" * i)
                                     for i in range(40)]),
                        m("/subscribe", "//", 20, 0, 3600)) + wait(2000)
    + p(m("/subscribe", "//", 20, 0, 2)) + wait(3000),
    "subscribe_far": q(m("/subscribe", "//gain", 20, 9001, 10)) + wait(100)
    + q(m("/subscribe_token", "guess"), m("/subscribe_token", "ABCDEFG"),
        m("/subscribe_token", TOKEN), m("/strip/mic/gain", -4.0)) + wait(200)
    + q(m("/subscribe_token", TOKEN), m("/unsubscribe", "//gain")),
    "subscribe_far_long": q(m("/subscribe", "/strip/{mic,music}/{gain,mute,pan}",
                              20, 9001, 10)) + wait(100)
    + q(m("/subscribe_token", TOKEN)) + wait(60)
    + p(m("/strip/mic/gain", -4.0)) + wait(60),
    "subscribe_far_guessing": q(m("/subscribe", "//gain", 20, 9001, 10),
                                *[m("/subscribe_token", f"{i}")
                                  for i in range(9)],
                                m("/subscribe_token", TOKEN)),
    "subscribe_connection": s(framed(m("/subscribe", "//", 50))) + wait(40)
    + do("x", 1) + p(m("/strip/mic/gain", -3.0)) + wait(300)
    + p(m("/strip/mic/gain", -4.0)) + do("x", 0) + wait(100) + do("c")
    + p(m("/strip/mic/gain", -5.0)) + wait(100),
    "reader": a(m("/attach", 1, "weir-tap", "tap", "main")) + wait(1)
    + p(m("/reader/list"), m("/reader/tap/source"), m("//pid"),
        m("/reader/tap/split", "now"), m("/reader/*/dropouts"))
    + a(m("/done", 1)) + p(m("/reader/tap/mark", "x" * 255)) + wait(2500)
    + p(m("/reader/tap/kick")) + wait(1),
    "reader_strip": a(m("/attach", 1, "weir-record", "rec", "strip/mic",
                        "strip/music/pre", "aux")) + mix(480)
    + p(m("/reader/rec/stop"), m("/reader/rec/[!l]*"), m("/strip/mic/remove"),
        m("/bus/aux/remove")) + mix(480) + a(m("/failed", 1, "no"))
    + p(m("/reader/rec/source", 1), m("/reader/rec/stop", 1),
        m("/reader/rec/mark", "x" * 256), m("/reader/nobody/kick")),
    "reader_hurried": a(m("/attach", 1, "weir-tap", "", "strip/mic"))
    + p(m("/strip/mic/remove"), m("/reader/*/kick")) + wait(1),
    "reader_wrong": a(m("/attach", 9, "x", "", "main")) + wait(6000),
    "reader_watched": p(m("/subscribe", "/reader/*/[!l]*", 50))
    + a(m("/attach", 1, "weir-tap", "tap", "main")) + wait(100) + mix(512)
    + wait(100) + p(m("/reader/tap/kick")) + wait(100),
    "feed": a(m("/feed", 1, "weir-feed", "", "mic", 44100, 1, "pipe", 0))
    + mix(480) + p(m("//feed/*"), m("/strip/mic/feed/flush"),
                   m("/strip/mic/feed/paused", True)) + a(m("/done", 1))
    + mix(480) + p(m("/strip/*/feed/flush"), m("/strip/mic/feed/paused", 0))
    + wait(600) + mix(480) + p(m("/strip/mic/remove")) + mix(480),
    "feed_clock": a(m("/feed", 1, "live", "usb", "new", 0, 64, "clock", 4800))
    + wait(1) + mix(512) + p(m("/subscribe", "//feed/*", 50)) + wait(100)
    + mix(512) + p(m("/strip/new/feed/flush")) + a(m("/failed", 1, "no"))
    + mix(512) + a(m("/what")) + a(b"rubbish") + mix(512),
    "feed_hurried": do("h")
    + a(m("/feed", 1, "weir-feed", "x", "new", 48000, 2, "pipe", 0))
    + p(m("/strip/new/feed/flush"), m("/strip/new/remove")) + do("r")
    + wait(1) + mix(64),
    "feed_refused_ports": do("h")
    + a(m("/feed", 1, "weir-feed", "x", "new", 48000, 2, "pipe", 0))
    + do("f") + wait(1) + mix(64),
    "feed_flushed_and_removed": a(m("/feed", 1, "x", "", "mic", 48000, 1,
                                    "pipe", 0)) + mix(64)
    + p(osc.bundle(m("/strip/mic/feed/flush"), m("/strip/mic/remove")),
        osc.bundle(m("/strip/music/feed/flush"), m("/strip/none/gain"))),
    "feed_wrong": a(m("/feed", 1, "x", "", "main", 48000, 2, "pipe", 0))
    + a(m("/feed", 2, "x", "", "mic", 48000, 2, "pipe", 0)) + wait(6000),
    "loudness_watched": p(m("/subscribe", "//loudness", 100),
                          m("/subscribe", "/status/*", 1)) + mix(4800)
    + wait(300) + p(m("/bus/aux/remove")) + wait(200),
    "types": p(m("/strip/add", "w", 2.5), m("/strip/mic/gain", "loud"),
               m("/strip/mic/gain", b"blob"), m("/strip/mic/gain", 1, 2),
               m("/strip/mic/gain", types="N"), m("/strip/mic/gain", types="I"),
               m("/strip/mic/name", 5), m("/strip/mic/name", ""),
               m("/strip/mic/name", b"\xff\xfe", types="s"),
               m("/strip/mic/gain", "6", types="S"),
               osc.padded(b"/strip/mic/gain"),
               osc.padded(b"/strip/mic/gain") + osc.padded(b",f")
               + b"\x7f\xc0\0\0",
               osc.padded(b"/strip/mic/mute") + osc.padded(b",d")
               + b"\x7f\xf0\0\0\0\0\0\0"),
    "cut": p(*[m("/strip/mic/gain", -6.0)[:n] for n in range(0, 24, 3)]),
    "blob": p(osc.padded(b"/x") + b",b\0\0",
              osc.padded(b"/x") + b",b\0\0" + b"\xff\xff\xff\xff",
              osc.padded(b"/x") + b",b\0\0" + b"\x7f\xff\xff\xff",
              osc.padded(b"/x") + b",bb\0" + b"\0\0\0\1a\0\0\0" + b"\0\0\0\4"),
    "bundle_cut": p(b"#bundle\0", b"#bundle\0" + b"\0" * 8 + b"\0\0\0\4",
                    b"#bundle\0" + b"\0" * 8 + b"\xff\xff\xff\xff",
                    b"#bundle\0" + b"\0" * 8 + b"\0\0\0\0", hostile_bundle(9)),
    "ids": p(*[m("/strip/add", x) for x in (
        "", "A", "a" * 32, "a" * 33, "1a", "a/b", "mic", "aux", "music_l",
        "\u00e4")], m("/strip/add", "m", 65), m("/strip/add", "m", 0),
             m("/strip/add", "m", 64, "n" * 64), m("/strip/m/meter")),
}


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def main():
    folder = os.path.join(HERE, "corpus")
    if sys.argv[1:] == ["--check"]:
        other = [name for name, data in SEEDS.items()
                 if read(os.path.join(folder, name)) != data]
        sys.exit(f"not as written here: {other}" if other else 0)
    folder = sys.argv[1] if len(sys.argv) > 1 else folder
    for name, data in SEEDS.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
