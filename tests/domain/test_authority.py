"""Who may say what: by type, by entity, and what has to be signed."""

import re
from base64 import b64encode
from fnmatch import translate
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.contract import FOLDER
from routeyard.domain import events as e
from routeyard.domain.authority import GRANTS, OPERATORS_ONLY, authorize, public_keys, require_key
from routeyard.domain.catalog import Source
from routeyard.domain.claims import OPERATOR
from routeyard.domain.errors import InvalidRequest, NotAllowed
from routeyard.domain.events import PAYLOADS, Payload
from routeyard.domain.health import HealthState
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.statements import statements_of
from routeyard.domain.subjects import pattern_fault, subjects, uncovered
from routeyard.domain.tenancy import TargetKind
from tests.builders import endpoint, event, released

SAMPLES = sorted((FOLDER / "samples").glob("*.json"))
OVERRIDE = e.TenantOverridden(
    tenant="acme",
    name="no-openai",
    kind=OverrideKind.DENY,
    target_kind=TargetKind.PROVIDER,
    target="openai",
    reason="contract",
    actor="billing",
)
KEY = b64encode(bytes(range(32))).decode()


def sample(path: Path) -> Payload:
    body: Any = msgspec.json.decode(path.read_bytes())["body"]
    return msgspec.convert(body, PAYLOADS[path.stem])


def trusted(*entities: str, types: tuple[str, ...] = tuple(PAYLOADS)) -> dict[str, Source]:
    return {"dev": Source(id="dev", rank=50, types=types, entities=entities)}


def outside(data: Payload, *patterns: str) -> str | None:
    found = uncovered(data, patterns)
    return None if found is None else f"{found.kind}:{found.id}"


def test_an_unknown_source_may_say_nothing() -> None:
    with pytest.raises(NotAllowed, match="'dev' is not registered; register it"):
        authorize(event(released()), {})


def test_nobody_on_kafka_is_the_operator() -> None:
    sources = {OPERATOR: Source(id=OPERATOR, rank=1, types=tuple(PAYLOADS))}
    with pytest.raises(NotAllowed, match="not registered"):
        authorize(event(released(), source=OPERATOR), sources)


def test_a_source_says_what_it_is_registered_for() -> None:
    sources = trusted(types=("routeyard.endpoint.registered.v1",))
    authorize(event(endpoint()), sources)
    with pytest.raises(NotAllowed, match=r"may not publish routeyard\.model\.released\.v1"):
        authorize(event(released()), sources)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_operators_say_some_things_alone_whatever_a_source_is_registered_for(path: Path) -> None:
    data = sample(path)
    if type(data) not in OPERATORS_ONLY:
        return authorize(event(data), trusted())
    with pytest.raises(NotAllowed, match="said by operators only"):
        authorize(event(data), trusted())
    return None


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_stated_is_spoken_of(path: Path) -> None:
    data = sample(path)
    stated = {statement.ref for statement in statements_of(event(data))}
    assert stated <= {subject.ref for subject in subjects(data)}


@given(
    provider=st.sampled_from(["acme", "openai", "amazon-bedrock"]),
    native_id=st.sampled_from(["gpt-4o", "meta/llama-4:free", "us.anthropic.claude-3-v1:0", "A b"])
    | st.text(min_size=1, max_size=20),
    place=st.sampled_from([None, "acme-eu"]),
)
def test_what_a_listing_states_is_spoken_of(
    provider: str, native_id: str, place: str | None
) -> None:
    said: list[Payload] = [
        released(provider, native_id, endpoint=place),
        e.ModelWithdrawn(provider=provider, native_id=native_id, endpoint=place),
        e.ModelDeprecated(provider=provider, native_id=native_id, endpoint=place, replacement="x"),
    ]
    for data in said:
        stated = {statement.ref for statement in statements_of(event(data))}
        assert stated <= {subject.ref for subject in subjects(data)}


ACME = ("provider:acme", "endpoint:acme*", "model:*")


