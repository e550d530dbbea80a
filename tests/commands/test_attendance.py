"""`/session attendance`: who was there, and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from bot.realtimekit.attendance import attendance
from bot.realtimekit.models import PeerRow
from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def row(user: str, joined: int | None, left: int | None = None) -> PeerRow:
    def at(minute: int | None) -> str | None:
        return None if minute is None else (START + timedelta(minutes=minute)).isoformat()

    given = {"user_id": user, "joined_at": at(joined), "left_at": at(left), "id": f"{user}{joined}"}
    return PeerRow.model_validate(given)


@pytest.mark.parametrize(
    ("spans", "minutes"),
    [
        ([(0, 10)], 10),
        ([(0, 10), (5, 15)], 15),
        ([(0, 10), (2, 4)], 10),
        ([(0, 10), (20, 30)], 20),
        ([(0, None)], 60),
        ([(None, None)], 0),
        ([(10, 5)], 0),
    ],
)
def test_time_on_two_devices_counts_once(spans: list[tuple[int | None, int | None]], minutes: float) -> None:
    user = "11111111-2222-4333-8444-555555555555"
    found = attendance([row(user, *span) for span in spans], START + timedelta(hours=1), over=True)
    assert [(one.minutes, one.devices) for one in found] == [(minutes, len(spans))]


def test_who_came_first_stands_first_and_who_is_in_has_not_left() -> None:
    rows = [row("b", 5), row("a", 1, 4), row("c", None)]
    found = attendance(rows, START + timedelta(hours=1), over=False)
    assert [one.person.user_id for one in found] == ["a", "b", "c"]
    assert [one.left_at for one in found][1] is None
    assert all(one.left_at for one in attendance(rows, START, over=True))


def test_somebody_who_was_given_a_new_place_is_one_person_and_namesakes_with_other_ids_are_two() -> None:
    places = [("u1", "ada-7", "Ada"), ("u2", "ada-7", "ADA"), ("u3", "ada-8", "Ada"), ("u4", "ada-7", "Bob")]
    rows = [
        PeerRow.model_validate({"user_id": user, "custom_participant_id": custom, "display_name": name})
        for user, custom, name in places
    ]
    assert [one.devices for one in attendance(rows, START, over=True)] == [2, 1, 1]


async def test_of_a_running_session_it_says_who_is_still_in(alice: Actor, scene: Scene) -> None:
    scene.standup.leave(scene.standup.participants[0])
    await alice.types("/session attendance")
    text = alice.read(alice.last)
    assert "*Attendance: Weekly standup* · 3 people so far" in text
    assert text.index("Ada Lovelace") < text.index("Grace Hopper")
    assert text.count("– now") == 2
    assert alice.last.ephemeral_to == alice.user.id


async def test_of_a_meeting_that_nobody_is_in_it_is_the_last_session_s(alice: Actor, scene: Scene) -> None:
    await alice.types("/session attendance quiet")
    assert "*Attendance: Quiet room* · 2 people ·" in alice.screen


async def test_a_session_is_named_by_its_id(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session attendance {scene.quiet.sessions[0].id}")
    assert "*Attendance: Quiet room* · 2 people" in alice.screen
    await alice.types("/session attendance 11111111-2222-4333-8444-555555555555")
    assert "couldn't find a meeting" in alice.read(alice.last).lower() or "doesn't know" in alice.read(alice.last)


async def test_the_file_comes_by_direct_message_and_is_harmless_in_a_spreadsheet(alice: Actor, scene: Scene) -> None:
    for number, name in enumerate(("=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", ' "quoted", comma', " =2")):
        scene.standup.join(Participant(name, f"=odd{number}"))
    await alice.types("/session attendance")
    await alice.clicks(alice.last, "Send me the CSV")
    direct = scene.slack.direct(alice.user.id)
    files = [file for message in scene.slack.messages if message.channel == direct.id for file in message.files]
    assert files[0].name.startswith("attendance-weekly-standup-")
    rows = list(csv.reader(io.StringIO((files[0].content or b"").decode("utf-8-sig"))))
    assert len(rows) == 11
    assert not [cell for line in rows for cell in line if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert "Sent. You'll find" in alice.screen
    await alice.types("/session history")
    assert "got the attendance CSV" in alice.screen


async def test_a_file_that_slack_does_not_take_is_told(alice: Actor, scene: Scene) -> None:
    await alice.types("/session attendance")
    scene.slack.faults["files.completeUploadExternal"] = SlackFault("not_in_channel")
    await alice.clicks(alice.last, "Send me the CSV")
    assert "The file wasn't sent." in alice.screen


@pytest.mark.parametrize("name", ["mike", "gus", "ed"])
async def test_who_is_no_host_sees_nobody_s_attendance(scene: Scene, name: str) -> None:
    person = scene.person(name)
    await person.types("/session attendance")
    assert REFUSED.search(person.screen)
    assert "Ada" not in person.screen
