#!/usr/bin/env bash
# Kills a running campaign with SIGKILL at random moments and looks for what it leaves: processes,
# and entries in /tmp, /dev/shm and --dir.  Usage: check_leftovers.sh BUILD_DIR [TIMES]
set -euo pipefail
[[ -x ${1:-}/killpoint ]] || { echo "usage: $0 BUILD_DIR [TIMES] (a built preset)"; exit 2; }
killpoint=$(readlink -f -- "$1/killpoint")
times=${2:-20}
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
stores=$(mktemp -d)
trap 'rm -rf -- "$stores"' EXIT
status=0
entries() { find /tmp /dev/shm -mindepth 1 -maxdepth 1 2>/dev/null | sort; }
workers() { pgrep -f "^$(dirname -- "$killpoint")/killpoint-(worker|example-target)" || true; }
before=$(entries)
for ((i = 1; i <= times; i++)); do
    # Every third time with a program of its own, so that the kill meets one.
    scenarios=(plain-sync power-plain-async dledger-async threads-plain)
    ((i % 3 != 0)) || scenarios=(program-example)
    place=()
    ((i % 2 == 0)) || place=(--dir "$stores")
    "$killpoint" run "${scenarios[@]}" --no-archive "${place[@]}" >/dev/null 2>&1 &
    pid=$!
    sleep "$((i % 3 == 0 ? 0 : RANDOM % 2)).$(printf '%03d' $((RANDOM % (i % 3 == 0 ? 500 : 1000))))"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    # The reaper of a directory works after everybody is gone.
    for ((n = 0; n < 50; n++)); do
        [[ -n $(workers) || -n $(find "$stores" /dev/shm -mindepth 1 -name 'killpoint-*') ]] || break
        sleep 0.1
    done
    left=$(workers)
    [[ -z $left ]] || { echo "kill $i: processes are left: $left"; status=1; }
    left=$(find "$stores" -mindepth 1)
    [[ -z $left ]] || { echo "kill $i: --dir holds $left"; status=1; }
done
after=$(entries)
new=$(comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after"))
[[ -z $new ]] || { echo "new entries: $new"; status=1; }
((status != 0)) || echo "killed $times times: nothing left behind"
exit $status
