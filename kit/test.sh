#!/usr/bin/env bash
# Every check of this repository, one line a step; ./run.sh test calls it when all packages are there.
#
#   kit/test.sh             all steps, in order
#   kit/test.sh STEP...     only these (kit/test.sh --list names them)
#
# A step that has cases of its own (unit tests, campaigns) counts those; any other counts as one.  The
# last line is the sum.  A step's whole output is in build/logs/STEP.log, and shown when it fails.
set -euo pipefail

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
jobs=$(nproc)
logs=build/logs
killpoint=$PWD/build/release-ci/killpoint
export KILLPOINT_RUNS=$PWD/build/runs KILLPOINT_COMMAND=./run.sh
# Whatever job this runs in: it is no part of a suite.
unset KILLPOINT_SHARD CI_NODE_INDEX CIRCLE_NODE_INDEX BUILDKITE_PARALLEL_JOB SLURM_ARRAY_TASK_ID JOB_COMPLETION_INDEX
# What the checks run is not what a job of GitHub is about.
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
declare -i passed=0 failed=0 skipped=0
failures=()
smoke=$PWD/$logs/smoke-results
smoke_runs=build/smoke-runs # of the smoke alone, for the gate

steps=(format shell gcc symbols house unit clang asan tsan nofiu cppcheck tidy release real smoke screen expected points audit canary
    formats selftest causes digest shards ci policy docs leftovers signals trouble nights completion install browser package gate)

sources() { find store harness reports -name '*.[ch]' -print | sort; }

build() { # PRESET
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1" -j "$jobs"
}

smoke_says() { # PYTHON: statements about `whole`, the results of the smoke
    python3 -c "import json, sys
whole = json.load(open(sys.argv[1]))
print(json.dumps(whole['totals']))
$1" "$smoke.json"
}

