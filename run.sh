#!/usr/bin/env bash
# Killpoint's front door: installs what is missing, builds, runs.
#
#   ./run.sh            the default suite (killpoint run)
#   ./run.sh test       every check of this repository (kit/test.sh); with words: only those steps
#   ./run.sh rocketmq VERSION...
#                       makes real-VERSION, the real RocketMQ as a target (docs/ROCKETMQ.md); from a
#                       build of one's own: ./run.sh rocketmq --jars DIR [VERSION]
#   ./run.sh ARGS...    killpoint ARGS...
#
# What is said while installing and building goes to stderr.  Exit codes are killpoint's; before it
# runs: 3 the build failed, 4 packages are missing and cannot be installed from here, or the build
# directory cannot be written.  $KILLPOINT_BUILD is another one, outside of this tree.
set -euo pipefail

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
build=${KILLPOINT_BUILD:-$root/build}
release=$build/release
stamp=$release/.built
sources=(store harness reports docs/GLOSSARY.md CMakeLists.txt CMakePresets.json run.sh)

build_packages=(gcc libc6-dev make cmake libfiu-dev libseccomp-dev liblz4-dev libyaml-dev libdeflate-dev
    libxxhash-dev libjansson-dev libxml2-dev libarchive-dev libsqlite3-dev node-d3)
test_packages=(libcmocka-dev clang-14 clang-format-14 clang-tidy-14 cppcheck shellcheck libxml2-utils python3 man-db
    procps zsh)

say() { printf 'run.sh: %s\n' "$*" >&2; }

# Prints those of the given packages that are not installed.
missing_packages() {
    local package status
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [[ $status == installed ]] || printf '%s\n' "$package"
    done
}

# Prints the words that make a command run as root, or fails when there are none.
as_root() {
    if ((EUID == 0)); then
        printf 'env\n'
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        printf 'sudo\n-n\n'
    elif command -v sudo >/dev/null && [[ -t 0 && -t 2 ]]; then
        printf 'sudo\n'
    else
        return 1
    fi
}

install_packages() {
    local missing privilege log=$build/install.log
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    if ! privilege=$(as_root); then
        say "packages are missing and this user cannot install them; as root, run:"
        printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
        exit 4
    fi
    mapfile -t privilege <<<"$privilege"
    say "installing ${missing[*]}"
    if ! {
        "${privilege[@]}" apt-get update &&
            "${privilege[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        say "apt-get failed (all of it: $log); as root, run:"
        printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
        exit 4
    fi
}

revision() { git -C "$root" rev-parse -q --verify HEAD 2>/dev/null || true; }

# Whether what was built last is what lies here.  By the time of the last change of a file or directory,
# which neither a copy nor a checkout can set back, and by the revision, which --version tells.
is_built() {
    [[ -x $release/killpoint && -f $stamp && $(<"$stamp") == "$(revision)" ]] || return 1
    [[ -z $(cd "$root" && find "${sources[@]}" -cnewer "$stamp" -print -quit) ]]
}

# What make prints goes to the log; from its percents a sign of life is made.
show_progress() { # LOG
    local line='' part status percent=0 shown=-10 began=$SECONDS told=$SECONDS
    while true; do
        status=0
        IFS= read -r -t 1 part || status=$?
        line+=$part
        if ((status == 0)); then
            printf '%s\n' "$line" >>"$1"
            [[ ! $line =~ ^\[\ *([0-9]+)%\] ]] || percent=${BASH_REMATCH[1]}
            line=''
        elif ((status <= 128)); then
            break
        fi
        # A quick build says nothing; the last steps, links, take longest and move no percents.
        ((SECONDS - began >= 2)) || continue
        if [[ -t 2 ]]; then
            printf '\rrun.sh: building %3d %%, %d s' "$percent" $((SECONDS - began)) >&2
            shown=$percent
        elif ((percent >= shown + 20 || SECONDS - told >= 20)); then
            say "building $percent %, $((SECONDS - began)) s"
            shown=$percent told=$SECONDS
        fi
    done
    [[ ! -t 2 ]] || ((shown < 0)) || printf '\r\033[K' >&2
}

build_release() {
    local log=$build/release.log began=$SECONDS
    : >"$log"
    [[ -x $release/killpoint ]] || say "building (once; a minute or so on two processors)"
    # What changes while it is built is newer than this.
    mkdir -p "$release"
    revision >"$stamp.new"
    if ! {
        if [[ ! $release/Makefile -nt $root/CMakePresets.json || ! $release/Makefile -nt $root/CMakeLists.txt ]]; then
            (cd "$root" && cmake --preset release -B "$release") || exit 1
        fi
        cmake --build "$release" -j "$(nproc)" --target killpoint killpoint-worker killpoint-bench
    } 2>&1 | show_progress "$log"; then
        cat "$log" >&2
        say "the build failed (its log: $log)"
        exit 3
    fi
    mv "$stamp.new" "$stamp"
    ((SECONDS - began < 5)) || say "built in $((SECONDS - began)) s"
}

# Two calls at once would build into each other.
take_lock() {
    if ! { mkdir -p "$build" && exec 9>"$build/.lock"; } 2>/dev/null; then
        say "'$build' cannot be written by this user (a read-only file system, or another's checkout)"
        say "build elsewhere: KILLPOINT_BUILD=DIR $0 ..., or copy the tree"
        exit 4
    fi
    if ! flock -n 9; then
        say "waiting: another run.sh builds in $build"
        flock 9
    fi
}

prepare() { # PACKAGE...
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
    fi
    take_lock
    if command -v dpkg-query >/dev/null; then
        install_packages "$@"
    else
        say "no dpkg-query here: what is missing is not checked (needed: $*)"
    fi
}

case ${1-} in
test)
    shift
    build=$root/build # kit/test.sh knows no other
    prepare "${build_packages[@]}" "${test_packages[@]}"
    exec 9>&-
    exec "$root/kit/test.sh" "$@"
    ;;
rocketmq)
    shift
    needed=()
    command -v javac >/dev/null || needed+=(default-jdk-headless)
    command -v mvn >/dev/null || needed+=(maven)
    ((${#needed[@]} == 0)) || prepare "${needed[@]}"
    exec "$root/harness/target/rocketmq/install.sh" "$build/rocketmq" "$@"
    ;;
-h | --help | help)
    sed -n '4,9s/^# *//p' "$root/run.sh"
    printf '\n'
    ;;
esac
if ! is_built; then
    prepare "${build_packages[@]}"
    # Whoever held the lock may have built it.
    is_built || build_release
    exec 9>&-
fi
(($# > 0)) || set -- run
# What killpoint tells people to type is what they typed.
export KILLPOINT_COMMAND=${KILLPOINT_COMMAND:-$0}
exec "$release/killpoint" "$@"
