"""`python -m bot webhooks`: what is registered, mended, and taken away, whatever is there already."""

from collections.abc import AsyncIterator

import pytest

from bot.cli import webhooks as registration
from bot.cli.webhooks import BadUrl, Unfinished
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NotAuthorized
from bot.realtimekit.transport import Account
from bot.realtimekit.webhooks import EVENTS, PATH
from bot.settings import load
from sandbox.faults import Fault
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.stage import environment, serving
from sandbox.world import World

URL = "https://usher.example.com"


@pytest.fixture
def stand_in(world: World) -> StandInRealtimeKit:
    return StandInRealtimeKit(world)


@pytest.fixture
async def kit(stand_in: StandInRealtimeKit) -> AsyncIterator[RealtimeKit]:
    async with serving(stand_in.app()) as url:
        client = RealtimeKit(Account.of(load(**environment(url, url))))
        yield client
        await client.close()


async def test_nothing_registered_is_said_with_the_way_to_change_it(kit: RealtimeKit) -> None:
    with pytest.raises(Unfinished, match="webhooks register --url"):
        await registration.status(kit, None)


async def test_registering_is_done_once_however_often_it_is_asked_for(
    kit: RealtimeKit, stand_in: StandInRealtimeKit
) -> None:
    assert await registration.register(kit, URL) == f"Registered {URL}{PATH}."
    assert await registration.register(kit, URL + "/") == f"{URL}{PATH} is already registered."
    assert [hook["url"] for hook in stand_in.webhooks.registered] == [URL + PATH]
    assert "is registered" in await registration.status(kit, None)


async def test_one_that_lacks_events_or_is_off_is_mended_and_keeps_what_it_has(
    kit: RealtimeKit, stand_in: StandInRealtimeKit
) -> None:
    stand_in.webhooks.register("x", URL + PATH, ["meeting.started", "meeting.summary"], enabled=False)
    with pytest.raises(Unfinished, match="is turned off"):
        await registration.status(kit, URL)
    assert await registration.register(kit, URL) == f"Fixed {URL}{PATH}, which was turned off."
    hook = stand_in.webhooks.registered[0]
    assert hook["enabled"]
    assert set(hook["events"]) == {*EVENTS, "meeting.summary"}


async def test_a_conflict_with_somebody_who_was_quicker_ends_well(
    kit: RealtimeKit, stand_in: StandInRealtimeKit
) -> None:
    stand_in.webhooks.register("x", URL + PATH, EVENTS)
    empty = '{"success": true, "data": []}'
    stand_in.faults["webhooks"] = Fault("status", 200, body=empty, times=1)
    assert await registration.register(kit, URL) == f"{URL}{PATH} is already registered."
    stand_in.faults["webhooks"] = Fault("status", 200, body=empty)
    with pytest.raises(Unfinished, match="doesn't list it"):
        await registration.register(kit, URL)


async def test_registrations_that_differ_by_a_slash_are_one_address_and_all_of_them_are_fixed_and_removed(
    kit: RealtimeKit, stand_in: StandInRealtimeKit
) -> None:
    for address in (URL + PATH, URL + PATH + "/"):
        stand_in.webhooks.register("x", address, ["meeting.started"])
    assert (await registration.register(kit, URL)).count("Fixed") == 2
    assert (await registration.status(kit, URL)).count("is registered") == 2
    assert (await registration.remove(kit, URL)).count("Removed") == 2
    assert stand_in.webhooks.registered == []


async def test_webhooks_of_others_are_left_alone(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    stand_in.webhooks.register("x", "https://other.example.com/hook", EVENTS)
    assert "nothing to remove" in await registration.remove(kit, None)
    await registration.register(kit, URL)
    await registration.register(kit, "https://second.example.com")
    with pytest.raises(Unfinished, match="Choose one"):
        await registration.remove(kit, None)
    assert await registration.remove(kit, URL) == f"Removed {URL}{PATH}."
    assert len(stand_in.webhooks.registered) == 2


@pytest.mark.parametrize(
    "url",
    ["", "usher.example.com", "http://usher.example.com", "https://", "https://x.example/y", "https://[", "ftp://x"],
)
async def test_what_is_no_address_is_refused_before_anything_is_asked(
    kit: RealtimeKit, stand_in: StandInRealtimeKit, url: str
) -> None:
    for act in (registration.register, registration.status, registration.remove):
        with pytest.raises(BadUrl):
            await act(kit, url)
    assert stand_in.seen == []


async def test_a_refused_token_is_told(kit: RealtimeKit, stand_in: StandInRealtimeKit) -> None:
    stand_in.faults["*"] = Fault("status", 403)
    with pytest.raises(NotAuthorized):
        await registration.register(kit, URL)
