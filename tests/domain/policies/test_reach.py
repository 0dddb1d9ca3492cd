"""Whether conditions can be so: of what is claimed to be never so, nothing ever is."""

import random
from typing import Any

import pytest

from routeyard.domain.policies.condition import Condition, Loaded, check, constants
from routeyard.domain.resolution import Step
from routeyard.domain.review.reach import can_hold

NEVER = [
    'tenant.class == "A" && tenant.class == "B"',
    "now.hour > 23",
    "now.weekday == 8",
    'request.step == "sythesis"',
    "request.min_context > 5 && request.min_context < 5",
    "false",
    'tenant.id == "x" && !(tenant.id in ["x", "y"])',
    'request.precision != "" && !(request.precision in ["low", "standard", "high"])',
    '"a" in request.languages && request.languages == []',
]
PERHAPS = [
    'tenant.class == "A" || tenant.class == "B"',
    'tenant.class < "A"',
    'tenant.class > "A" && tenant.class < "B"',
    "now.hour == 23",
    'request.step == "synthesis"',
    "request.min_context > 5 && request.min_context < 7",
    "request.min_context > request.input_tokens",
    "true",
    '"a" in request.languages && "b" in request.languages',
    'request.step == ""',
    'tenant.class == "A\\x42"',
    # Of these nothing is claimed.
    'tenant.id.startsWith("a") && tenant.id == "b"',
    "request.input_tokens + 1 == 0",
    "size(request.models) > 1 && request.models == []",
]


def condition(text: str) -> Condition:
    found = check(text)
    assert isinstance(found, Condition), (text, found)
    return found


@pytest.mark.parametrize("text", NEVER)
def test_what_can_never_be_so_is_found(text: str) -> None:
    assert not can_hold([condition(text)])


@pytest.mark.parametrize("text", PERHAPS)
def test_what_may_be_so_is_not_ruled_out(text: str) -> None:
    assert can_hold([condition(text)])


def test_conditions_that_contradict_each_other_cannot_both_be_so() -> None:
    one, other = condition('tenant.class == "A"'), condition('tenant.class == "B"')

    assert can_hold([one])
    assert can_hold([other])
    assert not can_hold([one, other])


def test_constants_are_what_is_meant_however_it_is_written() -> None:
    found = constants(condition(r"""tenant.id in ["A\x42", 'c', r"d\n"] && now.hour > -5"""))

    assert found == {"AB", "c", "d\\n", -5}


@pytest.mark.parametrize("seed", range(40))
def test_nothing_that_holds_for_some_values_is_called_impossible(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    for _ in range(25):
        made = condition(_expression(chance, 3))
        loaded = Loaded(made)
        held = any(
            loaded.holds(tuple([_value(chance, name) for name in loaded.reads])) for _ in range(40)
        )
        if held:
            assert can_hold([made]), made.text


def _expression(chance: random.Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(
            [
                f'tenant.class {chance.choice(["==", "!=", "<", ">="])} "{chance.choice("ABC")}"',
                f"now.hour {chance.choice(['>', '<=', '=='])} {chance.randint(-1, 25)}",
                f"request.min_context {chance.choice(['<', '>='])} {chance.randint(0, 3)}",
                "request.min_context == request.input_tokens",
                f'"{chance.choice("ABC")}" in request.languages',
                f'request.step == "{chance.choice(["triage", "judging", "nothing"])}"',
                "tenant.id == tenant.class",
            ]
        )
    left, right = (_expression(chance, depth - 1) for _ in range(2))
    return f"({left} {chance.choice(['&&', '||'])} {chance.choice(['', '!'])}({right}))"


def _value(chance: random.Random, name: str) -> Any:
    match name:
        case "tenant.class" | "tenant.id":
            return chance.choice(["", "A", "B", "C", "Ba", "Z"])
        case "now.hour":
            return chance.randint(0, 23)
        case "request.languages":
            return tuple(chance.sample("ABC", chance.randint(0, 3)))
        case "request.step":
            return chance.choice(["", *Step])
        case _:
            return chance.randint(0, 4)
