#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""docs/surfaces.md says what weir does: its addresses are there, its numbers
those of weir, and its subscriptions bring what a surface shows."""
import os
import re

import osc
from rig import Case, main

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
UNKNOWN, ARGUMENTS, RANGE = 1, 2, 3


def text():
    with open(ROOT + "/docs/surfaces.md", encoding="utf-8") as f:
        return f.read()


def addresses():
    """What stands in backticks, or quoted in code, and begins as one of
    weir's addresses."""
    return {m.replace("/ID", "/mic") for m in re.findall(
        r"[`'\"](/(?:strip|bus|status|panic|ping|[{]strip|/meter)[^`'\" ]*)"
        r"[`'\"]", text())}


def patterns():
    """Those that are subscribed to."""
    return set(re.findall(r"/subscribe(?: ,siii|',)[^/]*['\"](/[^'\"]+)['\"]",
                          text()))


class Surfaces(Case):
    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "mic", "-s", "keys:2", "-b", "fx")

    def test_every_address_is_one(self):
        found = addresses()
        self.assertGreater(len(found), 8)
        for address in found:
            m = self.w.osc.answers(osc.message(address), 1)[0]
            if m.address == "/error":
                self.assertNotIn(m.values[1], (UNKNOWN, ARGUMENTS), m)
            self.w.osc.drain()

    def test_subscriptions_bring_what_faders_show(self):
        self.assertGreaterEqual(len(patterns()), 2)
        for pattern in patterns():
            m = self.w.osc.answers(osc.message(
                "/subscribe", pattern, 20, 0, 30, types="siii"), 1)
            shown = {x.address for x in m}
            while m[-1].address != "/snapshot_end":
                m = osc.decode(self.w.osc.packet())
                shown |= {x.address for x in m}
            for value in ("fader", "mute", "name"):
                for thing in ("/strip/mic", "/strip/keys", "/bus/main"):
                    self.assertIn(f"{thing}/{value}", shown)
            self.w.osc.command("/unsubscribe", pattern)
            self.w.osc.drain()

    def test_a_surface_with_a_port_of_its_own_for_what_it_receives(self):
        """As TouchOSC: it sends from one port, and listens on another."""
        ear = osc.Client(self.w.osc.to)
        try:
            port = ear.s.getsockname()[1]
            self.w.osc.send(osc.message("/subscribe", "/strip/*/fader", 20,
                                        port, 30, types="siii"))
            got = osc.decode(ear.packet())
            self.assertEqual(got[0].values, ["/strip/*/fader"])
            self.w.osc.command("/strip/keys/fader", 0.5)
            got = osc.decode(ear.packet())
            self.assertEqual([(m.address, m.values) for m in got],
                             [("/strip/keys/fader", [0.5])])
        finally:
            ear.close()

    def test_the_errors_of_the_last_table(self):
        self.assertEqual(self.w.osc.error("/strip/mic/gain", "loud"),
                         ARGUMENTS)
        self.assertEqual(self.w.osc.error("/strip/mic/gain", 1.0, 2.0),
                         ARGUMENTS)
        self.assertEqual(self.w.osc.error("/strip/mic/fader", -10.0), RANGE)

    def test_numbers_of_any_type_are_switches(self):
        for value in (1, 1.0, True):
            self.assertEqual(self.w.osc.command("/strip/mic/mute", value),
                             [True])
            self.assertEqual(self.w.osc.command("/strip/mic/mute", 0),
                             [False])


if __name__ == "__main__":
    main()
