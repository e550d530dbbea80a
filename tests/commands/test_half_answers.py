"""Good answers that tell nothing, too little or something else: what they don't show isn't claimed."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.shapes import peer_json
from sandbox.world import Meeting, Participant
from tests.scene import Actor, Scene


def ok(data: dict[str, Any], times: int | None = None) -> Fault:
    """A good answer with this in it, and nothing done."""
    return Fault("status", 200, json.dumps({"success": True, "data": data}), times=times)


class Sometimes(dict[str, Fault]):
    """Faults by the call that was just made."""

    def __init__(self, fault_of: Callable[[str], Fault | None]) -> None:
        super().__init__()
        self._fault_of = fault_of

    def get(self, name: str, default: Any = None) -> Any:
        return self._fault_of(name) or default


def cut_short(scene: Scene, total: int) -> Sometimes:
    """The second page of who is in comes empty, though there is more."""
    kit = scene.realtimekit
    cut = ok({"participants": [], "paging": {"total_count": total}})
    return Sometimes(
        lambda name: cut if name == "session_participants" and kit.seen[-1].query.get("page_no") == "2" else None
    )


@pytest.mark.parametrize(
    ("command", "answer", "claim"),
    [
        ("/session record stop", ("change_recording", {}), "stopped the recording"),
        ("/session record pause", ("change_recording", {}), "paused the recording"),
        ("/session lock", ("update_meeting", {}), "locked *Weekly standup*"),
        ("/session notes on", ("update_meeting", {"transcribe_on_end": False}), "turned on notes"),
        ("/session mute Ada", ("mute", {"action": "mute", "participants": []}), "muted Ada"),
        ("/session mute all", ("mute_all", {"muted_participants_count": 0}), "muted everyone"),
        ("/session end", ("kick_all", {}), "for everyone."),
        ("/session end", ("kick_all", {"kicked_participants_count": 1}), "for everyone."),
        ("/kick Ada", ("kick", {}), "@alice removed"),
        ("/kick Ada", ("kick", {"participants": []}), "@alice removed"),
        (
            "/kick Ada",
            ("kick", {"participants": [{"id": str(uuid.uuid4()), "name": "Grace Hopper"}]}),
            "@alice removed",
        ),
        ('/poll "A?" "b" "c"', ("poll", {}), "started a poll"),
    ],
)
async def test_what_an_answer_does_not_show_is_not_claimed_by_message_history_or_state(
    alice: Actor, scene: Scene, command: str, answer: tuple[str, dict[str, Any]], claim: str
) -> None:
    if "record" in command:
        scene.realtimekit.recordings.record(scene.standup)
    endpoint, data = answer
    scene.realtimekit.faults[endpoint] = ok(data)
    await alice.types(command)
    if alice.modal:
        await alice.submits()
    assert claim not in alice.read(alice.last).replace("for everyone?", "")
    scene.realtimekit.faults.clear()
    await alice.types("/session history")
    assert claim not in alice.read(alice.last)


async def test_of_two_whom_a_mute_names_by_half_one_was_muted(alice: Actor, scene: Scene) -> None:
    ada = next(one for one in scene.standup.participants if one.name == "Ada Lovelace")
    scene.realtimekit.faults["mute"] = ok({"participants": [{"id": ada.id, "name": ada.name}]})
    await alice.types("/session mute Ada Grace")
    assert "muted Ada Lovelace in" in alice.read(alice.last)
    assert "Grace Hopper may be muted now." in alice.read(alice.last)


async def test_where_nobody_is_in_nobody_is_muted(alice: Actor, scene: Scene) -> None:
    for one in list(scene.standup.participants):
        scene.standup.leave(one)
    await alice.types("/session mute all")
    assert "No one is in *Weekly standup* right now." in alice.read(alice.last)
    assert scene.realtimekit.calls("mute_all") == []


@pytest.mark.parametrize("command", ["/session who", "/kick Ada", "/session mute Ada", "/session attendance"])
async def test_a_session_of_which_nothing_is_told_is_not_said_to_be_empty(
    alice: Actor, scene: Scene, command: str
) -> None:
    scene.realtimekit.faults["active_session"] = ok({})
    await alice.types(command)
    assert "RealtimeKit didn't list everyone in the meeting." in alice.read(alice.last)


async def test_a_list_that_was_cut_short_names_nobody_beyond_doubt(alice: Actor, scene: Scene) -> None:
    scene.hall.join(Participant("Zed Old", "zed-old"), timedelta(minutes=90))
    scene.hall.join(Participant("Zed New", "zed-new"))
    await alice.types("/session use hands")
    scene.realtimekit.faults = cut_short(scene, 252)
    for command in ("/kick Zed", '/kick "Mia Abel"', '/session mute "Mia Abel"'):
        await alice.types(command)
        assert "RealtimeKit didn't list everyone in the meeting." in alice.read(alice.last)
    await alice.types("/session attendance")
    assert "at least 200 people so far" in alice.read(alice.last)
    assert scene.realtimekit.calls("kick", "mute") == []


async def test_a_file_without_a_link_is_said_to_be_gone_only_when_it_is_old(alice: Actor, scene: Scene) -> None:
    recording = scene.realtimekit.recordings.record(scene.standup)
    recording.status = "UPLOADED"
    await alice.types("/session recordings")
    listed, body = alice.last, scene.realtimekit.recordings.json(recording)
    for key in ("download_url", "download_url_expiry"):
        body.pop(key, None)
    scene.realtimekit.faults["recording"] = ok(body)
    await alice.clicks(listed, "Get link")
    assert "RealtimeKit has no link to that file." in alice.read(alice.last)
    old = {key: value.replace("2026-", "2025-") for key, value in body.items() if isinstance(value, str)}
    scene.realtimekit.faults["recording"] = ok(body | old)
    await alice.clicks(listed, "Get link")
    assert "RealtimeKit no longer has that file." in alice.read(alice.last)


NO_SESSION = json.dumps({"success": False, "error": {"code": 404, "message": "No active session found"}})


@pytest.mark.parametrize(
    "faults",
    [
        {"active_session": lambda: ok({}, times=1)},
        {"active_session": lambda: Fault("status", 404, NO_SESSION, times=1), "session": lambda: ok({}, times=1)},
    ],
    ids=["a session of which nothing is told", "an end that another answer does not confirm"],
)
async def test_half_an_answer_does_not_end_a_live_card(
    alice: Actor, scene: Scene, faults: dict[str, Callable[[], Fault]]
) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session watch weekly")
    await scene.settled()
    scene.realtimekit.faults |= {endpoint: made() for endpoint, made in faults.items()}
    for name in ("Zed", "Zoe"):
        scene.standup.join(Participant(name, name.lower()))
        await scene.settled()
    assert "*Ended*" not in alice.screen
    assert "5 here" in alice.screen


@pytest.mark.parametrize("endpoint", ["meetings", "presets", "recordings"])
async def test_a_list_that_counts_more_than_none_and_lists_none_is_not_said_to_be_empty(
    alice: Actor, scene: Scene, endpoint: str
) -> None:
    command = {
        "meetings": '/session start "Weekly standup"',
        "presets": '/session invite "Pat" --preset webinar_viewer',
        "recordings": "/session recordings",
    }[endpoint]
    body = json.dumps({"success": True, "data": [], "paging": {"total_count": 5}})
    scene.realtimekit.faults[endpoint] = Fault("status", 200, body)
    await alice.types(command)
    assert "RealtimeKit sent an unexpected response." in alice.read(alice.last)
    assert scene.realtimekit.calls("create_meeting", "add_participant") == []


async def test_who_could_not_be_removed_is_not_kept_out(alice: Actor, scene: Scene) -> None:
    grace, calls = Participant("Gracie", "slack-T0SANDBOX1-U0GRACE001"), []
    scene.standup.join(grace)

    def fault(name: str) -> Fault | None:
        if name != "kick":
            return None
        calls.append(name)
        body = scene.realtimekit.seen[-1].body
        if len(calls) == 1:
            gone = {"success": False, "error": {"code": 404, "message": "No user found with id x"}}
            return Fault("status", 404, json.dumps(gone))
        hers = grace.id in (body.get("participant_ids") or []) or body.get("custom_participant_ids")
        return Fault("status", 400) if hers else None

    scene.realtimekit.faults = Sometimes(fault)
    await alice.types("/kick <@U0GRACE001> Ada --block")
    scene.realtimekit.faults = {}
    scene.time_goes_by()
    person = scene.person("grace")
    await person.types("/session join")
    assert "keeping you out" not in person.screen


async def test_a_place_under_another_id_is_found_by_its_custom_id(alice: Actor, scene: Scene) -> None:
    session = scene.standup.live()
    assert session
    rows = [peer_json(peer) | {"user_id": str(uuid.uuid4())} for peer in session.peers]
    scene.realtimekit.faults["session_participants"] = ok({"participants": rows, "paging": {"total_count": 3}}, 1)
    ada = next(one for one in scene.standup.participants if one.name == "Ada Lovelace")
    await alice.types("/kick Ada --block")
    assert "no longer works" in alice.screen
    assert ada.deleted


@pytest.mark.parametrize("words", ["Wang Wei", "Wei Wang", "Ada Hopper", "Hopper Ada"])
async def test_two_parts_of_two_names_may_be_someone_who_is_not_here(alice: Actor, scene: Scene, words: str) -> None:
    scene.standup.join(Participant("Li Wang", "lw"))
    scene.standup.join(Participant("Wei Chen", "wc"))
    before = set(scene.standup.names())
    await alice.types(f"/kick {words}")
    assert set(scene.standup.names()) == before


async def test_first_names_in_a_row_are_several_people(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Ada Grace")
    assert scene.standup.names() == ["Alan Turing"]


async def test_no_end_of_a_session_that_nobody_was_asked_about(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    question = alice.modal
    scene.standup.end()
    scene.standup.join(Participant("New", "new"))
    scene.time_goes_by()
    scene.realtimekit.faults["active_session"] = Fault("status", 502)
    await alice.submits(question)
    assert scene.standup.names() == ["New"]
    assert "No one was removed." in alice.screen


async def test_of_more_than_a_hundred_meetings_each_is_looked_at(alice: Actor, scene: Scene) -> None:
    for number in range(110):
        scene.world.add(Meeting(f"Party {number}"))
    scene.world.add(Meeting("Art class B"))
    scene.world.add(Meeting("Zoe\u2019s class"))
    rest = dict(scene.world.meetings)
    scene.world.meetings.clear()
    first = scene.world.add(Meeting("Art class A"))
    scene.world.meetings.update(rest)
    await alice.types("/session lock art")
    assert first.status == "ACTIVE"
    await alice.types("/session status Zoe's class")
    assert "Zoe\u2019s class" in alice.read(alice.last)


async def test_a_host_who_came_lately_and_one_who_was_made_one_are_told_apart(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use quiet")
    scene.quiet.join(Participant("Zed", "zed"), timedelta(minutes=30))
    await scene.settled()
    await alice.types("/session notices no-host 1")
    await scene.settled()
    scene.quiet.join(Participant("Hosty", "hosty", preset="group_call_host"), timedelta(minutes=28))
    await scene.settled()
    assert "People had been waiting without one for 2 min" in alice.screen


async def test_who_left_while_a_kick_was_lost_is_not_said_to_be_removed(alice: Actor, scene: Scene) -> None:
    ada = next(one for one in scene.standup.participants if one.name == "Ada Lovelace")

    def fault(name: str) -> Fault | None:
        if name != "kick":
            return None
        scene.standup.leave(ada)
        return Fault("reset")

    scene.realtimekit.faults = Sometimes(fault)
    await alice.types("/kick Ada Grace")
    read = alice.read(alice.last)
    assert "@alice removed" not in read
    assert "Ada Lovelace had already left." in read
    assert "Grace Hopper may still be in the meeting." in read
