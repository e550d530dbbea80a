"""Reads that many askers share: one call, after which they go on one by one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, ParamSpec, TypeVar

from async_lru import alru_cache

P = ParamSpec("P")
T = TypeVar("T")

SHARED_TTL = 2.0
"""Reads of the same within this time (s) are one call to the API."""


class Shared(Generic[P, T]):
    """A read whose result is shared by all who ask for the same while it runs, or within `SHARED_TTL` after it.

    When it ends, those who waited for it go on one in each turn of the event loop. If a thousand people went on in the
    same turn, the next acknowledgment would wait for all of them.

    Args:
        read: what it raises is raised to all who wait, and not kept.
        maxsize: how many results are kept.

    Attributes:
        forget: has the next one who asks for this read it again.
    """

    def __init__(self, read: Callable[P, Awaitable[T]], maxsize: int = 1000) -> None:
        self._read = read
        self._running: set[Hashable] = set()
        self._kept = alru_cache(maxsize=maxsize, ttl=SHARED_TTL)(self._run)
        self._turn = asyncio.Lock()
        self.forget = self._kept.cache_invalidate

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result, read now or shared."""
        if self._kept.cache_contains(*args, **kwargs) and args not in self._running:
            return await self._kept(*args, **kwargs)
        self._running.add(args)
        try:
            return await self._kept(*args, **kwargs)
        finally:
            async with self._turn:
                await asyncio.sleep(0)

    async def _run(self, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._read(*args, **kwargs)
        finally:
            self._running.discard(args)
