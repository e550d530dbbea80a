"""Places: one for each person and meeting, however many processes and clicks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.commands.admission import Admission, Visitor
from bot.errors import MeetingChoice
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.transport import Account
from bot.store.bans import Bans
from bot.store.engine import Database
from bot.store.links import Links
from bot.store.places import Places
from sandbox.faults import Fault
from sandbox.realtimekit import ACCOUNT, APP, TOKEN, StandInRealtimeKit
from sandbox.stage import serving
from sandbox.world import Meeting, World

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
async def places(database_url: str) -> AsyncIterator[Places]:
    database = Database(SecretStr(database_url))
    yield Places(database, "me")
    await database.close()


@pytest.mark.databases
async def test_two_hundred_joins_of_twenty_people_on_three_processes_make_twenty_places(
    database_url: str, world: World
) -> None:
    meeting, stand_in = world.add(Meeting("Retro")), StandInRealtimeKit(world)
    # One in ten answers to a creation is lost.
    stand_in.faults["add_participant"] = Fault("reset_after", times=2)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(stand_in.app()))
        processes = []
        database = None
        for number in range(3):
            # SQLite serves one process.
            if database is None or not database_url.startswith("sqlite"):
                database = Database(SecretStr(database_url))
                stack.push_async_callback(database.close)
            kit = RealtimeKit(Account(f"{url}/client/v4", ACCOUNT, APP, SecretStr(TOKEN), 5))
            stack.push_async_callback(kit.close)
            page = url + "/room?token={token}"
            processes.append(Admission(kit, Places(database, str(number)), Bans(database), page, 5))

        # With all of them waiting for one database, its time limit would refuse some, as it should.
        gate = asyncio.Semaphore(6)

        async def join(number: int) -> str:
            who = Visitor(f"slack-T1-U{number % 20}", f"Person {number % 20}")
            async with gate:
                link = await processes[number % 3].link(MeetingChoice(meeting.id, "Retro"), who, "group_call_host", NOW)
            return link.get_secret_value()

        links = await asyncio.gather(*(join(number) for number in range(200)))
    assert len(set(links)) == 200
    assert sorted(one.custom_id for one in meeting.participants) == sorted(f"slack-T1-U{n}" for n in range(20))


@pytest.mark.databases
async def test_a_claim_is_one_s_own_until_it_ends_and_the_next_one_looks_first(places: Places) -> None:
    seat = await places.claim("m", "p", NOW, ttl=60)
    assert seat is not None
    assert not seat.was_asked_for
    other = Places(places.database, "other")
    assert await other.claim("m", "p", NOW, ttl=60) is None
    await places.not_made("m", "p", certain=False)
    again = await other.claim("m", "p", NOW, ttl=0)
    assert again is not None
    assert again.was_asked_for
    await other.not_made("m", "p", certain=True)
    afresh = await places.claim("m", "p", NOW, ttl=60)
    assert afresh is not None
    assert not afresh.was_asked_for


@pytest.mark.databases
async def test_of_two_who_find_a_place_gone_one_makes_it_anew(places: Places) -> None:
    await places.claim("m", "p", NOW, ttl=60)
    await places.made("m", "p", "old", "preset")
    assert await places.reclaim("m", "p", "old", ttl=60)
    assert not await places.reclaim("m", "p", "old", ttl=60)


@pytest.mark.databases
async def test_an_invitation_makes_no_place_and_stays_with_the_one_that_is_made(places: Places) -> None:
    await places.invite("m", "p", NOW, NOW + timedelta(days=30), "viewer")
    seat = await places.claim("m", "p", NOW, ttl=60)
    assert seat is not None
    assert (seat.participant_id, seat.was_asked_for) == (None, False)
    await places.made("m", "p", "id", "viewer")
    kept = await places.of("m", "p")
    assert kept is not None
    assert (kept.participant_id, kept.invited_until, kept.invited_preset) == ("id", NOW + timedelta(days=30), "viewer")
    assert await places.known("m", ["p", "q"]) == {"p": "id"}


@pytest.mark.databases
async def test_what_nobody_uses_is_forgotten_unless_a_channel_is_linked_to_the_meeting(places: Places) -> None:
    await Links(places.database).put("C1", "linked", "Retro", "U1", NOW)
    for meeting in ("linked", "default", "other"):
        await places.claim(meeting, "p", NOW, ttl=60)
    await places.claim("other", "recent", NOW + timedelta(days=2), ttl=60)
    assert await places.purge(NOW + timedelta(days=1), "default") == 1
    assert await places.of("other", "p") is None
    assert await places.of("other", "recent") is not None
