#!/usr/bin/env bash
# Nights as a nightly build has them, with the real program: what run, report.json, diff and history say of a cause that
# comes, stays, goes, and comes and goes; a history under four writers, under kill -9, damaged, and of a thousand nights.
# Usage: nights.sh [--kills N] [--nights N] BUILD_DIR
set -euo pipefail
kills=100 nights=1000
while [[ ${1-} == --* ]]; do
    case $1 in
        --kills) kills=$2 ;;
        --nights) nights=$2 ;;
        *) echo "unknown option $1" >&2; exit 4 ;;
    esac
    shift 2
done
killpoint=$(readlink -f -- "${1:?usage: nights.sh [--kills N] [--nights N] BUILD_DIR}")/killpoint
top=$(mktemp -d)
trap 'rm -rf -- "$top"' EXIT
export KILLPOINT_RUNS=$top/runs KILLPOINT_COMMAND=killpoint
declare -i passed=0 failed=0
out=$top/out

check() { # WHAT-IS-WRONG COMMAND...
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        passed+=1
    else
        failed+=1
        printf 'FAILED: %s\n' "$what"
        sed 's/^/    /' "$out"
    fi
}
not() { ! "$@"; }
has() { # WORD...: all of them stand in what was printed
    local word
    for word in "$@"; do check "'$word' is not said" grep -F -- "$word" "$out"; done
}
has_not() { check "'$1' is said" not grep -F -- "$1" "$out"; }
exits() { # CODE COMMAND...
    local code=$1 status=0
    shift
    "$@" >"$out" 2>&1 || status=$?
    check "exit $status, expected $code: $*" test "$status" = "$code"
}
night() { exits "$1" "$killpoint" run "${@:2}" --quiet; }
# A field of the newest report, such as causes/0/state; "" where there is none.
field() {
    python3 - "$KILLPOINT_RUNS/latest/report.json" "$1" <<'PYTHON'
import json, sys
at = json.load(open(sys.argv[1]))
for word in sys.argv[2].split("/"):
    try:
        at = at[int(word)] if isinstance(at, list) else at[word]
    except (LookupError, TypeError):
        at = ""
print(at)
PYTHON
}
is() { # FIELD VALUE
    local got
    got=$(field "$1")
    check "report.json: $1 is '$got', expected '$2'" test "$got" = "$2"
}

echo "two nights and a third: C01 on in the second"
clean=(dledger-async-rolling --cases 40)
night 0 "${clean[@]}"
is history/runs 0
night 1 "${clean[@]}" --switch dledger-dup-info
has "CAUSE 1   NEW" "killpoint replay"
is causes/0/state new
is causes/0/seen_runs 1
token=$(field causes/0/simplest/token) print=$(field causes/0/fingerprint)
exits 1 "$killpoint" diff last
has "NEW       unit-missing" "killpoint replay $token" "($print)" "1 new, 0 ongoing"
exits 1 "$killpoint" replay "$token" # it shows the same again
has queue-complete
exits 0 "$killpoint" history
has "NEW       unit-missing" "$print"
night 1 "${clean[@]}" --switch dledger-dup-info
has "ongoing since" "2 runs"
is causes/0/state ongoing
night 0 "${clean[@]}"
has "RESOLVED  unit-missing" "$print"
is history/resolved/0/fingerprint "$print"
exits 0 "$killpoint" diff last
has "RESOLVED  unit-missing" "0 new, 0 ongoing, 0 rare, 1 resolved"
night 0 "${clean[@]}"
has_not RESOLVED # no news any more
exits 0 "$killpoint" history "${print:0:6}"
has "RESOLVED  unit-missing" "$token"

echo "a night that did not look says nothing"
night 1 "${clean[@]}" --switch dledger-dup-info
has "CAUSE 1   NEW" # back, for the first time
night 0 plain-sync --cases 20
has_not RESOLVED
has "1 cause of earlier runs not covered"
is history/not_covered/0/fingerprint "$print"
night 0 dledger-async-rolling --cases 10 # a quarter of the cases
has_not RESOLVED
night 0 "${clean[@]}"
has "RESOLVED  unit-missing"

