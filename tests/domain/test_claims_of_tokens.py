"""From claims to a caller: whatever they are, there is a caller or the one refusal."""

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal, Role
from routeyard.domain.tokens import ACTOR_PREFIX, REFUSAL, principal_of
from tests.builders import NOON
from tests.services.runtime.tokens import CLAIMS, NOW, TRUST

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["acme", "tenant_admin", "platform_admin", NOW, 10**400, -1, "a" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*CLAIMS, "nbf", "routeyard_project", "admin", "scope"])
CHANGES = st.dictionaries(NAMES, JSON | st.just(...), max_size=4)


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """Good claims with changes; `...` takes one away."""
    claims = {**CLAIMS, **changes}
    return {name: value for name, value in claims.items() if value is not ...}


def caller(claims: dict[str, Any]) -> Principal | None:
    """Who that is; None for the one refusal."""
    with contextlib.suppress(Unauthenticated):
        return principal_of(claims, TRUST, NOON)
    with pytest.raises(Unauthenticated, match=REFUSAL):
        principal_of(claims, TRUST, NOON)
    return None


@given(CHANGES)
@example({})
@example({"exp": 10**400})
@example({"iat": -(10**400)})
@example({"aud": [[], {}]})
@example({"routeyard_role": []})
def test_claims_make_a_caller_or_are_refused(changes: dict[str, Any]) -> None:
    claims = changed(changes)
    principal = caller(claims)
    if principal is None:
        return
    assert principal.role in (Role.TENANT_ADMIN, Role.TENANT_USER)
    assert principal.role == claims["routeyard_role"]
    assert principal.scope.tenant == claims["routeyard_tenant"] != ""
    assert principal.scope.project == claims.get("routeyard_project")
    assert principal.scope.key == ACTOR_PREFIX + claims["sub"]
    assert claims["iss"] == TRUST.issuer
    assert TRUST.audience in claims["aud"]
    assert claims["iat"] - 30 <= NOW < claims["exp"] + 30


@given(st.dictionaries(st.text(), JSON))
def test_claims_out_of_nowhere_are_refused(claims: dict[str, Any]) -> None:
    assert caller(claims) is None
