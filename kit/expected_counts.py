#!/usr/bin/env python3
"""scenarios/expected.json: what each scenario of the suite needs, for progress and --dry-run on a
machine where it was never run.

Usage: expected_counts.py make RUN_JSON     the table of a run of the whole suite (runs/…/run.json), to stdout
       expected_counts.py check RESULTS     holds the table against results (--json) of the whole suite: says
                                            which scenarios it lacks or has too many of, and where its counts
                                            are off by more than half; exits 1 when there are any"""
import json
import os
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios", "expected.json")
OFF_MOST = 0.5   # of the larger count; runs of threads differ by a third
OFF_LEAST = 500  # cases: threads catch a defect in seventy images or in three hundred


def rows_of(path):
    """name -> row, of a table or of a run; of results (--json) with their counts alone."""
    with open(path, encoding="utf-8") as file:
        whole = json.load(file)
    rows = {}
    for row in whole["scenarios"]:
        if row.get("pass", 0) == 0 and row["switches"] == "":
            counts = {"cases": row["run"], "images": (row["explore"] or {}).get("judged", 0)} if "run" in row else row
            rows[row["name"]] = counts
    return rows


def make(path):
    rows = rows_of(path)
    lines = [json.dumps({"name": name, "switches": "", "cases": rows[name]["cases"], "images": rows[name]["images"],
                         "worker_us": rows[name]["worker_us"]}) for name in sorted(rows)]
    print('{"usual": true, "scenarios": [\n' + ",\n".join(lines) + "\n]}")


def check(path):
    table, ran, wrong = rows_of(TABLE), rows_of(path), []
    wrong += [f"{name}: is not in the table" for name in ran if name not in table]
    wrong += [f"{name}: is in the table only" for name in table if name not in ran]
    for name in sorted(set(table) & set(ran)):
        for what in ("cases", "images"):
            said, was = table[name][what], ran[name][what]
            if abs(said - was) > max(OFF_LEAST, OFF_MOST * max(said, was)):
                wrong.append(f"{name}: {said} {what} in the table, {was} in the run")
    for line in wrong:
        print(line)
    if wrong:
        print("run the whole suite, then: kit/expected_counts.py make runs/latest/run.json >scenarios/expected.json")
    print(f"{len(ran)} scenarios compared")
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "check"):
        sys.exit(__doc__)
    sys.exit(make(sys.argv[2]) if sys.argv[1] == "make" else check(sys.argv[2]))
