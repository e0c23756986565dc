#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Plugins in a running weir, by OSC: added to stereo strips, a second of
noise, some values set, their states saved, removed; added again, the states
loaded, the values as they were; removed. Weir is as it was afterwards: no
process, descriptor or thread is left.

As a test: those of tests/plugins and a few that are installed, in runners and
inside. coverage.py does it with all that are installed.
"""
import collections
import itertools
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../jack"))
import osc  # noqa: E402
import rig  # noqa: E402

osc.TIMEOUT_S = 60  # some plugins compute for seconds before they are there

AT_ONCE = 8  # plugins, each in a strip of its own
SLOT = "it"
SET_AT_MOST = 4  # values of each
# The heap keeps what was freed, to some extent: it must come to an end.
PASSES = 6
STILL_KB = 512
Result = collections.namedtuple("Result", "uri how why log")

OURS = ["urn:weir:test:" + name for name in (
    "gain", "smooth", "stereo", "widen", "delay", "cv", "enabled", "patch")]
# LV2's states have the values of control ports, and of no CV ports.
NOT_IN_STATES = ["urn:weir:test:cv"]
# Each if it is installed: mono and stereo, a synthesiser, MIDI, a worker.
INSTALLED = {
    "mda.lv2": ["http://drobilla.net/plugins/mda/Delay",
                "http://drobilla.net/plugins/mda/Limiter",
                "http://drobilla.net/plugins/mda/EPiano"],
    "fil4.lv2": ["http://gareus.org/oss/lv2/fil4#stereo"],
    "dpl.lv2": ["http://gareus.org/oss/lv2/dpl#stereo"],
    "convo.lv2": ["http://gareus.org/oss/lv2/zeroconvolv#Stereo"],
    "midifilter.lv2": ["http://gareus.org/oss/lv2/midifilter#passthru"],
    "meters.lv2": ["http://gareus.org/oss/lv2/meters#dBTPstereo"],
}


def children(pid):
    """Of it and of its own."""
    parents = collections.defaultdict(list)
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8",
                      errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            parents[int(fields[1])].append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [pid]
    for p in found:
        found += parents[p]
    return found[1:]


def holdings(w):
    """What weir must not have more of."""
    return {"descriptors": len(os.listdir(f"/proc/{w.pid}/fd")),
            "threads": len(os.listdir(f"/proc/{w.pid}/task")),
            "processes": len(children(w.pid))}


def rss_kb(pid):
    """0 when it has gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            return int(dict(line.split(":") for line in f)["VmRSS"].split()[0])
    except (FileNotFoundError, ProcessLookupError, KeyError):
        return 0


class Parameter(collections.namedtuple(
        "Parameter", "symbol name way kind least most default unit n_points")):
    def is_to_be_set(self):
        return (self.way == "in" and self.kind != "trigger" and
                self.kind != "property" and self.least < self.most and
                max(map(abs, (self.least, self.most))) < 1e6)

    def other(self):
        """A value that is not its default."""
        if self.kind == "toggle":
            return self.default == 0
        rest = max(self.most - self.default, self.least - self.default,
                   key=abs)
        if self.kind in ("integer", "enumeration"):
            # Of an enumeration every whole number may not be one of its points.
            return float(math.floor(self.default) + math.copysign(1, rest))
        return self.default + rest / 4


def parameters(page):
    """Of a page of a description, those that can be set."""
    while page:
        p = Parameter(*page[:9])
        page = page[9 + 2 * p.n_points:]
        if p.is_to_be_set():
            yield p


def is_number(word):
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def is_like(line, other):
    """States have numbers with eight decimal places."""
    if not (is_number(line.split()[-1]) and is_number(other.split()[-1])):
        return line == other
    return line.split()[:-1] == other.split()[:-1] and math.isclose(
        float(line.split()[-1]), float(other.split()[-1]), rel_tol=1e-6,
        abs_tol=1e-8)


def are_like(lines, others):
    return len(lines) == len(others) and all(map(is_like, lines, others))


