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
results=$(mktemp)
trap 'rm -f "$results"' EXIT
((${#scenarios[@]} > 0)) || { echo "no scenarios/power-*.yaml" >&2; exit 2; }

# The first cause shown by an image, and the first by order-durable, of results on stdin.
first_findings() {
    python3 -c '
import json, sys
image = token = rule = ""
for cause in json.load(sys.stdin)["causes"]:
    if cause["property"] == "order-durable":
        rule = rule or cause["mechanism"]
    elif not image:
        image, token = cause["property"] or cause["outcome"], cause["simplest"]["token"]
print(image, token, rule, sep="\037")'
}

echo "| sync left out | an image shows it | e.g. | a rule of \`order-durable\` shows it |"
echo "| --- | --- | --- | --- |"
for point in $("$killpoint" list points | awk '$2 == "sync" || $2 == "sync-dir" { print $1 }'); do
    "$killpoint" run "${scenarios[@]}" --switch "skip/$point" --jobs "$jobs" --no-archive --json "$results" \
        >/dev/null 2>&1 || true
    IFS=$'\037' read -r image token rule < <(first_findings <"$results") || true
    echo "| \`$point\` | ${image:-no} | ${token:+\`$token\`} | ${rule:-no} |"
done
