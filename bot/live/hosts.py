"""Whether people are in a meeting without a host, and since when. Pure.

Who waits in a waiting room cannot be seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.realtimekit.models import PeerRow


@dataclass(frozen=True, slots=True)
class Hosting:
    """Who leads a session, as a channel sees it.

    Attributes:
        since: from when on people have been in without a host; None if a host is in, or nobody.
        host: a host who is in.
        host_since: when they joined.
        waiting: how many are in.
    """

    since: datetime | None = None
    host: str | None = None
    host_since: datetime | None = None
    waiting: int = 0


def hosting(rows: Sequence[PeerRow], is_host: Callable[[PeerRow], bool], now: datetime) -> Hosting:
    """Who leads a session, from all of its connections."""
    here = [row for row in rows if row.left_at is None]
    hosts = [row for row in here if is_host(row)]
    waiting = len({row.identity for row in here})
    if hosts or not here:
        first = min(hosts, key=lambda row: row.joined_at or now, default=None)
        if first is None:
            return Hosting(waiting=waiting)
        return Hosting(host=first.name or "A host", host_since=first.joined_at, waiting=waiting)
    # From the first of those who have been in without a gap, or from when the last host left.
    since = _since_somebody_is_in(rows, now)
    left = max((row.left_at for row in rows if row.left_at and is_host(row)), default=since)
    return Hosting(since=max(since, left), waiting=waiting)


def _since_somebody_is_in(rows: Sequence[PeerRow], now: datetime) -> datetime:
    """When the first one came of those who have been in, one or the other, until now."""
    since = now
    spans = sorted(((row.left_at or now, row.joined_at) for row in rows if row.joined_at), reverse=True)
    for left, joined in spans:
        if left < since:
            break
        since = min(since, joined)
    return since
