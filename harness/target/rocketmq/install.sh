#!/usr/bin/env bash
# Makes real-VERSION, the real RocketMQ as a target (docs/ROCKETMQ.md); `./run.sh rocketmq` runs it.
#
#   install.sh DIR VERSION...             from Maven's repository, once; offline afterwards
#   install.sh DIR --jars JARS [VERSION]  real-local: a build of one's own, over VERSION where it is no whole one
#
# DIR/VERSION then holds the jars, the adapter compiled against them, an archive of the classes that a start loads, the
# program that Killpoint starts, and, written last, what all that was made of: identity.json.
set -euo pipefail

source_dir=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
usage='usage: ./run.sh rocketmq VERSION... | --jars DIR [VERSION]'
flags=(-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xlog:disable -Xlog:all=error:stderr
    -Dtls.server.mode=disabled -Drocketmq.broker.diskSpaceWarningLevelRatio=1.0
    -Drocketmq.broker.diskSpaceCleanForciblyRatio=1.0
    --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
    --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED)

say() { printf 'run.sh: %s\n' "$*" >&2; }
fail() { say "$*" && exit 4; }

need() { # TOOL PACKAGE
    command -v "$1" >/dev/null || fail "there is no '$1' here; as root, run: apt-get install -y --no-install-recommends $2"
}

# Copies what Maven finds; in one line, why it finds nothing.
resolve() { # VERSION DIR
    local log=$2/maven.log part=store why
    need mvn maven
    say "RocketMQ $1: asking Maven for it (once; a minute or two)"
    # Beside jars/, so that it is whole or not there.  4.9's store leaves it to its broker to bring slf4j.
    [[ $1 != 4.* ]] || part=broker
    if mvn -B -q -f "$source_dir/pom.xml" -Drmq="$1" -Dpart="$part" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$2/jars.new" </dev/null >"$log" 2>&1; then
        mv "$2/jars.new" "$2/jars"
        return
    fi
    why=$(grep -m 1 -oE 'Could not (find|transfer) artifact [^ ]+|Failure to (find|transfer) [^ ]+|Unknown host [^ :]+' "$log" || true)
    if grep -qE "([Cc]ould not find artifact|Failure to find) org\.apache\.rocketmq:rocketmq-(store|broker|all):[a-z]+:$1" "$log" ||
        grep -qE "rocketmq-(store|broker):[a-z]+:$1 was not found in" "$log"; then
        say "Maven's repository has no RocketMQ '$1' (a version is, say, 5.2.0)"
        rm -rf "$2"
    elif grep -qE 'Unknown host|refused|timed out|unreachable|transfer artifact|UnknownHost' "$log"; then
        say "RocketMQ $1 is not here yet, and Maven does not reach its repository (${why:-no network}): try again with a network"
    else
        say "RocketMQ $1 does not resolve: ${why:-see $log}"
    fi
    return 1
}

class_path() { # DIR: what was built here first
    local jar
    printf '%s' "$1/adapter.jar"
    for jar in "$1"/local/*.jar "$1"/jars/*.jar; do
        [[ ! -e $jar ]] || printf ':%s' "$jar"
    done
}

compile() { # DIR TARGET
    local classes=$1/classes
    rm -rf "$classes"
    mkdir "$classes"
    if ! javac -nowarn -d "$classes" -cp "$(class_path "$1")" "$source_dir/RealTarget.java" >"$1/javac.log" 2>&1; then
        say "$2: these jars hold no store of RocketMQ with all that it needs: $(sed -n 's/.*error: \(package .*\)/\1/p;s/^ *symbol: *//p' "$1/javac.log" | head -n 1) ($1/javac.log)"
        return 1
    fi
    cp "$source_dir/rmq.logback.xml" "$classes/"
    sed 's/org\.apache\.rocketmq\.logging\.ch/ch/' "$source_dir/rmq.logback.xml" >"$classes/logback.xml" # of 4.9 and DLedger
    jar cf "$1/adapter.jar" -C "$classes" .
    rm -rf "$classes"
}

write_program() { # DIR TARGET AGAIN
    cp "$java_home/release" "$1/jdk-release"
    cat >"$1/killpoint-$2-target" <<PROGRAM
#!/bin/sh
# RocketMQ behind the line protocol of docs/TARGETS.md.
if ! cmp -s '$java_home/release' '$1/jdk-release'; then
    echo "the JDK that $2 was made with is gone or another: make it anew by ./run.sh rocketmq $3" >&2
    exit 127
fi
archive=-XX:SharedArchiveFile='$1/classes.jsa'
[ -f '$1/classes.jsa' ] || archive=
exec '$java_home/bin/java' ${flags[*]} \$archive \${KILLPOINT_JAVA_FLAGS-} \\
    -cp '$(class_path "$1")' RealTarget
PROGRAM
    chmod +x "$1/killpoint-$2-target"
}

