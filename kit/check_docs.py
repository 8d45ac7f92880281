#!/usr/bin/env python3
"""What README.md, docs/ and the manual page say of the program, held against the program.

* Every token names a case of this version: it replays, and its faults fire; where a row of a table names
  a property beside it, that is what its case violates.
* Every session (lines that begin with "$ ./run.sh" in a block) prints what stands below the command: "..."
  stands for any lines, and a time or a hash for any.
* Every other command in a block runs, in the order of the document, on the files that the document shows;
  TOKEN and DIR are those of a case made before.  What would run the whole suite is run with --dry-run.
* Every command within a sentence, and each example of the manual page, is one that the program takes.
* Every scenario that is shown can be loaded; a piece of one is read inside of another. So can every policy.
* Every word that begins a row of the tables of FAULTS, PROPERTIES and ABLATION can be explained, and so can
  the labels and the heads of tables on the screen.

Blocks of "sh" in docs/ROCKETMQ.md need what somebody must have installed: kit/real_target.sh does what they say.
The session of docs/TARGETS.md is a unit test's (harness/target/tests/test_target_session.c).

Usage: check_docs.py BUILD_DIR (a built preset)"""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

TOKEN = re.compile(r"(?<![\w/.-])[a-z0-9-]+\.[0-9a-f]{6}@[0-9a-f]+[^\s`|]*:[^\s`|]*")
MADE_UP = ".3fa9c1@"  # the hash of the tokens that documents explain the grammar with


