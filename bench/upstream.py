"""What the bare Bolt apps ask of RealtimeKit, and what they draw: no caches, no limits, no retries."""

import os
import shlex
from collections.abc import Sequence
from typing import Any

import aiohttp

Json = dict[str, Any]
APP = (
    f"{os.environ['CLOUDFLARE_BASE_URL']}/accounts/{os.environ['CLOUDFLARE_ACCOUNT_ID']}/realtime/kit/"
    f"{os.environ['REALTIMEKIT_APP_ID']}"
)
MEETINGS: dict[str, str] = dict(pair.split(":") for pair in os.environ["BENCH_MEETINGS"].split(","))
"""The meeting of each channel."""
HEADERS = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}


class Upstream:
    """RealtimeKit, over one kept session."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """The session, made within the loop that runs."""
        if self._http is None:
            self._http = aiohttp.ClientSession(headers=HEADERS)
        return self._http

    async def session(self, channel_id: str) -> Json:
        """The live session."""
        return await self._data("GET", f"/meetings/{MEETINGS[channel_id]}/active-session")

    async def people(self, channel_id: str) -> Sequence[Json]:
        """Who is in, as the newest connections say."""
        session = await self.session(channel_id)
        found = await self._data("GET", f"/sessions/{session['id']}/participants?per_page=200&page_no=1")
        return [one for one in found["participants"] if one["left_at"] is None]

    async def kick(self, channel_id: str, name: str) -> str:
        """Remove the person of this name."""
        found = next(one for one in await self.people(channel_id) if one["display_name"] == name)
        body = {"participant_ids": [found["user_id"]]}
        await self._data("POST", f"/meetings/{MEETINGS[channel_id]}/active-session/kick", body)
        return str(found["display_name"])

    async def poll(self, channel_id: str, question: str, answers: Sequence[str]) -> None:
        """Start a poll."""
        body = {"question": question, "options": answers, "anonymous": False, "hide_votes": False}
        await self._data("POST", f"/meetings/{MEETINGS[channel_id]}/active-session/poll", body)

    async def _data(self, method: str, path: str, body: Json | None = None) -> Json:
        async with self.http.request(method, APP + path, json=body) as response:
            data: Json = (await response.json())["data"]
            return data


def words(text: str) -> list[str]:
    """What was typed, in quotes."""
    return shlex.split(text)


def status_blocks(session: Json) -> list[Json]:
    """The title and the number of people."""
    live = f"*Live* · {session['live_participants']} people now"
    return [
        {"type": "header", "text": {"type": "plain_text", "text": session["meeting_display_name"]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": live}},
    ]


def who_blocks(people: Sequence[Json]) -> list[Json]:
    """The first twenty people."""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": one["display_name"]}} for one in people[:20]]


def options(people: Sequence[Json], typed: str) -> list[Json]:
    """The people whose names begin with what was typed."""
    found = [one for one in people if one["display_name"].lower().startswith(typed.lower())]
    return [
        {"text": {"type": "plain_text", "text": one["display_name"][:75]}, "value": one["user_id"]}
        for one in found[:100]
    ]
