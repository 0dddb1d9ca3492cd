"""Fetching a provider's public keys: from a file, or from one address and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from routeyard.domain.errors import Unavailable
from routeyard.runtime.tokens.settings import is_address

MOST_BYTES = 256 * 1024
ANSWER_S = 5.0
OK = 200
_CHUNK = 16 * 1024

Fetch = Callable[[], bytes]


def fetcher(jwks: str) -> Fetch:
    """A call that fetches the document; it raises Unavailable when there is none to be had."""
    return (lambda: _from_address(jwks)) if is_address(jwks) else (lambda: _from_file(jwks))


def _from_file(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return _bounded(file.read(MOST_BYTES + 1), path)
    except OSError as fault:
        raise Unavailable(f"{path} cannot be read ({fault.strerror}).") from fault


def _from_address(address: str) -> bytes:
    """One GET. No redirect is followed, and no proxy of the environment asked."""
    connection = _connection(urlsplit(address))
    try:
        connection.request("GET", _path(urlsplit(address)), headers={"accept": "application/json"})
        answer = connection.getresponse()
        if answer.status != OK:
            raise Unavailable(f"{address} answers with status {answer.status}.")
        return _bounded(_read(answer, time.monotonic() + ANSWER_S), address)
    except (OSError, HTTPException) as fault:
        raise Unavailable(f"{address} does not answer ({type(fault).__name__}).") from fault
    finally:
        connection.close()


def _connection(parts: SplitResult) -> HTTPConnection:
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return make(parts.hostname or "", parts.port, timeout=ANSWER_S)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read(answer: HTTPResponse, until: float) -> bytes:
    """What comes in time; an answer that drips would otherwise never end."""
    body = bytearray()
    while len(body) <= MOST_BYTES and (chunk := answer.read1(_CHUNK)):
        body += chunk
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(body)


def _bounded(document: bytes, where: str) -> bytes:
    if len(document) > MOST_BYTES:
        raise Unavailable(f"{where} is longer than {MOST_BYTES} bytes; that is no set of keys.")
    return document
