"""Orders that are given on the ground of how things stand."""

import pytest

from routeyard.domain.errors import Conflict, Unavailable
from routeyard.domain.events import Payload, TenantRegistered
from routeyard.domain.tenancy import Principal, Role, Scope
from services.registry.commands.recording import CARRY_OUT, MOST_REVISIONS, Manner, Recorder
from tests.builders import NOON
from tests.fakes.ledger import MemoryLedger

ADMIN = Principal(role=Role.PLATFORM_ADMIN, scope=Scope(key="jo"))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(MemoryLedger(), lambda: NOON)


def tenant(name: str) -> TenantRegistered:
    return TenantRegistered(tenant="acme", name=name)


class Interrupted:
    """Says something, while somebody else says something the first so many times."""

    def __init__(self, recorder: Recorder, times: int) -> None:
        self.said = 0
        self._recorder = recorder
        self._times = times

    async def __call__(self) -> Payload:
        self.said += 1
        if self.said <= self._times:
            await self._recorder.record(ADMIN, [tenant(f"theirs {self.said}")], "theirs")
        return tenant(f"ours {self.said}")


async def test_what_changed_meanwhile_is_looked_at_again(recorder: Recorder) -> None:
    say = Interrupted(recorder, times=3)
    effect = await recorder.revise(ADMIN, say, "ours")
    assert say.said == 4
    (changed,) = effect.changed
    assert b"theirs 3" in (changed.before or b"")
    assert b"ours 4" in (changed.after or b"")


async def test_a_revision_that_is_expected_is_not_looked_at_again(recorder: Recorder) -> None:
    say = Interrupted(recorder, times=1)
    with pytest.raises(Conflict):
        await recorder.revise(ADMIN, say, "ours", Manner(if_revision=0))
    assert say.said == 1


async def test_looking_again_has_an_end(recorder: Recorder) -> None:
    say = Interrupted(recorder, times=MOST_REVISIONS)
    with pytest.raises(Unavailable, match="again and again"):
        await recorder.revise(ADMIN, say, "ours")


async def test_ids_are_of_the_draw_and_of_the_number() -> None:
    drawn = Manner(entropy=lambda size: b"x" * size)
    assert drawn.event_id(0) == drawn.event_id(0)
    assert drawn.event_id(0) != drawn.event_id(1)
    assert CARRY_OUT.event_id(0) != CARRY_OUT.event_id(0)


async def test_what_an_order_came_to_is_told_by_its_draw(recorder: Recorder) -> None:
    drawn = Manner(entropy=lambda size: b"x" * size)
    assert await recorder.told(drawn) is None
    first = await recorder.record(ADMIN, [tenant("first")], "first", drawn)
    await recorder.record(ADMIN, [tenant("second")], "second")
    assert await recorder.told(drawn) == first
    assert await recorder.record(ADMIN, [tenant("another")], "another", drawn) == first
