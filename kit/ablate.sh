#!/usr/bin/env bash
# Leaves out one sync of the engine at a time, at every hit, and says what shows it: which image of a
# power loss, and which rule of order-durable.  Writes the rows of docs/ABLATION.md to stdout.
# Usage: ablate.sh BUILD_DIR [JOBS]
set -euo pipefail
[[ -x ${1:-}/killpoint ]] || { echo "usage: $0 BUILD_DIR [JOBS] (a built preset)" >&2; exit 2; }
killpoint=$(readlink -f -- "$1/killpoint")
jobs=${2:-2}
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
# Scenarios in which every sync is good, and services run one after another.
mapfile -t scenarios < <(printf '%s\n' scenarios/power-*.yaml | grep -vE "failed-syncs|woven|nested")
((${#scenarios[@]} > 0)) || { echo "no scenarios/power-*.yaml" >&2; exit 2; }

# The first finding by an image, and the first by order-durable, of a report on stdin.
first_findings() {
    awk '
        /^FINDINGS/ { inside = 1; next }
        inside && /^[A-Z]/ { exit }
        inside && /^  [a-z]/ { property = $1; kind = property == "order-durable" ? "order" : "image" }
        inside && kind == "order" && rule == "" && match($0, /: [a-z-]+: /) {
            rule = substr($0, RSTART + 2, RLENGTH - 4)
        }
        inside && kind == "image" && image == "" && /^ +replay / { image = property; token = $NF }
        END { printf "%s\037%s\037%s\n", image, token, rule }'
}

echo "| sync left out | an image shows it | e.g. | a rule of \`order-durable\` shows it |"
echo "| --- | --- | --- | --- |"
for point in $("$killpoint" list points | awk '$2 == "sync" || $2 == "sync-dir" { print $1 }'); do
    report=$("$killpoint" run "${scenarios[@]}" --switch "skip/$point" --jobs "$jobs" --no-archive 2>/dev/null || true)
    IFS=$'\037' read -r image token rule < <(first_findings <<<"$report") || true
    echo "| \`$point\` | ${image:-no} | ${token:+\`$token\`} | ${rule:-no} |"
done
