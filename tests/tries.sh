# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
#
# For tests/run: a preset's tests, counted. A test with the label `server` has
# servers of its own on a machine that others use too, and has failed there
# because of them: it gets one more try, when nothing else is run. All others
# fail at once, and so does who fails twice. tests/unit/test_run.py holds it to
# that.

passed=0
failed=0
skipped=0
second_tries= # names of those that passed with it

say() { printf '\n== %s\n' "$*"; }

# LOG: "FAILED ALL", as ctest's closing lines have it; nothing without them.
totals() {
    sed -nE 's/.* ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$1" |
        tail -n 1
}

# LOG: the names under ctest's last "The following tests FAILED:", if any.
names_of_failed() {
    grep -q '^The following tests FAILED:$' "$1" || return 0
    tac "$1" | sed '/^The following tests FAILED:$/q' |
        sed -nE 's/^[[:space:]]+[0-9]+ - ([^ ]+) \(.*/\1/p'
}

# LOG: the names that passed.
names_of_passed() {
    sed -nE 's,^ *[0-9]+/[0-9]+ Test +#[0-9]+: ([^ ]+) \.+ +Passed .*,\1,p' "$1"
}

# PRESET: the names that have the label.
names_with_servers() {
    ctest --test-dir "build-$1" -N -L '^server$' |
        sed -nE 's/^ *Test +#[0-9]+: ([^ ]+)$/\1/p'
}

# LOG STATUS: one ctest run, added to the sums. False if it was none: it has
# ended before its closing lines, or for another reason than these say.
count() {
    local n_failed n_all n_skipped
    read -r n_failed n_all < <(totals "$1")
    if [ -z "${n_all:-}" ] || [ "$((n_failed > 0))" != "$(($2 > 0))" ]; then
        echo "ctest itself failed, or found nothing (status $2)"
        failed=$((failed + 1))
        return 1
    fi
    n_skipped=$(grep -cE '\*\*\*Skipped +[0-9.]+ sec$' "$1")
    failed=$((failed + n_failed))
    skipped=$((skipped + n_skipped))
    passed=$((passed + n_all - n_failed - n_skipped))
}

# Both as a regular expression of ctest's: NAME...
exactly() {
    printf '%s\n' "$@" | sed 's/[.+*?()^$|[\]/\\&/g' | paste -sd '|' |
        sed 's/.*/^(&)$/'
}

# PRESET NAME...: once more, one after the other.
try_again() {
    local preset=$1 name
    local out="build-$preset/tests-again.log"
    shift
    say "preset $preset: second try, alone: $*"
    builders STOP
    ctest --preset "$preset" -j 1 -R "$(exactly "$@")" </dev/null 2>&1 |
        tee "$out"
    builders CONT
    for name in $(names_of_passed "$out"); do
        [[ " $* " == *" $name "* ]] || continue # a fixture
        failed=$((failed - 1))
        passed=$((passed + 1))
        second_tries+=" $name"
    done
}

# PRESET and how many of its tests run at once.
test_preset() {
    local out="build-$1/tests.log" status with_servers again
    say "preset $1: tests"
    with_servers=$(names_with_servers "$1")
    ctest --preset "$1" -j "$2" </dev/null 2>&1 | tee "$out"
    status=${PIPESTATUS[0]}
    count "$out" "$status" || return
    again=$(names_of_failed "$out" | grep -Fx -e "$with_servers" | sort -u)
    [ -z "$again" ] || try_again "$1" $again
}

# SIGNAL: to what is built meanwhile; nothing if nothing is.
builders() {
    [ -z "${builder:-}" ] || kill "-$1" -- "-$builder" 2>/dev/null
}

finish() {
    [ "$passed" -gt 0 ] || failed=$((failed + 1)) # nothing ran
    echo
    if [ -n "$second_tries" ]; then
        echo "passed at the second try:$second_tries"
    fi
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ]
    exit
}
