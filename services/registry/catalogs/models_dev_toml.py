"""models.dev as its repository keeps it: an archive of TOML files, some of them links.

Read in memory, never unpacked: a link leads to another file of the archive or to nothing.
"""

import gzip
import io
import posixpath
import re
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from routeyard.domain.errors import InvalidCatalog

LARGEST = 64 * 1024 * 1024
MOST_FILES = 100_000
LONGEST_CHAIN = 8

_PATH = re.compile(r"(?:[^/]+/)??(providers/[^/]+/provider|providers/[^/]+/models/.+|models/.+)")


class Repository(NamedTuple):
    """Providers in the shape of api.json, and the models that their rows inherit from."""

    providers: dict[str, dict[str, Any]]
    lab_models: dict[str, Mapping[str, object]]


def is_archive(name: str) -> bool:
    """Whether a file's name is that of such an archive."""
    return name.endswith((".tar.gz", ".tgz", ".tar"))


def repository(raw: bytes, name: str) -> Repository:
    """What the archive holds. A file that is not TOML is a row that is none.

    Raises:
        InvalidCatalog: it is no archive, larger than 64 MiB, or holds no provider.
    """
    try:
        members = dict(_members(raw, name))
    except (tarfile.TarError, EOFError, OSError) as fault:
        raise InvalidCatalog(f"{name} is not an archive ({fault}); give a .tar.gz.") from None
    found = Repository({}, {})
    for path in sorted(members):
        _place(found, path, _content(path, members))
    if not found.providers:
        raise InvalidCatalog(f"{name} holds no providers/<id>/provider.toml; is it models.dev?")
    return found


def _members(raw: bytes, name: str) -> Iterator[tuple[str, bytes | str]]:
    """By path without the folder that all lie in: a file's bytes, or the path a link leads to."""
    if raw.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(raw)) as packed:
            raw = packed.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise InvalidCatalog(f"{name} is larger than 64 MiB.")
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for number, member in enumerate(archive):
            if number >= MOST_FILES:
                raise InvalidCatalog(f"{name} holds more than {MOST_FILES:,} files.")
            match = _PATH.fullmatch(member.name.removesuffix(".toml").removeprefix("./"))
            if match is None or not member.name.endswith(".toml"):
                continue
            if member.issym():
                folder = posixpath.dirname(f"{match[1]}.toml")
                yield match[1], posixpath.normpath(posixpath.join(folder, member.linkname))
            elif (file := archive.extractfile(member)) is not None:
                yield match[1], file.read()


def _content(path: str, members: Mapping[str, bytes | str]) -> object:
    for _ in range(LONGEST_CHAIN):
        content = members.get(path)
        if isinstance(content, bytes):
            return _toml(content)
        if content is None:
            return "a link that leads nowhere"
        path = content.removesuffix(".toml")
    return "a link that leads in a circle"


def _toml(content: bytes) -> object:
    try:
        return tomllib.loads(content.decode(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return "not TOML"


def _place(found: Repository, path: str, content: object) -> None:
    kind, first, *rest = path.split("/")
    if kind == "models":
        if isinstance(content, dict) and rest:
            found.lab_models["/".join((first, *rest))] = content
        return
    provider = found.providers.setdefault(first, {"models": {}})
    if rest == ["provider"]:
        provider |= content if isinstance(content, dict) else {}
    else:
        provider["models"]["/".join(rest[1:])] = content
