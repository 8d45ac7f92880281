#!/usr/bin/env python3
"""The rules of the house (ARCHITECTURE.md), held against the tree below the current folder.

Usage: check_house.py [--figures] [BUILD_DIR]   a built preset: circles by call are looked for too
Prints a line a breach, with its place and what to do; exits 1 when there is one, and when
nothing was checked.  --figures prints how large the house is."""
import collections
import os
import re
import subprocess
import sys

FILES_MAX = 25          # source files of a folder
LINES_TOLD_MAX = 600    # lines of a .c; beyond, its first comment says why
LINES_MAX = 900         # lines of a .c, whatever it says
UNTESTED_LINES_MAX = 400  # a module of more lines has a test of its name
PAGE_LINES_MAX = 140    # ARCHITECTURE.md is one page

# Library header -> the only places that may include it.
LIBRARIES = {
    "fiu": ["store/disk/faultpoint.h", "store/disk/faultpoint.c", "harness/plan"],
    "seccomp": ["harness/audit"],
    "cmocka": ["harness/testkit"],
    "libdeflate": ["harness/base", "store/base"],
    "lz4": ["store", "harness"],
    "yaml": ["harness/scenario", "harness/yaml"],
    "archive": ["harness/capsule"],
    "jansson": ["harness/archive", "harness/base", "harness/capsule", "harness/cli", "harness/figures", "harness/gate", "harness/history", "harness/story",
                "harness/target", "harness/work", "reports"],
    "libxml": ["reports"],
    "sqlite3": ["harness/history"],
    "xxhash": ["harness/base", "harness/cause", "harness/drive", "harness/power", "harness/scenario", "store/base"],
}

# Only these call the store; tests and the testkit may, too.
STORE_CALLERS = ["store", "harness/target", "harness/bench"]
STORE_CALL = re.compile(
    r"\bstore_(open|close|put|get|step|min_offset|max_offset|log_min|log_max|commit_offset|committed_offset|"
    r"truncate|expire|has_work|is_free|due_ms|is_writable|hold)\(")

# Rooms that may not see each other, not even through a third one's header.
BLIND = [("harness/power/persist", "harness/power/legal")]

breaches = []


