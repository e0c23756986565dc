#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What the programs around the mixer tell the service manager that started
them: sd_notify(3), from the socket's other side."""
import os
import signal
import socket
import subprocess

from fake import Case, main


class Service(Case):
    def setUp(self):
        super().setUp()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))
        self.manager.settimeout(20)

    def serve(self, *command, **kw):
        return self.program(*command, env=dict(
            os.environ, NOTIFY_SOCKET=self.path("notify")), **kw)

    def hear(self, wanted):
        """The first word that is not the watchdog's, or is what is wanted."""
        while True:
            said = self.manager.recv(4096).decode()
            if said == wanted or said != "WATCHDOG=1":
                self.assertEqual(said, wanted)
                return

    def check_life(self, p, others=lambda: None):
        self.hear("READY=1")
        for _ in range(2):
            self.hear("WATCHDOG=1")
        others()
        p.p.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")
        self.assertEqual(p.end()[0], 0, p.log)

    def test_a_tap_is_ready_when_it_is_attached(self):
        w = self.weir()
        p = self.serve("weir-tap", stdout=subprocess.DEVNULL)
        self.assertIn("attached", w.ask("accept"))
        self.check_life(p)

    def test_a_tap_whose_pipe_is_not_read_is_no_stuck_tap(self):
        w = self.weir()
        p = self.serve("weir-tap")
        self.assertIn("attached", w.ask("accept"))
        self.hear("READY=1")
        w.do("publish 480000")
        for _ in range(4):
            self.hear("WATCHDOG=1")
        p.p.send_signal(signal.SIGTERM)
        self.assertEqual(p.p.wait(20), 1)
        self.assertIn("the other side does not read", p.log)

    def test_a_recorder_and_a_streamer_are_ready_while_they_wait(self):
        self.check_life(self.serve("weir-record", "-o", self.path("a.wav")))
        with open(self.path("password"), "w") as f:
            f.write("x\n")
        os.chmod(self.path("password"), 0o600)
        self.check_life(self.serve(
            "weir-stream", "--password-file", self.path("password"),
            "icecast://127.0.0.1:9/live"))

    def test_a_recorder_says_so_while_it_records(self):
        w = self.weir()
        p = self.serve("weir-record", "-o", self.path("a.wav"))
        self.assertIn("attached", w.ask("accept"))
        self.check_life(p, lambda: w.do("publish 4800", "reach 4800"))


if __name__ == "__main__":
    main()
