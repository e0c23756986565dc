# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The soak's account: counts, and what each of them must be."""
import json


class Account:
    def __init__(self):
        self.rows = []  # (what, got, rule, good)

    def equal(self, what, got, wanted):
        self.rows.append((what, got, f"= {wanted}", got == wanted))

    def at_most(self, what, got, limit):
        self.rows.append((what, got, f"<= {limit}", got <= limit))

    def at_least(self, what, got, limit):
        self.rows.append((what, got, f">= {limit}", got >= limit))

    def shown(self, what, got):
        self.rows.append((what, got, "", True))

    def good(self):
        return all(row[3] for row in self.rows)

    def show(self):
        width = max(len(row[0]) for row in self.rows)
        for what, got, rule, good in self.rows:
            print(f"{what:{width}}  {got!s:>12} {rule:16}"
                  f"{'' if good else ' WRONG'}".rstrip(), flush=True)

    def write(self, path, facts):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(facts | {"counts": [
                {"what": w, "got": g, "rule": r, "good": ok}
                for w, g, r, ok in self.rows]}, f, indent=1)
            f.write("\n")


class Growth:
    """What a process holds, when it was warm and at the end."""

    def __init__(self, name, pid, tries=0):
        """`tries`: connections that it may be trying to make at any time."""
        self.name, self.pid, self.tries = name, pid, tries
        self.warm = None

    def now(self):
        import os
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            status = dict(line.split(":", 1) for line in f if ":" in line)
        return {"kB": int(status["VmRSS"].split()[0]),
                "threads": int(status["Threads"]),
                "descriptors": len(os.listdir(f"/proc/{self.pid}/fd"))}

    def look(self):
        if self.warm is None:
            self.warm = self.now()

    def settle(self, account, limit_kb):
        if self.warm is None:
            return
        now = self.now()
        account.at_most(f"{self.name}: kB more than when warm",
                        now["kB"] - self.warm["kB"], limit_kb)
        for what in ("threads", "descriptors"):
            account.at_most(f"{self.name}: {what} more than when warm",
                            now[what] - self.warm[what],
                            self.tries if what == "descriptors" else 0)
