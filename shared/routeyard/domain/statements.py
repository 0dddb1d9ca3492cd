"""What an event states: the claims in it, by entity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from routeyard.domain import events as e
from routeyard.domain.catalog import Naming, Price, PriceTier, PriceWindow
from routeyard.domain.claims import (
    OPERATOR,
    Claimed,
    EntityRef,
    Json,
    Kind,
    Stamp,
    Statement,
    as_json,
    microseconds,
)
from routeyard.domain.declared import Part, declared
from routeyard.domain.identity import Identity, identify, release_date
from routeyard.domain.value import canonical_decimal

MODEL_FIELDS = frozenset(
    [
        "name",
        "family",
        "mode",
        "knowledge_cutoff",
        "open_weights",
        "licence",
        "parameters",
        "modalities_in",
        "modalities_out",
        "languages",
        "context",
        "max_output",
        "capabilities",
    ]
)
OFFERING_FIELDS = frozenset(
    [
        "mode",
        "lifecycle",
        "deprecated_on",
        "retires_on",
        "regions",
        "modalities_in",
        "modalities_out",
        "context",
        "max_output",
        "quantization",
        "price",
        "capabilities",
    ]
)
MEASURED = frozenset({"capabilities", "quality", "benchmarks", "languages"})
ENDS = frozenset({"lifecycle", "deprecated_on", "retires_on"})
RELATIONS = frozenset({"variant_of", "variant", "succeeded_by", "falls_back_to"})
Named = e.ModelReleased | e.ModelWithdrawn | e.ModelDescribed | e.ModelDeprecated
P = TypeVar("P", Price, PriceTier, PriceWindow)
_MAPS = ("capabilities", "quality", "benchmarks")


Namings = Mapping[str, Naming]


def statements_of(event: e.Event, namings: Namings = MappingProxyType({})) -> list[Statement]:
    """The statements in an event; empty for events that are not about the graph (health).

    `namings` holds, by offering, what operators say that names stand for.
    """
    return _Statements(event, namings).all()


def namings_in(statements: Iterable[Statement]) -> dict[str, Naming]:
    """What names stand for, by offering, from what operators say of them."""
    return {
        each.entity: Naming(
            id=each.entity,
            model=each.fields["model"].value,
            release=each.fields["release"].value,
        )
        for each in statements
        if each.kind is Kind.NAMING and each.source == OPERATOR
    }


def natives_of(offering: str) -> tuple[str, ...]:
    """The natives of statements that events make which speak by an offering's own name."""
    return (offering, f"{offering} deprecation", f"{offering} description")


def offering_of(data: e.Payload) -> str | None:
    """The offering whose own name an event speaks by; None when it speaks by canonical names."""
    if isinstance(data, e.ModelReleased | e.ModelWithdrawn | e.ModelDeprecated):
        return f"{data.endpoint or data.provider}/{data.native_id}"
    return f"{data.provider}/{data.native_id}" if isinstance(data, e.ModelDescribed) else None


