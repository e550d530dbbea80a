"""One request and its answer over HTTP; what goes wrong on the way, and whether the request may have arrived."""

import asyncio
from typing import Any

import aiohttp

from bot.realtimekit import errors, wire
from bot.realtimekit.errors import Facts

MAX_BODY = 8 * 2**20


async def exchange(http: aiohttp.ClientSession, base: str, call: wire.Call, seconds: float) -> wire.Reply:
    """Send one request and read its answer, both within so many seconds. Raises `Unavailable`, `TimedOut`."""
    # Without a body there is no content type either.
    body: dict[str, Any] = {"skip_auto_headers": ["Content-Type"]} if call.body is None else {"json": call.body}
    try:
        # The timeout includes the wait for a free connection: people who would wait too long are told.
        async with asyncio.timeout(seconds):
            request = http.request(call.endpoint.method, base + call.path, params=call.query, **body)
            async with request as response:
                return wire.Reply(response.status, response.headers, await read_body(response))
    except aiohttp.ClientConnectorError as error:
        raise errors.Unavailable(_lost(call, error, may_have_happened=False)) from None
    except aiohttp.ConnectionTimeoutError as error:
        raise errors.TimedOut(_lost(call, error, may_have_happened=False)) from None
    except TimeoutError as error:
        raise errors.TimedOut(_lost(call, error, may_have_happened=True)) from None
    except (aiohttp.ClientError, OSError) as error:
        raise errors.Unavailable(_lost(call, error, may_have_happened=True)) from None


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """The body; cut off where it grows beyond reason, after which it is no longer JSON and refused as such."""
    raw = bytearray()
    async for piece in response.content.iter_any():
        raw += piece
        if len(raw) > MAX_BODY:
            break
    return bytes(raw)


def _lost(call: wire.Call, error: BaseException, *, may_have_happened: bool) -> Facts:
    happened = may_have_happened and call.endpoint.method != "GET"
    return Facts(call.endpoint.name, message=type(error).__name__, may_have_happened=happened)
