#!/usr/bin/env python3
"""What README.md and docs/ say of the program, held against the program.

Every token names a case of this version: it replays, and its faults fire.  Every block of a session
(lines that begin with "$ ./run.sh") prints what stands below the command: "..." stands for any lines, and
a time in milliseconds for any time.

Usage: check_docs.py BUILD_DIR (a built preset)"""
import glob
import os
import re
import subprocess
import sys

TOKEN = re.compile(r"(?<![\w/.-])[a-z0-9-]+\.[0-9a-f]{6}@[0-9a-f]+[^\s`|]*:[^\s`|]*")
MADE_UP = ".3fa9c1@"  # the hash of the tokens that documents explain the grammar with


def run(killpoint, words):
    environment = dict(os.environ, KILLPOINT_COMMAND="./run.sh")
    done = subprocess.run([killpoint, *words], capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def check_tokens(killpoint, documents):
    tokens = sorted({token for text in documents.values() for token in TOKEN.findall(text) if MADE_UP not in token})
    failed = 0 if tokens else 1
    for token in tokens:
        code, output = run(killpoint, ["replay", token])
        # 0: as its scenario expects; 1: violated, where a switch of the token takes a guard away.
        if code > 1:
            print(f"{token}: exit {code}: {output.splitlines()[0] if output else 'no word'}")
            failed += 1
    print(f"{len(tokens)} tokens replay" if not failed else f"{failed} of {len(tokens)} tokens do not replay")
    return len(tokens), failed


def sessions(text):
    """(line, command, expected lines) of each "$ ./run.sh" in a fenced block."""
    inside, found = False, []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            inside = not inside
        elif inside and line.startswith("$ ./run.sh "):
            found.append((number, line[len("$ ./run.sh "):].split(), []))
        elif inside and found and found[-1][0] + len(found[-1][2]) + 1 == number:
            found[-1][2].append(line)
    return found


def pattern_of(lines):
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.sub(r"\d+(\\ ms)", r"\\d+\1", re.escape(line.rstrip())) + r"[ ]*\n")
    return re.compile("".join(parts))


def check_sessions(killpoint, documents):
    count = failed = 0
    for path, text in documents.items():
        for number, words, expected in sessions(text):
            count += 1
            _, output = run(killpoint, words)
            if not pattern_of(expected).match(output):
                failed += 1
                print(f"{path}:{number}: killpoint {' '.join(words)} prints something else:\n{output[:1500]}")
    print(f"{count} sessions run")
    return count, failed + (0 if count else 1)


def main():
    if len(sys.argv) != 2 or not os.access(os.path.join(sys.argv[1], "killpoint"), os.X_OK):
        print(__doc__)
        return 2
    killpoint = os.path.realpath(os.path.join(sys.argv[1], "killpoint"))
    os.chdir(os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
    documents = {}
    for path in ["README.md", "ARCHITECTURE.md", *sorted(glob.glob("docs/*.md"))]:
        with open(path, encoding="utf-8") as file:
            documents[path] = file.read()
    token_count, bad_tokens = check_tokens(killpoint, documents)
    session_count, bad_sessions = check_sessions(killpoint, documents)
    failed = bad_tokens + bad_sessions
    print(f"cases: {max(token_count + session_count - failed, 0)} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
