"""What is wrong with parts of a policy document that are of the right shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from routeyard.domain.policies import condition
from routeyard.domain.policies.condition import VARIABLES, Condition
from routeyard.domain.policies.policy import MAX_WEIGHT
from routeyard.domain.policies.shape import Fault, Path
from routeyard.domain.policies.written import WrittenPreference, WrittenRule
from routeyard.domain.resolution import CapabilityFloor, Require, Weights

MOST_RULES, MOST_TESTS, MOST_NAMED = 100, 100, 100
MOST_FALLBACKS = 8
MOST_CHARACTERS, MOST_TEXT = 2_000, 500
# What a tenant may have evaluated for each of its requests.
MOST_NODES_OF_TENANTS = 100
MOST_TOKENS, MOST_MS, MOST_DOLLARS = 10**9, 10**7, Decimal(100_000)
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}")
_SCOPES = frozenset({"tenant", "project", "key"})
Faults = Iterator[Fault]


def checked(text: str, *, is_tenants: bool) -> Condition | list[Fault]:
    """A condition, or why it is none; a tenant's own has to be small."""
    if len(text) > MOST_CHARACTERS:
        return [
            Fault((), f"the condition has {len(text)} characters; write at most {MOST_CHARACTERS}.")
        ]
    if any("\ud800" <= each <= "\udfff" for each in text):
        return [Fault((), "half a character stands in it; write it in UTF-8.")]
    found = condition.check(text)
    if isinstance(found, condition.Fault):
        return [Fault((), _explained(found.message), (found.line, found.column))]
    return list(_small(found)) if is_tenants and any(_small(found)) else found


def _small(found: Condition) -> Faults:
    if condition.has_loop(found):
        yield Fault(
            (), "a tenant's own condition goes through no list; write `in`, or one part each."
        )
    if (size := condition.size(found)) > MOST_NODES_OF_TENANTS:
        yield Fault(
            (),
            f"a tenant's own condition has at most {MOST_NODES_OF_TENANTS} parts and this one "
            f"{size}; make several rules of it.",
        )


def _explained(message: str) -> str:
    """What CEL says, with what to do where that can be told."""
    said = message.removesuffix(" [INVALID_ARGUMENT]").removesuffix(".")
    if name := re.match(r"undeclared reference to '([^']*)'", said):
        return _undeclared(name[1])
    if types := re.match(r"found no matching overload for '([^']*)' applied to '(.*)'", said):
        return (
            f"{types[1].strip('_')} does not take {types[2]}; times, tokens and money are whole "
            "numbers."
        )
    if "'<EOF>'" in said:
        return "it ends before the condition does; write the rest of it."
    said = said.partition(" expecting ")[0].removeprefix("Syntax error: ")
    return f'{said[:MOST_TEXT]}; write it as CEL has it, e.g. tenant.class == "LEGAL".'


def _undeclared(name: str) -> str:
    group = name.partition(".")[0]
    there = [each for each in VARIABLES if each.partition(".")[0] == group]
    if name in VARIABLES or not there:
        groups = dict.fromkeys(each.partition(".")[0] for each in VARIABLES)
        return f"nothing is called {name[:80]} here; there are {', '.join(groups)} and their parts."
    return f"nothing is called {name[:80]} here; there are {', '.join(there)}."


def name_faults(name: str, *path: str) -> Faults:
    """What keeps a name from being one."""
    if _NAME.fullmatch(name) is None:
        yield Fault(
            path,
            "a name is 1 to 63 letters, digits, dots, dashes or underscores, a letter or digit "
            "first.",
        )


def names_twice(listed: Iterable[Any], what: str) -> Faults:
    """Names that are there before."""
    seen: set[str] = set()
    for number, each in enumerate(listed):
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str) and name in seen:
            yield Fault((number, "name"), f"there is a {what} {name[:63]!r} before; rename one.")
        elif isinstance(name, str):
            seen.add(name)


def match_faults(match: Condition) -> Faults:
    """What a policy may not be for: it is for scopes, whatever they ask."""
    if outside := _outside(match, lambda group: group in _SCOPES):
        yield Fault(
            (),
            f"match reads {', '.join(outside)}, and may read tenant, project and key only; put "
            "that into a rule's `when`.",
        )


def _outside(read: Condition, is_allowed: Callable[[str], bool]) -> list[str]:
    return sorted(name for name in condition.reads(read) if not is_allowed(name.partition(".")[0]))


def objective_faults(objective: Weights) -> Faults:
    """Shares that cannot be."""
    shares = (objective.cost, objective.quality, objective.latency)
    for name, share in zip(("cost", "quality", "latency"), shares, strict=True):
        if not 0 <= share <= MAX_WEIGHT:
            yield Fault((name,), f"it is {share:g}; a share lies in 0..{MAX_WEIGHT:g}.")
    if not any(shares):
        yield Fault((), "nothing counts; give cost, quality or latency a share above 0.")


