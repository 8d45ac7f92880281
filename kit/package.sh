#!/usr/bin/env bash
# The package of Debian: made, looked at, and used on a Debian that has nothing else.
#
#   kit/package.sh BUILD_DIR [--only-make]    (a built preset; the package goes to BUILD_DIR/package)
#
# Besides the package itself all is asked of others: lintian, which must find no error, and a bare
# Debian 12 (mmdebstrap), where it is installed with what it depends on, runs as a plain user from a
# directory that is not its own, has its manual page and completion, and leaves nothing when it is
# removed.  What cannot be had here (lintian, mmdebstrap, their downloads) is said and skipped.
set -euo pipefail

# What an installed program finds by itself, it is not to be told.
unset "${!KILLPOINT_@}"
build=$(readlink -f -- "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -i passed=0 failed=0 skipped=0

# What the bare Debian is asked; each line that begins with "ok" or "FAIL" is a case.
write_questions() {
    cat >"$work/questions" <<'QUESTIONS'
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
check() { # WHAT COMMAND...
    what=$1
    shift
    if "$@" >/tmp/said 2>&1; then echo "ok $what"; else echo "FAIL $what"; tail -n 15 /tmp/said; fi
}
check "installs with what it depends on" apt-get install -y --no-install-recommends /root/killpoint.deb
useradd -m somebody
somebody() { (cd /home/somebody && setpriv --reuid=somebody --regid=somebody --clear-groups --inh-caps=-all env HOME=/home/somebody "$@"); }
check "tells its version" sh -c 'killpoint --version | grep -q "^killpoint $VERSION$"'
check "runs its own scenarios as a plain user" somebody killpoint run plain-sync power-plain-sync --cases 60 -q
check "leaves a run behind, with its page" somebody test -s runs/latest/report.html
check "writes a scenario and runs it" somebody sh -c 'killpoint new mine && killpoint check mine.yaml && killpoint run mine.yaml --cases 30 -q'
check "runs as root from /" sh -c 'cd / && killpoint run plain-sync --cases 20 -q --no-archive'
check "runs a program under test" somebody killpoint run program-example --cases 3 -q --no-archive
check "benches" somebody killpoint bench --help
check "has its manual page" somebody sh -c 'man killpoint | tr -s " \n" " " | grep -q "kill a message store"'
check "lists its scenarios" somebody sh -c 'killpoint list scenarios | grep -q plain-sync'
check "completes in bash" bash -c 'source /usr/share/bash-completion/completions/killpoint && complete -p killpoint &&
    COMP_WORDS=(killpoint run plain-async-ro) COMP_CWORD=2 && _killpoint 2>/dev/null; [[ ${COMPREPLY[*]} == plain-async-rolling ]]'
check "completes in zsh" zsh -fc 'autoload -U compinit && compinit -u -D && [[ ${_comps[killpoint]} == _killpoint ]]'
check "has a changelog and a copyright" sh -c 'zcat /usr/share/doc/killpoint/changelog.Debian.gz | grep -q "^killpoint ($VERSION-" && grep -q Apache /usr/share/doc/killpoint/copyright'
check "is removed" apt-get purge -y killpoint
rm -rf /home/somebody
check "leaves nothing" sh -c '! find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /root \) -prune -o -print | grep -i killpoint'
QUESTIONS
}

make_package() {
    rm -rf "$build/package"
    (cd "$build" && cpack -G DEB -B "$build/package") >"$work/cpack" 2>&1 || { cat "$work/cpack"; return 1; }
    deb=$(find "$build/package" -maxdepth 1 -name 'killpoint_*.deb')
    [[ -n $deb ]] || { cat "$work/cpack"; return 1; }
    version=$(dpkg-deb -f "$deb" Version)
    printf '%s, %s bytes\n' "$(basename "$deb")" "$(stat -c %s "$deb")"
}

ask_lintian() {
    if ! command -v lintian >/dev/null; then
        echo "skipped: no lintian here"
        skipped+=1
    elif lintian --fail-on error --allow-root "$deb"; then
        passed+=1
    else
        failed+=1
    fi
}

ask_bare_debian() {
    local log=$work/debian.log
    if ! command -v mmdebstrap >/dev/null; then
        echo "skipped: no mmdebstrap here"
        skipped+=1
        return
    fi
    write_questions
    # The page before the questions: whoever reads the log knows how far it came.
    if ! mmdebstrap --variant=minbase --include=ca-certificates,man-db,zsh --format=null \
        --customize-hook="copy-in $work/questions /root" --customize-hook="upload $deb /root/killpoint.deb" \
        --chrooted-customize-hook="VERSION=${version%-*} bash /root/questions" \
        bookworm /dev/null >"$log" 2>&1; then
        if ! grep -q '^ok ' "$log"; then
            echo "skipped: no bare Debian can be made here:"
            tail -n 5 "$log"
            skipped+=1
            return
        fi
    fi
    sed -n '/^ok /p; /^FAIL /,/^ok /p' "$log" | uniq
    passed+=$(grep -c '^ok ' "$log" || true)
    failed+=$(grep -c '^FAIL ' "$log" || true)
}

if ! make_package; then
    echo "cases: 0 passed, 1 failed, 0 skipped"
    exit 1
fi
passed+=1
[[ ${2-} == --only-make ]] || { ask_lintian; ask_bare_debian; }
printf 'cases: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
