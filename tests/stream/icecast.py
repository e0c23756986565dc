# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-stream against real Icecast servers of the test's own.

The sound comes from a fake weir (tests/unit/fake_weir_main.c), which a thread
lets go at the pace of a sound card: a tone of 1 kHz, whose peak is 0.5 on the
left and 0.25 on the right. The servers run from the files in docs/icecast,
on ports of their own and as a user who owns nothing.
"""
import array
import contextlib
import ctypes
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import fake
from fake import RATE, FakeWeir

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
NOBODY = 65534
TONE_HZ = 1000
PASSWORD = "sesame-4711"
# Icecast 2.4.4 has its socket before its statistics' thread has begun: who
# connects meanwhile may have it crash, as it does once in a while on a busy
# machine. When that thread has told something it is past that.
STARTS = 5
main = fake.main


_libc = ctypes.CDLL(None)


def end_with_parent():
    """In the child: no server outlives the test that started it."""
    _libc.prctl(1, signal.SIGKILL)


class Port:
    """One that is this test's until it gives it back. A socket that is bound
    and does not listen holds it, also while its server is away: nobody else
    is given it, who connects is refused, and only a server that says
    SO_REUSEADDR, as Icecast does, gets it. It is none of those that the
    system hands out, which a connection could have already."""

    def __init__(self):
        self.s = socket.socket()
        while True:
            self.number = random.randrange(10000, 30000)
            with contextlib.suppress(OSError):
                # Not if anybody has it, whatever he permits.
                self.s.bind(("127.0.0.1", self.number))
                break
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def kill(self):
        self.s.close()


def wait_for(what, condition, timeout_s=fake.TIMEOUT_S):
    """The condition's value, as soon as it is true."""
    end = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {timeout_s} s")
        time.sleep(0.02)  # between two looks
    return value


class Icecast:
    """A server; `tls` is a file with certificate and key, `timeout_s` when it
    drops a source that sends nothing."""

    def __init__(self, config="server.xml", relay_of=None, tls=None,
                 timeout_s=10):
        # Not in a folder that only this user can enter.
        self.dir = tempfile.mkdtemp(prefix="weir-icecast-", dir="/tmp")
        self.held = Port(), Port()
        self.port, self.tls_port = (p.number for p in self.held)
        with open(f"{ROOT}/docs/icecast/{config}") as f:
            text = f.read()
        if relay_of:
            text = self.put(text, "<port>8000<", f"<port>{relay_of.port}<")
            text = self.put(text, "<port>8001<", f"<port>{self.port}<")
        else:
            text = self.put(text, "<port>8000<", f"<port>{self.port}<")
            text = self.put(text, "<port>8443<", f"<port>{self.tls_port}<")
            text = self.put(text, "<source-timeout>10<",
                            f"<source-timeout>{timeout_s}<")
            text = self.put(text, "change-me-source", PASSWORD)
            text = self.put(text, "/etc/icecast2/server.pem",
                            f"{self.dir}/server.pem")
        text = self.put(text, "/var/log/icecast2", self.dir)
        with open(f"{self.dir}/icecast.xml", "w") as f:
            f.write(text)
        if tls:
            shutil.copy(tls, f"{self.dir}/server.pem")
        self.start()

    @staticmethod
    def put(text, old, new):
        assert text.count(old) == 1, old
        return text.replace(old, new)

    def start(self):
        who = {}
        if os.getuid() == 0:
            # It refuses to be root.
            for name in [".", *os.listdir(self.dir)]:
                os.chown(f"{self.dir}/{name}", NOBODY, NOBODY)
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for _ in range(STARTS):
            self.p = subprocess.Popen(
                ["icecast2", "-c", f"{self.dir}/icecast.xml"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, preexec_fn=end_with_parent, **who)
            wait_for("icecast", lambda: self.has_crashed() or self.answers())
            if not self.has_crashed():
                return
        raise AssertionError(self.how_it_is())

    def has_crashed(self):
        return self.p.poll() == -signal.SIGSEGV

    def answers(self):
        """With what only the thread of its statistics can have told."""
        assert self.p.poll() in (None, -signal.SIGSEGV), self.how_it_is()
        with contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.port), 1) as s:
            s.sendall(b"GET /status-json.xsl HTTP/1.0\r\n\r\n")
            return b'"server_id":"Icecast' in s.makefile("rb").read()

    def how_it_is(self):
        """For who looks into a failure."""
        status = self.p.poll()
        return (f"--- icecast at {self.port}: "
                f"{'running' if status is None else f'ended: {status}'}\n"
                f"{self.log()}")

    def log(self, name="error.log"):
        with contextlib.suppress(OSError):
            with open(f"{self.dir}/{name}", errors="replace") as f:
                return f.read()
        return ""

    def url(self, mount):
        return f"icecast://127.0.0.1:{self.port}/{mount}"

    def has(self, mount):
        """Whether listeners get something there."""
        with contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.port), 2) as s:
            s.sendall(f"GET /{mount} HTTP/1.0\r\n\r\n".encode())
            return s.recv(12) == b"HTTP/1.0 200"

    def end(self):
        self.p.kill()
        self.p.wait()

    def kill(self):
        self.end()
        for port in self.held:
            port.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Sound:
    """A fake weir that plays the tone, `speed` times as fast as a sound card
    would, as long as it is not paused."""

    def __init__(self, case, rate=RATE, hz=TONE_HZ, capacity=None, speed=1,
                 run_dir=None):
        self.rate, self.speed = rate, speed
        self.weir = FakeWeir(run_dir or case.run_dir, "main:2", rate=rate,
                             capacity=capacity or 20 * rate)
        self.lock = threading.Lock()
        self.weir.do(f"tone {hz}")
        self.published = 0
        self.playing = self.over = False
        self.thread = threading.Thread(target=self.play, daemon=True)
        self.thread.start()

    def attach(self):
        """Wait until the streamer is there; then there is sound."""
        got = self.ask("accept")
        assert got.startswith("attached weir-stream"), got
        self.playing = True
        return self

    def play(self):
        last = time.monotonic()
        while not self.over:
            now = time.monotonic()
            with self.lock:
                # What a busy machine delays comes, too.
                n = int((now - last) * self.rate * self.speed)
                if self.playing and not self.over and n > 0:
                    self.publish(n)
            last += n / self.rate / self.speed
            time.sleep(0.04)  # the period of this sound card

    def publish(self, n):
        self.weir.do(f"publish {n}")
        self.published += n

    def play_on(self, seconds, late_s=0):
        """Until so much more has been played; `late_s` of it at once."""
        if late_s:
            with self.lock:
                self.publish(int(late_s * self.rate))
        end = self.published + seconds * self.rate
        self.playing = True
        wait_for("sound", lambda: self.published >= end)

    def pause(self):
        """How many frames there have been."""
        self.playing = False
        with self.lock:
            return self.published

    def ask(self, command):
        with self.lock:
            return self.weir.ask(command)

    def kill(self):
        if self.over:
            return
        self.over = True
        self.thread.join()
        self.weir.kill()


