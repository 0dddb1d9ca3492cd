"""Requests to the stack's own addresses, past any proxy the machine is told to use."""

import http.client
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from infra.local.errors import StackError


def request(
    url: str, *, body: Any = None, headers: Mapping[str, str] | None = None, timeout_s: float = 5.0
) -> tuple[int, bytes]:
    """GET ``url``, or POST ``body`` to it as JSON; the status and the answer's bytes.

    Raises OSError or http.client.HTTPException when nobody answers within ``timeout_s``.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        method = "GET" if body is None else "POST"
        payload = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        connection.request(method, parts.path or "/", payload, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def read_json(
    url: str, *, body: Any = None, headers: Mapping[str, str] | None = None, timeout_s: float = 5.0
) -> Any:
    """The JSON that ``url`` answers with; StackError when it answers anything but 200."""
    try:
        status, answer = request(url, body=body, headers=headers, timeout_s=timeout_s)
    except (OSError, http.client.HTTPException) as error:
        raise StackError(f"{url} does not answer ({error}): is the stack running?") from error
    if status != http.client.OK:
        raise StackError(f"{url} answered {status}: {answer.decode(errors='replace')[:300]}")
    return json.loads(answer)


def is_ready(url: str) -> bool:
    """Whether the server at ``url`` is ready now.

    ``http://`` is ready when it answers 200, ``tcp://`` when it accepts a connection,
    ``postgresql://`` when it asks for a password rather than telling that it is starting.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "http":
            return request(url, timeout_s=2.0)[0] == http.client.OK
        with socket.create_connection((parts.hostname, parts.port), timeout=2.0) as connection:
            return parts.scheme == "tcp" or _asks_for_password(connection)
    except (OSError, http.client.HTTPException):
        return False


def _asks_for_password(connection: socket.socket) -> bool:
    """Open a PostgreSQL session (protocol 3.0) and look at the kind of the first answer."""
    parameters = b"user\0postgres\0\0"
    length = struct.calcsize("!II") + len(parameters)
    connection.sendall(struct.pack("!II", length, 3 << 16) + parameters)
    return connection.recv(1) == b"R"
