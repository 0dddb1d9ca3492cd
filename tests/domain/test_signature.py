"""Signatures: what is signed is taken, and nothing else is, whatever is changed."""

import base64
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.catalog import Source
from routeyard.domain.errors import (
    BadSignature,
    InvalidEvent,
    InvalidSettings,
    NotAllowed,
    RouteyardError,
)
from routeyard.domain.events import PAYLOADS, Event, Payload
from routeyard.kafka.letters import put_aside
from routeyard.wire import envelope, signature
from routeyard.wire.record import Headers, Incoming, Outgoing, Position
from routeyard.wire.signature import Signer, check, make_keys
from routeyard.wire.topics import Topics
from tests.builders import at, event, released
from tests.domain.test_authority import OVERRIDE

TOPICS = Topics()
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "sources.md"
KNOWN = "hlbhDGIBbQXqy8gWKGvh3ndzdSy0QX3atwbSRRKXznllt0B1vyaQiBRmcH2SWICXwl9kWRJISiFWEtiyYOb2AQ"


class Pair(NamedTuple):
    """A signer, and its public key as a source is registered with it."""

    signer: Signer
    public: str


def pair(seed: int) -> Pair:
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Pair(Signer(key), base64.b64encode(key.public_key().public_bytes_raw()).decode())


OURS, NEXT, THEIRS = pair(1), pair(2), pair(3)


def arrived(sent: Outgoing) -> Incoming:
    return Incoming(Position(sent.topic, 0, 7), sent.key, sent.value, sent.headers)


def signed(data: Payload | None = None, by: Pair = OURS) -> Incoming:
    said = Event(
        id="1",
        source="dev",
        observed_at=at(),
        data=data or released(context=128_000),
        sequence=3,
        actor="alice",
    )
    return arrived(by.signer.sign(envelope.write(said, TOPICS)))


SIGNED = signed()


def sources(keys: str | None) -> dict[str, Source]:
    return {"dev": Source(id="dev", rank=50, types=tuple(PAYLOADS), public_key=keys)}


def with_headers(record: Incoming, **changed: bytes | None) -> Incoming:
    merged: dict[str, bytes | None] = dict(record.headers)
    merged |= changed
    kept = tuple((name, value) for name, value in merged.items() if value is not None)
    return record._replace(headers=kept)


def test_what_its_source_signed_is_taken() -> None:
    assert envelope.admit(SIGNED, at(), sources(OURS.public)).id == "1"


def test_it_is_read_from_any_order_of_headers_and_beside_strangers() -> None:
    headers = (("traceparent", b"00-1"), *reversed(SIGNED.headers), ("traceparent", b"00-2"))
    check(SIGNED._replace(headers=headers), OURS.public)


@pytest.mark.parametrize("keys", [(OURS, NEXT), (NEXT, OURS)])
def test_while_a_key_changes_both_are_good(keys: tuple[Pair, Pair]) -> None:
    registered = " ".join(key.public for key in keys)
    for by in keys:
        check(signed(by=by), registered)
    with pytest.raises(BadSignature):
        check(signed(by=THEIRS), registered)


def test_a_source_may_begin_to_sign_before_its_key_is_registered() -> None:
    envelope.admit(SIGNED, at(), sources(None))


