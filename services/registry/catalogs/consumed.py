"""How far the registry has come, as it tells over HTTP."""

from collections.abc import Mapping

import aiohttp
import msgspec

from routeyard.domain.errors import Unavailable

PATH = "/v1/consumed"
TIMEOUT = aiohttp.ClientTimeout(total=5)


class Reached(msgspec.Struct, frozen=True):
    """The next offset the registry reads in a partition."""

    topic: str
    partition: int
    next_offset: int


class RegistryPositions:
    """Asks a registry at `url` with a service key."""

    def __init__(self, url: str, key: str) -> None:
        self._address = url.rstrip("/") + PATH
        self._headers = {"authorization": f"Bearer {key}"}

    async def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset it will read, per topic and partition.

        Raises:
            Unavailable: it does not answer, or not with positions.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.get(self._address, headers=self._headers) as response,
            ):
                response.raise_for_status()
                reached = msgspec.json.decode(await response.read(), type=list[Reached])
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as fault:
            raise Unavailable(
                f"The registry does not tell how far it has read ({fault}); "
                "check that it runs, or do not wait (--no-wait)."
            ) from fault
        return {(each.topic, each.partition): each.next_offset for each in reached}
