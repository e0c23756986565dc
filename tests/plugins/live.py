#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Plugins in a running weir, by OSC: added to stereo strips, a second of
noise, their states saved and loaded, removed. Weir is as it was afterwards: no
process, descriptor or thread is left.

As a test: those of tests/plugins and a few that are installed, in runners and
inside. coverage.py --weir does it with all that are installed.
"""
import collections
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
# The heap keeps what was freed, to some extent: it must come to an end.
PASSES = 6
STILL_KB = 512
Result = collections.namedtuple("Result", "uri how why log")

OURS = ["urn:weir:test:" + name for name in (
    "gain", "smooth", "stereo", "widen", "delay", "cv", "enabled", "patch")]
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

    # --------------------------------------------------------------- a batch

    def ask(self, w, i, what, *values):
        return w.osc.ask(f"/strip/s{i}/plugin/{what}", *values)

    def slots(self, w, i):
        return w.osc.command(f"/strip/s{i}/plugin/list")

    def state(self, w, i):
        return w.osc.get(f"/strip/s{i}/plugin/{SLOT}/state")

    def settled(self, w, i):
        """Whether it is no longer on its way."""
        return self.state(w, i) if self.state(w, i) not in (
            "starting", "restarting") else None

    def judge(self, w, found, places, when):
        for i in places:
            state = rig.wait_for(f"{found[i].uri} {when}",
                                 lambda: self.settled(w, i))
            if state != "running" and found[i].how == "works":
                found[i] = found[i]._replace(
                    how="nonsense" if "not a number" in w.log() else "crashed",
                    why=f"{state} {when}")

    def saved(self, w, found, i):
        """Its state, in a folder and from there."""
        self.n_saved = getattr(self, "n_saved", 0) + 1
        name = f"kept-{self.n_saved}"
        for what in ("preset/save", "preset"):
            answer = self.ask(w, i, f"{SLOT}/{what}", name)
            if answer.address != "/reply":
                found[i] = found[i]._replace(
                    how=f"no {what}", why=str(answer.values[2]))

    def batch(self, w, uris):
        """A Result of each."""
        begin = len(w.log())
        found = [Result(uri, "works", "", "") for uri in uris]
        for i, uri in enumerate(uris):
            answer = self.ask(w, i, "add", SLOT, uri)
            if answer.address == "/error":
                found[i] = Result(uri, "refused", answer.values[2], "")
        places = [i for i, r in enumerate(found) if r.how != "refused"]
        self.judge(w, found, places, "when it was added")
        self.pass_frames(w, rig.RATE)
        self.judge(w, found, places, "after a second of noise")
        for i in places:
            self.saved(w, found, i)
        self.judge(w, found, places, "when it was restored")
        self.pass_frames(w, rig.RATE // 4)
        self.judge(w, found, places, "after it was restored")
        for i in places:
            self.assertEqual(self.ask(w, i, SLOT + "/remove").address,
                             "/reply", uris[i])
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

    def try_all(self, w, uris, say=lambda result: None):
        results = []
        for at in range(0, len(uris), AT_ONCE):
            for result in self.batch(w, uris[at:at + AT_ONCE]):
                results.append(result)
                say(result)
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


def try_every(uris, say, *args):
    """[Result], and what weir has more of afterwards."""
    case = Every()
    case.setUp()
    rig.signal.alarm(0)
    try:
        w = case.begin(*args)
        case.try_all(w, uris[:AT_ONCE])
        before = holdings(w)
        rss_kb = w.rss_kb()
        begin = time.monotonic()
        results = case.try_all(w, uris, say)
        case.is_as_before(w, before)
        return results, (f"{len(uris)} plugins in "
                         f"{time.monotonic() - begin:.0f} s; {holdings(w)}, "
                         f"before {before}; RSS grew by "
                         f"{w.rss_kb() - rss_kb} kB")
    finally:
        case.tearDown()


if __name__ == "__main__":
    rig.main()
