"""YAML with places: every value of a document, and the line and column it stands at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
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
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_OPENS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSES = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
# The parser goes down with what is nested, and takes the process with it where that is deep.
MOST_NESTED = 64
# Longer ones Python would not read.
MOST_DIGITS = 400


class Place(NamedTuple):
    """Where something stands; lines and columns begin at 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Marked(NamedTuple):
    """A document's plain value, and where each part of it stands.

    `keys`: where each key of a mapping stands. `lines` are those of the whole file, `blocks` the
    parts that are texts of several lines.
    """

    value: Any
    places: dict[Path_, Place]
    keys: dict[Path_, Place]
    lines: Sequence[str]
    blocks: AbstractSet[Path_]

    def place(self, path: Path_) -> Place:
        """Where a part stands, or the nearest around it that does."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def within(self, path: Path_, line: int, column: int) -> Place:
        """Where a character of a text stands that is a part: lines and columns from 1 on.

        Quotes, indents and line breaks of the file are no part of the text, and are passed over.
        """
        start, held = self.place(path), self.value
        for step in path:
            held = held[step]
        before = "".join(_BREAK.split(str(held))[: line - 1])
        begun = _BREAK.split(str(held))[line - 1][: column - 1] if line > 0 else ""
        at, row = start.column - 1, start.line - 1
        if path in self.blocks:
            at, row = 0, row + 1
        at, row = self._reached("".join((before + begun).split()), row, at)
        return Place(start.file, row + 1, at + 1)

    def _reached(self, passed: str, row: int, at: int) -> tuple[int, int]:
        """Where the text goes on after these characters, from a place in the file."""
        for wanted in (*passed, None):
            while row < len(self.lines):
                line = self.lines[row]
                while at < len(line) and (line[at].isspace() if wanted else line[at] in " \t\"'"):
                    at += 1
                found = at if wanted is None else line.find(wanted, at)
                if at < len(line) and found >= 0:
                    at = found + (wanted is not None)
                    break
                row, at = row + 1, 0
        return (at, row) if row < len(self.lines) else (len(self.lines[-1]), len(self.lines) - 1)


class Misplaced(InvalidRequest):
    """A fault at a place of a file."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.said = message


def read(file: Path, text: str) -> Iterator[Marked]:
    """The documents of a YAML or JSON file.

    Raises:
        Misplaced: it is none, a key is there twice, or it uses what only YAML has.
    """
    # JSON may be indented with tabs, YAML may not; strings in JSON cannot hold one.
    text = text.expandtabs(1) if file.suffix == ".json" else text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _require_shallow(str(file), yaml.parse(text, loader))
        for node in yaml.compose_all(text, loader):
            if not _is_empty(node):
                yield _Reader(str(file), text).document(node)
    except yaml.MarkedYAMLError as fault:
        raise Misplaced(_at(str(file), fault.problem_mark), f"{fault.problem}.") from None
    except yaml.YAMLError as fault:
        raise InvalidRequest(
            f"{file}: it cannot be read as YAML ({str(fault).splitlines()[0]})."
        ) from None


def path_in(message: str) -> tuple[str, Path_]:
    """A sentence of msgspec's without the path at its end, and the path."""
    said, _, where = message.partition(" - at `")
    steps = _STEP.findall(where.removeprefix("key in "))
    return said, tuple(name or int(number) for name, number in steps)


def _require_shallow(file: str, events: Iterable[yaml.Event]) -> None:
    depth = 0
    for event in events:
        depth += isinstance(event, _OPENS) - isinstance(event, _CLOSES)
        if depth > MOST_NESTED:
            raise Misplaced(
                _at(file, event.start_mark),
                f"this lies within {MOST_NESTED} others; nothing here is nested so deep.",
            )


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_PREFIX}null"


class _Reader:
    """Turns nodes into values, as YAML 1.2 has them: `NO` and `on` are words."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = _BREAK.split(text)
        self._blocks: set[Path_] = set()
        self._places: dict[Path_, Place] = {}
        self._keys: dict[Path_, Place] = {}
        self._seen: set[int] = set()

    def document(self, node: yaml.Node) -> Marked:
        return Marked(self._value(node, ()), self._places, self._keys, self._lines, self._blocks)

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
        if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
            self._blocks.add(path)
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
            self._keys[*path, key.value] = _at(self._file, key.start_mark)
            found[key.value] = self._value(value, (*path, key.value))
        return found


def _scalar(node: yaml.Node) -> Any:
    text, kind = str(node.value), node.tag.removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind == "int" and len(text) <= MOST_DIGITS and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _FRACTION.fullmatch(text):
        return float(text)
    return f"{text}T00:00:00Z" if kind == "timestamp" and _DAY.fullmatch(text) else text


def _at(file: str, mark: Any) -> Place:
    return Place(file, 1 if mark is None else mark.line + 1, 1 if mark is None else mark.column + 1)
