"""The page about the schema names all of it."""

import inspect
import re
from pathlib import Path

import pytest

from routeyard.domain import catalog
from routeyard.domain.value import Value
from services.registry.vocabulary import vocabulary

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "schema.md").read_text(encoding="utf-8")
STRUCTS = [
    struct
    for _, struct in inspect.getmembers(catalog, inspect.isclass)
    if issubclass(struct, Value) and struct.__module__ == catalog.__name__
]
# Which section tells of which struct.
SECTIONS = {
    "Provider": "Provider",
    "Model": "Model",
    "Release": "Release",
    "Endpoint": "Endpoint",
    "Offering": "Offering",
    "Price": "Price",
    "PriceTier": "Price",
    "PriceWindow": "Price",
    "Capability": "Capabilities",
    "PrecisionFloor": "What decides, and who may speak",
    "Source": "What decides, and who may speak",
    "Naming": "What decides, and who may speak",
}


def section(title: str) -> str:
    """The text under a heading, up to the next."""
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match is not None, f"no section {title}"
    return match[1]


def test_every_struct_has_a_section() -> None:
    assert {struct.__name__ for struct in STRUCTS} == set(SECTIONS)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_a_struct_is_in_its_section(struct: type[Value]) -> None:
    # The third column names the fields of sources, some of which are called the same.
    columns = re.findall(r"^\|([^|]*\|[^|]*)\|", section(SECTIONS[struct.__name__]), re.MULTILINE)
    told = set(re.findall(r"`(\w+)`", " ".join(columns)))
    assert set(struct.__struct_fields__) <= told


def test_every_tag_is_explained() -> None:
    told = re.findall(r"^\| `(\w+)` \|", section("Capabilities"), re.MULTILINE)
    assert sorted(told) == sorted(each.tag for each in vocabulary())


@pytest.mark.parametrize(
    "words",
    [
        catalog.Hosting,
        catalog.Lifecycle,
        catalog.Mode,
        catalog.Dialect,
        catalog.ServerKind,
        catalog.Variant,
    ],
)
def test_every_word_of_a_choice_is_named(words: type[catalog.Mode]) -> None:
    assert [word for word in words if not re.search(rf"\b{word}\b", PAGE)] == []
