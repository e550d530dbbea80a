"""The bot as a platform runs it: `python -m bot`, a process of its own."""

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parent.parent
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
"""What a platform runs: the command of each process."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run_bot(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot` with these words to its end, with nothing in its environment but these variables."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class Process:
    """One process of the bot.

    Args:
        settings: by field name, as `sandbox.stage.environment` gives them.
    """

    def __init__(self, http: aiohttp.ClientSession, settings: dict[str, Any]) -> None:
        self._http, port = http, free_port()
        self.url = f"http://127.0.0.1:{port}"
        given = {key.upper(): str(value) for key, value in settings.items() if value is not None}
        self._variables = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port)} | given
        self.child: asyncio.subprocess.Process

    async def run(self, command: str) -> tuple[int, str]:
        """Run another of the Procfile's commands to its end; its exit status and what it said of faults."""
        self.child = await self._exec(command, asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE)
        async with asyncio.timeout(20):
            _, said = await self.child.communicate()
        return self.child.returncode or 0, said.decode()

    async def _exec(self, command: str, out: int, err: int | None = None) -> asyncio.subprocess.Process:
        python, *rest = shlex.split(command)
        assert python == "python"
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *rest), cwd=ROOT, env=self._variables, stdout=out, stderr=err
        )

    async def start(self, seconds: float = 20, out: int = asyncio.subprocess.PIPE) -> None:
        """Start it, and wait until it serves, for so long at most.

        Args:
            out: where its log goes.
        """
        self.child = await self._exec(PROCFILE["web"], out)
        async with asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self._http.get(self.url + "/healthz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def fails(self) -> tuple[int, str]:
        """Start it where it cannot serve; its exit status and what it said of that."""
        return await self.run(PROCFILE["web"])

    async def stop(self) -> tuple[int, str]:
        """Send SIGTERM until it is gone, as some platforms do; its exit status and what it logged."""
        self.child.send_signal(signal.SIGTERM)
        leaving = asyncio.create_task(self.child.communicate())
        async with asyncio.timeout(25):
            while not leaving.done():
                with contextlib.suppress(ProcessLookupError):
                    # Not `send_signal`, which may reap the child before asyncio does.
                    os.kill(self.child.pid, signal.SIGTERM)
                await asyncio.sleep(0.005)
        out, _ = leaving.result()
        return self.child.returncode or 0, (out or b"").decode()

    async def kill(self) -> None:
        """Kill it at once, if it still runs."""
        if self.child.returncode is None:
            self.child.kill()
            await self.child.communicate()
