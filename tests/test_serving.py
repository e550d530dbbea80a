"""The process as a platform sees it: starts, serves, finishes what runs, leaves."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.person import Person
from bot.sandbox.realtimekit import Fault, StandInRealtimeKit
from bot.sandbox.slack import StandInSlack
from bot.sandbox.stage import environment, serving
from bot.sandbox.world import World

ROOT = Path(__file__).parent.parent


class Process:
    """`python -m bot` between the stand-ins."""

    def __init__(self, slack: StandInSlack, kit: StandInRealtimeKit, http: aiohttp.ClientSession, port: int) -> None:
        self.slack, self.kit, self.http, self.url = slack, kit, http, f"http://127.0.0.1:{port}"
        self.child: asyncio.subprocess.Process

    async def start(self, variables: dict[str, str]) -> None:
        self.child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"), cwd=ROOT, env=variables, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self.http.get(self.url + "/healthz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def stop(self) -> tuple[int, str]:
        """Send SIGTERM until it is gone, as some platforms do."""
        self.child.send_signal(signal.SIGTERM)
        leaving = asyncio.create_task(self.child.communicate())
        async with asyncio.timeout(25):
            while not leaving.done():
                with contextlib.suppress(ProcessLookupError):
                    self.child.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.005)
        out, _ = leaving.result()
        return self.child.returncode or 0, out.decode()


@pytest.fixture
async def process(world: World) -> AsyncIterator[Process]:
    slack, kit = StandInSlack(world), StandInRealtimeKit(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with serving(slack.app()) as slack.url, serving(kit.app()) as kit_url, aiohttp.ClientSession() as http:
        running = Process(slack, kit, http, port)
        given = {key.upper(): str(value) for key, value in environment(slack.url, kit_url).items() if value is not None}
        await running.start({"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port)} | given)
        yield running
        if running.child.returncode is None:
            running.child.kill()
            await running.child.communicate()


async def test_sigterm_when_idle_leaves_at_once_with_status_0(process: Process) -> None:
    status, logs = await process.stop()
    assert status == 0
    assert "Traceback" not in logs


async def test_sigterm_in_the_middle_of_a_kick_finishes_it_and_tells_the_person(process: Process, world: World) -> None:
    process.kit.faults["kick"] = Fault("delay", seconds=0.5)
    alice = Person(process.slack, process.http, process.url, "alice", "general")
    await alice.types("/kick Grace")
    async with asyncio.timeout(5):
        while not process.kit.calls("kick"):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)
    status, logs = await process.stop()
    assert status == 0
    assert world.meeting("Weekly standup").names() == ["Ada Lovelace", "Alan Turing"]
    assert any("Grace Hopper" in message.payload["text"] for message in process.slack.messages)
    assert '"outcome": "done"' in logs
