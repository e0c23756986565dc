#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""libweir.so shows the functions of its public headers, under their version,
and needs nothing but libc.

    abi_symbols.py NM LIBRARY HEADER..."""
import re
import subprocess
import sys


def declared(headers):
    """Names that a public header declares as functions."""
    names = set()
    for header in headers:
        with open(header, encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        names |= set(re.findall(r"\b(weir_\w+)\s*\(", text))
    return names


def shown(nm, library):
    out = subprocess.run([nm, "-D", "--defined-only", library], check=True,
                         capture_output=True, text=True).stdout
    return {line.split()[-1] for line in out.splitlines()} - {"WEIR_0"}


def needed(library):
    out = subprocess.run(["readelf", "-d", library], check=True,
                         capture_output=True, text=True).stdout
    return (set(re.findall(r"NEEDED.*\[(.*)\]", out)),
            re.search(r"SONAME.*\[(.*)\]", out).group(1))


def main(nm, library, *headers):
    wanted = {f"{name}@@WEIR_0" for name in declared(headers)}
    assert len(wanted) >= 13, wanted
    found = shown(nm, library)
    assert found == wanted, (f"not shown: {sorted(wanted - found)}, "
                             f"not declared: {sorted(found - wanted)}")
    libraries, soname = needed(library)
    assert soname == "libweir.so.0", soname
    assert libraries <= {"libc.so.6"}, libraries


main(*sys.argv[1:])
