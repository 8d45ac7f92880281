#!/usr/bin/env bash
# Plants the mutants of kit/mutants.txt in store/recovery/, one at a time and in a copy of the tree, and says what
# notices each: test_recovery or, where that is silent, the default suite, stopped at its first failure.
# Fails when a mutant no longer applies, when fewer than 27 are caught, or fewer than 20 by test_recovery alone.
# Usage: mutants.sh [--check | --unit] [NUMBER...]     --check: only whether they apply; --unit: test_recovery only
set -euo pipefail
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
least_caught=27 least_by_unit=20
mode=whole
case ${1:-} in --check | --unit) mode=${1#--}; shift ;; esac

mutant() { kit/mutate.py kit/mutants.txt "$@"; }

count=$(mutant count)
numbers=("$@")
((${#numbers[@]} > 0)) || mapfile -t numbers < <(seq "$count")
mkdir -p build
copy=$(mktemp -d "$PWD/build/mutants.XXXXXX")
trap 'rm -rf -- "$copy"' EXIT
mkdir "$copy/new" "$copy/tmp"
export TMPDIR=$copy/tmp # a test that fails leaves its directory
for number in "${numbers[@]}"; do mutant "$number" "$copy/new/$number" || exit 1; done
[[ $mode == check ]] && { echo "$count mutants apply"; exit 0; }

tree=$copy/tree build=$copy/build log=$copy/log
mkdir "$tree"
tar --exclude=./build --exclude=./runs --exclude=./.git -cf - . | tar -xf - -C "$tree"
targets=(test_recovery)
[[ $mode == whole ]] && targets+=(killpoint killpoint-worker)
launcher=$(command -v ccache || true)
make_all() { cmake --build "$build" -j "$(nproc)" --target "$@" >"$log" 2>&1; }
cmake -S "$tree" -B "$build" -DCMAKE_C_FLAGS=-O1 ${launcher:+-DCMAKE_C_COMPILER_LAUNCHER="$launcher"} >/dev/null
make_all "${targets[@]}" || { cat "$log"; exit 1; }

# The first test of test_recovery that fails, or in which it dies; fails when none does.
failed_test() {
    timeout 120 "$build/test_recovery" >"$log" 2>&1 && return 1
    awk '/^\[  FAILED  \] [a-z]/ { if (name == "") { name = $4 } } /^\[ RUN/ { last = $4 }
         END { print (name == "" ? last : name) }' "$log"
}

# The first scenario of the suite that does not end as expected; fails when all do.
failed_scenario() {
    "$build/killpoint" run --max-failures 1 --no-archive --quiet --json "$copy/json" >"$log" 2>&1 && return 1
    python3 -c 'import json, sys
print(next((s["name"] for s in json.load(open(sys.argv[1]))["scenarios"] if not s["as_expected"]), "no scenario"))
' "$copy/json" 2>/dev/null || echo "killpoint itself"
}

failed_test >/dev/null && { cat "$log"; echo "test_recovery fails without any mutant"; exit 1; }
declare -i by_unit=0 by_suite=0 survived=0
printf '%3s  %-22s %-32s %s\n' '' file function 'caught by'
for number in "${numbers[@]}"; do
    IFS=$'\t' read -r file function why _ < <(mutant "$number")
    cp "$copy/new/$number" "$tree/store/recovery/$file"
    if ! make_all test_recovery; then
        cat "$log"; echo "mutant $number does not compile"; exit 1
    elif name=$(failed_test); then
        caught="test_recovery: $name"; by_unit+=1
    elif [[ $mode == whole ]] && make_all "${targets[@]}" && name=$(failed_scenario); then
        caught="suite: $name"; by_suite+=1
    elif [[ $why != - ]]; then
        caught="survived: equivalent"; survived+=1
    else
        caught=survived; survived+=1
    fi
    printf '%3d  %-22s %-32s %s\n' "$number" "$file" "$function" "$caught"
    cp "store/recovery/$file" "$tree/store/recovery/$file"
done
echo "mutants: ${#numbers[@]}, caught: $((by_unit + by_suite)) (test_recovery $by_unit, suite $by_suite), survived: $survived"
((${#numbers[@]} == count)) || exit 0
((by_unit >= least_by_unit)) && { [[ $mode == unit ]] || ((by_unit + by_suite >= least_caught)); }
