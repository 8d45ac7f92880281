#!/usr/bin/env python3
"""Shrinks one failing case of each defect's scenario, and prints what became of it as a table.

usage: shrink_all.py KILLPOINT [SCENARIO.yaml...]      (default: scenarios/defects/*.yaml)

The case is the first that violates a property that the scenario expects, of those that `run` names
when nothing is expected; its token is then made one of the scenario itself. Each smallest
scenario is explored without the defect, too: all must be intact then, or it would tell another story."""
import glob
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile


def call(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


def scenario_row(report):
    return json.load(open(report, encoding="utf-8"))["scenarios"][0]


def find_token(killpoint, path, scratch):
    """A token of the scenario at `path`, and the properties it expects."""
    report = f"{scratch}/report.json"
    call(killpoint, "run", path, "--no-archive", "-q", "--json", report)
    caught = scenario_row(report)
    bare = f"{scratch}/{os.path.basename(path)}"
    text = open(path, encoding="utf-8").read()
    with open(bare, "w", encoding="utf-8") as file:
        file.write(re.sub(r"^expect:\n(?:[ #].*\n)*", "", text, flags=re.M))
    call(killpoint, "run", bare, "--no-archive", "-q", "--json", report)
    failures = json.load(open(report, encoding="utf-8"))["failures"]
    for failure in failures:
        if set(failure["violated"]) & set(caught["expect"]):
            token = re.sub(r"\.[0-9a-f]{6}@", f".{caught['hash']}@", failure["token"], count=1)
            return token, caught["expect"]
    return caught["first_catch_token"], caught["expect"]


def without_defect(killpoint, found, path, scratch):
    """What the smallest scenario shows when the defect is not planted: every fault at every hit must be survived."""
    bare = f"{scratch}/without.yaml"
    text = open(found["scenario"] or path, encoding="utf-8").read()
    text = re.sub(r",? *defects: \[[^]]*\]", "", text)
    for key in ("plan", "faults", "explore", "expect", "reached", "depth"):
        text = re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", "", text, flags=re.M)
    with open(bare, "w", encoding="utf-8") as file:
        file.write(text + "faults:\n- {point: '*', fault: [kill, kill-after, torn, eio, power-loss, 'sync-eio:clean']}\n"
                          "explore: {sync_faults: 4, interleavings: 4}\n")
    report = f"{scratch}/without.json"
    call(killpoint, "run", bare, "--no-archive", "-q", "--json", report)
    row = scenario_row(report)
    return f"{row['failed']} of {row['run']} fail" if row["failed"] else f"{row['run']} intact"


def main():
    killpoint = sys.argv[1]
    paths = sys.argv[2:] or sorted(glob.glob("scenarios/defects/*.yaml"))
    shrunk = []
    print(f"{'scenario':38} {'mechanism':27} {'messages':>10} {'faults':>7} {'steps':>6} {'phases':>7} "
          f"{'rounds':>7} {'dropped':>8} {'token':>8} {'tried':>6} {'time':>6}  without")
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            name = os.path.basename(path)[:-5]
            token, _ = find_token(killpoint, path, scratch)
            ended = call(killpoint, "shrink", token, "--json", "-o", f"{scratch}/{name}-shrunk.yaml")
            if ended.returncode != 0:
                print(f"{name:38} {ended.stderr.strip()[:150]}", flush=True)
                continue
            found = json.loads(ended.stdout)
            before, after = found["before"], found["after"]
            shrunk.append(found)
            cells = [f"{before[key]}>{after[key]}" for key in
                     ("messages", "faults", "steps", "phases", "rounds", "dropped", "token_length")]
            print(f"{name:38} {found['mechanism'] or found['outcome']:27} {cells[0]:>10} {cells[1]:>7} {cells[2]:>6} "
                  f"{cells[3]:>7} {cells[4]:>7} {cells[5]:>8} {cells[6]:>8} {found['tried']:6} "
                  f"{found['duration_us'] / 1e6:5.1f}s  {without_defect(killpoint, found, path, scratch)}"
                  f"{' (time was up)' if found['budget_used_up'] else ''}", flush=True)
    print(f"{len(shrunk)} shrunk: median {statistics.median(f['after']['messages'] for f in shrunk):g} messages, "
          f"{statistics.median(f['after']['faults'] for f in shrunk):g} faults; at most "
          f"{max(f['duration_us'] for f in shrunk) / 1e6:.1f} s")


if __name__ == "__main__":
    main()
