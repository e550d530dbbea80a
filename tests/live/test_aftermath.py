"""What a session leaves behind is in its thread: each once, in any order, told or not."""

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.live.aftermath import Aftermath, transcript_text
from bot.store.aftermaths import NEVER
from bot.store.engine import Database
from bot.store.records import Aftermath as Awaited
from bot.store.records import Card, CardKind, CardState
from bot.store.store import Store
from bot.store.tables import aftermaths, metadata
from bot.views.aftermath import summary
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.limits import check_message
from sandbox.slack import SlackFault
from sandbox.surfaces import Message
from sandbox.world import Meeting, Participant
from tests.scene import Actor, Scene

SAID = ("The recording is ready.", "*AI summary*", "couldn't post it here", "The recording failed.")


def thread(scene: Scene, ts: str) -> list[Message]:
    return [one for one in scene.slack.messages if one.thread_ts == ts]


def items(alice: Actor, messages: list[Message]) -> list[str]:
    """What is in a thread, besides the attendance."""
    found = []
    for message in messages:
        read = alice.read(message)
        found += [what for what in SAID if what in read]
        found += [file.name.partition("-")[0] for file in message.files]
    return sorted(found)


ALL = sorted(["The recording is ready.", "*AI summary*", "transcript"])


@pytest.fixture
async def card(alice: Actor, scene: Scene) -> Message:
    """The live card of a meeting with notes that is being recorded."""
    scene.on.connect_webhooks()
    scene.standup.switches |= {"transcribe_on_end": True, "summarize_on_end": True}
    scene.realtimekit.recordings.upload_seconds = 0.0
    scene.realtimekit.recordings.record(scene.standup)
    await alice.types("/session watch")
    return next(one for one in scene.public() if "Turn off live card" in alice.labels(one))


async def collected(alice: Actor, scene: Scene, card: Message, expected: list[str]) -> None:
    async with asyncio.timeout(10):
        while items(alice, thread(scene, card.ts)) != expected:
            await asyncio.sleep(0.01)
            await scene.idle()


