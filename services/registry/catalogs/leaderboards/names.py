"""Which model a leaderboard's name stands for. What is not certain is refused with a reason."""

from __future__ import annotations

import re

from routeyard.domain.identity import UNDATED, identify
from routeyard.domain.value import Value

UNKNOWN_MAKER = "its maker is not known from the name"
SEVERAL = "several models together"
UNKNOWN_SETTING = "it is not known what it adds to the model's name"
_NOBODY = "no-maker"
_UNSPELLED = re.compile(r"[^a-z0-9._:/-]")


class Refused(Value, frozen=True):
    """A pattern of names that stand for no one model, and why."""

    pattern: str
    reason: str


class Respelled(Value, frozen=True):
    """A pattern in a name, in lower case with dashes for spaces, and what takes its place."""

    pattern: str
    by: str


class Named(Value, frozen=True):
    """A canonical model and the day of its release, YYYYMMDD, empty when undated."""

    model: str
    release: str


class Unnamed(Value, frozen=True):
    """Why a name stands for no model."""

    reason: str


class Names(Value, frozen=True):
    """What boards write beside, or instead of, a model's own name (names.yaml).

    `makers` maps patterns of names to the makers that the name alone does not tell.
    """

    refused: tuple[Refused, ...] = ()
    respelled: tuple[Respelled, ...] = ()
    makers: dict[str, str] = {}

    def named(self, name: str) -> Named | Unnamed:
        """The model behind a name, or why there is none."""
        plain = name.strip().lower().replace(" ", "-")
        for refused in self.refused:
            if re.search(refused.pattern, plain):
                return Unnamed(reason=refused.reason)
        for each in self.respelled:
            plain = re.sub(each.pattern, each.by, plain)
        if "+" in plain:
            return Unnamed(reason=SEVERAL)
        if not plain or _UNSPELLED.search(plain):
            return Unnamed(reason=UNKNOWN_SETTING)
        return self._identified(plain)

    def _identified(self, plain: str) -> Named | Unnamed:
        makers = (lab for pattern, lab in self.makers.items() if re.match(pattern, plain))
        identity = identify(next(makers, _NOBODY), plain)
        if identity.model.startswith(f"{_NOBODY}/"):
            return Unnamed(reason=UNKNOWN_MAKER)
        stamp = identity.release.rpartition("@")[2]
        return Named(model=identity.model, release="" if stamp == UNDATED else stamp)
