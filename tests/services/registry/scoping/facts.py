"""What is said of the platform and of two tenants, commit by commit."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events as e
from routeyard.domain.catalog import Hosting, Mode, Price, PriceTier, PriceWindow, Variant
from routeyard.domain.events import Payload
from routeyard.domain.tenancy import LimitKind, Target, TargetKind
from tests.builders import endpoint, released, source
from tests.services.registry.scoping.customers import (
    ADDRESS,
    BOTH,
    HANDED_OVER,
    OTHER,
    OWN,
    PLATFORM,
    Customer,
)
from tests.services.registry.scoping.policies import platforms, policies
from tests.services.registry.scoping.rules import rules


class Step(NamedTuple):
    """What is said in one commit, by whom."""

    said: Sequence[Payload]
    actor: str = PLATFORM
    reason: str = f"{PLATFORM} says so"
    source: str = "operator"


def steps(now: datetime, more: int) -> Iterator[Step]:
    """All commits. `more`: how much more the other tenant has of everything."""
    yield Step([*_platform(), *platforms()])
    for who in (OWN, OTHER):
        extra = more if who is OTHER else 0
        yield _step(who, [*_account(who), *_projects(who, extra)])
        yield _step(who, [*_endpoints(who), *_more_endpoints(who, extra)])
        yield _step(who, [*rules(who, now), *policies(who)])
        yield _step(who, list(_listed(who, now.date(), extra)), "dev")
        yield _step(who, [_doubted(who)], "scores")
        yield _step(who, list(_changes(who)))
    yield from _between(OTHER, OWN)


def _step(who: Customer, said: Sequence[Payload], source: str = "operator") -> Step:
    return Step(said, who.key, f"{who.word} wants it", source)


def _platform() -> Iterator[Payload]:
    """What everybody sees."""
    price = Price(input=Decimal("0.5"), output=Decimal(2))
    yield source("dev")
    yield source("scores", 60)
    yield e.TenantClassDefined(tenant_class="STANDARD", name="Standard")
    for tag in ("tool_use", OWN.tag, OTHER.tag):
        yield e.CapabilityDefined(tag=tag, name=tag, description=tag)
    yield e.PrecisionDefined(task="general", low=0.3, standard=0.5, high=0.7)
    yield e.ProviderDescribed(provider="openai", name="OpenAI", home="US")
    yield endpoint("openai", url="https://api.openai.example/v1", keyless=True)
    yield released(
        "openai",
        "gpt-4o",
        context=128_000,
        price=price,
        mode=Mode.CHAT,
        open_weights=False,
        modalities_in=("text", "image"),
    )
    yield released("openai", "gpt-4o-2024-08-06", mode=Mode.CHAT)
    yield released("openai", "gpt-4o-mini", context=64_000, mode=Mode.CHAT)


def _account(who: Customer) -> Iterator[Payload]:
    yield e.TierDefined(
        tier=who.tier,
        name=f"{who.word} sold",
        allow=(Target(kind=TargetKind.MODEL, id=who.model),),
        limits={LimitKind.SPEND_PER_DAY: Decimal(who.number)},
    )
    yield e.TenantClassDefined(
        tenant_class=who.tenant_class, name=f"{who.word} kind", tier=who.tier, residency=("EU",)
    )
    yield e.TenantRegistered(
        tenant=who.word,
        name=f"{who.word} Inc",
        tenant_class=who.tenant_class,
        residency=("EU", "CH"),
        tier=who.tier,
        allowed_networks=(who.network,),
    )


def _projects(who: Customer, extra: int) -> Iterator[Payload]:
    names = [who.project, f"{who.word}-gone", *(f"{who.word}-more{n}" for n in range(extra))]
    for name in names:
        yield e.ProjectRegistered(
            tenant=who.word, project=name, name=f"{name} project", residency=("EU",)
        )


def _endpoints(who: Customer) -> Iterator[Payload]:
    for name in (who.endpoint, who.former):
        yield _connected(who, name, owner=who.word)
    yield _connected(who, who.dedicated, dedicated_to=(who.word,))
    yield e.EndpointServed(endpoint=who.endpoint, owner=who.word, serves=(_private(who),))
    yield from _set_up(who, who.rack)


def _set_up(who: Customer, name: str) -> Iterator[Payload]:
    """An endpoint as `registerEndpoint` says it, with a secret, and what was found there."""
    yield e.EndpointConnected(
        endpoint=name,
        provider=f"@{who.word}",
        url=f"https://{ADDRESS}/{who.word}/v1",
        owner=who.word,
        hosting=Hosting.ON_PREM,
        residency=("CH",),
        keyless=False,
        credential="1",
    )
    yield e.EndpointServed(endpoint=name, owner=who.word, serves=set_up_serves(who))


def set_up_serves(who: Customer) -> tuple[e.Served, ...]:
    """A model of its own, and one that everybody knows."""
    known = e.Served(
        native_id="gpt-4o", model="openai/gpt-4o", release="openai/gpt-4o@undated", context=8_192
    )
    ours = e.Served(
        native_id=f"{who.word}-ours",
        model=who.ours,
        release=who.ours_release,
        is_private=True,
        context=who.number,
        capabilities={who.tag: 0.5},
        variant_of="openai/gpt-4o",
    )
    return (known, ours)


def _more_endpoints(who: Customer, extra: int) -> Iterator[Payload]:
    for number in range(extra):
        name = f"{who.word}-more{number}"
        yield _connected(who, name, owner=who.word)
        served = e.Served(
            native_id=f"{name}-v1",
            model=f"{who.word}/more{number}",
            release=f"{who.word}/more{number}@undated",
            is_private=True,
            capabilities={who.tag: 0.5, "tool_use": 1.0},
        )
        yield e.EndpointServed(endpoint=name, owner=who.word, serves=(served,))
        yield from _set_up(who, f"{who.rack}{number}")


def _connected(
    who: Customer, name: str, owner: str | None = None, dedicated_to: tuple[str, ...] = ()
) -> Payload:
    return e.EndpointConnected(
        endpoint=name,
        provider=who.word,
        url=f"https://{name}.example/v1",
        owner=owner,
        dedicated_to=dedicated_to,
        name=f"{name} of {who.word}",
        hosting=Hosting.ON_PREM,
        residency=("CH",),
        zones=(f"{who.word}-zone",),
        keyless=True,
    )


def _private(who: Customer) -> e.Served:
    return e.Served(
        native_id=f"{who.word}-v1",
        model=who.model,
        release=who.release,
        is_private=True,
        name=f"{who.word} private",
        mode=Mode.CHAT,
        context=who.number,
        max_output=who.number,
        quantization=f"{who.word}-fp8",
        modalities_in=("text",),
        modalities_out=("text",),
        languages=("en",),
        price=Price(input=Decimal(who.number), output=Decimal(2)),
        capabilities={who.tag: 0.5, "tool_use": 1.0},
        variant_of="openai/gpt-4o",
    )


def _listed(who: Customer, today: date, extra: int) -> Iterator[Payload]:
    """What a catalog says of the dedicated endpoint, and how the models there stand."""
    for native in (who.native, *(f"{who.word}-listed{n}" for n in range(extra))):
        yield released(
            who.word,
            native,
            endpoint=who.dedicated,
            name=f"{native} model",
            family=f"{who.word}-family",
            mode=Mode.CHAT,
            released_on=today - timedelta(days=300),
            deprecated_on=today + timedelta(days=60),
            retires_on=today + timedelta(days=120),
            knowledge_cutoff="2025-01",
            open_weights=True,
            licence=f"{who.word}-licence",
            parameters=who.number * 10,
            modalities_in=("text", "image"),
            modalities_out=("text",),
            languages=("en",),
            context=who.number,
            max_output=who.number,
            quantization=f"{who.word}-int4",
            regions=(f"{who.word}-region",),
            price=_whole_price(who),
            capabilities={who.tag: 0.9, "tool_use": 1.0},
        )
    # A model that everybody knows is served there too; only who sees it there is told so.
    yield released("openai", "gpt-4o", endpoint=who.dedicated, context=128_000)
    yield e.ModelRelated(
        model=who.hosted,
        variant_of="openai/gpt-4o",
        variant=Variant.FINE_TUNED,
        succeeded_by=who.model,
        falls_back_to=who.model,
        evidence=f"{who.word} told us",
    )
    yield e.CapabilityUpdated(model=who.model, quality={"general": 0.7})
    yield e.CapabilityUpdated(
        model=who.hosted,
        quality={"general": 0.6},
        benchmarks={"board/all": float(who.number)},
        evidence=f"https://{who.word}.example/report",
        measured_on=today - timedelta(days=9),
    )


def _whole_price(who: Customer) -> Price:
    most = Decimal(who.number)
    return Price(
        input=most,
        output=Decimal(2),
        cached_read=Decimal("0.1"),
        cache_write=Decimal("0.2"),
        per_request=Decimal("0.01"),
        tiers=(PriceTier(above_input_tokens=1_000, **_parts(most)),),
        windows=(PriceWindow(start=time(0), end=time(6), **_parts(most)),),
    )


def _parts(most: Decimal) -> dict[str, Decimal]:
    return {
        "input": most,
        "output": Decimal(1),
        "cached_read": Decimal("0.1"),
        "cache_write": Decimal("0.2"),
    }


def _doubted(who: Customer) -> Payload:
    """Another source disagrees."""
    return released(
        who.word,
        who.native,
        endpoint=who.dedicated,
        context=who.number // 2,
        name=f"{who.word} doubted",
        capabilities={who.tag: 0.2},
    )


def _changes(who: Customer) -> Iterator[Payload]:
    """What was there, and is no more; and what is another one now."""
    yield e.ProjectRemoved(tenant=who.word, project=f"{who.word}-gone")
    yield e.EndpointDisconnected(
        endpoint=who.former, reason=f"{who.word} moved", actor=who.key, owner=who.word
    )
    yield e.TenantOverrideRemoved(
        tenant=who.word, name=f"{who.word}-some", reason=f"{who.word} is done", actor=who.key
    )
    yield e.TenantRegistered(
        tenant=who.word,
        name=f"{who.word} Ltd",
        tenant_class=who.tenant_class,
        residency=("EU", "CH"),
        tier=who.tier,
        allowed_networks=(who.network,),
    )


def _between(first: Customer, then: Customer) -> Iterator[Step]:
    """An endpoint that was the one's and is the other's now, and one that is for both."""
    yield _step(
        first,
        [
            _connected(first, HANDED_OVER, dedicated_to=(first.word,)),
            _connected(first, f"{first.word}-spare", owner=first.word),
        ],
    )
    shared = e.EndpointConnected(
        endpoint=BOTH,
        provider="openai",
        url="https://both.example/v1",
        dedicated_to=(first.word, then.word),
        keyless=True,
    )
    yield _step(then, [_connected(then, HANDED_OVER, dedicated_to=(then.word,)), shared])
    yield Step([structs.replace(shared, name="For two")])
