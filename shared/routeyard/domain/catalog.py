"""What exists: providers, models, releases, endpoints, offerings, and who may state facts."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from routeyard.domain.value import Value


class Hosting(StrEnum):
    """Where an endpoint runs. `self_hosted` in a requirement stands for the last three."""

    PUBLIC_API = "public_api"
    PRIVATE_CLOUD = "private_cloud"
    ON_PREM = "on_prem"
    EDGE = "edge"


SELF_HOSTED = frozenset({Hosting.PRIVATE_CLOUD, Hosting.ON_PREM, Hosting.EDGE})


class Lifecycle(StrEnum):
    """Where a release stands in its life."""

    PREVIEW = "preview"
    GA = "ga"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Mode(StrEnum):
    """What a model does, by the request it answers."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    RERANK = "rerank"
    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    REALTIME = "realtime"
    MODERATION = "moderation"
    OTHER = "other"


class Dialect(StrEnum):
    """The request format an endpoint speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    BEDROCK = "bedrock"
    COHERE = "cohere"
    OLLAMA = "ollama"
    OTHER = "other"


class ServerKind(StrEnum):
    """What serves behind an endpoint; decides which cheap path a health probe asks."""

    OPENAI_COMPATIBLE = "openai_compatible"
    VLLM = "vllm"
    NIM = "nim"
    OLLAMA = "ollama"
    TGI = "tgi"
    TCP = "tcp"


class Variant(StrEnum):
    """How a model was made from another one."""

    QUANTIZED = "quantized"
    FINE_TUNED = "fine_tuned"
    DISTILLED = "distilled"


class PriceTier(Value, frozen=True):
    """Prices that replace the base ones for prompts longer than `above_input_tokens`."""

    above_input_tokens: int
    input: Decimal | None = None
    output: Decimal | None = None
    cached_read: Decimal | None = None
    cache_write: Decimal | None = None


class PriceWindow(Value, frozen=True):
    """Prices that replace the base ones daily from `start` until before `end`, both in UTC.

    A window whose `end` is not after its `start` goes on past midnight.
    """

    start: time
    end: time
    input: Decimal | None = None
    output: Decimal | None = None
    cached_read: Decimal | None = None
    cache_write: Decimal | None = None


class Price(Value, frozen=True):
    """US dollars per million tokens (`per_request`: per call). None is unknown, never free."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached_read: Decimal | None = None
    cache_write: Decimal | None = None
    per_request: Decimal | None = None
    tiers: tuple[PriceTier, ...] = ()
    windows: tuple[PriceWindow, ...] = ()
    currency: str = "USD"


class Provider(Value, frozen=True):
    """An organisation that makes models or serves them."""

    id: str
    name: str
    home: str | None = None


class Capability(Value, frozen=True):
    """A tag that models may have. `is_graded`: by degree, else 1 has it and 0 has it not."""

    id: str
    name: str
    description: str
    is_graded: bool = False


class Model(Value, frozen=True):
    """A model under its canonical name, `lab/name`.

    Levels of `capabilities` and scores of `quality` (per task) lie in 0..1; `benchmarks` hold
    published results on their own scales. `parameters` counts weights. `variant_of`,
    `succeeded_by` and `falls_back_to` name other models and never lead round in a circle. `owner`
    is the tenant whose private model it is.
    """

    id: str
    provider: str
    name: str | None = None
    family: str | None = None
    mode: Mode | None = None
    lifecycle: Lifecycle = Lifecycle.GA
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    licence: str | None = None
    parameters: int | None = None
    modalities_in: tuple[str, ...] = ()
    modalities_out: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    context: int | None = None
    max_output: int | None = None
    capabilities: dict[str, float] = {}
    quality: dict[str, float] = {}
    benchmarks: dict[str, float] = {}
    variant_of: str | None = None
    variant: Variant | None = None
    succeeded_by: str | None = None
    falls_back_to: str | None = None
    owner: str | None = None


class Release(Value, frozen=True):
    """A dated version of a model: `model@20250929`, or `model@undated`.

    `succeeded_by` is the release its maker names in its place.
    """

    id: str
    model: str
    released_on: date | None = None
    lifecycle: Lifecycle = Lifecycle.GA
    deprecated_on: date | None = None
    retires_on: date | None = None
    succeeded_by: str | None = None
    owner: str | None = None


class Endpoint(Value, frozen=True):
    """An address that serves. Without a `url` it is known but cannot be called.

    `residency` lists the jurisdictions in which requests may be processed; empty is unknown.
    `owner` is the tenant whose own endpoint it is; None is the platform's. Where it is dedicated
    to tenants, nobody else sees it. `credential` names its secret's version, never the secret.
    """

    id: str
    provider: str
    name: str | None = None
    url: str | None = None
    dialect: Dialect = Dialect.OPENAI
    server: ServerKind = ServerKind.OPENAI_COMPATIBLE
    hosting: Hosting = Hosting.PUBLIC_API
    residency: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    owner: str | None = None
    dedicated_to: tuple[str, ...] = ()
    keyless: bool = False
    credential: str | None = None

    @property
    def is_enabled(self) -> bool:
        """True when it can be called: an address, and a credential or none needed."""
        return self.url is not None and (self.keyless or self.credential is not None)


class Offering(Value, frozen=True):
    """A release served at an endpoint under the endpoint's own name for it, `native_id`.

    `regions` are the endpoint's own names of where it is served; empty is unknown. `owner` is the
    tenant whose endpoint it is.
    """

    id: str
    endpoint: str
    model: str
    release: str
    native_id: str
    mode: Mode | None = None
    price: Price | None = None
    lifecycle: Lifecycle = Lifecycle.GA
    deprecated_on: date | None = None
    retires_on: date | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    regions: tuple[str, ...] = ()
    modalities_in: tuple[str, ...] = ()
    modalities_out: tuple[str, ...] = ()
    capabilities: dict[str, float] = {}
    owner: str | None = None


class Naming(Value, frozen=True):
    """An operator's word on what an endpoint's own name stands for; `id` is the offering's."""

    id: str
    model: str
    release: str


class PrecisionFloor(Value, frozen=True):
    """The quality scores that `precision: low | standard | high` stand for, for one task."""

    id: str
    low: float
    standard: float
    high: float


class Source(Value, frozen=True):
    """Who may state facts: which event types, and with what weight where sources disagree.

    `entities` are patterns of what it may speak about (`endpoint:acme-*`); empty is everything.
    `public_key` (Ed25519, base64) verifies its events; a source that has one signs all of them.
    """

    id: str
    rank: int
    types: tuple[str, ...]
    entities: tuple[str, ...] = ()
    public_key: str | None = None
