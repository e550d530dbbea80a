"""`POST /realtimekit/webhook`: who is believed, what is recognised, and what is answered when something is missing."""

import asyncio
import io
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.realtimekit.keys import REFETCH_INTERVAL, Keys, KeyUnreachable
from bot.realtimekit.webhooks import EVENTS, PATH, NoKey, event_in, key_in, signature_in
from bot.store.tables import webhook_events
from bot.web import USHER
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.stage import serving
from sandbox.webhooks import Delivery, sign
from sandbox.world import World
from tests.scene import Actor, Scene

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def delivery(scene: Scene, body: bytes | None = None) -> Delivery:
    meeting = {"id": scene.standup.id, "sessionId": str(uuid.uuid4())}
    raw = json.dumps({"event": "meeting.started", "meeting": meeting}).encode() if body is None else body
    return Delivery(scene.on.bot_url + PATH, "hook", "meeting.started", raw, str(uuid.uuid4()))


@pytest.fixture
async def watched(scene: Scene, alice: Actor) -> Scene:
    """Somebody is interested in what is delivered."""
    await alice.types("/session watch")
    return scene


async def stored(scene: Scene) -> int:
    events = select(func.count()).select_from(webhook_events).where(webhook_events.c.event.startswith("meeting"))
    async with scene.on.bot[USHER].store.database.reading() as connection:
        return (await connection.execute(events)).scalar_one()


async def send(scene: Scene, what: Delivery, **headers: str) -> int:
    return await scene.realtimekit.webhooks.send_once(scene.on.http, what, **headers)


@pytest.mark.usefixtures("watched")
async def test_a_signed_delivery_is_taken_and_written_down(scene: Scene) -> None:
    assert await send(scene, delivery(scene)) == 200
    assert await stored(scene) == 1


async def test_what_nobody_is_interested_in_leaves_nothing_but_a_sign_of_life(scene: Scene) -> None:
    for _ in range(3):
        assert await send(scene, delivery(scene)) == 200
    assert await stored(scene) == 0
    async with scene.on.bot[USHER].store.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(webhook_events))).scalar_one() == 1


@pytest.mark.parametrize("signature", ["", "%%% not base64 %%%", "QUJD", "A" * 5000, "é"])
async def test_a_signature_that_is_none_is_refused_without_asking_for_the_key(scene: Scene, signature: str) -> None:
    assert await send(scene, delivery(scene), rtk_signature=signature) == 401
    assert await stored(scene) == 0


async def test_a_wrong_signature_and_a_changed_body_are_refused(scene: Scene) -> None:
    what = delivery(scene)
    assert await send(scene, what, rtk_signature=sign(what.body, STRANGER)) == 401
    assert await send(scene, what, rtk_signature=sign(what.body + b" ")) == 401
    assert await stored(scene) == 0
    assert scene.realtimekit.webhooks.keys_fetched == 1


@pytest.mark.usefixtures("watched")
async def test_a_replay_is_recognised_by_its_uuid_and_by_its_body(scene: Scene) -> None:
    what = delivery(scene)
    assert await send(scene, what) == await send(scene, what) == 200
    assert await send(scene, what, rtk_uuid=str(uuid.uuid4())) == 200
    assert await send(scene, what, rtk_uuid="") == 200
    assert await stored(scene) == 1


@pytest.mark.usefixtures("watched")
async def test_deliveries_without_a_uuid_are_told_apart_by_their_bodies(scene: Scene) -> None:
    for _ in range(3):
        assert await send(scene, delivery(scene), rtk_uuid="") == 200
    assert await stored(scene) == 3


@pytest.mark.usefixtures("watched")
async def test_a_hundred_doubles_at_once_are_one(scene: Scene) -> None:
    what = delivery(scene)
    statuses = await asyncio.gather(*(send(scene, what) for _ in range(100)))
    assert set(statuses) == {200}
    assert await stored(scene) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"event": "something.new", "meeting": {"id": "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"}},
        {"event": "meeting.started", "meeting": {"id": "../../user/tokens"}},
        {"event": "meeting.started", "meeting": None},
        {"event": ["meeting.started"]},
        {},
        [],
        "text",
    ],
)
async def test_what_is_of_no_use_is_taken_and_forgotten(scene: Scene, body: Any) -> None:
    assert await send(scene, delivery(scene, json.dumps(body).encode())) == 200
    assert await stored(scene) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_is_refused(scene: Scene, body: bytes) -> None:
    assert await send(scene, delivery(scene, body)) == 400


