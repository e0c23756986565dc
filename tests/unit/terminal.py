# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A terminal of any size for a program, and what it sees on it."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

try:
    import pyte
except ModuleNotFoundError:  # another Python than Debian's own runs the test
    sys.path.append("/usr/lib/python3/dist-packages")
    import pyte

TIMEOUT_S = 20


class Screen(pyte.Screen):
    """pyte's, with the lines that scroll at once (SU and SD)."""

    def scroll(self, n):
        top, bottom = self.margins or pyte.screens.Margins(0, self.lines - 1)
        lines = {y: self.buffer.pop(y, None) for y in range(top, bottom + 1)}
        for y, line in lines.items():
            if line is not None and top <= y - n <= bottom:
                self.buffer[y - n] = line
        self.dirty.update(lines)

    def scroll_up(self, n=1, **_):
        self.scroll(n or 1)

    def scroll_down(self, n=1, **_):
        self.scroll(-(n or 1))


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


KEYS = {"up": "\x1bOA", "down": "\x1bOB", "right": "\x1bOC", "left": "\x1bOD",
        "home": "\x1b[1~", "end": "\x1b[4~", "pgup": "\x1b[5~",
        "pgdn": "\x1b[6~"}


class Terminal:
    """The program's stdin, stdout and controlling terminal."""

    def __init__(self, command, columns=80, lines=24, term="screen-256color",
                 locale="C.UTF-8", **kw):
        self.master, self.slave = pty.openpty()
        self.raw = b""
        self.screen = Screen(columns, lines)
        self.stream = Stream(self.screen)
        self.set_size(columns, lines)
        self.settings = termios.tcgetattr(self.slave)
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("LC_") and k not in ("LINES", "COLUMNS")}
        options = {"stdin": self.slave, "stdout": self.slave,
                   "stderr": subprocess.PIPE,
                   "start_new_session": True,
                   "preexec_fn": lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
                   **kw}
        self.process = subprocess.Popen(
            command, env={**env, "TERM": term, "LANG": locale}, **options)

    def set_size(self, columns, lines):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        self.screen.resize(lines, columns)
        self.screen.reset()
        self.set_size(columns, lines)  # which sends SIGWINCH

    def keys(self, *names):
        for name in names:
            os.write(self.master, KEYS.get(name, name).encode())

    def pump(self, timeout_s=0):
        """Show what the program has written by now."""
        while self.master >= 0 and select.select([self.master], [], [],
                                                 timeout_s)[0]:
            got = os.read(self.master, 65536)
            self.raw += got
            self.stream.feed(got)
            timeout_s = 0

    def wait(self, what, condition):
        """The condition's value, as soon as it is true of the screen."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            self.pump(0.01)
            value = condition()
            if value:
                return value
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(
                    f"no {what}; exit status {self.process.poll()}\n"
                    + "\n".join(self.screen.display))

    def line(self, text):
        """The first line that has the text, or None."""
        return next((line for line in self.screen.display if text in line),
                    None)

    def see(self, text):
        """That line, as soon as there is one."""
        return self.wait(repr(text), lambda: self.line(text))

    def ends(self):
        """Wait for the program's end; its exit status and stderr."""
        end = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < end:
            self.pump(0.01)
        self.pump(0.01)
        _, err = self.process.communicate(timeout=1)
        return self.process.returncode, (err or b"").decode()

    def is_restored(self):
        """Whether it is as before the program."""
        on, off = b"\x1b[?1049h", b"\x1b[?1049l"
        return (termios.tcgetattr(self.slave) == self.settings
                and self.raw.count(on) == self.raw.count(off)
                and self.raw.rfind(off) >= self.raw.rfind(on)
                and self.raw.rfind(b"\x1b[?25l") <
                max(self.raw.rfind(b"\x1b[?25h"),
                    self.raw.rfind(b"\x1b[34h\x1b[?25h"))
                or not self.raw)

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
