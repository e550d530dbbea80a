"""The routes. Verifies signatures and shapes before anything else sees a request."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.adapter.aiohttp import to_aiohttp_response

from bot.app import Usher, running
from bot.live.timing import Intervals
from bot.realtimekit import webhooks
from bot.realtimekit.keys import KeyUnreachable
from bot.settings import Settings
from bot.slack.app import dispatch
from bot.slack.request import decode_payload
from bot.slack.view_state import MalformedPayload
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

MAX_BODY = 2**20
"""Bytes; Slack's largest payloads, a modal with its state, stay far below."""
READY_TIMEOUT = 4.0
MAX_AGE = 300
"""Seconds for which Slack's signature is valid."""

USHER = web.AppKey("usher", Usher)
_NO_STORE = {"Cache-Control": "no-store"}


def build(settings: Settings, intervals: Intervals | None = None) -> web.Application:
    """The web application; Usher lives as long as it does. `intervals`: how often meetings are read for their cards."""
    app = web.Application(client_max_size=MAX_BODY)

    async def usher(app: web.Application) -> AsyncIterator[None]:
        async with running(settings, intervals or Intervals()) as app[USHER]:
            yield

    app.cleanup_ctx.append(usher)
    app.router.add_post("/slack/events", slack_events)
    app.router.add_get("/slack/events", ssl_check)
    app.router.add_post(webhooks.PATH, realtimekit_webhook)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


def reject_reason(raw: bytes, timestamp: str | None, signature: str | None, secret: str, now: float) -> str | None:
    """Why we do not believe that Slack sent this body within the last five minutes; None if we do.

    Over the raw bytes, and not by slack_sdk's `SignatureVerifier`: that decodes the body first and raises if it is not
    UTF-8, as it does for a timestamp that is no number and for a signature that is not ASCII.
    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    if not timestamp or not signature or not (timestamp + signature).isascii() or not timestamp.isdigit():
        return "the request isn't signed"
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(f"v0={digest}".encode(), signature.encode()):
        return "the signature doesn't match: check SLACK_SIGNING_SECRET"
    age = now - int(timestamp[:12])
    if len(timestamp) > 12 or abs(age) > MAX_AGE:
        return f"the request is {age:.0f} s old: a replay, or this machine's clock is off"
    return None


async def slack_events(request: web.Request) -> web.Response:
    """`POST /slack/events`: commands, clicks, submissions, menus and events."""
    began = time.perf_counter()
    raw = await request.read()
    usher, headers = request.app[USHER], request.headers
    secret = usher.settings.slack_signing_secret.get_secret_value()
    timestamp, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
    if why := reject_reason(raw, timestamp, signature, secret, time.time()):
        log.warning("request rejected", why=why)
        return web.Response(status=401, text="bad signature")
    try:
        response = await dispatch(usher.bolt, decode_payload(raw, request.content_type))
    except MalformedPayload as error:
        log.warning("malformed request", why=str(error))
        return web.Response(status=400, text="malformed")
    usher.metrics.acks.observe(time.perf_counter() - began)
    return await to_aiohttp_response(response)


async def realtimekit_webhook(request: web.Request) -> web.Response:
    """`POST /realtimekit/webhook`: an event; accepted once it is stored, or refused so that it comes again (503).

    https://developers.cloudflare.com/realtime/realtimekit/webhooks/
    """
    raw, usher = await request.read(), request.app[USHER]
    try:
        genuine = await usher.keys.is_genuine(raw, request.headers.get("rtk-signature"))
        if genuine:
            await usher.scheduler.receive(raw, request.headers.get("rtk-uuid"))
    except KeyUnreachable as error:
        log.warning("webhook not verifiable", error=str(error))
        return web.Response(status=503, text="webhook key unavailable")
    except StoreError as error:
        log.warning("webhook not stored", error=str(error))
        return web.Response(status=503, text="database unavailable")
    except webhooks.MalformedPayload:
        return web.Response(status=400, text="malformed")
    if not genuine:
        log.warning("webhook rejected")
        return web.Response(status=401, text="bad signature")
    return web.Response(text="ok")


async def ssl_check(request: web.Request) -> web.Response:
    """`GET /slack/events`: Slack checks the certificate now and then."""
    return web.Response()


async def healthz(request: web.Request) -> web.Response:
    """`GET /healthz`: the process serves; nothing else is asked."""
    return web.json_response({"status": "ok"}, headers=_NO_STORE)


async def metrics(request: web.Request) -> web.Response:
    """`GET /metrics`: figures for Prometheus, for whoever has `METRICS_TOKEN`."""
    usher = request.app[USHER]
    if usher.settings.metrics_token is None:
        raise web.HTTPNotFound
    expected = f"Bearer {usher.settings.metrics_token.get_secret_value()}".encode()
    if not hmac.compare_digest(expected, request.headers.get("Authorization", "").encode(errors="replace")):
        return web.Response(status=401, text="Send METRICS_TOKEN as a bearer token.")
    usher.metrics.running.set(usher.background.running)
    return web.Response(body=usher.metrics.page(), headers=_NO_STORE | {"Content-Type": CONTENT_TYPE_LATEST})


async def readyz(request: web.Request) -> web.Response:
    """`GET /readyz`: Slack, RealtimeKit and the database answer; 503 if one does not."""
    try:
        async with asyncio.timeout(READY_TIMEOUT):
            parts = await request.app[USHER].readiness.parts()
    except TimeoutError:
        parts = {"timed_out": False}
    ready = all(parts.values())
    body = {"status": "ok" if ready else "not ready"} | {name: "ok" if up else "failing" for name, up in parts.items()}
    return web.json_response(body, status=200 if ready else 503, headers=_NO_STORE)
