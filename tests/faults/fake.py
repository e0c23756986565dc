# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Programs under test against a fake weir (tests/unit/fake_weir_main.c).

What the fake weir publishes is a known ramp, so that every sample of a file
can be checked. Nothing here sleeps to let something happen: it waits for what
is to happen, and TIMEOUT_S is only there to fail.
"""
import array
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

TIMEOUT_S = 30
BIN = os.environ.get("WEIR_BIN", "build/bin")
FAKE = os.environ.get("WEIR_FAKE", "build/tests/fake_weir_process")
RATE = 48000


def sample(position, source=0, channel=0):
    """As fake_sample() in tests/unit/fake_weir.c; exact in float."""
    k = (position * (2 * channel + 1) + 1000 * source) % 8192
    return k / 8192 - 0.5


def ramp(first, n, channels=2):
    """n interleaved frames of the first source."""
    return array.array("f", [sample(p, 0, c) for p in range(first, first + n)
                             for c in range(channels)])


class Wav:
    """A WAV or RF64 file, read as strictly as its header is written."""

    def __init__(self, path):
        with open(path, "rb") as f:
            b = f.read()
        assert b[:4] in (b"RIFF", b"RF64") and b[8:12] == b"WAVE", b[:12]
        self.kind = b[:4]
        self.size_ok = struct.unpack_from("<I", b, 4)[0] == len(b) - 8
        at = 12
        while at + 8 <= len(b):
            name, n = struct.unpack_from("<4sI", b, at)
            if name == b"fmt ":
                (self.tag, self.channels, self.rate, _, _,
                 self.bits) = struct.unpack_from("<HHIIHH", b, at + 8)
            if name == b"data":
                self.data = b[at + 8:at + 8 + n]
                self.data_ok = len(self.data) == n
                break
            at += 8 + n + n % 2
        self.frames = len(self.data) // (self.channels * self.bits // 8)

    def floats(self):
        assert self.bits == 32
        a = array.array("f")
        a.frombytes(self.data)
        return a

    def integers(self):
        step = self.bits // 8
        return [int.from_bytes(self.data[i:i + step], "little", signed=True)
                for i in range(0, len(self.data), step)]


class Process:
    """A program under test: its lines can be waited for while it runs."""

    def __init__(self, *command, **kw):
        kw.setdefault("stdout", subprocess.PIPE)
        self.p = subprocess.Popen(command, stderr=subprocess.PIPE,
                                  text=True, **kw)
        self.log = ""
        self.more = threading.Condition()
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self):
        for line in self.p.stderr:
            with self.more:
                self.log += line
                self.more.notify_all()

    def wait_log(self, text, times=1):
        with self.more:
            if not self.more.wait_for(lambda: self.log.count(text) >= times,
                                      TIMEOUT_S):
                raise AssertionError(f"no {text!r} in {self.log!r}")

    def end(self):
        """Wait for it; (exit status, stdout)."""
        out = self.p.stdout.read() if self.p.stdout else None
        self.p.wait(TIMEOUT_S)
        self.reading.join(TIMEOUT_S)
        return self.p.returncode, out

    def kill(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGCONT)
            self.p.kill()
        self.p.wait()
        self.reading.join(TIMEOUT_S)
        self.p.stderr.close()
        if self.p.stdout:
            self.p.stdout.close()


class FakeWeir:
    def __init__(self, run_dir, *sources, capacity=20 * RATE, first=0,
                 rate=RATE):
        self.p = subprocess.Popen(
            [FAKE, run_dir, "weir", str(rate), str(capacity), str(first),
             *(sources or ("main:2",))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.want("ready")

    def line(self):
        return self.p.stdout.readline().rstrip("\n")

    def want(self, expected):
        got = self.line()
        if got != expected:
            raise AssertionError(f"fake weir: {got!r}, not {expected!r}")

    def ask(self, command):
        self.p.stdin.write(command + "\n")
        self.p.stdin.flush()
        return self.line()

    def do(self, *commands):
        for c in commands:
            got = self.ask(c)
            if got != "ok":
                raise AssertionError(f"fake weir: {c!r}: {got!r}")

    def kill(self):
        self.p.kill()
        self.p.wait()
        self.p.stdin.close()
        self.p.stdout.close()


class Case(unittest.TestCase):
    """Each test has a folder, a run dir and processes of its own."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="weir-test-")
        # The first to be registered is the last to run: after umount.
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.run_dir = self.dir + "/run"
        os.mkdir(self.run_dir)
        self.processes = []
        # A wait that never ends fails this test, not the whole entry.
        signal.signal(signal.SIGALRM, self.too_late)
        signal.alarm(4 * TIMEOUT_S)

    def too_late(self, *_):
        raise AssertionError("it took too long")

    def tearDown(self):
        signal.alarm(0)
        for p in self.processes:
            p.kill()

    def weir(self, *sources, **kw):
        w = FakeWeir(self.run_dir, *sources, **kw)
        self.processes.append(w)
        return w

    def program(self, name, *args, under=(), **kw):
        if under:
            # LeakSanitizer and strace do not go together.
            kw["env"] = {**kw.get("env", os.environ),
                         "ASAN_OPTIONS": "detect_leaks=0"}
        p = Process(*under, f"{BIN}/{name}", "--run-dir", self.run_dir, *args,
                    **kw)
        self.processes.append(p)
        return p

    def path(self, name):
        return f"{self.dir}/{name}"


def lines(out):
    """All lines as [(file, frames, lost, dropouts)]"""
    found = re.findall(r"^weir-record: (.+) frames=(\d+) lost=(\d+) "
                       r"dropouts=(\d+)$", out, re.M)
    assert len(found) == len(out.splitlines()), out
    return [(f, *map(int, rest)) for f, *rest in found]


def closing_line(out):
    """The last line's (file, frames, lost, dropouts)."""
    m = re.fullmatch(r"weir-record: (.+) frames=(\d+) lost=(\d+) "
                     r"dropouts=(\d+)", out.splitlines()[-1])
    return m[1], int(m[2]), int(m[3]), int(m[4])


class Recording(Case):
    def end(self, r, stop=True):
        """The lines of a recorder that ends well."""
        if stop:
            r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        self.assertEqual(status, 0, r.log)
        return lines(out)


def main():
    unittest.main(argv=[sys.argv[0], "-v"])