def rule_faults(rule: WrittenRule, when: Condition | None) -> Faults:
    """What is wrong with one rule."""
    yield from name_faults(rule.name, "name")
    is_strict = rule.require is not None or bool(rule.deny)
    if not (is_strict or rule.prefer is not None or rule.fallback):
        yield Fault((), "the rule does nothing; give it require, deny, prefer or fallback.")
    if when is not None and (is_strict or rule.prefer is not None):
        yield from _ahead(when)
    if rule.require is not None:
        yield from below("require", require_faults(rule.require))
    for number, target in enumerate(rule.deny[:MOST_NAMED]):
        yield from text_faults(target.id, "deny", number, "id")
    if rule.prefer is not None:
        yield from below("prefer", preference_faults(rule.prefer))
    yield from _fallbacks(rule.fallback)
    if len(rule.deny) > MOST_NAMED:
        yield Fault(("deny",), f"a rule denies at most {MOST_NAMED} things; make two of it.")


def _ahead(when: Condition) -> Faults:
    """What decides about the primary cannot look at it."""
    if ahead := _outside(when, lambda group: group != "primary"):
        yield Fault(
            ("when",),
            f"only a fallback's condition may read {', '.join(ahead)}: what is required, denied "
            "or preferred decides about the primary. Make a rule of its own of it.",
        )


def _fallbacks(models: tuple[str, ...]) -> Faults:
    if len(models) > MOST_FALLBACKS:
        yield Fault(("fallback",), f"there may be {MOST_FALLBACKS} fallbacks; leave some out.")
    for number, model in enumerate(models):
        yield from text_faults(model, "fallback", number)
        if model in models[:number]:
            yield Fault(("fallback", number), f"{model[:80]!r} is there before; leave it out.")


def below(name: str, faults: Faults) -> Faults:
    """Faults of a part, as those of the whole."""
    for fault in faults:
        yield fault._replace(path=(name, *fault.path))


def require_faults(require: Require) -> Faults:
    """Requirements that cannot be, or that are not a policy's to make."""
    if require == Require():
        yield Fault((), "nothing is required; say what, or leave it out.")
    if require.mode is not Require().mode:
        yield Fault(("mode",), "a policy does not say what kind of model is meant; leave it out.")
    for number, wanted in enumerate(require.capabilities):
        floor = wanted if isinstance(wanted, CapabilityFloor) else CapabilityFloor(name=wanted)
        where = ("capabilities", number)
        yield from text_faults(floor.name, *where)
        yield from in_range(floor.min_level, 1, *where, "min_level")
    for name in ("languages", "modalities_in", "modalities_out", "residency", "quantizations"):
        yield from _texts(getattr(require, name), name)
    for name, most in (
        ("min_context", MOST_TOKENS),
        ("min_output", MOST_TOKENS),
        ("max_latency_ms", MOST_MS),
    ):
        if (number := getattr(require, name)) is not None:
            yield from in_range(number, most, name)
    ceiling = require.max_price_per_mtok
    for name in ("input", "output") if ceiling is not None else ():
        if (amount := getattr(ceiling, name)) is not None:
            yield from in_range(amount, MOST_DOLLARS, "max_price_per_mtok", name)


def preference_faults(prefer: WrittenPreference) -> Faults:
    """Preferences that cannot be."""
    names = ("capability", "provider", "model", "release", "endpoint")
    if not any(getattr(prefer, name) for name in (*names, "hosting", "residency")):
        yield Fault((), f"nothing is preferred; name {', '.join(names)}, hosting or residency.")
    if not 0 < abs(prefer.weight) <= MAX_WEIGHT:
        yield Fault(
            ("weight",),
            f"it is {prefer.weight:g}; a weight lies in -{MAX_WEIGHT:g}..{MAX_WEIGHT:g}, but at 0.",
        )
    yield from in_range(prefer.min_level, 1, "min_level")
    for name in names:
        if (text := getattr(prefer, name)) is not None:
            yield from text_faults(text, name)
    yield from _texts(prefer.residency, "residency")


def in_range(value: Any, most: Any, *path: str | int) -> Faults:
    """A number below 0, or above the most that makes sense."""
    if not 0 <= value <= most:
        yield Fault(path, f"it is {str(value)[:30]}, outside 0..{most}.")


def _texts(texts: tuple[str, ...], name: str) -> Faults:
    if len(texts) > MOST_NAMED:
        yield Fault((name,), f"name at most {MOST_NAMED}.")
    for number, text in enumerate(texts[:MOST_NAMED]):
        yield from text_faults(text, name, number)


def text_faults(text: str, *path: str | int) -> Faults:
    """What no id, tag or place looks like."""
    if not text.strip() or len(text) > MOST_TEXT or not text.isprintable():
        where: Path = path
        yield Fault(where, f"it must be 1 to {MOST_TEXT} characters on one line.")