@pytest.mark.parametrize(
    ("data", "patterns", "expected"),
    [
        (released("acme", "llama", endpoint="acme-eu"), ACME, None),
        (released("acme", "llama"), ACME, None),
        (released("acme", "llama", endpoint="openai"), ACME, "offering:openai/llama"),
        # It would pass for the maker's own word.
        (released("openai", "gpt-4o", endpoint="acme-eu"), ACME, "provider:openai"),
        (released("acme", "gpt-4o"), ("provider:acme", "endpoint:acme"), "model:openai/gpt-4o"),
        (released("acme", "gpt-4o"), ("provider:*", "endpoint:*", "model:openai/*"), None),
        (released("acme", "a"), ("provider:acme", "offering:acme/*", "model:*"), None),
        (released("acme", "a"), ("*",), None),
        (released("acme", "a"), (), None),
        (e.ModelPriced(provider="x", native_id="a", endpoint="acme-eu"), ("endpoint:acme*",), None),
        (e.ModelPriced(provider="x", native_id="a"), ACME, "offering:x/a"),
        (e.ModelDescribed(provider="openai", native_id="gpt-4o"), ("model:*",), None),
        (e.ModelDescribed(provider="openai", native_id="gpt-4o"), ("model:openai/*",), None),
        (
            e.ModelDescribed(provider="openai", native_id="gpt-4o"),
            ("provider:openai", "model:acme/*"),
            "model:openai/gpt-4o",
        ),
        (endpoint("acme-eu", provider="acme"), ACME, None),
        # A rule for openai's endpoints would hold for it.
        (endpoint("acme-eu", provider="openai"), ACME, "provider:openai"),
        (endpoint("openai", provider="acme"), ACME, "endpoint:openai"),
        (e.EndpointRemoved(endpoint="openai"), ACME, "endpoint:openai"),
        (e.HealthDeclared(endpoint="acme-1", state=HealthState.UNHEALTHY), ACME, None),
        (e.HealthDeclared(endpoint="x", state=HealthState.UNHEALTHY), ACME, "endpoint:x"),
        (e.EndpointObserved(endpoint="x", is_up=False), ACME, "endpoint:x"),
        (e.CapabilityUpdated(model="meta/llama"), ("model:meta/*",), None),
        (e.CapabilityUpdated(model="meta/llama"), ("model:mistral/*",), "model:meta/llama"),
        (OVERRIDE, ("tenant:acme",), None),
        (OVERRIDE, ("override:acme/no-*",), None),
        (OVERRIDE, ("tenant:beta", "tenant:acm"), "override:acme/no-openai"),
        (OVERRIDE, ("TENANT:acme", "tenant:ACME"), "override:acme/no-openai"),
    ],
)
def test_patterns_cover_what_is_spoken_of(
    data: Payload, patterns: tuple[str, ...], expected: str | None
) -> None:
    assert outside(data, *patterns) == expected


def test_what_is_outside_is_named() -> None:
    with pytest.raises(NotAllowed, match="'dev' may not speak of endpoint:openai; allow it, then"):
        authorize(event(endpoint("openai", provider="acme")), trusted(*ACME))


@given(
    pattern=st.text("ab*/", min_size=1, max_size=8), name=st.text("ab/", min_size=1, max_size=12)
)
@example(pattern="a*a", name="a")
@example(pattern="a*b*a", name="aba")
@example(pattern="**", name="a")
def test_stars_mean_what_they_mean_in_a_shell(pattern: str, name: str) -> None:
    expected = re.match(translate(pattern), name) is not None
    data = e.EndpointRemoved(endpoint=name)
    assert (outside(data, f"endpoint:{pattern}") is None) == expected


@pytest.mark.parametrize("pattern", ["*", "endpoint:acme-*", "model:*", "offering:a/b:free"])
def test_patterns_have_a_kind_and_a_name(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", ["", "acme", "endpoint", "endpoint:", "host:acme", "model:a\n"])
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    fault = pattern_fault(pattern)
    assert fault is not None
    assert "(kinds: capability, endpoint, model," in fault


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_decides_what_tenants_may_use_comes_with_a_key(path: Path) -> None:
    data = sample(path)
    source = Source(id="dev", rank=1, types=(path.stem,))
    require_key(event(data), msgspec.structs.replace(source, public_key=KEY))
    if type(data) not in GRANTS:
        return require_key(event(data), source)
    with pytest.raises(NotAllowed, match="has to be signed and the source 'dev' has no key"):
        require_key(event(data), source)
    return None


def test_keys_are_told_apart_by_spaces() -> None:
    other = b64encode(bytes(32 - n for n in range(32))).decode()
    assert public_keys(f" {KEY}  {other} ") == (bytes(range(32)), bytes(32 - n for n in range(32)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "key",
        KEY[:-1],
        KEY + "=",
        KEY.replace("=", "!"),
        KEY[:-2] + "9=",  # the same bytes, written with spare bits set
        f"{KEY} {KEY}",
        b64encode(bytes(31)).decode(),
        b64encode(bytes(33)).decode(),
        "MCowBQYDK2VwAyEAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",  # a whole SPKI
        " ".join(b64encode(bytes([9, n]) * 16).decode() for n in range(3)),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        public_keys(text)


PRIME = 2**255 - 19
TWIST = -121665 * pow(121666, -1, PRIME) % PRIME


def is_of_low_order(height: int) -> bool:
    """Whether eight times a point of this height is the neutral one, or there is no such point.

    Doubling, in the height alone, from x² = (y² - 1) / (d·y² + 1): y₂ = (y² + x²) / (1 - d·x²·y²).
    """
    for _ in range(3):
        y2 = height * height % PRIME
        x2 = (y2 - 1) * pow(TWIST * y2 + 1, -1, PRIME) % PRIME
        height = (y2 + x2) * pow(1 - TWIST * x2 * y2, -1, PRIME) % PRIME
    return height == 1


@pytest.mark.parametrize(
    "height",
    [
        0,
        1,
        PRIME - 1,
        PRIME,
        PRIME + 1,
        int.from_bytes(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "little",
        ),
        int.from_bytes(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "little",
        ),
    ],
)
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_keys_that_anybody_can_sign_for_are_refused(height: int, sign: int) -> None:
    assert is_of_low_order(height)
    with pytest.raises(InvalidRequest, match="Anybody can sign"):
        public_keys(b64encode((height | sign).to_bytes(32, "little")).decode())
