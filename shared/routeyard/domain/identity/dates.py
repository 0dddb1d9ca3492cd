"""The day of a release, in every form it is written in a name."""

from __future__ import annotations

import re
from datetime import date

from routeyard.domain.identity.result import Trail

_FULL = re.compile(
    r"[-@.](20[12]\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?=$|-|\.)",
)
_SIX = re.compile(r"-(2[2-9])(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=$|-)")
_MONTH_DAY = re.compile(r"-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
_MONTH_YEAR = re.compile(r"-(0[1-9]|1[0-2])-(20[2-3]\d)$")
_FOUR = re.compile(r"-(0[1-9]|1[0-2])([0-2]\d|3[01])(?=$|-)")
_NUMBERED = re.compile(r"^(gemini-\d.*?)-00(\d)(?=$|-)")
# Families whose four digits are known to be part of the name.
_KEPT = re.compile(r"^(?:deepseek-|kimi-|olmo|molmo|openchat|glm-)")

# Labs that write four digits, month and day, for a release of a model; others write them for a
# model of its own (`deepseek-v3-0324`, `kimi-k2-0905`), or year and month (`mistral-large-2411`).
_MONTH_AND_DAY = re.compile(
    r"^(?:ft-)?(?:gpt-|o\d|tts-|chatgpt|grok-"
    r"|qwen-?(?:max|plus|turbo|flash|long|vl-(?:max|plus)|omni|coder-(?:plus|turbo))"
    r"|qwen(?:2\.5|3|3\.\d)-(?:max|plus|flash|vl-plus)|kimi-k2\.\d|step-|hunyuan-|glm-4-(?:plus|air|flash))"
)
# The year of a release that is written without it, where the release is known.
_YEARS: dict[str, int] = {
    "0301": 2023,
    "0314": 2023,
    "0613": 2023,
    "0914": 2023,
    "1106": 2023,
    "0125": 2024,
    "0409": 2024,
    "1212": 2024,
    "0709": 2025,
    "0825": 2025,
    "0309": 2026,
}
# Google's numbered releases, by the day they came out.
_NUMBERED_ON: dict[str, str] = {
    "gemini-1.0-pro-001": "20240215",
    "gemini-1.5-pro-001": "20240524",
    "gemini-1.5-flash-001": "20240524",
    "gemini-1.5-pro-002": "20240924",
    "gemini-1.5-flash-002": "20240924",
    "gemini-2.0-flash-001": "20250205",
    "gemini-2.0-flash-lite-001": "20250225",
}


def take_full_date(trail: Trail) -> None:
    """Take a date with its year out of the name, wherever it stands behind the first word."""
    for pattern, century in ((_FULL, ""), (_SIX, "20")):
        match = pattern.search(trail.name)
        if match is None or match.start() == 0:
            continue
        year, month, day = match.groups()
        if not _is_date(f"{century}{year}", month, day):
            continue
        rest = trail.name[: match.start()] + trail.name[match.end() :]
        if trail.becomes(rest, "date"):
            trail.released_on = trail.released_on or f"{century}{year}{month}{day}"


def take_short_date(trail: Trail) -> None:
    """Take a date without its year out of the name, where its lab writes dates so."""
    if (match := _NUMBERED.match(trail.name)) is not None:
        numbered = match[0]
        if trail.becomes(match[1] + trail.name[match.end() :], "numbered release"):
            trail.released_on = trail.released_on or _NUMBERED_ON.get(numbered)
        return
    match = _MONTH_DAY.search(trail.name)
    if match is None and _MONTH_AND_DAY.match(trail.name):
        match = _FOUR.search(trail.name)
    if match is not None and _is_date("2024", *match.groups()):
        stamp = "".join(match.groups())
        rest = trail.name[: match.start()] + trail.name[match.end() :]
        if trail.becomes(rest, "date without year"):
            _year(trail, stamp)
        return
    if trail.name.startswith("gemini-") and (match := _MONTH_YEAR.search(trail.name)):
        trail.doubt(f"the day of {match[1]}/{match[2]} is not known")
        trail.becomes(trail.name[: match.start()], "month of release")


def doubt_digits(trail: Trail) -> None:
    """Note four digits that may be a month and a day and were left in the name."""
    match = _FOUR.search(trail.name)
    if match is not None and not _KEPT.match(trail.name):
        trail.doubt(f"{match[0][1:]} may be a date; it is kept as part of the name")


def _year(trail: Trail, stamp: str) -> None:
    year = _YEARS.get(stamp)
    if year is None:
        trail.doubt(f"the year of {stamp} is not known")
    else:
        trail.released_on = trail.released_on or f"{year}{stamp}"


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
