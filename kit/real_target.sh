#!/usr/bin/env bash
# The real RocketMQ as a target, from end to end: installed, killed, found out, replayed, recovered.
#
#   kit/real_target.sh [--killpoint PROGRAM] [VERSION...]
#
# VERSION: 5.2.0 and 5.5.1 where none is named.  Each is installed where it is not yet; one that does not resolve (no
# network) is skipped, counted and said.  Exit 1 when something is not as docs/ROCKETMQ.md says.  By hand: it takes five
# minutes, most of them spent waiting for the services of real stores.
set -euo pipefail

root=$(cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
killpoint=$root/build/release/killpoint
declare -i passed=0 failed=0 skipped=0
export KILLPOINT_ROCKETMQ=$root/build/rocketmq KILLPOINT_COMMAND=./run.sh

say() { printf '%s\n' "$*"; }

check() { # WHAT EXPECTED-STATUS EXPECTED-PATTERN COMMAND...
    local what=$1 want=$2 pattern=$3 status=0 text
    shift 3
    text=$(nice "$@" 2>&1) || status=$?
    if ((status == want)) && grep -qE -- "$pattern" <<<"$text"; then
        passed+=1
        say "ok       $what"
    else
        failed+=1
        say "FAILED   $what: exit $status, expected $want and /$pattern/:"
        printf '    %s\n' "${text//$'\n'/$'\n    '}"
    fi
}

wrong_input() {
    local install=$root/harness/target/rocketmq/install.sh empty=$work/empty
    mkdir -p "$empty" "$work/some"
    cp "$KILLPOINT_ROCKETMQ/$1/jars"/rocketmq-store-*.jar "$work/some/"
    check 'no such version' 4 "has no RocketMQ '0\.0\.0'|does not (reach|resolve)" "$install" "$work/none" 0.0.0
    check 'no version at all' 4 'is no version of RocketMQ' "$install" "$work/none" ../5.2.0
    check 'no jars' 4 'there is no jar in it' "$install" "$work/none" --jars "$empty"
    check 'wrong jars' 4 'hold no store of RocketMQ with all that it needs' "$install" "$work/none" --jars "$work/some"
    check 'no JDK' 4 "there is no 'javac' here" env PATH="$work/tools" bash "$install" "$work/none" 5.2.0
    check 'not installed' 3 "target 'real-9\.9\.9' is not ready here" \
        "$killpoint" run --no-archive --target real-9.9.9 "$root/scenarios/real/plain-put-kill.yaml"
}

one_version() { # VERSION
    local target=real-$1 scenario=$root/scenarios/real/dledger-put-kill.yaml token
    check "$target: plain, killed, is intact" 0 '0 failed, 0 skipped' \
        "$killpoint" run --no-archive --quiet --jobs 4 --target "$target" --cases 4 "$root/scenarios/real/plain-put-kill.yaml"
    # Issues 8032 and 9084, whichever this version has.
    check "$target: DLedger, killed after its checkpoint, loses units" 1 'VIOLATED queue-complete' \
        "$killpoint" run --no-archive --jobs 4 --target "$target" --json "$work/json" "$scenario"
    token=$(python3 - "$work/json" <<'PYTHON'
import json, sys
whole = json.load(open(sys.argv[1]))
print(whole["causes"][0]["simplest"]["token"])
PYTHON
    ) || token=none
    check "$target: its token finds it again" 1 '^violated queue-complete' "$killpoint" replay --scenario "$scenario" "$token"
    check "$target: jars and JDK are in the results" 0 jars_sha256 grep -A 9 '"rocketmq"' "$work/json"
    check "$target: recoveries of stores that the real one wrote, and whole starts, agree" 0 \
        ' recovered, 0 not whole, 0 refused; [1-9]' \
        "$killpoint" recover --target "$target" --whole 34 "$work/stores"/*
}

while (($# > 0)); do
    case $1 in
    --killpoint) killpoint=$(readlink -f -- "$2") && shift 2 ;;
    -*) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0" >&2 && exit 4 ;;
    *) break ;;
    esac
done
(($# > 0)) || set -- 5.2.0 5.5.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tools"
for tool in bash dirname readlink mkdir printf cat; do ln -s "$(command -v "$tool")" "$work/tools/$tool"; done
for packed in "$root"/scenarios/bases/{rolled,dledger,undispatched,hosts-v6}-killed-*.tar.gz; do
    store=$work/stores/$(basename "$packed" .tar.gz)
    mkdir -p "$store"
    tar -C "$store" -xzSf "$packed"
done
for version in "$@"; do
    if ! "$root/harness/target/rocketmq/install.sh" "$KILLPOINT_ROCKETMQ" "$version"; then
        say "skipped: RocketMQ $version cannot be installed here"
        skipped+=1
        continue
    fi
    ((passed + failed > 0)) || wrong_input "$version"
    one_version "$version"
done
say "cases: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
