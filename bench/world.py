"""What stands around the bot under load: Slack and RealtimeKit as answers that cost next to nothing."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from bench.http import Served, serve
from sandbox import realtimekit
from sandbox.shapes import peer_json, session_json
from sandbox.stage import environment
from sandbox.world import Meeting, Participant

MEETING = "6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01"


@dataclass(slots=True)
class Answered:
    """When a command was sent, acknowledged and answered; seconds by `time.perf_counter`."""

    sent: float
    acked: float = 0.0
    status: int = 0
    answered: float = 0.0


@dataclass(slots=True)
class Around:
    """The stand-ins, and what came to them.

    Attributes:
        latency: seconds that RealtimeKit takes.
        slack_latency: seconds that Slack's Web API takes.
        limited: RealtimeKit answers 429.
        people: in the room.
        calls: to each endpoint and method.
        commands: what was sent, by the number in its `response_url`.
    """

    latency: float = 0.0
    slack_latency: float = 0.0
    limited: bool = False
    people: int = 3
    calls: Counter[str] = field(default_factory=Counter)
    commands: dict[str, Answered] = field(default_factory=dict)
    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    hooks: Served = field(default_factory=Served)
    api: Served = field(default_factory=Served)
    kit: Served = field(default_factory=Served)
    ports: dict[str, int] = field(default_factory=dict)
    tls: SSLContext | None = None
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _servers: list[asyncio.Server] = field(default_factory=list)

    async def start(self) -> None:
        """Serve `response_url`s, Slack's Web API and RealtimeKit, each on a port of its own."""
        self.draw()
        for name, handler, served in (
            ("hooks", self._hook, self.hooks),
            ("api", self._api, self.api),
            ("kit", self._kit, self.kit),
        ):
            server, self.ports[name] = await serve(handler, served, self.tls)
            self._servers.append(server)

    def close(self) -> None:
        """Serve no more."""
        for server in self._servers:
            server.close()

    def draw(self) -> None:
        """Make the answers of a room of `people`."""
        meeting = Meeting("Weekly standup", id=MEETING)
        for number in range(self.people):
            meeting.join(Participant(f"Person Number {number}", f"person-{number}"))
        session = meeting.sessions[0]
        rows = [peer_json(peer) for peer in session.peers]
        self._bodies = {
            "active-session": _ok(session_json(session, realtimekit.APP)),
            "participants": _ok({"participants": rows[:50]}),
        }
        for page in range(len(rows) // 200 + 1):
            self._bodies[f"page_no={page + 1}"] = _ok({"participants": rows[page * 200 : page * 200 + 200]})

    @property
    def kit_calls(self) -> int:
        """Calls to RealtimeKit so far."""
        return sum(number for name, number in self.calls.items() if "." not in name)

    def url(self, name: str) -> str:
        """Where one of them is."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.ports[name]}"

    def environment(self, **more: str) -> dict[str, str]:
        """The bot's environment."""
        given: dict[str, Any] = environment(self.url("api"), self.url("kit")) | {"realtimekit_meeting_id": MEETING}
        return {key.upper(): str(value) for key, value in given.items() if value is not None} | more

    def _hook(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        number = path.rpartition("/")[2]
        command = self.commands.get(number)
        if command and not command.answered:
            command.answered = time.perf_counter()
            self.waiting.pop(number).set_result(None)
        return 200, b"ok"

    async def _api(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        name = path.rpartition("/")[2].partition("?")[0]
        self.calls[name] += 1
        if self.slack_latency:
            await asyncio.sleep(self.slack_latency)
        answers: dict[str, Any] = {
            "auth.test": {
                "team_id": "T0SANDBOX1",
                "user_id": "U0USHERBOT",
                "bot_id": "B0",
                "url": "https://x.slack.com/",
            },
            "chat.postMessage": {"ts": f"{time.time():.6f}", "channel": "C0GENERAL1"},
            "users.info": {"user": {"id": "U0ALICE001", "team_id": "T0SANDBOX1", "is_admin": True}},
        }
        return 200, json.dumps({"ok": True} | answers.get(name, {})).encode()

    def _kit(self, method: str, path: str, body: bytes) -> Any:
        route, _, query = path.rpartition("/")[2].partition("?")
        self.calls[route] += 1
        answer = self._bodies.get(route, b'{"success":true,"data":{}}')
        if route == "participants" and "per_page=200" in query:
            answer = self._bodies.get(next(part for part in query.split("&") if part.startswith("page_no")), answer)
        status = 429 if self.limited else 200
        return self._slowly(status, answer) if self.latency else (status, answer)

    async def _slowly(self, status: int, answer: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(self.latency)
        return status, answer


def _ok(data: Any) -> bytes:
    return json.dumps({"success": True, "data": data}).encode()
