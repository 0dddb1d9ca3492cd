"""Getting the files of a leaderboard: from a folder, a file or an address."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.leaderboards import livebench
from services.registry.catalogs.leaderboards.results import Page
from services.registry.catalogs.load import (
    document_of,
    file_bytes,
    url_bytes,
    yaml_of,
)

_DAY = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")


def folder_pages(folder: Path, patterns: Sequence[str], dated: date | None) -> list[Page]:
    """The board's files in a folder, by name.

    Raises:
        InvalidCatalog: there are none.
    """
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    if not found:
        raise InvalidCatalog(f"{folder} holds none of {', '.join(patterns)}; check the folder.")
    return [file_page(path, dated) for path in sorted(found)]


def file_pages(path: Path, dated: date | None) -> list[Page]:
    """A file, and what it cannot be read without."""
    beside = _beside(path.name)
    return [file_page(each, dated) for each in (path, *(path.with_name(name) for name in beside))]


def file_page(path: Path, dated: date | None) -> Page:
    """One file. Its day is `dated`, else the one in its own name or its folder's."""
    return _page(path.name, file_bytes(path), dated or _day(f"{path.parent.name} {path.name}"))


async def url_pages(url: str, dated: date | None) -> list[Page]:
    """What lies at an address, and beside it what it cannot be read without."""
    base, _, name = url.partition("?")[0].rpartition("/")
    addresses = {name: url} | {each: f"{base}/{each}" for each in _beside(name)}
    return [
        _page(each, await url_bytes(address, {}), dated or _day(url))
        for each, address in addresses.items()
    ]


def _beside(name: str) -> list[str]:
    categories = livebench.categories_file(name)
    return [] if categories is None else [categories]


def _page(name: str, raw: bytes, dated: date | None) -> Page:
    if name.endswith(".csv"):
        try:
            return Page(name=name, content=raw.decode("utf-8-sig"), dated=dated)
        except UnicodeDecodeError as fault:
            raise InvalidCatalog(f"{name} is not text ({fault}); give it as published.") from None
    read = yaml_of if name.endswith((".yml", ".yaml")) else document_of
    return Page(name=name, content=read(raw, name), dated=dated)


def _day(text: str) -> date | None:
    match = _DAY.search(text)
    try:
        return None if match is None else date(*(int(part) for part in match.groups()))
    except ValueError:
        return None
