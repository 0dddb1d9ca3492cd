"""Records of the credential topic, written and read."""

import msgspec
import pytest

from routeyard.domain.keys import KeyVerifier
from routeyard.domain.tenancy import Role
from routeyard.wire import credential
from routeyard.wire.credential import EndpointCredential, EndpointTold, KeyTold, Scheme
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import TOPICS, Carries, Topics

ALL = Topics("x")
VERIFIER = KeyVerifier(key_id="k", digest="d", role=Role.TENANT_USER, tenant="acme")
SEALED = EndpointCredential(
    endpoint="acme/gpu",
    version=2,
    scheme=Scheme.HEADER,
    header="api-key",
    host="gpu.acme.example",
    owner="acme",
    sealed=bytes(range(256)),
)


def stored(record: Outgoing) -> Incoming:
    return Incoming(Position(record.topic, 0, 0), record.key, record.value, record.headers)


def told(key: bytes | None, value: bytes | None) -> KeyTold | EndpointTold | None:
    return credential.read(Incoming(Position("t", 0, 0), key, value))


def test_what_is_written_is_read() -> None:
    assert credential.read(stored(credential.write_key(VERIFIER, ALL))) == KeyTold("k", VERIFIER)
    record = stored(credential.write_endpoint(SEALED, ALL))
    assert record.key == b"endpoint/acme/gpu"
    assert record.position.topic == "x.credential.v1"
    assert credential.read(record) == EndpointTold("acme/gpu", SEALED)


def test_what_is_gone_is_told_as_gone() -> None:
    record = stored(credential.write_endpoint_removal("acme/gpu", ALL))
    assert record.value is None
    assert credential.read(record) == EndpointTold("acme/gpu", None)
    assert told(b"key/k", None) == KeyTold("k", None)


def test_a_revoked_key_stays_a_record_that_refuses_and_a_shredded_one_is_gone() -> None:
    revoked = msgspec.structs.replace(VERIFIER, revoked=True)
    assert credential.read(stored(credential.write_key(revoked, ALL))) == KeyTold("k", revoked)
    shredded = msgspec.structs.replace(revoked, digest="")
    assert credential.write_key(shredded, ALL).value is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"key_id": "k"}', b"\xff"])
def test_what_cannot_be_read_names_what_is_to_be_forgotten(body: bytes) -> None:
    for key, name in ((b"key/k", "k"), (b"endpoint/e/x", "e/x")):
        found = told(key, body)
        assert found is not None
        assert found[:2] == (name, None)
        assert found.fault


def test_a_body_under_anothers_name_counts_for_nobody() -> None:
    for key, value in (
        (b"key/other", msgspec.json.encode(VERIFIER)),
        (b"endpoint/other", msgspec.json.encode(SEALED)),
    ):
        found = told(key, value)
        assert found is not None
        assert found[:2] == ("other", None)
        assert "another" in (found.fault or "")


@pytest.mark.parametrize("key", [None, b"", b"k", b"token/k", b"\xff"])
def test_records_of_a_newer_version_tell_nothing(key: bytes | None) -> None:
    assert told(key, b"{}") is None


def test_fields_of_a_newer_version_are_no_fault() -> None:
    newer = msgspec.json.encode({**msgspec.to_builtins(VERIFIER), "more": 1})
    assert told(b"key/k", newer) == KeyTold("k", VERIFIER)


def test_the_topic_is_compacted_and_one_party_writes_it() -> None:
    spec = TOPICS[Carries.CREDENTIAL]
    assert (spec.cleanup, spec.writers) == ("compact", ("registry",))
