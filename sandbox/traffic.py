"""What went over the wires between Slack, the bot and RealtimeKit, for whoever wants to look."""

import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

MOST = 400
BODY_MOST = 60_000
"""Characters of a body that are kept."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    Attributes:
        number: counts up from 1.
        began: unix seconds.
        status: of the HTTP answer; 0 where none came.
        request, answer: JSON where it is JSON, else text. Headers, and so tokens, are not kept.
    """

    number: int
    began: float
    sender: str
    receiver: str
    what: str
    status: int
    milliseconds: float
    request: Any
    answer: Any


class Traffic:
    """The last exchanges, in the order in which they ended."""

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=MOST)
        self.count = 0

    def add(
        self, sender: str, receiver: str, what: str, status: int, *, began: float, request: bytes, answer: bytes
    ) -> None:
        """Keep an exchange that just ended.

        Args:
            began: by `time.time()`.
        """
        self.count += 1
        took = (time.time() - began) * 1000
        self.exchanges.append(
            Exchange(self.count, began, sender, receiver, what, status, took, _shown(request), _shown(answer))
        )

    def watching(self, sender: str, receiver: str, name: Callable[[web.Request], str]) -> Any:
        """A middleware that keeps what comes to a stand-in.

        Args:
            name: what to call a request.
        """

        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            began, status, answer = time.time(), 0, b""
            body = await request.read() or request.query_string.encode()
            try:
                response = await handler(request)
                status = response.status
                if isinstance(response, web.Response) and isinstance(response.body, bytes):
                    answer = response.body
                return response
            finally:
                self.add(sender, receiver, name(request), status, began=began, request=body, answer=answer)

        return middleware


def _shown(body: bytes) -> Any:
    """A body as people read it: JSON, or a form whose JSON fields are opened too."""
    text = body.decode(errors="replace")
    if len(text) > BODY_MOST:
        return text[:BODY_MOST] + "…"
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        pass
    try:
        fields = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return text
    return {key: _opened(value) for key, value in fields.items() if key != "token"}


def _opened(value: str) -> Any:
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def decoded(raw: bytes) -> Any:
    """A body for people to read: its JSON, otherwise its text."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode(errors="replace")


def name_of(body: bytes) -> str:
    """What to call a request when somebody looks at the traffic."""
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if "command" in fields:
            return f"{fields['command']} {fields.get('text', '')}".strip()
        payload = json.loads(fields.get("payload", body))
        action = (payload.get("actions") or [{}])[0].get("action_id") or payload.get("action_id")
        return " ".join(
            str(word)
            for word in (payload["type"], action or payload.get("view", payload.get("event", {})).get("callback_id"))
            if word
        )
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return "something else"