def run(killpoint, words, directory=None):
    environment = dict(os.environ, KILLPOINT_COMMAND="./run.sh", KILLPOINT_SCENARIOS=os.path.abspath("scenarios"))
    done = subprocess.run([killpoint, *words], capture_output=True, text=True, env=environment, check=False,
                          cwd=directory, stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout + done.stderr


def properties_beside(text):
    """token -> the property that the same row of a table names in its second cell"""
    found = {}
    for row in re.findall(r"^\| `[^|]*\| ([a-z-]+) \| `([^`|]+)` \|", text, re.M):
        found[row[1]] = row[0]
    return found


def check_tokens(killpoint, documents):
    tokens = sorted({token for text in documents.values() for token in TOKEN.findall(text) if MADE_UP not in token})
    beside = {token: name for text in documents.values() for token, name in properties_beside(text).items()}
    failed = 0 if tokens else 1
    for token in tokens:
        code, output = run(killpoint, ["replay", token])
        first = output.splitlines()[0] if output else "no word"
        # 0: as its scenario expects; 1: violated, where a switch of the token takes a guard away.
        if code > 1 or (token in beside and beside[token] not in first):
            print(f"{token}: exit {code}: {first}")
            failed += 1
    print(f"{len(tokens)} tokens replay, {len(beside)} of them against the property beside them" if not failed
          else f"{failed} of {len(tokens)} tokens do not replay")
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
            text = re.sub(r"\d+(?:\\\.\d+)?\\ m?s\b", r"\\d+(?:\\.\\d+)?\\ m?s", re.escape(line.rstrip()))
            parts.append(re.sub(r"\\ +", r"\\ +", text) + r"[ ]*\n")
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


def blocks(text):
    """(line, language, lines) of each fenced block"""
    inside, found = False, []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append((number, line[3:].strip(), []))
        elif inside:
            found[-1][2].append(line)
    return found


class Desk:
    """A directory in which the commands of a document are run, with a case to look at."""

    def __init__(self, killpoint, directory):
        self.killpoint, self.directory = killpoint, directory
        self.tokens = {}

    def token_of(self, scenario, words):
        if scenario not in self.tokens:
            runs = os.path.join(self.directory, f"runs-{len(self.tokens)}")
            run(self.killpoint, ["run", *words, "--cases", "5", "-q", "--runs", runs], self.directory)
            found = []
            if os.path.exists(os.path.join(runs, "latest", "results.jsonl")):
                with open(os.path.join(runs, "latest", "results.jsonl"), encoding="utf-8") as file:
                    found = re.findall(r'"token":"([^"]*=[^"]*)"', file.read())
            self.tokens[scenario] = found[0] if found else "TOKEN"  # the command that takes it fails
        return self.tokens[scenario]

    def fill(self, words):
        """The command with what stands for something put in."""
        out = []
        for word in words:
            if word == "TOKEN" or MADE_UP in word:
                own = next((w for w in words if w.endswith(".yaml")), None)
                out.append(self.token_of(own or "plain-sync", [own or "plain-sync"]))
            elif word == "DIR":
                out.append(os.path.join(self.directory, f"kept-{len(os.listdir(self.directory))}"))
                self.kept = out[-1]
            elif word.startswith("DIR/"):
                out.append(self.kept + word[3:])
            else:
                out.append(word)
        return out


def is_whole_suite(words):
    return words[:1] == ["run"] and not any(not w.startswith("-") and not p.startswith("--") or w.endswith(".yaml")
                                            for p, w in zip(words, words[1:]))


def is_only_dirty(words, code, output):
    """Whether a gate has nothing against a run but that the tree of this program has changes."""
    reasons = re.findall(r"^FAIL +([a-z ]+):", output, re.M)
    return words[:1] == ["gate"] and code == 1 and reasons == ["revision"]


def check_block_commands(desk, path, text):
    count = failed = 0
    for number, language, lines in blocks(text):
        if language == "yaml":
            count += 1
            failed += 0 if check_yaml(desk, path, number, "\n".join(lines) + "\n") else 1
            continue
        for line in lines if language == "" else []:
            if not line.startswith("./run.sh"):
                continue
            words = shlex.split(line, comments=True)[1:]
            if words[:1] == ["test"]:
                continue
            count += 1
            words = desk.fill(words or ["run"])
            code, output = run(desk.killpoint, words + (["--dry-run"] if is_whole_suite(words) else []), desk.directory)
            if code != 0 and not is_only_dirty(words, code, output):
                failed += 1
                print(f"{path}:{number}: {line.strip()}: exit {code}\n{output[-600:]}")
    return count, failed


PIECE_HEAD = """name: piece
summary: A piece of a document, inside of a scenario.
store: { mode: commitlog, flush: sync }
workload: { topics: 1, queues: 1, phases: [ { put: 2 } ] }
"""


def check_policy(desk, path, number, text):
    """A policy is read before the run that it is held against: nothing but exit 4 says that it is wrong."""
    with open(os.path.join(desk.directory, "shown.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    code, output = run(desk.killpoint, ["gate", "--policy", "shown.yaml"], desk.directory)
    if code not in (0, 1):
        print(f"{path}:{number}: the policy cannot be read:\n{output}")
    return code in (0, 1)


def check_yaml(desk, path, number, text):
    if re.search(r"^coverage:", text, re.M):
        return check_policy(desk, path, number, text)
    name = re.search(r"^name: *([a-z0-9-]+)", text, re.M)
    file_name = (name.group(1) if name else f"piece-{number}") + ".yaml"
    with open(os.path.join(desk.directory, file_name), "w", encoding="utf-8") as file:
        file.write(text if name else PIECE_HEAD + text)
    code, output = run(desk.killpoint, ["list", "scenarios", file_name], desk.directory)
    if code != 0:
        print(f"{path}:{number}: the scenario does not load:\n{output}")
    return code == 0


def inline_commands(text):
    """Commands in backquotes within sentences, and the examples of the manual page."""
    plain = "\n".join(line for line in re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).split("\n"))
    for command in re.findall(r"`(?:killpoint|\./run\.sh) ([^`]+)`", plain):
        yield command
    section = re.search(r"^\.SH EXAMPLES\n(.*?)^\.SH", text, re.M | re.S)
    for command in re.findall(r"^\.BI? \"?killpoint (.*)$", section.group(1), re.M) if section else []:
        yield command.replace('"', "").replace("\\-", "-").replace("\\(ti", "~").replace(" /", "/")


def check_inline_commands(desk, path, text):
    count = failed = 0
    for command in inline_commands(text):
        words = [word for word in shlex.split(command) if word not in ("...", "ARGS…")]
        if not words or words[0] in ("test", "rocketmq") or words[0].startswith("ARGS"):
            continue
        count += 1
        if words[0] in ("list", "explain") and not any(word.isupper() for word in words):
            code, output = run(desk.killpoint, words)
        else:
            # Options are read in their order: a wrong one before --help is told.
            code, output = run(desk.killpoint, words + ([] if words[0].startswith("-") else ["--help"]))
        if code != 0:
            failed += 1
            print(f"{path}: `killpoint {command}`: exit {code}: {output.strip()[:300]}")
    return count, failed


def check_words(killpoint, documents):
    count = failed = 0
    for path in ("docs/FAULTS.md", "docs/PROPERTIES.md", "docs/ABLATION.md"):
        for cell in re.findall(r"^\| (`[^|]*) \|", documents[path], re.M):
            for word in re.findall(r"`([a-z0-9-]+(?:/[a-z-]+)?)(?::[^` ]*)?`", cell):
                count += 1
                code, output = run(killpoint, ["explain", word])
                if code != 0:
                    failed += 1
                    print(f"{path}: a row begins with {word}: {output.strip()}")
    return count, failed


def check_screen(killpoint):
    """Labels and heads of tables of the longest screen there is, of a failing one and of a green one."""
    _, text = run(killpoint, ["run", "power-consumer-offsets", "dledger-dup-info-8032", "-v", "--no-archive"])
    _, more = run(killpoint, ["run", "plain-sync", "--switch", "no-queue-heal", "--profile", "rocketmq-5.3.3", "--cases", "60",
                              "--no-archive"])
    text += more
    words = set(re.findall(r"^ *([A-Z]{2,}(?: [A-Z]{2,})*)(?= |$)", text, re.M))
    for head in re.findall(r"^ +(?:[A-Z]{2,}(?: [A-Z]{2,})*)  +(.*)$", text, re.M):
        words.update(re.findall(r"[a-z]+", head) if re.fullmatch(r"[a-z ]+", head) else [])
    failed = 0
    for word in sorted(words):
        code, _ = run(killpoint, ["explain", word])
        if code != 0:
            failed += 1
            print(f"the screen says {word}, and explain does not know it")
    if len(words) < 12:
        failed += 1
        print(f"only {len(words)} words found on the screen")
    return len(words), failed


def main():
    if len(sys.argv) != 2 or not os.access(os.path.join(sys.argv[1], "killpoint"), os.X_OK):
        print(__doc__)
        return 2
    killpoint = os.path.realpath(os.path.join(sys.argv[1], "killpoint"))
    os.chdir(os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
    documents = {}
    for path in ["README.md", "ARCHITECTURE.md", *sorted(glob.glob("docs/*.md")), "docs/killpoint.1"]:
        with open(path, encoding="utf-8") as file:
            documents[path] = file.read()
    sums = [check_tokens(killpoint, documents), check_sessions(killpoint, documents), check_words(killpoint, documents),
            check_screen(killpoint)]
    with tempfile.TemporaryDirectory() as directory:
        desk = Desk(killpoint, directory)
        for path, text in documents.items():
            sums.append(check_block_commands(desk, path, text))
            sums.append(check_inline_commands(desk, path, text))
    count, failed = sum(pair[0] for pair in sums), sum(pair[1] for pair in sums)
    print(f"{count} checks")
    print(f"cases: {max(count - failed, 0)} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
