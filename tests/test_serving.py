"""The process as a platform sees it: starts, serves, finishes what runs, leaves; alone and with others."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import pytest

from bench.image import IMAGE, VARIABLES
from sandbox.faults import Fault
from sandbox.person import Person
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.stage import environment, serving
from sandbox.world import World
from tests.process import Process


@dataclass(frozen=True, slots=True)
class Machine:
    """The stand-ins, and processes between them that share a database."""

    world: World
    slack: StandInSlack
    kit: StandInRealtimeKit
    http: aiohttp.ClientSession
    add: Callable[..., Process]

    def alice(self, process: Process) -> Person:
        return Person(self.slack, self.http, process.url, "alice", "general")

    async def until(self, something: Callable[[], object], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not something():  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.01)

    def said(self, words: str) -> bool:
        return any(words in message.payload["text"] for message in self.slack.messages)


@contextlib.contextmanager
def full_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads, and that takes no more."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(into, b"." * 4096)
    os.set_blocking(into, True)
    try:
        yield into
    finally:
        os.close(into)
        os.close(out)


@pytest.fixture
async def machine(world: World, database_url: str) -> AsyncIterator[Machine]:
    slack, kit = StandInSlack(world), StandInRealtimeKit(world)
    started: list[Process] = []
    async with (
        serving(slack.app()) as slack.url,
        serving(kit.app()) as kit_url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=20)) as http,
    ):

        def add(**changed: str) -> Process:
            given = environment(slack.url, kit_url) | {"database_url": database_url} | changed
            started.append(Process(http, given))
            return started[-1]

        yield Machine(world, slack, kit, http, add)
        for process in started:
            await process.kill()


@pytest.mark.slow
async def test_sigterm_when_idle_leaves_at_once_with_status_0(machine: Machine) -> None:
    process = machine.add()
    await process.start()
    status, logs = await process.stop()
    assert status == 0
    assert "Traceback" not in logs


async def test_sigterm_in_the_middle_of_a_kick_finishes_it_and_tells_the_person(machine: Machine) -> None:
    process = machine.add()
    await process.start()
    machine.kit.faults["kick"] = Fault("delay", seconds=0.5)
    await machine.alice(process).types("/kick Grace")
    await machine.until(lambda: machine.kit.calls("kick"))
    status, logs = await process.stop()
    assert status == 0
    assert machine.world.meeting("Weekly standup").names() == ["Ada Lovelace", "Alan Turing"]
    assert machine.said("Grace Hopper")
    assert '"outcome":"done"' in logs


async def test_a_platform_that_does_not_read_the_log_holds_nothing_up(machine: Machine) -> None:
    with full_pipe() as out:
        process = machine.add()
        await process.start(out=out)
        await machine.alice(process).types("/session")
        await machine.until(lambda: machine.said("Weekly standup"))
        status, _ = await process.stop()
    assert status == 0


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_usher_works_with_the_variables_that_the_image_sets(machine: Machine) -> None:
    assert set(VARIABLES) == {"PYTHONOPTIMIZE", "MALLOC_ARENA_MAX"}
    process = machine.add(**IMAGE)
    await process.start(60)  # the first start without docstrings compiles a thousand modules
    alice = machine.alice(process)
    await alice.types("/session")
    await machine.until(lambda: machine.said("Weekly standup"))
    await alice.types("/poll")
    await machine.until(lambda: alice.modal and alice.modal.spec.get("submit"))
    alice.fills("Question", "Lunch?")
    alice.fills("Option 1", "Pizza")
    alice.fills("Option 2", "Salad")
    await alice.submits()
    await machine.until(lambda: machine.said("Lunch?"))
    await alice.types("/kick Grace")
    await machine.until(lambda: "Grace Hopper" not in machine.world.meeting("Weekly standup").names())
    status, logs = await process.stop()
    assert status == 0
    assert '"level":"error"' not in logs


@pytest.mark.slow
@pytest.mark.databases
async def test_a_kick_cut_off_by_kill_9_is_told_after_the_restart_and_never_done_again(machine: Machine) -> None:
    process = machine.add()
    await process.start()
    machine.kit.faults["kick"] = Fault("hang", seconds=60)
    await machine.alice(process).types("/kick Grace")
    await machine.until(lambda: machine.kit.calls("kick"))
    await process.kill()
    machine.kit.faults.clear()
    after = machine.add()
    await after.start()
    await machine.until(lambda: machine.said("Usher restarted while you were trying to remove Grace Hopper"), 10)
    await machine.alice(after).types("/session history")
    await machine.until(lambda: machine.said("interrupted; not confirmed"))
    assert len(machine.kit.calls("kick")) == 1
    assert (await after.stop())[0] == 0


@pytest.mark.slow
async def test_a_prepared_poll_cut_off_by_kill_9_is_in_doubt_and_never_asked_again_by_itself(machine: Machine) -> None:
    process = machine.add(REALTIMEKIT_TIMEOUT="1")
    await process.start()
    alice = machine.alice(process)
    await alice.types("/poll prepare")
    await machine.until(lambda: alice.modal and alice.modal.spec.get("submit"))
    alice.fills("Polls", "Lunch?\nPizza\nSalad\n\nDone?\nYes\nNo")
    await alice.submits()
    await machine.until(lambda: machine.said("2 prepared polls"))
    machine.kit.faults["poll"] = Fault("hang", seconds=60)
    await alice.types("/poll next")
    await machine.until(lambda: machine.kit.calls("poll"))
    await process.kill()
    machine.kit.faults.clear()
    after = machine.add(REALTIMEKIT_TIMEOUT="1")
    await after.start()
    await machine.alice(after).types("/poll next")
    await machine.until(lambda: machine.said("is asking “Lunch?”"))
    for _ in range(30):
        await machine.alice(after).types("/poll next")
        if machine.said("I can't tell whether “Lunch?” was asked"):
            break
        await asyncio.sleep(0.5)
    assert machine.said("I can't tell whether “Lunch?” was asked")
    assert len(machine.kit.calls("poll")) == 1
    assert (await after.stop())[0] == 0


@pytest.mark.slow
@pytest.mark.databases
@pytest.mark.timeout(120)
async def test_processes_that_share_a_database_do_each_thing_once(machine: Machine, database_url: str) -> None:
    """Two on a SQLite file, three on PostgreSQL: 200 commands and submissions, half of them delivered twice."""
    processes = [machine.add() for _ in range(2 if database_url.startswith("sqlite") else 3)]
    await asyncio.gather(*(process.start() for process in processes))
    people = [machine.alice(process) for process in processes]
    await people[0].types("/session use All hands")
    await machine.until(lambda: machine.said("linked this channel"))
    hall = machine.world.meeting("All hands")
    names = hall.names()
    # Two numbers at a time, also of the work: with all of it waiting for one file, the database's time limit would
    # refuse some of it, as it should.
    gate = asyncio.Semaphore(2)

    async def deliver(number: int) -> None:
        async with gate:
            turns = [people[(number + more) % len(people)] for more in range(2)]
            poll, name = f"Poll {number}?", names[number]
            twice = command(machine, "/poll", f'"{poll}" "Yes" "No"'), command(machine, "/kick", f'"{name}"')
            deliveries = [person.post(body) for body in twice for person in turns]
            deliveries += [turns[0].types("/session status"), turns[1].types("/session who")]
            acks = await asyncio.gather(*deliveries)
            assert [ack.status for ack in acks] == [200] * 6
            await machine.until(
                lambda: name not in hall.names() and poll in [one["question"] for one in hall.polls], 20
            )

    await asyncio.gather(*(deliver(number) for number in range(50)))
    for process in processes:
        status, logs = await process.stop()
        assert status == 0
        assert "Traceback" not in logs
    assert sorted(str(poll["question"]) for poll in hall.polls) == sorted(f"Poll {number}?" for number in range(50))
    assert len(hall.names()) == 200
    assert len(machine.kit.calls("kick")) == 50
    assert machine.slack.refused == []


def command(machine: Machine, name: str, text: str) -> bytes:
    """A command as Slack delivers it, to be delivered more than once."""
    user = machine.world.user("alice")
    form = {"command": name, "text": text, "user_id": user.id, "team_id": user.team, "channel_id": "C0GENERAL1"}
    form |= {"trigger_id": machine.slack.trigger(user.id)}
    return urlencode(form | {"response_url": machine.slack.response_url(user.id, "C0GENERAL1")}).encode()


@pytest.mark.slow
async def test_a_modal_sent_off_to_two_processes_acts_once(machine: Machine) -> None:
    processes = [machine.add(), machine.add()]
    await asyncio.gather(*(process.start() for process in processes))
    people = [machine.alice(process) for process in processes]
    await people[0].types("/kick all")
    await machine.until(lambda: people[0].modal and people[0].modal.spec.get("submit"))
    view = people[0].modal
    assert view
    bodies = [urlencode({"payload": json.dumps(people[0].payload("view_submission", view))}).encode() for _ in people]
    await asyncio.gather(*(person.post(body) for person, body in zip(people, bodies, strict=True)))
    await machine.until(lambda: machine.said("ended *Weekly standup* for everyone"))
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            await process.stop()
    assert len(machine.kit.calls("kick_all")) == 1


@pytest.mark.slow
async def test_socket_mode_with_a_refused_token_stops_the_start_with_one_line(machine: Machine) -> None:
    process = machine.add(slack_app_token="xapp-1-secret-token")
    status, said = await process.fails()
    assert status == 4
    assert said == "Usher can't connect in Socket Mode: Slack rejected SLACK_APP_TOKEN (invalid_auth)\n"


@pytest.mark.slow
async def test_socket_mode_goes_on_trying_while_slack_is_away_and_leaves_when_told(machine: Machine) -> None:
    process = machine.add(slack_app_token="xapp-1-secret-token", slack_api_url="http://127.0.0.1:9/")
    await process.start()
    status, logs = await process.stop()
    assert status == 0
    assert "secret-token" not in logs
