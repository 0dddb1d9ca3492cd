"""What is said of a name: the model, the release, how it was told, and what is unsure."""

from __future__ import annotations

from datetime import date

from routeyard.domain.value import Value

UNDATED = "undated"


class Identity(Value, frozen=True):
    """A canonical model and release, and the rules that led there, in order.

    `doubts` are reasons for a person to look: empty when nothing was guessed. `quantization` is
    what a suffix of the name told (`fp8`, `q4_k_m`, `4bit`), None when it told nothing.
    """

    model: str
    release: str
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    quantization: str | None = None


def doubtful(identity: Identity) -> tuple[str, ...]:
    """Why a person should look at an identity; empty when nothing was guessed."""
    return identity.doubts


def release_date(release: str) -> date | None:
    """The date in a release id, None when undated."""
    stamp = release.rpartition("@")[2]
    return None if stamp == UNDATED else date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))


class Trail:
    """A name on its way to the canonical one, and what was done to it. Lives for one call."""

    __slots__ = ("doubts", "name", "quantization", "released_on", "why")

    def __init__(self, name: str) -> None:
        self.name = name
        self.why: list[str] = []
        self.doubts: list[str] = []
        self.quantization: str | None = None
        self.released_on: str | None = None

    def becomes(self, name: str, rule: str) -> bool:
        """Take `name` as the name from here on, by `rule`; False where that changes nothing."""
        if not name or name == self.name:
            return False
        self.why.append(f"{rule}: {self.name} -> {name}")
        self.name = name
        return True

    def doubt(self, reason: str) -> None:
        """Note once that a person should look."""
        if reason not in self.doubts:
            self.doubts.append(reason)
