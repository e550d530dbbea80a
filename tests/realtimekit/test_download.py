"""Files are fetched from public addresses alone, within limits, and without our token."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.realtimekit.download import Downloads, NotFetched
from sandbox.stage import serving

LIMIT = 1000
REQUESTS = web.AppKey("requests", list[web.Request])


def bomb() -> web.Response:
    body = gzip.compress(b"x" * 10_000_000)
    return web.Response(body=body, content_type="text/plain", headers={"Content-Encoding": "gzip"})


ANSWERS: dict[str, Callable[[], web.Response]] = {
    "/good": lambda: web.Response(text="We ship on Thursday. ✓"),
    "/octets": lambda: web.Response(body=b"plain", content_type="application/octet-stream"),
    "/moved": lambda: web.Response(status=302, headers={"Location": "/good"}),
    "/around": lambda: web.Response(status=302, headers={"Location": "/around"}),
    "/expired": lambda: web.Response(status=403, text="<Error>expired</Error>"),
    "/broken": lambda: web.Response(status=500),
    "/large": lambda: web.Response(text="x" * (LIMIT + 1)),
    "/bomb": bomb,
    "/picture": lambda: web.Response(body=b"\x89PNG", content_type="image/png"),
    "/binary": lambda: web.Response(body=b"\xff\xfe\x00", content_type="text/plain"),
}


async def serve(request: web.Request) -> web.StreamResponse:
    request.app[REQUESTS].append(request)
    if request.path == "/away":
        return web.Response(status=302, headers={"Location": request.query["to"]})
    if answer := ANSWERS.get(request.path):
        return answer()
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    while request.transport is not None and not request.transport.is_closing():
        await response.write(b"." if request.path == "/drip" else b"x" * 500)
        await asyncio.sleep(0.01)
    return response


@pytest.fixture
async def files() -> AsyncIterator[tuple[str, list[web.Request]]]:
    app = web.Application()
    app[REQUESTS] = []
    app.router.add_get("/{path:.*}", serve)
    async with serving(app) as url:
        yield url, app[REQUESTS]


async def fetched(url: str, base: str, seconds: float = 5) -> str:
    """The text, or why there is none."""
    try:
        return await Downloads(base, seconds).text(SecretStr(url), LIMIT)
    except NotFetched as failed:
        return failed.why


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/good", "We ship on Thursday. ✓"),
        ("/octets", "plain"),
        ("/moved", "We ship on Thursday. ✓"),
        ("/around", "forbidden"),
        ("/expired", "expired"),
        ("/broken", "unreachable"),
        ("/large", "too_large"),
        ("/endless", "too_large"),
        ("/bomb", "not_text"),
        ("/picture", "not_text"),
        ("/binary", "not_text"),
    ],
)
async def test_a_text_within_the_limits_is_fetched_and_nothing_else(
    files: tuple[str, list[web.Request]], path: str, expected: str
) -> None:
    url, requests = files
    assert await fetched(url + path, url) == expected
    assert all("Authorization" not in request.headers for request in requests)


async def test_what_comes_too_slowly_is_given_up(files: tuple[str, list[web.Request]]) -> None:
    url, _ = files
    assert await fetched(f"{url}/drip", url, seconds=0.2) == "unreachable"


@pytest.mark.parametrize("base", ["https://api.cloudflare.com/client/v4", "https://10.0.0.1/"])
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "0", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("127\u30020\u30020\u30021", "127\uff0e0\uff0e0\uff0e1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        *("[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "2130706433", "0x7f.1", "224.0.0.1", "user@127.0.0.1"),
    ],
)
async def test_where_the_api_is_on_the_internet_no_private_address_is_asked(
    files: tuple[str, list[web.Request]], base: str, host: str
) -> None:
    url, requests = files
    port = url.rpartition(":")[2]
    for scheme in ("https", "http"):
        assert await fetched(f"{scheme}://{host}:{port}/good", base) == "forbidden"
    assert requests == []


@pytest.mark.parametrize(
    "url", ["http://files.example/x", "ftp://files.example/x", "https:///x", "x", "https://a:b@c/"]
)
async def test_only_https_is_followed(url: str) -> None:
    assert await fetched(url, "https://api.cloudflare.com/client/v4") == "forbidden"


async def test_on_this_machine_redirects_stay_where_they_began(files: tuple[str, list[web.Request]]) -> None:
    url, _ = files
    trap = web.Application()
    trap[REQUESTS] = []
    trap.router.add_get("/{path:.*}", serve)
    async with serving(trap) as elsewhere:
        for to in (f"{elsewhere}/good", "https://example.com/", "http://10.0.0.1/", "file:///etc/passwd"):
            assert await fetched(f"{url}/away?to={to}", url) == "forbidden"
    assert trap[REQUESTS] == []
