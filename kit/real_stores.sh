#!/usr/bin/env bash
# Holds Killpoint against stores of the real RocketMQ, which Maven fetches.
#
#   kit/real_stores.sh [make] [--dir DIR] [--only REGEX] [--killpoint PROGRAM] [VERSION...]
#       makes each kind of kit/rocketmq/kinds.txt, stopped, killed, killed and started again (dledger: and put to), judges it with
#       fsck, and compares with kit/rocketmq/expected.txt; exit 1 on a difference
#   kit/real_stores.sh open [--dir DIR] [--only REGEX] [--killpoint PROGRAM] [VERSION...]
#       makes the stores of kit/rocketmq/tokens.txt, ours: crashed, recovered and cleanly stopped; has each opened by
#       the real store, with enableAcceleratedRecovery too where there is that (5.4.0 on), read whole, put to and
#       stopped; compares with the bytes (kit/rocketmq/compare.py); then by ours again, which must judge it intact
#   kit/real_stores.sh keep DIR OUT KIND-END-VERSION...
#       packs stores that `make --dir DIR` made, holes as holes, as OUT/KIND-END-VERSION.tar.gz
#   kit/real_stores.sh kept [--only REGEX] [--killpoint PROGRAM]
#       judges the packed stores of scenarios/bases/ the same way; needs neither Java nor Maven
#   kit/real_stores.sh recover [--dir DIR] [--only REGEX] [--killpoint PROGRAM]
#       has each of them recovered by ours, live and explored, as the scenario kit/rocketmq/recover.yaml says, and
#       compares how that ends with the last column of kit/rocketmq/expected.txt
#
# Without Maven or a JDK, or with a version that does not resolve, it says so and skips (exit 0).
set -euo pipefail

root=$(cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
kit=$root/kit/rocketmq
killpoint=$root/build/release/killpoint
dir=$root/build/rocketmq
only=.
default_versions=(5.2.0 5.5.1) # 5.5.1: the newest whose store resolves
java_flags=(-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xlog:disable -Xlog:all=error:stderr)
declare -i port=$((24000 + RANDOM % 8000)) equal=0 different=0 skipped=0

say() { printf '%s\n' "$*"; }
skip() { say "skipped: $*"; skipped+=1; }

# The program of one version: its class path, the driver as a jar, an archive of the classes that it loads.
prepare() { # VERSION
    local made=$dir/program-$1 classes
    [[ ! -e $made/ready ]] || return 0
    rm -rf "$made"
    mkdir -p "$made/classes"
    "$root/harness/target/rocketmq/install.sh" "$root/build/rocketmq" "$1" >"$made/install.log" 2>&1 || return 1
    classes=$(printf '%s:' "$root/build/rocketmq/$1/jars"/*.jar)
    javac -d "$made/classes" -cp "$classes" "$kit/RealStore.java" 2>"$made/javac.log" || return 1
    cp "$kit/rmq.logback.xml" "$made/classes/"
    jar cf "$made/driver.jar" -C "$made/classes" . || return 1
    printf '%s' "$made/driver.jar:$classes" >"$made/path"
    # Only worth its second when it works; a store that was started once has loaded nearly all of it.
    real "$1" "$made/warm" mappedFileSizeCommitLog=65536 -- put:n=2,tags=a wait >"$made/warm.log" 2>&1 || true
    rm -rf "$made/warm"
    touch "$made/ready"
}

real() { # VERSION STORE [SETTING...] -- STEP...
    local version=$1 made=$dir/program-$1 flags=("${java_flags[@]}")
    shift
    case $version in
    4.*) flags+=(--add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED) ;;
    *) flags+=(--add-exports java.base/sun.nio.ch=ALL-UNNAMED) ;; # transient pool of 5.2.0
    esac
    if [[ -e $made/ready ]]; then
        flags+=(-XX:SharedArchiveFile="$made/classes.jsa")
    else
        flags+=(-XX:ArchiveClassesAtExit="$made/classes.jsa")
    fi
    timeout -s KILL 90 nice java "${flags[@]}" -Dkillpoint.log="$1.rocketmq" -Duser.home="$dir/home" \
        -cp "$(<"$made/path")" RealStore "$@" </dev/null
}

settings_of() { # WORD... -> settings
    local word
    for word in "$@"; do
        case $word in
        SMALL) settings+=(mappedFileSizeCommitLog=65536 mappedFileSizeConsumeQueue=400) ;;
        DLEDGER) settings+=(dledger="$((port += 1))" flushConsumeQueueThoroughInterval=1000) restart=(sleep:1500) ;;
        *) settings+=("$word") ;;
        esac
    done
}

# Makes one store; the driver's output lies beside it.
make_store() { # STORE VERSION END SETTINGS STEPS
    local store=$1 version=$2 end=$3 status=0
    local -a words steps settings=() restart=()
    read -ra words <<<"$4"
    read -ra steps <<<"${5//LONG/$(printf 'x%.0s' {1..200})}"
    settings_of "${words[@]}"
    rm -rf "$store"
    case $end in
    stopped) steps+=(wait stop) ;;
    *) steps+=(wait kill) ;;
    esac
    real "$version" "$store" "${settings[@]}" -- "${steps[@]}" >"$store.out" 2>&1 || status=$?
    case $end in
    restarted) restart+=(wait kill) ;;
    continued) restart+=(wait "put:n=4,queues=2,topics=2" wait kill) ;;
    *) restart=() ;;
    esac
    ((${#restart[@]} == 0)) || real "$version" "$store" "${settings[@]}" -- "${restart[@]}" >>"$store.out" 2>&1 ||
        status=$?
    # A driver that could not do its steps made another store than the table means.
    if [[ $end == stopped ]]; then ((status == 0)); else ((status == 137)); fi
}

# "EXIT WORD PROPERTIES", as expected.txt has them.
verdict() { # STORE
    local status=0 text
    text=$("$killpoint" fsck "$1" 2>&1) || status=$?
    printf '%s\n' "$text" >"$1.fsck"
    awk -v status="$status" '
        /^(intact|repairable|violated)/ { word = $1; rest = $0 }
        END {
            if (word == "violated") {
                sub(/^violated */, "", rest); sub(/:.*/, "", rest); gsub(/, /, "+", rest)
            } else {
                rest = "-"
            }
            print status, (word == "" ? "-" : word), rest
        }' "$1.fsck"
}

