"""A deploy over a running Usher: release, then each web process replaced, on a PostgreSQL that wants TLS."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bench.tls import certificate
from sandbox.faults import Fault
from sandbox.person import Person
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.stage import environment, serving
from sandbox.world import World
from tests.databases import postgres
from tests.process import PROCFILE, Process


class Front:
    """A PostgreSQL that takes nothing but TLS, as Heroku's: before one that was built without.

    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """

    SSL_REQUEST = bytes.fromhex("0000000804d2162f")

    def __init__(self, socket: Path, context: ssl.SSLContext) -> None:
        self._socket, self._context = socket, context
        self.encrypted = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Its port."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if await reader.readexactly(8) == self.SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(self._context)
                self.encrypted += 1
                behind, to_behind = await asyncio.open_unix_connection(self._socket)
                await asyncio.gather(_pipe(reader, to_behind), _pipe(behind, writer))
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Router:
    """Sends each request to one of the web processes in turn, on a connection of its own, as Heroku's router does.

    Attributes:
        url: where it is.
        processes: those that are in rotation.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http, self._turns = http, itertools.count()
        self.processes: list[Process] = []
        self.url = ""

    def app(self) -> web.Application:
        """It as a server."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._route)
        return app

    async def _route(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {
            name: value for name, value in request.headers.items() if name.startswith(("X-Slack", "Content-Type"))
        }
        while True:
            process = self.processes[next(self._turns) % len(self.processes)]
            # A process that leaves takes no connection, or resets one that it has not taken yet. Should it have read
            # the command and died, then it is delivered twice, as by Slack.
            with suppress(aiohttp.ClientConnectionError):
                async with self._http.post(process.url + request.path, data=body, headers=headers) as answer:
                    return web.Response(
                        status=answer.status, body=await answer.read(), content_type=answer.content_type
                    )


class Host(Person):
    """Somebody who works on, whatever is deployed meanwhile."""

    asked = 0

    async def work(self, until: asyncio.Event) -> None:
        """Ask polls, and look at the room, one after the other."""
        while not until.is_set():
            self.asked += 1
            for command in (f'/poll "Poll {self.asked}?" "Yes" "No"', "/session status"):
                assert (await self.types(command)).status == 200
            await asyncio.sleep(0.01)


@asynccontextmanager
async def behind_tls(folder: Path) -> AsyncIterator[tuple[Front, str]]:
    """An empty database that takes only TLS, and its URL in the form that Heroku gives."""
    database = await asyncio.to_thread(postgres)
    for statement in ('DROP DATABASE IF EXISTS "rolling"', 'CREATE DATABASE "rolling"'):
        await asyncio.to_thread(database.run, statement)
    front = Front(Path(database.folder) / ".s.PGSQL.5432", certificate(folder)[0])
    async with front.serving() as port:
        yield front, f"postgres://postgres:secret@127.0.0.1:{port}/rolling"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_rolling_restart_on_a_database_with_tls_loses_no_command(world: World, tmp_path: Path) -> None:
    slack, kit, stop, started = StandInSlack(world), StandInRealtimeKit(world), asyncio.Event(), []
    kit.faults["poll"] = Fault("delay", seconds=0.1)
    async with (
        behind_tls(tmp_path) as (front, url),
        serving(slack.app()) as slack.url,
        serving(kit.app()) as kit_url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):

        def add() -> Process:
            started.append(Process(http, environment(slack.url, kit_url) | {"database_url": url}))
            return started[-1]

        router, old = Router(http), [add(), add()]
        try:
            assert await add().run(PROCFILE["release"]) == (0, "")
            await asyncio.gather(*(process.start() for process in old))
            router.processes = list(old)
            async with serving(router.app()) as router_url:
                alice = Host(slack, http, router_url, "alice", "general")
                await alice.types("/session use All hands")
                while not alice.messages():  # noqa: ASYNC110 - another process has no event to wait for
                    await asyncio.sleep(0.01)
                working = asyncio.create_task(alice.work(stop))
                assert await add().run(PROCFILE["release"]) == (0, "")
                for leaving in old:
                    coming = add()
                    await coming.start()
                    router.processes.append(coming)
                    router.processes.remove(leaving)
                    status, logs = await leaving.stop()
                    assert (status, "Traceback" in logs) == (0, False)
                stop.set()
                await working
            ends = [await process.stop() for process in router.processes]
        finally:
            for process in started:
                await process.kill()
    assert [status for status, _ in ends] == [0, 0]
    asked = [str(poll["question"]) for poll in world.meeting("All hands").polls]
    mine = [message for message in slack.messages if message.ephemeral_to == alice.user.id]
    assert [text for message in mine if "was not created" in (text := message.payload["text"])] == []
    assert sorted(asked) == sorted(f"Poll {number}?" for number in range(1, alice.asked + 1))
    assert len(asked) > 10
    assert len(mine) >= len(asked)
    assert len(slack.messages) - len(mine) >= len(asked)
    assert front.encrypted >= 4
    assert slack.refused == []
