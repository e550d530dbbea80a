"""How the stand-in for RealtimeKit fails, as a real service does."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

RAY = "8f00ba7c0ffee000-AMS"
"""Cloudflare's id of each response."""


@dataclass(slots=True)
class Fault:
    """How the next calls fail.

    Attributes:
        kind: `status` (with `status` and `body`), `reset` (the connection dies), `reset_after` (it dies after the
            deed), `hang`, `delay` (`seconds`, then as usual), `wait` (for `until`, then as usual), `cut` (half of the
            true body).
        times: how many calls; None for all.
    """

    kind: str
    status: int = 500
    body: str = '{"success":false,"error":{"code":500,"message":"Internal Server Error"}}'
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    times: int | None = None
    content_type: str = "application/json"
    until: asyncio.Event = field(default_factory=asyncio.Event)


async def fail(
    fault: Fault, request: web.Request, act: Callable[[], tuple[int, dict[str, Any]]]
) -> web.StreamResponse | None:
    """Fail one request; None if it is answered as usual after all. `act` carries it out."""
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return None
        case "wait":
            await fault.until.wait()
            return None
        case "hang":
            await asyncio.sleep(fault.seconds or 3600)
            return None
        case "status":
            headers = {"cf-ray": RAY} | fault.headers
            return web.Response(status=fault.status, text=fault.body, headers=headers, content_type=fault.content_type)
        case "cut":
            whole = json.dumps(act()[1]).encode()
            response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
            await response.prepare(request)
            await response.write(whole[: len(whole) // 2])
        case "reset_after":
            act()
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
