#!/usr/bin/env python3
"""Names the dependencies that a target of Package.swift declares and none of its files imports.

Reads what `swift package dump-package` prints on standard input.
"""
import json
import pathlib
import re
import sys

targets = json.load(sys.stdin)["targets"]
# A test depends on a program to have it built.
programs = {target["name"] for target in targets if target["type"] == "executable"}

for target in targets:
    folder = target.get("path") or ("Tests" if target["type"] == "test" else "Sources") + "/" + target["name"]
    imported = set()
    for file in pathlib.Path(folder).rglob("*.swift"):
        imported.update(re.findall(r"^ *(?:@\S+ +)*(?:\w+ +)?import +(?:\w+ +)?(\w+)", file.read_text(), re.MULTILINE))
    for dependency in target["dependencies"]:
        name = next(iter(dependency.values()))[0]
        if name not in imported | programs:
            print(f"{target['name']}: no file imports {name}")
