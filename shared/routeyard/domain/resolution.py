"""A request for a model, everything that decides about it, and the answer with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from routeyard.domain.catalog import Dialect, Hosting, Mode, Price
from routeyard.domain.health import EndpointHealth
from routeyard.domain.tenancy import Scope
from routeyard.domain.value import StrictValue, Value

RESOLVER_VERSION = 2
GENERAL = "general"


class Step(StrEnum):
    """What a sub-call of an agentic task is for."""

    TRIAGE = "triage"
    PLANNING = "planning"
    RETRIEVAL_SUMMARISATION = "retrieval_summarisation"
    EXTRACTION = "extraction"
    CODE_GENERATION = "code_generation"
    TOOL_CALL = "tool_call"
    MULTI_HOP_REASONING = "multi_hop_reasoning"
    SYNTHESIS = "synthesis"
    JUDGING = "judging"


class Precision(StrEnum):
    """A floor on the quality score for the step's task; the graph holds the figures."""

    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"


class Objective(StrEnum):
    """What counts among those that satisfy everything."""

    BALANCED = "balanced"
    COST = "cost"
    QUALITY = "quality"
    LATENCY = "latency"


class Weights(StrictValue, frozen=True):
    """How much cost, quality and latency count; only their proportions matter."""

    cost: float = 0.0
    quality: float = 0.0
    latency: float = 0.0


class Sort(StrEnum):
    """One thing alone that counts, as OpenRouter's `provider.sort`."""

    PRICE = "price"
    LATENCY = "latency"


class HostingWanted(StrEnum):
    """A kind of hosting, or `self_hosted` for private cloud, on-prem and edge alike."""

    PUBLIC_API = "public_api"
    PRIVATE_CLOUD = "private_cloud"
    ON_PREM = "on_prem"
    EDGE = "edge"
    SELF_HOSTED = "self_hosted"


class CapabilityFloor(StrictValue, frozen=True):
    """A capability at a level of at least `min_level`."""

    name: str
    min_level: float = 0.5


class PriceCeiling(StrictValue, frozen=True):
    """The most that may be asked, in US dollars per million tokens."""

    input: Decimal | None = None
    output: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        _require_amounts(self.input, self.output)


class Require(StrictValue, frozen=True):
    """Hard constraints. What is not known to be satisfied is not satisfied."""

    mode: Mode = Mode.CHAT
    capabilities: tuple[str | CapabilityFloor, ...] = ()
    languages: tuple[str, ...] = ()
    min_context: int | None = None
    min_output: int | None = None
    precision: Precision | None = None
    modalities_in: tuple[str, ...] = ()
    modalities_out: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    hosting: tuple[HostingWanted, ...] = ()
    quantizations: tuple[str, ...] = ()
    max_price_per_mtok: PriceCeiling | None = None
    max_latency_ms: int | None = None
    callable: bool = False


class TokenPrices(StrictValue, frozen=True):
    """OpenRouter's names of a price ceiling, in US dollars per million tokens."""

    prompt: Decimal | None = None
    completion: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        _require_amounts(self.prompt, self.completion)


def _require_amounts(*amounts: Decimal | None) -> None:
    for each in amounts:
        if each is not None and not each.is_finite():
            raise ValueError(f"a price must be a number of dollars, not {each}")


class ProviderPreferences(StrictValue, frozen=True):
    """Which providers, in OpenRouter's words. They narrow and rank; they widen nothing.

    `order`: these first, in this order. Without `allow_fallbacks` nobody else is tried: with an
    order nobody outside it, without one nobody after the first. `require_parameters` is always so.
    """

    order: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow_fallbacks: bool = True
    require_parameters: bool = True
    quantizations: tuple[str, ...] = ()
    sort: Sort | None = None
    max_price: TokenPrices | None = None


class Estimate(StrictValue, frozen=True):
    """How large the call will be, for its cost."""

    input_tokens: int = 1_000
    output_tokens: int = 500


class Requirement(StrictValue, frozen=True):
    """What a caller asks for. `tenant` may be named by service principals only.

    `models`: these alone, the first ones first. `sticky_key`: roll-outs and weights are decided
    by it, so that one user stays with one variant.
    """

    step: Step | None = None
    require: Require = Require()
    estimate: Estimate = Estimate()
    models: tuple[str, ...] = ()
    provider: ProviderPreferences | None = None
    objective: Objective | None = None
    sticky_key: str | None = None
    explain: bool = False
    tenant: str | None = None


class Load(NamedTuple):
    """How busy an endpoint is, as a router sees it: recent latency (peaks count), and calls now."""

    latency_ms: float
    in_flight: int = 0


