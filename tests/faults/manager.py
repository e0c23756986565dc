# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""systemd as a user's own manager, where there is no systemd: in a /run and a
control group of the test's own."""
import ctypes
import os
import shutil
import subprocess

import rig

_libc = ctypes.CDLL(None, use_errno=True)
SYSTEMD = "/lib/systemd/systemd"
NOBODY = 65534


def groups():
    """Where there may be a control group for it."""
    top = "/sys/fs/cgroup"
    found = [f"{top}/{x}" for x in ("systemd", "unified")
             if os.path.exists(f"{top}/{x}/cgroup.procs")]
    return found or ([top] if os.path.exists(f"{top}/cgroup.procs") else [])


def why_not():
    if not os.path.exists(SYSTEMD):
        return "no systemd (package systemd)"
    if os.path.exists("/run/systemd/system"):
        return "this machine has a systemd, which is left alone"
    if os.geteuid() != 0 or not groups():
        return "no control group can be made"
    return None


class Manager:
    """Takes the units from `units`, and settings from config()."""

    def __init__(self, folder, units, user):
        self.user = user
        self.home = f"{folder}/home"
        self.name = f"weirtest-{os.getpid()}"
        self.run_dir = f"/run/user/{user}"
        self.n_started = 0
        rig.have_a_machine()
        if _libc.mount(b"weirtest", b"/run", b"tmpfs", 0, b"mode=755") != 0:
            raise OSError("no /run of its own")
        for path in ("/run/systemd/system", self.run_dir,
                     f"{self.home}/.config/systemd", f"{self.home}/.config/weir"):
            os.makedirs(path)
        os.chmod(self.run_dir, 0o700)
        shutil.copytree(units, f"{self.home}/.config/systemd/user")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home,
                    "XDG_RUNTIME_DIR": self.run_dir}
        self.log = f"{folder}/manager.log"
        for group in groups():
            os.makedirs(f"{group}/{self.name}/all")
            for path in (f"{group}/{self.name}", f"{group}/{self.name}/all"):
                os.chown(path, user, user)
                for name in os.listdir(path):
                    if name.startswith("cgroup."):
                        os.chown(f"{path}/{name}", user, user)

    def drop_in(self, unit, text):
        """What only a test needs to know."""
        folder = f"{self.home}/.config/systemd/user/{unit}.service.d"
        os.makedirs(folder)
        with open(f"{folder}/test.conf", "w") as f:
            f.write(text)

    def config(self, name, line):
        with open(f"{self.home}/.config/weir/{name}", "w") as f:
            f.write(line + "\n")

    def _enter(self):
        rig.end_with_parent()
        for group in groups():
            with open(f"{group}/{self.name}/all/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
        if self.user:
            os.setgroups([])
            os.setgid(self.user)
            os.setuid(self.user)
        rig.end_with_parent()

    def start(self):
        for top, folders, files in os.walk(self.home):
            for name in ["", *folders, *files]:
                os.chown(os.path.join(top, name), self.user, self.user)
        os.chown(self.run_dir, self.user, self.user)
        os.chmod(os.path.dirname(self.home), 0o755)
        with open(self.log, "w") as log:
            self.p = subprocess.Popen(
                [SYSTEMD, "--user", "--log-target=console"], env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=self._enter)
        rig.wait_for("the manager", lambda: self.call(
            "is-system-running").stdout.strip() in ("running", "degraded"))

    def call(self, *words):
        return subprocess.run(
            ["systemctl", "--user", *words], env=self.env, user=self.user,
            group=self.user, extra_groups=[], capture_output=True, text=True,
            check=False, timeout=60)

    def show(self, unit, what):
        return self.call("show", "-p", what, "--value", unit).stdout.strip()

    def pid(self, unit):
        return int(self.show(unit, "MainPID"))

    def stop(self):
        self.call("exit")
        try:
            self.p.wait(30)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        _libc.umount2(b"/run", 2)
        for group in groups():
            for top, _, _ in os.walk(f"{group}/{self.name}", topdown=False):
                # Who was in there may take a moment to be gone.
                rig.wait_for(f"an empty {top}", lambda t=top: gone(t), 10)


def gone(group):
    try:
        os.rmdir(group)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
