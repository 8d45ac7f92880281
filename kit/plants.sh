#!/usr/bin/env bash
# Plants the mistakes of kit/plants.txt, one at a time and in a copy of the tree, and says which scenarios find each and
# under which properties. Fails when one no longer applies, when the scenario that its head names does not find it under
# the property there, or when the campaign does not go on to exit 1.
# Usage: plants.sh [--check | --suite] [NAME...]     --check: only whether they apply; --suite: the whole default suite
set -euo pipefail
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
mode=one
case ${1:-} in --check | --suite) mode=${1#--}; shift ;; esac
plant() { kit/mutate.py kit/plants.txt "$@"; }

count=$(plant count)
mkdir -p build
copy=$(mktemp -d "$PWD/build/plants.XXXXXX")
trap 'rm -rf -- "$copy"' EXIT
mkdir "$copy/new"
for number in $(seq "$count"); do plant "$number" "$copy/new/$number"; done
[[ $mode == check ]] && { echo "$count plants apply"; exit 0; }

tree=$copy/tree build=$copy/build
mkdir "$tree"
tar --exclude=./build --exclude=./runs --exclude=./.git -cf - . | tar -xf - -C "$tree"
launcher=$(command -v ccache || true)
make_all() {
    cmake --build "$build" -j "$(nproc)" --target killpoint killpoint-worker killpoint-example-target >"$copy/log" 2>&1
}
cmake -S "$tree" -B "$build" -DCMAKE_BUILD_TYPE=Release ${launcher:+-DCMAKE_C_COMPILER_LAUNCHER="$launcher"} >/dev/null

# "SCENARIO: PROPERTY..., SCENARIO: its verdict" of what was not as expected; the last word is "yes" when PROPERTY was
# found in SCENARIO.
found() {
    python3 - "$copy/json" "$1" "$2" <<'PYTHON'
import json, sys
path, scenario, wanted = sys.argv[1:]
report = json.load(open(path))
found = {}
for failure in report["failures"]:
    found.setdefault(failure["scenario"], set()).update(failure["violated"])
parts, is_found = [], False
for row in report["scenarios"]:
    if row["as_expected"]:
        continue
    names = sorted(found.get(row["name"], ()))
    parts.append(row["name"] + ": " + (" ".join(names) or row["verdict"]))
    is_found |= row["name"] == scenario and (wanted == "-" or wanted in names)
print(", ".join(parts) or "nothing", "yes" if is_found else "no", sep="\t")
PYTHON
}

failed=0
for number in $(seq "$count"); do
    IFS=$'\t' read -r file _ name property scenario _ < <(plant "$number")
    [[ $# == 0 || " $* " == *" $name "* ]] || continue
    cp "$copy/new/$number" "$tree/$file"
    make_all || { cat "$copy/log"; echo "plant $name does not compile"; exit 1; }
    rc=0
    [[ $mode == suite ]] && scenarios=() || scenarios=("$scenario" rejected-puts)
    "$build/killpoint" run "${scenarios[@]}" --max-failures 100 --no-archive --quiet --json "$copy/json" \
        >"$copy/log" 2>&1 || rc=$?
    IFS=$'\t' read -r what is_found < <(found "$scenario" "$property")
    printf '%-22s exit %d  %s\n' "$name" "$rc" "$what"
    [[ $rc == 1 && $is_found == yes ]] || { echo "  expected: exit 1, $property in $scenario"; failed=1; }
    cp "$file" "$tree/$file"
done
exit "$failed"
