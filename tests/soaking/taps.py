# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Pipes that are read all the time, one of them badly."""
import re
import signal
import threading

import numpy as np
from account import Growth
from ledger import Ledger
from stage import HISTORY_S, RATE

CHUNK = 1 << 18


class Tap:
    """Strip a before its fader through a pipe, compared as it comes."""
    every_s = 60
    pause_s = 0

    def __init__(self, stage, account, name="tap"):
        self.account, self.name = account, name
        self.ledger = Ledger()
        self.tap = stage.program("weir-tap", "-i", "strip/a/pre", "--id",
                                 name)
        self.growth = Growth(name, self.tap.pid)
        self.rest = b""
        self.pause = False
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while True:
            if self.pause:
                self.pause = False
                self.ending.wait(self.pause_s)  # what it is there for
            got = self.tap.p.stdout.read1(CHUNK)
            if not got:
                break
            data = self.rest + got
            whole = len(data) // 8 * 8
            self.rest = data[whole:]
            self.ledger.add(np.frombuffer(data[:whole], np.float32)
                            .reshape(-1, 2))

    def step(self):
        self.pause = self.pause_s > 0

    def end(self):
        self.growth.settle(self.account, 512)
        self.ending.set()
        self.tap.signal(signal.SIGTERM)
        self.thread.join(30)
        self.account.equal(f"{self.name}: exit status", self.tap.p.wait(30),
                           0)
        said = re.search(r"frames=(\d+) lost=(\d+) dropouts=(\d+)",
                         self.tap.log())
        self.frames, self.lost, self.dropouts = map(int, said.groups())
        self.account.equal(f"{self.name}: frames that were compared",
                           self.ledger.n_frames, self.frames)
        self.account.equal(f"{self.name}: wrong frames",
                           sum(n for _, n in self.ledger.wrong), 0)

    def settle(self, gaps, lost):
        self.account.equal(f"{self.name}: frames it says it lost", self.lost,
                           0)
        self.account.equal(f"{self.name}: silent frames that nobody counted",
                           max(0, self.ledger.unexplained(gaps) - lost), 0)


class SlowTap(Tap):
    """Its pipe is not read for longer than weir remembers, now and then."""
    every_s = 45
    pause_s = 2 * HISTORY_S

    def settle(self, gaps, lost):
        n = self.ledger.unexplained(gaps)
        self.account.shown(f"{self.name}: dropouts", self.dropouts)
        self.account.shown(f"{self.name}: frames lost", self.lost)
        self.account.at_most(
            f"{self.name}: silent frames beside those it says it lost",
            abs(n - self.lost), lost)
        self.account.at_most(
            f"{self.name}: frames it lost, for each dropout",
            self.lost // max(1, self.dropouts), (2 * self.pause_s) * RATE)
