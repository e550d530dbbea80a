"""Starting meetings from Slack: what is created, linked, opened and announced; and what is asked first."""

import asyncio

import pytest

from bot.commands.start_text import parse
from bot.errors import Misused
from bot.views.start import Plan
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.world import Channel, Meeting, now
from tests.scene import REFUSED, Actor, Scene

ALONE = pytest.mark.settings(realtimekit_meeting_id=None)


def called(scene: Scene, title: str) -> list[Meeting]:
    return [one for one in scene.world.meetings.values() if one.title == title]


@pytest.mark.parametrize(
    ("typed", "plan"),
    [
        ("", Plan("")),
        ('"Planning day"', Plan("Planning day")),
        ("Planning day", Plan("Planning day")),
        ("“Planning &amp; review” --record", Plan("Planning & review", record=True)),
        ("—notes Retro", Plan("Retro", notes=True)),
    ],
)
def test_a_title_is_read_with_and_without_quotes(typed: str, plan: Plan) -> None:
    assert parse(typed) == plan


@pytest.mark.parametrize("typed", ['""', "x" * 151, "Retro --recrod"])
def test_a_title_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Misused):
        parse(typed)


async def test_a_title_makes_a_meeting_that_is_linked_and_announced_with_join(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types('/session start "Planning day" --record --notes')
    (meeting,) = called(scene, "Planning day")
    assert meeting.switches == {"record_on_start": True, "transcribe_on_end": True, "summarize_on_end": True}
    said = scene.public()[-1]
    assert "@alice started *Planning day*." in mike.read(said)
    assert "Recording starts as soon as someone joins." in mike.read(said)
    await mike.clicks(said, "Join")
    assert "Here's your link to *Planning day*." in mike.screen
    await alice.types("/session history")
    assert "started *Planning day*" in alice.read(alice.last)


@ALONE
async def test_where_there_is_no_meeting_a_form_asks_for_the_title_and_makes_one_however_often_it_is_sent(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/session start")
    view = alice.modal
    assert view
    await alice.submits(view)
    assert alice.modal is view, "an empty title is no title"
    alice.fills("Title", "Retro")
    await asyncio.gather(alice.submits(view), alice.submits(view))
    await scene.idle()
    assert len(called(scene, "Retro")) == 1
    assert "@alice started *Retro*." in alice.screen


async def test_without_a_title_the_channel_s_meeting_is_opened_and_unlocked(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use quiet")
    scene.quiet.status = "INACTIVE"
    await alice.types("/session start")
    assert scene.quiet.status == "ACTIVE"
    assert "@alice opened *Quiet room*." in alice.screen
    assert "Join" in alice.labels(scene.public()[-1])
    assert len(scene.realtimekit.calls("create_meeting")) == 0


async def test_on_the_card_of_a_meeting_that_is_not_live_a_button_opens_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session status quiet")
    await alice.clicks(alice.last, "Start meeting")
    assert "@alice opened *Quiet room*." in alice.read(scene.public()[-1])


async def test_a_link_is_replaced_only_after_asking(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use rust")
    await alice.types("/session start Retro")
    assert "This channel is linked to *Rust for everyone*." in alice.screen
    assert called(scene, "Retro") == []
    await alice.clicks(alice.last, "Start and relink")
    assert len(called(scene, "Retro")) == 1
    await alice.types("/session status")
    assert "# Retro" in alice.read(alice.last)


async def test_a_link_that_changed_since_it_was_asked_about_is_asked_about_again(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use rust")
    await alice.types("/session start Retro")
    question = alice.last
    await alice.types("/session use hands")
    await alice.clicks(question, "Start and relink")
    assert "This channel is linked to *All hands*." in alice.read(alice.last)
    assert called(scene, "Retro") == []


async def test_a_meeting_of_that_title_can_be_used_instead(alice: Actor, scene: Scene) -> None:
    await alice.types('/session start "quiet room"')
    assert "already exists" in alice.screen
    await alice.clicks(alice.last, "Use the existing one")
    assert "opened *Quiet room*" in alice.read(scene.public()[-1])
    link = await scene.on.bot[USHER].store.links.of(alice.channel.id)
    assert link
    assert link.meeting_id == scene.quiet.id
    await alice.types('/session start "quiet room"')
    await alice.clicks(alice.last, "Create another")
    assert len(called(scene, "quiet room")) == 1


async def test_where_the_answer_was_lost_the_meeting_is_found_and_not_made_twice(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["create_meeting"] = Fault("reset_after", times=1)
    await alice.types("/session start Retro")
    assert "started *Retro*" in alice.screen
    assert len(called(scene, "Retro")) == 1


async def test_where_nobody_can_tell_it_is_looked_for_again_and_never_made_again(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["create_meeting"] = Fault("reset")
    await alice.types("/session start Retro")
    await alice.clicks(alice.last, "Check again")
    assert "I can't tell whether *Retro* was created" in alice.read(alice.last)
    assert len(scene.realtimekit.calls("create_meeting")) == 1
    scene.world.add(Meeting("Retro", created_at=now()))
    await alice.clicks(alice.last, "Check again")
    assert "opened *Retro*" in alice.read(scene.public()[-1])
    assert len(scene.realtimekit.calls("create_meeting")) == 1


async def test_a_meeting_that_could_not_be_linked_is_said_to_exist(alice: Actor, scene: Scene) -> None:
    async with scene.on.bot[USHER].store.database.writing() as connection:
        await connection.exec_driver_sql("CREATE TRIGGER no BEFORE INSERT ON links BEGIN SELECT broken(); END")
    await alice.types("/session start Retro")
    (meeting,) = called(scene, "Retro")
    assert f"`/session use {meeting.id}`" in alice.screen
    assert scene.public() == []


async def test_fifty_that_are_sent_twice_are_fifty_meetings(alice: Actor, scene: Scene) -> None:
    for number in range(50):
        channel = Channel(f"C0START{number:03d}", f"start-{number}", {alice.user.id, "U0USHERBOT"})
        scene.world.channels[channel.id] = channel
    people = [scene.person("alice", f"start-{number}") for number in range(50)]
    triggers = [scene.slack.trigger(alice.user.id) for _ in people]
    for person in people:
        person.patient = False
    jobs = [
        person.types(f"/session start Meeting {number}", trigger_id=triggers[number])
        for number, person in enumerate(people)
        for _ in range(2)
    ]
    await asyncio.gather(*jobs)
    await scene.idle()
    assert [len(called(scene, f"Meeting {number}")) for number in range(50)] == [1] * 50


@pytest.mark.settings(join_url=None)
async def test_without_a_page_to_join_it_opens_all_the_same_and_says_what_is_missing(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/session start Retro")
    assert len(called(scene, "Retro")) == 1
    assert "`JOIN_URL` isn't set" in alice.screen
    assert alice.labels(scene.public()[-1]) == []


async def test_a_member_starts_and_invites_nobody(mike: Actor, scene: Scene) -> None:
    for command in ("/session start Retro", "/session start", '/session invite "Pat Doe"'):
        await mike.types(command)
        assert REFUSED.search(mike.read(mike.last))
    assert scene.realtimekit.calls("create_meeting", "add_participant") == []


async def test_what_is_said_of_recording_is_true_of_a_live_meeting_and_can_be_undone(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/session start --record --notes")
    said = alice.read(scene.public()[-1])
    assert "Recording starts with the next session." in said
    assert "after the next session" in said
    await alice.types("/session start")
    assert "Recording starts with the next session." in alice.read(scene.public()[-1])
    await alice.types("/session start --no-record")
    assert "recorded" not in alice.read(scene.public()[-1])
    assert scene.standup.switches["record_on_start"] is False


async def test_of_two_hosts_who_start_the_same_at_once_one_starts_it(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await alice.types("/session hosts add <@U0GRACE001>")
    await alice.types("/session forget")
    wait = scene.realtimekit.faults["create_meeting"] = Fault("wait")
    alice.patient = grace.patient = False
    await alice.types('/session start "Planning"')
    await scene.until(lambda: scene.realtimekit.calls("create_meeting"))
    await grace.types('/session start "planning"')
    await scene.until(lambda: "@alice is starting that meeting here right now." in grace.screen)
    wait.until.set()
    await scene.idle()
    assert len(called(scene, "Planning")) == 1
    alice.patient = True
    await alice.types("/session forget")
    await alice.types('/session start "Planning 2"')
    assert len(called(scene, "Planning 2")) == 1


async def test_no_record_outlives_the_question(alice: Actor, scene: Scene) -> None:
    scene.quiet.switches["record_on_start"] = True
    await alice.types("/session forget")
    await alice.types('/session start "Quiet room" --no-record')
    await alice.clicks(alice.last, "Use the existing one")
    assert scene.quiet.switches["record_on_start"] is False
    await alice.types('/session start "Quiet room" --record --no-record')
    assert "Use either `--record` or `--no-record`, not both." in alice.screen


async def test_check_again_replaces_no_link_without_asking(alice: Actor, scene: Scene) -> None:
    await alice.types("/session forget")
    scene.realtimekit.faults["create_meeting"] = Fault("reset")
    await alice.types('/session start "Planning"')
    check = alice.last
    scene.world.add(Meeting("Planning", created_at=now()))
    await alice.types("/session use weekly")
    await alice.clicks(check, "Check again")
    assert "This channel is linked to *Weekly standup*." in alice.read(alice.last)
    await alice.types("/session")
    assert "Weekly standup" in alice.read(alice.last)


async def test_opening_a_locked_meeting_says_that_it_is_unlocked(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock")
    scene.time_goes_by()
    await alice.types("/session start")
    assert "It's unlocked now." in alice.read(scene.public()[-1])
    await alice.types("/session history")
    assert "@alice unlocked *Weekly standup*" in alice.screen


@ALONE
async def test_a_title_that_was_entered_comes_back(alice: Actor, scene: Scene) -> None:
    await alice.types("/session start")
    alice.fills("Title", "Planning day")
    await alice.picks("Options", "Record")
    scene.realtimekit.faults["meetings"] = Fault("status", status=429, headers={"Retry-After": "60"})
    await alice.submits()
    scene.realtimekit.faults.clear()
    scene.time_goes_by()
    await alice.clicks(alice.last, "Try again…")
    await alice.submits()
    assert "started *Planning day*" in alice.read(scene.public()[-1])
    assert "Recording starts" in alice.read(scene.public()[-1])