def complain(place, text):
    breaches.append(f"{place}: {text}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sources():
    """All .c and .h of the product, with their text; tests and programs are marked by their path."""
    found = {}
    for top in ("store", "harness", "reports"):
        for folder, _, names in os.walk(top):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    found[path] = read(path)
    return dict(sorted(found.items()))


def is_test(path):
    return "/tests/" in path


def is_program(path):
    return path.endswith("_main.c")


def without_comments(text):
    """The text with comments and literals blanked; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(text):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', text, re.M):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def within(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


# The table of rooms --------------------------------------------------------------------------------

def room_name(word):
    """`case` is harness/case; `store/base` and `reports` are what they say."""
    top = word.split("/")[0]
    return word if top in ("store", "harness", "reports") else "harness/" + word


def rooms_of_page(page):
    """Rows `| `room/` | idea | may include | read first |`: room -> (line, idea, allowed, first)."""
    rooms = {}
    for number, line in enumerate(page.split("\n"), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        match = re.fullmatch(r"`([a-z_/]+)/`", cells[0])
        if not match or len(cells) != 4:
            continue
        allowed = [room_name(word) for word in re.findall(r"`([a-z_/.0-9]+)`", cells[2])]
        rooms[room_name(match.group(1))] = (number, cells[1], allowed, cells[3])
    return rooms


def check_page(page, rooms, files):
    if len(page.split("\n")) > PAGE_LINES_MAX:
        complain("ARCHITECTURE.md", f"more than {PAGE_LINES_MAX} lines: it is one page")
    folders = {os.path.dirname(path) for path in files if not is_test(path)}
    for folder in sorted(folders - set(rooms)):
        complain(folder, "has no row in ARCHITECTURE.md: say its idea in a few words, and what it may include")
    order = list(rooms)
    for room, (number, idea, allowed, first) in rooms.items():
        place = f"ARCHITECTURE.md:{number}"
        if room not in folders:
            complain(place, f"{room}/ has no source file: take the row out")
        if not idea:
            complain(place, f"{room}/ has no idea: say it in a few words")
        for name in re.findall(r"`([a-z_0-9]+\.[ch])`", first):
            if not os.path.exists(os.path.join(room, name)):
                complain(place, f"{room}/{name} is not there")
        for other in allowed:
            if other.endswith(".h"):
                if not os.path.exists(other):
                    complain(place, f"{other} is not there")
            elif other not in rooms:
                complain(place, f"{other}/ is no room")
            elif order.index(other) >= order.index(room):
                complain(place, f"{other}/ stands below {room}/: rows go from the lowest floor up")


def check_includes(files, rooms):
    for path, text in files.items():
        if is_test(path):
            continue
        room = os.path.dirname(path)
        allowed = rooms[room][2] + [room] if room in rooms else []
        for number, kind, header in includes(text):
            place = f"{path}:{number}"
            if kind == '"':
                if not os.path.exists(header):
                    complain(place, f'"{header}" is not there: write the path from the project\'s root')
                elif is_program(path):
                    continue
                elif header not in allowed and os.path.dirname(header) not in allowed:
                    complain(place, f'{room}/ may not include "{header}" (the table in ARCHITECTURE.md)')
            elif re.match(r"(store|harness|reports)/", header):
                complain(place, f'write "{header}", not <{header}>')
            else:
                for library, places in LIBRARIES.items():
                    if re.match(library + r"(\.h|-|/|frame|hc)", header) and not within(path, places):
                        complain(place, f"<{header}> belongs in {', '.join(places)}")


def check_walls(files):
    for path, text in files.items():
        if is_test(path) or path.startswith("harness/testkit/"):
            continue
        code = without_comments(text)
        if not within(path, STORE_CALLERS):
            match = STORE_CALL.search(code)
            if match:
                complain(f"{path}:{line_of(code, match.start())}",
                         f"calls {match.group(0)}): only harness/target/ does; ask through target.h")
        for line, kind, header in includes(text):
            if path.startswith("store/") and kind == '"' and not header.startswith("store/"):
                complain(f"{path}:{line}", "the store may not know that it is tested")
    reach = reachable(files)
    for one, other in BLIND:
        for here, there in ((one, other), (other, one)):
            for path in files:
                if within(path, [here]) and not is_test(path):
                    for header in sorted(reach[path]):
                        if within(header, [there]):
                            complain(path, f"sees {header}: {one} and {other} may not see each other")


def reachable(files):
    """File -> every header that its includes lead to."""
    direct = {path: {header for _, kind, header in includes(text) if kind == '"' and header in files}
              for path, text in files.items()}
    reach = {}
    for path in files:
        seen, open_paths = set(), list(direct[path])
        while open_paths:
            header = open_paths.pop()
            if header not in seen:
                seen.add(header)
                open_paths.extend(direct[header])
        reach[path] = seen
    return reach


# Files ----------------------------------------------------------------------------------------------

def check_folders(files):
    counts = collections.Counter(os.path.dirname(path) for path in files if not is_test(path))
    for folder, count in sorted(counts.items()):
        if count > FILES_MAX:
            complain(folder, f"{count} source files, at most {FILES_MAX}: it holds more than one idea")
    names = collections.defaultdict(list)
    for path in files:
        names[os.path.basename(path)].append(path)
        if path.endswith("_parts.h"):
            complain(path, "a module that has outgrown its file wants a folder, not a _parts.h")
    for name, paths in names.items():
        if len(paths) > 1:
            complain(paths[1], f"is named as {paths[0]}: the file's name is the namespace")


def first_comment(text):
    match = re.match(r"\s*/\*(.*?)\*/", text, re.S)
    return match.group(1) if match else ""


def check_lengths(files):
    for path, text in files.items():
        lines = text.count("\n")
        if is_test(path) or not path.endswith(".c") or lines <= LINES_TOLD_MAX:
            continue
        if lines > LINES_MAX:
            complain(path, f"{lines} lines, at most {LINES_MAX}: cut it along its ideas")
        elif not re.search(r"\b(one|single) file\b", first_comment(text), re.I):
            complain(path, f"{lines} lines: over {LINES_TOLD_MAX} its first comment says why it is one file")


def check_tests(files):
    tested = {os.path.basename(path) for path in files if is_test(path)}
    page = read("docs/TESTING.md") if os.path.exists("docs/TESTING.md") else ""
    listed = dict(re.findall(r"^\| `([a-z_/0-9]+\.c)` \| `([a-z_]+)` \|", page, re.M))
    for path, test in listed.items():
        if path not in files:
            complain("docs/TESTING.md", f"{path} is not there: take its row out")
        if test != "smoke" and f"test_{test}.c" not in tested:
            complain("docs/TESTING.md", f"there is no test_{test}.c for {path}")
    for path, text in files.items():
        if is_test(path) or is_program(path) or not path.endswith(".c") or text.count("\n") <= UNTESTED_LINES_MAX:
            continue
        if path.startswith("harness/testkit/"):
            continue
        if f"test_{os.path.basename(path)}" in tested:
            continue
        if within(path, ["store", "harness/oracle", "harness/power"]):
            complain(path, f"over {UNTESTED_LINES_MAX} lines and no tests/test_{os.path.basename(path)}")
        elif path not in listed:
            complain(path, f"over {UNTESTED_LINES_MAX} lines and no test of its name: list the one that covers it in "
                           "docs/TESTING.md")


# Circles --------------------------------------------------------------------------------------------

def circles(edges):
    """The strongly connected parts of more than one node (Tarjan's algorithm, iterative)."""
    index, low, stack, on_stack, found, counter = {}, {}, [], set(), [], 0
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root])))]
        index[root] = low[root] = counter
        counter += 1
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in edges:
                    continue
                if other not in index:
                    index[other] = low[other] = counter
                    counter += 1
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(edges[other]))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = []
                    while True:
                        other = stack.pop()
                        on_stack.discard(other)
                        part.append(other)
                        if other == node:
                            break
                    if len(part) > 1:
                        found.append(sorted(part))
    return found