echo "one program that has it once and once not"
export KILLPOINT_RUNS=$top/rare
for row in "1 1 new" "5 0 -" "2 1 rare" "7 0 -" "4 1 rare"; do
    read -r seed code state <<<"$row"
    night "$code" plain-async --switch half-record-accepted --cases 5 --seed "$seed"
    has_not RESOLVED
    [[ $state == - ]] || is causes/0/state "$state"
done
has "(rare: in 3 of 5 runs since"
exits 0 "$killpoint" history
has "RARE "

echo "recheck: what the last run kept, nothing run again"
night 1 plain-sync --switch skip/commitlog/sync --cases 20
exits 1 "$killpoint" recheck latest
has "violated" "order-durable" "1 failed"

echo "so many run directories, packed"
night 1 plain-sync --switch skip/commitlog/sync --cases 20 --keep-runs 3
directories=("$KILLPOINT_RUNS"/2*)
check "${#directories[@]} run directories, expected 3" test "${#directories[@]}" = 3
check "not packed" test -f "${directories[1]}/results.jsonl.lz4"
check "packed, and still there" not test -e "${directories[1]}/results.jsonl"
rm -r "${directories[2]}"
exits 1 "$killpoint" run --last-failed --quiet # the newest is a packed one now
has "plain-sync"
exits 0 "$killpoint" history
has " 8 runs" # those without a directory are there as well

echo "a damaged history is moved aside, and the run is what it was"
printf 'no database' | dd of="$KILLPOINT_RUNS/history.sqlite" conv=notrunc status=none
night 0 plain-sync --cases 20
has "the history was damaged" "history.sqlite.damaged-" "taken in"
check "the damaged file is gone" compgen -G "$KILLPOINT_RUNS/history.sqlite.damaged-*"
exits 0 "$killpoint" history
has "log-before-acknowledgement" # from the directories that are there

check_whole() { # COUNT: so many runs, all pages whole, nothing moved aside
    exits 0 "$killpoint" history
    has " $1 runs"
    exits 0 python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])' "$KILLPOINT_RUNS/history.sqlite"
    has ok
    check "a file was moved aside" not compgen -G "$KILLPOINT_RUNS/history.sqlite.damaged-*"
}

echo "four writers at once, five times each"
export KILLPOINT_RUNS=$top/four
pids=()
for writer in 1 2 3 4; do
    (for _ in 1 2 3 4 5; do "$killpoint" run plain-sync --cases 2 --quiet --jobs 1 >"$top/writer.$writer" 2>&1 || exit 1; done) &
    pids+=($!)
done
for pid in "${pids[@]}"; do check "a writer failed" wait "$pid"; done
cat "$top"/writer.* >"$out"
has_not "the run itself is complete" # what a trouble with the history says
check_whole 20

echo "kill -9 of a writer, $kills times"
export KILLPOINT_RUNS=$top/kills
killed=0
for number in $(seq "$kills"); do
    # Half of them while runs end, half while a lost history is made again from the directories.
    if ((number % 2 == 0)); then
        rm -f "$KILLPOINT_RUNS"/history.sqlite*
        "$killpoint" history >/dev/null 2>&1 &
        wait=$((number * 7 % 60))
    else
        "$killpoint" run plain-sync --cases 2 --quiet --jobs 1 >/dev/null 2>&1 &
        wait=$((60 + number * 37 % 400))
    fi
    pid=$!
    sleep "0.$(printf %03d "$wait")"
    kill -9 "$pid" 2>/dev/null && killed=$((killed + 1))
    wait "$pid" 2>/dev/null || true
    status=0
    "$killpoint" history >"$out" 2>&1 || status=$?
    check "history exits $status after kill $number" test "$status" = 0 -o "$number" = 1
    check "damaged after kill $number" not grep -E "damaged|was empty" "$out"
