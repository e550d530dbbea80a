"""Recording from Slack: each action × each state × each failure; one recording however often it is asked for."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot.realtimekit import secrets
from bot.views.record import file_link
from sandbox.faults import Fault
from sandbox.recordings import Recording
from sandbox.world import Meeting, Participant, now
from tests.scene import REFUSED, Actor, Scene

STATES = ("none", "INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "ERRORED")
RUNNING = ("INVOKED", "RECORDING", "PAUSED")
SAID = {
    "": dict.fromkeys(STATES, "started recording")
    | {"INVOKED": "already being recorded", "RECORDING": "already being recorded", "PAUSED": "recording is paused"},
    "pause": dict.fromkeys(STATES, "isn't being recorded")
    | {"INVOKED": "paused the recording", "RECORDING": "paused the recording", "PAUSED": "already paused"},
    "resume": dict.fromkeys(STATES, "isn't being recorded")
    | {"INVOKED": "already running", "RECORDING": "already running", "PAUSED": "resumed the recording"},
    "stop": dict.fromkeys(STATES, "isn't being recorded") | dict.fromkeys(RUNNING, "stopped the recording"),
}
AFTER = {"": "RECORDING", "pause": "PAUSED", "resume": "RECORDING", "stop": "UPLOADING"}
CHANGES = {(action, state) for action, said in SAID.items() for state, text in said.items() if "already" not in text}
CHANGES -= {(action, state) for action, said in SAID.items() for state, text in said.items() if "isn't" in text}
CHANGES -= {("", "PAUSED")}
ENDPOINT = {"": "start_recording", **dict.fromkeys(("pause", "resume", "stop"), "change_recording")}
LOST = {"lost before": Fault("reset"), "lost after": Fault("reset_after"), "refused": Fault("status", status=403)}


def recorded(scene: Scene, state: str) -> Recording | None:
    """A recording of the standup in this state; none for `none`."""
    if state == "none":
        return None
    recording = scene.realtimekit.recordings.record(scene.standup, caller="Ada Lovelace")
    recording.status, scene.realtimekit.recordings.upload_seconds = state, 3600
    recording.stopped = now() if state not in RUNNING else None
    return recording


def newest(scene: Scene) -> Recording:
    return scene.realtimekit.recordings.every[-1]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", SAID)
async def test_each_action_in_each_state_does_what_it_says(alice: Actor, scene: Scene, action: str, state: str) -> None:
    before = recorded(scene, state)
    await alice.types(f"/session record {action}")
    assert SAID[action][state] in alice.read(alice.last)
    changes = scene.realtimekit.calls("start_recording", "change_recording")
    assert len(changes) == ((action, state) in CHANGES)
    if changes:
        assert newest(scene).status == AFTER[action]
    elif before:
        assert before.status == state


@pytest.mark.sampled(3)
@pytest.mark.settings(realtimekit_timeout=1)
@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(("action", "state"), sorted(CHANGES))
async def test_each_change_under_each_failure_is_told_as_it_is(
    alice: Actor, scene: Scene, action: str, state: str, kind: str
) -> None:
    recorded(scene, state)
    count = len(scene.realtimekit.recordings.every)
    scene.realtimekit.faults[ENDPOINT[action]] = LOST[kind]
    await alice.types(f"/session record {action}")
    said = alice.read(alice.last)
    if kind == "lost after":
        assert SAID[action][state] in said
    elif kind == "lost before":
        assert "I can't tell whether" in said
    else:
        assert "Nothing was changed." in said
    assert len(scene.realtimekit.recordings.every) - count == (action == "" and kind == "lost after")


async def test_wherever_and_however_often_it_is_clicked_one_recording_starts(alice: Actor, scene: Scene) -> None:
    await alice.types("/session hosts add <@U0MIKE0001> <@U0GRACE001>")
    people = [scene.person(name) for name in ("alice", "mike", "grace")]
    scene.realtimekit.faults["start_recording"] = Fault("delay", seconds=0.05)
    for person in people:
        person.patient = False
    await asyncio.gather(*(person.types("/session record") for person in people * 5))
    await scene.idle()
    assert len(scene.realtimekit.recordings.every) == 1
    assert len([one for one in scene.public() if "started recording" in alice.read(one)]) == 1


async def test_of_two_who_stop_it_at_once_one_did_and_the_other_is_told(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    recorded(scene, "RECORDING")
    scene.realtimekit.faults["change_recording"] = Fault("delay", seconds=0.05)
    alice.patient = mike.patient = False
    await asyncio.gather(alice.types("/session record stop"), mike.types("/session record stop"))
    await scene.idle()
    assert len([one for one in scene.public() if "stopped the recording" in alice.read(one)]) == 1
    late = [one for one in (alice, mike) if "The recording of *Weekly standup* is already stopped." in one.screen]
    assert len(late) == 1
    alice.patient = True
    assert "tried to stop the recording of *Weekly standup* · already stopped" in await history(alice)


@pytest.mark.settings(bot_announce=False)
async def test_the_channel_is_told_of_start_and_stop_whatever_is_set(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session record")
    assert "● @alice started recording *Weekly standup*." in mike.screen
    await alice.clicks(scene.public()[-1], "Stop recording")
    assert "@alice stopped the recording of *Weekly standup*." in mike.screen


async def test_cards_show_it_whoever_started_it_and_members_cost_one_call_in_half_a_minute(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    recorded(scene, "RECORDING")
    for _ in range(3):
        await mike.types("/session")
        assert "● *Recording* since" in mike.read(mike.last)
    assert len(scene.realtimekit.calls("active_recording")) == 1
    await alice.types("/session")
    assert "● *Recording* since" in alice.screen
    assert len(scene.realtimekit.calls("active_recording")) == 2
    await alice.types("/session watch")
    assert "● *Recording* since" in alice.read(scene.public()[-1])
    await alice.chooses(scene.public()[-1], "Stop recording")
    await scene.settled()
    assert newest(scene).status == "UPLOADING"
    card = next(one for one in scene.public() if "Turn off live card" in alice.labels(one))
    assert "*Recording*" not in alice.read(card)


async def test_where_nobody_is_in_nothing_is_recorded(alice: Actor, scene: Scene) -> None:
    await alice.types("/session record quiet")
    assert "isn't live" in alice.screen
    assert scene.realtimekit.recordings.every == []


async def test_an_end_stops_the_recording_first_and_ends_all_the_same_where_that_fails(
    alice: Actor, scene: Scene
) -> None:
    recorded(scene, "RECORDING")
    await alice.types("/session end")
    await alice.submits()
    assert [one.endpoint for one in scene.realtimekit.calls("change_recording", "kick_all")] == [
        "change_recording",
        "kick_all",
    ]
    assert "The recording was stopped." in alice.read(scene.public()[-1])


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"change_recording": Fault("status", status=403)}, "I couldn't stop the recording first"),
        ({"change_recording": Fault("status", status=500)}, "I can't tell if the recording was stopped first."),
        ({"change_recording": Fault("reset_after")}, "The recording was stopped."),
        (
            {"change_recording": Fault("status", status=200, body='{"success": true, "data": {}}')},
            "I can't tell if the recording was stopped first.",
        ),
        ({"active_recording": Fault("status", status=500)}, "I couldn't check for a recording first."),
        ({"active_recording": Fault("status", status=403)}, ""),
    ],
)
async def test_an_end_says_what_became_of_the_recording(
    alice: Actor, scene: Scene, faults: dict[str, Fault], said: str
) -> None:
    recorded(scene, "RECORDING")
    scene.realtimekit.faults |= faults
    await alice.types("/session end")
    await alice.submits()
    assert scene.standup.live() is None
    read = alice.read(scene.public()[-1])
    assert said in read if said else "recording" not in read


async def test_a_good_answer_that_shows_it_as_it_was_is_not_believed(alice: Actor, scene: Scene) -> None:
    recording = recorded(scene, "RECORDING")
    assert recording
    as_it_was = {"success": True, "data": {"id": recording.id, "status": "RECORDING"}}
    scene.realtimekit.faults["change_recording"] = Fault("status", status=200, body=json.dumps(as_it_was))
    await alice.types("/session record stop")
    assert "stopped the recording" not in alice.screen
    assert "not confirmed" in (await history(alice))
    scene.realtimekit.faults.clear()
    switches = {"success": True, "data": {"id": scene.standup.id, "transcribe_on_end": False}}
    scene.realtimekit.faults["update_meeting"] = Fault("status", status=200, body=json.dumps(switches))
    await alice.types("/session notes on")
    assert "turned on notes" not in alice.screen


async def history(alice: Actor) -> str:
    await alice.types("/session history")
    return alice.read(alice.last)


async def test_the_channel_of_the_meeting_learns_of_a_recording_wherever_it_was_typed(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session use weekly")
    elsewhere = scene.person("alice", "secret")
    await elsewhere.types("/session record weekly")
    assert "started recording *Weekly standup*" in mike.screen
    await elsewhere.types("/session record stop weekly")
    assert "stopped the recording" in mike.screen


async def test_notes_need_a_live_card_and_say_so(alice: Actor, scene: Scene) -> None:
    for command in ("/session notes on", "/session start --notes"):
        await alice.types(command)
        assert "*Weekly standup* doesn't have one in this channel yet." in alice.read(alice.last)
    await alice.clicks(alice.last, "Turn on live card")
    await alice.types("/session notes on")
    assert "doesn't have one in this channel yet" not in alice.read(alice.last)


def test_a_link_that_has_expired_is_not_offered() -> None:
    uploaded = {"id": "r1", "status": "UPLOADED", "download_url": "https://files.example/r1"}
    for hours, offered in ((-1, False), (1, True)):
        expiry = (now() + timedelta(hours=hours)).isoformat()
        recording = secrets.Recording.model_validate(uploaded | {"download_url_expiry": expiry})
        assert ("files.example" in str(file_link(recording, now()).json)) is offered


async def test_the_list_tells_of_each_and_a_click_gets_a_fresh_link_for_the_asker_alone(
    alice: Actor, scene: Scene
) -> None:
    recording = recorded(scene, "UPLOADED")
    assert recording
    recording.began = now() - timedelta(seconds=3723)
    recording.stopped, recording.size = now(), 48_318_382
    recorded(scene, "ERRORED")
    recorded(scene, "UPLOADING")
    await alice.types("/session recordings")
    read = alice.read(alice.last)
    for part in ("1:02:03", "48.3 MB", "failed: RealtimeKit couldn't", "still uploading", "by Ada Lovelace"):
        assert part in read
    assert "/files/" not in str(alice.last.payload)
    links = []
    listed = alice.last
    for _ in range(2):
        await alice.clicks(listed, "Get link")
        assert "It works until" in alice.read(alice.last)
        assert alice.last.ephemeral_to == alice.user.id
        links.append(next(url for spot in alice.spots(alice.last) if (url := spot.element.get("url"))))
    assert len(set(links)) == 2
    async with scene.on.http.get(links[1]) as file:
        assert file.status == 200


async def test_a_file_that_is_gone_or_not_ready_is_said_to_be(alice: Actor, scene: Scene) -> None:
    recording = recorded(scene, "UPLOADED")
    assert recording
    await alice.types("/session recordings")
    listed = alice.last
    recording.status = "UPLOADING"
    await alice.clicks(listed, "Get link")
    assert "There's no link for that recording (still uploading)" in alice.read(alice.last)
    scene.realtimekit.recordings.every.clear()
    await alice.clicks(listed, "Get link")
    assert "RealtimeKit no longer has that recording." in alice.read(alice.last)


async def test_members_neither_record_nor_get_files(mike: Actor, scene: Scene) -> None:
    recorded(scene, "UPLOADED")
    for command in ("/session record", "/session record stop", "/session recordings", "/session notes on"):
        await mike.types(command)
        assert REFUSED.search(mike.read(mike.last))
    assert scene.realtimekit.calls("start_recording", "change_recording", "recordings", "update_meeting") == []


async def test_notes_turn_transcript_and_summary_on_and_off_for_later_sessions(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notes on")
    assert scene.standup.switches == {"transcribe_on_end": True, "summarize_on_end": True}
    assert "Starting with the next session" in alice.read(scene.public()[-1])
    await alice.types("/session notes off")
    assert set(scene.standup.switches.values()) == {False}
    await alice.types("/session notes maybe")
    assert "Turn notes on or off." in alice.screen


async def test_what_nobody_could_tell_of_can_be_asked_for_again(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["start_recording"] = Fault("reset")
    await alice.types("/session record")
    assert "I can't tell whether" in alice.read(alice.last)
    scene.realtimekit.faults.clear()
    await alice.types("/session record")
    assert newest(scene).status == "RECORDING"
    scene.realtimekit.faults["change_recording"] = Fault("reset")
    await alice.types("/session record stop")
    assert "I can't tell whether" in alice.read(alice.last)
    scene.realtimekit.faults.clear()
    await alice.types("/session record stop")
    assert newest(scene).status == "UPLOADING"


async def test_a_meeting_chosen_from_several_is_stopped_and_not_started(alice: Actor, scene: Scene) -> None:
    scene.world.add(Meeting("Weekly review")).join(Participant("Ada", "ada"))
    await alice.types("/session record stop weekly")
    (menu,) = [spot for spot in alice.spots(alice.last) if spot.kind == "static_select"]
    chosen = next(one for one in menu.element["options"] if one["text"]["text"] == "Weekly review")
    await alice.clicks_spot(menu, chosen)
    assert "*Weekly review* isn't being recorded." in alice.read(alice.last)
    assert scene.realtimekit.recordings.every == []


async def test_an_end_that_fails_still_tells_of_the_recording_that_it_stopped(alice: Actor, scene: Scene) -> None:
    recorded(scene, "RECORDING")
    scene.realtimekit.faults["kick_all"] = Fault("status", status=403)
    await alice.types("/session end")
    await alice.submits()
    assert "@alice stopped the recording of *Weekly standup*." in alice.read(scene.public()[-1])
