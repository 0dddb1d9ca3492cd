"""Getting catalogs: from the installed packages, from a file, from an address."""

import gzip
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from routeyard.domain.errors import InvalidCatalog, Unavailable

LARGEST = 64 * 1024 * 1024
TIMEOUT_S = 60.0

_GZIP = b"\x1f\x8b"


def document_of(raw: bytes, name: str) -> object:
    """A JSON document, gzipped or not; every number with a point is a Decimal of its own text.

    Raises:
        InvalidCatalog: it is not JSON, or larger than 64 MiB.
    """
    try:
        text = _unpacked(raw, name)
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except (ValueError, EOFError, OSError, RecursionError) as fault:
        raise InvalidCatalog(
            f"{name} is not JSON ({fault}); give the catalog as published."
        ) from None


def file_document(path: Path) -> object:
    """The document in a file: YAML for .yaml and .yml, else JSON."""
    raw = file_bytes(path)
    return (
        yaml_of(raw, str(path)) if path.suffix in (".yaml", ".yml") else document_of(raw, str(path))
    )


def file_bytes(path: Path) -> bytes:
    """What is in a file, 64 MiB at most."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as fault:
        raise InvalidCatalog(
            f"{path} cannot be read ({fault.strerror}); check the name."
        ) from fault
    _refuse_large(len(raw), str(path))
    return raw


def yaml_of(raw: bytes, name: str) -> object:
    """A YAML document."""
    import yaml  # noqa: PLC0415 - only the command line with catalogs has it

    try:
        # libyaml reads a catalog in a tenth of the time; it is in the published wheels.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        document: object = yaml.load(raw, Loader=loader)  # noqa: S506 - both loaders are safe ones
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InvalidCatalog(f"{name} is not YAML ({fault}); correct it.") from None
    return document


async def url_document(url: str, headers: Mapping[str, str]) -> object:
    """The document at an address.

    Raises:
        Unavailable: nobody answers, or not with a catalog, within a minute.
        InvalidCatalog: the answer is not JSON, or larger than 64 MiB.
    """
    return document_of(await url_bytes(url, headers), url)


async def url_bytes(url: str, headers: Mapping[str, str]) -> bytes:
    """What lies at an address.

    Raises:
        Unavailable: nobody answers, or not with a catalog, within a minute.
        InvalidCatalog: the answer is larger than 64 MiB.
    """
    import aiohttp  # noqa: PLC0415 - a second of start-up that only this needs

    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(url, headers=dict(headers)) as response,
        ):
            if response.status != 200:  # noqa: PLR2004 - what a catalog answers with
                raise Unavailable(
                    f"{url} answered {response.status}; check the address and the key."
                )
            return await _bounded(response.content, url)
    except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
        why = str(fault) or type(fault).__name__
        raise Unavailable(f"{url} does not answer ({why}); check the address.") from fault


async def _bounded(content: Any, url: str) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        body += chunk
        _refuse_large(len(body), url)
    return bytes(body)


def _unpacked(raw: bytes, name: str) -> bytes:
    if not raw.startswith(_GZIP):
        return raw
    import io  # noqa: PLC0415

    with gzip.open(io.BytesIO(raw)) as file:
        content = file.read(LARGEST + 1)
    _refuse_large(len(content), name)
    return content


def _refuse_large(size: int, name: str) -> None:
    if size > LARGEST:
        raise InvalidCatalog(f"{name} is larger than 64 MiB; give one catalog at a time.")
