"""A tenant's own endpoint on real processes: for its owner alone, and its secret for it alone."""

from typing import Any

import pytest

from tests.e2e.canary import Place, forms_of, found
from tests.e2e.running import RunningStack
from tests.experiments.own_endpoint import KNOWN, tell

pytestmark = pytest.mark.timeout(420)

HOLDS_THE_ADDRESS = {
    "snapshot, unpacked",
    "table entity",
    "table inbox",
    "table outbox",
    "table statement",
    "topic routeyard.graph.log.v1",
    "topic routeyard.probe-ask.v1",
}
SEALED_ON = {"topic routeyard.credential.v1", "topic routeyard.probe-ask.v1"}


@pytest.fixture(scope="module")
def story(running: RunningStack) -> dict[str, Any]:
    return tell(running)


def test_trying_out_tells_whether_the_secret_is_taken_and_what_is_served(
    story: dict[str, Any],
) -> None:
    wrong, right, slow = story["tried out"].values()

    assert (wrong["reached"], wrong["status"], wrong["models"]) == (True, 401, [])
    assert wrong["reason"] == "the credential is refused"
    assert (right["status"], right["reason"]) == (200, "")
    assert len(right["models"]) == 2
    assert (slow["reached"], slow["reason"]) == (False, "timed out")


def test_what_it_serves_is_found_out_and_matched_without_a_restart(story: dict[str, Any]) -> None:
    shown = story["registered"]["shown"]
    tenant = shown["owner"]

    assert (shown["isEnabled"], shown["hasSecret"], shown["secretVersion"]) == (True, True, 1)
    models = {each["nativeId"]: each["modelId"] for each in shown["offerings"]["nodes"]}
    assert models == {
        "contracts-ft": f"@{tenant}/contracts-ft",
        "meta-llama/Llama-3.1-8B-Instruct": KNOWN,
    }
    assert story["restarts"] == 0


def test_routers_use_it_for_its_owner_and_nobody_else_knows_of_it(story: dict[str, Any]) -> None:
    assert story["seen by others"] == {
        "endpoint": None,
        "chosen for its own model": ["invalid_request"],
        "chosen for a known model": {"acme": True, "beta": False},
        "considered more": 2,
    }


def test_after_a_rotation_the_old_secret_is_sent_no_more(story: dict[str, Any]) -> None:
    rotated = story["rotated"]

    assert rotated["with the old one"]["reason"] == "the credential is refused"
    assert rotated["health"] == [{"state": "UNHEALTHY", "reason": "the credential is refused"}]
    assert rotated["with the new one"]["reason"] == ""
    assert rotated["version"] == 2
    assert rotated["shown since"] == [1]


def test_a_secret_is_shown_to_the_address_it_was_given_for_and_to_no_other(
    story: dict[str, Any],
) -> None:
    moved = story["moved"]

    assert moved["without the secret"]["field"] == "updateEndpoint.secret"
    assert moved["shown before it was given"] == []
    assert (moved["with it"], moved["back"]) == ("", "")
    assert moved["shown there"] == [2]
    assert moved["shown here"] == [1]


def test_it_is_taken_down_by_its_owner_and_by_nobody_else(story: dict[str, Any]) -> None:
    taken = story["taken down"]

    assert taken["by another"] == {"data": {"deregisterEndpoint": None}}
    assert taken["secrets left"] == 0


def test_a_tenant_that_leaves_takes_its_endpoints_keys_and_secrets_along(
    story: dict[str, Any],
) -> None:
    left = story["offboarded"]

    assert (left["secrets left"], left["shown"]) == (0, None)
    assert story["hunted at the end"]["versions told"][-1] is None


@pytest.mark.parametrize(
    ("when", "kept_in"),
    [("hunted in use", {*SEALED_ON, "table endpoint_secret"}), ("hunted at the end", SEALED_ON)],
)
def test_no_secret_lies_anywhere_but_sealed_and_there_only_where_it_must(
    story: dict[str, Any], when: str, kept_in: set[str]
) -> None:
    hunted = story[when]

    assert set(hunted["searched"]) >= HOLDS_THE_ADDRESS
    assert hunted["found in"] == []
    assert set(hunted["sealed in"]) == kept_in


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
def test_a_secret_is_found_in_each_form_that_it_may_be_written_in(before: bytes) -> None:
    from base64 import b64encode  # noqa: PLC0415 - beside its one use

    secret = "canary-5d21c-9f"
    plain = before + secret.encode() + b"tail"
    for written in (plain, plain.hex().encode(), b64encode(plain)):
        assert found([secret], [Place("here", b"x " + written + b" y"), Place("not", b"")]) == [
            "here"
        ]
    assert len(forms_of(secret.encode())) == 5
