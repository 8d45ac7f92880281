#!/usr/bin/env bash
# Plants one breach of each rule of the house in a copy of the tree, and expects check_house.py to name it.
# Usage: test_house.sh BUILD_DIR (a built preset, for circles by call)
# shellcheck disable=SC2016 # the backticks are the documents'
set -euo pipefail
[[ -d ${1:-} ]] || { echo "usage: $0 BUILD_DIR (a built preset)" >&2; exit 2; }
build=$(readlink -f -- "$1")
cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
declare -i passed=0 failed=0

fresh() {
    rm -rf -- "${copy:?}"/*
    cp -r store harness reports scenarios docs kit ARCHITECTURE.md CMakeLists.txt "$copy"
}

# Expects a line that matches PATTERN; what stood there before the breach does not count.
expect() { # NAME PATTERN [BUILD_DIR]
    local name=$1 pattern=$2 said
    said=$(cd "$copy" && { python3 kit/check_house.py "${@:3}" || true; })
    if grep -qE -- "$pattern" <<<"$said"; then
        passed+=1
    else
        failed+=1
        printf '%s: planted, and not found; expected a line like: %s\n%s\n' "$name" "$pattern" "${said:-(nothing was said)}"
    fi
}

fresh
said=$(cd "$copy" && python3 kit/check_house.py "$build") || { echo "the tree itself has breaches:"; echo "$said"; exit 1; }

for ((i = 0; i < 26; i++)); do echo "/* A file. */" >"$copy/store/files/crowd_$i.c"; done
expect crowded "^store/files: [0-9]+ source files, at most 25"

fresh; echo "/* A header. */" >"$copy/store/files/segment_parts.h"
expect parts "segment_parts\.h: .*not a _parts\.h"

fresh; mkdir "$copy/harness/attic"; echo "/* A file. */" >"$copy/harness/attic/attic.c"
expect no-row "^harness/attic: has no row"

fresh; sed -i 's/^| `store\/files\/` | [^|]* |/| `store\/files\/` | |/' "$copy/ARCHITECTURE.md"
expect no-idea "store/files/ has no idea"

fresh; sed -i '/^| `store\/base\/`/d; /^| `testkit\/`/i | `store/base/` | errors | | `err.h` |' "$copy/ARCHITECTURE.md"
expect upside-down "store/base/ stands below store/disk/"

fresh; echo '#include "harness/case/fault.h"' >>"$copy/store/files/text_file.c"
expect store-knows "the store may not know that it is tested"

fresh; echo '#include "store/format/message.h"' >>"$copy/harness/oracle/decode/disk_log.c"
expect oracle-codec 'oracle/decode/ may not include "store/format/message\.h"'

fresh; echo '#include "harness/power/persist/persist.h"' >>"$copy/harness/power/legal/legal.c"
expect blind "sees harness/power/persist/persist\.h"

fresh; echo '#include "harness/power/persist/persist.h"' >>"$copy/harness/power/trace/recording.h"
expect blind-by-a-third "legal.*sees harness/power/persist/persist\.h"

fresh; printf 'void ledger_cheat(void);\nvoid ledger_cheat(void)\n{\n    store_close(0, 0, 0);\n}\n' >>"$copy/harness/oracle/rules/ledger.c"
expect caller "calls store_close\(\): only harness/target"

fresh; echo '#include <jansson.h>' >>"$copy/harness/plan/arm.c"
expect library "<jansson\.h> belongs in"

fresh; for ((i = 0; i < 620; i++)); do echo "int crc32_filler_$i;"; done >>"$copy/store/base/crc32.c"
expect long "over 600 its first comment says why"

fresh; for ((i = 0; i < 920; i++)); do echo "int crc32_filler_$i;"; done >>"$copy/store/base/crc32.c"
expect too-long "at most 900"

fresh; mv "$copy"/store/files/tests/test_segment_list.c "$copy"/store/files/tests/test_else.c
expect untested "store/files/segment_list.c: over 400 lines and no"

fresh; sed -i '/^| `harness\/work\/pool.c`/d' "$copy/docs/TESTING.md"
for ((i = 0; i < 420; i++)); do echo "int pool_filler_$i;"; done >>"$copy/harness/work/pool.c"
expect unlisted "pool\.c: over 400 lines and no test of its name"

fresh; echo '#include "store/disk/disk.h"' >>"$copy/store/base/err.h"
expect include-circle "a circle of includes: .*store/base/err\.h.*store/disk/disk\.h"

fresh; cp "$copy/store/base/text.c" "$copy/store/files/text.c"
expect same-name "text\.c: is named as"

fresh; printf 'int text_f(int r);\nint text_f(int r)\n{\n    r = r < 0 ? r : text_f(r);\n    return r;\n}\n' >>"$copy/store/base/text.c"
expect conditional-idiom "not \`r = r < 0"

fresh; printf 'int text_f(void);\nint text_f(void)\n{\n    int result = text_f();\n    return result;\n}\n' >>"$copy/store/base/text.c"
expect int-result "an error code is \`int r\`"

fresh; printf 'int text_f(int r)\n{\n    if (r == 0) {\n        r = 1;\n    }\n    if (r == 0) {\n        r = 2;\n    }\n    return r;\n}\n' >>"$copy/store/base/text.c"
expect ladder "a ladder of"

fresh; printf 'int abort_file_f(void)\n{\n    return POINT_ABORT_SYNC;\n}\n' >>"$copy/store/files/abort_file.c"
expect point-twice "POINT_ABORT_SYNC stands 2 times"

fresh; echo "/* FAULT_SYNC_LIE */" >>"$copy/harness/work/pool.c"
expect where "harness/work/pool\.c names SYNC_LIE"

# Two files that call each other: their objects are made beside the build's.
fresh
printf 'int circle_a(void);\nint circle_b(void);\nint circle_a(void)\n{\n    return circle_b();\n}\n' >"$copy/store/base/circle_a.c"
printf 'int circle_a(void);\nint circle_b(void);\nint circle_b(void)\n{\n    return circle_a();\n}\n' >"$copy/store/base/circle_b.c"
mkdir -p "$copy/objects/x.dir/store/base"
for name in circle_a circle_b; do gcc -c "$copy/store/base/$name.c" -o "$copy/objects/x.dir/store/base/$name.c.o"; done
expect call-circle "a circle of calls: .*circle_a\.c.*circle_b\.c" "$copy/objects"

mkdir "$copy/empty"
if (cd "$copy/empty" && python3 ../kit/check_house.py >/dev/null); then
    echo "an empty tree is found in order"; failed+=1
else
    passed+=1
fi
printf 'cases: %d passed, %d failed, 0 skipped\n' "$passed" "$failed"
((failed == 0))
