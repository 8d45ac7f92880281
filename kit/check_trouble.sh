#!/usr/bin/env bash
# Trouble that is not the store's: limits of the shell, places that cannot be used, things that are no
# files.  Each is told with what to do, by exit code 3 or 4, and no store is blamed; nothing hangs.
# Usage: check_trouble.sh BUILD_DIR
set -euo pipefail
[[ -x ${1:-}/killpoint ]] || { echo "usage: $0 BUILD_DIR (a built preset)"; exit 2; }
killpoint=$(readlink -f -- "$1/killpoint")
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..
cd "$root"
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
declare -i passed=0 failed=0

# Runs a command in a shell of its own; it must end in time, with this code, and say these words.
told() { # CODE WORDS COMMAND...
    local code=$1 words=$2 output flat status=0
    shift 2
    output=$(timeout -k 1 60 "$@" 2>&1 </dev/null) || status=$?
    # A paragraph of a report is broken at words.
    flat=$(tr -s ' \n' ' ' <<<"$output")
    if ((status == code)) && [[ $output == *"$words"* || $flat == *"$words"* ]] && [[ $output != *VIOLATED* && $output != *REFUSED* ]]; then
        passed+=1
    else
        failed+=1
        printf 'exit %d, expected %d, with "%s": %s\n' "$status" "$code" "$words" "$*"
        tail -n 5 <<<"$output" | sed 's/^/    /'
    fi
}

limited() { # ULIMIT VALUE COMMAND...
    local option=$1 value=$2
    shift 2
    ulimit "$option" "$value"
    exec "$@"
}
export -f limited
run=("$killpoint" run plain-sync --cases 20 --no-archive -q)

# How many a run needs hangs on the workers and so on the machine: at each limit it is told or enough,
# and at the lowest it is told.
for few in 8 12 16 20 24 32 48; do
    code=3 words="raise the limit of open files (ulimit -n, $few now)"
    if ((few > 12)) && bash -c 'limited -n "$@"' - "$few" "${run[@]}" >/dev/null 2>&1 </dev/null; then
        code=0 words="cases: 20 passed, 0 failed"
    fi
    told "$code" "$words" bash -c 'limited -n "$@"' - "$few" "${run[@]}"
done
told 0 "cases: " bash -c 'limited -Sn "$@"' - 16 "${run[@]}"
for small in 1 4 16; do
    told 3 "raise the limit of the size of files (ulimit -f, $small now)" \
        bash -c 'limited -f "$@"' - "$small" "${run[@]}"
done
told 3 "raise the limit of the size of files" bash -c 'limited -f "$@"' - 64 \
    "$killpoint" run plain-sync -q --runs "$place/runs"

mkfifo "$place/fifo.yaml" "$place/fifo"
told 4 "is a FIFO, not a file" "$killpoint" run "$place/fifo.yaml" --no-archive
told 4 "is a FIFO, not a file" "$killpoint" replay --scenario "$place/fifo.yaml" "x.3fa9c1@1:"
told 4 "is a FIFO that nobody reads" "${run[@]}" --json "$place/fifo"
told 4 "is not a directory" "${run[@]}" --dir "$place/fifo"
told 4 "/fifo" "$killpoint" run plain-sync -q --runs "$place/fifo"
told 4 "/fifo" "$killpoint" fsck "$place/fifo"
told 4 "/fifo" "$killpoint" dump "$place/fifo"
"$killpoint" run plain-sync --cases 5 -q --runs "$place/kept" >/dev/null
token=$(grep -o '"token":"[^"]*=kill[^"]*"' "$place/kept/latest/results.jsonl" | head -1 | cut -d'"' -f4)
"$killpoint" replay "$token" --keep "$place/store" >/dev/null
rm -f "$place/store/crashed/checkpoint"
mkfifo "$place/store/crashed/checkpoint"
told 4 "read 'checkpoint': it is not a file" "$killpoint" fsck "$place/store/crashed"
# No write is that long: what tears nothing has not fired, and must not pass for a tear.
told 3 "was to cut a write that is no longer" "$killpoint" replay "$(sed 's/:[a-z-]*\/[a-z-]*:[0-9].*$/:commitlog\/append:2=torn:999999/' <<<"$token")"
told 4 "nothing follows this '+'" "$killpoint" replay "$token++"
told 4 "is a device, not a file" "$killpoint" run /dev/zero --no-archive
mkdir "$place/dir.yaml"
told 4 "no *.yaml below" "$killpoint" run "$place/dir.yaml" --no-archive
told 4 "create '/nonexist/x': No such file or directory" "${run[@]}" --json /nonexist/x
told 4 "'-' is no file" "${run[@]}" --json -
told 4 "'-' is no file" "${run[@]}" --junit -

# The report goes behind the results, and what is behind /dev/stdout stays there.
link=$(readlink /dev/stdout)
"${run[@]}" --json /dev/stdout >"$place/out" 2>&1 || true
if [[ $(readlink /dev/stdout) == "$link" ]] && grep -q '^{' "$place/out" &&
    grep -q '^cases: ' "$place/out"; then
    passed+=1
else
    failed+=1
    echo "--json /dev/stdout: results and report are not both there"
fi

# A checkout that cannot be written, or that another user owns; run.sh says so before it builds, and a
# tree that was built already runs from there.
mkdir "$place/tree" "$place/empty"
cp -a CMakeLists.txt CMakePresets.json run.sh docs scenarios store harness reports "$place/tree/"
mkdir -p "$place/tree/build/release"
cp "$(dirname -- "$killpoint")"/killpoint{,-worker,-bench} "$place/tree/build/release/"
chmod -R go+rX "$place"
sleep 0.1
: >"$place/tree/build/release/.built"
# shellcheck disable=SC2016 # for the shell inside
read_only() { # WORD...: in a namespace in which the tree cannot be written
    unshare -rm bash -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"' \
        "$place/tree" env -u KILLPOINT_RUNS KILLPOINT_COMMAND=./run.sh "$@"
}
export -f read_only
export place
if read_only true 2>/dev/null; then
    told 0 "killpoint " bash -c 'read_only "$@"' - ./run.sh --version
    told 4 "--runs DIR makes it elsewhere, --no-archive none" bash -c 'read_only "$@"' - ./run.sh run plain-sync
    told 0 "cases: " bash -c 'read_only "$@"' - ./run.sh run plain-sync --no-archive --cases 20
    touch "$place/tree/store/store.c"
    told 4 "KILLPOINT_BUILD=DIR" bash -c 'read_only "$@"' - ./run.sh --version
fi
if ((EUID == 0)); then
    rm -f "$place/tree/build/release/.built"
    told 4 "another's checkout" setpriv --reuid 65534 --regid 65534 --clear-groups "$place/tree/run.sh" --version
fi

# A user for whom no user namespace may be made: in memory all the same.
confined() { unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "$@"; }
export -f confined
if confined true 2>/dev/null; then
    told 0 "STORES    on /dev/shm (no user namespaces)" bash -c 'confined "$@"' - "${run[@]}"
fi

printf 'cases: %d passed, %d failed, 0 skipped\n' "$passed" "$failed"
((failed == 0))
