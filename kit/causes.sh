#!/usr/bin/env bash
# Plants the mistakes of kit/causes.txt, one at a time and in a copy of the tree, runs the default suite with each, and holds
# what the campaign says against what was planted: one cause (at most three), of the right mechanism, on a screen of at most 40
# lines; every scenario ran all its cases or says what it left out; none claims that a defect was "not caught"; the line that is
# named lies in the function that was changed, or in one that calls the operation.
# Usage: causes.sh [--quick] [NAME...]     --quick: only the scenarios that the head of a plant names
set -euo pipefail
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
quick=
[[ ${1:-} == --quick ]] && { quick=1; shift; }
plant() { kit/mutate.py kit/causes.txt "$@"; }

count=$(plant count)
mkdir -p build
copy=$(mktemp -d "$PWD/build/causes.XXXXXX")
trap 'rm -rf -- "$copy"' EXIT
mkdir "$copy/new"
for number in $(seq "$count"); do plant "$number" "$copy/new/$number"; done

tree=$copy/tree build=$copy/build
mkdir "$tree"
tar --exclude=./build --exclude=./runs --exclude=./.git -cf - . | tar -xf - -C "$tree"
launcher=$(command -v ccache || true)
cmake -S "$tree" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo ${launcher:+-DCMAKE_C_COMPILER_LAUNCHER="$launcher"} >/dev/null

# Runs the suite; sets rc and cpu (seconds of processors).
run() {
    cmake --build "$build" -j "$(nproc)" --target killpoint killpoint-worker killpoint-example-target >"$copy/log" 2>&1 ||
        { cat "$copy/log"; echo "plant $1 does not compile"; exit 1; }
    local TIMEFORMAT='%U %S'
    rc=0
    { time KILLPOINT_COMMAND=./run.sh "$build/killpoint" run "${@:2}" --no-archive --quiet --json "$copy/json" \
        >"$copy/out" 2>"$copy/err"; } 2>"$copy/time" || rc=$?
    cpu=$(awk '{ print $1 + $2 }' "$copy/time")
}

# "WHAT WAS TOLD<tab>yes" when all is as the head of the plant says, else "…<tab>why not".
judge() {
    python3 - "$copy" "$1" "$2" "$3" <<'PYTHON'
import json, sys
copy, mechanisms, functions, rc = sys.argv[1:]
report = json.load(open(copy + "/json"))
out = open(copy + "/out").read().split("\n")
causes, why = report["causes"], []
screen = next((len(out) - 1 - i for i, line in enumerate(out) if line.startswith("CAUSE 1")), 0)
cause = causes[0] if causes else {}
source = cause.get("source") or {}
caller = cause.get("caller") or {}
named = {source.get("function"), caller.get("function")}
if rc != "1":
    why.append("exit " + rc)
if not 1 <= len(causes) <= 3:
    why.append(f"{len(causes)} causes")
if cause.get("mechanism") not in mechanisms.split(","):
    why.append("not " + mechanisms)
if not 0 < screen <= 40:
    why.append(f"{screen} lines")
if "not caught" in "\n".join(out) or any("not caught" in row["verdict"] for row in report["scenarios"] if row["expect"] and not row["as_expected"]):
    why.append("says not caught")
short = [row["name"] for row in report["scenarios"] if row["run"] < row["planned"] and not row["left_out"]]
if short:
    why.append("not run to the end, without a word: " + " ".join(short))
if not named & set(functions.split(",")):
    why.append("the line is not in " + functions)
told = "%s: %d scenarios, %d cases; %d causes, %d lines; %s:%s in %s, called by %s" % (
    cause.get("mechanism"), cause.get("scenario_count", 0), cause.get("cases", 0), len(causes), screen,
    source.get("file"), source.get("line"), source.get("function"), caller.get("function"))
unjudged = sum(1 for row in report["scenarios"] if row.get("sympathy"))
print(told + f"; {unjudged} not judged", "; ".join(why) or "yes", sep="\t")
PYTHON
}

failed=0
for number in $(seq "$count"); do
    IFS=$'\t' read -r file function name mechanisms callers scenarios _ < <(plant "$number")
    [[ $# == 0 || " $* " == *" $name "* ]] || continue
    [[ $quick ]] && IFS=, read -ra chosen <<<"$scenarios" || chosen=()
    cp "$copy/new/$number" "$tree/$file"
    run "$name" ${chosen[@]+"${chosen[@]}"}
    IFS=$'\t' read -r told is_right < <(judge "$mechanisms" "$function,$callers" "$rc")
    printf '%-30s %6.0f s  %s\n' "$name" "$cpu" "$told"
    [[ $is_right == yes ]] || { echo "  not as planted: $is_right"; failed=1; }
    [[ -z ${KEEP_CAUSES:-} ]] || { mkdir -p "$KEEP_CAUSES"; cp "$copy/out" "$KEEP_CAUSES/$name.txt"; cp "$copy/json" "$KEEP_CAUSES/$name.json"; }
    cp "$file" "$tree/$file"
done
exit "$failed"
