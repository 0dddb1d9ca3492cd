"""What schemathesis is told of this API: its scalars, and what an answer has to be like.

Loaded by schemathesis itself, in its own environment; nothing of the project is imported here.
"""

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

STRANGE = ("traceback", "psycopg", "sqlalchemy", "strawberry", "insert into", "site-packages")

schemathesis.graphql.scalar("Long", st.integers(-(2**64), 2**64).map(nodes.Int))
schemathesis.graphql.scalar("Money", st.decimals(allow_nan=False).map(str).map(nodes.String))
schemathesis.graphql.scalar("JSON", st.text().map(nodes.String))


@schemathesis.check  # type: ignore[untyped-decorator]
def typed(_: Any, response: Any, __: Any) -> None:
    """No 5xx; every error has a code that says what it is; nothing tells of what is inside."""
    text = response.text.lower()
    assert response.status_code < 500, f"the answer is {response.status_code}"
    assert not [word for word in STRANGE if word in text], "the answer tells of what is inside"
    for error in json.loads(text).get("errors", ()):
        code = error.get("extensions", {}).get("code")
        assert code not in {None, "internal"}, f"an error is of the code {code}"
