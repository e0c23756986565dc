# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A control surface that is subscribed all the time: in the end it knows
what is so."""
import time

import osc
from subscriptions import Controller, queried

PATTERN = "/{strip,bus}/*/{name,gain,mute,pan}"
RENEW_S = 20


class Surface:
    every_s = 0.1

    def __init__(self, stage, account):
        self.weir, self.account = stage.weir, account
        self.n = 0
        self.renewal = time.monotonic() + RENEW_S
        self.c = Controller(osc.Client(("127.0.0.1", self.weir.port)))
        self.c.subscribe(PATTERN, 50, 0, 60)
        self.c.subscribe("//meter", 20, 0, 60)

    def step(self):
        while self.c.take(0):
            self.n += 1
        del self.c.answers[:-50]
        if time.monotonic() > self.renewal:
            self.renewal = time.monotonic() + RENEW_S
            for pattern in (PATTERN, "//meter"):
                self.c.client.send(osc.message("/subscribe", pattern, 50, 0,
                                               60))

    def values(self):
        return {a: v for a, v in self.c.values.items()
                if not a.endswith("/meter")}

    def end(self):
        self.c.subscribe(PATTERN, 50, 0, 60)
        self.step()
        wanted = queried(self.weir.osc, PATTERN)
        known = self.values()
        self.account.shown("surface: packets", self.n)
        self.account.equal("surface: values it knows wrongly", sum(
            known.get(a) != v for a, v in wanted.items()) + len(
                known.keys() - wanted.keys()), 0)
        self.c.client.close()
