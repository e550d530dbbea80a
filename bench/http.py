"""The least of HTTP that a load needs: in Python, aiohttp itself on both ends would be what is measured."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext

Handler = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]] | tuple[int, bytes]]
"""Method, path and body in; status and JSON out."""


class _Messages(asyncio.Protocol):
    """Cuts a stream into heads and bodies; every body here has a length."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self.transport = transport  # type: ignore[assignment]  # streams are what we open

    def data_received(self, data: bytes) -> None:
        """Hand out every whole message."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self.got(head, body)

    def got(self, head: bytes, body: bytes) -> None:
        """A message came."""
        raise NotImplementedError


@dataclass(slots=True)
class Served:
    """What came to a server.

    Attributes:
        connections: how many were opened.
    """

    connections: int = 0


async def serve(handler: Handler, served: Served, tls: SSLContext | None = None) -> tuple[asyncio.Server, int]:
    """Serve on a free port of this machine; the server and its port."""

    class Connection(_Messages):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            served.connections += 1

        def got(self, head: bytes, body: bytes) -> None:
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            answer = handler(method, path, body)
            if isinstance(answer, tuple):
                self.send(answer)
            else:
                asyncio.ensure_future(self.later(answer))  # noqa: RUF006 - the loop outlives it

        async def later(self, answer: Awaitable[tuple[int, bytes]]) -> None:
            self.send(await answer)

        def send(self, answer: tuple[int, bytes]) -> None:
            status, body = answer
            if not self.transport.is_closing():
                extra = b"Retry-After: 1\r\n" if status == 429 else b""
                head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
                self.transport.write(head % (status, extra, len(body)) + body)

    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, ssl=tls, backlog=2000)
    return server, int(server.sockets[0].getsockname()[1])


class Client:
    """Kept connections to one port, each with one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: deque[_Exchange] = deque()

    async def send(self, path: str, body: bytes, headers: bytes) -> int:
        """POST; the status of the answer."""
        exchange = self._free.popleft() if self._free else await self._open()
        request = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %d\r\n\r\n"
        status = await exchange.send(request % (path.encode(), headers, len(body)) + body)
        if not exchange.transport.is_closing():
            self._free.append(exchange)
        return status

    async def _open(self) -> "_Exchange":
        _, protocol = await asyncio.get_running_loop().create_connection(_Exchange, "127.0.0.1", self._port)
        return protocol

    def close(self) -> None:
        """Close the connections."""
        for exchange in self._free:
            exchange.transport.close()


class _Exchange(_Messages):
    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int]

    async def send(self, request: bytes) -> int:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def got(self, head: bytes, body: bytes) -> None:
        self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_result(0)
