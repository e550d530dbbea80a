"""Prepared polls in Slack: saved, asked one after another, each once."""

import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.background import gather
from bot.store.engine import Database
from bot.store.records import PollState, Prepared
from bot.store.sheets import Sheets, revision_of
from bot.store.tables import prepared_polls
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.world import now as scene_now
from tests.scene import REFUSED, Actor, Scene

TEXT = "Lunch? --anonymous\nPizza\nSalad\n\nWhich day?\nMonday\nTuesday\n\nDone?\nYes\nNo"


@pytest.fixture
async def prepared(alice: Actor) -> None:
    """Three polls in #general."""
    await prepare(alice, TEXT)


async def prepare(person: Actor, text: str) -> None:
    await person.types("/poll prepare")
    person.fills("Polls", text)
    await person.submits()


def asked(scene: Scene) -> list[str]:
    return [poll["question"] for poll in scene.standup.polls]


@pytest.mark.usefixtures("prepared")
async def test_they_are_asked_one_after_another_as_they_were_written(alice: Actor, scene: Scene) -> None:
    assert "This channel has 3 prepared polls." in alice.screen
    for number, question in enumerate(("Lunch?", "Which day?", "Done?"), 1):
        await alice.types("/poll next")
        assert asked(scene)[-1] == question
        assert f"started a poll in *Weekly standup* ({number} of 3)" in alice.read(scene.public()[-1])
    assert scene.standup.polls[0]["anonymous"]
    await alice.types("/poll next")
    assert "No polls left: all 3 were started." in alice.screen
    await alice.types("/poll list")
    assert alice.screen.count("✓ asked") == 3
    await alice.clicks(alice.last, "Start over")
    assert alice.read(alice.last).count("not asked yet") == 3


async def test_a_question_that_begins_with_next_is_a_question(alice: Actor, scene: Scene) -> None:
    await alice.types('/poll Next week? "Monday" "Tuesday"')
    assert asked(scene) == ["Next week?"]
    await alice.types("/poll next")
    assert "This channel has no prepared polls." in alice.screen


