#!/usr/bin/env bash
# Killpoint's front door: installs what is missing, builds, runs.
#
#   ./run.sh            the default suite (killpoint run)
#   ./run.sh test       every check of this repository (kit/test.sh); with words: only those steps
#   ./run.sh ARGS...    killpoint ARGS...
#
# What is said while installing and building goes to stderr.  Exit codes are killpoint's; before it
# runs: 3 the build failed, 4 packages are missing and cannot be installed from here.
set -euo pipefail

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")

build_packages=(gcc libc6-dev make cmake libfiu-dev libseccomp-dev liblz4-dev libyaml-dev libdeflate-dev
    libxxhash-dev libjansson-dev libxml2-dev libarchive-dev)
test_packages=(libcmocka-dev clang-14 clang-format-14 clang-tidy-14 cppcheck shellcheck libxml2-utils python3 man-db
    procps)

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
    local missing privilege log=$root/build/install.log
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

build_release() {
    local log=$root/build/release.log began=$SECONDS
    [[ -x $root/build/release/killpoint ]] || say "building (once; a minute or so)"
    if ! (
        cd "$root"
        if [[ ! build/release/Makefile -nt CMakePresets.json || ! build/release/Makefile -nt CMakeLists.txt ]]; then
            cmake --preset release || exit 1
        fi
        cmake --build --preset release -j "$(nproc)" --target killpoint killpoint-worker killpoint-bench
    ) >"$log" 2>&1; then
        cat "$log" >&2
        say "the build failed (its log: $log)"
        exit 3
    fi
    ((SECONDS - began < 5)) || say "built in $((SECONDS - began)) s"
}

prepare() { # PACKAGE...
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
    fi
    mkdir -p "$root/build"
    # Two calls at once would build into each other.
    exec 9>"$root/build/.lock"
    flock 9
    if command -v dpkg-query >/dev/null; then
        install_packages "$@"
    else
        say "no dpkg-query here: what is missing is not checked (needed: $*)"
    fi
}

case ${1-} in
test)
    shift
    prepare "${build_packages[@]}" "${test_packages[@]}"
    exec 9>&-
    exec "$root/kit/test.sh" "$@"
    ;;
-h | --help | help)
    sed -n '4,6s/^# *//p' "$root/run.sh"
    printf '\n'
    ;;
esac
prepare "${build_packages[@]}"
build_release
exec 9>&-
(($# > 0)) || set -- run
# What killpoint tells people to type is what they typed.
export KILLPOINT_COMMAND=${KILLPOINT_COMMAND:-$0}
exec "$root/build/release/killpoint" "$@"
