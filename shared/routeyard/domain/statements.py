"""What an event states: the claims in it, by entity."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from routeyard.domain import events as e
from routeyard.domain.catalog import Price
from routeyard.domain.claims import Claimed, EntityRef, Json, Kind, Stamp, Statement, microseconds
from routeyard.domain.identity import identify, release_date
from routeyard.domain.value import canonical_decimal

MODEL_FIELDS = frozenset(
    [
        "name",
        "family",
        "mode",
        "knowledge_cutoff",
        "open_weights",
        "licence",
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
        "retires_on",
        "modalities_in",
        "modalities_out",
        "context",
        "max_output",
        "quantization",
        "price",
        "capabilities",
    ]
)
_MAPS = ("capabilities", "quality")


def statements_of(event: e.Event) -> list[Statement]:
    """The statements in an event; empty for events that are not about the graph (health)."""
    return _Statements(event).all()


class _Statements:
    def __init__(self, event: e.Event) -> None:
        self._event = event
        self._stamp = Stamp(microseconds(event.observed_at), event.sequence, event.id)

    def all(self) -> list[Statement]:  # noqa: C901, PLR0911 - one line for each type of event
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
            case e.CapabilityUpdated() as data:
                fields = _given(data, {"capabilities", "quality", "languages"})
                return [self._one(Kind.MODEL, data.model, fields, announces=None)]
            case e.PrecisionDefined() as data:
                return [
                    self._one(Kind.PRECISION, data.task, _given(data, {"low", "standard", "high"}))
                ]
            case e.SourceRegistered() as data:
                return [self._one(Kind.SOURCE, data.name, _given(data, {"rank", "types"}))]
            case e.TenantRegistered() as data:
                fields = _given(data, {"name", "tenant_class", "residency"})
                return [self._one(Kind.TENANT, data.tenant, fields)]
            case e.TenantOverridden() | e.TenantOverrideRemoved() as data:
                return [self._override(data)]
            case e.EndpointObserved() | e.HealthDeclared():
                return []

    def _listing(self, data: e.ModelReleased | e.ModelWithdrawn) -> list[Statement]:
        """A row of a catalog speaks of a model, a release and an offering."""
        identity = identify(data.provider, data.native_id)
        endpoint = data.endpoint or data.provider
        offering = f"{endpoint}/{data.native_id}"
        lab = identity.model.partition("/")[0]
        about_model: dict[str, Json] = {}
        about_offering: dict[str, Json] = {}
        if isinstance(data, e.ModelReleased):
            about_model = _given(data, MODEL_FIELDS)
            about_offering = _given(data, OFFERING_FIELDS)
        # The date of an undated row is that of the model; of a dated one, of the release.
        dated = release_date(identity.release)
        about_model |= _date("released_on", getattr(data, "released_on", None), dated is None)
        common: dict[str, Any] = {
            "announces": isinstance(data, e.ModelReleased),
            "native": offering,
            "is_complete": isinstance(data, e.ModelReleased) and data.complete,
            "is_first_party": lab == data.provider,
        }
        return [
            self._one(Kind.MODEL, identity.model, about_model | {"provider": lab}, **common),
            self._one(
                Kind.RELEASE,
                identity.release,
                {"model": identity.model} | _date("released_on", dated, dated is not None),
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

    def _override(self, data: e.TenantOverridden | e.TenantOverrideRemoved) -> Statement:
        fields: dict[str, Json] = {}
        if isinstance(data, e.TenantOverridden):
            fields = _given(data, set(data.__struct_fields__) - {"name"})
        return self._one(
            Kind.OVERRIDE,
            f"{data.tenant}/{data.name}",
            fields,
            announces=isinstance(data, e.TenantOverridden),
            is_complete=True,
            needs=EntityRef(Kind.TENANT, data.tenant),
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
            fields={name: Claimed(value, self._stamp) for name, value in _flat(fields).items()},
            announced=None if announces is None else Claimed(announces, self._stamp),
            floor=self._stamp if is_complete else Stamp(-1, -1, ""),
            needs=needs,
            is_first_party=is_first_party,
        )


def _given(data: e.Payload, names: set[str] | frozenset[str]) -> dict[str, Json]:
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
    return msgspec.to_builtins(value)


def _canonical(price: Price) -> Price:
    amounts = {
        name: canonical_decimal(amount)
        for name in ("input", "output", "cached_read", "cache_write", "per_request")
        if (amount := getattr(price, name)) is not None
    }
    tiers = tuple(
        msgspec.structs.replace(
            tier,
            **{
                name: canonical_decimal(amount)
                for name in ("input", "output", "cached_read", "cache_write")
                if (amount := getattr(tier, name)) is not None
            },
        )
        for tier in sorted(price.tiers, key=lambda tier: tier.above_input_tokens)
    )
    return Price(**amounts, tiers=tiers)


def _flat(fields: dict[str, Json]) -> dict[str, Json]:
    """Maps become one field per member, so that sources can disagree on one level only."""
    flat: dict[str, Json] = {}
    for name, value in fields.items():
        if name in _MAPS:
            flat |= {f"{name}.{member}": level for member, level in value.items()}
        else:
            flat[name] = value
    return flat