# The first line of expected.txt that is for this store: what fsck says, or how its recovery by ours ends.
expected() { # KIND END VERSION fsck|recover
    awk -v kind="$1" -v end="$2" -v version="$3" -v which="$4" '
        function is_for(word, value) { return word == "*" || ("," word ",") ~ ("," value ",") }
        /^#/ || NF == 0 { next }
        is_for($1, kind) && is_for($2, end) && is_for($3, version) {
            print (which == "fsck" ? $4 " " $5 " " $6 : $7)
            exit
        }' "$kit/expected.txt"
}

compare() { # KIND END VERSION fsck|recover WHAT-IT-IS
    local want is=$5
    want=$(expected "$1" "$2" "$3" "$4")
    if [[ $is == "$want" ]]; then
        equal+=1
        printf '%-24s %-10s %-6s %s\n' "$1" "$2" "$3" "$is"
    else
        different+=1
        printf '%-24s %-10s %-6s %s   DIFFERENT, expected %s\n' "$1" "$2" "$3" "$is" "${want:-nothing}"
    fi
}

judge() { # KIND END VERSION STORE
    compare "$1" "$2" "$3" fsck "$(verdict "$4")"
}

summary() {
    say "cases: $equal passed, $different failed, $skipped skipped"
    ((different == 0))
}

