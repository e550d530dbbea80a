"""HTTP to RealtimeKit: one kept session, retries, limits, pages. What is sent and what comes back is `wire`'s."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import stamina
from pydantic import SecretStr

from bot.realtimekit import errors, wire
from bot.realtimekit.exchange import exchange
from bot.realtimekit.limits import Limits
from bot.settings import Settings

Observe = Callable[[str, str, float], None]
"""Hears of each call: endpoint, HTTP status or failure (or `retry` before it is sent again), seconds."""
CONNECT_TIMEOUT = 4.0
MAX_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Account:
    """Where the API is and with which right it is asked."""

    base_url: str
    account_id: str
    app_id: str
    token: SecretStr
    timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The app that the settings name."""
        return cls(
            settings.cloudflare_base_url,
            settings.cloudflare_account_id,
            settings.realtimekit_app_id,
            settings.cloudflare_api_token,
            settings.realtimekit_timeout,
        )


class Transport:
    """The connection to one app. Every call raises `RealtimeKitError`.

    Reads are retried after a failure on the way; what changes something is sent again only if the API did not get it,
    or said that it did not do it.
    """

    def __init__(self, account: Account, limits: Limits | None = None, observe: Observe = lambda *_: None) -> None:
        self._limits, self._observe, self._background = limits or Limits(), observe, False
        base = f"{account.base_url.rstrip('/')}/accounts/{account.account_id}/realtime/kit/{account.app_id}/"
        self._base = base
        self._first_page = 1
        self._timeout = account.timeout
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {account.token.get_secret_value()}", "Accept": "application/json"},
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_TIMEOUT, account.timeout)),
        )

    def in_background(self) -> Self:
        """The same connections, for calls that nobody waits for: those stop first when the account's limit is near."""
        other = copy.copy(self)
        other._background = True  # noqa: SLF001 - it is one of us
        return other

    @property
    def available(self) -> int:
        """How many calls fit into our share of the account's limit now."""
        return self._limits.budget.available(background=self._background)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    # One call

    async def _do(self, call: wire.Call) -> None:
        wire.decode(call, await self._send(call))

    async def _object(self, call: wire.Call) -> dict[str, Any]:
        return wire.data_object(call, await self._send(call))

    async def _page(
        self,
        endpoint: wire.Endpoint,
        query: dict[str, str],
        number: int,
        per_page: int,
        key: str | None = None,
        *ids: str,
    ) -> wire.Page:
        """A page of a list, counted from 0; a first one that lists nobody of those it counts is not understood."""
        page = await self._numbered_page(endpoint, query, number, per_page, key, *ids)
        if page.total and not page.rows and not number:
            raise errors.NotUnderstood(errors.Facts(endpoint.name, message="counted, not listed"))
        return page

    async def _numbered_page(
        self, endpoint: wire.Endpoint, query: dict[str, str], number: int, per_page: int, key: str | None, *ids: str
    ) -> wire.Page:
        """Which number the API gives its first page is found out: 0 or 1."""

        async def ask(page_no: int) -> wire.Page:
            call = endpoint.call(*ids, query=query | {"page_no": str(page_no), "per_page": str(per_page)})
            return wire.data_page(call, await self._send(call), key)

        page = await ask(self._first_page + number)
        if number or self._first_page == 0 or page.is_first(per_page):
            return page
        try:
            earlier = await ask(0)
        except errors.Rejected:
            return page
        if not earlier.is_first(per_page) or any(row in page.rows for row in earlier.rows):
            return page
        self._first_page = 0
        return earlier

    async def _send(self, call: wire.Call) -> wire.Reply:
        """The answer, whatever its body; retried as `wire.may_retry` says."""
        attempts = stamina.retry_context(
            on=lambda error: wire.may_retry(call, error),
            attempts=3,
            timeout=self._timeout,
            wait_initial=0.15,
            wait_max=1.0,
            wait_jitter=0.1,
        )
        async for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    self._observe(call.endpoint.name, "retry", 0.0)
                reply = await self._once(call)
                if reply.status >= 400:
                    wire.decode(call, reply)
                return reply
        raise AssertionError("stamina always returns a response or raises an error")

    async def _once(self, call: wire.Call) -> wire.Reply:
        self._limits.before(call.endpoint.name, background=self._background)
        began, status, timed_out = time.perf_counter(), "cancelled", None
        try:
            reply = await exchange(self._http, self._base, call, self._timeout)
        except errors.RealtimeKitError as error:
            status, timed_out = type(error).__name__, isinstance(error, errors.TimedOut)
            raise
        else:
            status, timed_out = str(reply.status), False
            if (seconds := wire.refused_for(reply)) is not None:
                self._limits.budget.hold(seconds)
            return reply
        finally:
            self._limits.after(timed_out=timed_out)
            self._observe(call.endpoint.name, status, time.perf_counter() - began)