done
night 0 plain-sync --cases 2
reports=("$KILLPOINT_RUNS"/2*/report.json)
runs=${#reports[@]} # with all their results, if not always to their last breath
echo "    $killed were still there to be killed; $runs runs have a report"
check "too few were killed in time, or too many" test "$runs" -gt 1 -a "$killed" -gt $((kills / 4))
check_whole "$runs"

echo "$nights nights of 141 scenarios"
export KILLPOINT_RUNS=$top/many
mkdir "$KILLPOINT_RUNS"
python3 - "$KILLPOINT_RUNS" "$nights" <<'PYTHON'
import datetime, json, os, sys
top, nights = sys.argv[1], int(sys.argv[2])
points = ["log/put", "log/sync", "queue/append", "checkpoint/write"]
for night in range(nights):
    began = datetime.datetime(2023, 1, 1) + datetime.timedelta(days=night)
    path = os.path.join(top, began.strftime("%Y-%m-%dT%H%M%SZ-000000"))
    os.mkdir(path)
    names = [f"scenario-{i:03}" for i in range(141)]
    causes = [{"fingerprint": f"{i:012x}", "text": f"cause {i}", "scenarios": names[i:i + 8], "scenario_count": 8,
               "cases": 7, "faults": {"kill": 7}, "points": {"log/put": 7},
               "simplest": {"scenario": names[i], "token": f"{names[i]}.aaaaaa@5eed:log/put:1=kill", "detail": "x"}}
              for i in range(100) if night % 200 > i or i % 10 == night % 10]
    scenarios = [{"name": name, "switches": "", "target": "engine", "hash": "aaaaaa", "ended": True,
                  "as_expected": True, "run": 1000 + i, "explore": {"judged": 100}, "duration_us": 1000 * (i + night % 7),
                  "expect": ["starts"] if i % 3 == 0 else [], "first_catch_token": "t" if i % 3 == 0 else None,
                  "first_catch_us": 100 + i, "first_catch_cases": 3} for i, name in enumerate(names)]
    cells = [{"scenario": name, "role": "fault", "point": point, "fault": "kill", "cases": 10 + i % 5, "passed": 10}
             for i, name in enumerate(names) for point in points]
    report = {"schema_version": 3, "version": "1", "seed": "5eed", "totals": {"causes": len(causes), "passed": 150000},
              "identity": {"worker_hash": f"{night // 3:x}", "revision": "12"}, "scenarios": scenarios, "cells": cells,
              "causes": causes}
    rows = [{"name": row["name"], "switches": "", "cases": row["run"], "images": 100,
             "worker_us": 2 * row["duration_us"]} for row in scenarios]
    run = {"schema_version": 3, "began": began.strftime("%Y-%m-%dT%H:%M:%SZ"), "state": "ended", "usual": True,
           "host": {"workers": 2}, "scenarios": rows}
    for name, value in (("report.json", report), ("run.json", run)):
        with open(os.path.join(path, name), "w", encoding="utf-8") as file:
            json.dump(value, file)
PYTHON
began=$(date +%s)
exits 0 "$killpoint" history
has " $nights runs from 2023-01-01"
echo "    taken in after $(($(date +%s) - began)) s; $(stat -c %s "$KILLPOINT_RUNS/history.sqlite") bytes"
for words in "" --json 000000000005 scenario-005 weights "--last 1000"; do
    # By the processor's time: others may use the machine.
    # shellcheck disable=SC2086 # some are no word, or two
    exits 0 /usr/bin/env python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(round((used.ru_utime + used.ru_stime) * 1000))' "$killpoint" history $words
    took=$(<"$out")
    echo "    history $words: $took ms"
    check "history $words took $took ms" test "$took" -lt 1000
done
began=$(date +%s%N)
night 0 plain-sync --cases 2 --jobs 1
echo "    a run beside them: $((($(date +%s%N) - began) / 1000000)) ms"
has "not covered by this one"

echo "cases: $passed passed, $failed failed, 0 skipped"
((failed == 0))
