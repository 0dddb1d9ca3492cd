"""Facts for the graph's benchmark: made up, and of the shape and spread of published catalogs."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from routeyard.domain.catalog import Hosting, Lifecycle, Mode, Price, PriceTier
from routeyard.domain.events import EndpointRegistered, Event, ModelReleased, Payload

MODELS, OFFERINGS_PER_MODEL, ENDPOINTS = 2_500, 2, 60
REVISIONS = 1_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TAGS = (
    "tool_use",
    "vision",
    "json_mode",
    "structured_output",
    "reasoning",
    "parallel_tool_use",
    "prompt_caching",
    "pdf_input",
    "audio_input",
    "long_context",
)
CONTEXTS = (8_192, 32_768, 65_536, 128_000, 200_000, 262_144, 1_048_576)


class Facts:
    """Events of a graph with 5,000 offerings, then of one change after another."""

    def __init__(self, tags: tuple[str, ...] = TAGS, seed: int = 20260601) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._tags = tags
        self._number = 0

    def all(self) -> Iterator[list[Event]]:
        """Batches for the first commits: endpoints, then offerings."""
        yield [self._event(self._endpoint(number)) for number in range(ENDPOINTS)]
        rows = [self._event(row) for model in range(MODELS) for row in self._rows(model)]
        for start in range(0, len(rows), 500):
            yield rows[start : start + 500]

    def change(self) -> list[Event]:
        """What one later commit takes over: a few offerings with other prices and limits."""
        models = self._random.sample(range(MODELS), 3)
        return [self._event(next(iter(self._rows(model)))) for model in models]

    def _event(self, data: Payload) -> Event:
        self._number += 1
        at = BEGAN + timedelta(seconds=self._number)
        return Event(id=f"bench-{self._number}", source="dev", observed_at=at, data=data)

    def _endpoint(self, number: int) -> EndpointRegistered:
        return EndpointRegistered(
            endpoint=f"host-{number:02}",
            provider=f"host-{number:02}",
            url=f"https://host-{number:02}.example/v1",
            hosting=self._random.choice(list(Hosting)),
            residency=tuple(self._random.sample(["EU", "DE", "US", "JP"], k=2)),
            keyless=True,
        )

    def _rows(self, model: int) -> Iterator[ModelReleased]:
        draw = self._random
        for copy in range(OFFERINGS_PER_MODEL):
            price = Decimal(draw.randint(5, 1_500)) / 100
            tags = draw.sample(self._tags, k=draw.randint(2, 8))
            yield ModelReleased(
                provider=f"host-{(model * 7 + copy * 13) % ENDPOINTS:02}",
                native_id=f"lab-{model % 40:02}/model-{model:04}",
                name=f"Model {model:04} of lab {model % 40:02}",
                mode=Mode.CHAT,
                lifecycle=Lifecycle.GA,
                released_on=(BEGAN - timedelta(days=model % 900)).date(),
                modalities_in=("text", "image") if model % 3 else ("text",),
                modalities_out=("text",),
                open_weights=bool(model % 2),
                context=CONTEXTS[model % len(CONTEXTS)],
                max_output=16_384,
                price=Price(
                    input=price,
                    output=price * 4,
                    cached_read=price / 10,
                    tiers=(PriceTier(above_input_tokens=200_000, input=price * 2),)
                    if model % 10 == 0
                    else (),
                ),
                capabilities={tag: draw.choice([1.0, 1.0, 0.5, 0.0]) for tag in tags},
            )
