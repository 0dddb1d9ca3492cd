"""How well names find their model, on the links that publishers state themselves.

    ROUTEYARD_DATA=<folder of the data sets> python -m tests.experiments.identity [--json]

Models are cut in halves by a hash of their name (tests/experiments/links.py): rules were made for
one half, the other is held out. Precision is the share of the pairs taken for one model that are
one; recall the share of the pairs of one model that are taken for one.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from routeyard.domain.identity import Identity
from services.registry.models.identifying import identified
from tests.components.datasets import default_folder
from tests.experiments.links import Link, Name, links
from tests.experiments.names import names

WORST = 10


@dataclass
class Score:
    """Counts of pairs; `plain` are those whose ids differ in more than capitals and path."""

    same: int = 0
    found: int = 0
    plain: int = 0
    plain_found: int = 0
    different: int = 0
    merged: int = 0

    def count(self, link: Link, *, is_merged: bool) -> None:
        """Add one pair and what was made of it."""
        if not link.same:
            self.different += 1
            self.merged += is_merged
            return
        self.same += 1
        self.found += is_merged
        self.plain += not link.is_trivial
        self.plain_found += is_merged and not link.is_trivial

    def figures(self) -> dict[str, float | int | None]:
        """The counts, and the shares they make."""
        return asdict(self) | {
            "precision": _share(self.found, self.found + self.merged),
            "recall": _share(self.found, self.same),
            "recall_spelled_otherwise": _share(self.plain_found, self.plain),
        }


def model_of(name: Name) -> Identity:
    """The identity of a name, as ingesting its catalog would understand it."""
    return identified(name.catalog, name.provider, name.id)


def scores(found: Iterable[Link]) -> dict[str, Score]:
    """A score for each publisher, and one for `all`."""
    by_publisher: dict[str, Score] = defaultdict(Score)
    model = cache(lambda name: model_of(name).model)
    for link in found:
        is_merged = model(link.one) == model(link.other)
        for publisher in (link.publisher, "all"):
            by_publisher[publisher].count(link, is_merged=is_merged)
    return dict(sorted(by_publisher.items()))


def worst(found: Iterable[Link]) -> list[dict[str, Any]]:
    """Mistakes, one for each two models: false merges first, then what most pairs miss."""
    mistakes: dict[tuple[str, ...], list[Link]] = defaultdict(list)
    for link in found:
        one, other = model_of(link.one).model, model_of(link.other).model
        if (one == other) is not link.same:
            mistakes[tuple(sorted({one, other}))].append(link)
    ranked = sorted(mistakes.values(), key=lambda each: (each[0].same, -len(each), each[0].one))
    return [_mistake(each) for each in ranked[:WORST]]


def _mistake(several: list[Link]) -> dict[str, Any]:
    link = several[0]
    one, other = model_of(link.one), model_of(link.other)
    return {
        "mistake": "missed" if link.same else "merged",
        "pairs": len(several),
        "publisher": link.publisher,
        "ids": [f"{name.provider} {name.id}" for name in (link.one, link.other)],
        "models": [one.model, other.model],
        "why": [list(one.why), list(other.why)],
    }


def coverage(data: Path) -> dict[str, int]:
    """Of all names, how many land on a model that another catalog names as well."""
    catalogs: dict[str, set[str]] = defaultdict(set)
    every = names(data)
    models = [model_of(name) for name in every]
    for name, identity in zip(every, models, strict=True):
        catalogs[identity.model].add(name.catalog)
    shared = sum(len(catalogs[identity.model]) > 1 for identity in models)
    return {
        "names": len(every),
        "distinct_ids": len({name.id for name in every}),
        "models": len(catalogs),
        "models_in_several_catalogs": sum(len(each) > 1 for each in catalogs.values()),
        "names_on_models_of_several_catalogs": shared,
        "names_with_doubts": sum(bool(identity.doubts) for identity in models),
    }


def report(data: Path) -> dict[str, Any]:
    """Everything this module measures."""
    found = links(data)
    halves = {
        "tuning": [link for link in found if not link.is_held_out],
        "held_out": [link for link in found if link.is_held_out],
    }
    # Ollama's short tags are looked up in a table made of the same hashes: no rule is tested.
    ruled = [link for link in halves["held_out"] if link.publisher != "Ollama"]
    return {
        half: {name: score.figures() for name, score in scores(each).items()}
        for half, each in halves.items()
    } | {
        "held_out_without_ollama": scores(ruled)["all"].figures(),
        "worst": {half: worst(each) for half, each in halves.items()},
        "coverage": coverage(data),
        "pairs": dict(Counter("same" if link.same else "different" for link in found)),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _table(title: str, figures: dict[str, dict[str, Any]]) -> list[str]:
    head = f"{title:24}{'same':>7}{'recall':>9}{'spelled':>9}{'differ':>8}{'merged':>8}"
    return [f"{head}{'precision':>11}"] + [
        f"{name:24}{row['same']:>7}{_shown(row['recall']):>9}"
        f"{_shown(row['recall_spelled_otherwise']):>9}{row['different']:>8}{row['merged']:>8}"
        f"{_shown(row['precision']):>11}"
        for name, row in figures.items()
    ]


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def _told(mistake: dict[str, Any]) -> list[str]:
    ids, models = mistake["ids"], mistake["models"]
    return [
        f"{mistake['mistake']} ({mistake['pairs']} pairs, {mistake['publisher']}):",
        *(f"  {one} => {model}" for one, model in zip(ids, models, strict=True)),
        *(f"    {rule}" for why in mistake["why"] for rule in why),
    ]


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--json", action="store_true", help="one line of JSON")
    as_json = arguments.parse_args().json
    measured = report(default_folder())
    if as_json:
        sys.stdout.write(json.dumps(measured) + "\n")
        return
    lines = [*_table("tuning half", measured["tuning"]), ""]
    lines += [*_table("held-out half", measured["held_out"]), ""]
    lines += _table("without Ollama's table", {"held out": measured["held_out_without_ollama"]})
    for half in ("tuning", "held_out"):
        lines += ["", f"the ten worst mistakes, {half}:"]
        lines += [line for mistake in measured["worst"][half] for line in _told(mistake)]
    lines += ["", *(f"{name}: {count}" for name, count in measured["coverage"].items())]
    lines.append(f"pairs: {measured['pairs']}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
