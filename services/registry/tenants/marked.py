"""YAML with places: every value of a document, and the line and column it stands at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from routeyard.domain.errors import InvalidRequest

Path_ = tuple[str | int, ...]
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?")
_PREFIX = "tag:yaml.org,2002:"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class Place(NamedTuple):
    """Where something stands; lines and columns begin at 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Marked(NamedTuple):
    """A document's plain value, and where each part of it stands."""

    value: Any
    places: dict[Path_, Place]

    def place(self, path: Path_) -> Place:
        """Where a part stands, or the nearest around it that does."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


class Misplaced(InvalidRequest):
    """A fault at a place of a file."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")


def read(file: Path, text: str) -> Iterator[Marked]:
    """The documents of a YAML or JSON file.

    Raises:
        Misplaced: it is none, a key is there twice, or it uses what only YAML has.
    """
    # JSON may be indented with tabs, YAML may not; strings in JSON cannot hold one.
    text = text.expandtabs(1) if file.suffix == ".json" else text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for node in yaml.compose_all(text, loader):
            if not _is_empty(node):
                yield _Reader(str(file)).document(node)
    except yaml.MarkedYAMLError as fault:
        raise Misplaced(_at(str(file), fault.problem_mark), f"{fault.problem}.") from None
    except yaml.YAMLError as fault:
        raise InvalidRequest(f"{file}: it cannot be read as YAML ({fault}).") from None


def path_in(message: str) -> tuple[str, Path_]:
    """A sentence of msgspec's without the path at its end, and the path."""
    said, _, where = message.partition(" - at `")
    steps = _STEP.findall(where.removeprefix("key in "))
    return said, tuple(name or int(number) for name, number in steps)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_PREFIX}null"


class _Reader:
    """Turns nodes into values, as YAML 1.2 has them: `NO` and `on` are words."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._places: dict[Path_, Place] = {}
        self._seen: set[int] = set()

    def document(self, node: yaml.Node) -> Marked:
        return Marked(self._value(node, ()), self._places)

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        place = self._places[path] = _at(self._file, node.start_mark)
        if id(node) in self._seen:
            raise Misplaced(place, "an alias (*name) stands here; write the value out instead.")
        self._seen.add(id(node))
        if not node.tag.startswith(_PREFIX):
            raise Misplaced(place, f"the tag {node.tag} is not known; leave it out.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(each, (*path, number)) for number, each in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Misplaced(_at(self._file, key.start_mark), "a key must be a word.")
            if key.value in found:
                raise Misplaced(
                    _at(self._file, key.start_mark),
                    f"{key.value} is there twice; leave one of them out.",
                )
            found[key.value] = self._value(value, (*path, key.value))
        return found


def _scalar(node: yaml.Node) -> Any:
    text, kind = str(node.value), node.tag.removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _FRACTION.fullmatch(text):
        return float(text)
    return f"{text}T00:00:00Z" if kind == "timestamp" and _DAY.fullmatch(text) else text


def _at(file: str, mark: Any) -> Place:
    return Place(file, 1 if mark is None else mark.line + 1, 1 if mark is None else mark.column + 1)
