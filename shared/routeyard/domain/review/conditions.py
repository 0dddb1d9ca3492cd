"""Rules that can never apply, and rules that say nothing new."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from routeyard.domain.policies.book import OF_SCOPES
from routeyard.domain.policies.condition import Condition, Loaded, constants, reads
from routeyard.domain.policies.policy import Policy, Rule
from routeyard.domain.review.groups import Group, is_so
from routeyard.domain.review.note import Note, error, warning
from routeyard.domain.review.reach import CLOSED, can_hold, never
from routeyard.domain.snapshot import Snapshot


def unreachable(policy: Policy) -> Iterator[Note]:
    """Conditions that cannot be so, whoever asks for what."""
    match = policy.match
    if match is not None and not can_hold([match]):
        yield error(f"the policy is for nobody: match is never so{_hint(match)}", "spec", "match")
        return
    for number, rule in enumerate(policy.rules):
        if rule.when is None or not _reads_alone(rule.when):
            continue
        where = ("spec", "rules", number, "when")
        if not can_hold([rule.when]):
            yield error(f"the rule never applies: this is never so{_hint(rule.when)}", *where)
        elif match is not None and not can_hold([match, rule.when]):
            yield error(
                f"the rule never applies: it contradicts match ({match.text}); mend one of them.",
                *where,
            )


def _reads_alone(when: Condition) -> bool:
    return bool(reads(when)) or not can_hold([when])


def _hint(condition: Condition) -> str:
    """What is meant, perhaps, where a value is none that there can be."""
    for name in sorted(reads(condition)):
        wrong = never(name, (each for each in constants(condition) if isinstance(each, str)))
        near = [
            found[0]
            for each in wrong
            if (found := difflib.get_close_matches(each, CLOSED.get(name, ()), n=1))
        ]
        if near:
            return f"; did you mean {', '.join(near)}?"
        if wrong:
            known = ", ".join(each for each in CLOSED[name] if each)
            return f"; {name} is one of {known}."
    return "; mend it or leave it out."


def shadowed(rules: Sequence[Rule]) -> Iterator[Note]:
    """Rules that an earlier one, which applies whenever they do, makes idle."""
    for number, rule in enumerate(rules):
        for earlier in rules[:number]:
            if applies_with(earlier, rule) and _says(earlier, rule):
                yield warning(
                    f"the rule {earlier.name!r} says all of this already, whenever this one "
                    "applies; leave one of them out.",
                    "spec",
                    "rules",
                    number,
                )
                break


def applies_with(earlier: Rule, rule: Rule) -> bool:
    """Whether the first one applies whenever the other does."""
    if earlier.when is None:
        return True
    return rule.when is not None and earlier.when.text.split() == rule.when.text.split()


def _says(earlier: Rule, rule: Rule) -> bool:
    """Whether all that a rule does is done by the earlier one as well."""
    return (
        rule.require in {None, earlier.require}
        and set(rule.deny) <= set(earlier.deny)
        and rule.prefer in {None, earlier.prefer}
        and set(rule.fallback) <= set(earlier.fallback)
    )


def for_nobody(
    snapshot: Snapshot, policy: Policy, everybody: Sequence[Group], meant: Sequence[Group]
) -> Iterator[Note]:
    """A match, or a rule that asks for the caller alone, that holds for nobody there is."""
    if policy.match is not None and not meant:
        classes = sorted({each.tenant_class for each in everybody if each.tenant_class})
        there = f"; there are tenants of class {', '.join(classes[:10])}" if classes else ""
        yield warning(f"nobody is meant as of now{there}.", "spec", "match")
        return
    for number, rule in enumerate(policy.rules):
        when = rule.when
        if when is None or not reads(when) or not OF_SCOPES.issuperset(reads(when)):
            continue
        loaded = Loaded(when)
        if not can_hold([when, *([policy.match] if policy.match else [])]):
            continue  # that is told already
        if not any(is_so(snapshot, loaded, each.scope) for each in meant):
            yield warning("the rule applies to nobody as of now.", "spec", "rules", number, "when")
