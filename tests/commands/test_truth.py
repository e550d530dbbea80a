"""Untrue answers that a hostile tester got, each with what must not come back."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr

from bot.store.engine import Database
from bot.store.records import State
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.scene import Actor, Scene

GONE = '{"success":false,"error":{"code":404,"message":"No user found with id x"}}'


async def test_who_has_left_is_not_kicked_by_a_custom_id_that_others_share(alice: Actor, scene: Scene) -> None:
    troll = Participant("Troll", "guest")
    for one in (troll, Participant("Bob Good", "guest"), Participant("Carol", "guest")):
        scene.standup.join(one)
    await alice.types("/session who")
    scene.standup.leave(troll)
    await alice.types("/kick Troll")
    assert {"Bob Good", "Carol"} <= set(scene.standup.names())
    assert "removed" not in alice.read(alice.last) or "No one was removed" in alice.read(alice.last)


@pytest.mark.parametrize("answer", ["session_participants", "active_session"])
async def test_nor_where_nobody_can_tell_who_is_in(alice: Actor, scene: Scene, answer: str) -> None:
    troll = Participant("Troll", "guest")
    for one in (troll, Participant("Bob Good", "guest")):
        scene.standup.join(one)
    await alice.types("/session who")
    card = alice.last
    scene.standup.leave(troll)
    scene.realtimekit.faults["kick"] = Fault("status", 404, body=GONE, times=1)
    scene.realtimekit.faults[answer] = Fault("status", 500)
    kick = alice.item(card, "Remove", "Troll")
    await alice.clicks_spot(*kick)
    assert "Bob Good" in scene.standup.names()


async def test_a_guest_with_the_same_custom_id_is_not_taken_for_the_one_who_was_blocked(
    alice: Actor, scene: Scene
) -> None:
    scene.on.connect_webhooks()
    for name in ("Troll", "Carol"):
        scene.standup.join(Participant(name, "guest"))
    await alice.types("/kick Troll --block")
    assert "where Usher sees them come back" not in alice.screen
    scene.standup.join(Participant("Bob Good", "guest"))
    await scene.settled()
    assert "with the ID of someone" not in alice.screen


async def test_off_with_ambiguous_words_does_not_start_watching(alice: Actor, scene: Scene) -> None:
    await alice.types("/session watch off r")
    menu = next(spot for spot in alice.spots(alice.last) if spot.kind == "static_select")
    await alice.clicks_spot(menu, menu.element["options"][0])
    assert scene.public() == []
    assert await scene.on.bot[USHER].store.cards.watching(menu.element["options"][0]["value"]) == []


async def test_a_title_may_begin_with_no(alice: Actor, scene: Scene) -> None:
    scene.standup.title = "No Weekly standup"
    await alice.types("/session watch No Weekly standup")
    assert "stopped" not in alice.screen
    assert len(scene.public()) == 1


async def test_a_command_tried_again_is_about_the_meeting_that_it_was_about(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    scene.realtimekit.faults["kick"] = Fault("status", 429, headers={"Retry-After": "60"}, times=1)
    await alice.types("/kick Ada")
    failed = alice.last
    scene.time_goes_by()
    scene.world.meeting("Rust for everyone").join(Participant("Ada Other", "other"))
    await alice.types("/session use rust")
    await alice.clicks(failed, "Try again")
    assert "Ada Other" in scene.world.meeting("Rust for everyone").names()
    assert "Ada Lovelace" not in scene.standup.names()


async def test_dates_and_initials_in_a_poll_are_no_numbering(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll When?\n10. May\n3. June")
    await alice.types("/poll Who?\nI. Kant\nD. Hume")
    asked = [[option["text"] for option in poll["options"]] for poll in scene.standup.polls]
    assert asked == [["10. May", "3. June"], ["I. Kant", "D. Hume"]]


async def test_none_is_an_option_and_null_a_name(alice: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("Null", "null-1"))
    await alice.types('/poll "Any allergies?" "Nuts" "None"')
    assert "None" in alice.read(scene.public()[-1])
    await alice.types("/kick Null")
    assert "Null" not in scene.standup.names()


async def test_an_announcement_whose_answer_was_lost_is_not_made_twice(alice: Actor, scene: Scene) -> None:
    scene.slack.faults["chat.postMessage"] = SlackFault(reset=True)
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert scene.public() == []
    assert "Lunch?" in alice.read(alice.last)


async def test_of_two_who_unlink_at_once_one_is_told_that_it_was_done(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    alice.patient = False
    await asyncio.gather(alice.types("/session forget"), alice.types("/session forget"))
    await scene.idle()
    assert [alice.read(one) for one in scene.public()].count("@alice unlinked this channel from *Weekly standup*.") <= 1
    entries = await scene.on.bot[USHER].store.journal.page(alice.channel.id, offset=0, limit=9)
    assert [one.state for one in entries if one.what == "unlink"].count(State.DONE) == 1


@pytest.mark.parametrize(("later", "told"), [(0, False), (60, True)])
async def test_a_click_that_is_no_double_click_gets_a_word(alice: Actor, scene: Scene, later: int, told: bool) -> None:
    await alice.types("/session who")
    card = alice.last
    first = alice.item(card, "Remove")
    await alice.clicks_spot(*first)
    database = scene.on.bot[USHER].store.database
    async with database.writing() as connection:
        earlier = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=later)
        await connection.exec_driver_sql(f"UPDATE journal SET at = '{earlier}'")  # noqa: S608 - our own value
    await alice.clicks_spot(*first)
    assert ("That's already done" in alice.screen) is told
    assert len(scene.realtimekit.calls("kick")) == 1


async def test_a_lock_that_the_api_did_not_keep_is_not_said_to_be_one(alice: Actor, scene: Scene) -> None:
    body = f'{{"success":true,"data":{{"id":"{scene.standup.id}","status":"ACTIVE"}}}}'
    scene.realtimekit.faults["update_meeting"] = Fault("status", 200, body=body)
    await alice.types("/session lock")
    assert "It may be locked now" in alice.screen
    assert "No one else can join" not in alice.screen


async def test_a_lock_before_an_end_that_the_database_stopped_is_told(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    await alice.picks("Lock", "Lock")
    database = scene.on.bot[USHER].store.database
    async with database.writing() as connection:
        overflow = "SELECT abs(-9223372036854775807 - 1)"
        await connection.exec_driver_sql(
            f"CREATE TRIGGER no_end BEFORE INSERT ON journal WHEN NEW.what = 'end' BEGIN {overflow}; END"
        )
    await alice.submits()
    assert scene.standup.status == "INACTIVE"
    assert ". No one else can join." in alice.screen
    assert "No one was removed." in alice.screen


@pytest.mark.parametrize("typed", ["Zoe's class", "zoë's  class - part 1", "Zoe\u0308\u2019s CLASS"])
async def test_a_title_is_found_without_what_people_cannot_see_or_type(alice: Actor, scene: Scene, typed: str) -> None:
    scene.standup.title = "Zoë\u2019s\u00a0class \u2013 part 1"
    await alice.types(f"/session status {typed}")
    assert "3 here" in alice.screen


async def test_a_mention_that_slack_cannot_be_asked_of_is_not_said_to_be_nobody(alice: Actor, scene: Scene) -> None:
    await alice.types("/session status")
    scene.slack.faults["users.info"] = SlackFault("internal_error")
    await alice.types("/kick <@U0GRACE001>")
    assert "I couldn't look up the people you named in Slack. No one was removed." in alice.screen
    assert "Nobody in the room" not in alice.screen


async def test_a_list_that_misses_those_who_are_counted_is_not_said_to_be_nobody(alice: Actor, scene: Scene) -> None:
    empty = '{"success":true,"data":{"participants":[]}}'
    scene.realtimekit.faults["session_participants"] = Fault("status", 200, body=empty)
    for command in ("/kick Ada", "/session mute Ada", "/session who"):
        await alice.types(command)
        assert "isn't returning their names" in alice.read(alice.last), command


async def test_a_database_that_cannot_be_written_to_is_not_ready(database_url: str) -> None:
    for how, ready in (("rw", True), ("ro", False)):
        database = Database(SecretStr(f"sqlite:///file:{database_url.removeprefix('sqlite:///')}?mode={how}&uri=true"))
        assert await database.answers() is ready
        await database.close()


async def test_everyone_at_once_cannot_be_blocked(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick all --block")
    assert "You can't keep everyone out at once." in alice.screen
    assert alice.modal is None or "End meeting" not in str(alice.modal.spec.get("submit"))
    assert len(scene.standup.names()) == 3


async def test_end_all_is_about_everyone_here_and_no_title(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end all")
    assert "End “Weekly standup” for everyone?" in alice.screen


async def test_a_kick_all_that_removed_nobody_is_not_told_as_an_end(alice: Actor, scene: Scene) -> None:
    body = '{"success":true,"data":{"action":"kick","kicked_participants_count":0}}'
    scene.realtimekit.faults["kick_all"] = Fault("status", 200, body=body)
    await alice.types("/session end")
    await alice.submits()
    assert "can't tell if" in alice.screen
    assert "ended *Weekly standup*" not in alice.screen


async def test_who_came_a_moment_ago_is_found(alice: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    scene.standup.join(Participant("Zebedee", "zebedee"))
    await alice.types("/kick Zebedee")
    assert "Zebedee" not in scene.standup.names()


async def test_try_again_keeps_the_people_and_the_reason(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick")
    await alice.picks("Who should leave?", "Ada")
    alice.fills("Reason", "Too loud")
    scene.realtimekit.faults["kick"] = Fault("status", 429, headers={"Retry-After": "60"}, times=1)
    await alice.submits()
    scene.time_goes_by()
    await alice.clicks(alice.last, "Try again…")
    await alice.submits()
    assert "Reason: Too loud" in alice.screen
    assert "Ada Lovelace" not in scene.standup.names()


async def test_try_again_keeps_that_the_meeting_is_to_be_locked_first(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    await alice.picks("Lock", "Lock")
    scene.realtimekit.faults["kick_all"] = Fault("status", 429, headers={"Retry-After": "60"}, times=1)
    await alice.submits()
    scene.time_goes_by()
    failed = next(one for one in reversed(alice.messages()) if "Try again" in str(alice.labels(one)))
    await alice.clicks(failed, "Try again")
    assert alice.modal
    assert alice.modal.state["lock"]["lock"]["selected_options"]


async def test_a_session_that_has_just_ended_is_not_watched_as_if_it_were_live(alice: Actor, scene: Scene) -> None:
    await alice.types("/session status")
    scene.standup.end()
    await alice.types("/session watch")
    assert "No one's in the meeting yet. The card will appear here when a session starts." in alice.screen


@pytest.mark.parametrize("command", ["/kick Nameless", "/session mute Nameless"])
async def test_somebody_to_whom_the_api_gives_no_id_is_not_said_to_be_nobody(
    alice: Actor, scene: Scene, command: str
) -> None:
    rows = [
        {"id": "11111111-2222-4333-8444-555555555555", "display_name": "Nameless"},
        {"id": "11111111-2222-4333-8444-666666666666", "display_name": "Ada", "custom_participant_id": "ada"},
    ]
    body = json.dumps({"success": True, "data": {"participants": rows}})
    scene.realtimekit.faults["session_participants"] = Fault("status", 200, body=body)
    await alice.types(command)
    assert "RealtimeKit didn't give an ID for Nameless" in alice.screen
    assert "No one in the meeting matches" not in alice.screen


async def test_what_a_channel_watches_is_named_where_another_meeting_is_to_be_stopped(alice: Actor) -> None:
    await alice.types("/session watch rust")
    await alice.types("/session watch off weekly")
    assert "On now: *Rust for everyone*" in alice.read(alice.last)


@pytest.mark.parametrize("data", ["{}", '{"participants":null}', '{"participants":[]}'])
async def test_a_kick_that_was_answered_by_no_names_is_looked_after(alice: Actor, scene: Scene, data: str) -> None:
    body = '{"success":true,"data":' + data + "}"
    scene.realtimekit.faults["kick"] = Fault("status", 200, body=body)
    await alice.types("/kick Grace")
    assert "Grace Hopper" in scene.standup.names()
    assert "removed *" not in alice.screen
    assert "may still be in" in alice.screen or "still in" in alice.screen


async def test_a_title_may_hold_what_looks_like_a_part_of_a_link(alice: Actor, scene: Scene) -> None:
    hall = scene.hall
    for title in ("Sales // Support", "100%25 Rust", "Wait... what"):
        hall.title = title
        scene.on.bot[USHER].meetings.changed(hall.id)
        await alice.types(f'/session status "{title}"')
        assert f"*{title}*" in alice.screen or f"# {title}" in alice.screen


async def test_a_part_of_the_people_who_share_a_custom_id_is_never_removed_for_one(alice: Actor, scene: Scene) -> None:
    rows = [
        {"id": "p1", "display_name": "Troll", "custom_participant_id": "guest"},
        {"id": "p2", "display_name": "Bob", "custom_participant_id": "guest", "user_id": str(uuid4())},
        {"id": "p3", "display_name": "Carol", "custom_participant_id": "guest"},
    ]
    body = json.dumps({"success": True, "data": {"participants": rows}})
    scene.realtimekit.faults["session_participants"] = Fault("status", 200, body=body)
    await alice.types("/session who")
    assert "*3 here*" in alice.screen
    await alice.types("/kick Troll")
    assert scene.realtimekit.calls("kick") == []


@pytest.mark.parametrize(("typed", "there"), [("だいき", "たいき"), ("สิดา", "สุดา"), ("Андрей", "Андреи")])
async def test_what_is_another_letter_is_no_accent(alice: Actor, scene: Scene, typed: str, there: str) -> None:
    scene.standup.join(Participant(there, "other"))
    await alice.types(f"/kick {typed}")
    assert there in scene.standup.names()
    assert scene.realtimekit.calls("kick") == []


async def test_who_is_not_named_among_those_removed_is_looked_for(alice: Actor, scene: Scene) -> None:
    named = json.dumps({"success": True, "data": {"participants": [{"id": "another-kind", "name": "Ada Lovelace"}]}})
    scene.realtimekit.faults["kick"] = Fault("status", 200, body=named)
    await alice.types("/kick Ada Grace --block")
    assert "Grace Hopper may still be in" in alice.screen
    assert [one.name for one in scene.standup.participants if one.deleted] == []


async def test_an_end_that_removed_nobody_is_no_end_unless_nobody_is_seen_to_be_in(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["kick_all"] = Fault(
        "status", 200, body='{"success":true,"data":{"kicked_participants_count":0}}'
    )
    scene.realtimekit.faults["session_participants"] = Fault("status", 500)
    await alice.types("/session end")
    await alice.submits()
    assert "already empty" not in alice.screen
    assert "can't tell" in alice.screen


async def test_a_lock_before_an_end_that_the_api_did_not_keep_ends_nothing(alice: Actor, scene: Scene) -> None:
    body = f'{{"success":true,"data":{{"id":"{scene.standup.id}","status":"ACTIVE"}}}}'
    scene.realtimekit.faults["update_meeting"] = Fault("status", 200, body=body)
    await alice.types("/session end")
    await alice.picks("Lock", "Lock the meeting so")
    await alice.submits()
    assert "It's locked" not in alice.screen
    assert scene.realtimekit.calls("kick_all") == []


async def test_a_summary_tells_nothing_that_was_done_after_its_session(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session watch")
    card = scene.public()[-1]
    for person in list(scene.standup.participants):
        scene.standup.leave(person)
    scene.standup.end()
    await scene.settled()
    scene.standup.join(Participant("Zed", "zed"))
    await scene.settled()
    await alice.types("/kick Zed")
    await scene.settled()
    assert "Zed" not in alice.read(card)


async def test_a_return_that_could_not_be_reported_is_reported_at_the_next_look(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session watch")
    await alice.types("/kick Ada --block")
    for method in ("chat.postMessage", "conversations.open"):
        scene.slack.faults[method] = SlackFault("internal_error")
    scene.standup.join(Participant("Ada Lovelace", "ada@people.example"))
    await scene.settled()
    scene.slack.faults.clear()
    scene.standup.join(Participant("Somebody Else", "else"))
    await scene.settled()
    assert "*Ada Lovelace* is in *Weekly standup* with the ID of someone" in alice.screen


@pytest.mark.parametrize("command", ["/kick Ada --block", "/session mute Ada"])
async def test_try_again_is_about_the_same_people_whoever_is_called_so_by_now(
    alice: Actor, scene: Scene, command: str
) -> None:
    endpoint = "mute" if "mute" in command else "kick"
    scene.realtimekit.faults[endpoint] = Fault("status", 429, headers={"Retry-After": "60"}, times=1)
    await alice.types(command)
    failed = alice.last
    scene.standup.leave(scene.standup.participants[0])
    scene.standup.join(Participant("Ada Byron", "byron"))
    await alice.clicks(failed, "Try again")
    assert "Ada Byron" in scene.standup.names()
    assert "Byron" not in "".join(map(alice.read, alice.messages()[1:]))
