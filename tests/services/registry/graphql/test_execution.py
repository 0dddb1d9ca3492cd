"""Plain fields are answered as every execution answers them, faults included."""

from typing import Any

import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from services.registry.graphql.execution import execution_of

NAMES = ("text", "maybeText", "number", "maybeNumber", "share", "flag", "someId")
VALUES = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(),
    st.sampled_from([2**31, -(2**31), 2**31 - 1, 0, 1]),
    st.floats(),
    st.booleans(),
    st.just(ValueError("no")),
)


@strawberry.type
class Thing:
    text: str
    maybe_text: str | None
    number: int
    maybe_number: int | None
    share: float
    flag: bool
    some_id: strawberry.ID

    @strawberry.field
    def computed(self) -> str:
        return f"{self.text}!"


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: strawberry.Info[dict[str, Any], None]) -> Thing | None:
        made = Thing(
            text="a",
            maybe_text=None,
            number=1,
            maybe_number=None,
            share=0.5,
            flag=True,
            some_id=strawberry.ID("x"),
        )
        for name, value in info.context.items():
            setattr(made, name, value)
        return made


SCHEMA = strawberry.Schema(Query)


def answers(document: str, **changed: Any) -> list[Any]:
    found = []
    for execution in (StrawberryGraphQLCoreExecutionContext, execution_of(SCHEMA._schema)):
        SCHEMA.execution_context_class = execution
        result = SCHEMA.execute_sync(document, context_value=changed)
        found.append((result.data, [each.formatted for each in result.errors or ()]))
    return found


@given(
    st.sampled_from(["text", "maybe_text", "number", "maybe_number", "share", "flag", "some_id"]),
    VALUES,
)
def test_whatever_the_value_is(name: str, value: Any) -> None:
    fields = " ".join((*NAMES, "again: text", "computed", "__typename"))
    usual, quick = answers(f"{{ thing {{ {fields} }} }}", **{name: value})
    assert repr(quick) == repr(usual)


def test_what_is_skipped_or_unknown_is_treated_as_ever() -> None:
    document = "{ thing { text @skip(if: true) number @include(if: true) ... { flag } } }"
    usual, quick = answers(document)
    assert quick == usual == ({"thing": {"number": 1, "flag": True}}, [])
