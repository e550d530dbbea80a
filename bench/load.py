"""Commands, correctly signed, at a rate or as fast as they are answered; and the process that takes them."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.http import Client
from bench.image import IMAGE, ROOT
from bench.world import CHANNELS, HOSTS, MEETING_OF, USERS, Answered, Around
from sandbox.person import sign

TICKS = os.sysconf("SC_CLK_TCK")
BOT_CORE, LOAD_CORE = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Bot:
    """A bot in a process of its own, on a core of its own.

    Args:
        kind: `usher`, `bare` or `tuned`.
        python: what runs it: an environment without the tools for development needs less memory.
        counted: it also counts what it costs; its Python needs memray.
    """

    def __init__(
        self,
        kind: str,
        around: Around,
        folder: Path,
        python: str = sys.executable,
        *,
        counted: bool = False,
        **more: str,
    ) -> None:
        self._python = python
        self.kind, self._around, self.port = kind, around, free_port()
        self._is_usher = kind == "usher"
        module = "bot" if self._is_usher else f"bench.{kind}"
        self._arguments = ("-m", "bench.counted", module) if counted else ("-m", module)
        variables = IMAGE | {"PATH": os.environ["PATH"], "PORT": str(self.port), "HOST": "127.0.0.1"}
        self.database, self._log = folder / f"{self.port}.db", folder / f"{self.port}.log"
        database = {"DATABASE_URL": f"sqlite:///{self.database}"}
        self._counts = folder / f"{self.port}.counts"
        more |= {"BENCH_COUNTS": str(self._counts)}
        self._variables = variables | around.environment(**database) | more
        self.client = Client(self.port)
        self.seconds_to_serve = self.began = 0.0

    async def start(self, *, wait: bool = True) -> None:
        """Start it; wait until it serves."""
        if self._is_usher and not self.database.exists():
            # As a release phase does, so that the process itself need not load what migrates.
            migrate = (self._python, "-m", "bot", "migrate")
            await (await asyncio.create_subprocess_exec(*migrate, cwd=ROOT, env=self._variables)).wait()
            self.link(MEETING_OF.items())
        self.began = began = time.perf_counter()
        with self._log.open("wb") as log:  # to a file, as a platform takes it
            self._child = await asyncio.create_subprocess_exec(
                *(self._python, *self._arguments),
                cwd=ROOT,
                env=self._variables,
                stdout=log,
                preexec_fn=lambda: os.sched_setaffinity(0, {BOT_CORE}),
            )
        while wait:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
                if answer.startswith(b"HTTP/1.1 200") or not self._is_usher:
                    break
            await asyncio.sleep(0.005)
        self.seconds_to_serve = time.perf_counter() - began

    def link(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Link channels to meetings."""
        now = datetime.now(UTC).isoformat(sep=" ")
        rows = [(channel, meeting, "Weekly standup", HOSTS[0], now) for channel, meeting in pairs]
        with sqlite3.connect(self.database) as connection:
            connection.executemany(
                'INSERT OR REPLACE INTO links (channel_id, meeting_id, title, "by", "at") VALUES (?, ?, ?, ?, ?)', rows
            )
        connection.close()

    async def stop(self) -> None:
        """Kill it."""
        self.client.close()
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGKILL)
        await self._child.wait()

    async def counts(self) -> dict[str, int]:
        """What a bot that is `counted` has cost so far; the allocations, since this was first asked."""
        self._counts.unlink(missing_ok=True)
        self._child.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(120):
            while not (self._counts.exists() and self._counts.read_text()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
        counts: dict[str, int] = json.loads(self._counts.read_text())
        return counts

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        parts = Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def memory(self, what: str = "VmRSS") -> float:
        """MiB: resident now (`VmRSS`), or at most (`VmHWM`)."""
        for line in Path(f"/proc/{self._child.pid}/status").read_text().splitlines():
            if line.startswith(what):
                return int(line.split()[1]) / 1024
        return 0.0


@dataclass(slots=True)
class Loader:
    """Sends what the people of a workspace type and click to one bot."""

    bot: Bot
    around: Around
    count: int = 0

    async def command(self, text: str, channel: str, name: str = "/session", user: str = HOSTS[0]) -> Answered:
        """Type a command, and wait for its acknowledgment."""
        number = self._next()
        typed = {"command": name, "text": text, "channel_id": channel} | self._who(number, user)
        return await self._send(number, urlencode(typed).encode())

    async def click(self, channel: str, user: str) -> Answered:
        """Click Refresh on a status card."""
        number = self._next()
        value = json.dumps({"m": MEETING_OF[channel]})
        action = {"type": "button", "action_id": "session.status", "block_id": "b", "value": value, "action_ts": number}
        container = {"type": "message", "message_ts": number, "channel_id": channel, "is_ephemeral": True}
        payload = {"type": "block_actions", "actions": [action], "container": container}
        return await self._send(number, self._payload(payload, number, user, channel))

    async def menu(self, channel: str, user: str) -> Answered:
        """Type into the menu of people; the acknowledgment is the answer."""
        number = self._next()
        meeting = MEETING_OF[channel]
        metadata = json.dumps({"m": meeting, "c": channel})
        view = {"id": f"V{number}", "type": "modal", "callback_id": "kick", "private_metadata": metadata, "blocks": []}
        payload = {"type": "block_suggestion", "action_id": "kick.people", "block_id": "people", "value": "person"}
        answered = await self._send(number, self._payload(payload | {"view": view}, number, user, channel))
        self.around.answered(number)
        return answered

    async def announced(self, text: str, channel: str, name: str, told: str) -> Answered:
        """Type a command that Usher answers in the channel, where it says `told`."""
        self.around.announced[f"{channel} {told}"].append(self._peek())
        return await self.command(text, channel, name)

    def _peek(self) -> str:
        return f"{self.bot.port}-{self.count + 1}"

    def _next(self) -> str:
        number = self._peek()
        self.count += 1
        return number

    def _who(self, number: str, user: str) -> dict[str, str]:
        url = f"{self.around.url('hooks')}/hooks/{number}"
        return {"team_id": "T0SANDBOX1", "user_id": user, "trigger_id": number, "response_url": url}

    def _payload(self, payload: dict[str, Any], number: str, user: str, channel: str) -> bytes:
        who = {"user": {"id": user, "team_id": "T0SANDBOX1"}, "team": {"id": "T0SANDBOX1"}, "channel": {"id": channel}}
        given = self._who(number, user)
        more = {name: given[name] for name in ("trigger_id", "response_url")}
        return urlencode({"payload": json.dumps(payload | who | more)}).encode()

    async def _send(self, number: str, body: bytes) -> Answered:
        answered = self.around.commands[number] = Answered(time.perf_counter())
        self.around.waiting[number] = asyncio.get_running_loop().create_future()
        with contextlib.suppress(OSError):
            answered.status = await self.bot.client.send("/slack/events", body, signed(body))
        answered.acked = time.perf_counter()
        return answered

    async def home(self) -> float:
        """Open the Home tab; seconds until it is drawn."""
        event = {"type": "app_home_opened", "user": HOSTS[0], "tab": "home", "event_ts": str(time.time())}
        body = json.dumps({"type": "event_callback", "team_id": "T0SANDBOX1", "event": event}).encode()
        drawn, began = self.around.calls["views.publish"], time.perf_counter()
        await self.bot.client.send("/slack/events", body, signed(body, "application/json"))
        while self.around.calls["views.publish"] == drawn and time.perf_counter() - began < 20:  # noqa: ASYNC110 - counted by another connection
            await asyncio.sleep(0.001)
        return time.perf_counter() - began

    async def fully(self, patience: float, sent: Coroutine[Any, Any, Answered]) -> Answered:
        """Send something, and wait for its answer, for so long at the most."""
        number = self._peek()
        answered = await sent
        if waiting := self.around.waiting.get(number):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), patience)
        return answered

    def status(self) -> Coroutine[Any, Any, Answered]:
        """`/session status`, by the next person in the next channel."""
        return self.command("status", CHANNELS[self.count % 5], user=USERS[self.count % 50])

    def mixed(self) -> Coroutine[Any, Any, Answered]:
        """What a workspace does, of 100: 54 status, 20 clicks, 12 lists, 12 menus, one poll, one kick by name."""
        turn, number, user = self.count % 100, self.count // 100, USERS[self.count * 7 % 50]
        channel = CHANNELS[self.count % 5]
        if turn == 0:
            question = f"Question {self.count}?"
            return self.announced(f'"{question}" "Pizza" "Salad"', channel, "/poll", question)
        if turn == 50:
            name = f"Person Number {number % self.around.people}"
            return self.announced(f'"{name}"', channel, "/kick", name)
        if turn % 5 == 2:
            return self.click(channel, user)
        if turn % 25 in (1, 9, 18):
            return self.command("who", channel, user=user)
        if turn % 25 in (4, 13, 21):
            return self.menu(channel, HOSTS[turn % 10])
        return self.command("status", channel, user=user)

    async def closed(self, seconds: float, at_once: int, kind: str = "status") -> list[Answered]:
        """As fast as they are answered, so many at once."""
        until, every = time.perf_counter() + seconds, list[Answered]()

        async def one() -> None:
            while time.perf_counter() < until:
                every.append(await self.fully(30, getattr(self, kind)()))

        await asyncio.gather(*(one() for _ in range(at_once)))
        return every

    async def open(self, rate: float, seconds: float, patience: float) -> list[Answered]:
        """At a rate, whatever becomes of them; then wait for the answers."""
        began = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.ensure_future(self.fully(patience, self.status())))
        return list(await asyncio.gather(*tasks))


def signed(body: bytes, kind: str = "application/x-www-form-urlencoded") -> bytes:
    """The headers by which Slack proves that it sent this."""
    headers = {"Content-Type": kind} | sign(body, str(int(time.time())))
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def acks(every: Sequence[Answered]) -> list[float]:
    """Milliseconds until each acknowledgment, sorted."""
    return sorted((one.acked - one.sent) * 1000 for one in every)


def answers(every: Sequence[Answered]) -> list[float]:
    """Milliseconds until each answer that came, sorted."""
    return sorted((one.answered - one.sent) * 1000 for one in every if one.answered)


def at(values: Sequence[float], percent: float) -> float:
    """A percentile of sorted values."""
    return values[min(len(values) - 1, int(len(values) * percent / 100))] if values else float("nan")
