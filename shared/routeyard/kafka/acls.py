"""Who may do what on the brokers: Kafka's access rules, made from the table of topics.

A *part* is what a topic's writers and readers are called (`registry`, `ingester`); a *principal*
is how the brokers know who connects (`User:registry`). Every rule names one topic: a prefix
would reach into other platforms' namespaces. Groups are named by what their members are called.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.wire.topics import REPLAYABLE, Topics

REGISTRY, DEPLOYER = "registry", "deployer"
# Those that look at the start whether all topics are laid out as they must be.
CHECKERS = (REGISTRY, "healthcheck")
# Those that consume with a group; the others follow topics and commit nothing.
GROUPED = (REGISTRY, "healthcheck")


class Operation(StrEnum):
    """What is allowed, as Kafka calls it. Reading and writing include describing."""

    CREATE = "Create"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    READ = "Read"
    WRITE = "Write"


class Resource(StrEnum):
    """What it is allowed on."""

    TOPIC = "topic"
    GROUP = "group"


class Pattern(StrEnum):
    """How a resource's name is meant."""

    LITERAL = "literal"
    PREFIXED = "prefixed"


class AclBinding(NamedTuple):
    """One rule: always an allowance, from any host. What no rule allows is refused."""

    principal: str
    resource: Resource
    name: str
    pattern: Pattern
    operation: Operation


class Member(NamedTuple):
    """A part of the platform, and the principal it connects as."""

    part: str
    principal: str


def parts(topics: Topics) -> list[str]:
    """The parts a platform has, sorted."""
    named = {part for spec in topics.all().values() for part in (*spec.writers, *spec.readers)}
    return sorted(named | {DEPLOYER})


def members(topics: Topics, given: Sequence[str]) -> list[Member]:
    """Members from `part=Type:name`; without any, each part connects as the user of its name.

    Raises:
        InvalidRequest: one is not of that form, of an unknown part, or means everybody.
    """
    known = parts(topics)
    found = [_member(text, known) for text in given]
    return found or [Member(part, f"User:{part}") for part in known]


def _member(text: str, known: Sequence[str]) -> Member:
    part, _, principal = text.partition("=")
    kind, _, name = principal.partition(":")
    if part not in known:
        raise InvalidRequest(
            f"{text!r} names no part of the platform; the parts are {', '.join(known)}."
        )
    if not kind.isalnum() or not name.strip() or not name.isprintable():
        raise InvalidRequest(f"{text!r} names no principal; write e.g. {part}=User:{part}.")
    if name == "*":
        raise InvalidRequest(f"{text!r} would allow everybody; name each principal.")
    return Member(part, principal)


def bindings(topics: Topics, members: Iterable[Member]) -> list[AclBinding]:
    """Every rule that the members need to do their work, and no other; sorted, each once."""
    return sorted({rule for member in members for rule in _rules(topics, member)})


def _rules(topics: Topics, member: Member) -> Iterator[AclBinding]:
    part, principal = member
    for name, spec in topics.all().items():
        for operation in _operations(part, spec.writers, spec.readers):
            yield AclBinding(principal, Resource.TOPIC, name, Pattern.LITERAL, operation)
    if part == REGISTRY:
        for carries in REPLAYABLE:
            name = topics.name(carries)
            yield AclBinding(principal, Resource.TOPIC, name, Pattern.LITERAL, Operation.WRITE)
    if part in GROUPED:
        group = f"{topics.namespace}-{part}"
        yield AclBinding(principal, Resource.GROUP, group, Pattern.PREFIXED, Operation.READ)


def _operations(
    part: str, writers: tuple[str, ...], readers: tuple[str, ...]
) -> Iterator[Operation]:
    if part in writers:
        yield Operation.WRITE
    if part in readers:
        yield Operation.READ
    if part in CHECKERS or part == DEPLOYER:
        yield from (Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS)
    if part == DEPLOYER:
        yield Operation.CREATE


def command_arguments(rules: Iterable[AclBinding]) -> list[list[str]]:
    """The arguments of calls of `kafka-acls.sh` that add the rules, in order.

    One call for all the topics on which a principal has an operation, and one for several
    operations on the same topics.
    """
    names: dict[tuple[str, Resource, Pattern, Operation], list[str]] = {}
    for rule in sorted(rules):
        place = (rule.principal, rule.resource, rule.pattern, rule.operation)
        names.setdefault(place, []).append(rule.name)
    calls: dict[tuple[str, Resource, Pattern, tuple[str, ...]], list[Operation]] = {}
    for (principal, resource, pattern, operation), on in names.items():
        calls.setdefault((principal, resource, pattern, tuple(on)), []).append(operation)
    return [_arguments(*call, allowed) for call, allowed in calls.items()]


def _arguments(
    principal: str,
    resource: Resource,
    pattern: Pattern,
    names: Sequence[str],
    allowed: Sequence[Operation],
) -> list[str]:
    arguments = ["--add", "--allow-principal", principal]
    for operation in allowed:
        arguments += ["--operation", operation.value]
    for name in names:
        arguments += [f"--{resource}", name]
    return [*arguments, "--resource-pattern-type", pattern.value]


def command_lines(
    rules: Iterable[AclBinding], bootstrap: str, command_config: str | None = None
) -> list[str]:
    """The calls of `kafka-acls.sh`, for a shell. Adding a rule that is there changes nothing."""
    start = ["kafka-acls.sh", "--bootstrap-server", bootstrap]
    if command_config is not None:
        start += ["--command-config", command_config]
    return [shlex.join([*start, *arguments]) for arguments in command_arguments(rules)]
