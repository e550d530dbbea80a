"""`GET /metrics`, the line of each request, and what happens where too much is asked at once."""

import asyncio
import json
from typing import Any

import pytest

from bot.slack.runner import MAX_RUNNING
from bot.web import USHER
from sandbox.faults import Fault
from tests.scene import Actor, Scene

TOKEN = "0123456789abcdef-metrics"


async def page(scene: Scene, token: str | None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with scene.on.http.get(scene.on.bot_url + "/metrics", headers=headers) as response:
        return response.status, await response.text()


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


async def test_without_a_token_there_is_no_such_page(scene: Scene) -> None:
    assert (await page(scene, TOKEN))[0] == 404


@pytest.mark.settings(metrics_token=TOKEN)
async def test_only_the_token_opens_it(scene: Scene) -> None:
    for wrong in (None, "", TOKEN[:-1], "é" * 20):
        assert (await page(scene, wrong))[0] == 401


@pytest.mark.settings(metrics_token=TOKEN)
async def test_it_counts_and_times_what_happens(scene: Scene, alice: Actor) -> None:
    await alice.types("/session")
    await alice.types("/kick Ada")
    scene.realtimekit.faults["*"] = Fault("status", 500)
    await alice.types("/session who quiet")
    status, text = await page(scene, TOKEN)
    assert status == 200
    for line in (
        'usher_requests_total{kind="command",name="/session",outcome="done"} 1.0',
        'usher_requests_total{kind="command",name="/kick",outcome="done"} 1.0',
        'usher_requests_total{kind="command",name="/session",outcome="Unavailable"} 1.0',
        'usher_operations_total{state="done",what="kick"} 1.0',
        "usher_ack_seconds_count 3.0",
        'usher_upstream_seconds_count{endpoint="kick",service="realtimekit",status="200"} 1.0',
        'usher_upstream_seconds_count{endpoint="response_url",service="slack",status="200"} 2.0',
        'usher_retries_total{endpoint="meetings",service="realtimekit"} 2.0',
        "usher_breaker_open 0.0",
        'usher_build_info{version="0.1.0"} 1.0',
    ):
        assert line in text
    assert "Ada" not in text
    assert alice.user.id not in text


async def test_one_line_tells_who_what_where_the_outcome_and_where_the_time_went(
    alice: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    await alice.types("/kick Ada")
    lines = logged(caplog)
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["name"], line["outcome"], line["user"], line["channel"]) == (
        "/kick",
        "done",
        alice.user.id,
        alice.channel.id,
    )
    assert {"ms", "realtimekit_ms", "slack_ms", "database_ms"} <= line.keys()
    assert "Ada" not in json.dumps(lines)


async def test_all_lines_of_a_turn_carry_its_number_which_the_person_is_told_too(
    alice: Actor, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.realtimekit.faults["*"] = Fault("status", 500)
    await alice.types("/session")
    lines = logged(caplog)
    numbers = {line["request"] for line in lines if line["event"] in ("request", "realtimekit failed")}
    assert len(numbers) == 1
    assert f"request {numbers.pop()}" in alice.screen


async def test_where_too_much_waits_newcomers_are_told_at_once(alice: Actor, scene: Scene) -> None:
    over = asyncio.Event()
    for _ in range(MAX_RUNNING - 2):
        scene.on.bot[USHER].background.start(wait_for(over))
    gate = scene.realtimekit.faults["*"] = Fault("wait")
    alice.patient = False
    for _ in range(2):
        await alice.types("/session")
    for command in ("/session", "/kick Ada", "/poll"):
        await alice.types(command)
        assert "Usher is busy right now." in alice.read(alice.last)
    assert "No one was removed." in alice.screen
    gate.until.set()
    over.set()
    await scene.idle()
    assert alice.screen.count("3 here") == 2
