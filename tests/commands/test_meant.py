"""What was meant is what is done, in the meeting and for the people that were meant, and said of them alone."""

import asyncio
from datetime import timedelta

import pytest

from bot.store.records import Notices
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.hands import use_shortcut
from sandbox.recordings import Recording
from sandbox.slack import SlackFault
from sandbox.world import Channel, Meeting, Participant, now
from tests.scene import Actor, Scene


def other_channel(scene: Scene) -> Actor:
    """Alice in a channel of the same members."""
    members = set(scene.world.channels["C0GENERAL1"].members)
    scene.world.channels["C0OTHER001"] = Channel("C0OTHER001", "other", members)
    return scene.person("alice", "other")


@pytest.mark.parametrize("word", ["prepare", "next", "list"])
async def test_lines_below_a_subcommand_of_polls_are_asked_of_nobody(alice: Actor, scene: Scene, word: str) -> None:
    await alice.types(f"/poll {word}\nLunch?\nPizza\nSalad")
    assert scene.standup.polls == []
    assert alice.modal
    read = alice.read(alice.modal)
    assert "Lunch?" in read
    assert ("Prepare polls" in read) if word == "prepare" else (f"If you meant `/poll {word}`" in read)


async def test_lines_below_a_question_are_options_to_the_letter(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll Which switch?\n--anonymous voting\n"A" or "B"\n"Neither"\n--hide-votes')
    (poll,) = scene.standup.polls
    assert [one["text"] for one in poll["options"]] == ["--anonymous voting", '"A" or "B"', "Neither"]
    assert (poll["anonymous"], poll["hide_votes"]) == (False, True)


async def test_options_of_a_message_that_do_not_fit_are_named(alice: Actor, scene: Scene) -> None:
    await alice.types("/session")
    lines = "\n".join(f"- opt {number}" for number in range(14))
    message = scene.slack.post(alice.channel.id, {"text": f"Which?\n{lines}"}, user=alice.user.id)
    await use_shortcut(alice, message, "poll.from_message")
    assert "Not included: opt 10, opt 11, opt 12, opt 13." in alice.screen


def recorded(scene: Scene, title: str) -> Recording:
    meeting = scene.world.add(Meeting(title))
    meeting.join(Participant("Zed", "zed"))
    return scene.realtimekit.recordings.record(meeting)


@pytest.mark.parametrize("title", ["Off topic", "On call", "End of sprint", "Stop motion", "Start here", "Pause"])
async def test_a_title_that_begins_with_a_word_of_the_command_is_a_title(
    alice: Actor, scene: Scene, title: str
) -> None:
    scene.world.add(Meeting(title.split(maxsplit=1)[-1])).join(Participant("Zoe", "zoe"))
    recording = recorded(scene, title)
    await alice.types(f"/session record {title.lower() if ' ' in title else repr(title)}".replace("'", '"'))
    assert recording.status == "RECORDING"
    assert len(scene.realtimekit.recordings.every) == 1


@pytest.mark.parametrize("command", ["/session lock all", "/session record all", "/session record on"])
async def test_all_is_about_everyone_here_and_no_title(alice: Actor, scene: Scene, command: str) -> None:
    scene.world.add(Meeting("On call")).join(Participant("Zed", "zed"))
    await alice.types(command)
    assert "*Weekly standup*" in alice.read(alice.last)


async def test_watch_on_is_about_this_meeting(alice: Actor, scene: Scene) -> None:
    scene.world.add(Meeting("On call")).join(Participant("Zed", "zed"))
    await alice.types("/session watch on")
    assert "Weekly standup" in alice.read(scene.public()[-1])


@pytest.mark.parametrize("words", ["<#C0GENERAL1|general>", "all", "everyone", '"Pat Doe <@U0GRACE001>'])
async def test_nobody_is_invited_who_was_not_meant(alice: Actor, scene: Scene, words: str) -> None:
    before = len(scene.standup.participants)
    await alice.types(f"/session invite {words}")
    assert len(scene.standup.participants) == before
    assert "No one was invited." in alice.read(alice.last)


async def test_a_title_without_its_closing_quote_starts_nothing(alice: Actor, scene: Scene) -> None:
    await alice.types('/session start "Planning day --record')
    assert "A closing quotation mark is missing." in alice.read(alice.last)
    assert scene.realtimekit.calls("create_meeting") == []


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_a_mention_in_a_title_is_a_name(alice: Actor, scene: Scene) -> None:
    await alice.types('/session start "1:1 with <@U0GRACE001>"')
    assert "U0GRACE001" not in scene.public()[-1].payload["text"]
    assert "1:1 with @" in alice.read(scene.public()[-1])


async def test_the_existing_one_is_not_used_over_a_link_that_was_made_meanwhile(alice: Actor, scene: Scene) -> None:
    await alice.types('/session start "Weekly standup"')
    question = alice.last
    await alice.types("/session use rust")
    await alice.clicks(question, "Use the existing one")
    link = await scene.on.bot[USHER].store.links.of(alice.channel.id)
    assert link
    assert link.title == "Rust for everyone"
    await alice.clicks(alice.last, "Use the existing one")
    assert "It's this channel's meeting from now on." in alice.screen


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_of_two_meetings_started_at_once_the_second_is_not_linked_unasked(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    scene.realtimekit.faults["create_meeting"] = Fault("delay", seconds=0.05)
    alice.patient = mike.patient = False
    await asyncio.gather(alice.types('/session start "Planning"'), mike.types('/session start "Retro"'))
    await scene.idle()
    link = await scene.on.bot[USHER].store.links.of(alice.channel.id)
    assert link
    other = {"Planning": "Retro", "Retro": "Planning"}[link.title or ""]
    assert f"I created *{other}*, but couldn't link this channel to it." in alice.screen + mike.screen


async def test_notices_that_go_on_are_said_to(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session notices no-host 5")
    await alice.types("/session notices off")
    assert "without a host" in alice.read(scene.public()[-1])
    await alice.types("/session use rust")
    assert "This channel's session notices are now about this meeting." in alice.screen


async def test_a_form_does_not_undo_what_another_host_just_chose(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session notices")
    await alice.clicks(alice.last, "Change…")
    links = scene.on.bot[USHER].store.links
    await links.set_notices(alice.channel.id, scene.standup.id, Notices.OFF, 5, now())
    await alice.submits()
    link = await links.of(alice.channel.id)
    assert link
    assert link.no_host == 5
    assert "Someone just changed these settings." in alice.screen


async def test_save_for_later_and_move_up_that_come_twice_are_done_once(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll")
    for label in ("Question", "Option 1", "Option 2"):
        alice.fills(label, label)
    await alice.picks("Settings", "Save for later")
    form = alice.modal
    for _ in range(2):
        await alice.submits(form)
    sheets = scene.on.bot[USHER].store.sheets
    assert len(await sheets.of(alice.channel.id)) == 1
    await alice.types("/poll prepare")
    alice.fills("Polls", "A?\n1\n2\n\nB?\n1\n2\n\nC?\n1\n2")
    await alice.submits()
    await alice.types("/poll list")
    move_up = alice.item(alice.last, "Move up", "C?")
    for _ in range(2):
        await alice.clicks_spot(*move_up)
    assert [one.question for one in await sheets.of(alice.channel.id)] == ["A?", "C?", "B?"]


async def test_notes_of_several_meetings_ask_which(alice: Actor, scene: Scene) -> None:
    scene.world.add(Meeting("Team A"))
    chosen = scene.world.add(Meeting("Team B"))
    await alice.types("/session notes on team")
    (menu,) = [spot for spot in alice.spots(alice.last) if spot.kind == "static_select"]
    await alice.clicks_spot(menu, next(one for one in menu.element["options"] if one["value"] == chosen.id))
    assert chosen.switches.get("transcribe_on_end") is True


async def test_notes_that_go_to_another_channel_say_that_there_is_no_card_here(alice: Actor, scene: Scene) -> None:
    await other_channel(scene).types("/session watch weekly")
    await alice.types("/session notes on")
    assert "doesn't have one in this channel yet" in alice.read(alice.last)


async def test_hints_name_the_meeting_that_they_are_about(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session watch rust")
    await alice.types("/session watch off rust")
    assert "`/session watch Rust for everyone`" in alice.screen
    await alice.types("/session record stop rust")
    assert "`/session record Rust for everyone`" in alice.read(alice.last)


async def test_a_channel_that_could_not_be_told_of_a_recording_is_named(alice: Actor, scene: Scene) -> None:
    person = scene.person("alice", "no-bot-here")
    scene.slack.faults["response_url"] = SlackFault(status=404)
    await person.types("/session record")
    direct = scene.person("alice", "D0ALICEBOT")
    assert "Please tell people there yourself." in direct.screen


async def test_buttons_of_what_was_rerouted_act_for_the_channel_it_is_about(alice: Actor, scene: Scene) -> None:
    person = scene.person("alice", "no-bot-here")
    await person.types("/poll prepare")
    person.fills("Polls", "A?\nx\ny")
    await person.submits()
    scene.slack.faults["response_url"] = SlackFault(status=404)
    scene.slack.faults["chat.postEphemeral"] = SlackFault("not_in_channel")
    await person.types("/poll list")
    scene.slack.faults.clear()
    direct = scene.person("alice", "D0ALICEBOT")
    await direct.clicks(direct.last, "Ask next")
    assert [poll["question"] for poll in scene.standup.polls] == ["A?"]


async def test_a_namesake_is_not_taken_for_someone_who_has_left(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await grace.types("/session join")
    place = next(one for one in scene.standup.participants if one.custom_id.startswith("slack-"))
    scene.standup.join(place)
    scene.standup.leave(place)
    before = set(scene.standup.names())
    await alice.types("/kick <@U0GRACE001>")
    assert set(scene.standup.names()) == before


async def test_the_card_asks_of_a_poll_in_doubt_before_the_next(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/poll prepare")
    alice.fills("Polls", "A?\nx\ny\n\nB?\nx\ny")
    await alice.submits()
    await alice.types("/session watch")
    await scene.settled()
    card = next(one for one in scene.public() if "Turn off live card" in alice.labels(one))
    scene.realtimekit.faults["poll"] = Fault("reset", times=1)
    await alice.clicks(card, "Ask next poll")
    await scene.settled()
    assert "“A?” (may have been asked already)" in alice.read(card)
    await alice.clicks(card, "Ask next poll")
    assert scene.standup.polls == []


async def test_one_person_on_two_devices_is_one_person(alice: Actor, scene: Scene) -> None:
    person = Participant("Zed", "zed")
    for _ in range(2):
        scene.quiet.join(person)
    await alice.types(f"/session status {scene.quiet.id}")
    assert "1 more" not in alice.screen
    await alice.types(f"/session end {scene.quiet.id}")
    assert "The one person in the meeting will be removed." in alice.screen


async def test_home_tells_what_is_live_where_only_the_names_fail(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["session_participants"] = Fault("status", 500)
    await alice.opens_home()
    home = alice.read(scene.slack.homes[alice.user.id])
    assert "Live now" in home
    assert "Couldn't check" not in home
    scene.time_goes_by()
    scene.realtimekit.faults["*"] = Fault("status", 500)
    await alice.opens_home()
    home = alice.read(scene.slack.homes[alice.user.id])
    assert "Couldn't check" in home
    assert "Not live" not in home


async def test_settings_outlive_the_names_in_the_history(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session notes on")
    await alice.types("/session notices both")
    await alice.types("/kick Ada")
    journal = scene.on.bot[USHER].store.journal
    assert await journal.redact_people(now() + timedelta(days=91), 90)
    assert await journal.redact_people(now() + timedelta(days=91), 90) == 0
    await alice.types("/session history")
    read = alice.read(alice.last)
    assert "turned notes on" in read
    assert "set session notices to both" in read
    assert "Ada" not in read


async def test_who_was_just_removed_is_not_said_to_be_back(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session watch")
    troll = scene.standup.join(Participant("Troll", "troll"), timedelta(seconds=2))
    await scene.settled()
    await alice.types("/kick Troll --block")
    troll.left_at = None  # the list lags behind
    scene.standup.join(Participant("Zed", "zed"))
    await scene.settled()
    assert "with the ID of someone" not in alice.screen


async def test_an_own_budget_that_is_used_up_is_no_failure_of_realtimekit(alice: Actor, scene: Scene) -> None:
    usher = scene.on.bot[USHER]
    usher.limits.budget.hold(30)
    await alice.types("/session")
    assert scene.realtimekit.seen == []
    assert (await usher.readiness.parts())["realtimekit"] is True


async def test_a_meeting_that_could_not_be_read_is_not_said_to_be_untitled(alice: Actor, scene: Scene) -> None:
    scene.standup.status = "INACTIVE"
    scene.standup.end()
    scene.realtimekit.faults["meeting"] = Fault("status", 502)
    await alice.types("/session")
    assert "Untitled" not in alice.screen
    assert "I couldn't check whether the meeting is locked." in alice.screen


async def test_who_remains_a_host_otherwise_is_said_to(alice: Actor, scene: Scene) -> None:
    await alice.types("/session hosts add <!subteam^S0HOSTS001|@hosts> <@U0MAXMAX01> <@U0GRACE001>")
    await alice.types("/session hosts remove <@U0MAXMAX01> <@U0GRACE001>")
    assert "@max can still host here" in alice.read(alice.last)


async def test_in_a_direct_message_between_people_nobody_is_told_to_invite_an_app(alice: Actor, scene: Scene) -> None:
    direct = scene.person("alice", "dm-mike")
    await direct.types("/session watch weekly")
    assert "Apps can't post in direct messages between people." in direct.read(direct.last)


async def test_a_session_s_attendance_is_found_where_no_meeting_can_be_read(alice: Actor, scene: Scene) -> None:
    session = scene.standup.live()
    assert session
    scene.realtimekit.faults["meeting"] = Fault("status", 502)
    await alice.types(f"/session attendance {session.id}")
    assert "3 people so far" in alice.read(alice.last)


async def test_lines_that_do_not_fit_among_the_prepared_polls_are_not_cut(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll prepare")
    alice.fills("Polls", "\n\n".join(f"Question {number}?\n{'a' * 100}\n{'b' * 100}" for number in range(12)))
    await alice.submits()
    await alice.types(f"/poll prepare\nOne more?\n{'c' * 100}\n{'d' * 450}")
    assert "There's no room for that." in alice.screen
