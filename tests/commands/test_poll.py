import json
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.faults import Fault
from sandbox.hands import use_shortcut
from sandbox.surfaces import View
from tests.scene import Actor, Scene

pytestmark = pytest.mark.databases


def polls(scene: Scene) -> list[dict[str, Any]]:
    return [seen.body for seen in scene.realtimekit.calls("poll")]


def typed(view: View | None) -> dict[str, str | None]:
    assert view
    return {block: next(iter(state.values())).get("value") for block, state in view.state.items() if block != "flags"}


async def test_a_quoted_line_creates_the_poll_at_once_and_tells_the_channel(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert polls(scene) == [
        {"question": "Lunch?", "options": ["Pizza", "Salad"], "anonymous": False, "hide_votes": False}
    ]
    (told,) = scene.public()
    text = alice.read(told)
    assert "@alice started a poll in *Weekly standup*\n# Lunch?\n1. Pizza\n2. Salad" in text
    assert "Voting and results are in the meeting." in text
    assert "vote" not in text.split("2. Salad")[0]


@pytest.mark.parametrize(
    "text",
    [
        "“Where to eat?” “Pizza place” “Salad bar”",
        "„Where to eat?“ „Pizza place“ „Salad bar“",
        "«Where to eat?» «Pizza place» «Salad bar»",
        '“Where to eat?" "Pizza place” “Salad bar”',
    ],
)
async def test_the_quotes_that_keyboards_type_are_quotes(alice: Actor, scene: Scene, text: str) -> None:
    await alice.types(f"/poll {text}")
    assert polls(scene)[0]["question"] == "Where to eat?"
    assert polls(scene)[0]["options"] == ["Pizza place", "Salad bar"]


async def test_an_apostrophe_is_a_letter(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "What\'s Ada’s favourite?" "Joe\'s" “Don’t know”')
    assert polls(scene)[0]["question"] == "What's Ada’s favourite?"
    assert polls(scene)[0]["options"] == ["Joe's", "Don’t know"]


@pytest.mark.parametrize("flags", ["--anonymous --hide-votes", "—anonymous —hide–votes", "–anonymous --HIDE-VOTES"])
async def test_flags_arrive_whatever_dash_the_phone_makes_of_them(alice: Actor, scene: Scene, flags: str) -> None:
    await alice.types(f'/poll "Secret?" "Yes" "No" {flags}')
    assert (polls(scene)[0]["anonymous"], polls(scene)[0]["hide_votes"]) == (True, True)
    assert "Anonymous. Results hidden until you vote. Voting and results" in alice.screen


async def test_escapes_and_mentions_reach_the_meeting_as_people_read_them(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Is 1 < 2 & so?" "<@U0MAXMAX01|max>" "<#C0GENERAL1|general>"')
    assert polls(scene)[0]["question"] == "Is 1 < 2 & so?"
    assert polls(scene)[0]["options"] == ["@max", "#general"]


async def test_the_form_creates_what_was_filled_in(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll")
    alice.fills("Question", " Where to? ")
    alice.fills("Option 1", "Beach")
    alice.fills("Option 2", "Mountains")
    await alice.picks("Settings", "Anonymous", "Hide")
    await alice.submits()
    assert polls(scene) == [
        {"question": "Where to?", "options": ["Beach", "Mountains"], "anonymous": True, "hide_votes": True}
    ]


async def test_options_are_added_up_to_ten_and_what_was_typed_stays(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll")
    alice.fills("Question", "Which?")
    for number in range(1, 11):
        if number > 2:
            await alice.clicks(alice.modal, "Add option")
        alice.fills(f"Option {number}", f"Choice {number}")
    assert alice.modal
    assert "Add option" not in alice.labels(alice.modal)
    await alice.submits()
    assert polls(scene)[0]["options"] == [f"Choice {number}" for number in range(1, 11)]


async def test_remove_takes_the_last_option_away(alice: Actor) -> None:
    await alice.types('/poll "Which?" "A" "B" "C" oops')
    assert typed(alice.modal) == {f"option.{n}": t for n, t in enumerate(("A", "B", "C", "oops"), 1)} | {
        "question": "Which?"
    }
    await alice.clicks(alice.modal, "Remove option")
    assert typed(alice.modal) == {"question": "Which?", "option.1": "A", "option.2": "B", "option.3": "C"}


async def test_a_double_click_on_add_adds_one_field(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll")
    view = alice.modal
    assert view
    both = [urlencode({"payload": json.dumps(alice.action(alice.spot(view, "Add option")))}).encode() for _ in "12"]
    for body in both:
        await alice.post(body)
    assert len([block for block in view.state if block.startswith("option")]) == 3
    assert scene.slack.calls.count("views.update") == 3  # the first one fills the form


async def test_an_option_left_empty_beyond_the_second_is_none(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Which?" "A" "B" "" "D"')
    await alice.submits()
    assert polls(scene)[0]["options"] == ["A", "B", "D"]


@pytest.mark.parametrize(
    ("options", "errors"),
    [
        (["Same", " same "], {"option.2": "Same as option 1."}),
        (["Only one", "   "], {"option.2": "A poll needs at least two options."}),
        (["A", "x" * 121], {"option.2": "Too long: 121 characters. The limit is 120."}),
    ],
)
async def test_faults_stand_at_their_fields_and_nothing_is_created(
    alice: Actor, scene: Scene, options: list[str], errors: dict[str, str]
) -> None:
    await alice.types("/poll")
    alice.fills("Question", "Which?")
    for number, option in enumerate(options, 1):
        alice.fills(f"Option {number}", option)
    ack = await alice.submits()
    assert ack.body == {"response_action": "errors", "errors": errors}
    assert alice.modal is not None
    assert polls(scene) == []


@pytest.mark.parametrize(
    ("text", "fields", "said"),
    [
        ('"Lunch?" "Pizza"', {"question": "Lunch?", "option.1": "Pizza", "option.2": None}, "at least two options"),
        ("Lunch at noon?", {"question": "Lunch at noon?", "option.1": None, "option.2": None}, "in quotes"),
        ('"A?" "B" "C', {"question": "A?", "option.1": "B", "option.2": "C"}, "A closing quotation mark is missing."),
        ('"A?" "B" "B"', {"question": "A?", "option.1": "B", "option.2": "B"}, "Same as option 1."),
        ('"A?" "B" "C" --loud', {"question": "A?", "option.1": "B", "option.2": "C"}, "Unknown option --loud."),
        ('"" "B" "C"', {"question": None, "option.1": "B", "option.2": "C"}, "Enter a question."),
    ],
)
async def test_what_is_missing_or_wrong_opens_the_form_filled_in_as_far_as_it_goes(
    alice: Actor, scene: Scene, text: str, fields: dict[str, str | None], said: str
) -> None:
    await alice.types(f"/poll {text}")
    assert typed(alice.modal) == fields
    assert said in alice.screen
    assert polls(scene) == []


async def test_an_eleventh_option_is_named_and_not_silently_dropped(alice: Actor) -> None:
    await alice.types("/poll " + " ".join(f'"Part {number}"' for number in range(12)))
    assert "Not included: Part 11." in alice.screen


async def test_ask_again_opens_the_form_with_the_same_poll(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Lunch?" "Pizza" "Salad" --anonymous')
    await alice.clicks(scene.public()[0], "Edit and ask again…")
    assert typed(alice.modal) == {"question": "Lunch?", "option.1": "Pizza", "option.2": "Salad"}
    assert "The earlier poll also stays in the meeting" in alice.screen
    await alice.submits()
    assert polls(scene)[1] == polls(scene)[0]
    assert "The earlier poll also stays in the meeting" in alice.read(scene.public()[1])


async def test_the_next_question_keeps_the_options(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll "Lunch?" "Yes" "No" --anonymous')
    await alice.clicks(scene.public()[0], "Next question…")
    assert typed(alice.modal) == {"question": None, "option.1": "Yes", "option.2": "No"}
    alice.fills("Question", "Dinner?")
    await alice.submits()
    assert polls(scene)[1] == polls(scene)[0] | {"question": "Dinner?"}
    assert "earlier poll" not in alice.read(scene.public()[1])


async def test_the_form_says_whom_it_reaches_and_goes_there_whatever_the_channel_is_linked_to_since(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/poll")
    assert "Everyone in *Weekly standup* (3 people) will see this." in alice.screen
    await alice.clicks(alice.modal, "Add option")
    assert "Everyone in *Weekly standup* (3 people) will see this." in alice.screen
    for label, text in (("Question", "OK?"), ("Option 1", "Yes"), ("Option 2", "No")):
        alice.fills(label, text)
    form = alice.modal
    await alice.types(f"/session use {scene.hall.id}")
    await alice.submits(form)
    assert (len(scene.standup.polls), len(scene.hall.polls)) == (1, 0)


async def test_the_focus_is_where_one_types_next(alice: Actor) -> None:
    def focused() -> list[str]:
        assert alice.modal
        return [
            block["block_id"] for block in alice.modal.spec["blocks"] if block.get("element", {}).get("focus_on_load")
        ]

    await alice.types("/poll")
    assert focused() == ["question"]
    await alice.clicks(alice.modal, "Add option")
    assert focused() == ["option.3"]


@pytest.mark.parametrize("hang", ["active_session", "*"])
async def test_the_form_opens_without_names_while_realtimekit_hangs(alice: Actor, scene: Scene, hang: str) -> None:
    scene.realtimekit.faults[hang] = Fault("hang")
    await alice.types("/poll")
    assert typed(alice.modal) == {"question": None, "option.1": None, "option.2": None}
    assert "Everyone in the meeting will see this." in alice.screen


@pytest.mark.parametrize(
    ("flag", "boxes"),
    [
        ("--anon", {"anonymous"}),
        ("--anonymus", {"anonymous"}),
        ("--hide", {"hide-votes"}),
        ("--hidden-votes", {"hide-votes"}),
    ],
)
async def test_a_near_miss_of_a_flag_never_reveals_votes(
    alice: Actor, scene: Scene, flag: str, boxes: set[str]
) -> None:
    await alice.types(f'/poll "Lunch?" "Pizza" "Salad" {flag}')
    assert polls(scene) == []
    (meant,) = boxes
    assert f"Unknown option {flag}. Did you mean --{meant}? I've checked that box below." in alice.screen
    await alice.submits()
    assert (polls(scene)[0]["anonymous"], polls(scene)[0]["hide_votes"]) == (
        "anonymous" in boxes,
        "hide-votes" in boxes,
    )


async def test_the_status_card_s_poll_goes_to_that_meeting(alice: Actor, scene: Scene) -> None:
    await alice.types(f"/session status {scene.hall.id}")
    await alice.clicks(alice.last, "Poll…")
    for label, text in (("Question", "OK?"), ("Option 1", "Yes"), ("Option 2", "No")):
        alice.fills(label, text)
    await alice.submits()
    assert len(scene.hall.polls) == 1


async def test_where_nobody_is_in_it_says_so_before_one_types(alice: Actor, scene: Scene) -> None:
    scene.standup.end()
    await alice.types("/poll")
    assert "*Weekly standup* isn't live" in alice.screen
    assert "The poll wasn't started." in alice.screen
    await alice.types('/poll "Lunch?" "Pizza" "Salad"')
    assert polls(scene) == []


async def test_hostile_text_is_shown_and_not_acted_on(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll")
    alice.fills("Question", "<!channel> ready?")
    alice.fills("Option 1", "<@U0MAXMAX01>")
    alice.fills("Option 2", "<https://evil.example|yes>")
    await alice.submits()
    assert "# <!channel> ready?\n1. <@U0MAXMAX01>\n2. <https://evil.example|yes>" in alice.screen
    assert polls(scene)[0]["question"] == "<!channel> ready?"


async def test_ten_long_options_full_of_what_must_be_escaped_are_created_and_told(alice: Actor, scene: Scene) -> None:
    options = " ".join(f'"{"&<>" * 39}{number}"' for number in range(10))
    await alice.types(f'/poll "Which?" {options}')
    assert len(scene.standup.polls) == 1
    assert len(scene.public()) == 1


@pytest.mark.parametrize(
    "typed",
    [
        '"Lunch?","Pizza","Salad"',
        '"Lunch?", "Pizza" ; "Salad"',
        "'Lunch?' 'Pizza' 'Salad'",
        "\u2018Lunch?\u2019 \u2018Pizza\u2019 \u2018Salad\u2019",
        'Lunch? "Pizza" "Salad"',
        "Lunch? 'Pizza', 'Salad'",
        "Lunch?\nPizza\nSalad",
        "Lunch?\n\n- Pizza\n- Salad\n",
        "Lunch?\n1. Pizza\n2) Salad",
        '"Lunch?"\n"Pizza"\n"Salad"',
        "• Lunch?\n• Pizza\n• Salad",
    ],
)
async def test_a_poll_is_understood_however_it_is_typed(alice: Actor, scene: Scene, typed: str) -> None:
    await alice.types(f"/poll {typed}")
    (poll,) = scene.standup.polls
    assert (poll["question"], [option["text"] for option in poll["options"]]) == ("Lunch?", ["Pizza", "Salad"])


async def test_an_apostrophe_is_a_letter_in_single_quotes_too(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll 'What's up, y'all?' 'Don't know' 'It's fine'")
    (poll,) = scene.standup.polls
    assert (poll["question"], [one["text"] for one in poll["options"]]) == (
        "What's up, y'all?",
        ["Don't know", "It's fine"],
    )


async def test_an_unquoted_question_ends_at_its_question_mark_and_loose_options_are_left_to_the_form(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/poll Lunch? Pizza, Salad")
    assert scene.standup.polls == []
    await alice.submits()
    (poll,) = scene.standup.polls
    assert (poll["question"], [option["text"] for option in poll["options"]]) == ("Lunch?", ["Pizza", "Salad"])


async def test_emoji_arrive_in_the_meeting_as_emoji_and_custom_ones_stay(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll ":pizza: at 12:30:45?" ":-1::skin-tone-3:" ":flag-de:" ":party-parrot:" ":simple_smile:"')
    await alice.types("/poll")
    for label, text in (("Question", ":tada: Done?"), ("Option 1", ":+1:"), ("Option 2", "no:pizza:no")):
        alice.fills(label, text)
    await alice.submits()
    typed, filled = scene.standup.polls
    assert typed["question"] == "🍕 at 12:30:45?"
    assert [one["text"] for one in typed["options"]] == ["👎🏼", "🇩🇪", ":party-parrot:", "🙂"]
    assert (filled["question"], [one["text"] for one in filled["options"]]) == ("🎉 Done?", ["👍", "no:pizza:no"])


async def test_mentions_without_a_label_become_names(alice: Actor, scene: Scene) -> None:
    await alice.types(
        '/poll "<@U0GRACE001> or <@U0NOBODY99> in <#C0GENERAL1> or <#C0SECRET01>?" "<!subteam^S0HOSTS001>" "B"'
    )
    (poll,) = scene.standup.polls
    assert poll["question"] == "@Grace Hopper or @someone in #general or #a private channel?"
    assert poll["options"][0]["text"] == "@s0hosts001"


async def test_mentions_without_a_label_become_names_in_the_form_too(alice: Actor) -> None:
    await alice.types("/poll Shall <@U0GRACE001> speak?")
    assert "Shall @Grace Hopper speak?" in alice.screen


async def test_a_message_becomes_a_poll_by_its_shortcut(alice: Actor, mike: Actor, scene: Scene) -> None:
    text = "Where do we eat, <@U0GRACE001>?\n• Pizza &amp; pasta\n• Salad"
    message = scene.slack.post(alice.channel.id, {"text": text}, user=mike.user.id)
    await use_shortcut(alice, message, "poll.from_message")
    await scene.idle()
    await alice.submits()
    (poll,) = scene.standup.polls
    assert poll["question"] == "Where do we eat, @Grace Hopper?"
    assert [option["text"] for option in poll["options"]] == ["Pizza & pasta", "Salad"]
    await use_shortcut(mike, message, "poll.from_message")
    await scene.idle()
    assert "Only hosts of this channel can do that." in mike.screen
