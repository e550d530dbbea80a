"""Live cards at their real pace: three processes of the bot on one database, and one of them dies."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import cycle

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.live.timing import Intervals
from bot.realtimekit.webhooks import EVENTS, PATH
from bot.store.engine import Database
from bot.store.tables import leases
from sandbox.faults import Fault
from sandbox.person import Person
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.stage import environment, serving
from sandbox.surfaces import Message
from sandbox.text import lines_of
from sandbox.webhooks import Delivery
from sandbox.world import Participant, World
from tests.process import Process

REAL = Intervals()


def test_a_meeting_costs_no_more_than_its_calls_in_any_window() -> None:
    spent = [(0.0, 4), (3.0, 4), (9.0, 1)]
    assert [REAL.allowed(spent, now) for now in (9.5, 10.5, 13.5, 19.5)] == [1, 5, 9, 10]


def test_looks_grow_rarer_while_nothing_changes_and_never_rarer_than_a_minute_where_somebody_watches() -> None:
    waits = [REAL.next_update(quiet, watched=True, meetings=1) for quiet in range(30)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (15, 55)
    assert REAL.next_update(30, watched=False, meetings=1) == 300


def test_ten_thousand_watched_meetings_leave_most_of_the_account_s_calls_to_people() -> None:
    wait = REAL.next_update(30, watched=True, meetings=10_000)
    assert 10_000 * 300 / wait < 1000


class Three:
    """Three processes of the bot between the stand-ins, one of which delivers to each in turn."""

    def __init__(self, slack: StandInSlack, kit: StandInRealtimeKit, database: Database) -> None:
        self.slack, self.kit, self.database = slack, kit, database
        self.http: aiohttp.ClientSession
        self.processes: list[Process] = []

    async def start(self, stack: AsyncExitStack, url: str, kit_url: str) -> None:
        self.http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = environment(self.slack.url, kit_url) | {"database_url": url}
        for _ in range(3):
            process = Process(self.http, settings)
            self.processes.append(process)
            stack.push_async_callback(process.kill)
        await asyncio.gather(*(process.start() for process in self.processes))
        turns = cycle(self.processes)
        hook = self.kit.webhooks.register("Usher", "https://usher.example.com" + PATH, EVENTS)
        self.kit.webhooks.deliver = lambda one: [
            Delivery(next(turns).url + PATH, hook["id"], one.event, one.body, one.uuid)
        ]

    def person(self) -> Person:
        return Person(self.slack, self.http, self.processes[0].url, "alice", "general")

    def card(self) -> Message | None:
        return next((one for one in self.slack.messages if one.ephemeral_to is None), None)

    def text(self) -> str:
        card = self.card()
        return "\n".join(lines_of(card, [], self.slack.world)) if card else ""

    async def sees(self, text: str, seconds: float) -> float:
        """Wait until the card says this; how long that took."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while text not in self.text():  # noqa: ASYNC110 - other processes have no event to wait for
                await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def owner(self) -> Process:
        """The process that looks at a meeting right now."""
        async with asyncio.timeout(10), self.database.reading() as connection:
            while True:
                owner = (await connection.execute(select(leases.c.owner).where(leases.c.lease > 0))).scalar()
                if owner:
                    pid = int(owner.partition("-")[0])
                    return next(one for one in self.processes if one.child.pid == pid)
                await asyncio.sleep(0.02)


@pytest.fixture
async def three(world: World, database_url: str) -> AsyncIterator[Three]:
    made = Three(StandInSlack(world), StandInRealtimeKit(world), Database(SecretStr(database_url)))
    async with AsyncExitStack() as stack:
        made.slack.url = await stack.enter_async_context(serving(made.slack.app()))
        kit_url = await stack.enter_async_context(serving(made.kit.app()))
        await made.start(stack, database_url, kit_url)
        yield made
        await made.database.close()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_thousand_events_cost_few_calls_and_end_in_what_the_api_says_though_a_process_dies(
    three: Three, world: World
) -> None:
    meeting, dice = world.meeting("Weekly standup"), random.Random(5)  # noqa: S311 - to be the same each time
    await three.person().types("/session watch")
    await three.sees("3 here", 10)
    deliver, sent = three.kit.webhooks.deliver, 0

    def lossy(one: Delivery) -> Sequence[Delivery]:
        nonlocal sent
        copies = dice.choice((0, 1, 1, 1, 2, 3))
        sent += copies
        return [each for _ in range(copies) for each in deliver(one)]

    three.kit.webhooks.deliver = lossy
    calls, updates = len(three.kit.seen), three.slack.calls.count("chat.update")
    began, people = time.monotonic(), [Participant(f"Guest {number}", f"guest-{number}") for number in range(400)]

    async def in_ten_seconds() -> tuple[int, int]:
        await asyncio.sleep(10)
        return three.slack.calls.count("chat.update") - updates, len(three.kit.seen) - calls

    counting = asyncio.create_task(in_ten_seconds())
    while sent < 1000:
        person = people[dice.randrange(len(people))]
        if person in (live.people() if (live := meeting.live()) else ()):
            meeting.leave(person)
        else:
            meeting.join(person, timedelta(milliseconds=sent))
        await asyncio.sleep(max(0.0, began + sent / 100 - time.monotonic()))
    changes, made = await counting
    assert sent >= 1000
    assert changes <= 5
    assert made <= 10
    inside = len(meeting.names())
    await three.sees(f"{inside} here", 20)
    await three.kit.webhooks.idle()

    # The process that looks dies in the middle; another goes on.
    three.kit.webhooks.deliver = deliver
    gate = Fault("wait")
    three.kit.faults["active_session"] = gate
    meeting.join(Participant("Late Guest", "late"))
    dying = await three.owner()
    await dying.kill()
    gate.until.set()
    assert await three.sees(f"{inside + 1} here", 30) <= 30
