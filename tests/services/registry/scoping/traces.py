"""Looking for what tells of somebody in an answer, in what is written in base64 too."""

import json
import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator, Sequence

from tests.services.registry.scoping.customers import Customer

_ENCODED = re.compile(r"[A-Za-z0-9_+/-]{12,}={0,2}")


def traces(text: str, of: Sequence[str], asked: Sequence[str] = ()) -> list[str]:
    """Those that an answer holds beside what was asked."""
    for each in sorted(asked, key=len, reverse=True):
        text = text.replace(each, "")
    read = [text.lower(), *(each.lower() for each in _decoded(text))]
    return [each for each in of if any(each in part for part in read)]


def _decoded(text: str) -> Iterator[str]:
    for found in _ENCODED.finditer(text):
        for decode in (b64decode, urlsafe_b64decode):
            try:
                yield decode(found[0]).decode(errors="replace")
            except (Error, ValueError):
                continue


def masked(text: str, who: Customer) -> str:
    """An answer without a customer's names; the length stays."""
    return (
        text.replace(who.word, "*" * len(who.word))
        .replace(str(who.number), "#" * len(str(who.number)))
        .replace(who.tag, "~" * len(who.tag))
    )


def slugs(names: Sequence[str]) -> list[str]:
    """As what servers call their models goes into the names of private ones."""
    return [each.removeprefix("@").replace("/", "-").replace("@", "-") for each in names]


def strings(value: object) -> Iterator[str]:
    """All texts in a value, and its numbers as text; those in a document in JSON, too."""
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value
        if value.startswith("{"):
            yield from strings(json.loads(value))
    elif isinstance(value, int) and value > 1_000:
        yield str(value)
