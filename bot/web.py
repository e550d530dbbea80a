"""The routes. Checks signatures and shapes before anything else sees a request."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncBoltRequest

from bot.app import Usher, running
from bot.ask import Malformed, ask_of, payload_of
from bot.live import Pace
from bot.realtimekit import webhooks
from bot.realtimekit.keys import KeyUnreachable
from bot.settings import Settings
from bot.store.errors import StoreError

log = structlog.get_logger(__name__)

MOST_BYTES = 2**20
"""Slack's largest payloads, a modal with its state, stay far below."""
READY_SECONDS = 4.0

USHER = web.AppKey("usher", Usher)
_NO_STORE = {"Cache-Control": "no-store"}


def build(settings: Settings, pace: Pace | None = None) -> web.Application:
    """The web application; Usher lives as long as it does.

    Args:
        pace: how often meetings are looked at for their cards.
    """
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_no_surprises])

    async def usher(app: web.Application) -> AsyncIterator[None]:
        async with running(settings, pace or Pace()) as app[USHER]:
            yield

    app.cleanup_ctx.append(usher)
    app.router.add_post("/slack/events", slack_events)
    app.router.add_get("/slack/events", ssl_check)
    app.router.add_post(webhooks.PATH, realtimekit_webhook)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


def distrust(raw: bytes, timestamp: str | None, signature: str | None, secret: str, now: float) -> str | None:
    """Why we do not believe that Slack sent this body within the last five minutes; None where we do.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    if not timestamp or not signature or not (timestamp + signature).isascii() or not timestamp.isdigit():
        return "it is not signed"
    # Over the raw bytes: slack_sdk's verifier decodes them first, and raises where they are no UTF-8.
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(f"v0={digest}".encode(), signature.encode()):
        return "its signature is not Slack's, or SLACK_SIGNING_SECRET is of another app"
    off = now - int(timestamp[:12])
    if len(timestamp) > 12 or abs(off) > 300:
        return f"it is {off:.0f} s old: it was sent again, or this machine's clock is wrong"
    return None


async def slack_events(request: web.Request) -> web.Response:
    """`POST /slack/events`: commands, clicks, submissions, menus and events."""
    began = time.perf_counter()
    raw = await request.read()
    usher, headers = request.app[USHER], request.headers
    secret = usher.settings.slack_signing_secret.get_secret_value()
    stamp, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
    if why := distrust(raw, stamp, signature, secret, time.time()):
        log.warning("a request was refused", why=why)
        return web.Response(status=401, text="bad signature")
    payload = payload_of(raw, request.content_type)
    if payload.get("type") == "url_verification":
        return web.json_response({"challenge": str(payload.get("challenge", ""))})
    if "ssl_check" in payload:
        return web.Response()
    # "socket_mode" is Bolt's word for: the body is decoded already, and its origin is sure.
    # Bolt is given no more of the payload than the `Ask`: it reads fields that nobody checked.
    bolt_request = AsyncBoltRequest(body={}, mode="socket_mode", context={"ask": ask_of(payload)})
    answer = await to_aiohttp_response(await usher.bolt.async_dispatch(bolt_request))
    usher.metrics.acks.observe(time.perf_counter() - began)
    return answer


async def realtimekit_webhook(request: web.Request) -> web.Response:
    """`POST /realtimekit/webhook`: an event; taken once it is written down, or refused so that it comes again (503).

    https://developers.cloudflare.com/realtime/realtimekit/webhooks/
    """
    raw, usher = await request.read(), request.app[USHER]
    try:
        genuine = await usher.keys.vouch_for(raw, request.headers.get("rtk-signature"))
        if genuine:
            await usher.live.take(raw, request.headers.get("rtk-uuid"))
    except KeyUnreachable as error:
        log.warning("a webhook cannot be checked", error=str(error))
        return web.Response(status=503, text="the key is out of reach")
    except StoreError as error:
        log.warning("a webhook cannot be written down", error=str(error))
        return web.Response(status=503, text="the database is out of reach")
    except webhooks.Malformed:
        return web.Response(status=400, text="malformed")
    if not genuine:
        log.warning("a webhook without a valid signature was refused")
        return web.Response(status=401, text="bad signature")
    return web.Response(text="ok")


async def ssl_check(request: web.Request) -> web.Response:
    """`GET /slack/events`: Slack looks at the certificate now and then."""
    return web.Response()


async def healthz(request: web.Request) -> web.Response:
    """`GET /healthz`: the process serves; nothing else is asked."""
    return web.json_response({"status": "ok"}, headers=_NO_STORE)


async def metrics(request: web.Request) -> web.Response:
    """`GET /metrics`: figures for Prometheus, for whoever has `METRICS_TOKEN`."""
    usher = request.app[USHER]
    if usher.settings.metrics_token is None:
        raise web.HTTPNotFound
    wanted = f"Bearer {usher.settings.metrics_token.get_secret_value()}".encode()
    if not hmac.compare_digest(wanted, request.headers.get("Authorization", "").encode(errors="replace")):
        return web.Response(status=401, text="METRICS_TOKEN is wanted, as bearer token")
    usher.metrics.running.set(usher.work.running)
    return web.Response(body=usher.metrics.page(), headers=_NO_STORE | {"Content-Type": CONTENT_TYPE_LATEST})


async def readyz(request: web.Request) -> web.Response:
    """`GET /readyz`: Slack, RealtimeKit and the database answer; 503 where one does not."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            parts = await request.app[USHER].ready()
    except TimeoutError:
        parts = {"answered in time": False}
    ready = all(parts.values())
    body = {"status": "ok" if ready else "not ready"} | {name: "ok" if up else "failing" for name, up in parts.items()}
    return web.json_response(body, status=200 if ready else 503, headers=_NO_STORE)


@web.middleware
async def _no_surprises(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer what is malformed with 400, and what is too large with 413; log no body."""
    try:
        return await handler(request)
    except Malformed as error:
        log.warning("a malformed request was refused", why=str(error))
        return web.Response(status=400, text="malformed")
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413, text="too large")
