#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Builds the kernels for aarch64 and runs them under qemu: what NEON computes
is what the plain loops compute.

Exit status 77 without the compiler, its libc or qemu (Debian:
gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user).
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CC = "aarch64-linux-gnu-gcc"
QEMU = "qemu-aarch64"
SOURCES = ["client/engine/kernels_plain.c", "client/engine/kernels_neon.c",
           "client/engine/kernels_choose.c", "tests/unit/kernels_cross.c"]


def main():
    for tool in (CC, QEMU):
        if not shutil.which(tool):
            print(f"kernels_on_aarch64: no {tool}")
            return 77
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "kernels")
        subprocess.run(
            [CC, "-std=gnu17", "-O3", "-static", "-fopenmp-simd",
             "-fno-math-errno", "-Wall", "-Wextra", "-Werror",
             "-I", os.path.join(ROOT, "client"), "-o", program,
             *(os.path.join(ROOT, s) for s in SOURCES), "-lm"], check=True)
        run = subprocess.run([QEMU, program], stdout=subprocess.PIPE,
                             text=True, timeout=60)
    print(run.stdout, end="")
    return 0 if run.returncode == 0 and run.stdout.split() == [
        "plain", "neon"] else 1


if __name__ == "__main__":
    sys.exit(main())
