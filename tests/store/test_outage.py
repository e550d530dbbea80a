"""PostgreSQL goes away and comes back; no process needs a restart."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import stamina

from bot.web import USHER, build
from sandbox.faults import Fault
from sandbox.stage import stage
from sandbox.world import World
from tests.databases import Postgres
from tests.scene import Actor, Scene, still


async def test_commands_in_the_gap_are_told_plainly_and_those_after_it_work(world: World) -> None:
    server = await asyncio.to_thread(Postgres)
    async with stage(world, build, still, database_url=server.url("usher")) as on:
        scene, alice = Scene(on), Actor(on, "alice", "general")
        await alice.types("/kick Grace")
        assert "removed *" in alice.screen

        await asyncio.to_thread(server.control, "stop", "-m", "immediate")
        for command in ("/session history", "/kick Ada", '/poll "Lunch?" "Pizza" "Salad"', "/session hosts"):
            before = len(alice.messages())
            ack = await alice.types(command)
            assert ack.status == 200
            assert len(alice.messages()) == before + 1
            assert "Usher can't reach its database." in alice.read(alice.last)
        assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
        assert scene.standup.polls == []
        on.bot[USHER].readiness.parts.cache_clear()
        async with on.http.get(on.bot_url + "/readyz") as response:
            assert (response.status, (await response.json())["database"]) == (503, "failing")

        await asyncio.to_thread(
            server.control, "start", "-l", f"{server.folder}/log", "-o", f"-h '' -k {server.folder}"
        )
        await alice.clicks(alice.last, "Try again")
        assert "Hosts of this channel" in alice.read(alice.last)
        await alice.types("/kick Ada")
        assert scene.standup.names() == ["Alan Turing"]
        assert scene.slack.refused == []


@pytest.mark.slow
async def test_an_outcome_that_could_not_be_written_at_once_is_written_later(world: World) -> None:
    server = await asyncio.to_thread(Postgres)
    async with AsyncExitStack() as stack:
        stack.enter_context(stamina.set_testing(False))  # the retries go on until the database is back
        on = await stack.enter_async_context(stage(world, build, still, database_url=server.url("usher")))
        scene, alice = Scene(on), Actor(on, "alice", "general")
        alice.patient = False
        fault = scene.realtimekit.faults["kick"] = Fault("wait")
        await alice.types("/kick Grace")
        await scene.until(lambda: scene.realtimekit.calls("kick"))
        await asyncio.to_thread(server.control, "stop", "-m", "immediate")
        fault.until.set()
        await scene.until(scene.public)
        await asyncio.to_thread(
            server.control, "start", "-l", f"{server.folder}/log", "-o", f"-h '' -k {server.folder}"
        )
        await scene.idle()
        alice.patient = True
        await alice.types("/session history")
        assert "removed Grace Hopper from *Weekly standup*" in alice.read(alice.last)
