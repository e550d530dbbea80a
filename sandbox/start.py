"""Starts the sandbox: the page in a browser, and the prompt in the terminal beside it."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator

from sandbox.desk import Desk, keep_lively
from sandbox.example import example
from sandbox.prompt import prompt
from sandbox.stage import Build, serving, stage

PORT = 8137
"""Where the page is, unless something else is there."""


class PortTaken(Exception):
    """The page cannot be served where it was asked for."""


async def run(name: str, build: Build, port: int | None = None) -> None:
    """The page and the prompt, until `quit`, Ctrl-C or SIGTERM. Without any input there is the page alone.

    Args:
        name: who types at the prompt.
        port: where to serve the page; None for the usual place or, where that is taken, a free one.
    """
    if (me := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with stage(example(), build) as on, contextlib.AsyncExitStack() as stack:
            on.connect_webhooks()
            desk = Desk(on)
            try:
                url = await stack.enter_async_context(serving(desk.app(), port=PORT if port is None else port))
            except OSError:
                if port is not None:
                    raise PortTaken(port) from None
                url = await stack.enter_async_context(serving(desk.app()))
            print(f"Usher is running at {url} (simulated Slack and RealtimeKit, real bot). Press Ctrl-C to stop.")
            if sys.stdin.isatty() and _has_a_screen():
                webbrowser.open(url)
            lively = asyncio.create_task(keep_lively(desk.room))
            stack.callback(lively.cancel)
            if not await prompt(on, name, _lines()):
                await asyncio.Event().wait()


def _has_a_screen() -> bool:
    """Whether a browser can be opened without taking this terminal over."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _lines() -> AsyncIterator[str]:
    """What is typed, line by line; read by a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with contextlib.suppress(RuntimeError, ValueError):  # the loop, or the input, is closed
            for line in sys.stdin:
                loop.call_soon_threadsafe(queue.put_nowait, line.strip())
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