class _Statements:
    def __init__(self, event: e.Event, namings: Namings) -> None:
        self._event = event
        self._namings = namings
        self._stamp = Stamp(microseconds(event.observed_at), event.sequence, event.id)

    def all(self) -> list[Statement]:  # noqa: C901, PLR0911, PLR0912 - one line for each type of event
        match self._event.data:
            case e.ProviderDescribed() as data:
                return [self._one(Kind.PROVIDER, data.provider, _given(data, {"name", "home"}))]
            case e.EndpointRegistered() as data:
                fields = _given(data, set(data.__struct_fields__) - {"endpoint"})
                return [self._one(Kind.ENDPOINT, data.endpoint, fields)]
            case e.EndpointRemoved() as data:
                return [self._one(Kind.ENDPOINT, data.endpoint, {}, announces=False)]
            case e.ModelReleased() | e.ModelWithdrawn() as data:
                return self._listing(data)
            case e.ModelDescribed() as data:
                return [self._description(data)]
            case e.ModelPriced() as data:
                return [self._price(data)]
            case e.NameAssigned() as data:
                fields = _given(data, {"model", "release"})
                return [self._one(Kind.NAMING, data.offering, fields)]
            case e.ModelDeprecated() as data:
                return self._deprecation(data)
            case e.ModelRelated() as data:
                return [self._facts(data, RELATIONS, f"{data.model} relations")]
            case e.CapabilityDefined() as data:
                fields = _given(data, {"name", "description", "is_graded"})
                return [self._one(Kind.CAPABILITY, data.tag, fields)]
            case e.CapabilityUpdated() as data:
                return [self._facts(data, MEASURED, f"{data.model} measurements")]
            case e.PrecisionDefined() as data:
                return [
                    self._one(Kind.PRECISION, data.task, _given(data, {"low", "standard", "high"}))
                ]
            case e.SourceRegistered() as data:
                fields = _given(data, set(data.__struct_fields__) - {"name"})
                return [self._one(Kind.SOURCE, data.name, fields, is_complete=True)]
            case e.FactCorrected() | e.CorrectionRetracted() as data:
                return [self._correction(data)]
            case e.EndpointObserved() | e.HealthDeclared():
                return []
            case _ as data:
                return [self._part(part) for part in declared(data)]

    def _identity(self, data: Named) -> Identity:
        told = identify(data.provider, data.native_id)
        naming = self._namings.get(offering_of(data) or "")
        if naming is None:
            return told
        return msgspec.structs.replace(told, model=naming.model, release=naming.release)

    def _listing(self, data: e.ModelReleased | e.ModelWithdrawn) -> list[Statement]:
        """A row of a catalog speaks of a model, a release and an offering."""
        identity = self._identity(data)
        endpoint = data.endpoint or data.provider
        offering = f"{endpoint}/{data.native_id}"
        lab = identity.model.partition("/")[0]
        about_model: dict[str, Json] = {}
        about_offering: dict[str, Json] = {}
        if isinstance(data, e.ModelReleased):
            about_model = _given(data, MODEL_FIELDS)
            about_offering = _given(data, OFFERING_FIELDS)
            if identity.quantization is not None:
                about_offering.setdefault("quantization", identity.quantization)
        # The date of an undated row is that of the model; of a dated one, of the release.
        dated = release_date(identity.release)
        about_model |= _date("released_on", getattr(data, "released_on", None), dated is None)
        is_first_party = lab == data.provider
        # Only where the maker serves it does the end of an offering end what is offered.
        ends = {name: about_offering[name] for name in ENDS & about_offering.keys()}
        about_release = ends if is_first_party else {}
        about_model |= ends if is_first_party and dated is None else {}
        common: dict[str, Any] = {
            "announces": isinstance(data, e.ModelReleased),
            "native": offering,
            "is_complete": isinstance(data, e.ModelReleased) and data.complete,
            "is_first_party": is_first_party,
        }
        return [
            self._one(Kind.MODEL, identity.model, about_model | {"provider": lab}, **common),
            self._one(
                Kind.RELEASE,
                identity.release,
                about_release
                | {"model": identity.model}
                | _date("released_on", dated, dated is not None),
                **common,
            ),
            self._one(
                Kind.OFFERING,
                offering,
                about_offering
                | {
                    "endpoint": endpoint,
                    "model": identity.model,
                    "release": identity.release,
                    "native_id": data.native_id,
                },
                needs=EntityRef(Kind.ENDPOINT, endpoint),
                **common,
            ),
        ]

    def _description(self, data: e.ModelDescribed) -> Statement:
        """It speaks of the model alone, also where `native_id` is the name of a dated release."""
        identity = self._identity(data)
        is_undated = release_date(identity.release) is None
        return self._one(
            Kind.MODEL,
            identity.model,
            _given(data, MODEL_FIELDS) | _date("released_on", data.released_on, is_undated),
            announces=None,
            native=f"{data.provider}/{data.native_id} description",
            is_complete=data.complete,
        )

    def _price(self, data: e.ModelPriced) -> Statement:
        offering = f"{data.endpoint or data.provider}/{data.native_id}"
        return self._one(
            Kind.OFFERING,
            offering,
            _given(data, {"price"}),
            announces=None,
            native=f"{offering} price",
            is_complete=True,
        )

    def _deprecation(self, data: e.ModelDeprecated) -> list[Statement]:
        """It speaks of the offering and the release, and names what comes after the model."""
        identity = self._identity(data)
        offering = f"{data.endpoint or data.provider}/{data.native_id}"
        facts = _given(data, {"deprecated_on", "retires_on"}) | {"lifecycle": "deprecated"}
        next_ = identify(data.provider, data.replacement) if data.replacement else None
        is_first_party = identity.model.partition("/")[0] == data.provider
        is_undated = release_date(identity.release) is None
        about_release = dict(facts) if is_first_party else {}
        about_model = dict(facts) if is_first_party and is_undated else {}
        if next_ and next_.release != identity.release:
            about_release["succeeded_by"] = next_.release
        if next_ and next_.model != identity.model:
            about_model["succeeded_by"] = next_.model
        common: dict[str, Any] = {
            "announces": None,
            "native": f"{offering} deprecation",
            "is_complete": True,
            "is_first_party": is_first_party,
        }
        return [
            self._one(Kind.MODEL, identity.model, about_model, **common),
            self._one(Kind.RELEASE, identity.release, about_release, **common),
            self._one(Kind.OFFERING, offering, facts, **common),
        ]

    def _correction(self, data: e.FactCorrected | e.CorrectionRetracted) -> Statement:
        return self._one(
            Kind(data.kind),
            data.entity,
            data.fields if isinstance(data, e.FactCorrected) else {},
            announces=None,
            native=f"{data.entity} correction",
            is_complete=True,
        )

    def _facts(
        self, data: e.ModelRelated | e.CapabilityUpdated, names: AbstractSet[str], native: str
    ) -> Statement:
        """What is said of a model by its canonical name, by those who do not list it."""
        return self._one(
            Kind.MODEL,
            data.model,
            _given(data, names),
            announces=None,
            native=native,
            is_complete=data.complete,
        )

    def _part(self, part: Part) -> Statement:
        return self._one(
            part.kind,
            part.entity,
            {name: _plain(value) for name, value in part.fields.items()},
            announces=part.announces,
            native=part.native,
            is_complete=True,
            needs=part.needs,
        )

    def _one(  # noqa: PLR0913 - a statement has that many parts
        self,
        kind: Kind,
        entity: str,
        fields: dict[str, Json],
        *,
        announces: bool | None = True,
        native: str = "",
        is_complete: bool = False,
        is_first_party: bool = False,
        needs: EntityRef | None = None,
    ) -> Statement:
        return Statement(
            kind=kind,
            entity=entity,
            source=self._event.source,
            native=native or entity,
            fields={name: self._claimed(value) for name, value in _flat(fields).items()},
            announced=None if announces is None else Claimed(announces, self._stamp),
            floor=self._stamp if is_complete else Stamp(-1, -1, ""),
            needs=needs,
            is_first_party=is_first_party,
        )

    def _claimed(self, value: Json) -> Claimed:
        data = self._event.data
        measured_on = getattr(data, "measured_on", None)
        return Claimed(
            value,
            self._stamp,
            getattr(data, "evidence", ""),
            None if measured_on is None else measured_on.isoformat(),
        )


