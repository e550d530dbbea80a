"""Commands, correctly signed, at a rate or as fast as they are answered; and the process that takes them."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.http import Client
from bench.world import Answered, Around
from sandbox.person import sign

ROOT = Path(__file__).parent.parent
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
        kind: `usher` or `bare`.
        python: what runs it: an environment without the tools for development needs less memory.
    """

    def __init__(self, kind: str, around: Around, folder: Path, python: str = sys.executable, **more: str) -> None:
        self._python = python
        self.kind, self._around, self.port = kind, around, free_port()
        self._module = {"usher": "bot", "bare": "bench.bare"}[kind]
        variables = {"PATH": os.environ["PATH"], "PORT": str(self.port), "HOST": "127.0.0.1"}
        self.database = folder / f"{self.port}.db"
        database = {"DATABASE_URL": f"sqlite:///{self.database}"}
        self._variables = variables | around.environment(**database) | more
        self.client = Client(self.port)
        self.seconds_to_serve = self.began = 0.0

    async def start(self, *, wait: bool = True) -> None:
        """Start it; wait until it serves."""
        if self.kind == "usher" and not self.database.exists():
            # As a release phase does, so that the process itself need not load what migrates.
            migrate = (self._python, "-m", "bot", "migrate")
            await (await asyncio.create_subprocess_exec(*migrate, cwd=ROOT, env=self._variables)).wait()
        self.began = began = time.perf_counter()
        self._child = await asyncio.create_subprocess_exec(
            *(self._python, "-m", self._module),
            cwd=ROOT,
            env=self._variables,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {BOT_CORE}),
        )
        while wait:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
                if answer.startswith(b"HTTP/1.1 200") or self.kind == "bare":
                    break
            await asyncio.sleep(0.005)
        self.seconds_to_serve = time.perf_counter() - began

    async def stop(self) -> None:
        """Kill it."""
        self.client.close()
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGKILL)
        await self._child.wait()

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
    """Sends commands to one bot."""

    bot: Bot
    around: Around
    count: int = 0

    async def command(self, text: str, channel: str) -> Answered:
        """Send one, and wait for its acknowledgement."""
        self.count += 1
        number = f"{self.bot.port}-{self.count}"
        body = urlencode(
            {
                "command": "/session",
                "text": text,
                "team_id": "T0SANDBOX1",
                "user_id": "U0ALICE001",
                "channel_id": channel,
                "trigger_id": number,
                "response_url": f"{self.around.url('hooks')}/hooks/{number}",
            }
        ).encode()
        answered = self.around.commands[number] = Answered(time.perf_counter())
        self.around.waiting[number] = asyncio.get_running_loop().create_future()
        with contextlib.suppress(OSError):
            answered.status = await self.bot.client.send("/slack/events", body, signed(body))
        answered.acked = time.perf_counter()
        return answered

    async def home(self) -> float:
        """Open the Home tab; seconds until it is drawn."""
        event = {"type": "app_home_opened", "user": "U0ALICE001", "tab": "home", "event_ts": str(time.time())}
        body = json.dumps({"type": "event_callback", "team_id": "T0SANDBOX1", "event": event}).encode()
        drawn, began = self.around.calls["views.publish"], time.perf_counter()
        await self.bot.client.send("/slack/events", body, signed(body, "application/json"))
        while self.around.calls["views.publish"] == drawn and time.perf_counter() - began < 20:  # noqa: ASYNC110 - counted by another connection
            await asyncio.sleep(0.001)
        return time.perf_counter() - began

    async def fully(self, patience: float, text: str = "status", channel: str = "C0GENERAL1") -> Answered:
        """Send one, and wait for its answer, for so long at the most."""
        number = f"{self.bot.port}-{self.count + 1}"
        answered = await self.command(text, channel)
        if waiting := self.around.waiting.get(number):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), patience)
        return answered

    async def closed(self, seconds: float, at_once: int) -> list[Answered]:
        """As fast as they are answered, so many at once."""
        until, every = time.perf_counter() + seconds, list[Answered]()

        async def one() -> None:
            while time.perf_counter() < until:
                every.append(await self.fully(30))

        await asyncio.gather(*(one() for _ in range(at_once)))
        return every

    async def open(self, rate: float, seconds: float, patience: float) -> list[Answered]:
        """At a rate, whatever becomes of them; then wait for the answers."""
        began = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.ensure_future(self.fully(patience)))
        return list(await asyncio.gather(*tasks))


def signed(body: bytes, kind: str = "application/x-www-form-urlencoded") -> bytes:
    """The headers by which Slack proves that it sent this."""
    headers = {"Content-Type": kind} | sign(body, str(int(time.time())))
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def acks(every: Sequence[Answered]) -> list[float]:
    """Milliseconds until each acknowledgement, sorted."""
    return sorted((one.acked - one.sent) * 1000 for one in every)


def answers(every: Sequence[Answered]) -> list[float]:
    """Milliseconds until each answer that came, sorted."""
    return sorted((one.answered - one.sent) * 1000 for one in every if one.answered)


def at(values: Sequence[float], percent: float) -> float:
    """A percentile of sorted values."""
    return values[min(len(values) - 1, int(len(values) * percent / 100))] if values else float("nan")