def check_circles(files, build):
    edges = {path: {header for _, kind, header in includes(text) if kind == '"' and header in files}
             for path, text in files.items() if path.endswith(".h") and not is_test(path)}
    for part in circles(edges):
        complain(part[0], f"a circle of includes: {', '.join(part)}")
    if build:
        calls = call_edges(build)
        if not calls:
            complain(build, "no object there: build the preset first")
        for part in circles(calls):
            complain(part[0], f"a circle of calls: {', '.join(part)}")


def call_edges(build):
    """Source -> the sources whose functions or objects its object needs."""
    defined, needed = {}, collections.defaultdict(set)
    for folder, _, names in os.walk(build):
        for name in names:
            path = os.path.join(folder, name)
            source = path.split(".dir/", 1)[-1][:-2]
            if not name.endswith(".c.o") or is_test(source) or "testkit" in source or not os.path.exists(source):
                continue
            text = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
            needed.setdefault(source, set())
            for line in text.split("\n"):
                words = line.split()
                if len(words) == 2 and words[0] == "U":
                    needed[source].add(words[1])
                elif len(words) == 3:
                    defined.setdefault(words[2], source)
    return {source: {defined[name] for name in names if name in defined and defined[name] != source}
            for source, names in needed.items()}


# One hand ---------------------------------------------------------------------------------------------

IDIOMS = [
    (re.compile(r"\b(\w+) = \1 < 0 \? \1 :"), "write `if (r < 0) { return r; }` or `goto out`, not `r = r < 0 ? r : …`"),
    (re.compile(r"\bint result\b(?! *=[^;]*\b(read|write|count|strcmp)\b)"), "an error code is `int r`"),
    (re.compile(r"\n( +)if \(r == 0\) \{\n(?:\1 .*\n)+\1\}\n\1if \(r == 0\) \{"),
     "a ladder of `if (r == 0)`: write `if (r < 0) { return r; }` or `goto out`"),
]


def check_idioms(files):
    for path, text in files.items():
        if is_test(path) or path.startswith("harness/testkit/") or not path.endswith(".c"):
            continue
        code = without_comments(text)
        for pattern, advice in IDIOMS:
            for match in pattern.finditer(code):
                complain(f"{path}:{line_of(code, match.end())}", advice)


def check_points(files):
    """A point stands at one place of the store: that place is what a report names."""
    table = files.get("store/disk/point.h", "")
    uses = collections.defaultdict(list)
    for path, text in files.items():
        if path.startswith("store/") and not is_test(path) and "disk/point." not in path:
            code = without_comments(text)
            for match in re.finditer(r"\bPOINT_([A-Z_]+)\b", code):
                uses[match.group(1)].append(f"{path}:{line_of(code, match.start())}")
    for name in re.findall(r"X\(([A-Z_]+), \"", table):
        if len(uses[name]) != 1:
            complain(", ".join(uses[name]) or "store/disk/point.h",
                     f"POINT_{name} stands {len(uses[name])} times in the store, expected once")