class Inputs(Value, frozen=True):
    """All that a resolution depends on beside the snapshot. Recording it makes replay exact.

    By endpoint: `health`; `load`, for choosing among endpoints that are as good as each other; and
    `warm`, how many tokens of the prompt are in its cache. `draw`: a number in 0..1, from which
    that choice is made. `is_exhausted`: the quota has nothing left.
    """

    now: datetime
    scope: Scope
    requirement: Requirement
    zone: str
    health: Mapping[str, EndpointHealth] = {}
    load: Mapping[str, Load] = {}
    warm: Mapping[str, int] = {}
    draw: float = 0.0
    is_exhausted: bool = False
    resolver_version: int = RESOLVER_VERSION


class Reason(StrEnum):
    """Why a candidate was left out."""

    MODEL_NOT_REQUESTED = "model_not_requested"
    MODE_DIFFERS = "mode_differs"
    RETIRED = "retired"
    CAPABILITY_MISSING = "capability_missing"
    CAPABILITY_UNKNOWN = "capability_unknown"
    LANGUAGE_UNKNOWN = "language_unknown"
    CONTEXT_TOO_SMALL = "context_too_small"
    CONTEXT_UNKNOWN = "context_unknown"
    OUTPUT_TOO_SMALL = "output_too_small"
    OUTPUT_UNKNOWN = "output_unknown"
    PRECISION_TOO_LOW = "precision_too_low"
    PRECISION_UNKNOWN = "precision_unknown"
    MODALITY_MISSING = "modality_missing"
    RESIDENCY_OUTSIDE = "residency_outside"
    RESIDENCY_UNKNOWN = "residency_unknown"
    HOSTING_DIFFERS = "hosting_differs"
    ZONE_UNREACHABLE = "zone_unreachable"
    QUANTIZATION_DIFFERS = "quantization_differs"
    QUANTIZATION_UNKNOWN = "quantization_unknown"
    PRICE_TOO_HIGH = "price_too_high"
    PRICE_UNKNOWN = "price_unknown"
    LATENCY_TOO_HIGH = "latency_too_high"
    LATENCY_UNKNOWN = "latency_unknown"
    NOT_CALLABLE = "not_callable"
    UNHEALTHY = "unhealthy"
    DENIED = "denied"
    NOT_ALLOWED = "not_allowed"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    PROVIDER_NOT_WANTED = "provider_not_wanted"
    QUOTA_EXHAUSTED = "quota_exhausted"
    DENIED_BY_POLICY = "denied_by_policy"


class Because(StrEnum):
    """Why a candidate stands where it does in the chain."""

    BEST = "best"
    LIGHTER_LOAD = "lighter_load"
    WEIGHTED = "weighted"
    POLICY_FALLBACK = "policy_fallback"
    FALLS_BACK_TO = "falls_back_to"
    NEXT_BEST = "next_best"


class Outcome(StrEnum):
    """What became of a policy's rule."""

    APPLIES = "applies"
    NOT_MET = "not_met"
    NOT_EVALUATED = "not_evaluated"
    FAILED_CLOSED = "failed_closed"


class ScoreParts(Value, frozen=True):
    """What a score is the sum of; cost, quality and latency lie in 0..1 before their weights."""

    cost: float
    quality: float
    latency: float
    preference: float
    total: float


class Candidate(Value, frozen=True):
    """An offering that satisfies everything, and what it would cost.

    Of fallbacks the cost and the score are told when an explanation is asked for.
    """

    offering: str
    model: str
    release: str
    endpoint: str
    native_id: str
    provider: str
    hosting: Hosting
    dialect: Dialect
    residency: tuple[str, ...] = ()
    url: str | None = None
    price: Price | None = None
    because: Because = Because.BEST
    cost_estimate: Decimal | None = None
    score: ScoreParts | None = None


class Rejection(Value, frozen=True):
    """A candidate that was left out, with every reason."""

    offering: str
    model: str
    endpoint: str
    reasons: tuple[str, ...]


class RuleTold(Value, frozen=True):
    """What a policy's rule did: `did` says it in a few words, of one that applies."""

    policy: str
    rule: str
    outcome: Outcome
    did: str = ""


class OverrideTold(Value, frozen=True):
    """What became of something that is said for the caller's scope; `because` of which other."""

    origin: str
    level: str
    kind: str
    outcome: str
    because: str = ""


class Resolution(Value, frozen=True):
    """The answer. Without an eligible candidate `chosen` is None and the reasons say why.

    `considered`: candidates this caller may know of. `policies`: the versions that hold for the
    caller. `not_evaluated`: how many of their rules could not be evaluated. `first_attempt_ms`: how
    long the first attempt may take. `rejected_for`: how many failed each constraint (one candidate
    may fail several); it is told when asked for, or when nobody is eligible. `rejections`, `rules`
    and `overrides` are told when asked for.
    """

    epoch: str
    revision: int
    chosen: Candidate | None
    fallbacks: tuple[Candidate, ...]
    considered: int
    eligible: int
    policies: tuple[str, ...] = ()
    not_evaluated: int = 0
    first_attempt_ms: int | None = None
    rejected_for: dict[str, int] = {}
    rejections: tuple[Rejection, ...] = ()
    rules: tuple[RuleTold, ...] = ()
    overrides: tuple[OverrideTold, ...] = ()