CHANGED: dict[str, Incoming] = {
    "another key": signed(by=THEIRS),
    "another id": with_headers(SIGNED, ce_id=b"2"),
    "another source": with_headers(SIGNED, ce_source=b"dev2"),
    "another type": with_headers(SIGNED, ce_type=b"routeyard.model.withdrawn.v1"),
    "another time": with_headers(SIGNED, ce_time=b"2026-06-01T12:00:01Z"),
    "the same time in other words": with_headers(SIGNED, ce_time=b"2026-06-01T12:00:00+00:00"),
    "another sequence": with_headers(SIGNED, ce_sequence=b"4"),
    "no sequence": with_headers(SIGNED, ce_sequence=None),
    "another actor": with_headers(SIGNED, ce_actor=b"bob"),
    "no actor": with_headers(SIGNED, ce_actor=None),
    "an empty actor for none": with_headers(
        arrived(OURS.signer.sign(envelope.write(event(released()), TOPICS))), ce_actor=b""
    ),
    "another partition key": with_headers(SIGNED, ce_partitionkey=b"x"),
    "another record key": SIGNED._replace(key=b"x"),
    "no record key": SIGNED._replace(key=None),
    "another body": SIGNED._replace(value=(SIGNED.value or b"").replace(b"128000", b"228000")),
    "a space in the body": SIGNED._replace(value=(SIGNED.value or b"") + b" "),
    "another platform's topic": SIGNED._replace(
        position=SIGNED.position._replace(topic="staging.model-release.v1")
    ),
    "another content type": with_headers(SIGNED, **{"content-type": b"text/json"}),
    "an id that is there twice": SIGNED._replace(headers=(*SIGNED.headers, ("ce_id", b"1"))),
    "a signature that is there twice": SIGNED._replace(
        headers=(*SIGNED.headers, SIGNED.headers[-1])
    ),
    "half a signature": with_headers(SIGNED, ce_sig=SIGNED.headers[-1][1][:43]),
    "a signature with padding": with_headers(SIGNED, ce_sig=SIGNED.headers[-1][1] + b"=="),
    "an empty signature": with_headers(SIGNED, ce_sig=b""),
    "no base64": with_headers(SIGNED, ce_sig=b"\xff" * 86),
    "a signature of zeros": with_headers(SIGNED, ce_sig=b"A" * 86),
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED.keys())
def test_what_was_changed_is_dead_with_one_sentence(changed: Incoming) -> None:
    with pytest.raises(BadSignature) as caught:
        check(changed, OURS.public)

    assert caught.value.message.endswith(".")
    assert put_aside(changed, caught.value, "c", TOPICS).topic == "routeyard.dead-letter.v1"


def test_what_is_not_signed_is_parked() -> None:
    unsigned = with_headers(SIGNED, ce_sig=None)
    with pytest.raises(NotAllowed, match="has a registered key and the event has no sig") as caught:
        envelope.admit(unsigned, at(), sources(OURS.public))

    assert put_aside(unsigned, caught.value, "c", TOPICS).topic == "routeyard.parked.v1"


@pytest.mark.parametrize("keys", ["", "key", f"{OURS.public} key"])
def test_an_unusable_registered_key_lets_nothing_in(keys: str) -> None:
    with pytest.raises(NotAllowed, match="registered key is unusable"):
        envelope.admit(SIGNED, at(), sources(keys))


def test_a_grant_is_taken_from_a_source_with_a_key_or_where_nobody_cares() -> None:
    unsigned = arrived(envelope.write(event(OVERRIDE), TOPICS))
    with pytest.raises(NotAllowed, match="has to be signed"):
        envelope.admit(unsigned, at(), sources(None))
    envelope.admit(unsigned, at(), sources(None), allows_unsigned_grants=True)
    with pytest.raises(NotAllowed, match="no signature"):
        envelope.admit(unsigned, at(), sources(OURS.public), allows_unsigned_grants=True)
    envelope.admit(signed(OVERRIDE), at(), sources(OURS.public))


