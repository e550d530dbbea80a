"""RealtimeKit's webhooks: who is registered, and deliveries that are really signed, sent, and sent again.

https://developers.cloudflare.com/realtime/realtimekit/webhooks/
"""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.shapes import Json, iso, webhook_json
from sandbox.specification import Refused
from sandbox.traffic import Traffic
from sandbox.world import Happening, Session, World, now

TRIES = 6
SENDERS = 4
PAUSE = 0.5
"""Seconds before the second try; each further one waits twice as long."""

Act = Callable[[dict[str, str], dict[str, str], Any], tuple[int, Json]]


@cache
def key() -> rsa.RSAPrivateKey:
    """The key that this stand-in signs with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(body: bytes, by: rsa.RSAPrivateKey | None = None) -> str:
    """`rtk-signature` of a body."""
    return base64.b64encode((by or key()).sign(body, padding.PKCS1v15(), SHA256())).decode()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one URL."""

    url: str
    webhook_id: str
    event: str
    body: bytes
    uuid: str


class Webhooks:
    """The registrations and the deliveries.

    Attributes:
        registered: as the API shows them.
        keys_fail: whether the key cannot be fetched.
        keys_fetched: how often it was.
        deliver: what happens to each delivery; a test makes some get lost, or come twice.
    """

    def __init__(self, world: World, app: str, traffic: Traffic) -> None:
        self._app, self._traffic = app, traffic
        self.registered: list[Json] = []
        self.keys_fail = False
        self.keys_fetched = 0
        self.deliver: Callable[[Delivery], Sequence[Delivery]] = lambda delivery: [delivery]
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self.acts: dict[str, Act] = {
            "webhooks": self._list,
            "create_webhook": self._create,
            "mend_webhook": self._mend,
            "delete_webhook": self._delete,
        }
        world.listeners.append(self._happened)

    # The API

    def register(self, name: str, url: str, events: Sequence[str], *, enabled: bool = True) -> Json:
        """Register a URL. Raises `Refused` where it is registered already."""
        if any(hook["url"] == url for hook in self.registered):
            raise Refused(409, "A webhook with this URL exists already")
        stamp = iso(now())
        hook: Json = {"id": str(uuid.uuid4()), "name": name, "url": url, "events": list(events), "enabled": enabled}
        self.registered.append(hook | {"created_at": stamp, "updated_at": stamp})
        return self.registered[-1]

    def _list(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, {"success": True, "data": self.registered}

    def _create(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        hook = self.register(body["name"], body["url"], body["events"], enabled=body.get("enabled", True))
        return 201, {"success": True, "data": hook}

    def _mend(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        hook = self._known(names["w"])
        hook |= body | {"updated_at": iso(now())}
        return 200, {"success": True, "data": hook}

    def _delete(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        hook = self._known(names["w"])
        self.registered.remove(hook)
        return 200, {"success": True, "data": hook}

    def _known(self, webhook_id: str) -> Json:
        for hook in self.registered:
            if hook["id"] == webhook_id:
                return hook
        raise Refused(404, "Webhook not found")

    async def publish_key(self, request: web.Request) -> web.StreamResponse:
        """`GET /.well-known/webhooks.json`."""
        self.keys_fetched += 1
        if self.keys_fail:
            return web.Response(status=503)
        pem = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return web.json_response({"success": True, "data": {"publicKey": pem}, "message": ""})

    # The deliveries

    def tell(self, event: str, session: Session, more: Json) -> None:
        """Tell of something that is not about people: a recording, a transcript, a summary."""
        self._happened(Happening(event, session), more)

    def _happened(self, happening: Happening, more: Json | None = None) -> None:
        for hook in self.registered:
            if hook["enabled"] and happening.event in hook["events"]:
                body = json.dumps(webhook_json(happening, self._app) | (more or {})).encode()
                delivery = Delivery(hook["url"], hook["id"], happening.event, body, str(uuid.uuid4()))
                for one in self.deliver(delivery):
                    self._queue.put_nowait(one)

    async def delivering(self, app: web.Application) -> AsyncIterator[None]:
        """Send what happens while the stand-in is served."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            senders = [asyncio.create_task(self._send_all(http)) for _ in range(SENDERS)]
            yield
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until everything was delivered, or given up."""
        await self._queue.join()

    async def _send_all(self, http: aiohttp.ClientSession) -> None:
        while True:
            delivery = await self._queue.get()
            try:
                await self._send(http, delivery)
            finally:
                self._queue.task_done()

    async def _send(self, http: aiohttp.ClientSession, delivery: Delivery) -> None:
        """Deliver: any 2xx is done, 5xx and network errors are tried again, everything else has failed for good."""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE * 2 ** (attempt - 1))
            if 0 < await self.send_once(http, delivery) < 500:
                return

    async def send_once(self, http: aiohttp.ClientSession, delivery: Delivery, **headers: str) -> int:
        """Send a delivery, properly signed unless told otherwise; the HTTP status, 0 where there was none."""
        every = {
            "Content-Type": "application/json",
            "rtk-signature": sign(delivery.body),
            "rtk-uuid": delivery.uuid,
            "rtk-webhook-id": delivery.webhook_id,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        began, status, answer = time.time(), 0, b""
        try:
            async with http.post(delivery.url, data=delivery.body, headers=every) as response:
                status, answer = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError):
            pass
        self._traffic.add(
            "RealtimeKit", "Usher", delivery.event, status, began=began, request=delivery.body, answer=answer
        )
        return status
