"""Every command and every button while the process is told to stop, and with a clock that is off."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from bot.web import USHER, build
from sandbox.example import example
from sandbox.faults import Fault
from sandbox.person import sign
from sandbox.stage import stage
from sandbox.surfaces import Message, View
from tests.commands.test_failures import is_plain
from tests.scene import PACE, Actor, Scene, still
from tests.surfaces import SURFACES, choices
from tests.test_fault_matrix import COMMANDS, OPERATIONS, done, seen, texts

Draw = Callable[[Actor, Scene], Awaitable[Message | View]]


async def judge_a_stop(scene: Scene, alice: Actor, act: Callable[[], Awaitable[Any]]) -> list[str]:
    """Do something, and stop the process as SIGTERM does while RealtimeKit still works on it; what is wrong then."""
    before = seen(scene, alice)
    scene.realtimekit.seen.clear()
    scene.realtimekit.faults["*"] = Fault("delay", seconds=0.05)
    alice.patient = False
    ack = await act()
    await scene.on.bot[USHER].background.drain(5)
    wrong = [f"acknowledged with {ack.status}"] * (ack.status != 200)
    wrong += ["silence"] * (seen(scene, alice) == before)
    wrong += [f"not plain: {text[:120]}" for text in texts(scene, alice, before) if not is_plain(text)]
    wrong += [f"{name} {count} times" for name in OPERATIONS if (count := done(scene, name)) > 1]
    async with scene.on.bot[USHER].store.database.reading() as connection:
        left = (await connection.exec_driver_sql("SELECT what FROM journal WHERE state = 'open'")).all()
    return wrong + [f"left open: {what}" for (what,) in left]


@pytest.mark.parametrize("command", COMMANDS.values())
async def test_each_command_is_finished_and_told_when_the_process_stops_in_the_middle(
    scene: Scene, alice: Actor, command: str
) -> None:
    assert await judge_a_stop(scene, alice, partial(alice.types, command)) == []


@pytest.mark.sampled(6)
@pytest.mark.parametrize("surface", SURFACES, ids=lambda made: made.__name__)
async def test_each_button_is_finished_and_told_when_the_process_stops_in_the_middle(surface: Draw) -> None:
    wrong, number, actions = [], 0, [""]
    while number < len(actions):
        # A process stops once: each button has one of its own.
        async with stage(example(), partial(build, intervals=PACE), still) as on:
            scene = Scene(on)
            alice = scene.person("alice")
            drawn = await surface(alice, scene)
            drawn_choices = choices(alice, drawn)
            actions = sorted(drawn_choices)
            if actions:
                found = await judge_a_stop(scene, alice, partial(alice.clicks_spot, *drawn_choices[actions[number]]))
                wrong += [f"{actions[number]}: {one}" for one in found]
        number += 1
    assert wrong == []


class LateActor(Actor):
    """A person whose Slack and the bot disagree about the time.

    Attributes:
        off: by so many seconds.
    """

    off = 0

    async def post(self, body: bytes, headers: dict[str, str] | None = None, kind: str = "") -> Any:
        return await super().post(body, sign(body, str(int(time.time()) + self.off)) | (headers or {}), kind)


@pytest.mark.parametrize("off", [600, -600])
async def test_with_a_clock_that_is_off_nothing_is_done_and_the_log_says_why(
    scene: Scene, caplog: pytest.LogCaptureFixture, off: int
) -> None:
    alice = LateActor(scene.on, "alice", "general")
    acts: dict[str, Callable[[], Awaitable[Any]]] = {text: partial(alice.types, text) for text in COMMANDS.values()}
    for surface in SURFACES:
        drawn = await surface(alice, scene)
        for action, choice in choices(alice, drawn).items():
            acts[f"{surface.__name__} {action}"] = partial(alice.clicks_spot, *choice)
    await scene.settled()
    alice.off = off
    for name, act in acts.items():
        scene.realtimekit.seen.clear()
        caplog.clear()
        before = seen(scene, alice)
        ack = await act()
        assert (name, ack.status) == (name, 401)
        assert seen(scene, alice) == before
        assert scene.realtimekit.seen == []
        assert [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)] == [
            "request rejected"
        ]
        assert "s old" in caplog.text
