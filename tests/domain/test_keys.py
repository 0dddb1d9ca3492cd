"""API keys: format, checksum, and the one answer to every wrong one."""

from datetime import timedelta

import msgspec
import pytest

from routeyard.domain import keys
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Role
from tests.builders import at

PEPPER = Pepper(b"p" * 32)
KEY = keys.mint(bytes(range(42)))
VERIFIER = KeyVerifier(
    key_id=KEY.key_id,
    digest=PEPPER.digest(KEY.secret),
    role=Role.TENANT_USER,
    tenant="acme",
    expires_at=at(60),
)


def test_a_key_is_read_back_as_it_was_written() -> None:
    assert keys.read(keys.write(KEY)) == KEY


def test_the_holder_is_who_the_verifier_says() -> None:
    principal = keys.verify(KEY, VERIFIER, PEPPER, at())

    assert principal.role is Role.TENANT_USER
    assert principal.scope.tenant == "acme"


@pytest.mark.parametrize("position", range(len(keys.write(KEY))))
def test_one_changed_character_is_noticed_before_anybody_is_asked(position: int) -> None:
    text = keys.write(KEY)
    other = "x" if text[position] != "x" else "y"

    with pytest.raises(Unauthenticated, match="not a Routeyard key"):
        keys.read(text[:position] + other + text[position + 1 :])


@pytest.mark.parametrize("text", ["", "ry", "ry__", "sk-abc", "ry_a_b_c", "ry_ä_ü" + "0" * 8])
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(Unauthenticated):
        keys.read(text)


@pytest.mark.parametrize(
    ("verifier", "pepper", "seconds"),
    [
        pytest.param(None, PEPPER, 0, id="unknown"),
        pytest.param(VERIFIER, Pepper(b"other" * 8), 0, id="another pepper"),
        pytest.param(msgspec.structs.replace(VERIFIER, revoked=True), PEPPER, 0, id="revoked"),
        pytest.param(VERIFIER, PEPPER, 60, id="expired"),
    ],
)
def test_all_wrong_keys_are_answered_alike(
    verifier: KeyVerifier | None, pepper: Pepper, seconds: float
) -> None:
    with pytest.raises(Unauthenticated, match="The key is not valid"):
        keys.verify(KEY, verifier, pepper, at() + timedelta(seconds=seconds))
