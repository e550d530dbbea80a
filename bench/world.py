"""What stands around the bot under load: Slack and RealtimeKit as answers that cost next to nothing.

A workspace of 50 people in 5 channels, each channel with a meeting of its own, all of the same size.
"""

import asyncio
import json
import re
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from bench.http import Served, serve
from sandbox import realtimekit
from sandbox.shapes import kicked_json, meeting_json, peer_json, session_json
from sandbox.stage import environment
from sandbox.world import Meeting, Participant

USERS = [f"U0BENCH{number:03d}" for number in range(50)]
HOSTS = USERS[:10]
CHANNELS = [f"C0BENCH{number:03d}" for number in range(5)]
MEETINGS = [f"6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e{number:02d}" for number in range(1, 6)]
MEETING = MEETINGS[0]
MEETING_OF = dict(zip(CHANNELS, MEETINGS, strict=True))
TOLD = re.compile(r"Question \d+\?|Person Number \d+")
"""By which an announcement is known to be the answer to a poll or a kick."""


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
        people: in each room.
        calls: to each endpoint and method.
        commands: what was sent, by the number in its `response_url`.
        announced: the numbers of those that are answered in the channel, by channel and what stands in the answer.
    """

    latency: float = 0.0
    slack_latency: float = 0.0
    limited: bool = False
    people: int = 3
    calls: Counter[str] = field(default_factory=Counter)
    commands: dict[str, Answered] = field(default_factory=dict)
    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    announced: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
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
        """Make the answers of rooms of `people`."""
        self._bodies = {"poll": _ok({"action": "poll", "poll": {"id": MEETING, "options": []}})}
        for meeting_id in MEETINGS:
            meeting = Meeting("Weekly standup", id=meeting_id)
            for number in range(self.people):
                meeting.join(Participant(f"Person Number {number}", f"person-{number}"))
            session = meeting.sessions[0]
            rows = [peer_json(peer) for peer in session.peers]
            for one in meeting.participants:  # kicked as often as one likes: nobody leaves here
                self._bodies[one.id] = _ok({"action": "kick", "participants": [kicked_json(one)]})
            self._bodies[meeting_id] = _ok(meeting_json(meeting))
            self._bodies[f"{meeting_id}/active-session"] = _ok(session_json(session, realtimekit.APP))
            self._bodies[f"{session.id}/per_page=50"] = _ok({"participants": rows[:50]})
            for page in range(len(rows) // 200 + 1):
                part = _ok({"participants": rows[page * 200 : page * 200 + 200]})
                self._bodies[f"{session.id}/page_no={page + 1}"] = part

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
        meetings = ",".join(f"{one}:{meeting}" for one, meeting in MEETING_OF.items())
        given |= {"bench_meetings": meetings, "bot_hosts": ",".join(HOSTS)}
        return {key.upper(): str(value) for key, value in given.items() if value is not None} | more

    def answered(self, number: str) -> None:
        """The person has their answer."""
        command = self.commands.get(number)
        if command and not command.answered:
            command.answered = time.perf_counter()
            self.waiting.pop(number).set_result(None)

    def _hook(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self.answered(path.rpartition("/")[2])
        return 200, b"ok"

    async def _api(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        name = path.rpartition("/")[2].partition("?")[0]
        self.calls[name] += 1
        if self.slack_latency:
            await asyncio.sleep(self.slack_latency)
        return 200, json.dumps({"ok": True} | self._of_method(name, body)).encode()

    def _of_method(self, name: str, body: bytes) -> dict[str, Any]:
        match name:
            case "auth.test":
                who = {"team_id": "T0SANDBOX1", "user_id": "U0USHERBOT", "bot_id": "B0"}
                return who | {"url": "https://x.slack.com/"}
            case "users.info":
                return {"user": {"id": body.decode().rpartition("=")[2], "team_id": "T0SANDBOX1"}}
            case "chat.postMessage":
                message = json.loads(body)
                for told in TOLD.findall(message["text"]):
                    if waiting := self.announced[f"{message['channel']} {told}"]:
                        self.answered(waiting.popleft())
                return {"ts": f"{time.time():.6f}", "channel": message["channel"]}
            case "views.open":
                return {"view": {"id": f"V{json.loads(body)['trigger_id']}"}}
            case "views.update":
                self.answered(json.loads(body)["view_id"][1:])
        return {}

    def _kit(self, method: str, path: str, body: bytes) -> Any:
        *_, above, route = path.partition("?")[0].split("/")
        query = path.partition("?")[2].split("&")
        self.calls[route if above != "meetings" else "meeting"] += 1
        key = f"{above}/{route}" if route != above else route
        if route == "participants":
            small = "per_page=50" in query
            key = f"{above}/" + ("per_page=50" if small else next(one for one in query if one.startswith("page_no")))
        if route == "kick":
            key = json.loads(body)["participant_ids"][0]
        answer = self._bodies.get(key) or self._bodies.get(route) or b'{"success":true,"data":{}}'
        status = 429 if self.limited else 200
        return self._slowly(status, answer) if self.latency else (status, answer)

    async def _slowly(self, status: int, answer: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(self.latency)
        return status, answer


def _ok(data: Any) -> bytes:
    return json.dumps({"success": True, "data": data}).encode()
