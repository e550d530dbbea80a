"""What large rooms and many linked channels cost: `python -m bench --growth`."""

import asyncio
import statistics
import time
from typing import Any

from bench.load import Loader
from bench.world import CHANNELS, MEETING

ROOMS = (10, 100, 1000, 5000)
LINKS = (1, 100, 10_000)
PATIENCE = 20.0
PAUSE = 2.2
"""Seconds after which nothing is remembered of what was read."""


async def growth(bench: Any, repetitions: int) -> str:
    """Two tables."""
    lines = ["| people in the room | `/session` | `/session who` | `/session watch` |", "|---|---|---|---|"]
    for people in ROOMS:
        async with bench.running("usher", people=people) as loader:
            await loader.fully(10, loader.status())
            cells = [await _cost(loader, text, times=repetitions) for text in ("status", "who")]
            # Once: what later looks may cost is limited, to ten calls in ten seconds.
            cells.append(await _cost(loader, "watch", "chat.postMessage", times=1))
        lines.append(f"| {people:,} | {' | '.join(cells)} |")
    lines += ["", "| linked channels | `/session` in one of them | opening the Home tab |", "|---|---|---|"]
    for links in LINKS:
        async with bench.running("usher") as loader:
            # A tenth of them to the meeting that runs.
            loader.bot.link(
                (f"C{one}", MEETING if one % 10 == 7 else f"6f2a51a0-3c1d-4b7e-9a55-{one:012d}") for one in range(links)
            )
            await loader.fully(10, loader.status())
            await asyncio.sleep(PAUSE)
            cells = [
                await _cost(loader, "status", channel="C7", times=repetitions),
                await _cost(loader, "", "views.publish", times=repetitions),
            ]
        lines.append(f"| {links:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


async def _cost(loader: Loader, text: str, method: str = "", *, channel: str = CHANNELS[0], times: int) -> str:
    """Milliseconds until the answer, and calls to RealtimeKit, where nothing was read before; medians.

    Args:
        method: of Slack's, by which the answer comes; else it comes by the `response_url`.
    """
    took, calls = [], []
    for _ in range(times):
        await asyncio.sleep(PAUSE)
        made, said = loader.around.kit_calls, loader.around.calls[method]
        began = time.perf_counter()
        if method == "views.publish":
            await loader.home()
        elif method:
            await loader.command(text, channel)
            while loader.around.calls[method] == said and time.perf_counter() - began < PATIENCE:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        else:
            await loader.fully(PATIENCE, loader.command(text, channel))
        took.append((time.perf_counter() - began) * 1000)
        calls.append(loader.around.kit_calls - made)
    return f"{statistics.median(took):.0f} ms, {statistics.median(calls):.0f} calls"
