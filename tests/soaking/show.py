# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The soak itself: everybody in turn, until the time is over, then the
account."""
import json
import platform
import random
import signal
import time

from account import Account, Growth
from controller import Surface
from feeds import Clock, Killed, Loop
from guests import Desk, Visitors
from recorders import Codec, Log
from stage import PERIOD, RATE, Stage
from streams import Stream
from taps import SlowTap, Tap

COUNTERS = ("cycles", "frames_mixed", "frames_silent", "input_frames_lost",
            "xruns", "late_blocks", "zombie_callbacks", "blocks_not_finite")
WARM = 0.2  # of the time, then nothing may grow;
WARM_S = 60  # but not before: rings are touched page by page


def cast(stage, account, seed):
    dice = random.Random(seed)
    return [
        Log(stage, account),
        Codec(stage, account, "mix.flac", "-e", "16", "--split", "10"),
        Codec(stage, account, "mix.ogg", "--split", "15"),
        Stream(stage, account),
        Tap(stage, account),
        SlowTap(stage, account, "slow-tap"),
        Loop(stage, account),
        Killed(stage, account),
        Clock(stage, account),
        Desk(stage, account, dice),
        Visitors(stage, account, dice),
        Surface(stage, account),
    ]


def play(parts, growth, seconds, say):
    """Each part's step when it is due; what holds memory is looked at once,
    when it is warm."""
    begin = time.monotonic()
    due = [begin] * len(parts)
    warm, minute = begin + max(WARM * seconds, WARM_S), 0
    while (now := time.monotonic()) < begin + seconds:
        k = min(range(len(parts)), key=due.__getitem__)
        if due[k] > now:
            time.sleep(min(due[k], begin + seconds) - now)
            continue
        parts[k].step()
        due[k] = time.monotonic() + parts[k].every_s
        if now > warm:
            for g in growth:
                g.look()
        if now - begin >= 60 * (minute + 1):
            minute += 1
            say(minute)


def say_to(stage):
    def say(minute):
        w = stage.weir
        print(f"{minute} min: {w.status('frames_mixed')} frames, xruns "
              f"{w.status('xruns')}, late {w.status('late_blocks')}, lost "
              f"{w.status('input_frames_lost')}, readers "
              f"{w.status('readers')}, {w.rss_kb()} kB", flush=True)
    return say


def end(stage, parts, growth, account):
    for part in parts:
        part.end()
    growth[0].settle(account, 1024)  # the others' are the parts' own
    counters = {k: stage.weir.status(k) for k in COUNTERS}
    readers = stage.weir.readers()
    stage.weir.osc.command("/quit")
    account.equal("weir: exit status", stage.weir.end()[0], 0)
    stage.generator.signal(signal.SIGTERM)
    gaps = json.loads(stage.generator.end()[1])["gaps"]
    for part in parts:
        if hasattr(part, "settle"):
            part.settle(gaps, counters["input_frames_lost"])
    account.equal("weir: readers at the end", len(readers), 0)
    account.equal("weir: zombie callbacks", counters["zombie_callbacks"], 0)
    account.equal("weir: blocks that were not finite",
                  counters["blocks_not_finite"], 0)
    for what in ("cycles", "frames_mixed", "frames_silent",
                 "input_frames_lost", "xruns", "late_blocks"):
        account.shown(f"weir: {what}", counters[what])
    account.shown("jack: gaps in its frame time", len(gaps))


def run(seconds, seed, path):
    account = Account()
    stage = Stage()
    try:
        growth = [Growth("weir", stage.weir.pid)]
        parts = cast(stage, account, seed)
        growth += [p.growth for p in parts if hasattr(p, "growth")]
        play(parts, growth, seconds, say_to(stage))
        end(stage, parts, growth, account)
    except BaseException:
        for p in stage.processes:
            print(f"--- {' '.join(p.p.args)}\n{p.log()[-2000:]}", flush=True)
        raise
    finally:
        stage.close()
    account.show()
    if path:
        account.write(path, {"seconds": seconds, "seed": seed, "rate": RATE,
                             "period": PERIOD,
                             "machine": platform.machine()})
    return 0 if account.good() else 1
