#!/usr/bin/env bash
# Stops campaigns by TERM, INT and HUP at random moments: to the process, its group, every process
# of its session (as a service manager does), twice, three times, under `timeout`.  Each must exit
# 2, end stdout with the line of totals, write its reports, blame nobody and leave nothing behind.
# Every second time a live scenario, else an explored one.
# Usage: check_signals.sh BUILD_DIR [TIMES]
set -euo pipefail
[[ -x ${1:-}/killpoint ]] || { echo "usage: $0 BUILD_DIR [TIMES] (a built preset)"; exit 2; }
killpoint=$(readlink -f -- "$1/killpoint")
times=${2:-1}
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export KILLPOINT_RUNS=$work/runs
status=0 count=0

say() { echo "$what: $*"; status=1; }
left() { ps -s "$pid" -o pid=,stat=,comm= | awk '$2 !~ /^Z/'; find "$work/stores" -mindepth 1; }
strike() { # HOW: a process that is gone by now has had its signal.
    case $1 in
    process) kill -s "$signal" "$pid" ;;
    group) kill -s "$signal" -- "-$pid" ;;
    session) pkill -"$signal" -s "$pid" ;;
    twice) strike group && sleep 0.05 && strike group ;;
    thrice) strike group && sleep 0.02 && strike process && sleep 0.02 && strike group ;;
    timeout) ;; # strikes by itself
    esac 2>/dev/null || true
}

stop_one() { # HOW SIGNAL SCENARIO
    local how=$1 signal=$2 scenario=$3 code=0 n
    local what="$3, $2 to/by $1" run="$work/$count"
    local wait_s
    wait_s=0.$(printf '%03d' $((RANDOM % 400)))
    local prefix=() place=()
    [[ $how != timeout ]] || prefix=(timeout --preserve-status -s "$signal" "0.3${wait_s#0.}")
    ((count % 2 == 0)) || place=(--dir "$work/stores")
    mkdir -p "$work/stores"
    setsid "${prefix[@]}" env --default-signal=HUP,INT,TERM "$killpoint" run "$scenario" \
        "${place[@]}" --json "$run.json" --junit "$run.xml" >"$run.out" 2>"$run.err" &
    pid=$!
    if [[ $how != timeout ]]; then
        # Until it can take the signal (bit 14: TERM) it is no campaign yet.
        until ((0x$(awk '/^SigCgt/ {print $2}' "/proc/$pid/status" 2>/dev/null || echo 4000) & 0x4000)) &&
            [[ $(readlink "/proc/$pid/exe") != */env ]]; do :; done
        sleep "$wait_s"
    fi
    strike "$how"
    wait "$pid" || code=$?
    ((code == 2)) || say "exit $code"
    tail -n 1 "$run.out" | grep -qE '^cases: [0-9]+ passed, 0 failed, [0-9]+ skipped$' ||
        say "stdout ends with '$(tail -n 1 "$run.out")'"
    ! grep -qE '^(ok|FAILED) |harness-broken' "$run.out" || say "$(grep -E '^(ok|FAILED) |broken' "$run.out")"
    for ((n = 0; n < 250; n++)); do
        [[ -n $(left) ]] || break
        sleep 0.02
    done
    [[ -z $(left) ]] || say "left behind: $(left)"
    count=$((count + 1))
}

scenarios=(depth-two-dledger power-plain-sync)
for ((i = 0; i < times; i++)); do
    for how in process group session twice thrice timeout; do
        for signal in TERM INT HUP; do
            stop_one "$how" "$signal" "${scenarios[((i + count) % 2)]}"
        done
    done
    for signal in TERM INT HUP; do
        stop_one session "$signal" program-example
    done
done
python3 - "$work" "$count" <<'EOF' || status=1
import glob, json, sys
work, count = sys.argv[1], int(sys.argv[2])
reports = [json.load(open(path)) for path in glob.glob(work + "/*.json")]
runs = [json.load(open(path)) for path in glob.glob(work + "/runs/2*/run.json")]
cut = [s for r in reports for s in r["scenarios"] if s["cut_short"]]
assert len(reports) == count and len(runs) == count, (count, len(reports), len(runs))
for r in reports:
    assert r["totals"]["interrupted"] and r["totals"]["exit_code"] == 2, r["totals"]
    assert not r["totals"]["harness_broken"] and not r["totals"]["failed"], r["totals"]
assert not any(s["as_expected"] or s["outcomes"].get("harness-broken") for s in cut)
print(f"stopped {count} times, {len(cut)} in the midst of a scenario; cases run:",
      sum(s["run"] for s in cut))
EOF
xmllint --noout "$work"/*.xml || status=1
exit $status