# Where does it go -------------------------------------------------------------------------------------

def check_where(page):
    """Rows `| a fault | `example` `example` | `file` `file` |`: the files are those that name an example."""
    if "## Where does it go" not in page:
        complain("ARCHITECTURE.md", "has no section \"Where does it go\"")
        return
    section = page.split("## Where does it go", 1)[1]
    rows = re.findall(r"^\| ([a-z -]+) \| (`[^|]+`) \| (.*?) \|$", section, re.M)
    if not rows:
        complain("ARCHITECTURE.md", "\"Where does it go\" has no rows")
    for what, examples, cell in rows:
        example = "|".join(re.findall(r"`([^`]+)`", examples))
        named = set(re.findall(r"`([^`]+)`", cell))
        found = subprocess.run(["grep", "-rlE", "--include=*.[ch]", example, "store", "harness", "reports"],
                               capture_output=True, text=True, check=False).stdout.split()
        for path in sorted(named):
            if not any(match_name(path, other) for other in found):
                complain("ARCHITECTURE.md", f"{what}: {path} does not name the newest example, {example}")
        for path in sorted(found):
            if is_test(path) or path.startswith("harness/testkit/"):
                continue
            if not any(match_name(name, path) for name in named):
                complain("ARCHITECTURE.md", f"{what}: {path} names {example}, and the row does not name it")


def match_name(name, path):
    """A folder stands for any file in it."""
    return path.startswith(name) if name.endswith("/") else path == name


# Figures ----------------------------------------------------------------------------------------------

def count_lines(text):
    """(code, comment only, blank)."""
    code = comment = blank = 0
    inside = False
    for line in text.split("\n")[:-1]:
        rest = line.strip()
        if not rest:
            blank += 1
            continue
        had_code = False
        while rest:
            if inside:
                inside = "*/" not in rest
                rest = rest.split("*/", 1)[1].strip() if not inside else ""
            elif rest.startswith("//"):
                rest = ""
            elif rest.startswith("/*"):
                inside, rest = True, rest[2:]
            else:
                had_code, rest = True, ""
        code, comment = code + had_code, comment + (not had_code)
    return code, comment, blank


def print_figures(files, build):
    product = {path: text for path, text in files.items() if not is_test(path) and "/testkit/" not in path}
    counts = [count_lines(text) for text in product.values()]
    code, comment, blank = (sum(column) for column in zip(*counts))
    folders = collections.Counter(os.path.dirname(path) for path in product)
    callers = {os.path.dirname(path) for path, text in product.items()
               if not path.startswith("store/") and STORE_CALL.search(without_comments(text))}
    knowers = {os.path.dirname(path) for path, text in product.items()
               if not path.startswith("store/") and re.search(r"\benum point\b|struct store \*", text)}
    models = [path for path, text in product.items() if re.search(r"\bLOSS_MODEL_(ALL|EXT4|XFS|BTRFS|POSIX)\b", text)]
    largest, most = folders.most_common(1)[0]
    rows = [
        ("lines of code (neither blank nor comment only; tests and testkit apart)", code),
        ("comment-only lines", f"{comment}, {100 * comment / (code + comment + blank):.1f} % of all lines"),
        ("files of the largest folder", f"{most} ({largest})"),
        ("circles of calls between files", len(circles(call_edges(build))) if build else "not looked for"),
        ("rooms outside the store that call store_*", ", ".join(sorted(callers))),
        ("rooms outside the store that know enum point or struct store *", ", ".join(sorted(knowers))),
        ("files that name a persistence model", len(models)),
    ]
    for what, figure in rows:
        print(f"{what}: {figure}")


def main():
    words = [word for word in sys.argv[1:] if word != "--figures"]
    build = words[0] if words else None
    files = sources()
    if not files or not os.path.exists("ARCHITECTURE.md"):
        print("no source file here: run this from the project's root")
        return 1
    page = read("ARCHITECTURE.md")
    rooms = rooms_of_page(page)
    check_page(page, rooms, files)
    check_includes(files, rooms)
    check_walls(files)
    check_folders(files)
    check_lengths(files)
    check_tests(files)
    check_circles(files, build)
    check_idioms(files)
    check_points(files)
    check_where(page)
    if "--figures" in sys.argv:
        print_figures(files, build)
    for breach in sorted(set(breaches)):
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
