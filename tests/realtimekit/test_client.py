from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import (
    NoSession,
    NoSuchMeeting,
    NoSuchParticipant,
    NotAuthorized,
    NotUnderstood,
    RateLimited,
    TimedOut,
    Unavailable,
)
from bot.realtimekit.transport import Account
from sandbox.faults import Fault
from sandbox.realtimekit import ACCOUNT, APP, TOKEN, StandInRealtimeKit
from sandbox.stage import serving
from sandbox.world import Meeting, Participant, World


@pytest.fixture
def stand_in(world: World) -> StandInRealtimeKit:
    return StandInRealtimeKit(world)


@pytest.fixture
def timeout() -> float:
    """Long, since a machine may stand still for a moment."""
    return 10.0


@pytest.fixture
async def kit(stand_in: StandInRealtimeKit, timeout: float) -> AsyncIterator[RealtimeKit]:  # noqa: ASYNC109
    async with serving(stand_in.app()) as url:
        client = RealtimeKit(Account(f"{url}/client/v4/", ACCOUNT, APP, SecretStr(TOKEN), timeout))
        yield client
        await client.close()


async def test_all_pages_of_a_long_list_are_read(kit: RealtimeKit, world: World) -> None:
    meeting = world.add(Meeting("Long"))
    for number in range(450):
        meeting.join(Participant(f"P{number}", f"p{number}"))
    session = await kit.active_session(meeting.id)
    assert session.id
    assert len((await kit.participants(session.id)).rows) == 450


async def test_pages_that_repeat_themselves_end_the_reading(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    rows = ",".join(f'{{"id":"p{number}"}}' for number in range(200))
    stand_in.faults["session_participants"] = Fault(
        "status", status=200, body=f'{{"data":{{"participants":[{rows}]}}}}'
    )
    assert len((await kit.participants("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01")).rows) == 200
    assert len(stand_in.seen) == 2


async def test_sessions_of_other_meetings_are_left_out(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    body = '{"data":{"sessions":[{"id":"a","associated_id":"other"},{"id":"b","associated_id":"mine"}]}}'
    stand_in.faults["sessions"] = Fault("status", status=200, body=body)
    assert [session.id for session in await kit.sessions("mine", "ENDED")] == ["b"]


async def test_an_api_that_wants_no_calls_for_long_is_not_asked_at_once_again(
    kit: RealtimeKit, stand_in: StandInRealtimeKit
) -> None:
    stand_in.faults["*"] = Fault("status", status=429, headers={"Retry-After": "120"})
    for _ in range(20):
        with pytest.raises(RateLimited) as refused:
            await kit.meetings()
        assert refused.value.retry_after == pytest.approx(120, abs=5)
    assert len(stand_in.seen) == 1


async def test_a_wrong_token_is_not_authorised_and_shows_nowhere(stand_in: StandInRealtimeKit, world: World) -> None:
    async with serving(stand_in.app()) as url:
        client = RealtimeKit(Account(f"{url}/client/v4", ACCOUNT, APP, SecretStr("wrong-token"), 1))
        with pytest.raises(NotAuthorized) as caught:
            await client.active_session(next(iter(world.meetings)))
        await client.close()
    assert "wrong-token" not in f"{caught.value!r} {caught.value.facts}"
    assert ACCOUNT not in str(caught.value)


async def test_nobody_listening_is_unavailable_and_nothing_happened() -> None:
    client = RealtimeKit(Account("http://127.0.0.1:9", ACCOUNT, APP, SecretStr(TOKEN), 0.5))
    with pytest.raises(Unavailable) as caught:
        await client.kick_all("m")
    await client.close()
    assert not caught.value.may_have_happened


@pytest.mark.parametrize("timeout", [0.3])
async def test_a_hang_times_out_and_may_have_happened(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    stand_in.faults["*"] = Fault("hang", seconds=1)
    with pytest.raises(TimedOut) as caught:
        await kit.kick_all("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01")
    assert caught.value.may_have_happened
    assert len(stand_in.seen) == 1


async def test_a_kick_that_the_api_did_not_answer_is_not_sent_again(
    kit: RealtimeKit, stand_in: StandInRealtimeKit, world: World
) -> None:
    stand_in.faults["kick"] = Fault("reset")
    with pytest.raises(Unavailable):
        await kit.kick("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01", [world.meeting("Weekly standup").participants[0].id])
    assert len(stand_in.calls("kick")) == 1


async def test_what_is_not_there_has_its_own_error_each(kit: RealtimeKit, world: World) -> None:
    absent = "11111111-2222-4333-8444-555555555555"
    with pytest.raises(NoSession):
        await kit.active_session(absent)
    with pytest.raises(NoSuchMeeting):
        await kit.meeting(absent)
    with pytest.raises(NoSuchParticipant):
        await kit.kick(world.meeting("Weekly standup").id, [absent])
    with pytest.raises(NoSuchParticipant):
        await kit.delete_participant(world.meeting("Weekly standup").id, absent)


async def test_a_body_without_end_is_not_read_to_its_end(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    whole = '{"success":true,"data":[],"padding":"' + "x" * 9_000_000 + '"}'
    stand_in.faults["meetings"] = Fault("status", status=200, body=whole)
    with pytest.raises((NotUnderstood, TimedOut)):
        await kit.meetings()


@pytest.mark.parametrize("first_page", [0, 1])
@pytest.mark.parametrize("people", [0, 1, 3, 199, 200, 201, 250, 401])
async def test_everyone_is_found_whether_pages_are_counted_from_0_or_1(
    kit: RealtimeKit, stand_in: StandInRealtimeKit, world: World, first_page: int, people: int
) -> None:
    stand_in.first_page = first_page
    meeting = world.add(Meeting("Long"))
    meeting.join(Participant("First", "first"))
    for number in range(people):
        meeting.join(Participant(f"P{number}", f"p{number}"))
    session = await kit.active_session(meeting.id)
    for _ in range(2):
        assert len((await kit.participants(session.id or "")).rows) == people + 1
    assert len(await kit.newest_participants(session.id or "", 50)) == min(50, people + 1)
    assert "Long" in {one.title for one in await kit.meetings()}


async def test_where_pages_are_counted_from_1_none_is_asked_for_twice(
    kit: RealtimeKit, stand_in: StandInRealtimeKit, world: World
) -> None:
    meeting = world.add(Meeting("Long"))
    for number in range(250):
        meeting.join(Participant(f"P{number}", f"p{number}"))
    await kit.participants((await kit.active_session(meeting.id)).id or "")
    assert [one.query["page_no"] for one in stand_in.calls("session_participants")] == ["1", "2"]


async def test_pages_that_are_shorter_than_asked_for_are_all_read(
    kit: RealtimeKit, stand_in: StandInRealtimeKit, world: World
) -> None:
    stand_in.most_rows = 100
    meeting = world.add(Meeting("Long"))
    for number in range(450):
        meeting.join(Participant(f"P{number}", f"p{number}"))
    session = await kit.active_session(meeting.id)
    assert len((await kit.participants(session.id or "")).rows) == 450