async def test_a_body_without_end_is_not_read(scene: Scene) -> None:
    what = io.BytesIO(b"x" * (2**20 + 1))
    async with scene.on.http.post(scene.on.bot_url + PATH, data=what) as response:
        assert response.status == 413


async def test_without_the_key_it_is_to_be_delivered_again(scene: Scene) -> None:
    scene.realtimekit.webhooks.keys_fail = True
    assert await send(scene, delivery(scene)) == 503
    assert await stored(scene) == 0


@pytest.mark.usefixtures("watched")
async def test_without_the_database_it_is_to_be_delivered_again(scene: Scene) -> None:
    async with scene.on.bot[USHER].store.database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")
    assert await send(scene, delivery(scene)) == 503


# The key


@pytest.fixture
def stand_in(world: World) -> StandInRealtimeKit:
    return StandInRealtimeKit(world)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def keys(stand_in: StandInRealtimeKit) -> AsyncIterator[Keys]:
    async with serving(stand_in.app()) as url:
        made = Keys(f"{url}/.well-known/webhooks.json", Time())
        yield made
        await made.close()


async def test_the_key_is_fetched_once_for_all_who_wait(keys: Keys, stand_in: StandInRealtimeKit) -> None:
    answers = await asyncio.gather(*(keys.is_genuine(b"body", sign(b"body")) for _ in range(50)))
    assert all(answers)
    assert stand_in.webhooks.keys_fetched == 1


async def test_a_failed_check_fetches_it_again_but_not_too_often(keys: Keys, stand_in: StandInRealtimeKit) -> None:
    assert await keys.is_genuine(b"body", sign(b"body"))
    for _ in range(5):
        assert not await keys.is_genuine(b"body", sign(b"body", STRANGER))
    assert stand_in.webhooks.keys_fetched == 1
    keys._clock.now += REFETCH_INTERVAL + 1  # type: ignore[attr-defined]
    for _ in range(5):
        assert not await keys.is_genuine(b"body", sign(b"body", STRANGER))
    assert stand_in.webhooks.keys_fetched == 2


async def test_where_it_may_have_been_changed_and_cannot_be_fetched_nobody_is_turned_away_for_good(
    keys: Keys, stand_in: StandInRealtimeKit
) -> None:
    assert await keys.is_genuine(b"body", sign(b"body"))
    keys._clock.now += REFETCH_INTERVAL + 1  # type: ignore[attr-defined]
    stand_in.webhooks.keys_fail = True
    for _ in range(3):
        with pytest.raises(KeyUnreachable):
            await keys.is_genuine(b"body", sign(b"body", STRANGER))
    assert stand_in.webhooks.keys_fetched == 2
    assert await keys.is_genuine(b"body", sign(b"body"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_published_is_a_key_or_none(body: bytes) -> None:
    with pytest.raises(NoKey):
        key_in(body)


@given(st.text(max_size=60))
def test_whatever_stands_in_the_header_is_a_signature_or_none(header: str) -> None:
    assert signature_in(header) is None or isinstance(signature_in(header), bytes)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


_MEETING = "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"
_BODY = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from([*EVENTS, "recording.statusUpdate"]) | _JSON,
        "meeting": st.fixed_dictionaries({"id": st.just(_MEETING) | _JSON, "sessionId": _JSON}) | _JSON,
        "participant": st.fixed_dictionaries({}, optional={"customParticipantId": _JSON, "clientSpecificId": _JSON})
        | _JSON,
        "x": _JSON,
    },
)


@given(_BODY)
def test_whatever_is_signed_is_an_event_of_a_meeting_or_none(body: dict[str, Any]) -> None:
    event = event_in(json.dumps(body).encode())
    meeting = body.get("meeting")
    about = meeting.get("id") if isinstance(meeting, dict) else None
    if body.get("event") in EVENTS and about == _MEETING:
        assert event is not None
        assert (event.name, event.meeting_id) == (body["event"], _MEETING)
        assert event.custom_id is None or isinstance(event.custom_id, str)
    else:
        assert event is None


async def test_the_route_takes_nothing_but_posts(scene: Scene) -> None:
    async with aiohttp.ClientSession() as http, http.get(scene.on.bot_url + PATH) as response:
        assert response.status == 405
