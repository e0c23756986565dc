#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""docs/osc.md is what weir does: its tables are read, and held to a running
weir and to the lists in its sources."""
import glob
import os
import re
import subprocess

import osc
from rig import Case, TOOLS, main, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
DOC = ROOT + "/docs/osc.md"
# What the addresses' capitals stand for in the running weir.
STANDS_FOR = {"/strip/ID": "/strip/mic", "/bus/ID": "/bus/fx",
              "/reader/ID": "/reader/tap-1", "/send/BUS": "/send/fx",
              "/plugin/SLOT/property/NAME": "/plugin/ir/property/file",
              "/plugin/SLOT": "/plugin/eq", "/param/SYMBOL": "/param/gain"}
# One that is installed anywhere, for one of the tests' own.
STANDS_FOR_URI = {"http://calf.sourceforge.net/plugins/Compressor":
                  "urn:weir:test:stereo"}
# Examples that end what the others are about.
LAST = ["/reader/tap-1/kick", "/quit"]


def rows():
    """The tables' rows that begin with an address, as dicts by heading."""
    with open(DOC, encoding="utf-8") as f:
        lines = f.readlines()
    heads = []
    for line in lines:
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
        elif re.fullmatch(r"`/\w[\w/]*`", cells[0]):
            row = dict(zip(heads, cells))
            row["address"] = cells[0].strip("`")
            yield row


def address_of(row):
    address = row["address"]
    for capitals, id in STANDS_FOR.items():
        address = address.replace(capitals, id)
    return address


def example_of(row):
    """As oscsend takes it: (address, types, values)."""
    example = row["example"].strip("`")
    for uri, own in STANDS_FOR_URI.items():
        example = example.replace(uri, own)
    address, *words = example.split()
    types = words[0] if words else ""
    values = [{"i": int, "f": float, "s": str}[t](w) for t, w
              in zip(types.translate({84: None, 70: None}), words[1:])]
    return address, types, values


def is_query(row):
    """Whether the row is a value's, which its address alone asks for."""
    return row.get("types", "command") not in ("command", "query") and \
        row.get("answer", "") == "" and "arguments" not in row


class Table(Case):
    def setUp(self):
        super().setUp()
        self.rows = list(rows())
        os.environ["LV2_PATH"] = os.path.abspath(f"{TOOLS}/lv2")
        w = self.w = self.weir("-s", "mic", "-b", "fx")
        for slot, plugin in (("eq", "gain"), ("ir", "patch")):
            w.osc.command("/strip/mic/plugin/add", slot,
                          "urn:weir:test:" + plugin)
        self.program("weir-tap", "--id", "tap-1", stdout=subprocess.DEVNULL)
        wait_for("reader", lambda: w.readers() == ["tap-1"])

    def types(self, address):
        m = self.w.osc.ask(address)
        self.assertEqual(m.address, address, m)
        return m.types

    def test_values_have_the_types_that_the_table_says(self):
        asked = 0
        for row in filter(is_query, self.rows):
            said = row["types"].strip("`").rstrip("…")
            got = self.types(address_of(row)).replace("F", "T")
            # `ff…` is a pair for each channel.
            n = len(got) // len(said) if row["types"].endswith("…`") else 1
            self.assertEqual(got, said * n, row)
            asked += 1
        self.assertGreater(asked, 40)

    def test_values_begin_at_their_defaults(self):
        for row in self.rows:
            said = row.get("default", "")
            if said in ("", "the id", "as described"):
                continue
            got = self.w.osc.get(address_of(row))
            self.assertEqual(got, said == "T" if said in "TF"
                             else float(said), row)

    def test_numbers_have_the_ranges_that_the_table_says(self):
        tried = 0
        for row in self.rows:
            m = re.fullmatch(r"(-?\d+)\.\.(\d+)", row.get("range", ""))
            if not m:
                continue
            address, low, high = address_of(row), float(m[1]), float(m[2])
            for inside in (low, high):
                self.assertEqual(self.w.osc.command(address, inside),
                                 [inside], row)
            for outside in (low - 0.02, high + 0.02):
                self.assertEqual(self.w.osc.error(address, outside), 3, row)
            tried += 1
        self.assertGreater(tried, 6)

    def test_what_is_read_only_says_so(self):
        for row in filter(is_query, self.rows):
            if row.get("range", "read-only") == "read-only":
                self.assertEqual(self.w.osc.error(address_of(row), 1.0), 9,
                                 row)

    def test_every_example_does_what_it_says(self):
        examples = [example_of(r) for r in self.rows]
        examples.sort(key=lambda e: LAST.index(e[0]) if e[0] in LAST else -1)
        self.assertEqual([e[0] for e in examples[-2:]], LAST)
        for address, types, values in examples:
            if address == "/status":
                continue
            if address == "/subscribe":
                self.check_subscribed(values[0], osc.message(
                    address, *values, types=types))
                continue
            m = self.w.osc.ask(address, *values, types=types)
            # Nobody was given that token: error 9.
            if address == "/subscribe_token":
                self.assertEqual((m.address, m.values[1]), ("/error", 9), m)
                continue
            # Nothing feeds that strip: error 6.
            if address == "/strip/mic/feed/flush":
                self.assertEqual((m.address, m.values[1]), ("/error", 6), m)
                continue
            # There is no such preset, and no such state.
            if re.search(r"/plugin/eq/(preset|load)$", address):
                self.assertIn((m.address, m.values[1]),
                              (("/error", 4), ("/error", 8)), m)
                continue
            # weir-tap does none of what can be carried to it: error 8.
            carried = re.fullmatch(
                "/reader/tap-1/(start|stop|split|mark|metadata)", address)
            if carried:
                self.assertEqual((m.address, m.values[1]), ("/error", 8), m)
            else:
                self.assertIn(m.address, ("/reply", address), m)
        self.assertEqual(self.w.end()[0], 0)

    def check_subscribed(self, pattern, packet):
        """Answered by the snapshot alone, not by a /reply."""
        first, *rest = self.w.osc.answers(packet, 2)
        self.assertEqual((first.address, first.values),
                         ("/snapshot", [pattern]))
        while rest[-1].address != "/snapshot_end":
            rest += osc.decode(self.w.osc.packet())
        self.assertEqual(rest[-1].values, [pattern, len(rest) - 1])

    def test_all_that_weir_has_is_in_the_table(self):
        known = {address_of(r) for r in self.rows}
        self.w.osc.send(osc.bundle(osc.message("//*"), osc.message("/ping")))
        shown, done = set(), False
        while not done:
            for m in osc.decode(self.w.osc.packet()):
                done = done or m.concerns("/ping")
                shown.add(re.sub(r"/plugin/ir/(?!property)", "/plugin/eq/",
                                 m.address.replace("/bus/main/", "/bus/fx/")))
        shown -= {"/reply", "/strip/mic/plugin/eq/param/answers"}
        self.assertGreater(len(shown), 40)
        self.assertEqual(shown - known, set())

    def test_all_leaves_of_the_sources_are_in_the_table(self):
        known = {r["address"].rsplit("/", 1)[1] for r in self.rows}
        leaves = set()
        for path in glob.glob(ROOT + "/oscctl/tree*.c"):
            with open(path, encoding="utf-8") as f:
                leaves |= set(re.findall(
                    r'\{"(\w+)", \w+, (?:true|false), \w+\}', f.read()))
        self.assertGreater(len(leaves), 20)
        self.assertEqual(leaves - known, set())


if __name__ == "__main__":
    main()
