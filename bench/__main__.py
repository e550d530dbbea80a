"""`python -m bench`: Usher and two Bolt apps, interleaved in one run; prints a table, and JSON beside it."""

import argparse
import asyncio
import json
import os
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from bench.growth import growth
from bench.load import LOAD_CORE, Bot, Loader, acks, answers, at
from bench.scale import scale
from bench.tls import certificate
from bench.world import Answered, Around

Figures = dict[str, list[float]]
CONTENDERS = ("bare", "tuned", "usher")
TURNS = 3


@dataclass(slots=True)
class Ran:
    """The turns of one contender: what was sent, and the seconds and CPU that it took."""

    every: list[Answered] = field(default_factory=list)
    spent: float = 0.0
    cpu: float = 0.0

    async def add(self, loader: Loader, seconds: float, kind: str) -> None:
        """Run one more turn."""
        cpu, began = loader.bot.cpu(), time.perf_counter()
        self.every += await loader.closed(seconds, 32, kind)
        self.spent += time.perf_counter() - began
        self.cpu += loader.bot.cpu() - cpu


class Bench:
    """One run.

    Args:
        options: of the command line.
    """

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.figures: Figures = {}
        self._more: dict[str, str] = {}
        self._tls: ssl.SSLContext | None = None
        if options.tls:
            self._tls, authority = certificate(folder)
            self._more["SSL_CERT_FILE"] = str(authority)

    def note(self, name: str, value: float) -> None:
        """Keep one measurement of a figure."""
        self.figures.setdefault(name, []).append(value)

    def figure(self, name: str) -> float:
        """The median of a figure."""
        return statistics.median(self.figures.get(name) or [float("nan")])

    @asynccontextmanager
    async def running(self, kind: str, *, wait: bool = True, counted: bool = False, **world: Any) -> Any:
        """A bot between fresh stand-ins."""
        python = self.options.counts if counted else self.options.python
        around = Around(tls=self._tls, **world)
        await around.start()
        bot = Bot(kind, around, self.folder, python, counted=counted, **self._more)
        await bot.start(wait=wait)
        try:
            yield Loader(bot, around)
        finally:
            await bot.stop()
            around.close()

    async def throughput(self, people: int, kind: str = "status") -> None:
        """Answered per second, and CPU for each: the three take turns, since the machine's speed may vary."""
        cell = f"{people} people" if kind == "status" else f"mix, {people} people"
        world = {"latency": self.options.latency / 1000, "limited": self.options.limited, "people": people}
        async with AsyncExitStack() as stack:
            loaders = {one: await stack.enter_async_context(self.running(one, **world)) for one in CONTENDERS}
            for loader in loaders.values():
                await loader.closed(2.0, 16, kind)
            ran = {contender: Ran() for contender in CONTENDERS}
            for _ in range(TURNS):
                for contender, loader in loaders.items():
                    await ran[contender].add(loader, self.options.seconds / TURNS, kind)
        for contender, one in ran.items():
            done = max(1, len(answers(one.every)))
            self.note(f"{cell}: {contender} answered/s", done / one.spent)
            self.note(f"{cell}: {contender} cpu ms/command", one.cpu * 1000 / done)
            self._note_times(f"{cell}: {contender} closed", one.every)

    async def counts(self) -> None:
        """What a command costs the database, the allocator and the garbage collector."""
        for kind, contender in product(("status", "mixed"), CONTENDERS):
            async with self.running(contender, counted=True, people=25) as loader:
                await loader.closed(2.0, 16, kind)
                before = await loader.bot.counts()
                every = await loader.closed(self.options.seconds, 32, kind)
                for name, number in (await loader.bot.counts()).items():
                    each = (number - before[name]) / max(1, len(answers(every)))
                    self.note(f"{contender} {name}/command, {kind}", each)

    async def memory(self) -> None:
        """Idle, and after many commands."""
        async with self.running("usher", people=25) as loader:
            await loader.open(20, 1, 10)
            await asyncio.sleep(2.2)
            before = loader.bot.memory()
            while loader.count < self.options.commands:
                await loader.closed(5.0, 32)
            await asyncio.sleep(2.2)
            self.note("usher rss growth MiB", loader.bot.memory() - before)
            self.note("usher rss growth, commands", loader.count)

    def _note_times(self, name: str, every: Sequence[Answered]) -> None:
        for what, values in (("ack", acks(every)), ("answer", answers(every))):
            for percent in (50, 95, 99):
                self.note(f"{name} {what} p{percent} ms", at(values, percent))
        self.note(f"{name} acks over 3 s", sum(value > 3000 for value in acks(every)))
        self.note(f"{name} unanswered", sum(not one.answered for one in every))

    async def at_a_rate(self, kind: str, latency: float) -> None:
        """Acknowledgements at a rate, with an upstream that takes its time."""
        rate = self.options.rate
        async with self.running(kind, latency=latency) as loader:
            await loader.open(20, 1, 10)
            calls = sum(loader.around.calls[name] for name in ("active-session", "participants"))
            hooks = loader.around.hooks.connections
            every = await loader.open(rate, 1000 / rate, 20)
            name = f"{kind} {rate:g}/s upstream {latency * 1000:g} ms"
            self._note_times(name, every)
            made = sum(loader.around.calls[name] for name in ("active-session", "participants")) - calls
            self.note(f"{name} upstream calls", made)
            self.note(f"{name} connections to response_urls", loader.around.hooks.connections - hooks)

    async def hang(self) -> None:
        """Upstream hangs: who gets an answer, and when the first does."""
        async with self.running("usher") as loader:
            await loader.open(20, 1, 10)
            await asyncio.sleep(2.2)
            self.note("usher rss idle MiB", loader.bot.memory())
            loader.around.latency = 30.0
            every = await loader.open(self.options.rate, 1000 / self.options.rate, 45)
            self._note_times("usher hang", every)
            self.note("usher hang first answer s", (answers(every) or [float("nan")])[0] / 1000)
            self.note("usher hang peak MiB", loader.bot.memory("VmHWM"))

    async def starts(self) -> None:
        """From nothing until it answers. Several times, as a shared machine slows down for a second or two."""
        for _, kind in product(range(TURNS), CONTENDERS):
            async with self.running(kind) as loader:
                self.note(f"{kind} start to serving s", loader.bot.seconds_to_serve)

    async def cold(self) -> None:
        """From the first instant, with a Slack that takes a second."""
        for kind in ("bare", "usher"):
            async with self.running(kind, slack_latency=1.0) as loader:
                every = await loader.open(20, 5, 10)
                first = min(one.answered for one in every if one.answered)
                self.note(f"{kind} start to first answer s", first - loader.bot.began)
                self._note_times(f"{kind} cold", every)
                self.note(f"{kind} cold auth.test calls", loader.around.calls["auth.test"])

    async def run(self) -> None:
        """Everything, as often as was asked for."""
        slow = [float(value) for value in self.options.latencies.split(",")]
        steps: list[Callable[[], Awaitable[None]]] = [
            self.starts,
            *(partial(self.throughput, int(people)) for people in self.options.people.split(",")),
            partial(self.throughput, 25, "mixed"),
            self.cold,
        ]
        steps += [lambda latency=latency: self.at_a_rate("usher", latency / 1000) for latency in slow]  # type: ignore[misc]
        steps += [partial(self.at_a_rate, other, 0.0) for other in CONTENDERS[:-1]]
        if self.options.hang:
            steps.append(self.hang)
        if self.options.only:
            steps = steps[: self.options.only]
        for repetition in range(self.options.repetitions):
            for step in steps:
                await step()
            print(f"repetition {repetition + 1} of {self.options.repetitions}", flush=True)
        if self.options.counts:
            await self.counts()
        if self.options.commands:
            await self.memory()

    def table(self) -> str:
        """All figures, their medians and ranges."""
        lines = ["| figure | median | lowest | highest |", "|---|---|---|---|"]
        cells = [name.removesuffix(": usher answered/s") for name in self.figures if name.endswith("usher answered/s")]
        for cell in cells:
            for other in CONTENDERS[:-1]:
                pairs = zip(*(self.figures[f"{cell}: {one} answered/s"] for one in ("usher", other)), strict=True)
                ratios = [ours / theirs for ours, theirs in pairs]
                numbers = [statistics.median(ratios), min(ratios), max(ratios)]
                shown = " | ".join(f"**×{ratio:.2f}**" for ratio in numbers)
                lines.append(f"| **{cell}: Usher against {other} Bolt, answered per second** | {shown} |")
        for name, values in sorted(self.figures.items()):
            lines.append(f"| {name} | {statistics.median(values):.4g} | {min(values):.4g} | {max(values):.4g} |")
        return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="python -m bench", description="Usher against a bare Bolt app and a well-tuned one."
    )
    made.add_argument("--repetitions", type=int, default=5)
    made.add_argument("--seconds", type=float, default=6.0, help="of each closed loop, in three turns")
    made.add_argument("--latency", type=float, default=0.0, help="ms that RealtimeKit takes in the closed loop")
    made.add_argument("--latencies", default="0,200,5000", help="ms that it takes in the open loops")
    made.add_argument("--rate", type=float, default=200.0, help="commands a second in the open loops")
    made.add_argument("--hang", action=argparse.BooleanOptionalAction, default=True, help="with an upstream that hangs")
    made.add_argument("--people", default="3,25,200", help="in each meeting, in the closed loops")
    made.add_argument("--commands", type=int, default=0, help="also measure how memory grows over so many")
    made.add_argument(
        "--counts",
        metavar="PYTHON",
        nargs="?",
        const=".tools/counting/bin/python",
        help="also count queries, allocations and garbage objects a command, with a Python that has memray",
    )
    made.add_argument("--only", type=int, default=0, help="the first steps of each repetition")
    made.add_argument("--tls", action="store_true", help="the stand-ins speak TLS")
    made.add_argument("--429", dest="limited", action="store_true", help="RealtimeKit answers 429 in the closed loop")
    made.add_argument("--python", default=sys.executable, help="what runs the bots: an environment without tools")
    made.add_argument("--growth", action="store_true", help="instead: what large rooms and many links cost")
    made.add_argument("--scale", action="store_true", help="instead: what many live cards cost, in virtual time")
    made.add_argument("--json", type=Path, default=Path("bench.json"))
    return made


def main() -> None:
    """Run it."""
    options = parser().parse_args()
    if options.scale:
        print(scale())
        return
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        bench = Bench(options, Path(folder))
        if options.growth:
            print(asyncio.run(growth(bench, options.repetitions)))
            return
        asyncio.run(bench.run())
    print(bench.table())
    options.json.write_text(
        json.dumps({"options": vars(options) | {"json": str(options.json)}} | bench.figures, indent=1)
    )


if __name__ == "__main__":
    main()
