"""What large rooms and many linked channels cost: `python -m bench --growth`."""

import asyncio
import sqlite3
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from bench.load import Bot, Loader
from bench.world import MEETING

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
            await loader.fully(10)
            cells = [await _cost(loader, text, times=repetitions) for text in ("status", "who")]
            # Once: what later looks may cost is limited, to ten calls in ten seconds.
            cells.append(await _cost(loader, "watch", "chat.postMessage", times=1))
        lines.append(f"| {people:,} | {' | '.join(cells)} |")
    lines += ["", "| linked channels | `/session` in one of them | opening the Home tab |", "|---|---|---|"]
    for links in LINKS:
        async with bench.running("usher") as loader:
            _link(loader.bot, links)
            await loader.fully(10)
            await asyncio.sleep(PAUSE)
            cells = [
                await _cost(loader, "status", channel="C7", times=repetitions),
                await _cost(loader, "", "views.publish", times=repetitions),
            ]
        lines.append(f"| {links:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


async def _cost(loader: Loader, text: str, method: str = "", *, channel: str = "C0GENERAL1", times: int) -> str:
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
            await loader.fully(PATIENCE, text, channel)
        took.append((time.perf_counter() - began) * 1000)
        calls.append(loader.around.kit_calls - made)
    return f"{statistics.median(took):.0f} ms, {statistics.median(calls):.0f} calls"


def _link(bot: Bot, number: int) -> None:
    """Link so many channels, a tenth of them to the meeting that runs."""
    now = datetime.now(UTC).isoformat(sep=" ")
    rows = [
        (f"C{one}", MEETING if one % 10 == 7 else f"6f2a51a0-3c1d-4b7e-9a55-{one:012d}", "Meeting", "U0ALICE001", now)
        for one in range(number)
    ]
    with sqlite3.connect(bot.database) as connection:
        connection.executemany(
            'INSERT OR REPLACE INTO links (channel_id, meeting_id, title, "by", "at") VALUES (?, ?, ?, ?, ?)', rows
        )
    connection.close()