def _given(data: e.Payload, names: AbstractSet[str]) -> dict[str, Json]:
    """The stated fields, as plain JSON values; None is silence."""
    return {
        name: _plain(value)
        for name in data.__struct_fields__
        if name in names and (value := getattr(data, name)) is not None
    }


def _date(name: str, value: Json, is_stated: bool) -> dict[str, Json]:  # noqa: FBT001
    return {name: _plain(value)} if value is not None and is_stated else {}


def _plain(value: Json) -> Json:
    if isinstance(value, Price):
        value = _canonical(value)
    if isinstance(value, datetime):
        value = value.astimezone(UTC)  # equal times have equal bytes
    return as_json(msgspec.to_builtins(value))


_AMOUNTS = ("input", "output", "cached_read", "cache_write", "per_request")


def _canonical(price: Price) -> Price:
    return msgspec.structs.replace(
        _with_plain_amounts(price),
        tiers=tuple(
            _with_plain_amounts(tier)
            for tier in sorted(price.tiers, key=lambda tier: tier.above_input_tokens)
        ),
        windows=tuple(
            _with_plain_amounts(window)
            for window in sorted(price.windows, key=lambda window: window.start)
        ),
    )


def _with_plain_amounts(priced: P) -> P:
    return msgspec.structs.replace(
        priced,
        **{
            name: canonical_decimal(amount)
            for name in _AMOUNTS
            if (amount := getattr(priced, name, None)) is not None
        },
    )


def _flat(fields: dict[str, Json]) -> dict[str, Json]:
    """Maps become one field per member, so that sources can disagree on one level only."""
    flat: dict[str, Json] = {}
    for name, value in fields.items():
        if name in _MAPS:
            flat |= {f"{name}.{member}": level for member, level in value.items()}
        else:
            flat[name] = value
    return flat
