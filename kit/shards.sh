#!/usr/bin/env bash
# Four shards merged are one run, and so is a run that was killed and resumed: the same tokens,
# outcomes, counts, causes, verdicts and digest.  What cannot be merged is refused in one line.
#
#   kit/shards.sh KILLPOINT        the kept check: a small suite of every kind that can be divided
#   kit/shards.sh KILLPOINT all    the default suite, but for what no two runs have alike: threads, a program
set -euo pipefail
(($# >= 1)) || { echo "usage: kit/shards.sh KILLPOINT [all]" >&2; exit 4; }
killpoint=$(readlink -f -- "$1")
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
unset KILLPOINT_SHARD CI_NODE_INDEX CIRCLE_NODE_INDEX BUILDKITE_PARALLEL_JOB SLURM_ARRAY_TASK_ID JOB_COMPLETION_INDEX
declare -i passed=0 failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
suite=(plain-sync depth-two-plain power-plain-async real-plain-stopped
    scenarios/defects/abort-not-durable.yaml scenarios/defects/cut-units-return-495.yaml --cases 150)
if [[ ${2-} == all ]]; then
    mapfile -t suite < <(find scenarios -name '*.yaml' ! -path '*/bases/*' ! -name '*threads*' ! -name 'program-*' | sort)
fi

ok() { passed+=1; echo "ok: $1"; }
fail() { failed+=1; echo "FAIL: $1"; }

run() { # DIR ARGUMENT...: its exit status is told, not followed
    local dir=$1 status=0
    shift
    "$killpoint" run "${suite[@]}" --runs "$dir" -q "$@" >"$dir.out" 2>&1 || status=$?
    echo "$status" >"$dir.status"
}

same() { # WHAT ONE OTHER: two run directories say the same
    if python3 - "$2" "$3" <<'PYTHON'; then ok "$1"; else fail "$1"; fi
import collections, json, sys

TIMES = {"images_per_second", "peak_bytes", "program_hash", "worker_hash", "argv", "capsule", "history", "merged"}

def plain(value):
    """Without what no two runs have in common: times, places, and what is known of earlier nights."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in TIMES and not key.endswith("_us")}
    return [plain(item) for item in value] if isinstance(value, list) else value

def results(directory):
    lines = collections.Counter()
    with open(f"{directory}/results.jsonl", encoding="utf-8") as file:
        for line in file:
            result = json.loads(line)
            del result["us"]
            lines[json.dumps(result, sort_keys=True)] += 1
    return lines

def report(directory):
    with open(f"{directory}/report.json", encoding="utf-8") as file:
        return plain(json.load(file))

def differences(one, other, path=""):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            if key in ("state", "since", "seen_runs", "covered_runs", "text") and "/causes" in path:
                continue
            yield from differences(one.get(key), other.get(key), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other)):
            yield from differences(*pair, f"{path}[{index}]")
    elif one != other:
        yield f"{path}: {str(one)[:120]} and {str(other)[:120]}"

one, other = sys.argv[1:]
first, second = report(one), report(other)
found = list(differences(first, second))
tokens, others = results(one), results(other)
found += [f"only in the first: {line[:200]}" for line in list(tokens - others)[:3]]
found += [f"only in the second: {line[:200]}" for line in list(others - tokens)[:3]]
explore = first.get("explore") or {}
totals = first["totals"]
print(f"  {sum(tokens.values())} tokens, {totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped, "
      f"{len(first['causes'])} causes, digest {explore.get('digest')}")
for line in found[:10]:
    print(f"  {line}")
assert tokens and not found, "they differ"
PYTHON
}

refused() { # WHAT WORDS COMMAND...: exit 4 and one line with the words
    local what=$1 words=$2 status=0
    shift 2
    "$@" >"$tmp/refused" 2>&1 || status=$?
    if ((status == 4)) && (($(wc -l <"$tmp/refused") == 1)) && grep -q -- "$words" "$tmp/refused"; then
        ok "$what"
    else
        fail "$what: exit $status"
        cat "$tmp/refused"
    fi
}

killed() { # DIR LINES ARGUMENT...: a run that is killed when so many lines are in its journal
    local dir=$1 lines=$2 pid
    shift 2
    "$killpoint" run "${suite[@]}" --runs "$dir" -q "$@" >"$dir.out" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && (($(cat "$dir"/20*/journal.jsonl 2>/dev/null | wc -l) < lines)); do
        sleep 0.02
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

compare() { # NAME ARGUMENT...: one run, four shards of it, and what is made of them
    local name=$1 i
    shift
    run "$tmp/$name-one" "$@"
    for i in 1 2 3 4; do run "$tmp/$name-$i" "$@" --shard "$i/4" --jobs $((i % 2 + 1)); done
    local status=0
    "$killpoint" merge "$tmp/$name"-[1-4]/20* --runs "$tmp/$name-merged" >"$tmp/$name-merged.out" 2>&1 || status=$?
    if ((status == $(cat "$tmp/$name-one.status"))); then
        ok "$name: exit status $status"
    else
        fail "$name: exit status $status"
        tail -n 5 "$tmp/$name-merged.out"
    fi
    same "$name: four shards merged are one run" "$tmp/$name-one"/20* "$tmp/$name-merged"/20*
    if grep -q "not caught" "$tmp/$name"-[1-4].out; then
        fail "$name: a part says 'not caught'"
    else
        ok "$name: no part says 'not caught'"
    fi
}

compare whole
grep -h "SHARD" "$tmp"/whole-[1-4].out
if [[ ${2-} != all ]]; then
    compare planted --switch skip/commitlog/sync
    (cd "$tmp/whole-1" && grep -h '"shard"' -A 6 20*/run.json)

    shards=("$tmp"/whole-[1-4]/20*)
    refused "one is left out" "shard 3/4 is missing" "$killpoint" merge "${shards[@]:0:2}" "${shards[3]}"
    refused "one is there twice" "are both shard 2/4" "$killpoint" merge "${shards[@]}" "${shards[1]}"
    refused "one is of other options" "differ in the options" "$killpoint" merge "${shards[@]:0:3}" "$tmp"/planted-4/20*
    run "$tmp/seed-4" --shard 4/4 --seed 1
    refused "one is of another seed" "differ in the seed" "$killpoint" merge "${shards[@]:0:3}" "$tmp"/seed-4/20*
    sed 's/"worker_us": [0-9]*/"worker_us": 7/' scenarios/expected.json >"$tmp/weights.json"
    run "$tmp/weights-4" --shard 4/4 --weights "$tmp/weights.json"
    refused "one is of other weights" "differ in the weights" "$killpoint" merge "${shards[@]:0:3}" "$tmp"/weights-4/20*
    refused "one is no shard" "is no shard" "$killpoint" merge "${shards[@]:0:3}" "$tmp"/whole-one/20*
    refused "no shard such as 5/4" "5/4" "$killpoint" run --shard 5/4
    refused "half an environment" "CI_NODE_TOTAL" env CI_NODE_INDEX=1 "$killpoint" run
    refused "a shard by the clock" "--budget" "$killpoint" run --shard 1/4 --budget 10s

    killed "$tmp/killed" 60
    refused "another suite goes on" "other scenarios" "$killpoint" run plain-async --resume "$tmp"/killed/20*
    refused "other options go on" "other options" "$killpoint" run --cases 9 --resume "$tmp"/killed/20*
    "$killpoint" run --resume "$tmp"/killed/20* -q >"$tmp/killed.out" 2>&1 || true
    same "killed with -9 and resumed is one run" "$tmp"/whole-one/20* "$tmp"/killed/20*
    refused "what has ended does not go on" "came to its end" "$killpoint" run --resume "$tmp"/killed/20*

    killed "$tmp/killed-2" 20 --shard 2/4
    refused "one did not come to its end" "did not come to its end" \
        "$killpoint" merge "${shards[0]}" "$tmp"/killed-2/20* "${shards[@]:2}"
    "$killpoint" run --resume "$tmp"/killed-2/20* -q >"$tmp/killed-2.out" 2>&1 || true
    "$killpoint" merge "${shards[0]}" "$tmp"/killed-2/20* "${shards[@]:2}" --runs "$tmp/again" >"$tmp/again.out" 2>&1 || true
    same "with a shard that was killed and resumed" "$tmp"/whole-one/20* "$tmp"/again/20*
fi
echo "cases: $passed passed, $failed failed, 0 skipped"
((failed == 0))