@pytest.mark.usefixtures("prepared")
async def test_the_form_holds_what_is_there_and_keeps_what_was_asked(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll next")
    await alice.types("/poll prepare")
    assert alice.modal
    (field,) = [one for one in alice.spots(alice.modal) if one.kind == "plain_text_input"]
    assert field.element["initial_value"] == TEXT
    alice.fills("Polls", TEXT + "\n\nMore?\nYes\nNo")
    await alice.submits()
    await alice.types("/poll next")
    assert asked(scene) == ["Lunch?", "Which day?"]


@pytest.mark.usefixtures("prepared")
async def test_two_who_edit_at_once_lose_nothing_silently(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await alice.types("/session hosts add <@U0GRACE001>")
    for person, text in ((alice, "A?\n1\n2"), (grace, "B?\n1\n2")):
        await person.types("/poll prepare")
        person.fills("Polls", text)
    await alice.submits()
    await grace.submits()
    assert "This channel's polls were changed while you were editing" in grace.screen
    assert "B?\n1\n2" in grace.read(grace.last)
    await alice.types("/poll list")
    assert "A?" in alice.read(alice.last)
    await grace.clicks(grace.last, "Edit…")
    assert "A?\n1\n2" in str(grace.modal and grace.read(grace.modal))


@pytest.mark.usefixtures("prepared")
async def test_a_form_that_comes_twice_is_saved_and_says_so(alice: Actor) -> None:
    await alice.types("/poll prepare")
    alice.fills("Polls", "A?\n1\n2")
    form = alice.modal
    for _ in range(2):
        await alice.submits(form)
        assert "Saved" in alice.read(alice.last)
    assert "were changed" not in alice.screen


@pytest.mark.usefixtures("prepared")
async def test_faults_keep_the_form_open(alice: Actor) -> None:
    await alice.types("/poll prepare")
    view = alice.modal
    alice.fills("Polls", "Lunch?\nPizza")
    await alice.submits()
    assert alice.modal is view
    alice.fills("Polls", "\n\n".join(f"Q{number}?\nYes\nNo" for number in range(21)))
    await alice.submits()
    assert alice.modal is view


@pytest.mark.usefixtures("prepared")
async def test_another_host_who_types_next_learns_what_was_just_asked(alice: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await alice.types("/session hosts add <@U0GRACE001>")
    await alice.types("/poll next")
    await grace.types("/poll next")
    assert "@alice just asked “Lunch?”." in grace.read(grace.last)
    await grace.clicks(grace.last, "Ask the next one")
    assert asked(scene) == ["Lunch?", "Which day?"]


@pytest.mark.usefixtures("prepared")
async def test_clicks_by_many_on_one_button_ask_one_poll(alice: Actor, scene: Scene) -> None:
    await alice.types("/session hosts add <@U0GRACE001> <@U0MIKE0001>")
    await alice.types("/session watch")
    card = next(one for one in scene.public() if "Ask next poll" in alice.labels(one))
    assert "Next poll: “Lunch?”" in alice.read(card)
    people = [scene.person(name) for name in ("alice", "grace", "mike")]
    for person in people:
        person.patient = False
    spot = alice.spot(card, "Ask next poll")
    await asyncio.gather(*(people[number % 3].clicks_spot(spot) for number in range(60)))
    await scene.settled()
    assert asked(scene) == ["Lunch?"]
    assert "Next poll: “Which day?”" in alice.read(card)


@pytest.mark.databases
async def test_of_two_hundred_claims_on_three_processes_one_asks(database_url: str) -> None:
    processes = [Sheets(Database(SecretStr(database_url))) for _ in range(3)]
    await processes[0].save("C1", [Prepared("", "Lunch?", ("Pizza", "Salad"))], revision_of([]))
    (one,) = await processes[0].of("C1")
    now = scene_now()
    # At most 30 at once: on a busy machine, more wait longer for SQLite's one writer than a person would.
    taken = await gather((processes[n % 3].take(one.id, "U1", now, 60) for n in range(200)), 30)
    assert sum(taken) == 1
    for process in processes:
        await process.database.close()


@pytest.mark.usefixtures("prepared")
async def test_an_uncertain_one_is_settled_before_the_next(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["poll"] = Fault("reset")
    await alice.types("/poll next")
    assert "I can't tell whether “Lunch?” was asked." in alice.read(alice.last)
    scene.realtimekit.faults.clear()
    await alice.types("/poll next")
    assert "I can't tell whether “Lunch?” was asked." in alice.read(alice.last)
    assert len(scene.realtimekit.calls("poll")) == 1
    await alice.clicks(alice.last, "Ask again")
    assert asked(scene) == ["Lunch?"]
    scene.realtimekit.faults["poll"] = Fault("reset_after")
    await alice.types("/poll next")
    scene.realtimekit.faults.clear()
    await alice.clicks(alice.last, "It was asked")
    await alice.types("/poll next")
    assert asked(scene) == ["Lunch?", "Which day?", "Done?"]


@pytest.mark.usefixtures("prepared")
async def test_what_a_dead_process_was_asking_is_unknown_and_never_asked_again_by_itself(
    alice: Actor, scene: Scene
) -> None:
    sheets = scene.on.bot[USHER].store.sheets
    (first, *_) = await sheets.of(alice.channel.id)
    assert await sheets.take(first.id, "U0MIKE0001", scene_now(), ttl=0)
    async with sheets.database.writing() as connection:
        await connection.execute(update(prepared_polls).values(at=None))
    await alice.types("/poll next")
    assert "I can't tell whether “Lunch?” was asked." in alice.read(alice.last)
    await alice.clicks(alice.last, "Skip")
    await alice.types("/poll next")
    assert asked(scene) == ["Which day?"]
    assert (await sheets.of(alice.channel.id))[0].state is PollState.SKIPPED


@pytest.mark.usefixtures("prepared")
async def test_what_certainly_failed_is_still_the_next(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["poll"] = Fault("status", status=403)
    await alice.types("/poll next")
    assert "The poll wasn't started. It's still on the list." in alice.screen
    scene.realtimekit.faults.clear()
    await alice.types("/poll next")
    assert asked(scene) == ["Lunch?"]


@pytest.mark.usefixtures("prepared")
async def test_the_list_can_be_reordered_cleared_and_asked_from(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll list")
    await alice.chooses(alice.last, "Move up", "Done?")
    await alice.chooses(alice.last, "Ask now", "Done?")
    assert asked(scene) == ["Done?"]
    await alice.types("/poll list")
    read = alice.read(alice.last)
    assert read.index("Lunch?") < read.index("Done?") < read.index("Which day?")
    await alice.clicks(alice.last, "Clear")
    assert "This channel has no prepared polls." in alice.read(alice.last)


async def test_save_for_later_in_the_poll_form_adds_to_the_list(alice: Actor, scene: Scene) -> None:
    await alice.opens_filled("/poll")
    await alice.picks("Settings", "Save for later")
    await alice.submits()
    assert "Saved for later: “Question”." in alice.screen
    assert asked(scene) == []
    await alice.types("/poll next")
    assert asked(scene) == ["Question"]


@pytest.mark.usefixtures("prepared")
async def test_members_neither_see_nor_ask_them(mike: Actor, scene: Scene) -> None:
    for command in ("/poll prepare", "/poll next", "/poll list"):
        await mike.types(command)
        assert REFUSED.search(mike.screen)
    assert asked(scene) == []


@pytest.mark.usefixtures("prepared")
async def test_a_card_asks_in_its_own_meeting_also_after_starting_over(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use quiet")
    await alice.types("/session watch weekly")
    card = next(one for one in scene.public() if "Ask next poll" in alice.labels(one))
    spot = alice.spot(card, "Ask next poll")
    for _ in range(2):
        await alice.clicks_spot(spot)
        await alice.types("/poll list")
        await alice.clicks(alice.last, "Start over")
    assert asked(scene) == ["Lunch?", "Lunch?"]


@pytest.mark.usefixtures("prepared")
async def test_ask_now_tells_each_state_as_it_is(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll list")
    listed = alice.last
    sheets = scene.on.bot[USHER].store.sheets
    first, second, third = await sheets.of(alice.channel.id)
    for one, state in ((first, PollState.ASKED), (second, PollState.UNSURE), (third, PollState.SKIPPED)):
        await sheets.mark(one.id, state)
    for question, said in (
        ("Lunch?", "was already asked"),
        ("Which day?", "I can't tell whether"),
        ("Done?", "3 of 3"),
    ):
        await alice.chooses(listed, "Ask now", question)
        assert said in alice.read(alice.last)


@pytest.mark.parametrize("why", ["database", "right"])
async def test_twenty_polls_that_could_not_be_saved_come_back_to_be_pasted(
    alice: Actor, scene: Scene, why: str
) -> None:
    await alice.types("/session hosts add <@U0GRACE001>")
    grace = scene.person("grace")
    await grace.types("/poll prepare")
    grace.fills("Polls", TEXT)
    if why == "right":
        await alice.types("/session hosts remove <@U0GRACE001>")
    else:
        await without_table(scene, "prepared_polls")
    await grace.submits()
    assert "Here's what you entered:" in grace.read(grace.last)
    assert "Which day?\nMonday" in str(grace.last.payload["blocks"][-1]["text"]["text"])


async def without_table(scene: Scene, name: str) -> None:
    async with scene.on.bot[USHER].store.database.writing() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {name}_gone")


async def with_table(scene: Scene, name: str) -> None:
    async with scene.on.bot[USHER].store.database.writing() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {name}_gone RENAME TO {name}")


async def test_a_poll_that_is_to_be_saved_is_never_asked_by_try_again(alice: Actor, scene: Scene) -> None:
    await alice.opens_filled("/poll")
    await alice.picks("Settings", "Save for later")
    await without_table(scene, "prepared_polls")
    await alice.submits()
    assert "The poll wasn't saved." in alice.read(alice.last)
    await with_table(scene, "prepared_polls")
    await alice.clicks(alice.last, "Try again…")
    await alice.submits()
    assert asked(scene) == []
    assert "Saved for later: “Question”." in alice.read(alice.last)


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("label", ["It was asked", "Skip"])
async def test_what_is_settled_already_is_not_said_to_be_settled_now(alice: Actor, scene: Scene, label: str) -> None:
    scene.realtimekit.faults["poll"] = Fault("reset_after")
    await alice.types("/poll next")
    unsure = alice.last
    scene.realtimekit.faults.clear()
    await alice.types("/poll list")
    await alice.clicks(alice.last, "Start over")
    await alice.clicks(unsure, label)
    assert "Nothing was changed. “Lunch?” is listed as *not asked yet*." in alice.screen


@pytest.mark.usefixtures("prepared")
async def test_try_again_asks_the_poll_that_failed_whichever_is_next_by_then(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["poll"] = Fault("status", status=429, headers={"Retry-After": "60"}, times=1)
    await alice.types("/poll next")
    failed = alice.last
    assert "It's still on the list." in alice.read(failed)
    scene.time_goes_by()
    await alice.types("/poll next")
    assert asked(scene) == ["Lunch?"]
    await alice.clicks(failed, "Try again")
    assert asked(scene) == ["Lunch?"]
    assert "“Lunch?” was already asked." in alice.read(alice.last)


@pytest.mark.usefixtures("prepared")
async def test_what_is_being_asked_is_not_said_to_have_been(alice: Actor, scene: Scene) -> None:
    await alice.types("/poll list")
    listed = alice.last
    wait = scene.realtimekit.faults["poll"] = Fault("wait")
    alice.patient = False
    await alice.clicks(listed, "Ask next")
    await scene.until(lambda: scene.realtimekit.calls("poll"))
    await alice.chooses(listed, "Ask now", "Lunch?")
    await scene.until(lambda: "being asked right now" in alice.screen)
    wait.until.set()
    await scene.idle()
    assert asked(scene) == ["Lunch?"]


@pytest.mark.usefixtures("prepared")
async def test_what_was_skipped_is_not_said_to_have_been_started(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["poll"] = Fault("reset", times=1)
    await alice.types("/poll next")
    await alice.clicks(alice.last, "Skip")
    assert "“Lunch?” is marked as skipped." in alice.screen
    for _ in range(3):
        await alice.types("/poll next")
    assert "No polls left: 2 of 3 were started, 1 skipped." in alice.screen
