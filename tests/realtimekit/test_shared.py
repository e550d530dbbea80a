"""Reads that many askers share: how often is read, and how those who waited go on."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.realtimekit.shared import Shared

ASKERS = 100


class Turns:
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._tick()

    def _tick(self) -> None:
        self.count += 1
        self._next = asyncio.get_running_loop().call_soon(self._tick)

    def stop(self) -> None:
        self._next.cancel()


class Upstream:
    """Answers when it is let, with a refusal if it has one."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.calls: list[str] = []
        self.called, self.free, self.refusal = asyncio.Event(), asyncio.Event(), refusal

    async def read(self, name: str) -> str:
        self.calls.append(name)
        self.called.set()
        await self.free.wait()
        if self.refusal:
            raise self.refusal
        return f"{name}, read {len(self.calls)}"


def at_once(job: Coroutine[Any, Any, str]) -> str | None:
    """What a coroutine returns without waiting for anything; None if it waits."""
    try:
        job.send(None)
    except StopIteration as returned:
        return str(returned.value)
    job.close()
    return None


async def turns_of_askers(shared: Shared[[str], str], upstream: Upstream) -> list[int]:
    """The turn of the event loop in which each one who waited goes on."""
    turns, went_on = Turns(), list[int]()

    async def ask() -> None:
        try:
            await shared("standup")
        except LookupError:
            pass
        finally:
            went_on.append(turns.count)

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKERS):
            group.create_task(ask())
        await upstream.called.wait()
        upstream.free.set()
    turns.stop()
    return went_on


async def test_those_who_waited_for_one_read_go_on_one_in_a_turn_of_the_event_loop() -> None:
    upstream = Upstream()
    went_on = await turns_of_askers(Shared(upstream.read), upstream)
    assert upstream.calls == ["standup"]
    assert len(set(went_on)) == ASKERS


async def test_those_who_waited_for_a_read_that_failed_go_on_one_in_a_turn_too_and_the_next_reads_again() -> None:
    upstream = Upstream(LookupError("no such meeting"))
    shared = Shared(upstream.read)
    assert len(set(await turns_of_askers(shared, upstream))) == ASKERS
    upstream.refusal = None
    assert await shared("standup") == "standup, read 2"


async def test_what_was_just_read_is_given_without_a_turn_until_it_is_forgotten() -> None:
    upstream = Upstream()
    upstream.free.set()
    shared = Shared(upstream.read)
    assert await shared("standup") == "standup, read 1"
    assert at_once(shared("standup")) == "standup, read 1"
    assert shared.forget("standup")
    assert await shared("standup") == "standup, read 2"


async def test_askers_for_different_things_share_no_result() -> None:
    upstream = Upstream()
    upstream.free.set()
    shared = Shared(upstream.read)
    assert [await shared(name) for name in ("standup", "review", "standup")] == [
        "standup, read 1",
        "review, read 2",
        "standup, read 1",
    ]


async def test_one_who_stops_waiting_takes_the_read_from_nobody() -> None:
    upstream = Upstream()
    shared = Shared(upstream.read)
    impatient, patient = (asyncio.ensure_future(shared("standup")) for _ in range(2))
    await upstream.called.wait()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    upstream.free.set()
    assert await patient == "standup, read 1"
