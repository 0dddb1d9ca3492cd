"""Sealed secrets open for what they were sealed for, under the key they were sealed with."""

import os
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.errors import Unsealable
from routeyard.domain.secret import SecretText
from routeyard.wire import sealing
from routeyard.wire.sealing import Binding, SealingKeys, key_id, rewrap, seal, unseal

OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
KEYS = SealingKeys(NEW)
HERE = Binding("acme", "acme/gpu", 3, "gpu.acme.example")
SECRET = SecretText("sk-live-ä-0123456789")


@given(
    st.text(),
    st.text(min_size=1),
    st.text(),
    st.integers(min_value=1),
    st.none() | st.text(min_size=1),
)
def test_what_is_sealed_is_opened(
    text: str, endpoint: str, host: str, version: int, tenant: str | None
) -> None:
    binding = Binding(tenant, endpoint, version, host)
    sealed = seal(SecretText(text), binding, KEYS, os.urandom)
    assert unseal(sealed, binding, KEYS) == SecretText(text)


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(tenant="globex"),
        HERE._replace(tenant=None),
        HERE._replace(endpoint="acme/gpu2"),
        HERE._replace(version=2),
        HERE._replace(version=4),
        HERE._replace(host="evil.example"),
        Binding("acmeacme/gpu", "", 3, "gpu.acme.example"),
        Binding("acm", "eacme/gpu", 3, "gpu.acme.example"),
        Binding("acme", "acme/gp", 3, "ugpu.acme.example"),
        Binding("acme", "acme/gpu3", 0, "gpu.acme.example"),
    ],
)
def test_what_was_moved_does_not_open(elsewhere: Binding) -> None:
    sealed = seal(SECRET, HERE, KEYS, os.urandom)
    with pytest.raises(Unsealable, match="does not open"):
        unseal(sealed, elsewhere, KEYS)


def test_every_flipped_bit_is_noticed() -> None:
    sealed = seal(SECRET, HERE, KEYS, os.urandom)
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unsealable):
            unseal(bytes(changed), HERE, KEYS)


def test_every_piece_and_every_excess_is_noticed() -> None:
    sealed = seal(SECRET, HERE, KEYS, os.urandom)
    for length in range(len(sealed)):
        with pytest.raises(Unsealable):
            unseal(sealed[:length], HERE, KEYS)
    with pytest.raises(Unsealable):
        unseal(sealed + b"\0", HERE, KEYS)


def test_the_key_of_one_and_the_text_of_another_do_not_fit() -> None:
    one, other = (seal(SecretText(t), HERE, KEYS, os.urandom) for t in ("one", "two"))
    cut = sealing._WRAPPED
    with pytest.raises(Unsealable):
        unseal(one[:cut] + other[cut:], HERE, KEYS)


def test_another_key_does_not_open() -> None:
    sealed = seal(SECRET, HERE, KEYS, os.urandom)
    with pytest.raises(Unsealable, match="with a key that is not here"):
        unseal(sealed, HERE, SealingKeys(OTHER, OLD))
    # Nor does it under the right key's name.
    forged = sealed[:1] + key_id(OTHER) + sealed[9:]
    with pytest.raises(Unsealable, match="does not open"):
        unseal(forged, HERE, SealingKeys(OTHER))


def test_after_a_change_of_keys_old_is_read_and_new_is_written() -> None:
    old = seal(SECRET, HERE, SealingKeys(OLD), os.urandom)
    changing = SealingKeys(NEW, OLD)
    assert unseal(old, HERE, changing) == SECRET
    assert unseal(seal(SECRET, HERE, changing, os.urandom), HERE, SealingKeys(NEW)) == SECRET

    moved = rewrap(old, HERE, changing, os.urandom)
    assert unseal(moved, HERE, SealingKeys(NEW)) == SECRET
    assert rewrap(moved, HERE, changing, os.urandom) == moved
    with pytest.raises(Unsealable):
        rewrap(old, HERE, SealingKeys(NEW), os.urandom)
    with pytest.raises(Unsealable):
        rewrap(old, HERE._replace(tenant="globex"), changing, os.urandom)


def test_no_nonce_and_no_data_key_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 10,000 seals with one key-encryption key."""
    used: list[tuple[bytes, bytes]] = []

    class Noting:
        def __init__(self, key: bytes) -> None:
            self._key = key

        def encrypt(self, nonce: bytes, data: bytes, said: bytes) -> bytes:
            used.append((self._key, nonce))
            return AESGCM(self._key).encrypt(nonce, data, said)

    monkeypatch.setattr(sealing._library(), "AESGCM", Noting)
    for _ in range(10_000):
        seal(SECRET, HERE, KEYS, os.urandom)
    assert len(used) == len({*used}) == 20_000
    assert len({key for key, _ in used}) == 10_001
    assert len({nonce for key, nonce in used if key == NEW}) == 10_000


def test_the_same_secret_is_never_the_same_twice_and_is_not_in_it() -> None:
    one, other = (seal(SECRET, HERE, KEYS, os.urandom) for _ in range(2))
    assert one != other
    assert bytes(one).find(SECRET.reveal().encode()) == -1


def test_keys_are_not_shown() -> None:
    shown = repr(SealingKeys(OLD, NEW)) + str(SealingKeys(OLD, NEW))
    assert shown == "SealingKeys(…)" * 2
    assert OLD.hex() not in key_id(OLD).hex()


@pytest.mark.parametrize("sealed", [b"", b"\x01", bytes(200), b"\x02" + bytes(200)])
def test_other_bytes_are_no_sealed_secret(sealed: bytes) -> None:
    with pytest.raises(Unsealable, match="not in a format"):
        unseal(sealed, HERE, KEYS)


def test_the_format_does_not_change_unnoticed() -> None:
    """What was sealed by this version has to be opened by every later one."""
    frozen = seal(SECRET, HERE, KEYS, lambda n: bytes(range(n)))
    assert b64encode(frozen).decode() == FROZEN
    assert unseal(frozen, HERE, KEYS) == SECRET


FROZEN = (
    "AZsfhIFKI+1WAAECAwQFBgcICQoLSQng+dVMikMjgUodkrNr9EMv0t8HD4LOYml1lIwMDIp+tIePaCybWCBwUHSixJe1"
    "AAECAwQFBgcICQoLNGn7d6yTpzZO5bq7gNtLWbbgsAzJVzEIlKCCaT/K3n/tIdRZjg=="
)
