"""Work that is finished before it is cancelled."""

import asyncio

import pytest

from routeyard.domain.errors import Unavailable
from routeyard.runtime.background import finished


@pytest.mark.parametrize("fault", [None, Unavailable("the broker is away")])
async def test_work_is_finished_before_it_is_cancelled_and_may_fail_then(
    fault: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    begun, gate, is_done = asyncio.Event(), asyncio.Event(), False

    async def work() -> None:
        nonlocal is_done
        begun.set()
        await gate.wait()
        is_done = True
        if fault is not None:
            raise fault

    task = asyncio.create_task(finished(work()))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_done
    assert ("the broker is away" in caplog.text) == (fault is not None)


async def test_what_fails_in_time_is_told_as_it_is() -> None:
    async def work() -> None:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        await finished(work())
