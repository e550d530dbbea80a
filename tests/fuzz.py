"""`make fuzz`: hostile inputs by the thousand, against the real bot between the strict stand-ins.

Whatever is typed, named, sent or answered: the bot acknowledges, goes on, and sends nothing that Slack would refuse.
"""

import argparse
import asyncio
import json
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any
from urllib.parse import urlencode

import stamina
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot import logs
from bot.realtimekit.webhooks import PATH
from bot.web import build
from sandbox.example import HOSTILE_NAMES, example
from sandbox.faults import Fault
from sandbox.person import sign
from sandbox.stage import Stage, stage
from sandbox.webhooks import Delivery
from sandbox.world import Participant
from tests.scene import PACE, Actor, Scene

BITS = (
    *(
        "<!channel>",
        "<@U0MIKE0001>",
        "<#C0GENERAL1|x>",
        "<https://x.example|y>",
        "&amp;",
        "&lt;",
        "*",
        "_",
        "`",
        "~",
        "\\",
    ),
    *('"', "“", "”", "'", "’", "--block", "—block", "--anonymous", "--", "all", "off", "Ada", "ada@people.example"),
    *(
        "../../x",
        "%2e%2e",
        "\u202e",
        "\u0000",
        "\ud83d",
        "👩‍👩‍👧‍👦",
        "e\u0301" * 20,
        "\n",
        "\r",
        "\t",
        "🎉" * 50,
        "N" * 400,
    ),
    *("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01", "abcdef-ghijkl", "=1+1", "{}", "null", "1e999", "-1", "٣"),
)
TEXT = (
    st.lists(st.sampled_from(BITS) | st.text(max_size=12), max_size=12).map(" ".join) | st.text(max_size=300)
).filter(
    # The stand-in holds a text that looks escaped already for one that was escaped twice.
    lambda text: not re.search("&(amp|lt|gt);", text)
)
TYPED = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())
"""What a form can carry: nobody can send half a character in one."""
WORDS = (
    "status",
    "who",
    "use",
    "watch",
    "attendance",
    "notices",
    "hosts add",
    "hosts",
    "history",
    "mute",
    "end",
    "wat",
    "",
)
COMMANDS = st.sampled_from([*(f"/session {word}" for word in WORDS), "/kick", "/poll"])
NAMES = TEXT | st.sampled_from(HOSTILE_NAMES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    *(
        "id",
        "associated_id",
        "meeting_display_name",
        "type",
        "status",
        "live_participants",
        "max_concurrent_participants",
    ),
    *("minutes_consumed", "started_at", "created_at", "ended_at", "breakout_rooms", "participants", "user_id"),
    *("custom_participant_id", "display_name", "preset_name", "joined_at", "left_at", "action", "poll", "title"),
)
OBJECT = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8)
DATA = OBJECT | st.lists(OBJECT, max_size=3) | OBJECT.map(lambda row: {"participants": [row, row], "sessions": [row]})


