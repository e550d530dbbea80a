"""The key that verifies deliveries: fetched where RealtimeKit publishes it, and cached."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp

from bot.realtimekit.exchange import read_body
from bot.realtimekit.webhooks import NoKey, key_in, signature_in, signed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

FETCH_TIMEOUT = 4.0
REFETCH_INTERVAL = 10.0
"""A key is fetched again after a failed check, since it may have changed; but at most this often."""
PAUSE_AFTER_FAILURE = 2.0
"""Nobody else tries for this long after a fetch failed."""


class KeyUnreachable(Exception):
    """The key could not be fetched, so nobody can say whether a delivery is genuine."""


class Keys:
    """Verifies deliveries by the key at `REALTIMEKIT_WEBHOOK_KEYS_URL`."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = url, clock
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=FETCH_TIMEOUT))
        self._lock = asyncio.Lock()
        self._key: RSAPublicKey | None = None
        self._fetched = self._failed = -REFETCH_INTERVAL

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def is_genuine(self, raw: bytes, header: str | None) -> bool:
        """Whether RealtimeKit signed this body, by its header `rtk-signature`. Raises `KeyUnreachable`."""
        signature = signature_in(header)
        if signature is None:
            return False
        key = self._key or await self._fetch(None)
        if signed(raw, signature, key):
            return True
        if (other := await self._fetch(key)) is key:
            return False
        return signed(raw, signature, other)

    async def _fetch(self, stale: "RSAPublicKey | None") -> "RSAPublicKey":
        """The key, fetched unless someone else just did; `stale` is the one by which a check failed."""
        async with self._lock:
            if self._key is not None and (self._key is not stale or self._clock() - self._fetched < REFETCH_INTERVAL):
                return self._key
            if self._clock() - self._failed < PAUSE_AFTER_FAILURE:
                raise KeyUnreachable("the last attempt to fetch it just failed")
            try:
                async with self._http.get(self._url, raise_for_status=True) as response:
                    found = key_in(await read_body(response))
            except (aiohttp.ClientError, TimeoutError, OSError, NoKey) as error:
                self._failed = self._clock()
                raise KeyUnreachable(type(error).__name__) from None
            self._fetched = self._clock()
            # The same key stays the same object, by which a caller knows that nothing has changed.
            if self._key is None or self._key.public_numbers() != found.public_numbers():
                self._key = found
            return self._key
