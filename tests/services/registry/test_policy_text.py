"""Policy documents as text: every fault has its place, and no text is too much."""

import random

import pytest

from routeyard.domain.policies.document import read as read_plain
from services.registry.policies.text import (
    MOST_BYTES,
    MOST_BYTES_OF_TENANTS,
    Noted,
    Written,
    read,
)
from tests.domain.policies.legal import EXAMPLES

LEGAL = (EXAMPLES / "enterprise-legal.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: routeyard/v1\nkind: RoutingPolicy\nmetadata: {name: a}\nspec:\n"


def notes(text: str, tenant: str | None = None) -> list[Noted]:
    found = read(text, tenant)
    return found if isinstance(found, list) else []


@pytest.mark.parametrize(
    "written",
    [
        'tenant.class == "X" && bad.name',
        "'tenant.class == ''X'' && bad.name'",
        '"tenant.class == \\"X\\" && bad.name"',
        '|\n    tenant.class == "X" &&\n      bad.name',
        '>-\n    tenant.class == "X"\n    && bad.name',
        'tenant.class == "X"\n    && bad.name',
    ],
)
def test_a_fault_in_a_condition_has_its_place_however_it_is_written(written: str) -> None:
    text = f"{HEAD}  match: {written}\n  objective: {{cost: 1}}\n"
    (note,) = notes(text)

    line = text.split("\n")[note.line - 1]
    # CEL places an unknown name at its dot.
    assert line[note.column - 1 :].startswith((".name", "bad.name"))
    assert "nothing is called bad.name" in note.message


def test_a_wrong_field_is_placed_at_its_name_and_a_wrong_value_at_the_value() -> None:
    text = f"{HEAD}  objektive: {{cost: 1}}\n  rules:\n    - name: x\n      fallback: nobody\n"

    assert [(each.line, each.column) for each in notes(text)] == [(5, 3), (8, 17)]


def test_json_is_a_document_too_with_tabs_and_all() -> None:
    text = (
        '{"apiVersion": "routeyard/v1", "kind": "RoutingPolicy",\n'
        '\t"metadata": {"name": "a"},\n\t"spec": {"objective": {"cost": "1"}}}'
    )

    assert notes(text) == [Noted(3, 33, "cost: it is '1' and must be a number.")]
    assert isinstance(read(text.replace('"1"', "1")), Written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: b\n---\nc: d",
        "a: *x",
        "&a [*a]",
        "a: &a [1, 2]\nb: *a",
        "!!python/object:os.system x",
        "? [a]\n: b",
        "a: b: c",
        "[",
        "\x00",
        "a: \ud800",
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "a: 1\na: 2",
        "%YAML 9.9\n---\na: b",
        "\t- a",
        f"apiVersion: {'9' * 5_000}",
        f"spec: {{objective: {{cost: {'9' * 399}}}}}",
    ],
)
def test_what_cannot_be_a_document_is_refused_in_one_sentence(text: str) -> None:
    first, *_ = notes(text)

    assert first.line >= 1
    assert first.column >= 1
    assert "\n" not in first.message


def test_a_document_is_only_so_large_and_a_tenants_smaller() -> None:
    padded = LEGAL + "#" * (MOST_BYTES_OF_TENANTS - len(LEGAL.encode()) + 1)

    assert isinstance(read(padded), Written)
    assert "larger than 32768 bytes" in notes(padded, "acme")[0].message
    assert "larger than" in notes(LEGAL + "#" * MOST_BYTES)[0].message


@pytest.mark.parametrize("seed", range(20))
def test_no_text_is_too_much(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    sound = 0
    for _ in range(50):
        text = LEGAL
        for _ in range(chance.choice([1, 1, 2, 5])):
            text = _spoilt(chance, text)
        found = read(text, chance.choice([None, "acme"]))
        sound += isinstance(found, Written)
        lines = text.split("\n")
        for note in found if isinstance(found, list) else ():
            assert 1 <= note.line <= len(lines) + 1
            assert note.column >= 1
            assert note.message
    assert sound < 50


def _spoilt(chance: random.Random, text: str) -> str:
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice([0, 1, 3, 30]))
    pieces = [
        "",
        " ",
        "\n",
        "{",
        "}",
        "[",
        ":",
        "- ",
        "&a ",
        "*a",
        "'",
        '"',
        "|",
        ">",
        "\t",
        "\x85",
    ]
    return text[:start] + chance.choice([*pieces, text[start:end] * 2, "é", "\u2028"]) + text[end:]


def test_the_plain_data_of_a_text_are_what_the_domain_reads() -> None:
    written = read(LEGAL)

    assert isinstance(written, Written)
    assert read_plain(written.places.value) == written.draft  # conditions, byte for byte, too
