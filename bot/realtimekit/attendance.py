"""Who was in a session, from when to when, and for how long. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.realtimekit.models import PeerRow, Person, identities


@dataclass(frozen=True, slots=True)
class Attended:
    """One person's presence, all of their devices merged.

    Attributes:
        left_at: for the last time; None if they are still in, or if that is not known.
        minutes: spent in the meeting; on two devices at once it counts once.
    """

    person: Person
    joined_at: datetime | None
    left_at: datetime | None
    minutes: float
    devices: int


def attendance(rows: Sequence[PeerRow], until: datetime, *, over: bool) -> tuple[Attended, ...]:
    """Everyone who was there, by arrival; until the present, or until the session ended if it is over."""
    grouped: dict[str, list[PeerRow]] = {}
    for row, identity in zip(rows, identities(rows), strict=True):
        grouped.setdefault(identity, []).append(row)
    every = [_attended(group, until, over=over) for group in grouped.values()]
    # A stable sort: those without a time come last, in the order in which the API told of them.
    return tuple(sorted(every, key=lambda one: (one.joined_at is None, one.joined_at or until)))


def last_known(rows: Sequence[PeerRow]) -> datetime | None:
    """The last moment at which anyone is known to have been there."""
    return max((moment for row in rows for moment in (row.joined_at, row.left_at) if moment), default=None)


def _attended(rows: list[PeerRow], until: datetime, *, over: bool) -> Attended:
    joined = [row.joined_at for row in rows if row.joined_at]
    inside = any(row.left_at is None for row in rows) and not over
    left = [row.left_at or until for row in rows]
    return Attended(
        person=Person.of(rows),
        joined_at=min(joined, default=None),
        left_at=None if inside else max(left),
        minutes=_minutes([(row.joined_at, row.left_at or until) for row in rows if row.joined_at]),
        devices=len(rows),
    )


def _minutes(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """How long at least one of these spans went on."""
    seconds, reached = 0.0, None
    for start, end in sorted(spans):
        begin = max(start, reached) if reached else start
        if end > begin:
            seconds += (end - begin).total_seconds()
            reached = end
    return seconds / 60
