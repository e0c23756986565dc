# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What comes and goes: strips, buses, settings, and readers that end well,
are killed, or are stopped for a while."""
import os
import signal
import subprocess

import rig
from ledger import Ledger
from recorders import np
from stage import RATE


class Desk:
    """Strips and buses come and go; gains are ridden, also those of the
    strips that are recorded before their fader."""
    every_s = 0.2

    def __init__(self, stage, account, random):
        self.weir, self.account, self.random = stage.weir, account, random
        self.guests = []
        self.n = self.n_refused = 0

    def do(self, address, *values):
        self.n += 1
        answer = self.weir.osc.ask(address, *values)
        self.n_refused += answer is None or answer.address == "/error"

    def step(self):
        k = self.n
        for strip in ("a", "b"):
            self.do(f"/strip/{strip}/gain", -self.random.uniform(0, 40))
        if len(self.guests) < 12 and self.random.random() < 0.3:
            self.guests.append(f"g{k}")
            self.do("/strip/add", f"g{k}", self.random.randint(1, 6))
            self.do(f"/strip/g{k}/send/fx/on", True)
        elif self.guests and self.random.random() < 0.3:
            self.do(f"/strip/{self.guests.pop(0)}/remove")
        if self.random.random() < 0.05:
            self.do("/bus/add", f"b{k}", self.random.randint(1, 4))
            self.do(f"/strip/b/send/b{k}/on", True)
            self.do(f"/bus/b{k}/remove")

    def end(self):
        for guest in self.guests:
            self.do(f"/strip/{guest}/remove")
        self.account.shown("desk: commands", self.n)
        self.account.equal("desk: commands that were refused",
                           self.n_refused, 0)


class Visitors:
    """Readers that stay for a moment. A take of half a second is exact; one
    that is killed or stopped is none of weir's business."""
    every_s = 1.5

    def __init__(self, stage, account, random):
        self.stage, self.account, self.random = stage, account, random
        self.there = []
        self.n = {"takes": 0, "killed": 0, "stopped": 0}
        self.n_bad = 0

    def step(self):
        for visit in [v for v in self.there if not v[1].running()]:
            self.there.remove(visit)
            self.leave(*visit)
        if len(self.there) < 4:
            self.random.choice((self.take, self.take, self.kill, self.stop))()

    def take(self):
        self.n["takes"] += 1
        file = self.stage.path(f"take{self.n['takes']}.wav")
        self.there.append(("take", self.stage.program(
            "weir-record", "-i", "strip/a/pre", "-d", "0.5", "-o", file),
            file))

    def leave(self, kind, process, file):
        if kind == "take":
            self.n_bad += not self.take_is_good(process, file)
            os.unlink(file)
        self.stage.forget(process)

    def take_is_good(self, process, file):
        if process.p.returncode != 0:
            return False
        _, frames, lost, _ = rig.closing_line(process.end()[1])
        wav, ledger = rig.Wav(file), Ledger()
        with open(file, "rb") as f:
            f.seek(wav.offset)
            ledger.add(np.frombuffer(f.read(), np.float32).reshape(-1, 2))
        return (frames == ledger.n_frames == RATE // 2 and lost == 0 and
                not ledger.wrong)

    def tap(self):
        return self.stage.program("weir-tap", "-i", "main",
                                  stdout=subprocess.DEVNULL)

    def kill(self):
        """Wherever it is by now."""
        self.n["killed"] += 1
        tap = self.tap()
        tap.signal(signal.SIGKILL)
        self.there.append(("killed", tap, None))

    def stop(self):
        """In the middle of whatever it does; killed when another one is."""
        self.n["stopped"] += 1
        for kind, process, _ in self.there:
            if kind == "stopped":
                process.signal(signal.SIGKILL)
        tap = self.tap()
        tap.signal(signal.SIGSTOP)
        self.there.append(("stopped", tap, None))

    def end(self):
        for kind, process, file in self.there:
            if kind == "take":
                process.p.wait(30)
            else:
                process.signal(signal.SIGKILL)
                process.p.wait(30)
            self.leave(kind, process, file)
        for what, n in self.n.items():
            self.account.shown(f"visitors: {what}", n)
        self.account.equal("visitors: takes that were not exact", self.n_bad,
                           0)
