"""Names are asked for in threads of their own, which slow ones cannot fill alone."""

import asyncio
import threading
from collections import Counter

from routeyard.domain.errors import Unavailable
from routeyard.guard.permission import NOTHING
from routeyard.guard.resolve import SystemResolver, look_up
from routeyard.guard.target import read_target
from routeyard.guard.vet import Guard

DEADLINE_S = 10.0


class Lookups:
    """Answers at once, but for slow names, which it keeps until they are let go."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.let_go = threading.Event()

    def __call__(self, host: str) -> tuple[str, ...]:
        self.asked[host] += 1
        if host.startswith("slow"):
            self.let_go.wait(DEADLINE_S)
        return ("1.1.1.1",)


def test_the_machine_knows_its_own_names_and_none_that_cannot_be() -> None:
    assert set(look_up("localhost")) <= {"127.0.0.1", "::1"}
    assert look_up("localhost")
    assert look_up("no-such-host.invalid") == look_up("a" * 300) == look_up("a\udc00") == ()


async def test_a_slow_name_takes_one_thread_however_often_it_is_asked_for() -> None:
    lookups = Lookups()
    resolve = SystemResolver(lookups, most=2)
    async with asyncio.timeout(DEADLINE_S):
        waiting = [asyncio.ensure_future(resolve("slow.example")) for _ in range(5)]
        assert await resolve("quick.example") == ("1.1.1.1",)
        lookups.let_go.set()
        assert await asyncio.gather(*waiting) == [("1.1.1.1",)] * 5
        assert lookups.asked == {"slow.example": 1, "quick.example": 1}
        await resolve("slow.example")
    assert lookups.asked["slow.example"] == 2


async def test_who_stops_waiting_does_not_stop_the_others() -> None:
    lookups = Lookups()
    resolve = SystemResolver(lookups)
    target = read_target("https://slow.example")
    async with asyncio.timeout(DEADLINE_S):
        patient = asyncio.ensure_future(Guard(NOTHING, resolve).vet(target))
        hasty = asyncio.ensure_future(Guard(NOTHING, resolve, deadline_s=0.01).vet(target))
        await asyncio.wait([hasty])
        assert isinstance(hasty.exception(), Unavailable)
        lookups.let_go.set()
        assert [str(address) for address in (await patient).addresses] == ["1.1.1.1"]
    assert lookups.asked == {"slow.example": 1}
