# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Two that watch real-time threads: the preloaded library (watch.c), and in
the preset rtsan clang's RealtimeSanitizer. WEIR_WATCH says which."""
import collections
import functools
import os
import re
import subprocess

LIBRARY = os.environ.get("WEIR_WATCH", "build-dev/tests/libweir_watch.so")


class Offence:
    def __init__(self, thread, call):
        self.thread, self.call, self.frames = thread, call, []

    def __repr__(self):
        return f"{self.thread} calls {self.call}\n" + "".join(
            f"    {f}\n" for f in self.frames)


class Preloaded:
    """A library that knows the two threads, and reports at the end."""
    calls_unseen = frozenset()

    def __init__(self, report):
        self.report = report
        self.callback = self.mixer = None

    def env(self, env):
        return dict(env, LD_PRELOAD=os.path.abspath(LIBRARY),
                    WEIR_WATCH_REPORT=self.report)

    def offences(self, _log):
        """What the process that has ended did wrong."""
        found = []
        with open(self.report) as f:
            lines = f.read().splitlines()
        self.callback, self.mixer, total = [
            {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", line)}
            for line in lines[:3]]
        for line in lines[3:]:
            if line.startswith("offence "):
                found.append(Offence(*line.split()[1:]))
            elif os.path.basename(LIBRARY) not in line:
                found[-1].frames.append(line)
        name_frames(found)
        assert (total["offences"] == 0) == (not found)
        return found


class Sanitizer:
    """RealtimeSanitizer tells of the call and its stack, but not of which
    thread it is; what it was built to know is what it can report."""
    # It has no interceptor for these; the compiler refuses them (CMake:
    # realtime_compiler_...).
    calls_unseen = frozenset((
        "mlock", "pthread_mutex_trylock", "pthread_once", "sem_post",
        "sem_wait", "fstat", "printf", "fprintf", "snprintf", "syslog",
        "clock_nanosleep"))

    def __init__(self, _report):
        pass

    def env(self, env):
        return dict(env, RTSAN_OPTIONS="halt_on_error=0:abort_on_error=0:"
                    "suppress_equal_stacks=1:print_stats_on_exit=1")

    def offences(self, log):
        found = []
        assert "RealtimeSanitizer exit stats" in log, log
        for line in log.splitlines():
            m = re.search(r"real-time unsafe function `(\w+)`", line)
            if m:
                found.append(Offence("thread", m[1]))
            elif found and re.match(r" +#\d+ ", line):
                found[-1].frames.append(line)
        name_frames(found)
        return found


SANITIZED = LIBRARY == "rtsan"
Watch = Sanitizer if SANITIZED else Preloaded


@functools.cache
def exported(file):
    """Addresses of the functions that a file shows to others."""
    out = subprocess.run(["nm", "-D", "--defined-only", file],
                         capture_output=True, text=True, check=False).stdout
    words = [line.split() for line in out.splitlines()]
    return {w[2]: int(w[0], 16) for w in words if len(w) == 3}


def without_name(frame):
    """file(name+0x12) as file(+0x1012)."""
    m = re.match(r"(.*)\((\w+)\+0x([0-9a-f]+)\)(.*)", frame)
    if not m or m[1].startswith(("/lib", "/usr/lib", " ")):
        return frame
    at = exported(m[1]).get(m[2])
    return f"{m[1]}(+{hex(at + int(m[3], 16))}){m[4]}" if at else frame


def place(frame):
    """(file, address) in a line by backtrace_symbols_fd(3), where it is the
    one behind the call, or by the sanitizer. Not in a system's library, whose
    debug information would be read for seconds."""
    frame = without_name(frame)
    m = (re.match(r"(?P<file>.*)\(\+0x(?P<at>[0-9a-f]+)\)", frame)
         or re.match(r" *#\d+.*\((?P<file>.*)\+0x(?P<at>[0-9a-f]+)\)", frame))
    if not m or m["file"].startswith(("/lib", "/usr/lib")):
        return None
    return m["file"], hex(int(m["at"], 16) - (m[0][:1] != " "))


def name_frames(offences):
    """Addresses become functions and lines; several where one function was
    put into another."""
    by_file, names = collections.defaultdict(set), {}
    for o in offences:
        for p in filter(None, map(place, o.frames)):
            by_file[p[0]].add(p[1])
    for file, addresses in by_file.items():
        out = subprocess.run(["addr2line", "-aCfpie", file, *addresses],
                             capture_output=True, text=True, check=False)
        for line in out.stdout.splitlines():
            m = re.match(r"0x0*([0-9a-f]+): (.*)", line)
            if m:
                at = names.setdefault((file, "0x" + m[1]), [])
            at.append(m[2] if m else line.strip())
    for o in offences:
        o.frames = [n for f in o.frames for n in names.get(place(f), [f])]


def summary(offences):
    """For a failed test: what, how often, and the first stack of each."""
    by_call = collections.defaultdict(list)
    for o in offences:
        by_call[o.thread, o.call].append(o)
    return "\n".join(f"{len(some)} times: {some[0]}"
                     for some in by_call.values())
