"""What the machine's own resolver says a name stands for."""

from __future__ import annotations

import asyncio
import socket


async def resolve(host: str) -> tuple[str, ...]:
    """Addresses of a host, best first; none when there are none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(where[0]) for *_, where in found))
