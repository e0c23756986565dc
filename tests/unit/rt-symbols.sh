#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
#
# usage: rt-symbols.sh rt|mixer|plugin OBJECT...
# Fails when the objects need a symbol that none of them defines and that is
# not on the list: what the callback or the mixer's block can reach must not
# allocate, lock, log or wait. The lists are short so that every addition is
# looked at; weir's own functions are not excepted.
set -eu

layer=$1
shift
# Blocks of samples and records, copied and cleared; memmove and the checked
# forms are what compilers make of these two.
any='memcpy|memset|memmove|__memcpy_chk|__memset_chk'
# The futex: one wake at the callback's end, one for each ring with readers;
# in freewheel, and there alone, bounded waits.
any="$any|syscall"
# The time of a cycle, by the vDSO: no system call.
any="$any|clock_gettime"
# Where syscall() leaves its error: a variable of the thread's own, there from
# its start.
any="$any|__errno_location"
# A meter's root of the mean square, and the pan law: they compute.
mixer='sqrt|sqrtf|cosf|sinf|ceil|fmin'
# A feed's resampler, whose process functions neither allocate, lock nor wait.
mixer="$mixer|weir_v?resampler_(process|flush|reset|held)"
mixer="$mixer|weir_vresampler_steer"
# What the CPU can do, as the compiler's library has noted: a variable.
mixer="$mixer|__cpu_model"
# URIs as numbers, and a value that moves in proportion.
plugin='strcmp|strlen|powf|__cpu_model'
# What compilers and sanitizers put in by themselves.
tools='_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|tsan|ubsan|rtsan)_.*'
tools="$tools|__sanitizer_.*"

case $layer in
rt) allowed="$any|$tools" ;;
mixer) allowed="$any|$mixer|$tools" ;;
plugin) allowed="$any|$plugin|$tools" ;;
*)
    echo "rt-symbols.sh: no such layer: $layer" >&2
    exit 2
    ;;
esac

needed=$(nm -u "$@" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u)
own=$(nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u)
[ -n "$own" ] || {
    echo "rt-symbols.sh: no symbols in $*" >&2
    exit 1
}
strangers=$(echo "$needed" | sed 's/@.*//' |
    grep -vxE "$allowed" | grep -vxF "$own" || true)
if [ -n "$strangers" ]; then
    echo "rt-symbols.sh: the $layer objects must not need:" >&2
    echo "$strangers" >&2
    exit 1
fi
