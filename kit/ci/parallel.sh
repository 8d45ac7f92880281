#!/usr/bin/env bash
# A suite on several hosts by GNU parallel, and the verdict on the whole.
#  1. The hosts are reached by ssh without a password, and have the tree built at the same place.
#  2. kit/ci/parallel.sh alpha,beta 4 [SCENARIO...]: four shards, one at a time on each host.
#  3. Each shard's run directory comes back to runs/shards/I/ of this host, whatever its status was.
#  4. Then `merge` makes one run of them: its exit status is that of the suite.
#  5. KILLPOINT names the program on the hosts (default ./run.sh in the directory of this tree).
set -euo pipefail
(($# >= 2)) || { echo "usage: kit/ci/parallel.sh HOST[,HOST...] SHARDS [SCENARIO...]" >&2; exit 4; }
hosts=$1 count=$2
shift 2
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../..
cd "$root"
root=$PWD
killpoint=${KILLPOINT:-$root/run.sh}
shards=${KILLPOINT_RUNS:-runs}/shards
rm -rf "$shards"
mkdir -p "$shards"

# One shard, on whichever host: its directory comes back as a stream. 1 is a result, not a failure.
shard() { # ROOT PROGRAM INDEX COUNT [SCENARIO...]
    local root=$1 program=$2 index=$3 count=$4 runs status=0
    shift 4
    cd "$root" || return 3
    runs=$(mktemp -d) || return 3
    "$program" run "$@" --shard "$index/$count" --runs "$runs" -q >&2 || status=$?
    tar -C "$runs" -c . || status=3
    rm -rf "$runs"
    return $((status == 1 ? 0 : status))
}
export -f shard

PARALLEL_SHELL=$(type -P bash)
export PARALLEL_SHELL
parallel --sshlogin "$hosts" --env shard --jobs 1 --results "$shards/{}/answer" \
    shard "$root" "$killpoint" {} "$count" "$@" ::: $(seq "$count") >/dev/null
for ((i = 1; i <= count; i++)); do
    sed "s/^/shard $i: /" "$shards/$i/answer.err" >&2
    tar -C "$shards/$i" -xf "$shards/$i/answer"
done
exec "$killpoint" merge "$shards"/*/20*
