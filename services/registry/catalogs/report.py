"""What a run did, in numbers and in one line."""

from collections import Counter
from collections.abc import Iterable

from routeyard.domain.value import Value
from services.registry.catalogs.difference import Changes
from services.registry.catalogs.parsed import ParsedCatalog, Refusal


class Report(Value, frozen=True):
    """A run over one catalog. `refused` and `omitted` count rows and fields by reason."""

    source: str
    rows: int
    published: int
    unchanged: int
    withdrawn: int
    lapsed: int
    refused: dict[str, int]
    omitted: dict[str, int]
    refusals: tuple[Refusal, ...] = ()
    is_dry_run: bool = False


def report(parsed: ParsedCatalog, changed: Changes, *, is_dry_run: bool) -> Report:
    """The numbers of a run."""
    return Report(
        source=parsed.source,
        rows=parsed.rows,
        published=len(changed.events) - changed.withdrawn,
        unchanged=changed.unchanged,
        withdrawn=changed.withdrawn,
        lapsed=changed.lapsed,
        refused=_by_reason(parsed.refusals),
        omitted=_by_reason(parsed.omissions),
        refusals=(*parsed.refusals, *parsed.omissions),
        is_dry_run=is_dry_run,
    )


def line(done: Report) -> str:
    """One line for a terminal."""
    published = "would publish" if done.is_dry_run else "published"
    parts = [
        f"{done.rows:,} rows",
        f"{published} {done.published:,}",
        f"unchanged {done.unchanged:,}",
        f"withdrawn {done.withdrawn:,}",
        f"refused {sum(done.refused.values()):,}{_reasons(done.refused)}",
    ]
    if done.omitted:
        parts.append(f"left out {sum(done.omitted.values()):,} fields{_reasons(done.omitted)}")
    return f"{done.source}: {', '.join(parts)}"


def _reasons(counted: dict[str, int]) -> str:
    told = "; ".join(f"{count:,} {reason}" for reason, count in counted.items())
    return f" ({told})" if told else ""


def _by_reason(refusals: Iterable[Refusal]) -> dict[str, int]:
    return dict(Counter(refusal.reason for refusal in refusals).most_common())
