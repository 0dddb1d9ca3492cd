"""The compiled resolver against its specification, for as long as you like.

    python -m tests.experiments.differential [--cases 100000] [--first 0] [--processes 2] [--json]
    python -m tests.experiments.differential --seeded [--cases 5040] [--json]

Worlds from `--first` on, each with its revisions, are asked the same of both. Prints how many cases
there were, how much choice they left, which reasons they gave, and every case that differs.
`--seeded` puts bugs into the compiled resolver, one at a time, and tells which case found each.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.domain.differential import A_WORLD, Tally, cases
from tests.domain.seeded import BUGS, first_caught

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
            tally.survivors.update(found.survivors)
            tally.reasons.update(found.reasons)
            tally.seen.update(found.seen)
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


def seeded(wanted: int) -> list[dict[str, Any]]:
    """Each bug with the first case that found it; none when nothing did."""
    found = []
    for name in BUGS:
        caught = first_caught(name, -(-wanted // A_WORLD))
        found.append({"bug": name, **({} if caught is None else caught._asdict())})
    return found


def in_words(found: dict[str, Any]) -> str:
    """The same for a person."""
    share = found["two_or_more_survivors"] / found["cases"]
    lines = [f"{found['cases']:,} cases in {found['seconds']} s; {share:.0%} leave a choice"]
    for title in ("reasons", "seen"):
        lines += [f"  {number:>8,}  {name}" for name, number in found[title].items()]
    lines.append(f"{found['disagreements']} disagreements")
    for each in found["differing"]:
        lines.append(f"  seed {each['seed']}, case {each['number']}: {', '.join(each['fields'])}")
    return "\n".join(lines)


def seeded_in_words(found: list[dict[str, Any]]) -> str:
    """The same of seeded bugs."""
    return "\n".join(
        f"{each['bug']:<58} case {each['case']:>5}: {', '.join(each['fields'])}"
        if "case" in each
        else f"{each['bug']:<58} NOT FOUND"
        for each in found
    )


def main() -> int:
    """Run it; fail when the two disagree, or a seeded bug is not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, help="how many; 100,000, or 5,040 for seeded bugs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2, help="how many at once")
    parser.add_argument("--seeded", action="store_true", help="seed bugs")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    if options.seeded:
        bugs = seeded(options.cases or 5_040)
        sys.stdout.write((json.dumps(bugs) if options.json else seeded_in_words(bugs)) + "\n")
        return any("case" not in each for each in bugs)
    found = measured(options.cases or 100_000, options.first, options.processes)
    sys.stdout.write((json.dumps(found) if options.json else in_words(found)) + "\n")
    return bool(found["disagreements"])


if __name__ == "__main__":
    sys.exit(main())