async def test_recording_summary_and_transcript_come_into_the_thread_once_each(
    alice: Actor, mike: Actor, scene: Scene, card: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scene.standup.end()
    await collected(alice, scene, card, ALL)
    for event in ("meeting.summary", "meeting.transcript", "recording.statusUpdate") * 2:
        scene.realtimekit.webhooks.tell(event, scene.standup.sessions[-1], {"again": event})
    await scene.settled()
    assert items(alice, thread(scene, card.ts)) == ALL
    read = "\n".join(map(alice.read, thread(scene, card.ts)))
    assert "The release moves to Thursday" in read
    assert "Cloudflare deletes files after 7 days." in read
    assert "/files/" not in "".join(str(one.payload) for one in scene.public())
    (file,) = [file for one in thread(scene, card.ts) for file in one.files]
    assert "[00:00:11] Grace Hopper: Two fixes are in review." in (file.content or b"").decode()
    ready = next(one for one in thread(scene, card.ts) if "The recording is ready." in alice.read(one))
    await mike.clicks(ready, "Get link")
    assert "Only hosts" in mike.screen
    await alice.clicks(ready, "Get link")
    assert alice.last.ephemeral_to == alice.user.id
    stored = ""
    async with scene.on.bot[USHER].store.database.reading() as connection:
        for table in metadata.tables.values():
            stored += str((await connection.execute(select(table))).all())
    signatures = list(scene.realtimekit.recordings.links)
    assert not [one for one in signatures if one in caplog.text + stored]


async def test_with_every_webhook_lost_the_same_comes_by_reading(alice: Actor, scene: Scene, card: Message) -> None:
    scene.realtimekit.webhooks.deliver = lambda delivery: [delivery] if delivery.event == "meeting.ended" else []
    scene.standup.end()
    await collected(alice, scene, card, ALL)


async def test_a_recording_that_failed_is_said_to_have(alice: Actor, scene: Scene, card: Message) -> None:
    scene.realtimekit.recordings.every[0].status = "ERRORED"
    scene.standup.switches.clear()
    scene.standup.end()
    await collected(alice, scene, card, ["The recording failed."])


HOSTILE: dict[str, str | bytes] = {
    "pings": "<!channel> <@U0MIKE0001> <https://evil.example|click> *b* `c`",
    "binary": b"\xff\xfe\x00\x01",
    "1 MB": "x" * 1_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_summary_is_text_or_a_button(alice: Actor, scene: Scene, card: Message, kind: str) -> None:
    session = scene.standup.live()
    assert session
    scene.realtimekit.recordings.summaries[session.id] = HOSTILE[kind]
    scene.standup.end()
    if kind == "pings":
        await collected(alice, scene, card, ALL)
        assert any("<!channel> <@U0MIKE0001> <https" in str(one.payload) for one in thread(scene, card.ts))
        return
    await collected(alice, scene, card, sorted([*(set(ALL) - {"*AI summary*"}), "couldn't post it here"]))
    instead = next(one for one in thread(scene, card.ts) if "couldn't post it here" in alice.read(one))
    await alice.clicks(instead, "Get link")
    assert "Here's a link to the summary." in alice.read(alice.last)


async def test_a_long_summary_is_cut_and_all_of_it_is_a_file_for_who_asks(
    alice: Actor, mike: Actor, scene: Scene, card: Message
) -> None:
    session = scene.standup.live()
    assert session
    long = "We agreed on many things. " * 400
    scene.realtimekit.recordings.summaries[session.id] = long
    scene.standup.end()
    await collected(alice, scene, card, ALL)
    shown = next(one for one in thread(scene, card.ts) if "*AI summary*" in alice.read(one))
    await mike.clicks(shown, "Show all")
    assert "Sent. You'll find *summary.txt*" in mike.screen
    direct = scene.slack.visible(mike.user.id, scene.slack.direct(mike.user.id).id)
    assert (direct[-1].files[0].content or b"").decode().strip() == long.strip()


async def test_what_slack_did_not_take_comes_later(alice: Actor, scene: Scene, card: Message) -> None:
    scene.slack.faults["files.getUploadURLExternal"] = SlackFault("internal_error")
    scene.standup.end()
    await collected(alice, scene, card, sorted(set(ALL) - {"transcript"}))
    scene.slack.faults.clear()
    scene.realtimekit.webhooks.tell("meeting.transcript", scene.standup.sessions[-1], {})
    await collected(alice, scene, card, ALL)


@pytest.mark.slow
@pytest.mark.databases
async def test_however_the_events_come_to_three_processes_ten_threads_hold_each_item_once(
    alice: Actor, scene: Scene, database_url: str
) -> None:
    usher, kit = scene.on.bot[USHER], scene.realtimekit
    stores = [Store(Database(SecretStr(database_url))) for _ in range(3)]
    now = datetime.now(UTC)
    cards, meetings = [], []
    for number in range(10):
        meeting = scene.world.add(
            Meeting(f"Meeting {number}", switches=dict.fromkeys(("transcribe_on_end", "summarize_on_end"), True))
        )
        meeting.join(Participant("Ada", "ada"))
        kit.recordings.upload_seconds = 0.0
        kit.recordings.record(meeting)
        meeting.end()
        session = meeting.sessions[-1]
        ts = scene.slack.post(alice.channel.id, {"text": f"card {number}"}).ts
        card = Card(
            f"c{number}",
            alice.channel.id,
            meeting.id,
            session.id,
            CardKind.CARD,
            CardState.ENDED,
            meeting.title,
            None,
            ts,
            None,
            now,
        )
        await stores[0].aftermaths.begin(card, now, notes=True, after=3600)
        cards.append(card)
        meetings.append(meeting)
    deliveries = [json.dumps(body).encode() for meeting in meetings for body in bodies(meeting) * 2][:100]
    random.Random(7).shuffle(deliveries)  # noqa: S311 - the same each time

    async def process(store: Store, mine: list[bytes]) -> None:
        collector = Aftermath(usher.realtimekit, usher.downloads, usher.messages, store, lambda: now, (0.0,), 0.1)
        scheduler = replace(usher.scheduler, store=store)
        for number, raw in enumerate(mine):
            await scheduler.receive(raw, f"{id(store)} {number}")
            while one := await store.aftermaths.claim(60):
                await collector.look(one)

    await asyncio.gather(*(process(store, deliveries[number::3]) for number, store in enumerate(stores)))
    for card in cards:
        assert items(alice, thread(scene, card.ts or "")) == ALL
    for store in stores:
        await store.database.close()


def bodies(meeting: Meeting) -> list[dict[str, object]]:
    """All events of a session that is over, flat and nested."""
    session = meeting.sessions[-1].id
    nested: dict[str, object] = {"meeting": {"id": meeting.id, "sessionId": session}}
    flat: dict[str, object] = {"meetingId": meeting.id, "sessionId": session}
    recording: dict[str, object] = {"recording": {"meetingId": meeting.id, "status": "UPLOADED"}}
    return [
        {"event": "meeting.summary", **nested},
        {"event": "meeting.transcript", **flat},
        {"event": "recording.statusUpdate", **recording},
        {"event": "meeting.summary", **flat},
        {"event": "meeting.transcript", **nested},
    ]


def test_a_transcript_that_is_no_table_stays_as_it_is() -> None:
    assert transcript_text("just words") == "just words"
    assert transcript_text("Timestamp,Participant Name,Transcript\n1,Ada,=1+1\n") == "[1] Ada: =1+1\n"


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m\u202e", "👩‍👩‍👧‍👦" * 3000, "line\n" * 3000])
def test_any_summary_passes_slack_s_limits(text: str) -> None:
    said = summary(text, "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01")
    check_message({"text": said.text, "blocks": list(said.json)})


async def test_an_empty_list_is_no_proof_that_there_is_no_recording(alice: Actor, scene: Scene, card: Message) -> None:
    scene.standup.switches.clear()
    scene.realtimekit.webhooks.deliver = lambda told: [told] if told.event == "meeting.ended" else []
    empty = '{"success":true,"data":[],"paging":{"total_count":0,"start_offset":0,"end_offset":0}}'
    scene.realtimekit.faults["recordings"] = Fault("status", status=200, times=1, body=empty)
    scene.standup.end()
    store = scene.on.bot[USHER].store

    async def due() -> float:
        async with store.database.reading() as connection:
            return float((await connection.execute(select(aftermaths.c.due))).scalar() or NEVER)

    async with asyncio.timeout(10):
        while await due() >= NEVER or not scene.realtimekit.calls("recordings"):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    await store.aftermaths.wake(scene.standup.id, notes=False)
    await collected(alice, scene, card, ["The recording is ready."])


async def test_the_attendance_comes_when_slack_takes_it_again(alice: Actor, scene: Scene, card: Message) -> None:
    scene.slack.faults["chat.postMessage"] = SlackFault("internal_error")
    scene.standup.end()
    await scene.until(lambda: "chat.postMessage" in scene.slack.calls)
    await scene.idle()
    scene.slack.faults.clear()
    for _ in range(2):
        await scene.on.bot[USHER].scheduler.refresh_soon(scene.standup.id)
        await scene.settled()
    attendance = [one for one in thread(scene, card.ts) if "Send me the CSV" in alice.labels(one)]
    assert len(attendance) == 1


@pytest.mark.settings(realtimekit_host_preset="webinar_presenter")
async def test_who_hosted_is_told_by_the_presets_of_hosts(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session watch quiet")
    scene.quiet.join(Participant("Petra Presenter", "petra", preset="webinar_presenter"))
    scene.quiet.join(Participant("Gary", "gary", preset="ghost_viewer"))
    await scene.settled()
    scene.quiet.end()
    await scene.settled()
    assert "Hosted by Petra Presenter." in alice.screen + "".join(map(alice.read, scene.slack.messages))


async def test_what_has_not_come_of_a_session_in_the_end_is_said_once(
    alice: Actor, scene: Scene, card: Message
) -> None:
    usher, session = scene.on.bot[USHER], scene.standup.sessions[-1]
    missing = json.dumps({"success": False, "error": {"code": 404, "message": "Not found"}})
    scene.realtimekit.faults |= {kind: Fault("status", 404, missing) for kind in ("summary", "transcript")}
    scene.standup.end()
    await scene.settled()
    over = session.ended_at
    assert over
    one = Awaited(alice.channel.id, session.id, scene.standup.id, "Weekly standup", card.ts, over, notes=True, due=0.0)
    collector = replace(usher.aftermath, clock=lambda: over + timedelta(hours=2))
    for _ in range(2):
        await collector.look(one)
    said = [one for one in thread(scene, card.ts) if "RealtimeKit has no" in alice.read(one)]
    assert [alice.read(one) for one in said] == ["RealtimeKit has no transcript or AI summary for this session."]
