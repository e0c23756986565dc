# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Recorders that run all the time."""
import os
import re
import select
import signal
import subprocess

import numpy as np
import rig
from account import Growth
from ledger import Ledger

SPLIT_S = 20


def lines_now(process):
    """Its finished lines, without waiting for more."""
    lines = []
    while process.rest.count(b"\n") or select.select(
            [process.p.stdout], [], [], 0)[0]:
        line = process.line()
        if not line:
            break
        lines.append(line)
    return lines


class Log:
    """Strip a before its fader, file after file: each is compared with what
    went in, and removed."""
    every_s = 5

    def __init__(self, stage, account):
        self.stage, self.account = stage, account
        self.ledger = Ledger()
        self.n_files = self.n_frames = 0
        self.recorder = stage.program(
            "weir-record", "-i", "strip/a/pre", "--split", str(SPLIT_S),
            "-o", stage.path("log.wav"), "--id", "log")
        self.recorder.wait_log("recording to")
        self.growth = Growth("weir-record", self.recorder.pid)

    def step(self):
        for line in lines_now(self.recorder):
            self.take(line)

    def take(self, line):
        m = re.fullmatch(r"weir-record: (.+) frames=(\d+) lost=(\d+) "
                         r"dropouts=(\d+)", line)
        if m[1] == "total":
            self.total = tuple(map(int, m.groups()[1:]))
            return
        wav = rig.Wav(m[1])
        with open(m[1], "rb") as f:
            f.seek(wav.offset)
            data = np.frombuffer(f.read(wav.frames * 8), np.float32)
        self.ledger.add(data.reshape(-1, 2))
        self.n_files += 1
        self.n_frames += int(m[2])
        os.unlink(m[1])

    def end(self):
        self.growth.settle(self.account, 512)
        self.recorder.signal(signal.SIGTERM)
        status, out = self.recorder.end()
        for line in out.splitlines():
            self.take(line)
        a = self.account
        a.equal("log: exit status", status, 0)
        a.at_least("log: files", self.n_files, 1)
        a.equal("log: frames of its files", self.n_frames, self.total[0])
        a.equal("log: frames that were compared", self.ledger.n_frames,
                self.total[0])
        a.equal("log: frames it says it lost", self.total[1], 0)
        a.equal("log: wrong frames", sum(n for _, n in self.ledger.wrong), 0)

    def settle(self, gaps, lost):
        self.account.equal("log: silent frames that neither JACK nor weir "
                           "counted",
                           max(0, self.ledger.unexplained(gaps) - lost), 0)
        self.account.shown("log: silent frames in all",
                           sum(n for _, n in self.ledger.silences))


class Codec:
    """The mix, encoded; what the files hold in the end is what it says."""
    every_s = 10

    def __init__(self, stage, account, name, *options):
        self.stage, self.account, self.name = stage, account, name
        self.n_files = self.n_frames = self.n_decoded = 0
        self.recorder = stage.program(
            "weir-record", "-o", stage.path(name), *options)
        self.recorder.wait_log("recording to")

    def decoded(self, file):
        out = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", file, "-f", "s16le", "-ac", "1",
             "-"], capture_output=True, check=True).stdout
        return len(out) // 2

    def take(self, line):
        m = re.fullmatch(r"weir-record: (.+) frames=(\d+) lost=(\d+) .*",
                         line)
        if m[1] == "total":
            self.total = int(m[2]), int(m[3])
            return
        self.n_files += 1
        self.n_frames += int(m[2])
        self.n_decoded += self.decoded(m[1])
        os.unlink(m[1])

    def step(self):
        for line in lines_now(self.recorder):
            self.take(line)

    def end(self):
        self.recorder.signal(signal.SIGTERM)
        status, out = self.recorder.end()
        for line in out.splitlines():
            self.take(line)
        self.account.equal(f"{self.name}: exit status", status, 0)
        self.account.at_least(f"{self.name}: files", self.n_files, 1)
        self.account.equal(f"{self.name}: frames of its files, decoded",
                           self.n_decoded, self.total[0])
        self.account.equal(f"{self.name}: frames it says it lost",
                           self.total[1], 0)
