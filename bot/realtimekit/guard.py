"""What stands before each call: an API that hangs or refuses is not asked again and again; the account's limit is kept.

Cloudflare blocks every call of an account for five minutes once it made too many
(https://developers.cloudflare.com/realtime/realtimekit/limits): dashboards and other tools use up the same limit.
"""

import time
from collections.abc import Awaitable, Callable

from bot.realtimekit.errors import Facts, Failing, RateLimited

HANGS = 5
"""Calls in a row that were not answered in time, after which nobody waits for the same again."""
ACCOUNT_CALLS = 3500
"""Cloudflare's limit for all calls of an account within five minutes."""
OURS = 0.9
"""Our part of it, at the most; what nobody waits for leaves the rest of that to those who do."""
BACKGROUND = 0.6
TRY_AGAIN_SECONDS = 30.0
PATIENCE = 2.0
"""Seconds after a "too many requests" in which nothing is sent for people; then one call finds out whether it holds."""


class Guard:
    """The state that all calls of one process share.

    Args:
        observe: hears whether calls are held back, and how many were made in five minutes.
        clock: seconds, for whoever tests.
    """

    def __init__(
        self,
        observe: Callable[[bool, int], None] = lambda *_: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._observe, self._clock = observe, clock
        self._refused_until = self._people_wait_until = float("-inf")
        self._hangs = 0
        self._probing = False
        self._used = self._mine = 0

    def before(self, endpoint: str, *, background: bool) -> None:
        """Let a call through, or not.

        Args:
            background: nobody waits for it.

        Raises:
            Failing: the API has not answered lately, and another call is waiting to see whether it does again.
            RateLimited: the account's limit is near, or the API said so and for how long.
        """
        now = self._clock()
        if now < (self._refused_until if background else self._people_wait_until):
            raise RateLimited(Facts(endpoint, message="not asked", retry_after=self._refused_until - now))
        most = ACCOUNT_CALLS * (BACKGROUND if background else OURS)
        if self._used + self._mine >= most:
            raise RateLimited(Facts(endpoint, message="our own limit", retry_after=TRY_AGAIN_SECONDS))
        if self._hangs >= HANGS:
            # One call at a time finds out whether the API answers again; as soon as it does, all are let through.
            if self._probing:
                raise Failing(Facts(endpoint, message="not asked"))
            self._probing = True
        self._mine += 1

    def after(self, *, hung: bool | None) -> None:
        """Note whether the API hung; None where the call was cut off before that could be known."""
        self._probing = False
        if hung is not None:
            self._hangs = self._hangs + 1 if hung else 0
        self._observe(self._hangs >= HANGS, self._used + self._mine)

    def refused(self, seconds: float) -> None:
        """Note that the API wants no calls for so many seconds."""
        now = self._clock()
        self._refused_until, self._people_wait_until = now + seconds, now + min(seconds, PATIENCE)

    async def share(self, add: Callable[[int], Awaitable[int]]) -> None:
        """Tell the other processes how many calls were made, and hear how many all made within five minutes.

        Args:
            add: adds this many calls to those of all; how many there are then. Raises where that cannot be known.
        """
        mine = self._mine
        if mine or self._used:
            self._used = await add(mine)
            self._mine -= mine
            self._observe(self._hangs >= HANGS, self._used + self._mine)
