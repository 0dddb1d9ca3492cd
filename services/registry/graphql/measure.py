"""How much a document asks for, found out without executing it.

Every fragment is looked at once, however often it is spread: fragments that spread others twice
would otherwise double the work with each of a hundred fragments.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

FIRST = "first"
Firsts = Mapping[str, int]
Variables = Mapping[str, Any]


class Size(NamedTuple):
    """What selections come to, their fragments spread.

    `repeats`: how often the most repeated answer of one selection stands there. `nodes`: how many
    are asked for through nested `first`.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0
    repeats: int = 0
    nodes: int = 0


class _Part(NamedTuple):
    """Selections that may stand beside others: their answers are counted by name."""

    size: Size
    answers: Counter[str]


class Measure:
    """Measures the operations of a document.

    `firsts` holds how many nodes a paged field gives unasked, by its name.
    """

    def __init__(self, document: DocumentNode, firsts: Firsts) -> None:
        self._firsts = firsts
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._known: dict[str, _Part] = {}
        self._variables: Variables = {}

    def size(self, operation: OperationDefinitionNode, variables: Variables) -> Size:
        """What an operation comes to with these variables."""
        defaults = {
            each.variable.name.value: each.default_value.value
            for each in operation.variable_definitions or ()
            if isinstance(each.default_value, IntValueNode)
        }
        self._known, self._variables = {}, {**defaults, **variables}
        part = self._selections(operation.selection_set)
        return part.size._replace(
            directives=part.size.directives + len(operation.directives or ()),
            roots=part.answers.total(),
        )

    def _selections(self, selections: SelectionSetNode | None) -> _Part:
        parts = [self._part(each) for each in (selections.selections if selections else ())]
        answers: Counter[str] = Counter()
        for part in parts:
            answers.update(part.answers)
        sizes = [part.size for part in parts]
        size = Size(
            depth=max((each.depth for each in sizes), default=0),
            aliases=sum(each.aliases for each in sizes),
            directives=sum(each.directives for each in sizes),
            repeats=max([*answers.values(), *(each.repeats for each in sizes)], default=0),
            nodes=sum(each.nodes for each in sizes),
        )
        return _Part(size, answers)

    def _part(self, selection: object) -> _Part:
        match selection:
            case FieldNode():
                return self._field(selection)
            case InlineFragmentNode():
                part = self._selections(selection.selection_set)
            case FragmentSpreadNode():
                part = self._spread(selection.name.value)
            case _:
                return _Part(Size(), Counter())
        directives = part.size.directives + len(selection.directives or ())
        return part._replace(size=part.size._replace(directives=directives))

    def _spread(self, name: str) -> _Part:
        fragment = self._fragments.get(name)
        if fragment is not None and name not in self._known:
            # A fragment that spreads itself comes to nothing here; validation refuses it.
            self._known[name] = _Part(Size(), Counter())
            self._known[name] = self._selections(fragment.selection_set)
        return self._known.get(name, _Part(Size(), Counter()))

    def _field(self, field: FieldNode) -> _Part:
        name = field.name.value
        below = self._selections(field.selection_set).size
        is_leaf = field.selection_set is None or name.startswith("__")
        nodes = self._first(field)
        size = Size(
            depth=0 if is_leaf else 1 + below.depth,
            aliases=below.aliases + (field.alias is not None),
            directives=below.directives + len(field.directives or ()),
            repeats=below.repeats,
            nodes=below.nodes if nodes is None else nodes * (1 + below.nodes),
        )
        return _Part(size, Counter({(field.alias or field.name).value: 1}))

    def _first(self, field: FieldNode) -> int | None:
        """How many nodes a paged field is asked for; None when it is not paged."""
        default = self._firsts.get(field.name.value)
        for argument in field.arguments or ():
            if argument.name.value == FIRST:
                return self._number(argument.value, default or 0)
        return default

    def _number(self, value: ValueNode, default: int) -> int:
        found: Any = default
        if isinstance(value, IntValueNode):
            found = int(value.value)
        elif isinstance(value, VariableNode):
            found = self._variables.get(value.name.value, default)
        try:
            return max(int(found), 0)
        except (TypeError, ValueError, OverflowError):  # execution says what is wrong with it
            return default
