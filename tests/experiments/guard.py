"""What the guard refuses, and where two published guards decide otherwise. Nobody is dialled.

    python -m tests.experiments.guard [--json]

The table is tests/cases/guard; the generated addresses are the edges of every range, addresses
within them, and disguises (tests/services/guard/generated.py). Every case goes the whole way to the
socket, which is replaced by a recorder.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from routeyard.guard.address import judge
from routeyard.guard.refusal import Rule
from routeyard.guard.target import read_target
from tests.services.guard.cases import ALLOWED, REFUSED, Case, cases, trials
from tests.services.guard.differences import Comparison, Difference, compare
from tests.services.guard.generated import generated

NO_REASON = "no reason"


async def table() -> dict[str, Any]:
    """The table's figures, and every case that did not come out as it must."""
    several = cases()
    async with trials() as found:
        outcomes = [await found.outcome(case) for case in several]
    pairs = list(zip(several, outcomes, strict=True))
    return {
        "cases": len(several),
        "refused": sum(o.verdict == REFUSED for o in outcomes),
        "by_rule": dict(Counter(o.rule for o in outcomes if o.rule).most_common()),
        "dials_to_refused": sum(len(o.dialled) for o in outcomes if o.verdict != ALLOWED),
        "allowed": sum(o.verdict == ALLOWED for o in outcomes),
        "addresses_of_allowed": sum(c.dials for c in several),
        "dials_to_allowed": sum(len(o.dialled) for o in outcomes if o.verdict == ALLOWED),
        "wrong": [c.url for c, o in pairs if (o.verdict, len(o.dialled)) != (c.expect, c.dials)],
    }


async def differences(several: Sequence[Case]) -> dict[str, Any]:
    """Where the libraries decide otherwise."""
    found = await compare(several)
    return {
        "cases": found.cases,
        "refused": found.refused,
        "refused_by_a_library_only": _excused(found),
        "refused_here_only": {
            library: _stricter([d for d in found.stricter if d.library == library])
            for library in sorted({d.library for d in found.stricter})
        },
    }


def _excused(found: Comparison) -> dict[str, int]:
    return dict(Counter(f"{d.library}: {d.excuse or NO_REASON}" for d in found.laxer))


def _stricter(several: list[Difference]) -> dict[str, int]:
    return dict(Counter(map(_reason, several)).most_common())


def _reason(found: Difference) -> str:
    """The row of the table that an address fell into, or the rule that its spelling broke."""
    rule = Rule[found.outcome.rule or ""]
    if rule not in {Rule.NEVER, Rule.PRIVATE}:
        return rule
    written = read_target(found.case.url).address
    answers = found.case.resolves_to if written is None else (str(written),)
    try:
        verdicts = [judge(ip_address(answer)) for answer in answers]
    except ValueError:
        return "an answer that is no address"
    return max(verdicts, key=lambda verdict: verdict.standing).why


async def report() -> dict[str, Any]:
    """Everything this module measures."""
    return {
        "table": await table(),
        "differences_in_table": await differences(cases()),
        "differences_in_generated_addresses": await differences(generated()),
    }


def lines_of(found: dict[str, Any]) -> list[str]:
    """The report for people."""
    table = found["table"]
    lines = [
        f"{table['cases']} cases in the table, {len(table['wrong'])} came out wrong",
        f"{table['refused']} refused, {table['dials_to_refused']} dials to them",
        (
            f"{table['allowed']} allowed with {table['addresses_of_allowed']} addresses, "
            f"{table['dials_to_allowed']} dials to them"
        ),
    ]
    for where in ("table", "generated_addresses"):
        part = found[f"differences_in_{where}"]
        lines += ["", f"{where}: {part['cases']} cases, {part['refused']} refused here"]
        lines += ["  refused by a library, allowed here:"]
        lines += [
            f"    {count:5}  {why}" for why, count in part["refused_by_a_library_only"].items()
        ]
        for library, reasons in part["refused_here_only"].items():
            lines += [f"  refused here, let through by {library}: {sum(reasons.values())}"]
            lines += [f"    {count:5}  {why}" for why, count in reasons.items()]
    return lines


def main() -> int:
    """Print the report; 1 if a case came out wrong or a difference has no reason."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    is_json = parser.parse_args().json
    found = asyncio.run(report())
    sys.stdout.write((json.dumps(found) if is_json else "\n".join(lines_of(found))) + "\n")
    return 1 if found["table"]["wrong"] or NO_REASON in json.dumps(found) else 0


if __name__ == "__main__":
    sys.exit(main())
