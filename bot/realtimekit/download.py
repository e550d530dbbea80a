"""Fetches a file that RealtimeKit links to, from the public internet only and within limits.

A link is data from outside: it must not lead to this machine, into its network, or to anything without an end. The
connection goes to the very address that was checked. Our API token stays at home: the links are signed.
"""

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from yarl import URL

DOWNLOAD_TIMEOUT = 30.0
MAX_SUMMARY, MAX_TRANSCRIPT = 256 * 2**10, 10 * 2**20
"""Bytes."""
MAX_REDIRECTS = 3
_TYPES = (
    "text/plain",
    "text/csv",
    "text/markdown",
    "application/json",
    "application/csv",
    "application/octet-stream",
    "binary/octet-stream",
    "",
)
"""What texts are served as; storage often says no more than `octet-stream`."""


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotFetched(Exception):
    """The file was not fetched.

    Attributes:
        why: `forbidden`, `too_large`, `not_text`, `expired`, `unreachable`.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def is_transient(self) -> bool:
        """Whether the same may work later."""
        return self.why == "unreachable"


class _Public(AbstractResolver):
    """Resolves to public addresses alone; `loopback` for where the API itself is on this machine."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a host must be public, or it is refused."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = {str(one[4][0]) for one in found}
        if not addresses or not all(is_allowed(one, loopback=self._loopback) for one in addresses):
            raise NotFetched("forbidden")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is kept."""


def is_allowed(address: str, *, loopback: bool) -> bool:
    """Whether a file may be fetched from this address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.sixtofour or found.teredo or found in _NAT64:
            return False  # they lead to another address
        found = found.ipv4_mapped or found
    return found.is_loopback if loopback else found.is_global and not found.is_multicast


class Downloads:
    """Fetches files. `base_url`: of the API; only if that is on this machine, files may be there too."""

    def __init__(self, base_url: str, timeout: float = DOWNLOAD_TIMEOUT) -> None:
        self._timeout, host = timeout, urlsplit(base_url).hostname or ""
        self._loopback = host == "localhost" or is_allowed(host, loopback=True)

    async def text(self, url: SecretStr, limit: int) -> str:
        """The text behind a link, at most `limit` bytes of UTF-8. Raises `NotFetched`."""
        connector = aiohttp.TCPConnector(resolver=_Public(loopback=self._loopback), use_dns_cache=False)
        timeout = aiohttp.ClientTimeout(total=self._timeout, sock_connect=5)
        try:
            async with (
                asyncio.timeout(self._timeout),
                aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as http,
            ):
                return await self._follow(http, url.get_secret_value(), limit)
        except NotFetched:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise NotFetched("unreachable") from None

    async def _follow(self, http: aiohttp.ClientSession, url: str, limit: int) -> str:
        first = url
        for _ in range(MAX_REDIRECTS + 1):
            self._check(url, first)
            async with http.get(URL(url), allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    return await _read(response, limit)
                url = urljoin(url, response.headers.get("Location", ""))
        raise NotFetched("forbidden")

    def _check(self, url: str, first: str) -> None:
        # Its host is what the connection is made to, whatever letters spell it.
        parts, begun = URL(url), URL(first)
        host = parts.raw_host or ""
        numeric = bool(host) and (":" in host or host.replace(".", "").isdigit())
        if parts.user or parts.password or not host or (numeric and not is_allowed(host, loopback=self._loopback)):
            raise NotFetched("forbidden")
        if self._loopback:
            same = parts.origin() == begun.origin()
            allowed = parts.scheme in ("http", "https") and same
        else:
            allowed = parts.scheme == "https"
        if not allowed:
            raise NotFetched("forbidden")


async def _read(response: Any, limit: int) -> str:
    if response.status in (401, 403, 404, 410):
        raise NotFetched("expired")
    if response.status != 200:
        raise NotFetched("unreachable")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.headers.get("Content-Encoding", "identity") != "identity" or not any(
        kind.startswith(one) if one.endswith("/") else kind == one for one in _TYPES
    ):
        raise NotFetched("not_text")
    if (response.content_length or 0) > limit:
        raise NotFetched("too_large")
    raw = bytearray()
    async for piece in response.content.iter_any():
        raw += piece
        if len(raw) > limit:
            raise NotFetched("too_large")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotFetched("not_text") from None
    if "\0" in text:
        raise NotFetched("not_text")
    return text
