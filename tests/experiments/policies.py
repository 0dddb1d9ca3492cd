"""Generated policy documents, any number: `python -m tests.experiments.policies --documents 9`.

None may crash anything, and under none may anybody be served by what the same request could not
have been served by without it. Prints one line of JSON.
"""

import argparse
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.domain.policies.abuse import Abuse
from tests.domain.policies.legal import world

PART = 2_500


def part(seed: int, documents: int) -> Counter[str]:
    """What came of some documents."""
    abuse = Abuse(world(), seed)
    abuse.run(documents)
    return abuse.counts


def main() -> None:
    """Run them, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    started = time.perf_counter()
    parts = [PART] * (asked.documents // PART) + [asked.documents % PART]
    seeds = range(asked.seed, asked.seed + len(parts))
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(asked.processes) as pool:
        for found in pool.map(part, seeds, parts):
            counts.update(found)
    seconds = round(time.perf_counter() - started, 1)
    print(json.dumps({**counts, "seconds": seconds}))  # noqa: T201 - a program prints


if __name__ == "__main__":
    main()
