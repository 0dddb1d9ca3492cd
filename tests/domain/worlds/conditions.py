"""Conditions twice: as CEL texts, and as plain functions that should say the same."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from routeyard.domain.policies.condition import Condition, check
from tests.domain.worlds.draw import CLASSES, TAGS, Draw

Facts = Mapping[str, Any]
Told = Callable[[Facts], bool | None]


class Said(NamedTuple):
    """A text, and what it says of facts; None where that cannot be told."""

    text: str
    holds: Told


@cache
def checked(text: str) -> Condition:
    found = check(text)
    assert isinstance(found, Condition), (text, found)
    return found


def about(name: str, text: str, holds: Callable[[Any], bool | None]) -> Said:
    """A text about one fact, which may be missing."""
    return Said(text, lambda f: None if f.get(name) is None else holds(f[name]))


def equal(name: str, value: str) -> Said:
    return about(name, f'{name} == "{value}"', lambda v: v == value)


def differs(name: str, value: str) -> Said:
    return about(name, f'{name} != "{value}"', lambda v: v != value)


def above(name: str, number: int) -> Said:
    return about(name, f"{name} > {number}", lambda v: v > number)


def at_least(name: str, number: int) -> Said:
    return about(name, f"{name} >= {number}", lambda v: v >= number)


def is_passed_by(number: int, name: str) -> Said:
    return about(name, f"{number} < {name}", lambda v: number < v)


def is_reached_by(number: int, name: str) -> Said:
    return about(name, f"{number} <= {name}", lambda v: number <= v)


def below(name: str, number: int) -> Said:
    return about(name, f"{name} < {number}", lambda v: v < number)


def among(name: str, values: Iterable[str]) -> Said:
    values = list(values)
    listed = ", ".join(f'"{value}"' for value in values)
    return about(name, f"{name} in [{listed}]", lambda v: v in values)


def has(name: str, value: str) -> Said:
    return about(name, f'"{value}" in {name}', lambda v: value in v)


def exists(name: str, value: str) -> Said:
    return about(name, f'{name}.exists(each, each == "{value}")', lambda v: value in v)


def begins(name: str, value: str) -> Said:
    return about(name, f'{name}.startsWith("{value}")', lambda v: v.startswith(value))


def some_of(name: str) -> Said:
    return about(name, f"size({name}) > 0", lambda v: len(v) > 0)


def share_above(name: str, whole: int, number: int) -> Said:
    """Nothing can be divided by nothing."""
    text = f"{whole} / {name} > {number}"
    return about(name, text, lambda v: whole // v > number if v else None)


def negated(one: Said) -> Said:
    def holds(facts: Facts) -> bool | None:
        found = one.holds(facts)
        return None if found is None else not found

    return Said(f"!({one.text})", holds)


def both(one: Said, other: Said) -> Said:
    """One that is false settles it, whatever the other is."""

    def holds(facts: Facts) -> bool | None:
        found = {one.holds(facts), other.holds(facts)}
        return False if False in found else None if None in found else True

    return Said(f"({one.text}) && ({other.text})", holds)


def either(one: Said, other: Said) -> Said:
    def holds(facts: Facts) -> bool | None:
        found = {one.holds(facts), other.holds(facts)}
        return True if True in found else None if None in found else False

    return Said(f"({one.text}) || ({other.text})", holds)


class Conditions(Draw):
    """Conditions of a world; `conditions` holds what each text says."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.conditions: dict[str, Told] = {}

    def condition(self, *kinds: str) -> Condition:
        """One over facts of these kinds: `scope`, `request`, `primary`."""
        said = self.combined([self.one_of(self.pick(kinds)) for _ in range(self.pick([1, 1, 2]))])
        self.conditions[said.text] = said.holds
        return checked(said.text)

    def combined(self, parts: list[Said]) -> Said:
        first = parts[0]
        if len(parts) == 2:
            return self.pick([both, either])(first, parts[1])
        return negated(first) if self.chance.random() < 0.15 else first

    def one_of(self, kind: str) -> Said:
        options = {"scope": self.of_scope, "request": self.of_request, "primary": self.of_primary}
        return self.pick(options[kind]())

    def of_scope(self) -> list[Said]:
        return [
            Said("true", lambda _: True),
            equal("tenant.class", self.pick(CLASSES)),
            differs("tenant.class", self.pick(CLASSES)),
            among("tenant.tier", ["gold", "gone"]),
            equal("tenant.data_residency", "EU"),
            has("tenant.residency", "US"),
            begins("tenant.id", "ac"),
            equal("project.id", "web"),
            equal("key.id", "k1"),
        ]

    def of_request(self) -> list[Said]:
        return [
            equal("request.step", "planning"),
            equal("request.objective", "cost"),
            differs("request.precision", ""),
            has("request.models", self.pick(self.models)),
            exists("request.capabilities", self.pick(TAGS)),
            has("request.languages", "de"),
            has("request.modalities_in", "image"),
            some_of("request.residency"),
            above("request.input_tokens", 1_000),
            below("request.output_tokens", 2),
            *(share_above("request.min_context", whole, 1) for whole in (1_000, 10_000, 20_000)),
            at_least("now.hour", 12),
            below("now.weekday", 2),
            equal("router.zone", "here"),
        ]

    def of_primary(self) -> list[Said]:
        return [
            *(above("primary.latency_ms", number) for number in (10, 100, 100, 500, 500, -1)),
            at_least("primary.latency_ms", 900),
            is_passed_by(100, "primary.latency_ms"),
            is_reached_by(500, "primary.latency_ms"),
            below("primary.latency_ms", 100),
            above("primary.ttft_ms", 10),
            above("primary.cost_micros", 500),
            above("primary.context", 10_000),
            equal("primary.model", self.pick(self.models)),
            begins("primary.release", "lab1"),
            equal("primary.endpoint", self.pick(self.endpoints)),
            equal("primary.provider", "openai"),
            differs("primary.hosting", "public_api"),
            among("primary.health", ["unknown", "degraded"]),
        ]
