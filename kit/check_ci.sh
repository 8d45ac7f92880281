#!/usr/bin/env bash
# The files of kit/ci/ against the schemas of those who read them, as check-jsonschema and
# kubernetes-validate of PyPI carry them; each file that is changed for the worse is refused.
#
#   kit/check_ci.sh         exits 0 and counts its checks as skipped where the two cannot be had
#
# KILLPOINT_SCHEMA_VENV is where they are, or are put (default build/schemas).
set -euo pipefail
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
venv=${KILLPOINT_SCHEMA_VENV:-build/schemas}
declare -i passed=0 failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

skip() {
    echo "skipped: $1 (check-jsonschema and kubernetes-validate of PyPI carry the schemas)"
    echo "cases: 0 passed, 0 failed, 6 skipped"
    exit 0
}

tools() { # Puts them where they are not yet.
    [[ -x $venv/bin/check-jsonschema && -x $venv/bin/kubernetes-validate ]] && return 0
    python3 -m venv "$venv" >/dev/null 2>&1 || skip "python3 makes no virtual environment here"
    timeout 300 "$venv/bin/pip" install --quiet check-jsonschema kubernetes-validate >"$tmp/pip" 2>&1 ||
        skip "they cannot be downloaded here: $(tail -n 1 "$tmp/pip")"
}

validate() { # FILE
    case $(basename "$1") in
        github*) "$venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows "$1" ;;
        gitlab*) "$venv/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$1" ;;
        kubernetes*) "$venv/bin/kubernetes-validate" --strict "$1" ;;
    esac
}

# The file is right; and with one word of it changed, it is not: a check that takes anything is none.
check() { # FILE SED
    if validate "kit/ci/$1" >"$tmp/out" 2>&1; then
        passed+=1 && echo "ok: kit/ci/$1"
    else
        failed+=1 && echo "FAIL: kit/ci/$1" && cat "$tmp/out"
    fi
    sed "$2" "kit/ci/$1" >"$tmp/$1"
    if cmp -s "kit/ci/$1" "$tmp/$1"; then
        failed+=1 && echo "FAIL: '$2' changes nothing in kit/ci/$1"
    elif validate "$tmp/$1" >"$tmp/out" 2>&1; then
        failed+=1 && echo "FAIL: kit/ci/$1 after '$2' is taken"
    else
        passed+=1 && echo "ok: kit/ci/$1 after '$2' is refused"
    fi
}

tools
check github-actions.yml 's/runs-on:/run-on:/'
check gitlab-ci.yml 's/parallel: 4/parallel: four/'
check kubernetes-job.yaml 's/completions: 4/completions: four/'
echo "cases: $passed passed, $failed failed, 0 skipped"
((failed == 0))
