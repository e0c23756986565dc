#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Another user of the machine: what of weir he reaches."""
import array
import contextlib
import json
import os
import re
import socket
import subprocess
import unittest

import osc
from rig import Case, main, wait_for

NOBODY = 65534
EACCES = 13

# Run as another user: (path of attach.sock, path of osc.sock, packet) -> the
# errno of each step, or what was read.
STRANGER = """
import json, os, socket, sys
attach, osc, packet = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
def tried(what):
    try:
        return what()
    except OSError as e:
        return e.errno
def ask():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(20)
        s.connect(attach)
        return s.recv(65536).hex(), len(s.recv(65536))
def send():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(packet, osc)
        s.bind("")
        s.sendto(packet, osc)
    return 0
print(json.dumps({"user": os.geteuid(), "attach": tried(ask),
                  "osc": tried(send),
                  "list": tried(lambda: len(os.listdir(
                      os.path.dirname(os.path.dirname(attach)))))}))
"""


def as_nobody(*args):
    done = subprocess.run(["/usr/bin/python3", "-c", STRANGER, *args],
                          user=NOBODY, group=NOBODY, extra_groups=[],
                          check=True, capture_output=True, text=True,
                          timeout=60)
    return json.loads(done.stdout)


def bound_addresses(pid):
    """The local addresses of all IP sockets of a process that can be
    reached: UDP, and TCP that listens."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            m = re.fullmatch(r"socket:\[(\d+)\]",
                             os.readlink(f"/proc/{pid}/fd/{fd}"))
            if m:
                inodes.add(m[1])
    found = {}
    for table in ("udp", "udp6", "tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}") as f:
            rows = [line.split() for line in f.read().splitlines()[1:]]
        for row in rows:
            if row[9] in inodes and (table[:3] == "udp" or row[3] == "0A"):
                found.setdefault(table, []).append(row[1].split(":")[0])
    return found


class AnotherUser(Case):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.w = self.weir("-s", "mic")
        self.packet = osc.message("/strip/mic/gain", -20.0)

    def stranger(self):
        return as_nobody(self.w.file("attach.sock"), self.w.file("osc.sock"),
                         self.packet.hex())

    def gain(self):
        return self.w.osc.get("/strip/mic/gain")

    def test_the_run_dir_keeps_another_user_out(self):
        self.assertEqual(self.stranger(),
                         {"user": NOBODY, "attach": EACCES, "osc": EACCES,
                          "list": EACCES})
        self.assertEqual(self.gain(), 0.0)

    def test_with_all_doors_open_another_user_is_refused_by_name(self):
        for path in (self.run_dir, self.w.file("")):
            os.chmod(path, 0o755)
        for name in ("attach.sock", "osc.sock"):
            os.chmod(self.w.file(name), 0o666)
        said = self.stranger()
        # Connected, sent; and hung up on, and not listened to.
        self.assertEqual(said["osc"], 0)
        answer, rest = said["attach"]
        error = osc.decode(bytes.fromhex(answer))[0]
        self.assertEqual((error.address, error.values[1], rest),
                         ("/error", 9, 0), error)
        self.w.wait_log(f"reader refused: user {NOBODY} is not user 0")
        self.w.wait_log("osc.sock: packets of another user's process are "
                        "refused")
        self.assertEqual(self.gain(), 0.0)
        self.assertEqual(self.w.log().count("are refused"), 1)
        self.assertEqual(self.w.readers(), [])
        # The same packet of this user's is taken.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(self.packet, self.w.file("osc.sock"))
        wait_for("the gain", lambda: self.gain() == -20.0)


class ThisUser(Case):
    def test_a_run_dir_that_others_can_write_is_not_used(self):
        self.start_jackd()
        os.makedirs(self.run_dir, 0o700)
        os.chmod(self.run_dir, 0o720)
        status, out, log = self.run_program("weir")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("others can write there", log)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give it away")
    def test_a_run_dir_of_another_users_is_not_used(self):
        self.start_jackd()
        os.makedirs(self.run_dir, 0o700)
        os.chown(self.run_dir, NOBODY, NOBODY)
        status, out, log = self.run_program("weir")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("not a folder of this user's", log)

    def test_descriptors_that_come_with_a_packet_are_not_kept(self):
        w = self.weir("-s", "mic")

        def n_open():
            return len(os.listdir(f"/proc/{w.pid}/fd"))
        w.osc.get("/strip/mic/gain")
        before = n_open()
        gift = array.array("i", [0] * 8)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(w.file("osc.sock"))
            for gain in range(-30, 0):
                s.sendmsg([osc.message("/strip/mic/gain", float(gain))],
                          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, gift)])
        wait_for("the last", lambda: w.osc.get("/strip/mic/gain") == -1.0)
        self.assertEqual(n_open(), before)

    def test_nothing_but_loopback_is_reached_without_asking_for_it(self):
        w = self.weir("--tcp")
        loopback = ["0100007F"]  # 127.0.0.1, as /proc has it
        self.assertEqual(bound_addresses(w.pid),
                         {"udp": loopback, "tcp": loopback})
        w.kill()
        w = self.weir("--tcp", "--bind", "0.0.0.0", name="open")
        self.assertEqual(bound_addresses(w.pid),
                         {"udp": ["00000000"], "tcp": ["00000000"]})
        w.kill()
        w = self.weir("--no-udp", name="closed")
        self.assertEqual(bound_addresses(w.pid), {})


if __name__ == "__main__":
    main()
