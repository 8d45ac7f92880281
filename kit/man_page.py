#!/usr/bin/env python3
"""The parts of docs/killpoint.1 that the program's tables say: held against them, or written.

Between `.\\" begin NAME` and `.\\" end NAME` stands what `killpoint --man` prints there, and in the title
the version that `killpoint --version` tells.

Usage: man_page.py BUILD_DIR [--write] (a built preset)"""
import difflib
import os
import re
import subprocess
import sys

PART = re.compile(r'\.\\" begin (\w+)\n.*?\.\\" end \1\n', re.S)


def main():
    is_written = sys.argv[2:] == ["--write"]
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--write"]):
        print(__doc__)
        return 2
    page = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "docs", "killpoint.1")
    said = subprocess.run([os.path.join(sys.argv[1], "killpoint"), "--man"], capture_output=True, text=True, check=True)
    parts = {part.group(1): part.group(0) for part in PART.finditer(said.stdout)}
    version = subprocess.run([os.path.join(sys.argv[1], "killpoint"), "--version"], capture_output=True, text=True,
                             check=True).stdout.split("\n")[0]
    with open(page, encoding="utf-8") as file:
        before = file.read()
    after = re.sub(r'^(\.TH .*)"killpoint [^"]*"', rf'\1"{version}"', before, flags=re.M)
    after = PART.sub(lambda part: parts.pop(part.group(1), ""), after)
    if parts:
        print(f"docs/killpoint.1 has no place for: {', '.join(parts)}")
        return 1
    if before == after:
        return 0
    if is_written:
        with open(page, "w", encoding="utf-8") as file:
            file.write(after)
        return 0
    print("docs/killpoint.1 is not what the program says (kit/man_page.py BUILD_DIR --write):")
    sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), "page", "program", n=1))
    return 1


if __name__ == "__main__":
    sys.exit(main())