make_all() { # VERSION...
    local version end kind settings steps store
    for version in "$@"; do
        prepare "$version" || { skip "RocketMQ $version does not resolve (see $dir/program-$version)"; continue; }
        while IFS='|' read -r kind settings steps; do
            kind=${kind// /}
            for end in stopped killed restarted continued; do
                [[ $kind-$end =~ $only ]] || continue
                [[ $end != continued || $kind == dledger ]] || continue # puts after a defect struck
                store=$dir/stores/$kind-$end-$version
                mkdir -p "$dir/stores"
                if make_store "$store" "$version" "$end" "$settings" "$steps"; then
                    judge "$kind" "$end" "$version" "$store"
                else
                    different+=1
                    say "$kind $end $version: the driver failed: $store.out"
                fi
            done
        done < <(grep -v '^#' "$kit/kinds.txt")
    done
    summary
}

# The stores that a crash of ours leaves, in DIR/ours/NAME-STATE.
make_ours() { # SCENARIO HITS NAME
    local -a given=()
    local scenario=${1%.yaml} hash
    [[ $scenario == "$1" ]] || given=(--scenario "$kit/$1")
    # Tokens are made anew with every change of a scenario; what this one is made for, replay says itself.
    hash=$("$killpoint" replay "${given[@]}" "$scenario.000000@5eed:$2" 2>&1 |
        sed -n 's/.*this one is \([0-9a-f]*\)).*/\1/p')
    rm -rf "$dir/ours/$3"
    mkdir -p "$dir/ours"
    "$killpoint" replay "${given[@]}" "$scenario.$hash@5eed:$2" --keep "$dir/ours/$3" >"$dir/ours/$3.out" 2>&1
}

size_of_first() { # DIRECTORY FALLBACK
    local first
    first=$(find "$1" -type f -name '0*' 2>/dev/null | sort | head -n 1)
    if [[ -n $first ]]; then stat -c %s "$first"; else echo "$2"; fi
}

# Ours again, over what the real store left: three puts, a kill at the first of them, and all that is asked of a
# store after that.
judge_again() { # STORE
    local base=$1.again
    rm -rf "$base"
    mkdir -p "$base/bases"
    tar -C "$1" --sort=name -cSf - . | gzip -1n >"$base/bases/b.tar.gz"
    printf '%s\n' 'name: again' 'summary: A store of ours that the real one has opened.' \
        'start: 2030-01-01T00:00:00Z' 'base: b' \
        'workload: { topics: 2, queues: 2, phases: [ { put: 3, every: 300ms } ] }' \
        'faults: [ { point: "*", fault: kill, when: 1..2 } ]' 'expect: intact' >"$base/again.yaml"
    "$killpoint" run --no-archive "$base/again.yaml" >"$base.out" 2>&1
}

has_acceleration() { # VERSION
    [[ $(printf '%s\n' 5.4.0 "$1" | sort -V | head -n 1) == 5.4.0 ]]
}

open_one() { # STORE VERSION [SETTING...]
    local before=$1 version=$2 name store text status=0 again=intact accelerated=${3:+accelerated}
    shift 2
    name=$(basename "$before")-$version${accelerated:+-accelerated}
    store=$dir/opened/$name
    local -a settings=("$@") words=()
    local -a steps=(wait read "put:n=2,topic=topic-0,tags=z" wait stop)
    rm -rf "$store" "$store".*
    mkdir -p "$dir/opened"
    cp -a --sparse=always "$before" "$store"
    local log=commitlog
    if [[ -d $store/dledger-n0 ]]; then
        log=dledger-n0/data words=(DLEDGER) steps=(sleep:1500 "${steps[@]}")
    fi
    settings_of "${words[@]}"
    settings+=(mappedFileSizeCommitLog="$(size_of_first "$store/$log" 65536)"
        mappedFileSizeConsumeQueue="$(size_of_first "$store/consumequeue" 400)" fileReservedTime=1000000)
    # Where a defect of the version takes units for good, its next puts would give out queue offsets twice, and its
    # clean stop would vouch for the queues as they are: then it is only read and killed.
    if [[ -n $(python3 "$kit/compare.py" --defect "$before" "$version") ]]; then
        steps=("${steps[@]/put*/}") steps[${#steps[@]}-1]=kill
    fi
    read -ra steps <<<"${steps[*]}"
    real "$version" "$store" "${settings[@]}" -- "${steps[@]}" >"$store.out" 2>&1 || status=$?
    [[ ${steps[*]} != *kill ]] || status=$((status == 137 ? 0 : 3))
    if ! text=$(python3 "$kit/compare.py" "$before" "$store.out" "$version" ${accelerated:+accelerated}); then
        status=1
    elif [[ $text == *refused* ]]; then
        status=0
    fi
    judge_again "$store" || again="violated (see $store.again.out)"
    if ((status == 0)) && [[ $again == intact ]]; then equal+=1; else different+=1; fi
    printf '%-52s %s; then ours: %s\n' "$name" "${text:-nothing read}" "$again"
}

open_all() { # VERSION...
    local scenario hits name state version
    local -a versions=()
    for version in "$@"; do
        if prepare "$version"; then versions+=("$version"); else skip "RocketMQ $version does not resolve"; fi
    done
    while read -r scenario hits; do
        name=${scenario%.yaml}-${hits//[\/:=]/_}
        [[ $name =~ $only ]] || continue
        if ! make_ours "$scenario" "$hits" "$name"; then
            different+=1
            say "$name: its case is not intact: $dir/ours/$name.out"
            continue
        fi
        for state in crashed recovered stopped; do
            ln -sfn "$name/$state" "$dir/ours/$name-$state"
            for version in "${versions[@]}"; do
                open_one "$dir/ours/$name-$state/" "$version"
                ! has_acceleration "$version" || open_one "$dir/ours/$name-$state/" "$version" enableAcceleratedRecovery=true
            done
        done
    done < <(grep -v '^#' "$kit/tokens.txt")
    summary
}

# Names and owners that are the same whoever packs.
keep() { # DIR OUT NAME...
    local from=$1 out=$2 name
    shift 2
    for name in "$@"; do
        tar -C "$from/stores/$name" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=gnu -cSf - . |
            gzip -9n >"$out/$name.tar.gz"
    done
}

# Calls FUNCTION KIND END VERSION PACKED NAME for each packed store.
each_kept() { # FUNCTION
    local packed name kind end version
    for packed in "$root"/scenarios/bases/*.tar.gz; do
        name=$(basename "$packed" .tar.gz)
        [[ $name =~ $only ]] || continue
        version=${name##*-} kind=${name%-*}
        end=${kind##*-} kind=${kind%-*}
        "$1" "$kind" "$end" "$version" "$packed" "$name"
    done
}

judge_kept() { # KIND END VERSION PACKED NAME
    mkdir "$work/$5"
    tar -C "$work/$5" -xzSf "$4"
    judge "$1" "$2" "$3" "$work/$5"
}

write_recovery() { # KIND END VERSION PACKED NAME
    sed -e "s/NAME/${5//./-}/" -e "s|BASE|$4|" "$kit/recover.yaml" >"$dir/recover/${5//./-}.yaml"
}

# "intact" when every case of it was; else how one ended that was not, with what was violated.
judge_recovery() { # KIND END VERSION PACKED NAME
    compare "$1" "$2" "$3" recover "$(python3 - "$work/json" "${5//./-}" <<'PYTHON'
import json, sys
rows = [row for row in json.load(open(sys.argv[1]))["scenarios"] if row["name"] == sys.argv[2]]
bad = [word for row in rows for word, count in row["outcomes"].items() if count and word != "intact"]
if not rows or not rows[0]["run"]:
    print("nothing")
elif rows[0]["as_expected"]:
    print("intact")
else:
    print("refused" if "refused" in bad else (bad + ["vacuous"])[0] + ":" + "+".join(rows[0]["violated"]))
PYTHON
    )"
}

recover_kept() {
    rm -rf "$dir/recover"
    mkdir -p "$dir/recover"
    each_kept write_recovery
    # Its exit code is that of stores that are to be refused, too; what counts is what it says of each.
    "$killpoint" run --quiet --no-archive --json "$work/json" "$dir/recover"/*.yaml >"$work/out" 2>&1 || true
    each_kept judge_recovery
    ((different == 0)) || { sed 's/^/    /' "$work/out" && say "replay with --scenario $dir/recover/NAME.yaml"; }
}

mode='make'
case ${1-} in
make | open | keep | kept | recover) mode=$1 && shift ;;
esac
words=()
while (($# > 0)); do
    case $1 in
    --dir) dir=$(mkdir -p "$2" && cd "$2" && pwd) && shift 2 ;;
    --only) only=$2 && shift 2 ;;
    --killpoint) killpoint=$(readlink -f -- "$2") && shift 2 ;;
    -*) sed -n '2,/^set/{/^#/s/^# \?//p}' "$0" >&2 && exit 4 ;;
    *) words+=("$1") && shift ;;
    esac
done
case $mode in
keep) keep "${words[@]}" ;;
kept | recover)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    if [[ $mode == kept ]]; then each_kept judge_kept; else recover_kept; fi
    summary
    ;;
make | open)
    for tool in mvn javac java jar python3; do
        command -v "$tool" >/dev/null || { skip "no $tool here"; summary; exit; }
    done
    ((${#words[@]} > 0)) || words=("${default_versions[@]}")
    "${mode}_all" "${words[@]}"
    ;;
esac
