"""The page's own server: what it tells, what it does, whom it refuses. The page itself is tested in tests/e2e."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.desk import Desk
from sandbox.slack import TOKEN
from sandbox.stage import serving
from tests.scene import Scene


@dataclass
class Browser:
    """What a browser sends."""

    http: aiohttp.ClientSession
    url: str

    async def act(self, **order: Any) -> tuple[int, Any]:
        whole = {"user": "U0ALICE001", "channel": "C0GENERAL1"} | order
        async with self.http.post(f"{self.url}/act", json=whole) as response:
            return response.status, await response.json()

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}{path}", headers=headers) as response:
            return response.status, await response.text()


@pytest.fixture
async def browser(scene: Scene) -> AsyncIterator[Browser]:
    desk = Desk(scene.on)
    async with serving(desk.app()) as url:
        yield Browser(scene.on.http, url)


async def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(browser: Browser) -> None:
    async with browser.http.get(browser.url) as response:
        policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none';" in policy


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=str
)
async def test_other_sites_are_refused(browser: Browser, headers: dict[str, str]) -> None:
    assert (await browser.get("/start", **headers))[0] == 403


async def test_a_form_of_another_site_s_is_refused(browser: Browser) -> None:
    async with browser.http.post(f"{browser.url}/act", data={"do": "type"}) as response:
        assert response.status == 415


@pytest.mark.parametrize(
    "order",
    [
        {"do": "fly"},
        {"do": "type"},
        {"do": "type", "text": "hello", "user": "U0NOBODY"},
        {"do": "click", "message": "1.1", "block": 0, "element": 0},
        {"do": "submit", "view": "V1"},
        {"do": "room", "what": "join", "meeting": "none", "name": "Ada"},
        {"do": "room", "what": "switch", "name": "slack", "to": "on fire"},
        {"do": "room", "what": "fly"},
    ],
    ids=str,
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(browser: Browser, order: dict[str, Any]) -> None:
    status, answer = await browser.act(**order)
    assert (status, list(answer)) == (400, ["cannot"])


async def test_nobody_joins_a_locked_meeting(browser: Browser, scene: Scene) -> None:
    scene.standup.status = "INACTIVE"
    status, _ = await browser.act(do="room", what="join", meeting=scene.standup.id, name="Eve")
    assert (status, len(scene.standup.names())) == (400, 3)


async def test_the_events_tell_what_a_person_sees_at_once(browser: Browser, scene: Scene) -> None:
    query = "user=U0MIKE0001&channel=C0GENERAL1"
    async with browser.http.get(f"{browser.url}/events?{query}") as stream:
        parts = {}
        while "traffic" not in parts:
            name = (await stream.content.readline()).decode().removeprefix("event: ").strip()
            parts[name] = json.loads((await stream.content.readline()).decode().removeprefix("data: "))
            await stream.content.readline()
    assert parts["messages"] == []
    assert [one["name"] for one in parts["channels"]] == ["general", "no-bot-here", "secret", "Alice Admin"]
    assert parts["room"]["meetings"][0]["count"] == 3


async def test_the_inspector_keeps_no_tokens(browser: Browser, scene: Scene) -> None:
    await browser.act(do="type", text="/session status")
    await scene.idle()
    bodies = [await browser.get(f"/exchange/{one.number}") for one in scene.on.traffic.exchanges]
    assert {status for status, _ in bodies} == {200}
    assert not [text for _, text in bodies if TOKEN in text]


async def test_a_bot_that_is_gone_is_told_in_slack_s_words(browser: Browser, scene: Scene) -> None:
    scene.slack.ack_delay = 60
    status, _ = await browser.act(do="type", text="/session help")
    assert status == 200
    assert "operation_timeout" in str(scene.slack.messages[-1].payload["text"])
