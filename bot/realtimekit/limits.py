"""What stands before each call: a circuit breaker for an API that hangs, and a budget for the account's limit.

Cloudflare blocks every call of an account for five minutes once it made too many
(https://developers.cloudflare.com/realtime/realtimekit/limits); dashboards and other tools use up the same limit.
"""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import may_have_happened
from bot.realtimekit.errors import CircuitOpen, Facts, RateLimited

MAX_TIMEOUTS = 5
"""Calls in a row without an answer in time, after which nobody waits for the same again."""
ACCOUNT_CALLS = 3500
"""Cloudflare's limit for all calls of an account within five minutes."""
MAX_SHARE, MAX_BACKGROUND_SHARE = 0.9, 0.6
"""Our share of it at most. Calls that nobody waits for leave the rest of it to those that people wait for."""
WINDOW = 300.0
"""Those five minutes, in seconds; what is not heard of for so long is over."""
PACE = 60.0
"""Seconds over which calls that nobody waits for are spread. If a thousand live cards spent the five minutes' share in
one, Slack, which takes some 45 changes of messages a minute, would take the rest of theirs never."""
OVER_BUDGET_RETRY_AFTER = 30.0
MAX_HOLD_FOR_PEOPLE = 2.0
"""Seconds after a "too many requests" in which nothing is sent for people; then one call finds out whether it holds."""


class CircuitBreaker:
    """Keeps people from waiting for an API that does not answer."""

    def __init__(self) -> None:
        self._timeouts = 0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._timeouts >= MAX_TIMEOUTS

    def before(self, endpoint: str) -> None:
        """Let a call through. While the circuit is open, one call at a time finds out whether the API answers again.

        Raises:
            CircuitOpen: the API has not answered lately, and another call is finding out.
        """
        if self.is_open:
            if self._probing:
                raise CircuitOpen(Facts(endpoint, message="not called"))
            self._probing = True

    def after(self, *, timed_out: bool | None) -> None:
        """Note how a call ended; None if it was cancelled before that could be known."""
        self._probing = False
        if timed_out is not None:
            self._timeouts = self._timeouts + 1 if timed_out else 0


class CallBudget:
    """Keeps the account's limit, together with the other processes. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held_until = self._held_for_people_until = float("-inf")
        self._total, self._told_at = 0, float("-inf")
        self._unshared: deque[float] = deque()
        self._paced: deque[float] = deque()

    @property
    def used(self) -> int:
        """Calls of all processes within five minutes, as far as this one knows."""
        since = self._clock() - WINDOW
        while self._unshared and self._unshared[0] <= since:
            self._unshared.popleft()
        return (self._total if self._told_at > since else 0) + len(self._unshared)

    def check(self, endpoint: str, *, background: bool) -> None:
        """Whether a call fits. Raises `RateLimited`: the limit is near, or the API said so and for how long."""
        if self.available(background=background):
            return
        if (held := self._held_until - self._clock()) > 0:
            raise RateLimited(Facts(endpoint, message="not called", retry_after=held))
        raise RateLimited(Facts(endpoint, message="our own limit", retry_after=OVER_BUDGET_RETRY_AFTER))

    def available(self, *, background: bool) -> int:
        """How many calls fit now."""
        if self._clock() < (self._held_until if background else self._held_for_people_until):
            return 0
        left = int(ACCOUNT_CALLS * (MAX_BACKGROUND_SHARE if background else MAX_SHARE)) - self.used
        if background:
            while self._paced and self._paced[0] <= self._clock() - PACE:
                self._paced.popleft()
            left = min(left, int(ACCOUNT_CALLS * MAX_BACKGROUND_SHARE * PACE / WINDOW) - len(self._paced))
        return max(0, left)

    def count(self, *, background: bool) -> None:
        """Count one call."""
        self._unshared.append(self._clock())
        if background:
            self._paced.append(self._clock())

    def hold(self, seconds: float) -> None:
        """The API wants no calls for so many seconds."""
        now = self._clock()
        self._held_until = now + seconds
        self._held_for_people_until = now + min(seconds, MAX_HOLD_FOR_PEOPLE)

    async def share(self, add: Callable[[int], Awaitable[int]]) -> None:
        """Exchange counts with the other processes.

        Args:
            add: adds our calls to those of all processes; the total within five minutes. What it raises says by
                `may_have_happened` whether they may have been added.
        """
        if not (self.used or self._total):
            return
        ours = self._unshared.copy()
        try:
            self._total, self._told_at = await add(len(ours)), self._clock()
        except Exception as error:
            if may_have_happened(error):
                self._forget(ours)
            raise
        self._forget(ours)

    def _forget(self, shared: Sequence[float]) -> None:
        """These calls are counted by the database now."""
        last = shared[-1] if shared else float("-inf")
        while self._unshared and self._unshared[0] <= last:
            self._unshared.popleft()


class Limits:
    """Both, as all calls of one process share them.

    Args:
        observe: hears whether the circuit is open, and how many calls were made in five minutes.
        clock: seconds that only grow.
    """

    def __init__(
        self, observe: Callable[[bool, int], None] = lambda *_: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._observe = observe
        self.breaker, self.budget = CircuitBreaker(), CallBudget(clock)

    def before(self, endpoint: str, *, background: bool) -> None:
        """Let a call through, or not.

        Args:
            background: nobody waits for it.

        Raises:
            CircuitOpen, RateLimited: as they say.
        """
        self.budget.check(endpoint, background=background)
        self.breaker.before(endpoint)
        self.budget.count(background=background)

    def after(self, *, timed_out: bool | None) -> None:
        """Note how a call ended; None if it was cancelled before that could be known."""
        self.breaker.after(timed_out=timed_out)
        self._report()

    async def share(self, add: Callable[[int], Awaitable[int]]) -> None:
        """Exchange counts with the other processes; see `CallBudget.share`."""
        await self.budget.share(add)
        self._report()

    def _report(self) -> None:
        self._observe(self.breaker.is_open, self.budget.used)