install_packages() { # PACKAGE...: what one step alone needs; fails where it cannot be had
    local privilege=()
    if ((EUID != 0)); then
        sudo -n true || return 1
        privilege=(sudo -n)
    fi
    "${privilege[@]}" apt-get update &&
        "${privilege[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

unit_tests() { # PRESET [WRAPPER...]: build it, run its tests, say how many cases
    local preset=$1 log
    shift
    build "$preset"
    log=build/$preset/Testing/Temporary/LastTest.log
    rm -f "$log"
    local status=0
    "$@" ctest --preset "$preset" -j "$jobs" || status=$?
    # cmocka's own sums; a program that died before it printed one is a failed case as well.
    awk '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        /^Test (Failed|timed out)|^Test Timeout|\*\*\*(Exception|Timeout|Failed|Not Run)/ { programs++ }
        END {
            if (failed < programs) { failed = programs }
            printf "cases: %d passed, %d failed, %d skipped\n", passed, failed, skipped
        }' "$log"
    return "$status"
}

# shellcheck disable=SC2317 # called by name
{
    step_format() { sources | xargs clang-format-14 --dry-run --Werror; }

    step_shell() { shellcheck run.sh .ci/run kit/*.sh kit/ci/*.sh kit/ci/slurm.sbatch; }

    step_gcc() { build dev && kit/check_revision.sh; }

    step_symbols() { kit/check_symbols.sh build/dev; }

    step_house() { # The rules of ARCHITECTURE.md hold; and a breach of each, planted in a copy, is found.
        kit/check_house.py --figures build/dev
        kit/test_house.sh build/dev
    }

    step_unit() { unit_tests dev; }

    step_clang() { build clang; }

    step_asan() { unit_tests asan; }

    step_tsan() { # Older runtimes want a predictable address space; where that is forbidden, go without.
        if setarch -R true 2>/dev/null; then
            unit_tests tsan setarch -R
        else
            unit_tests tsan
        fi
    }

    step_nofiu() { # Everything compiles without libfiu, and run says that it cannot inject anything.
        build nofiu
        local text status=0
        text=$(build/nofiu/killpoint run 2>&1) || status=$?
        printf '%s\n' "$text"
        ((status == 3)) || { echo "killpoint run exits $status without libfiu, expected 3"; return 1; }
        (($(wc -l <<<"$text") == 1)) || { echo "expected one line"; return 1; }
    }

    step_cppcheck() {
        cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
            --library=posix --error-exitcode=1 -j "$jobs" -I . -D_GNU_SOURCE -DFIU_ENABLE \
            -DKILLPOINT_VERSION='"0"' --suppressions-list=kit/cppcheck.txt \
            store harness reports
    }

    step_tidy() {
        cmake --preset clang >/dev/null
        run-clang-tidy-14 -p build/clang -quiet -j "$jobs" \
            "$PWD/(store|harness|reports)/((?!tests/|testkit/).)*\.c$"
    }

    step_release() { # What ./run.sh runs, and an optimiser sees mistakes that no other build shows.
        build release-ci
    }

    step_real() { # Stores that the real RocketMQ wrote: what fsck says of them, and their recovery by ours.
        kit/real_stores.sh kept --killpoint "$killpoint"
        kit/real_stores.sh recover --killpoint "$killpoint"
    }

    step_smoke() { # The default suite, under the audit; KILLPOINT_SMOKE_CASES=50 makes it short.
        rm -rf "$smoke.json" "$smoke.xml" "$smoke.tap" "$smoke_runs"
        local status=0
        "$killpoint" run --audit ${KILLPOINT_SMOKE_CASES:+--cases "$KILLPOINT_SMOKE_CASES"} --runs "$smoke_runs" \
            --json "$smoke.json" --junit "$smoke.xml" --tap "$smoke.tap" >"$smoke.out" || status=$?
        cat "$smoke.out"
        return "$status"
    }

    step_expected() { # The table that --dry-run and the progress go by is that of this suite.
        [[ -z ${KILLPOINT_SMOKE_CASES-} ]] || { echo "a sample says nothing of the whole"; return 0; }
        kit/expected_counts.py check "$smoke.json"
    }

    step_screen() { # The smoke is a screenful; a quiet run has no progress, a narrow one nothing wider.
        local out=$logs/screen.out err=$logs/screen.err lines columns
        lines=$(wc -l <"$smoke.out") columns=$(wc -L <"$smoke.out")
        echo "$lines lines, $columns columns"
        ((lines <= 25 && columns <= 100)) || return 1
        COLUMNS=60 "$killpoint" run plain-sync power-plain-async --cases 20 --no-archive -q -v >"$out" 2>"$err"
        columns=$(wc -L <"$out")
        ((columns <= 60)) || { cat "$out"; return 1; }
        [[ ! -s $err ]] || { cat "$err"; return 1; }
    }

    step_points() { # Every mutating point was killed at, every reading one failed, by the smoke.
        smoke_says 'missed = [n for n, c in whole["coverage"].items()
    if c["failed" if n.split("/")[1] in ("open", "list", "read", "seek", "size") else "kills"] == 0]
assert not missed, f"never faulted: {missed}"'
    }

    step_audit() { # No file system call went past the points.
        smoke_says 'audit = whole["audit"]
assert audit and audit["syscalls"] > 0 and audit["unannounced"] == 0, audit'
    }

    step_canary() { smoke_says 'assert whole["canary"]["caught"], whole["canary"]'; }

    step_formats() { kit/check_formats.sh "$smoke"; }

    step_selftest() { # An image that no power loss can leave, and a memo that overlooks: found out.
        local what status
        for what in image memo; do
            status=0
            "$killpoint" run power-plain-sync power-dledger-async --break "$what" --no-archive \
                >/dev/null 2>&1 || status=$?
            ((status == 3)) || { echo "--break $what exits $status, expected 3"; return 1; }
        done
    }

    step_causes() { # Planted mistakes are told as one cause each, from the right line.
        nice kit/causes.sh --quick ack-before-sync expiry-too-early
    }

    step_policy() { # The gate of a release: a good run passes, each thing that is wrong has one line.
        kit/check_gate.sh build/release-ci
    }

    step_digest() { # The same images, tokens and outcomes whatever the number of workers.
        local scenarios=(power-plain-async power-woven-dledger cut-units-return-495) one two
        one=$("$killpoint" run "${scenarios[@]}" --no-archive -q --jobs 1 | tr -s ' \n' ' ' | grep -o 'digest [0-9a-f]*')
        two=$("$killpoint" run "${scenarios[@]}" --no-archive -q --jobs 3 | tr -s ' \n' ' ' | grep -o 'digest [0-9a-f]*')
        echo "one worker: $one; three: $two"
        [[ -n $one && $one == "$two" ]]
    }

    step_shards() { # Four shards merged are one run, and so is one that was killed and resumed.
        kit/shards.sh "$killpoint"
    }

    step_ci() { # The files for CI systems, by the schemas of those; skipped where they cannot be had.
        kit/check_ci.sh
    }

    step_docs() {
        kit/man_page.py build/release-ci
        kit/check_docs.py build/release-ci
    }

    step_leftovers() { kit/check_leftovers.sh build/release-ci 10; }

    step_signals() { kit/check_signals.sh build/release-ci; }

    step_trouble() { kit/check_trouble.sh build/release-ci; }

    step_nights() { # A cause comes, stays, goes; the history under four writers, kill -9, damage and 1,000 nights.
        kit/nights.sh build/release-ci
    }

    step_completion() { kit/check_completion.py build/release-ci; }

    step_install() { # An installed tree runs by itself.
        local prefix
        prefix=$(mktemp -d)
        cmake --install build/release-ci --prefix "$prefix" >/dev/null
        find "$prefix" -type f -printf '%P\n' | sort
        (cd "$prefix" && bin/killpoint list scenarios && bin/killpoint run --no-archive --cases 20 plain-sync)
        rm -rf "$prefix"
    }

    step_browser() { # The page of a run, opened in Chromium and used: ctest's label browser.
        local status=0 packages=(chromium chromium-driver python3-selenium)
        if ! dpkg-query -W "${packages[@]}" >/dev/null 2>&1; then
            install_packages "${packages[@]}" || echo "they cannot be installed here: ${packages[*]}"
        fi
        cmake --preset release-ci >/dev/null
        ctest --test-dir build/release-ci -C browser -L browser --no-tests=error || status=$?
        grep -E '^(FAILED|cases|[a-z-]+): ' build/release-ci/Testing/Temporary/LastTest.log || true
        # A test that was skipped is none that passed, whatever ctest's exit code says.
        ! grep -q 'is missing: the pages were not opened' build/release-ci/Testing/Temporary/LastTest.log ||
            echo "cases: 0 passed, 0 failed, 1 skipped"
        return "$status"
    }

    step_package() { # The package of Debian, installed on a Debian that has nothing else.
        local packages=(lintian mmdebstrap)
        if ! dpkg-query -W "${packages[@]}" >/dev/null 2>&1; then
            install_packages "${packages[@]}" || echo "they cannot be installed here: ${packages[*]}"
        fi
        kit/package.sh build/release-ci
    }

    step_gate() { # May this tree be released?  Our own policy, over the run that the smoke made.
        [[ -z ${KILLPOINT_SMOKE_CASES-} ]] || { echo "cases: 0 passed, 0 failed, 1 skipped"; return 0; } # a sample says nothing
        local status=0 text
        text=$("$killpoint" gate --policy kit/gate.yaml --runs "$smoke_runs" --markdown "$logs/release.md" -v) || status=$?
        printf '%s\n' "$text"
        # Who is at work has changes; all else must hold then, too.
        if ((status == 1)) && [[ -n $(git status --porcelain 2>&1) && $(grep '^FAIL' <<<"$text") == 'FAIL      revision: '* ]] &&
            (($(grep -c '^FAIL' <<<"$text") == 1)); then
            echo "a tree with changes is no release; every other rule holds"
            echo "cases: 0 passed, 0 failed, 1 skipped"
            return 0
        fi
        return "$status"
    }
}

run_step() { # NAME
    local name=$1 began=$SECONDS status=0 log=$logs/$1.log sum
    set +e
    (
        set -euo pipefail
        "step_$name"
    ) >"$log" 2>&1 </dev/null
    status=$?
    set -e
    sum=$(grep -E '^cases: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1 || true)
    if [[ -n $sum ]]; then
        read -r _ p _ f _ s _ <<<"${sum//,/}"
        ((status == 0 || f > 0)) || f=1
    else
        p=$((status == 0)) f=$((status != 0)) s=0
    fi
    passed+=$p failed+=$f skipped+=$s
    if ((status == 0 && f == 0)); then
        printf '%-5s %-10s %5d s  %s\n' ok "$name" $((SECONDS - began)) "${sum#cases: }"
    else
        printf '%-5s %-10s %5d s  %s\n' FAIL "$name" $((SECONDS - began)) "exit $status${sum:+, ${sum#cases: }}"
        tail -n 60 "$log" | sed 's/^/      /'
        failures+=("$name")
    fi
}

main() {
    if [[ ${1-} == --list ]]; then
        printf '%s\n' "${steps[@]}"
        return 0
    fi
    mkdir -p "$logs"
    local name
    (($# == 0)) || steps=("$@")
    for name in "${steps[@]}"; do
        declare -F "step_$name" >/dev/null || { echo "no step '$name'; kit/test.sh --list" >&2; exit 4; }
    done
    for name in "${steps[@]}"; do run_step "$name"; done
    ((${#failures[@]} == 0)) || printf 'failed: %s (logs: %s)\n' "${failures[*]}" "$logs"
    printf 'cases: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    ((failed == 0))
}

main "$@"
