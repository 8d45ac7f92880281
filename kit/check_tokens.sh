#!/usr/bin/env bash
# Every token in docs/ still names a case of this version: it replays, and its faults fire.
# Usage: check_tokens.sh BUILD_DIR
set -euo pipefail
[[ -x ${1:-}/killpoint ]] || { echo "usage: $0 BUILD_DIR (a built preset)"; exit 2; }
killpoint=$(readlink -f -- "$1/killpoint")
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
status=0
checked=0
while IFS= read -r token; do
    checked=$((checked + 1))
    code=0
    output=$("$killpoint" replay "$token" 2>&1) || code=$?
    # 0: as its scenario expects; 1: violated, where a switch of the token takes a guard away.
    if ((code > 1)); then
        echo "$token: exit $code: $(head -n 1 <<<"$output")"
        status=1
    fi
done < <(grep -ohE "\`[a-z0-9-]+\.[0-9a-f]{6}@[0-9a-f]+[^\` ]*:[^\` ]*\`" docs/TRACK-RECORD.md docs/ABLATION.md | tr -d '`' | sort -u)
((checked > 0)) || { echo "no token in docs/"; status=1; }
((status != 0)) || echo "$checked tokens replay"
exit $status
