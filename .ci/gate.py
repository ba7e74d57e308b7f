#!/usr/bin/env python3
"""Holds measured figures against pinned floors.

  gate.py EVAL_SETS WORK FLOORS.toml

A floor is `<set>.<figure> = number`; figures whose name ends in `_max` are
ceilings. Prints every figure beside its floor, and fails if one is missed.
"""
import json
import subprocess
import sys
import tomllib


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text(sets, out):
    run(sys.executable, f"{sets}/text/score.py", f"{sets}/text/dev", out, "--quiet", "--json", f"{out}.json")
    with open(f"{out}.json", encoding="utf-8") as file:
        return json.load(file)["all"]


def extract(sets, out):
    gold = f"{sets}/extract/dev/gold.json.gz"
    scores = json.loads(run(sys.executable, f"{sets}/extract/score.py", gold, out,
                            "--split", "check", "--per", "dataset", "--no-lcs", "--json"))[out]
    parts = {name: score["sh_F1"] for name, score in scores.items() if name != "ALL"}
    return {"macro_sh_f1": sum(parts.values()) / len(parts), **{name.replace("-", "_"): f1 for name, f1 in parts.items()}}


def dedup(sets, work, name):
    folder = f"{sets}/dedup/dev/{name}"
    return json.loads(run(sys.executable, f"{sets}/dedup/score.py", f"{folder}/gold.tsv",
                          f"{work}/{name}.tsv", "--info", f"{folder}/info.tsv", "--json"))


def main():
    sets, work, floors = sys.argv[1:4]
    with open(floors, "rb") as file:
        floors = tomllib.load(file)
    measured = {
        "text-full": text(sets, f"{work}/text-full"),
        "text-safe": text(sets, f"{work}/text-safe"),
        "extract": extract(sets, f"{work}/extract"),
        **{f"dedup-{name}": dedup(sets, work, name) for name in ("web", "clean", "big")},
    }
    missed = 0
    for part, figures in floors.items():
        for figure, floor in figures.items():
            ceiling = figure.endswith("_max")
            value = measured[part][figure.removesuffix("_max")]
            good = value <= floor if ceiling else value >= floor
            missed += not good
            print(f"{part:12} {figure:16} {value:9.4f}  {'at most' if ceiling else 'floor'} {floor:<8} {'ok' if good else 'MISSED'}")
    if missed:
        sys.exit(f"quality gate: {missed} figures missed their floor")
    print("quality gate: all floors held")


if __name__ == "__main__":
    main()
