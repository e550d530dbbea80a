"""What Sentry is told of a fault: where it was, and nothing that somebody wrote."""

import asyncio
import gzip
import json
import subprocess
import sys
from typing import Any

from aiohttp import web

from sandbox.stage import serving
from tests.process import ROOT

FAULT = """
import sys, structlog
from pydantic import SecretStr
from bot import logs

logs.configure("INFO", "json", as_records=True)
assert logs.report_to_sentry(SecretStr(sys.argv[1]))
log = structlog.get_logger("bot.slack.runner")
typed = "words that somebody typed"
try:
    raise ValueError(f"no such thing: {typed}")
except ValueError:
    log.exception("a handler failed", request="abc12345", name="/kick")
log.warning("a request was refused", why="this is no fault")
import sentry_sdk
sentry_sdk.flush(5)
"""


async def test_sentry_is_told_where_a_fault_was_and_nothing_that_somebody_wrote() -> None:
    events: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        # aiohttp has unpacked it already, unless the server was told not to.
        raw = await request.read()
        lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).splitlines()
        events.extend(found for line in lines if (found := json.loads(line)).get("event_id") and "level" in found)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/api/1/envelope/", take)
    async with serving(app) as url:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FAULT, url.replace("://", "://key@") + "/1"), cwd=ROOT, stderr=subprocess.DEVNULL
        )
        assert await child.wait() == 0
    (event,) = events
    assert event["logentry"]["message"] == "a handler failed"
    assert event["tags"] == {"request": "abc12345", "name": "/kick"}
    (fault,) = event["exception"]["values"]
    assert fault["type"] == "ValueError"
    assert fault["stacktrace"]["frames"]
    assert "no such thing: words" not in json.dumps(event)
    assert "vars" not in json.dumps(event)
