"""Two published guards as a second and third opinion; none of the three dials anybody."""

import socket
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests.services.guard.cases import Case, cases
from tests.services.guard.differences import Comparison, compare
from tests.services.guard.generated import generated


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("Somebody was dialled.")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)


async def compared(several: Iterable[Case]) -> Comparison:
    found = await compare(several)
    unexcused = [(d.library, d.case) for d in found.laxer if d.excuse is None]
    assert unexcused == []
    return found


async def test_what_a_library_refuses_of_the_table_is_refused_or_has_a_good_reason() -> None:
    found = await compared(cases())
    excuses = Counter((d.library, d.excuse) for d in found.laxer)
    assert sum(excuses.values()) <= 15
    assert {d.library for d in found.stricter} == {"httpx-secure", "drawbridge"}


async def test_what_a_library_refuses_of_generated_addresses_is_refused_here() -> None:
    several = generated()
    assert len(several) >= 2000
    found = await compared(several)
    assert all("NAT64" in (d.excuse or "") for d in found.laxer)
    assert 0 < found.refused < found.cases
