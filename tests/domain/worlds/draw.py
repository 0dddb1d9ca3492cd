"""Chance, and the names that everything in a world goes by."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from routeyard.domain.tenancy import Target, TargetKind

T = TypeVar("T")
TAGS = ["tool_use", "vision", "reasoning"]
PLACES = ["DE", "FR", "US", "EU"]
CLASSES = ["LEGAL", "STANDARD"]
TIERS = ["gold", "silver"]
PROVIDERS = ["openai", "mistral"]
PRIVATE = "own:acme/tuned"
# What nothing but that can do.
OWN_TAG = "house_style"


class Draw:
    """The same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
        self.models = [f"lab{n % 3}/m{n}" for n in range(self.chance.randint(3, 6))]
        self.endpoints = [f"e{n}" for n in range(self.chance.randint(3, 6))]
        self.tenants = ["acme", "globex"]

    def pick(self, options: Sequence[T]) -> T:
        return self.chance.choice(options)

    def some(self, options: Sequence[str], share: float = 0.5) -> tuple[str, ...]:
        return tuple(o for o in options if self.chance.random() < share)

    def rarely(self, *options: Any, otherwise: Any = (), share: float = 0.05) -> Any:
        return self.pick(options) if self.chance.random() < share else otherwise

    def releases(self) -> list[str]:
        return [f"{model}@{day}" for model in self.models for day in ("undated", "20260101")]

    def target(self, *kinds: TargetKind) -> Target:
        kind = self.pick(kinds or tuple(TargetKind))
        targets = {
            TargetKind.PROVIDER: [*PROVIDERS, "lab1"],
            TargetKind.MODEL: self.models,
            TargetKind.RELEASE: self.releases(),
            TargetKind.ENDPOINT: self.endpoints,
            TargetKind.CAPABILITY: TAGS,
        }
        return Target(kind=kind, id=self.pick(targets[kind]))