# -------------------------------------------------------------------- hearing

def decode(source, seconds=None, options=()):
    """Two channels of floats at 48 kHz: all, or so much of it. That is
    counted here: who comes to a stream in its middle gets times of it that
    jump."""
    with tempfile.TemporaryFile("w+") as log, subprocess.Popen(
            ["ffmpeg", "-nostdin", "-v", "error", *options, "-i", source,
             "-f", "f32le", "-ar", "48000", "-ac", "2", "-"],
            stdout=subprocess.PIPE, stderr=log) as p:
        too_late = threading.Timer(120, p.kill)
        too_late.start()
        out = p.stdout.read(int(seconds * 48000) * 8 if seconds else -1)
        too_late.cancel()
        if seconds:
            p.kill()
        log.seek(0)
        said = log.read()
    samples = array.array("f")
    samples.frombytes(out[:len(out) // 8 * 8])
    return samples[0::2], samples[1::2], said


def tone(samples, hz=TONE_HZ):
    """The peak of that very tone in them, and the RMS of all else."""
    n = len(samples)
    a = sum(x * math.cos(2 * math.pi * hz * i / 48000)
            for i, x in enumerate(samples)) * 2 / n
    b = sum(x * math.sin(2 * math.pi * hz * i / 48000)
            for i, x in enumerate(samples)) * 2 / n
    power = sum(x * x for x in samples) / n
    return math.hypot(a, b), math.sqrt(max(power - (a * a + b * b) / 2, 0))


class Case(fake.Case):
    def setUp(self):
        super().setUp()
        signal.alarm(240)
        self.password_file = self.path("password")
        with open(os.open(self.password_file, os.O_CREAT | os.O_WRONLY,
                          0o600), "w") as f:
            f.write(PASSWORD + "\n")

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            for p in self.processes:
                print(p.how_it_is() if isinstance(p, Icecast)
                      else getattr(p, "log", ""), file=sys.stderr)
        super().tearDown()

    def keep(self, thing):
        self.processes.append(thing)
        return thing

    def icecast(self, **kw):
        return self.keep(Icecast(**kw))

    def port_without_a_server(self):
        return self.keep(Port()).number

    def sound(self, **kw):
        return self.keep(Sound(self, **kw))

    def stream(self, *args, password=True, **kw):
        with_password = (["--password-file", self.password_file] if password
                         else [])
        return self.program("weir-stream", *with_password, *args, **kw)

    def stop(self, streamer, number=signal.SIGTERM):
        begun = time.monotonic()
        streamer.p.send_signal(number)
        status, _ = streamer.end()
        self.assertEqual(status, 0, streamer.log)
        return time.monotonic() - begun

    def hears(self, source, seconds=1.5, hz=TONE_HZ, level=0.5):
        """A listener hears the tone, at its pitch and level, and not much
        besides: lossy codecs are given 1 %. The beginning is not looked at:
        a decoder that begins in the middle needs it."""
        left, right, log = decode(source, seconds)
        n = int((seconds - 0.5) * 48000)
        self.assertGreaterEqual(len(left), n, log)
        for samples, expected in ((left[-n:], level), (right[-n:], level / 2)):
            peak, rest = tone(samples, hz)
            self.assertAlmostEqual(peak, expected, delta=0.01)
            self.assertLess(rest, 0.01)