def flipped(record: Incoming, bit: int) -> Incoming:
    """The record with one bit of its topic, key, header values or body turned over."""
    topic = record.position.topic.encode()
    parts = [topic, record.key or b"", *(value for _, value in record.headers), record.value or b""]
    for number, part in enumerate(parts):
        if bit < len(part) * 8:
            turned = bytearray(part)
            turned[bit // 8] ^= 1 << bit % 8
            parts[number] = bytes(turned)
            break
        bit -= len(part) * 8
    names = [name for name, _ in record.headers]
    headers: Headers = tuple(zip(names, parts[2:-1], strict=True))
    place = record.position._replace(topic=parts[0].decode("latin-1"))
    return Incoming(place, parts[1], parts[-1], headers)


BITS = 8 * (
    len(SIGNED.position.topic)
    + len(SIGNED.key or b"")
    + sum(len(value) for _, value in SIGNED.headers)
    + len(SIGNED.value or b"")
)


def test_whichever_bit_is_turned_over_it_is_refused() -> None:
    for bit in range(BITS):
        with pytest.raises((BadSignature, NotAllowed)):
            check(flipped(SIGNED, bit), OURS.public)


@given(
    provider=st.text(min_size=1, max_size=20),
    native_id=st.text(min_size=1, max_size=20),
    name=st.none() | st.text(max_size=20),
    bit=st.integers(0, 100_000),
)
def test_any_event_is_taken_whole_and_refused_with_a_bit_turned_over(
    provider: str, native_id: str, name: str | None, bit: int
) -> None:
    record = signed(released(provider, native_id, name=name))
    check(record, OURS.public)
    size = 8 * (
        len(record.position.topic)
        + len(record.key or b"")
        + sum(len(value) for _, value in record.headers)
        + len(record.value or b"")
    )
    with pytest.raises(BadSignature):
        check(flipped(record, bit % size), OURS.public)


TEXT = st.none() | st.binary(max_size=6)
ATTRIBUTES = st.dictionaries(st.sampled_from(signature.COVERED), st.binary(max_size=6))
RECORDS = st.tuples(st.sampled_from(["t", "t1", ""]), TEXT, TEXT, ATTRIBUTES)


@given(one=RECORDS, other=RECORDS)
def test_no_two_records_have_the_same_signed_bytes(
    one: tuple[str, bytes | None, bytes | None, dict[str, bytes]],
    other: tuple[str, bytes | None, bytes | None, dict[str, bytes]],
) -> None:
    made = [
        signature.signed_bytes(topic, key, value, tuple(attributes.items()))
        for topic, key, value, attributes in (one, other)
    ]
    assert (made[0] == made[1]) == (one == other)


def test_the_signed_bytes_are_the_documented_ones() -> None:
    """Written out by hand once; publishers in other languages build on it."""
    headers: Headers = (("ce_id", b"42"), ("ce_source", b"acme"), ("ce_sig", b"not covered"))
    absent = b"\xff\xff\xff\xff"
    assert signature.signed_bytes("t", b"k", b"{}", headers) == (
        b"routeyard event signature v1\x00"
        b"\x00\x00\x00\x01t"
        b"\x00\x00\x00\x01k" + absent + b"\x00\x00\x00\x0242"
        b"\x00\x00\x00\x04acme" + 6 * absent + b"\x00\x00\x00\x02{}"
    )


def test_a_known_event_has_a_known_signature() -> None:
    """Ed25519 is deterministic: another value means that old signatures are good no more."""
    assert dict(SIGNED.headers)["ce_sig"].decode() == KNOWN


def test_the_guide_signs_as_this_code_does() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    (told,) = re.findall(r"`([A-Za-z0-9_-]{86})`", text)
    guide: dict[str, Any] = {}
    exec(code, guide)  # noqa: S102 - the guide is ours
    key = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    headers = {"ce_id": b"42", "ce_source": b"acme"}
    assert guide["signature"](pem, "t", b"k", headers, b"{}").decode() == told
    record = Incoming(
        Position("t", 0, 0), b"k", b"{}", (*headers.items(), ("ce_sig", told.encode()))
    )
    check(record, OURS.public)


def test_keys_that_are_made_fit_together_and_are_not_shown() -> None:
    made = make_keys()
    signer = Signer.of_pem(made.private.encode())
    check(arrived(signer.sign(envelope.write(event(released()), TOPICS))), made.public)
    secret = made.private.splitlines()[1]
    assert secret not in repr(made) + str(made) + repr(signer) + json.dumps(made.public)
    assert make_keys() != made


@pytest.mark.parametrize("pem", [b"", b"junk", OURS.public.encode()])
def test_what_is_no_private_key_is_told(pem: bytes) -> None:
    with pytest.raises(InvalidSettings, match="no Ed25519 private key in PEM"):
        Signer.of_pem(pem)


def test_a_bad_signature_is_an_invalid_event_with_a_code_of_its_own() -> None:
    fault: RouteyardError = BadSignature("x")
    assert isinstance(fault, InvalidEvent)
    assert fault.code == "bad_signature"
