"""Every operation × what can come of it: message, journal, retry button, metric and log line say the same."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from bot.store.records import State
from bot.views.history import VERBS
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.scene import Actor, Scene

Act = Callable[[Actor, Scene], Awaitable[object]]
REFUSED = Fault("status", status=429, headers={"Retry-After": "60"})
LOST = Fault("reset")


@dataclass(frozen=True)
class Case:
    """An operation.

    Attributes:
        before: typed first, in a healthy world.
        act: does it: what is typed, or more.
        endpoint: of RealtimeKit, that does the deed; or `table`, of the database; or `methods`, of Slack.
        form: it is asked for in a form, which leaves no button behind.
    """

    act: str | Act
    before: Sequence[str] = ()
    endpoint: str = ""
    table: str = ""
    methods: Sequence[str] = field(default=())


async def end(alice: Actor, scene: Scene) -> None:
    await alice.types("/session end")
    await alice.submits()


async def let_back_in(alice: Actor, scene: Scene) -> None:
    card = next(one for one in scene.public() if "with the ID of someone" in alice.read(one))
    await alice.clicks(card, "Allow")


def clicks(label: str) -> Act:
    async def act(alice: Actor, scene: Scene) -> None:
        card = next(one for one in reversed(alice.messages()) if label in alice.labels(one))
        await alice.clicks(card, label)

    return act


CASES = {
    "kick": Case("/kick Ada", endpoint="kick"),
    "kick and block": Case("/kick Ada --block", endpoint="kick"),
    "end": Case(end, endpoint="kick_all"),
    "start": Case('/session start "Planning day"', endpoint="create_meeting"),
    "open": Case("/session start --record", endpoint="update_meeting"),
    "invite": Case('/session invite "Pat Doe"', endpoint="add_participant"),
    "poll": Case('/poll "Lunch?" "Pizza" "Salad"', endpoint="poll"),
    "record": Case("/session record", endpoint="start_recording"),
    "record pause": Case("/session record pause", ("/session record",), endpoint="change_recording"),
    "record resume": Case(
        "/session record resume", ("/session record", "/session record pause"), endpoint="change_recording"
    ),
    "record stop": Case("/session record stop", ("/session record",), endpoint="change_recording"),
    "notes": Case("/session notes on", endpoint="update_meeting"),
    "lock": Case("/session lock", endpoint="update_meeting"),
    "unlock": Case("/session unlock", ("/session lock",), endpoint="update_meeting"),
    "mute": Case("/session mute Ada", endpoint="mute"),
    "mute all": Case("/session mute all", endpoint="mute_all"),
    "link": Case("/session use weekly", table="links"),
    "unlink": Case("/session forget", ("/session use weekly",), table="links"),
    "notices": Case("/session notices both", ("/session use weekly",), table="links"),
    "add host": Case("/session hosts add <@U0MIKE0001>", table="hosts"),
    "remove host": Case("/session hosts remove <@U0MIKE0001>", ("/session hosts add <@U0MIKE0001>",), table="hosts"),
    "watch": Case("/session watch", table="watches"),
    "stop watching": Case("/session watch off", ("/session watch",), table="watches"),
    "let back in": Case(let_back_in, ("/kick Ada --block",), table="blocks"),
    "post": Case(clicks("Share"), ("/session",), methods=("chat.postMessage", "response_url")),
    "send attendance": Case(
        clicks("Send me the CSV"), ("/session attendance",), methods=("files.completeUploadExternal",)
    ),
}
DONE, NOT_DONE, UNKNOWN = State.DONE, State.FAILED, State.UNKNOWN
UNSURE = re.compile(
    r"can't tell|\bmay (still )?be\b|may or may not|may have been|can't confirm|Check (there|the (meeting|current)|`)"
)
NOTHING = re.compile(r"No one|No meeting|No hosts|Nothing|still|as it was|(wasn|weren|couldn|can)'t")
WALK = [
    (what, state)
    for what, case in CASES.items()
    for state in (DONE, NOT_DONE, UNKNOWN)
    # A SQLite commit is never in doubt; and whether a message arrived is known by another way it takes.
    if state is not UNKNOWN or case.endpoint or what == "send attendance"
]


def test_each_operation_of_the_journal_is_walked() -> None:
    assert set(CASES) | {"ask a host"} == set(VERBS)  # tests/commands/test_asking.py


async def break_it(scene: Scene, case: Case, state: State) -> None:
    """Have the deed refused, or its answer lost."""
    if state is DONE:
        return
    if case.endpoint:
        scene.realtimekit.faults[case.endpoint] = REFUSED if state is NOT_DONE else LOST
    for method in case.methods:
        fault = SlackFault("internal_error") if method != "response_url" else SlackFault(status=500)
        scene.slack.faults[method] = fault if state is NOT_DONE else SlackFault(reset=True)
    if case.table:
        # What is there can be read, and nothing can be written.
        async with scene.on.bot[USHER].store.database.writing() as connection:
            for change in ("INSERT", "UPDATE", "DELETE"):
                trigger = f"CREATE TRIGGER no_{change} BEFORE {change} ON {case.table} BEGIN SELECT broken(); END"
                await connection.exec_driver_sql(trigger)


@pytest.mark.sampled(3)
@pytest.mark.settings(realtimekit_timeout=1)
@pytest.mark.parametrize(("what", "state"), WALK)
async def test_message_journal_retry_button_metric_and_log_agree(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture, what: str, state: State
) -> None:
    case, usher = CASES[what], scene.on.bot[USHER]
    scene.on.connect_webhooks()
    for command in case.before:
        await alice.types(command)
    if what == "let back in":
        scene.standup.join(Participant("Ada Lovelace", "ada@people.example"))
        await scene.settled()
    before = {message.ts for message in alice.messages()}
    await break_it(scene, case, state)
    caplog.clear()
    act = case.act
    await (alice.types(act) if isinstance(act, str) else act(alice, scene))
    await scene.idle()
    # The journal
    (entry, *_) = await usher.store.journal.page(alice.channel.id, offset=0, limit=1)
    assert (entry.what, entry.state) == (what, state)
    # The metric
    assert usher.metrics.operations.labels(what, state.value)._value.get() == 1
    # The log
    requests = [line for r in caplog.records if isinstance(line := r.msg, dict) and line["event"] == "request"]
    assert (requests[-1]["outcome"] == "done") is (state is DONE)
    # What is read
    new = [message for message in alice.messages() if message.ts not in before]
    read = "\n".join([*map(alice.read, new), *([alice.read(alice.modal)] if alice.modal else [])])
    assert (UNSURE.search(read) is not None) is (state is UNKNOWN), read
    if state is NOT_DONE:
        assert NOTHING.search(read), read
    # The button
    offered = [label for message in new for label in alice.labels(message) if label.startswith("Try again")]
    assert bool(offered) is (state is NOT_DONE)
