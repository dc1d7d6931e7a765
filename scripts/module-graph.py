#!/usr/bin/env python3
"""Draws the graph of Braid's own targets, or compares it with the one drawn in docs/architecture.md.

    swift package dump-package | scripts/module-graph.py           prints the graph
    swift package dump-package | scripts/module-graph.py --check   prints the lines in which the document differs

A target stands one level above the highest one that it depends on. Behind it stand those of its dependencies that it
does not have by way of another.
"""
import difflib
import json
import pathlib
import sys

DOCUMENT = pathlib.Path("docs/architecture.md")
MARK = "<!-- scripts/module-graph.py -->\n```text\n"

targets = {
    target["name"]: [next(iter(dependency.values()))[0] for dependency in target["dependencies"]]
    for target in json.load(sys.stdin)["targets"]
    if target["type"] != "test" and target.get("path") != "Tests/TestSupport"
}
graph = {name: [other for other in dependencies if other in targets] for name, dependencies in targets.items()}


def reachable(name):
    found = set()
    for other in graph[name]:
        found |= {other} | reachable(other)
    return found


def level(name):
    return 1 + max((level(other) for other in graph[name]), default=-1)


def drawn():
    width = max(map(len, graph)) + 2
    for number in range(max(map(level, graph)) + 1):
        for name in sorted(filter(lambda name: level(name) == number, graph)):
            indirect = set().union(*(reachable(other) for other in graph[name]), set())
            direct = sorted(set(graph[name]) - indirect)
            yield f"{number}  {name:{width}}{' '.join(direct)}".rstrip()


lines = list(drawn())
if "--check" not in sys.argv[1:]:
    print("\n".join(lines))
else:
    _, found, rest = DOCUMENT.read_text().partition(MARK)
    if not found:
        sys.exit(print(f"{DOCUMENT}: no graph between {MARK.splitlines()[0]} and the end of its block"))
    known = rest.partition("```")[0].splitlines()
    for line in difflib.unified_diff(known, lines, str(DOCUMENT), "Package.swift", lineterm="", n=0):
        print(line)
