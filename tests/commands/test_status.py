import re

import pytest

from bot.slack.listeners import HELP_WORDS
from sandbox.faults import Fault
from sandbox.world import Meeting, Participant
from tests.registered import LISTENERS
from tests.scene import Actor, Scene


async def test_the_card_tells_title_people_and_names_to_the_asker_alone(alice: Actor, scene: Scene) -> None:
    await alice.types("/session status")

    assert alice.last.ephemeral_to == alice.user.id
    text = alice.screen
    assert "# Weekly standup" in text
    assert "*Live* · *3 here* · peak 3 · started" in text
    assert "Alan Turing, Grace Hopper and Ada Lovelace" in text
    assert scene.public() == []


async def test_the_bare_command_is_the_status(alice: Actor) -> None:
    await alice.types("/session")
    assert "# Weekly standup" in alice.screen


async def test_a_host_gets_the_buttons_to_act_with_the_destructive_one_last(alice: Actor) -> None:
    await alice.types("/session")
    assert alice.labels(alice.last) == [
        *("Join", "People…", "Poll…", "Mute all"),
        *("Refresh", "Share", "End meeting…"),
    ]
    spot, _ = alice.item(alice.last, "Details…")
    assert [option["text"]["text"] for option in spot.element["options"]] == [
        *("Lock", "Record", "Invite…", "Attendance", "Details…")
    ]


async def test_a_member_gets_no_button_to_act(mike: Actor) -> None:
    await mike.types("/session")
    assert mike.labels(mike.last) == ["Join", "People…", "Refresh", "Share"]
    spot, _ = mike.item(mike.last, "Details…")
    assert len(spot.element["options"]) == 1


async def test_refresh_puts_the_new_card_in_the_old_one_s_place(alice: Actor) -> None:
    await alice.types("/session")
    await alice.clicks(alice.last, "Refresh")
    assert [message.versions for message in alice.messages()] == [2]


async def test_post_to_channel_shows_everyone_a_card_without_buttons(mike: Actor, scene: Scene) -> None:
    await mike.types("/session")
    await mike.clicks(mike.last, "Share")

    (posted,) = scene.public()
    assert "Weekly standup" in mike.read(posted)
    assert "Shared by @mike" in mike.read(posted)
    assert mike.labels(posted) == []


@pytest.mark.parametrize(
    "words",
    [
        "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e03",
        "https://meet.example/r/6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e03?x=1",
        "all HANDS",
        "“All hands”",
    ],
)
async def test_a_meeting_is_named_by_id_link_or_title(alice: Actor, words: str) -> None:
    await alice.types(f"/session status {words}")
    assert "# All hands" in alice.screen
    assert "250 here" in alice.screen


async def test_a_dashboard_s_link_names_the_meeting_and_not_the_app(alice: Actor, scene: Scene) -> None:
    link = f"https://dash.example/5a4db0ad-0000-4000-8000-000000000001/meetings/{scene.hall.id}"
    await alice.types(f"/session status <{link}|{link}>")
    assert "# All hands" in alice.screen


async def test_several_meetings_with_these_words_are_offered_as_a_menu(alice: Actor, scene: Scene) -> None:
    await alice.types("/session status room")
    assert "# Quiet room" in alice.screen

    await alice.types("/session status r")
    assert "More than one meeting matches “r”" in alice.screen
    (spot,) = alice.spots(alice.last)
    choice = next(option for option in spot.element["options"] if option["text"]["text"] == "Rust for everyone")
    await alice.clicks_spot(spot, choice)
    assert "# Rust for everyone" in alice.read(alice.last)


async def test_a_title_that_no_meeting_has_is_said(alice: Actor) -> None:
    await alice.types("/session status Budget <!channel>")
    assert "I couldn't find a meeting called “Budget <!channel>”" in alice.screen


