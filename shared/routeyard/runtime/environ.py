"""Reading settings from environment variables, reporting every fault at once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from routeyard.domain.errors import InvalidSettings


class Environ:
    """Collects what is wrong while settings are read; `finish` reports all of it together."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """A non-empty text; required unless there is a default."""
        value = self._variables.get(name, "").strip()
        if value:
            return value
        if default is None:
            self._faults.append(f"{name} is missing")
        return default or ""

    def optional(self, name: str) -> str | None:
        """A text, None when unset or empty."""
        return self._variables.get(name, "").strip() or None

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.text(name, str(default))
        if value.lstrip("-").isdigit() and low <= int(value) <= high:
            return int(value)
        self._faults.append(f"{name} is {value!r}, not a whole number from {low} to {high}")
        return default

    def seconds(self, name: str, default: float) -> float:
        """A positive duration in seconds."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if 0 < number < 1e6:  # noqa: PLR2004 - a bit over eleven days; also refuses nan and inf
            return number
        self._faults.append(f"{name} is {value!r}, not a number of seconds above 0")
        return default

    def share(self, name: str, default: float) -> float:
        """A share of a whole, from 0 to 1."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if 0 <= number <= 1:
            return number
        self._faults.append(f"{name} is {value!r}, not a number from 0 to 1")
        return default

    def choice(self, name: str, options: Sequence[str], default: str) -> str:
        """One of the options."""
        value = self.text(name, default)
        if value in options:
            return value
        self._faults.append(f"{name} is {value!r}, not one of {', '.join(options)}")
        return default

    def flag(self, name: str) -> bool:
        """True for 1/true/yes, False for 0/false/no or unset."""
        value = self.text(name, "0").lower()
        if value not in ("0", "1", "true", "false", "yes", "no"):
            self._faults.append(f"{name} is {value!r}, not 0 or 1")
        return value in ("1", "true", "yes")

    def secret(self, name: str, length: int) -> bytes:
        """Base64 of at least `length` bytes."""
        value = self.text(name)
        try:
            secret = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if value and len(secret) < length:
            self._faults.append(
                f"{name} is not base64 of at least {length} bytes; "
                f"make one with `openssl rand -base64 {length}`"
            )
        return secret

    def fault(self, sentence: str) -> None:
        """Add a fault that spans several variables."""
        self._faults.append(sentence)

    def finish(self) -> None:
        """Raise InvalidSettings if anything was wrong."""
        if self._faults:
            listed = "; ".join(self._faults)
            raise InvalidSettings(f"The settings are not usable: {listed}. See docs/settings.md.")
