# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A streamer with a listener, a server that goes away now and then, and a
target that takes everything and reads nothing."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

from account import Growth
from icecast import PASSWORD, Icecast
from stage import RATE

AWAY_S = 12  # longer than it takes to notice


class Deaf:
    """Accepts, and never reads."""

    def __init__(self):
        self.s = socket.create_server(("127.0.0.1", 0))
        self.port = self.s.getsockname()[1]
        self.there = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.there.append(self.s.accept()[0])
            except OSError:
                return

    def close(self):
        self.s.close()
        for s in self.there:
            s.close()


class Stream:
    """On and off the air by turns."""
    every_s = 1

    def __init__(self, stage, account, on_air_s=60):
        self.stage, self.account, self.on_air_s = stage, account, on_air_s
        self.deaf = Deaf()
        self.ice = Icecast()
        stage.keep(self.ice)
        with open(os.open(stage.path("password"), os.O_CREAT | os.O_WRONLY,
                          0o600), "w", encoding="ascii") as f:
            f.write(PASSWORD + "\n")
        self.dump = stage.path("dump.ogg")
        self.streamer = stage.program(
            "weir-stream", "--id", "radio", "--password-file", stage.path("password"),
            "--codec", "vorbis", "--bitrate", "96", "--dump", self.dump,
            self.ice.url("live"),
            f"icecast://127.0.0.1:{self.deaf.port}/live")
        self.streamer.wait_log("connected")
        self.growth = Growth("weir-stream", self.streamer.pid, tries=2)
        self.n_away = self.n_heard = self.n_unheard = 0
        self.turn = time.monotonic() + on_air_s
        self.away = False

    def step(self):
        now = time.monotonic()
        if now < self.turn:
            return
        if self.away:
            self.ice.start()
            self.turn = now + self.on_air_s
        else:
            self.listen()
            self.ice.end()
            self.n_away += 1
            self.turn = now + AWAY_S
        self.away = not self.away

    def listen(self):
        """Two seconds of it, decoded by somebody else."""
        done = subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-i",
             f"http://127.0.0.1:{self.ice.port}/live", "-t", "2", "-f",
             "s16le", "-ac", "1", "-"], capture_output=True, check=False,
            timeout=60)
        # Who comes in the middle does without what its decoder begins with.
        heard = len(done.stdout) // 2 >= 2 * RATE - 4096
        if not heard:
            print(f"a listener: {len(done.stdout) // 2} samples of "
                  f"{2 * RATE}, {done.stderr.decode()}", flush=True)
        self.n_heard += heard
        self.n_unheard += not heard

    def dumped(self):
        out = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", self.dump, "-f", "s16le", "-ac",
             "1", "-"], capture_output=True, check=True).stdout
        return len(out) // 2

    def end(self):
        self.growth.settle(self.account, 1024)
        lost = self.stage.weir.osc.get("/reader/radio/lost_frames")
        read = (self.stage.weir.status("frames_mixed") -
                self.stage.weir.osc.get("/reader/radio/lag_frames"))
        if not self.away:
            self.listen()
        self.streamer.signal(signal.SIGTERM)
        a = self.account
        a.equal("stream: exit status", self.streamer.end()[0], 0)
        a.shown("stream: times its server was away", self.n_away)
        a.at_least("stream: times that it was heard", self.n_heard, 1)
        a.equal("stream: times that it was not", self.n_unheard, 0)
        a.equal("stream: frames of weir's that it lost", lost, 0)
        dumped = self.dumped()
        a.shown("stream: frames in its dump", dumped)
        a.at_most("stream: frames that the dump does not have of those that "
                  "were read", max(0, read - dumped), 4 * RATE)
        self.deaf.close()
        said = re.search(rf"{self.ice.port}/live: ended: "
                         r"connections=(\d+) skips=(\d+)",
                         self.streamer.log())
        a.equal("stream: connections to its server", int(said[1]),
                self.n_away + (not self.away))
        a.shown("stream: times that it skipped what was too old",
                int(said[2]))
