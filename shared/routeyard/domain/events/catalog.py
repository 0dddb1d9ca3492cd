"""What catalogs, leaderboards and release pipelines state. Omitted fields are not stated."""

from __future__ import annotations

from datetime import date

from routeyard.domain.catalog import (
    Dialect,
    Hosting,
    Lifecycle,
    Mode,
    Price,
    ServerKind,
    Variant,
)
from routeyard.domain.value import Value


class ProviderDescribed(Value, frozen=True):
    """A provider exists."""

    provider: str
    name: str
    home: str | None = None


class EndpointRegistered(Value, frozen=True):
    """An address serves models. Omitted fields are not stated."""

    endpoint: str
    provider: str
    name: str | None = None
    url: str | None = None
    dialect: Dialect | None = None
    server: ServerKind | None = None
    hosting: Hosting | None = None
    residency: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    keyless: bool | None = None


class EndpointRemoved(Value, frozen=True):
    """The address no longer serves."""

    endpoint: str


class ModelReleased(Value, frozen=True):
    """A model is served under `native_id` at an endpoint, or else at the provider's own.

    Omitted fields are not stated. With `complete`, whatever this source stated earlier and
    leaves out now is taken back.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    complete: bool = False
    name: str | None = None
    family: str | None = None
    mode: Mode | None = None
    lifecycle: Lifecycle | None = None
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    licence: str | None = None
    parameters: int | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    regions: tuple[str, ...] | None = None
    price: Price | None = None
    capabilities: dict[str, float] | None = None


class ModelDescribed(Value, frozen=True):
    """What a source knows of a model that it neither serves nor lists as served anywhere.

    `native_id` is the name that `provider` gives the model. The facts wait until others list it.
    Omitted fields are not stated. With `complete`, whatever this source stated earlier and leaves
    out now is taken back.
    """

    provider: str
    native_id: str
    complete: bool = False
    name: str | None = None
    family: str | None = None
    mode: Mode | None = None
    released_on: date | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    licence: str | None = None
    parameters: int | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    context: int | None = None
    max_output: int | None = None
    capabilities: dict[str, float] | None = None
    evidence: str = ""


class ModelPriced(Value, frozen=True):
    """What a model costs under `native_id`, said by a source that does not list it.

    The price waits until others list it there. Without one, the earlier price is taken back.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    price: Price | None = None
    evidence: str = ""


class ModelWithdrawn(Value, frozen=True):
    """The source no longer lists the model."""

    provider: str
    native_id: str
    endpoint: str | None = None
    reason: str = ""


class ModelDeprecated(Value, frozen=True):
    """A list of deprecations names a model, listed as an offering or not.

    `replacement` is the provider's own name of what to use instead.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    replacement: str | None = None
    reason: str = ""


class ModelRelated(Value, frozen=True):
    """How a model stands to others, all by canonical name. Omitted fields are not stated.

    With `complete`, relations this source stated earlier and leaves out now are taken back.
    """

    model: str
    variant_of: str | None = None
    variant: Variant | None = None
    succeeded_by: str | None = None
    falls_back_to: str | None = None
    complete: bool = False
    evidence: str = ""


class CapabilityDefined(Value, frozen=True):
    """A tag that models may have. `is_graded`: by degree, with `description` saying of what."""

    tag: str
    name: str
    description: str
    is_graded: bool = False


class CapabilityUpdated(Value, frozen=True):
    """Levels of capabilities and quality scores per task, all in 0..1, with their evidence.

    `benchmarks` are published results on their own scales, by `board/category`. `measured_on`
    is the day of the measurement. With `complete`, what this source stated earlier about the
    model and leaves out now is taken back.
    """

    model: str
    capabilities: dict[str, float] | None = None
    quality: dict[str, float] | None = None
    benchmarks: dict[str, float] | None = None
    languages: tuple[str, ...] | None = None
    evidence: str = ""
    measured_on: date | None = None
    complete: bool = False


class PrecisionDefined(Value, frozen=True):
    """What `precision: low | standard | high` mean for a task, as quality scores in 0..1."""

    task: str
    low: float
    standard: float
    high: float
