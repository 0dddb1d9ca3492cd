"""Models, endpoints and what they ask for."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from msgspec import structs

from routeyard.domain.catalog import (
    Endpoint,
    Hosting,
    Lifecycle,
    Mode,
    Model,
    Offering,
    Price,
    PriceTier,
    PriceWindow,
    Release,
)
from routeyard.domain.claims import Kind
from routeyard.domain.graph import Entity
from tests.domain.worlds.draw import OWN_TAG, PLACES, PRIVATE, PROVIDERS, TAGS, Draw

# As a float it is 2.
JUST_OVER_2 = Decimal("2.00000000000000001")


class Catalog(Draw):
    """The catalog of a world; `described` and `offered` are what it made last."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.described: dict[str, Model] = {}
        self.offered: dict[str, Offering] = {}

    def levels(self) -> dict[str, float]:
        return {tag: self.pick([0.0, 0.6, 1.0]) for tag in self.some(TAGS, 0.7)}

    def model(self, id_: str, owner: str | None = None) -> Model:
        pick = self.pick
        made = Model(
            id=id_,
            provider=id_.partition("/")[0],
            mode=pick([None, *[Mode.CHAT] * 9, Mode.EMBEDDING]),
            context=pick([None, 1_000, 200_000]),
            max_output=pick([None, 50, 500]),
            modalities_in=self.some(["text", "image"]),
            modalities_out=self.some(["text", "audio"]),
            languages=self.some(["de", "en"]),
            capabilities=self.levels(),
            quality={task: pick([0.1, 0.6, 0.9]) for task in self.some(["general", "planning"])},
            falls_back_to=pick([None, *self.models]),
            owner=owner,
            **self.end(),
        )
        self.described[id_] = made
        return made

    def release(self, id_: str) -> Release:
        """Now and then one that is retired, or will be."""
        return Release(id=id_, model=id_.partition("@")[0], **self.end())

    def end(self) -> dict[str, Any]:
        dates = ({"retires_on": date(2026, 6, day)} for day in (1, 2))
        rare = self.rarely(*dates, share=0.03)
        gone = self.rarely({"lifecycle": Lifecycle.RETIRED}, share=0.01)
        return {**dict(rare), **dict(gone)}

    def endpoint(self, id_: str) -> Endpoint:
        pick = self.pick
        owner = pick([*[None] * 12, "acme", "globex"])
        return Endpoint(
            id=id_,
            provider=pick(PROVIDERS),
            url=pick([None, "https://x.example", "https://x.example"]),
            keyless=pick([True, False]),
            credential=pick([None, "v1"]),
            hosting=pick(list(Hosting)),
            residency=pick([(), ("DE",), ("DE",), ("FR",), ("US",), ("EU",), self.some(PLACES)]),
            zones=pick([*[()] * 16, ("here",), ("there",), ("*",)]),
            owner=owner,
            dedicated_to=() if owner else pick([*[()] * 12, ("acme",), ("acme", "globex")]),
        )

    def offering(self, endpoint: str, model: str) -> Offering:
        pick = self.pick
        made = Offering(
            id=f"{endpoint}/{model}",
            endpoint=endpoint,
            model=model,
            release=f"{model}@{pick([*['undated'] * 5, '20260101'])}",
            native_id=model,
            mode=self.rarely(Mode.CHAT, Mode.RERANK, otherwise=None, share=0.05),
            price=self.price(model),
            lifecycle=pick([*[Lifecycle.GA] * 40, Lifecycle.RETIRED]),
            retires_on=pick([*[None] * 60, date(2026, 6, 1), date(2026, 6, 2)]),
            context=pick([None, None, 8_000]),
            max_output=pick([None, None, 100]),
            quantization=pick([None, "fp8", "bf16"]),
            modalities_in=self.rarely(("text",), ("image",)),
            capabilities=self.levels() if self.chance.random() < 0.2 else {},
        )
        self.offered[made.id] = made
        return made

    def price(self, model: str) -> Price | None:
        """Mostly a model's usual one, so that endpoints are as good as each other."""
        if self.chance.random() < 0.75:
            usual = len(model) + ord(model[-1])
            into = self.rarely(JUST_OVER_2, otherwise=Decimal(usual % 3), share=0.1)
            return None if usual % 4 == 0 else Price(input=into, output=Decimal(4))
        amount = self.pick
        return Price(
            input=amount([None, Decimal(0), Decimal(1), Decimal("2.5"), JUST_OVER_2]),
            output=amount([None, Decimal(4), Decimal("0.1")]),
            cached_read=amount([None, Decimal("0.1"), Decimal(3)]),
            per_request=amount([None, None, Decimal("0.002")]),
            tiers=tuple(self.tier_above(tokens) for tokens in (1_000, 5_000) if amount([0, 1])),
            windows=tuple(self.window() for _ in range(amount([0, 0, 1, 2]))),
        )

    def tier_above(self, tokens: int) -> PriceTier:
        amount = self.pick
        return PriceTier(
            above_input_tokens=tokens,
            input=amount([None, Decimal(9)]),
            output=amount([None, Decimal(20)]),
            cached_read=amount([None, Decimal(1)]),
        )

    def window(self) -> PriceWindow:
        """It may go on past midnight, or the whole day."""
        hours = [time(0), time(6), time(12), time(12, 30), time(22)]
        amount = self.pick
        return PriceWindow(
            start=amount(hours),
            end=amount(hours),
            input=amount([None, Decimal("0.2")]),
            output=amount([None, Decimal(1)]),
            cached_read=amount([None, Decimal("0.01")]),
        )

    def own(self) -> list[tuple[Kind, Entity]]:
        """A private model at a tenant's own endpoint."""
        model = self.model(PRIVATE, owner="acme")
        model = structs.replace(model, capabilities={**model.capabilities, OWN_TAG: 1.0})
        endpoint = Endpoint(
            id="acme/lab",
            provider="acme",
            url="https://x.example",
            keyless=True,
            hosting=Hosting.ON_PREM,
            residency=("DE",),
            owner="acme",
        )
        offering = Offering(
            id=f"acme/lab/{PRIVATE}",
            endpoint="acme/lab",
            model=PRIVATE,
            release=f"{PRIVATE}@undated",
            native_id="tuned",
            owner="acme",
        )
        release = Release(id=f"{PRIVATE}@undated", model=PRIVATE, owner="acme")
        return [
            (Kind.MODEL, model),
            (Kind.RELEASE, release),
            (Kind.ENDPOINT, endpoint),
            (Kind.OFFERING, offering),
        ]
