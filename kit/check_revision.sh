#!/usr/bin/env bash
# What --version says of the commit: that of the repository which has the tree, whether sources differ, "unknown" for a
# tarball even in another's repository; and the source is written again only when something of it changed.
# Usage: check_revision.sh
set -euo pipefail
script=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/build_revision.cmake
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
mkdir -p "$place/tree/store" "$place/out"
tree=$place/tree out=$place/out/build_revision.c
touch "$tree/CMakeLists.txt" "$tree/store/a.c" "$tree/README.md"
ask() { cmake -DSOURCE="$tree" -DOUT="$out" -DCOMPILER="GNU 1" -DFLAGS='Debug: -DA="b"' -P "$script"; }
has() { grep -qF -- "$1" "$out" || { echo "$2: $1 is not in:"; cat "$out"; exit 1; }; }

git -C "$place" init -q
ask; has 'commit[] = "unknown"' "a tarball in another's repository"; has 'dirty = false' "a tarball"
rm -rf "$place/.git"
ask; has 'commit[] = "unknown"' "a tarball"
git -C "$tree" init -q
git -C "$tree" add .
git -C "$tree" -c user.name=n -c user.email=e@e commit -qm one
ask; has "commit[] = \"$(git -C "$tree" rev-parse HEAD)\"" "a clone"; has 'dirty = false' "a clone"
has 'flags[] = "Debug: -DA=\"b\""' "flags"
touch -d 2000-01-01 "$out"
echo >>"$tree/README.md"
ask; has 'dirty = false' "a changed page"
[[ $(stat -c %Y "$out") -lt 1000000000 ]] || { echo "the source was written though nothing of it changed"; exit 1; }
touch "$tree/store/new.c"
ask; has 'dirty = true' "a new source"
rm "$tree/store/new.c"
echo >>"$tree/store/a.c"
ask; has 'dirty = true' "a changed source"
echo "revision: known, dirty, unknown, and written only when it changes"
