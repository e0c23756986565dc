# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A home for a PipeWire and a WirePlumber of the test's own: their packages'
configuration, with a null sink and a silent source as the only devices and
without D-Bus. What runs in this environment finds that PipeWire, as JACK
too."""
import os
import shutil
import subprocess

# As pw-jack sets it; the loader fills in ${LIB}.
LIBJACK = {"LD_LIBRARY_PATH": "/usr/${LIB}/pipewire-0.3/jack"}

# In a virtual machine PipeWire takes periods of 1024 frames and more, unless
# it is told otherwise. Ports without a position have a number for a name.
DAEMON = """
context.properties = {
    support.dbus = false
    default.clock.rate = %(rate)d
    default.clock.allowed-rates = [ %(rate)d ]
    default.clock.quantum = %(period)d
    default.clock.min-quantum = 16
    default.clock.max-quantum = 8192
    vm.overrides = { }
}
context.objects = [
    { factory = adapter
        args = {
            factory.name = support.null-audio-sink
            node.name = system
            node.description = system
            media.class = Audio/Sink
            audio.position = [ UNK UNK ]
        }
    }
    { factory = adapter
        args = {
            factory.name = support.null-audio-sink
            node.name = system
            node.description = system
            media.class = Audio/Source/Virtual
            audio.position = [ UNK UNK ]
        }
    }
]
"""

MANAGER = """
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
default_access.properties["enable-flatpak-portal"] = false
device_defaults.properties["use-persistent-storage"] = false
stream_defaults.properties["restore-props"] = false
stream_defaults.properties["restore-target"] = false
"""

BLUETOOTH = """
bluez_monitor.enabled = false
"""


def is_installed():
    return (all(shutil.which(name) for name in
                ("pipewire", "wireplumber", "pw-jack", "pw-metadata")))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def make_home(folder, period, rate):
    """Its environment, as of a user who has nothing else."""
    config = f"{folder}/config"
    write(f"{config}/pipewire/pipewire.conf.d/test.conf",
          DAEMON % {"rate": rate, "period": period})
    write(f"{config}/wireplumber/main.lua.d/51-test.lua", MANAGER)
    write(f"{config}/wireplumber/bluetooth.lua.d/51-test.lua", BLUETOOTH)
    os.makedirs(f"{folder}/run", 0o700, exist_ok=True)
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("PIPEWIRE_", "DBUS_"))}
    env.update(LIBJACK, PIPEWIRE_RUNTIME_DIR=f"{folder}/run",
               XDG_RUNTIME_DIR=f"{folder}/run", XDG_CONFIG_HOME=config,
               XDG_STATE_HOME=f"{folder}/state")
    return env


def is_forced(env):
    """Whether somebody has set the period by hand, as jack_bufsize does."""
    out = subprocess.run(["pw-metadata", "-n", "settings", "0",
                          "clock.force-quantum"], env=env, check=True,
                         capture_output=True, text=True, timeout=30).stdout
    return "value:'0'" not in out
