"""What many live cards cost, by the real rules and in virtual time: `python -m bench --scale`.

A channel is a live card of a meeting of its own, in which people come or go as often as `PACE` says; webhooks tell of
it. When a meeting is read again, what that may cost, and what Slack and Cloudflare take is decided by Usher's own code.
"""

import random
import statistics
from dataclasses import dataclass, field
from heapq import heappop, heappush

from bot.live.result import UpdateResult
from bot.live.timing import WHOLE_UPDATE, Intervals
from bot.realtimekit.limits import OVER_BUDGET_RETRY_AFTER, WINDOW, CallBudget
from bot.slack.client import RateLimits
from bot.store.records import Lease

CHANNELS = (10, 50, 100, 300, 1000)
PACE = (0.2, 2.0)
"""Changes in a meeting per minute: a quiet talk, a lively class."""
WARM, LASTS = 600.0, 1800.0
"""Seconds before anything is counted, and after."""
QUERIES, PUT_OFF = 13, 4
"""To the database for one update that changes a card (claimed, read for, noted, given back), or that is put off."""
LOCK_TTL, RECORDING_TTL = 60.0, 30.0


@dataclass(slots=True)
class _Meeting:
    lease: Lease
    changed_at: float | None = None
    free_at: float = 0.0
    turn: int = 0
    locked_at: float = -LOCK_TTL
    recorded_at: float = -RECORDING_TTL


@dataclass(slots=True)
class _Counted:
    calls: int = 0
    updates: int = 0
    refused: int = 0
    shown: int = 0
    delays: list[float] = field(default_factory=list)


class Simulation:
    """So many live cards, at so many changes a minute."""

    def __init__(self, channels: int, pace: float) -> None:
        self._now, self._dice = 0.0, random.Random(7)  # noqa: S311 - the same each time
        self._budget, self._limits = CallBudget(lambda: self._now), RateLimits(lambda: self._now)
        self._intervals, self._pace = Intervals(), pace / 60
        self._meetings = [_Meeting(Lease(str(number), 0.0, 0, ())) for number in range(channels)]
        self._queue: list[tuple[float, int, int, str]] = []
        self.counted = _Counted()
        for number in range(channels):
            self._push(self._dice.uniform(0, 15), number, "update")
            self._push(self._dice.expovariate(self._pace), number, "change")

    def _push(self, at: float, number: int, what: str) -> None:
        heappush(self._queue, (at, number, self._meetings[number].turn, what))

    def run(self) -> _Counted:
        """What it costs, once it has settled."""
        warm = False
        while (first := heappop(self._queue))[0] < WARM + LASTS:
            self._now, number, turn, what = first
            if not warm and self._now >= WARM:
                warm, self.counted = True, _Counted()
            meeting = self._meetings[number]
            if what == "change":
                meeting.changed_at = self._now if meeting.changed_at is None else meeting.changed_at
                self._push(self._now + self._dice.expovariate(self._pace), number, "change")
                self._again(number, max(self._now, meeting.free_at))
            elif turn == meeting.turn:
                self._update(number, meeting)
        return self.counted

    def _again(self, number: int, at: float) -> None:
        """This is when it is updated next, whatever was meant before."""
        self._meetings[number].turn += 1
        self._push(at, number, "update")

    def _update(self, number: int, meeting: _Meeting) -> None:
        result = UpdateResult(watched=True)
        self.counted.updates += 1
        if self._budget.available(background=True) < WHOLE_UPDATE:
            result.retry, result.retry_after = True, OVER_BUDGET_RETRY_AFTER
            self.counted.refused += 1
        else:
            self._read(meeting, result)
            if meeting.changed_at is not None:
                self._show(meeting, result)
        meeting.lease = Lease(meeting.lease.meeting_id, self._now, meeting.lease.quiet, meeting.lease.spent)
        release = self._intervals.release(meeting.lease, result, failed=False, meetings=len(self._meetings))
        if release is None:
            return
        meeting.lease = Lease(meeting.lease.meeting_id, self._now, release.quiet, release.spent)
        meeting.free_at = self._now + release.pause
        waits = release.pause if meeting.changed_at is not None or release.retry else release.due
        self._again(number, self._now + waits)

    def _read(self, meeting: _Meeting, result: UpdateResult) -> None:
        calls = 2  # the session, and the newest page of its people
        for name, ttl in (("locked_at", LOCK_TTL), ("recorded_at", RECORDING_TTL)):
            if self._now - getattr(meeting, name) >= ttl:
                setattr(meeting, name, self._now)
                calls += 1
        for _ in range(calls):
            self._budget.check("simulated", background=True)
            self._budget.count(background=True)
            self.counted.calls += 1
            result.calls += 1

    def _show(self, meeting: _Meeting, result: UpdateResult) -> None:
        if (wait := self._limits.wait("chat.update")) > 0:
            result.retry, result.away, result.retry_after = True, True, wait
            return
        self._limits.count("chat.update")
        self.counted.shown += 1
        self.counted.delays.append(self._now - (meeting.changed_at or 0.0))
        meeting.changed_at, result.changed = None, True


def scale() -> str:
    """A table."""
    head = (
        "| live cards | changes per minute in each | calls in 5 minutes | updates put off | `chat.update` per minute | "
        "queries per second | change shown after, median | p95 |"
    )
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for pace in PACE:
        for channels in CHANNELS:
            found = Simulation(channels, pace).run()
            delays = sorted(found.delays) or [float("nan")]
            figures = (
                f"{channels:,}",
                f"{pace:g}",
                f"{found.calls * WINDOW / LASTS:,.0f}",
                f"{100 * found.refused / max(1, found.updates):.0f}%",
                f"{found.shown * 60 / LASTS:.0f}",
                f"{((found.updates - found.refused) * QUERIES + found.refused * PUT_OFF) / LASTS:.0f}",
                f"{statistics.median(delays):.0f} s",
                f"{delays[int(len(delays) * 0.95) - 1]:.0f} s",
            )
            lines.append(f"| {' | '.join(figures)} |")
    return "\n".join(lines)
