"""When a meeting is read again, and how many API calls that may take. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.live.result import UpdateResult
from bot.store.records import Lease, Release

MIN_CALLS = 2
"""An update reads the session and the newest of its participants."""
WHOLE_UPDATE = 4
"""Now and then it also reads whether the meeting is locked, and recorded."""
MAX_PROMPT_RETRIES = 4
"""Updates in a row that are tried again soon after they failed."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often meetings are read, in seconds.

    Attributes:
        gap: between two updates of one meeting, at least.
        window, calls: within this window a meeting costs at most that many calls to RealtimeKit.
        soon: until the next update if nothing is heard, after something has changed; grows while nothing does.
        longest: it does not grow beyond this.
        unwatched: the same for a meeting without live cards, whose starts and ends are announced.
        tick: between two looks at the queue.
        update: an update takes no longer.
        after: a session's end, it is looked for what it left behind.
        lease: no other process updates it for this long; if a process dies, the others wait that long.
    """

    gap: float = 3.0
    window: float = 10.0
    calls: int = 10
    soon: float = 15.0
    longest: float = 55.0
    unwatched: float = 300.0
    tick: float = 1.0
    update: float = 20.0
    lease: float = 25.0
    after: tuple[float, ...] = (30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 3600.0)

    def allowed(self, spent: Sequence[tuple[float, int]], now: float) -> int:
        """How many calls an update at this moment may make."""
        return self.calls - sum(calls for at, calls in spent if now - at < self.window)

    def next_update(self, quiet: int, *, watched: bool, meetings: int) -> float:
        """Seconds until the next update if nothing is heard.

        Args:
            meetings: how many are followed: together they must leave the API to people who wait.
        """
        longest = max(self.longest if watched else self.unwatched, 0.4 * meetings)
        return min(longest, self.soon * 1.5 ** min(quiet, 20))

    def release(self, lease: Lease, result: UpdateResult, *, failed: bool, meetings: int) -> Release | None:
        """How a meeting is given back after an update; None if nobody is interested in it.

        Args:
            failed: the update ended in an error.
            meetings: how many are followed.
        """
        if not (result.wanted or result.retry or failed):
            return None
        spent = [(at, calls) for at, calls in lease.spent if lease.now - at < self.window]
        if result.calls:
            spent.append((lease.now, result.calls))
        quiet = 0 if result.changed else lease.quiet + 1
        retry = result.retry or (failed and lease.quiet < MAX_PROMPT_RETRIES)
        pause = max(self.gap, result.retry_after)
        if retry and not result.retry_after:
            # What failed is tried again soon, and then ever later.
            pause = max(pause, min(self.longest, self.gap * 2**lease.quiet))
        if self.allowed(spent, lease.now + pause) < MIN_CALLS:
            pause = max(pause, self.window)
        due = self.window if result.partial else self.next_update(quiet, watched=result.watched, meetings=meetings)
        if result.due_in is not None:
            due = min(due, result.due_in)
        return Release(pause, max(due, pause), quiet, spent, retry)
