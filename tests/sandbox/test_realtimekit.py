"""The stand-in RealtimeKit is held to the official SDK and to the refusals of the documentation."""

from collections.abc import AsyncIterator
from typing import TypedDict

import aiohttp
import pytest
from cloudflare import AsyncCloudflare, AuthenticationError, BadRequestError, ConflictError, NotFoundError

from sandbox.realtimekit import ACCOUNT, APP, BASE, TOKEN, StandInRealtimeKit
from sandbox.stage import serving
from sandbox.world import World


class Ids(TypedDict):
    account_id: str
    app_id: str


IDS: Ids = {"account_id": ACCOUNT, "app_id": APP}


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with serving(StandInRealtimeKit(world).app()) as base:
        yield base


@pytest.fixture
async def sdk(url: str) -> AsyncIterator[AsyncCloudflare]:
    async with AsyncCloudflare(api_token=TOKEN, base_url=f"{url}/client/v4", max_retries=0) as client:
        yield client


async def test_the_sdk_reads_an_active_session(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    answer = await sdk.realtime_kit.active_session.get_active_session(meeting.id, **IDS)
    assert answer.data
    assert (answer.data.meeting_display_name, answer.data.live_participants) == ("Weekly standup", 3)
    with pytest.raises(NotFoundError):
        await sdk.realtime_kit.active_session.get_active_session(world.meeting("Quiet room").id, **IDS)


async def test_the_sdk_kicks_by_either_id(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    answer = await sdk.realtime_kit.active_session.kick_participants(
        meeting.id, **IDS, participant_ids=[meeting.participants[0].id], custom_participant_ids=["grace@people.example"]
    )
    assert answer.data
    assert answer.data.participants
    assert [one.name for one in answer.data.participants] == ["Ada Lovelace", "Grace Hopper"]
    assert meeting.names() == ["Alan Turing"]


async def test_a_kick_of_an_unknown_id_is_refused_whole(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    ids = [meeting.participants[0].id, "11111111-2222-4333-8444-555555555555"]
    with pytest.raises(NotFoundError):
        await sdk.realtime_kit.active_session.kick_participants(
            meeting.id, **IDS, participant_ids=ids, custom_participant_ids=["grace@people.example"]
        )
    assert len(meeting.names()) == 3


async def test_the_sdk_kicks_everyone(sdk: AsyncCloudflare, world: World) -> None:
    answer = await sdk.realtime_kit.active_session.kick_all_participants(world.meeting("All hands").id, **IDS)
    assert answer.data
    assert answer.data.kicked_participants_count == 250


async def test_the_sdk_creates_a_poll(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    answer = await sdk.realtime_kit.active_session.create_poll(
        meeting.id, **IDS, question="Lunch?", options=["Pizza", "Salad"], anonymous=True
    )
    assert answer.data
    assert answer.data.poll
    assert [option.text for option in answer.data.poll.options] == ["Pizza", "Salad"]
    assert [option.count for option in answer.data.poll.options] == [0, 0]
    with pytest.raises(BadRequestError):
        await sdk.realtime_kit.active_session.create_poll(meeting.id, **IDS, question="Lunch?", options=["Pizza"])


async def test_the_sdk_finds_meetings(sdk: AsyncCloudflare, world: World) -> None:
    found = await sdk.realtime_kit.meetings.get(APP, account_id=ACCOUNT, search="hands", page_no=1, per_page=5)
    assert found.data
    assert [one.title for one in found.data] == ["All hands"]
    one = await sdk.realtime_kit.meetings.get_meeting_by_id(world.meeting("All hands").id, **IDS)
    assert one.data
    assert one.data.title == "All hands"


async def test_the_sdk_reads_sessions_and_their_people(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("All hands")
    sessions = await sdk.realtime_kit.sessions.get_sessions(
        APP, account_id=ACCOUNT, associated_id=meeting.id, status="LIVE", sort_by="createdAt", sort_order="DESC"
    )
    assert sessions.data
    assert sessions.data.sessions
    session = sessions.data.sessions[0]
    first = await sdk.realtime_kit.sessions.get_session_participants(
        session.id, **IDS, sort_by="joinedAt", sort_order="DESC", page_no=1, per_page=200
    )
    last = await sdk.realtime_kit.sessions.get_session_participants(session.id, **IDS, page_no=2, per_page=200)
    assert first.data
    assert first.data.participants
    assert last.data
    assert last.data.participants
    assert (len(first.data.participants), len(last.data.participants)) == (200, 50)
    assert first.data.participants[0].user_id in {person.id for person in meeting.participants}


async def test_the_sdk_deletes_a_participant(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    await sdk.realtime_kit.meetings.delete_meeting_participant(meeting.participants[0].id, meeting_id=meeting.id, **IDS)
    assert meeting.participants[0].deleted


async def test_a_wrong_token_is_refused_in_the_gateway_s_envelope(url: str) -> None:
    async with AsyncCloudflare(api_token="wrong", base_url=f"{url}/client/v4", max_retries=0) as client:
        with pytest.raises(AuthenticationError):
            await client.realtime_kit.meetings.get(APP, account_id=ACCOUNT)


STANDUP = "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "meetings/not-an-id/active-session", None, 400),
        ("GET", "meetings?limit=5", None, 400),
        ("GET", "sessions?status=OVER", None, 400),
        ("GET", "sessions?associated_id=x", None, 400),
        ("GET", f"sessions/{STANDUP}/participants?per_page=201", None, 400),
        ("GET", f"sessions/{STANDUP}/participants?sort_by=name", None, 400),
        ("POST", f"meetings/{STANDUP}/active-session/kick", {}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/kick", {"participant_ids": []}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/kick", {"participant_ids": ["ada"]}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/kick", {"everyone": True}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/poll", {"question": "Q?"}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/poll", {"question": "Q?", "options": "ab"}, 400),
        ("POST", f"meetings/{STANDUP}/active-session/kick-all", {"now": True}, 400),
        ("PUT", "meetings", None, 404),
        ("GET", "../user/tokens", None, 404),
    ],
)
async def test_what_the_documentation_does_not_allow_is_refused(
    url: str, method: str, path: str, body: object, status: int
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, url + BASE + path, json=body) as response,
    ):
        assert response.status == status
        assert (await response.json())["success"] is False


async def test_the_sdk_makes_a_meeting_inactive(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    answer = await sdk.realtime_kit.meetings.update_meeting_by_id(meeting.id, **IDS, status="INACTIVE")
    assert answer.data
    assert (answer.data.status, meeting.status) == ("INACTIVE", "INACTIVE")
    with pytest.raises(BadRequestError):
        await sdk.realtime_kit.meetings.update_meeting_by_id(meeting.id, **IDS, extra_body={"status": "SHUT"})


async def test_the_sdk_reads_one_session(sdk: AsyncCloudflare, world: World) -> None:
    session = world.meeting("Quiet room").sessions[0]
    answer = await sdk.realtime_kit.sessions.get_session_details(session.id, **IDS)
    assert answer.data
    assert (answer.data.status, answer.data.associated_id) == ("ENDED", session.meeting.id)


async def test_the_sdk_registers_changes_and_deletes_webhooks(sdk: AsyncCloudflare) -> None:
    hooks = sdk.realtime_kit.webhooks
    url = "https://usher.example.com/realtimekit/webhook"
    made = await hooks.create_webhook(APP, account_id=ACCOUNT, name="Usher", url=url, events=["meeting.started"])
    with pytest.raises(ConflictError):
        await hooks.create_webhook(APP, account_id=ACCOUNT, name="Usher", url=url, events=["meeting.started"])
    await hooks.edit_webhook(made.data.id, **IDS, events=["meeting.ended"], enabled=False)
    listed = await hooks.get_webhooks(APP, account_id=ACCOUNT)
    assert [(hook.url, hook.events, hook.enabled) for hook in listed.data] == [(url, ["meeting.ended"], False)]
    await hooks.delete_webhook(made.data.id, **IDS)
    assert (await hooks.get_webhooks(APP, account_id=ACCOUNT)).data == []
    with pytest.raises(BadRequestError):
        await hooks.create_webhook(APP, account_id=ACCOUNT, name="Usher", url=url, events=["meeting.over"])


async def test_the_sdk_creates_and_changes_a_meeting(sdk: AsyncCloudflare, world: World) -> None:
    made = await sdk.realtime_kit.meetings.create(APP, account_id=ACCOUNT, title="Retro", record_on_start=True)
    assert made.data
    assert (made.data.title, made.data.record_on_start, made.data.status) == ("Retro", True, "ACTIVE")
    assert made.data.id in world.meetings
    changed = await sdk.realtime_kit.meetings.update_meeting_by_id(made.data.id, **IDS, summarize_on_end=True)
    assert changed.data
    assert changed.data.summarize_on_end


async def test_the_sdk_makes_changes_lists_and_opens_places(sdk: AsyncCloudflare, world: World) -> None:
    meetings, meeting = sdk.realtime_kit.meetings, world.meeting("Quiet room")
    made = await meetings.add_participant(
        meeting.id, **IDS, custom_participant_id="c1", preset_name="webinar_viewer", name="Pat"
    )
    assert made.data
    assert (made.data.name, made.data.preset_name, bool(made.data.token)) == ("Pat", "webinar_viewer", True)
    place, tokens = made.data.id, {made.data.token}
    again = await meetings.refresh_participant_token(place, meeting_id=meeting.id, **IDS)
    changed = await meetings.edit_participant(place, meeting_id=meeting.id, **IDS, preset_name="group_call_host")
    assert again.data
    assert changed.data
    assert len(tokens | {again.data.token, changed.data.token}) == 3
    listed = await meetings.get_meeting_participants(meeting.id, **IDS, page_no=1, per_page=50)
    assert (place, "group_call_host") in [(one.id, one.preset_name) for one in listed.data]
    with pytest.raises(BadRequestError):
        await meetings.add_participant(meeting.id, **IDS, custom_participant_id="c2", preset_name="none such")
    await meetings.delete_meeting_participant(place, meeting_id=meeting.id, **IDS)
    with pytest.raises(NotFoundError):
        await meetings.refresh_participant_token(place, meeting_id=meeting.id, **IDS)


async def test_the_sdk_lists_the_presets(sdk: AsyncCloudflare) -> None:
    found = await sdk.realtime_kit.presets.get(APP, account_id=ACCOUNT, page_no=1, per_page=3)
    assert found.data[0].name == "group_call_host"
    assert found.paging.total_count == 7


async def test_the_sdk_records(sdk: AsyncCloudflare, world: World) -> None:
    recordings, meeting = sdk.realtime_kit.recordings, world.meeting("Weekly standup")
    with pytest.raises(NotFoundError):
        await recordings.get_active_recordings(meeting.id, **IDS)
    started = await recordings.start_recordings(APP, account_id=ACCOUNT, meeting_id=meeting.id)
    assert started.data
    with pytest.raises(ConflictError):
        await recordings.start_recordings(APP, account_id=ACCOUNT, meeting_id=meeting.id)
    active = await recordings.get_active_recordings(meeting.id, **IDS)
    assert active.data
    assert (active.data.id, active.data.status) == (started.data.id, "RECORDING")
    paused = await recordings.pause_resume_stop_recording(started.data.id, **IDS, action="pause")
    assert paused.data
    assert paused.data.status == "PAUSED"
    await recordings.pause_resume_stop_recording(started.data.id, **IDS, action="stop")
    one = await recordings.get_one_recording(started.data.id, **IDS)
    assert one.data
    assert one.data.status in ("UPLOADING", "UPLOADED")
    listed = await recordings.get_recordings(
        APP, account_id=ACCOUNT, meeting_id=meeting.id, sort_by="invokedTime", sort_order="DESC", page_no=1, per_page=5
    )
    assert [each.id for each in listed.data] == [started.data.id]


async def test_the_sdk_reads_what_a_session_left_behind(sdk: AsyncCloudflare, world: World) -> None:
    meeting = world.meeting("Weekly standup")
    session = meeting.live()
    assert session
    with pytest.raises(NotFoundError):
        await sdk.realtime_kit.sessions.get_session_summary(session.id, **IDS)
    meeting.switches |= {"transcribe_on_end": True, "summarize_on_end": True}
    meeting.end()
    summary = await sdk.realtime_kit.sessions.get_session_summary(session.id, **IDS)
    transcript = await sdk.realtime_kit.sessions.get_session_transcripts(session.id, **IDS)
    assert summary.data
    assert transcript.data
    for url in (summary.data.summary_download_url, transcript.data.transcript_download_url):
        assert "/files/" in url