@pytest.mark.parametrize(
    "words",
    [
        "../../../user/tokens/verify",
        "..%2f..%2fuser",
        "/accounts",
        "https://evil.example/x",
        "a/../b",
        "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e03/../x",
        "..",
        "x\\y",
    ],
)
async def test_paths_never_reach_the_api(alice: Actor, scene: Scene, words: str) -> None:
    await alice.types(f"/session status {words}")
    assert "I couldn't find a meeting" in alice.screen
    assert scene.realtimekit.seen == []


async def test_an_unknown_id_is_said(alice: Actor) -> None:
    await alice.types("/session status 11111111-2222-4333-8444-555555555555")
    assert "I couldn't find a meeting with that ID." in alice.screen


async def test_a_meeting_that_nobody_is_in_tells_when_it_was_last_live(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session status {scene.quiet.id}")
    assert "# Quiet room" in alice.screen
    assert "*Not live*. No one is in this meeting right now." in alice.screen
    assert re.search(r"Last session ended .* UTC. Peak attendance: 2.", alice.screen)


@pytest.mark.settings(realtimekit_meeting_id=None)
async def test_without_any_meeting_the_way_to_name_one_is_told_and_the_api_not_asked(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/session status")
    assert "This channel isn't linked to a meeting yet" in alice.screen
    assert scene.realtimekit.seen == []


OFFICIAL = """{"success":true,"data":{"associated_id":"6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01",
"created_at":"2022-01-12T14:21:34.398Z","ended_at":"null","id":"813432c7-3c5a-45e2-9acf-eef7061c7584",
"live_participants":1,"max_concurrent_participants":2,"minutes_consumed":2.3434,"started_at":"2022-01-12T14:21:34.388Z",
"status":"LIVE","type":"meeting","updated_at":"2022-01-12T14:26:00.784Z"}}"""


async def test_cloudflare_s_own_published_example_gives_a_good_card(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["active_session"] = Fault("status", status=200, body=OFFICIAL)
    await alice.types("/session status")
    assert "# Weekly standup" in alice.screen
    assert "1 here" in alice.screen
    assert "null" not in alice.screen


async def test_hostile_names_are_shown_as_text_and_ping_nobody(alice: Actor, scene: Scene) -> None:
    """The stand-in Slack refuses any control sequence that the bot did not write itself."""
    await alice.types(f"/session status {scene.odd.id}")
    assert "# Odd <!channel> names & *stars* 🎉" in alice.screen
    await alice.types(f"/session who {scene.odd.id}")
    assert "*<!channel>*" in alice.screen
    assert "*<https://evil|click>*" in alice.screen
    assert "Unnamed" in alice.screen


async def test_who_lists_everyone_with_role_and_time(mike: Actor) -> None:
    await mike.types("/session who")
    assert "*3 here*" in mike.screen
    assert re.search(r"\*Ada Lovelace\* · Host · joined \d\d:\d\d UTC \(42 min ago\)", mike.screen)
    assert mike.labels(mike.last) == ["Refresh"]


async def test_who_leaves_out_those_who_left_and_merges_two_tabs(alice: Actor, scene: Scene) -> None:
    ada, grace, _ = scene.standup.participants
    scene.standup.join(ada)
    scene.standup.leave(grace)
    await alice.types("/session who")
    assert alice.screen.count("Ada Lovelace") == 1
    assert "Grace Hopper" not in alice.screen
    assert "*2 here* (RealtimeKit counts 3)" in alice.screen


async def test_who_pages_through_250_people(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session who {scene.hall.id}")
    names = set(re.findall(r"\*([A-Z]\w+ [A-Z]\w+)\*", alice.screen))
    assert "page 1 of 13" in alice.screen
    for page in range(2, 14):
        await alice.clicks(alice.last, "Next")
        assert f"page {page} of 13" in alice.screen
        names |= set(re.findall(r"\*([A-Z]\w+ [A-Z]\w+)\*", alice.screen))
    assert len(names) == 250
    assert "Next ›" not in alice.labels(alice.last)
    await alice.clicks(alice.last, "‹ Previous")
    assert "page 12 of 13" in alice.screen


async def test_who_is_read_with_few_calls(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session who {scene.hall.id}")
    assert [seen.endpoint for seen in scene.realtimekit.seen] == ["active_session", *["session_participants"] * 2]


async def test_many_askers_share_one_call(scene: Scene) -> None:
    people = [scene.person(name) for name in ("alice", "mike", "max", "grace")] * 5
    for person in people:
        person.patient = False
        await person.types("/session status")
    await scene.idle()
    assert len(scene.realtimekit.calls("active_session")) == 1
    assert len([message for message in scene.slack.messages if message.ephemeral_to]) == 20


async def test_help_lists_what_this_person_may_type(alice: Actor, mike: Actor) -> None:
    await alice.types("/session help")
    for command in ("/session status", "/session who", "/session end", "/session help", "/kick", "/poll"):
        assert f"`{command}" in alice.screen
    await mike.types("/session help")
    assert "`/session who" in mike.screen
    assert "`/kick" not in mike.screen


async def test_an_unknown_word_gets_help(alice: Actor, scene: Scene) -> None:
    await alice.types("/session frobnicate <!here>")
    assert "I don't know “frobnicate”" in alice.screen
    assert scene.realtimekit.seen == []


async def test_a_double_click_on_post_posts_once(mike: Actor, scene: Scene) -> None:
    await mike.types("/session")
    post = mike.spot(mike.last, "Share")
    await mike.clicks_spot(post)
    await mike.clicks_spot(post)
    assert len(scene.public()) == 1


@pytest.mark.parametrize("title", ["Q&A <hour>", "Design/Eng sync", "100% remote", "weekly-review"])
async def test_titles_are_found_as_they_are_typed(alice: Actor, scene: Scene, title: str) -> None:
    meeting = scene.world.add(Meeting(title))
    meeting.join(Participant("Ada", "ada"))
    await alice.types(f"/session status {title}")
    assert f"# {title}" in alice.screen


@pytest.mark.parametrize("space", ["\n", "\t", "\u00a0", "  "])
async def test_any_white_space_ends_the_subcommand(alice: Actor, scene: Scene, space: str) -> None:
    await alice.types(f"/session status{space}all hands")
    assert "# All hands" in alice.screen


async def test_years_that_stand_for_none_are_no_years(alice: Actor, scene: Scene) -> None:
    body = OFFICIAL.replace("2022-01-12T14:21:34.388Z", "0001-01-01T00:00:00Z")
    scene.realtimekit.faults["active_session"] = Fault("status", status=200, body=body)
    await alice.types("/session status")
    assert "1 here" in alice.screen


async def test_many_askers_of_an_empty_room_share_their_calls_too(scene: Scene) -> None:
    alice = scene.person("alice")
    alice.patient = False
    for _ in range(10):
        await alice.types(f"/session status {scene.quiet.id}")
    await scene.idle()
    assert len(scene.realtimekit.seen) == 3


async def test_every_command_and_subcommand_has_help_and_does_nothing_else(alice: Actor, scene: Scene) -> None:
    for command, subcommand in LISTENERS.commands:
        for word in HELP_WORDS if subcommand in ("", "invite") else ("help",):
            await alice.types(f"{command} {subcommand} {word}")
            assert "`/session who" in alice.read(alice.last)
    assert alice.modal is None
    assert scene.realtimekit.seen == []
    assert scene.public() == []


@pytest.mark.settings(realtimekit_meeting_id="11111111-2222-4333-8444-555555555555")
async def test_a_default_meeting_that_does_not_exist_is_the_operator_s_to_mend(mike: Actor) -> None:
    await mike.types("/session")
    assert "check `REALTIMEKIT_MEETING_ID`" in mike.screen
    assert "11111111" not in mike.screen


async def test_an_unknown_word_is_shown_as_it_was_typed(alice: Actor) -> None:
    await alice.types("/session a>b&c")
    assert "I don't know “a>b&c”" in alice.screen.replace("&gt;", ">").replace("&amp;", "&")
    assert "&amp;gt;" not in alice.screen