class Driven(rig.Case):
    own_server = True

    def begin(self, *args):
        strips = [w for i in range(AT_ONCE) for w in ("-s", f"s{i}:2")]
        self.start_jackd()
        w = self.weir(*strips, *args)
        self.noise = self.keep(rig.Process(
            [f"{rig.TOOLS}/bench_client", "noise", "noise", "0",
             str(2 * AT_ONCE), w.name], self.new_log("noise"), self.env()))
        self.assertEqual(self.noise.line(), "ready", self.noise.log())
        return w

    # ----------------------------------------------------------- one of them

    def ask(self, w, i, what, *values):
        return w.osc.ask(f"/strip/s{i}/plugin/{what}", *values)

    def slots(self, w, i):
        return w.osc.command(f"/strip/s{i}/plugin/list")

    def state(self, w, i):
        return w.osc.get(f"/strip/s{i}/plugin/{SLOT}/state")

    def dump(self, w, i):
        return w.osc.command(f"/strip/s{i}/plugin/dump")

    def settled(self, w, i):
        """Whether it is no longer on its way."""
        return self.state(w, i) if self.state(w, i) not in (
            "starting", "restarting") else None

    def set_some(self, w, found, i):
        """Values that are none of its defaults."""
        if found.uri in NOT_IN_STATES:
            return
        page = self.ask(w, i, SLOT + "/describe", 0).values[6:]
        for p in itertools.islice(parameters(page), SET_AT_MOST):
            answer = self.ask(w, i, f"{SLOT}/param/{p.symbol}", p.other())
            self.assertEqual(answer.address, "/reply", (p, answer.values))

    def saved(self, w, i):
        """The name of its state, or an error."""
        self.n_saved = getattr(self, "n_saved", 0) + 1
        return self.ask(w, i, SLOT + "/preset/save", f"kept-{self.n_saved}")

    # --------------------------------------------------------------- a batch

    def judge(self, w, found, places, when):
        for i in places:
            state = rig.wait_for(f"{found[i].uri} {when}",
                                 lambda: self.settled(w, i))
            if state != "running" and found[i].how == "works":
                found[i] = found[i]._replace(
                    how="nonsense" if "not a number" in w.log() else "crashed",
                    why=f"{state} {when}")

    def spoil(self, found, i, how, why):
        if found[i].how == "works":
            found[i] = found[i]._replace(how=how, why=why)

    def add(self, w, found, places):
        """The places of those that are there."""
        for i in places:
            answer = self.ask(w, i, "add", SLOT, found[i].uri)
            if answer.address == "/error":
                found[i] = found[i]._replace(how="refused",
                                             why=answer.values[2])
        return [i for i in places if found[i].how != "refused"]

    def remove(self, w, found, places):
        for i in places:
            self.assertEqual(self.ask(w, i, SLOT + "/remove").address,
                             "/reply", found[i].uri)

    def restore(self, w, found, i, name, lines):
        """Its state, into one that is as new."""
        answer = self.ask(w, i, SLOT + "/preset", name)
        if answer.address != "/reply":
            self.spoil(found, i, "not loaded", str(answer.values[2]))
            return
        try:
            rig.wait_for("values", lambda: are_like(self.dump(w, i), lines), 5)
        except AssertionError:
            other = set(self.dump(w, i)) ^ set(lines)
            self.spoil(found, i, "not restored", min(other, default="order"))

    def batch(self, w, uris):
        """A Result of each."""
        begin = len(w.log())
        found = [Result(uri, "works", "", "") for uri in uris]
        places = self.add(w, found, range(len(uris)))
        self.judge(w, found, places, "when it was added")
        self.pass_frames(w, rig.RATE)
        self.judge(w, found, places, "after a second of noise")
        kept = {}
        for i in places:
            self.set_some(w, found[i], i)
            answer = self.saved(w, i)
            if answer.address == "/reply":
                kept[i] = answer.values[1], self.dump(w, i)
            else:
                self.spoil(found, i, "not saved", str(answer.values[2]))
        self.remove(w, found, places)
        places = self.add(w, found, places)
        self.judge(w, found, places, "when it was added again")
        for i in set(places) & set(kept):
            self.restore(w, found, i, *kept[i])
        self.pass_frames(w, rig.RATE // 4)
        self.judge(w, found, places, "after its state was loaded")
        self.remove(w, found, places)
        self.assertTrue(w.running(), w.log())
        return [r._replace(log=w.log()[begin:]) for r in found]

    def is_as_before(self, w, before):
        def same():
            now = holdings(w)
            return all(now[k] <= before[k] for k in before)
        try:
            rig.wait_for("an end of what plugins had", same)
        except AssertionError:
            self.fail(f"{holdings(w)}, before {before}")

    def try_all(self, w, uris, say=lambda result: None,
                after=lambda n: None):
        results = []
        for at in range(0, len(uris), AT_ONCE):
            for result in self.batch(w, uris[at:at + AT_ONCE]):
                results.append(result)
                say(result)
            after(len(results))
        return results


class Live(Driven):
    def plugins(self):
        return OURS + [uri for bundle, uris in INSTALLED.items()
                       if os.path.exists("/usr/lib/lv2/" + bundle)
                       for uri in uris]

    def check_all(self, *args):
        w = self.begin(*args)
        rss_kb = []
        for turn in range(PASSES):
            for result in self.try_all(w, self.plugins()):
                self.assertEqual(result.how, "works", result)
            if turn > 0:  # what is made once is there
                before = before if turn > 1 else holdings(w)
                self.is_as_before(w, before)
            rss_kb.append(w.rss_kb())
            if turn > 1 and rss_kb[-1] - rss_kb[-2] < STILL_KB:
                return
        self.fail(f"it grows with every pass: {rss_kb} kB")

    def test_plugins_come_and_go_and_leave_nothing(self):
        self.check_all()

    def test_plugins_inside_come_and_go_and_leave_nothing(self):
        self.check_all("--plugins-inside")

    def check_heard(self, *args):
        w = self.begin(*args)
        peak = lambda: w.osc.ask("/strip/s0/meter").values[0]
        rig.wait_for("sound", lambda: peak() > -40)
        self.ask(w, 0, "add", SLOT, "urn:weir:test:gain")
        self.ask(w, 0, SLOT + "/param/gain", 0.0)
        rig.wait_for("silence", lambda: peak() == -120)
        self.ask(w, 0, SLOT + "/param/gain", 1.0)
        rig.wait_for("sound", lambda: peak() > -40)

    def test_a_plugin_is_heard(self):
        self.check_heard()

    def test_a_plugin_inside_is_heard(self):
        self.check_heard("--plugins-inside")

    def test_what_cannot_be_hosted_is_refused_and_leaves_nothing(self):
        w = self.begin()
        self.try_all(w, OURS[:1])
        before = holdings(w)
        for uri in ("urn:weir:test:needs-feature", "urn:weir:test:none"):
            answer = self.ask(w, 0, "add", SLOT, uri)
            self.assertEqual(answer.address, "/error", uri)
        self.assertEqual(self.slots(w, 0), [])
        self.is_as_before(w, before)


class Every(Driven):
    """Not a test: coverage.py's."""

    def has_failed(self):
        return False


def in_mb(kb):
    return f"{kb / 1024:.0f}"


class Memory:
    """What weir and the processes that it has hold, while plugins come and
    go."""
    EVERY = 100

    def __init__(self, w, n_all):
        self.w = w
        self.n_all = n_all
        self.rows = []  # (plugins so far, weir's kB, its children's)
        self.note(0)

    def note(self, n):
        passed = self.rows and n < self.rows[-1][0]  # another pass
        last = 0 if passed else self.rows[-1][0] if self.rows else -self.EVERY
        if n // self.EVERY > last // self.EVERY or n == self.n_all:
            self.rows.append((n, self.w.rss_kb(),
                              sum(map(rss_kb, children(self.w.pid)))))

    def __str__(self):
        return (f"RSS of weir after {', '.join(str(r[0]) for r in self.rows)} "
                f"plugins: {', '.join(in_mb(r[1]) for r in self.rows)} MB; of "
                f"its nursery: {', '.join(in_mb(r[2]) for r in self.rows)} MB")


def try_every(uris, say, *args, passes=1):
    """[Result], and what weir has more of afterwards. More passes than one
    show whether it is every pass that costs memory, and must come to the
    same."""
    case = Every()
    case.setUp()
    rig.signal.alarm(0)
    try:
        w = case.begin(*args)
        case.try_all(w, uris[:AT_ONCE])
        before = holdings(w)
        begin = time.monotonic()
        memory = Memory(w, len(uris))
        results = case.try_all(w, uris, say, memory.note)
        for _ in range(passes - 1):
            for one, again in zip(results, case.try_all(
                    w, uris, after=memory.note)):
                if one.how != again.how:
                    say(again)
        case.is_as_before(w, before)
        return results, (f"{len(uris)} plugins in "
                         f"{time.monotonic() - begin:.0f} s; {holdings(w)}, "
                         f"before {before}; {memory}")
    finally:
        case.tearDown()


if __name__ == "__main__":
    rig.main()