requests() { # DIR: one life of a store of each mode
    local mode id=1 options put
    options='"flush":"sync","log_file_size":65536,"queue_file_units":20,"index_file_units":20,"message_v2":false'
    put='"queue_id":0,"flag":1,"sys_flag":0,"born_timestamp_ms":1700000000000,"born_address":"fwAAAQ==","born_port":4000'
    put+=',"reconsume_times":0,"prepared_transaction_offset":0,"body":"aGVsbG8=","properties":"VEFHUwFhAg=="'
    printf '{"id":1,"request":"hello","protocol":1}\n'
    for mode in commitlog dledger; do
        mkdir -p "$1/$mode"
        printf '{"id":%d,"request":%s}\n' \
            $((++id)) "\"open\",\"dir\":\"$1/$mode\",\"mode\":\"$mode\",$options" \
            $((++id)) "\"put\",\"topic\":\"t\",$put" \
            $((++id)) '"wait"' \
            $((++id)) '"get","topic":"t","queue_id":0,"queue_offset":0' \
            $((++id)) '"offsets","topic":"t","queue_id":0' \
            $((++id)) '"stop"' \
            $((++id)) "\"recover\",\"read\":true,\"dirs\":[\"$1/$mode\"],\"mode\":\"$mode\",$options"
    done
}

# Whether it works, and, of the classes that this loads, the archive: with it a start takes half the time.
try() { # DIR TARGET
    local answers=$1/answers
    rm -rf "$1/stores" "$1/classes.jsa" "$1/classes.new"
    requests "$1/stores" | KILLPOINT_JAVA_FLAGS="-XX:ArchiveClassesAtExit=$1/classes.new" \
        timeout -s KILL 180 "$1/killpoint-$2-target" >"$answers" 2>"$1/trial.log" || true
    rm -rf "$1/stores"
    if (($(grep -vc '"error"' "$answers") != 15)); then
        say "$2 does not work: $(grep -m 1 '"error"' "$answers" || tail -n 1 "$1/trial.log") ($1/trial.log)"
        return 1
    fi
    [[ ! -e $1/classes.new ]] || mv "$1/classes.new" "$1/classes.jsa"
}

write_identity() { # DIR TARGET ORIGIN
    local hash word
    (cd "$1" && find adapter.jar jars local -name '*.jar' -print0 2>/dev/null | sort -z | xargs -0 sha256sum) >"$1/jars.sha256"
    hash=$(sha256sum <"$1/jars.sha256")
    word=$(sed -n '1s/.*"program":"RocketMQ V\{0,1\}\([^"]*\)".*/\1/p' "$1/answers")
    printf '{"target":"%s","rocketmq":"%s","origin":"%s","jars":%d,"jars_sha256":"%s","java":"%s"}\n' "$2" "${word//_/.}" "$3" \
        "$(wc -l <"$1/jars.sha256")" "${hash%% *}" "$(sed -n '1s/.*"java":"\([^"]*\)".*/\1/p' "$1/answers")" >"$1/identity.new"
    mv "$1/identity.new" "$1/identity.json"
}

is_ready() { # DIR
    [[ -f $1/identity.json ]] && cmp -s "$java_home/release" "$1/jdk-release" &&
        [[ $source_dir/RealTarget.java -ot $1/identity.json && $source_dir/install.sh -ot $1/identity.json ]]
}

make_target() { # DIR TARGET ORIGIN AGAIN
    rm -f "$1/identity.json"
    compile "$1" "$2" || return 1
    write_program "$1" "$2" "$4"
    try "$1" "$2" || return 1
    write_identity "$1" "$2" "$3"
    say "$2 is ready: ./run.sh run --target $2 SCENARIO"
}

from_maven() { # VERSION
    local dir=$into/$1
    [[ $1 =~ ^[0-9a-z][0-9a-z.-]{0,30}$ && $1 != local ]] || fail "'$1' is no version of RocketMQ (one is, say, 5.2.0)"
    if is_ready "$dir"; then
        say "real-$1 is ready"
        return
    fi
    mkdir -p "$dir"
    [[ -d $dir/jars ]] || resolve "$1" "$dir" || return 1
    make_target "$dir" "real-$1" maven "$1"
}

from_jars() { # JARS [VERSION]
    local dir=$into/local given
    local -a jars
    [[ -d $1 ]] || fail "--jars '$1': there is no such directory"
    mapfile -t jars < <(find "$1" -name '*.jar' ! -name '*-sources.jar' ! -name '*-tests.jar' ! -name '*-javadoc.jar')
    ((${#jars[@]} > 0)) || fail "--jars '$1': there is no jar in it (build first: mvn package -DskipTests)"
    rm -rf "$dir"
    mkdir -p "$dir/local"
    cp -- "${jars[@]}" "$dir/local/"
    if (($# > 1)); then
        from_maven "$2" || return 1
        given=$into/$2/jars
        cp -r "$given" "$dir/jars"
    elif ! compgen -G "$dir/local/rocketmq-store*.jar" >/dev/null; then
        fail "--jars '$1': there is no rocketmq-store*.jar in it; where only a part was built, name the version to lay it over: --jars DIR VERSION"
    fi
    make_target "$dir" real-local "$(readlink -f -- "$1")" "--jars $1${2:+ $2}"
}

(($# > 1)) || fail "$usage"
into=$(mkdir -p "$1" && readlink -f -- "$1")
shift
need javac default-jdk-headless
need jar default-jdk-headless
java_home=$(readlink -f -- "$(command -v javac)")
java_home=${java_home%/bin/javac}
status=0
if [[ $1 == --jars ]]; then
    shift
    (($# == 1 || $# == 2)) || fail "$usage"
    from_jars "$@" || status=4
else
    for version in "$@"; do
        [[ $version != -* ]] || fail "$usage"
        from_maven "$version" || status=4
    done
fi
exit "$status"