class Surprises(logging.Handler):
    """Keeps what the bot logs as an error: none of it is to be expected."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.met: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.met.append(str(record.msg))


class Fuzz:
    """One bot, and everything that is thrown at it.

    Args:
        most: inputs of each kind.
    """

    def __init__(self, on: Stage, loop: asyncio.AbstractEventLoop, most: int) -> None:
        self.on, self.loop, self.scene = on, loop, Scene(on)
        self.alice = Actor(on, "alice", "general")
        self.thrown, self.surprises = 0, Surprises()
        logging.getLogger().addHandler(self.surprises)
        self.settings = settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

    def run(self, kind: str, strategy: st.SearchStrategy[Any], act: Callable[[Any], Coroutine[Any, Any, int]]) -> None:
        """Throw inputs of one kind. Raises AssertionError for the first that gets through."""
        began, before = time.monotonic(), self.thrown

        @self.settings
        @given(strategy)
        def throw(value: Any) -> None:
            self.thrown += 1
            status = self.loop.run_until_complete(act(value))
            assert status in (200, 400, 413), f"{kind}: {value!r} was answered with {status}"
            assert self.on.slack.refused == [], f"{kind}: {value!r}: {self.on.slack.refused}"
            assert self.surprises.met == [], f"{kind}: {value!r}: {self.surprises.met}"
            self.tidy()

        throw()
        print(f"{kind}: {self.thrown - before} inputs in {time.monotonic() - began:.0f} s, none through", flush=True)

    def tidy(self) -> None:
        """Forget what was said, so that a long run stays as fast as a short one."""
        slack = self.on.slack
        slack.close(self.alice.user.id, everything=True)
        for kept in (slack.messages, slack.views, slack.hooks, slack.triggers, slack.calls, self.on.realtimekit.seen):
            kept.clear()
        slack.recent.clear()
        self.on.realtimekit.faults.clear()

    async def command(self, value: tuple[str, str]) -> int:
        """Type a command."""
        return (await self.alice.types(" ".join(value))).status

    async def raw(self, value: tuple[bytes, str]) -> int:
        """Send bytes to where Slack sends, signed."""
        body, kind = value
        return (await self.alice.post(body, sign(body, str(int(time.time()))), kind)).status

    async def name(self, value: tuple[Any, Any]) -> int:
        """Let somebody of this name into a meeting of this title, and look at them everywhere."""
        meeting = next(iter(self.on.world.meetings.values()))
        before = meeting.title
        person = Participant(value[0], str(value[0])[:300] or "x")
        meeting.title = value[1]
        meeting.join(person)
        for command in ("/session", "/session who", "/session watch", "/session attendance", "/kick"):
            await self.alice.types(command)
        meeting.leave(person)
        meeting.sessions[-1].peers[3:] = []
        meeting.participants[3:] = []
        meeting.title = before
        return 200

    async def webhook(self, value: Any) -> int:
        """Deliver this, signed."""
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        delivery = Delivery(self.on.bot_url + PATH, "x", "x", raw, str(uuid.uuid4()))
        return await self.on.realtimekit.webhooks.send_once(self.on.http, delivery)

    async def answer(self, value: tuple[str, Any]) -> int:
        """Let RealtimeKit answer this to a command."""
        command, data = value
        body = json.dumps({"success": True, "data": data})
        self.on.realtimekit.faults["*"] = Fault("status", 200, body=body)
        return (await self.alice.types(command)).status

    async def form(self, value: tuple[str, str, str, str]) -> int:
        """Fill a poll's form, or a kick's reason, and send it off."""
        await self.alice.types("/poll")
        for label, text in zip(("Question", "Option 1", "Option 2"), value, strict=False):
            self.alice.fills(label, text[:100])
        status = (await self.alice.submits()).status
        self.on.slack.close(self.alice.user.id, everything=True)
        return status


def kinds(fuzz: Fuzz) -> list[tuple[str, st.SearchStrategy[Any], Callable[[Any], Coroutine[Any, Any, int]]]]:
    """What is thrown, and how."""
    payloads = JSON.map(lambda payload: urlencode({"payload": json.dumps(payload)}).encode())
    bodies = (
        st.binary(max_size=300)
        | payloads
        | st.dictionaries(TYPED, TYPED, max_size=6).map(lambda form: urlencode(form).encode())
    )
    types = st.sampled_from(["application/x-www-form-urlencoded", "application/json", "text/plain"])
    events = st.sampled_from(["meeting.started", "meeting.participantJoined", "x"])
    hooks = st.fixed_dictionaries({"event": events, "meeting": OBJECT | JSON, "participant": JSON}) | st.binary()
    asked = st.sampled_from(
        ["/session", "/session who", "/kick Ada", "/kick", "/session attendance", "/session mute Ada"]
    )
    return [
        ("command lines", st.tuples(COMMANDS, TYPED), fuzz.command),
        ("raw requests", st.tuples(bodies, types), fuzz.raw),
        ("names and titles", st.tuples(NAMES, NAMES), fuzz.name),
        ("webhooks", hooks, fuzz.webhook),
        ("answers of RealtimeKit", st.tuples(asked, DATA), fuzz.answer),
        ("forms", st.tuples(TYPED, TYPED, TYPED, TYPED), fuzz.form),
    ]


async def _start() -> tuple[Any, Stage]:
    entered = stage(example(), partial(build, intervals=PACE), realtimekit_timeout=2.0)
    return entered, await entered.__aenter__()


def main() -> None:
    """Throw everything."""
    made = argparse.ArgumentParser(prog="python -m tests.fuzz")
    made.add_argument("--examples", type=int, default=1700, help="inputs of each of the six kinds")
    options = made.parse_args()
    logs.configure("ERROR", "json")
    stamina.set_testing(True, attempts=2, cap=True)
    loop = asyncio.new_event_loop()
    entered, on = loop.run_until_complete(_start())
    fuzz = Fuzz(on, loop, options.examples)
    leave: Awaitable[Any] = entered.__aexit__(None, None, None)
    try:
        for kind, strategy, act in kinds(fuzz):
            fuzz.run(kind, strategy, act)
        print(f"{fuzz.thrown} hostile inputs, none through")
    finally:
        loop.run_until_complete(leave)
        loop.close()


if __name__ == "__main__":
    main()
