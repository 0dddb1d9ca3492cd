"""The compiled resolver against its specification, for as long as you like.

    python -m tests.experiments.differential [--cases 100000] [--first 0] [--processes 2] [--json]

Worlds from `--first` on, each with its revisions, are asked the same of both. Prints how many cases
there were, how much choice they left, which reasons they gave, and every case that differs.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.domain.differential import A_WORLD, Tally, cases

AT_ONCE = 50
SHOWN = 20


def run(first: int, worlds: int) -> tuple[Tally, list[dict[str, Any]]]:
    """Some worlds: what their cases were made of, and the cases that differ."""
    tally, differing = Tally.empty(), []
    for seed in range(first, first + worlds):
        for case in cases(seed):
            tally.add(case)
            if case.differences:
                fields = {name: list(map(str, two)) for name, two in case.differences.items()}
                differing.append({"seed": case.seed, "number": case.number, "fields": fields})
    return tally, differing


def measured(wanted: int, first: int, processes: int) -> dict[str, Any]:
    """At least so many cases, in whole worlds."""
    started, tally, differing = time.perf_counter(), Tally.empty(), []
    worlds = -(-wanted // A_WORLD)
    parts = range(first, first + worlds, AT_ONCE)
    sizes = [min(AT_ONCE, first + worlds - part) for part in parts]
    with ProcessPoolExecutor(processes) as pool:
        for found, differ in pool.map(run, parts, sizes):
            for whole, part in zip(tally, found, strict=True):
                whole.update(part)
            differing += differ
    return {
        "cases": tally.survivors.total(),
        "worlds": worlds,
        "two_or_more_survivors": sum(n for left, n in tally.survivors.items() if left > 1),
        "survivors": dict(sorted(tally.survivors.items())),
        "reasons": dict(tally.reasons.most_common()),
        "seen": dict(tally.seen.most_common()),
        "disagreements": len(differing),
        "differing": differing[:SHOWN],
        "seconds": round(time.perf_counter() - started, 1),
    }


def show(found: dict[str, Any]) -> None:
    """The same for a person."""
    share = found["two_or_more_survivors"] / found["cases"]
    print(f"{found['cases']:,} cases in {found['seconds']} s; {share:.0%} leave a choice")
    for title in ("reasons", "seen"):
        for name, number in Counter(found[title]).most_common():
            print(f"  {number:>8,}  {name}")
    print(f"{found['disagreements']} disagreements")
    for each in found["differing"]:
        print(f"  seed {each['seed']}, case {each['number']}: {', '.join(each['fields'])}")


def main() -> int:
    """Run it; fail when the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(options.cases, options.first, options.processes)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)
    return bool(found["disagreements"])


if __name__ == "__main__":
    sys.exit(main())
