#!/usr/bin/env python3
"""The shell completion, used as a person does: bash and zsh each on a terminal of its own source what
`killpoint --completion SHELL` prints, get a line and the tab key, and must show what the program's tables
say.  And every word of those tables for an operand or a value has a meaning there.

Usage: check_completion.py BUILD_DIR [SHELL...] (a built preset; default: bash zsh)"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

SHELLS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}
# Line to type -> what must then be on the screen.  Two tabs list what one cannot decide.
LINES = [
    ("killpoint expl\t", ["killpoint explain "]),
    ("killpoint run plain-async-ro\t", ["killpoint run plain-async-rolling "]),
    ("killpoint run --junit=x --max-fa\t", ["--max-failures "]),
    ("killpoint run --color \t\t", ["auto", "always", "never"]),
    ("killpoint run --color=ne\t", ["--color=never "]),
    ("killpoint run --profile rocketmq-5.\t\t", ["rocketmq-5.2.0", "rocketmq-5.3.3"]),
    ("killpoint run --target prog\t", ["program:"]),
    ("killpoint run --switch skip/commitlog/sync-\t", ["skip/commitlog/sync-dir "]),
    ("killpoint explain checkpoint/wr\t", ["checkpoint/write "]),
    ("killpoint list prop\t", ["properties "]),
    ("killpoint new x --mode d\t", ["dledger "]),
    ("killpoint check my-own-sc\t", ["my-own-scenario.yaml "]),
    ("killpoint fsck my-st\t", ["my-store/"]),
]
PROMPT = "READY>"


class Terminal:
    """A shell behind a terminal."""

    def __init__(self, shell, killpoint, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = dict(os.environ, PATH=os.path.dirname(killpoint) + ":" + os.environ["PATH"], TERM="dumb",
                               KILLPOINT_SCENARIOS=os.path.abspath(os.path.join(folder, "scenarios")), HISTFILE="",
                               PS1=PROMPT, PROMPT=PROMPT, HOME=folder, COLUMNS="200", ZDOTDIR=folder, INPUTRC="/dev/null")
            os.execvpe(shell, [shell, *SHELLS[shell]], environment)

    def read(self, wanted, limit_s=20):
        """What appears until all of `wanted` has, or time is over."""
        seen, end = "", time.monotonic() + limit_s
        while time.monotonic() < end and not all(word in clean(seen) for word in wanted):
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return clean(seen)

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def clean(text):
    """What a person sees: without escapes, bells and what was written over."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07|\r", "", text)


def check_shell(shell, killpoint, folder):
    terminal = Terminal(shell, killpoint, folder)
    begin = f"source <(killpoint --completion {shell}); echo sour''ced\n"
    if shell == "zsh":
        begin = "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; " + begin
    else:
        begin = "bind 'set enable-bracketed-paste off'; " + begin
    terminal.type(begin)
    failed = 0
    if "sourced" not in terminal.read(["sourced"]):
        print(f"{shell}: the script cannot be sourced")
        failed = len(LINES)
    for line, wanted in LINES if failed == 0 else []:
        terminal.type(line)
        seen = terminal.read(wanted)
        missing = [word for word in wanted if word not in seen]
        if missing:
            print(f"{shell}: {line!r} does not show {missing}: {seen!r}")
            failed += 1
        terminal.type("\x15\x03\n")  # the line away, whatever stands there
        time.sleep(0.1)
        terminal.read([PROMPT], 2)
    terminal.close()
    return failed


def complete(killpoint, *words):
    return subprocess.run([killpoint, "--complete", *words], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL).stdout.splitlines()


def check_tables(killpoint):
    """No option's value and no operand is of a word that the completion does not know."""
    failed = count = 0
    for command in [line.split("\t")[0] for line in complete(killpoint, "")]:
        options = [line.split("\t")[0] for line in complete(killpoint, command, "--")]
        for words in [[command, ""]] + [[command, f"{option}=", ] for option in options]:
            count += 1
            unknown = [line for line in complete(killpoint, *words) if line.startswith(":unknown")]
            if unknown:
                print(f"{' '.join(words)}: {unknown[0][1:]}: say what it stands for in harness/cli/options_complete.c")
                failed += 1
    return count, failed


def main():
    if len(sys.argv) < 2 or any(shell not in SHELLS for shell in sys.argv[2:]):
        print(__doc__)
        return 2
    killpoint = os.path.abspath(os.path.join(sys.argv[1], "killpoint"))
    passed, failed = check_tables(killpoint)
    passed, skipped = passed - failed, 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "my-store"))
        shutil.copytree("scenarios", os.path.join(folder, "scenarios"))
        with open(os.path.join(folder, "my-own-scenario.yaml"), "w", encoding="utf-8"):
            pass
        for shell in sys.argv[2:] or list(SHELLS):
            if shutil.which(shell) is None:
                print(f"{shell} is not installed: skipped")
                skipped += len(LINES)
                continue
            wrong = check_shell(shell, killpoint, folder)
            failed += wrong
            passed += len(LINES) - wrong
    print(f"cases: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
