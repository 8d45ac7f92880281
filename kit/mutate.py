#!/usr/bin/env python3
"""Reads a list of mutants and applies one: kit/mutants.txt, kit/plants.txt.

usage: mutate.py LIST count | LIST NUMBER | LIST NUMBER OUT

A block of a list: "FILE FUNCTION [WORD...]" (FILE: of store/recovery/ unless it has a slash), "- OLD", "+ NEW" (nothing: left out), perhaps "= WHY". OLD stands once in
the function, white space aside. Prints the head's words, WHY and OLD, separated by tabs; or writes the mutated FILE to OUT.
"""
import re
import sys


def main():
    list_path, number = sys.argv[1], sys.argv[2]
    blocks = [b for b in open(list_path).read().split("\n\n") if not b.startswith("#")]
    if number == "count":
        print(len(blocks))
        return
    head, old, new, *why = blocks[int(number) - 1].strip().split("\n")
    words = head.split()
    old, new = old[2:], new[2:]
    if len(sys.argv) == 3:
        print(*words, why[0][2:] if why else "-", old, sep="\t")
        return
    file, function = words[:2]
    file = file if "/" in file else "store/recovery/" + file
    text = open(file).read()
    body = re.search(r"^[a-z][^;{}]*\b" + function + r"\([^;{}]*\)\n\{.*?^\}", text, re.M | re.S)
    if not body:
        sys.exit(f"{list_path} {number}: {file} has no function {function}")
    pattern = r"\s+".join(re.escape(word) for word in old.split())
    found = re.findall(pattern, body.group())
    if len(found) != 1:
        sys.exit(f"{list_path} {number}: {function} has {len(found)} times: {old}")
    changed = re.sub(pattern, lambda _: new, body.group())
    open(sys.argv[3], "w").write(text[:body.start()] + changed + text[body.end():])


main()
