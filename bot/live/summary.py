"""Turns the cards of a session that is over into its summary, with the attendance in the thread."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

import structlog

from bot.live.result import UpdateResult, may_be_sent_again, post_final, send_once
from bot.realtimekit.attendance import attendance
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Facts, NoSession, NotFound, NotUnderstood, RealtimeKitError, Rejected
from bot.realtimekit.models import Connections, Session, SessionStatus, is_uuid
from bot.realtimekit.wire import PAGE
from bot.slack.messages import Messages
from bot.store.journal import Journal
from bot.store.records import Card, CardKind, Entry, Link, Notices
from bot.store.store import Store
from bot.views import attendance as views
from bot.views import watch
from bot.views.parts import Message, display_title
from bot.views.watch import Snapshot

log = structlog.get_logger(__name__)

MAX_CLOCK_SKEW = timedelta(seconds=5)
"""By which our clock and RealtimeKit's may differ."""
ATTENDANCE_TIMEOUT = timedelta(minutes=10)
"""If the attendance cannot be read for this long after the end, the summary does without it."""


async def operations_in(journal: Journal, meeting_id: str, session: Session, now: datetime) -> Sequence[Entry]:
    """What hosts did in a session, newest first. Raises `StoreError`."""
    since, until = session.started_at or session.created_at or now, session.ended_at or now
    done = await journal.of_meeting(meeting_id, since, watch.SHOWN_OPERATIONS, limit=watch.MAX_READ)
    return [entry for entry in done if entry.at <= until + MAX_CLOCK_SKEW]


@dataclass(eq=False)
class Summarizer:
    """Sums sessions up.

    Attributes:
        presets: of hosts in meetings.
        first_look: seconds until it is first looked for what a session left behind.
    """

    realtimekit: RealtimeKit
    messages: Messages
    store: Store
    clock: Callable[[], datetime]
    presets: Collection[str]
    first_look: float

    async def finish(self, over: Sequence[Card], noticed: Sequence[Link], result: UpdateResult, *, live: bool) -> None:
        """Sum up the sessions that have ended.

        Args:
            live: whether another session runs, so that these are over whatever the API says of them.
        """
        wants_end = {link.channel_id for link in noticed if link.notices is Notices.BOTH}
        by_session = sorted(over, key=lambda card: card.session_id)
        for session_id, group in groupby(by_session, key=lambda card: card.session_id):
            cards = list(group)
            session = await self._ended(session_id, cards[0], result)
            if session.status is not SessionStatus.ENDED and not (session.ended_at or live):
                # One answer says that none runs, and the other doesn't: the next update will tell.
                result.partial = True
                continue
            for card in cards:
                if card.kind is CardKind.NO_HOST:
                    await self._end_warning(session, card, result)
                if card.kind is CardKind.NOTICE:
                    await self._announce_end(session, card, result, wanted=card.channel_id in wants_end)
            if shown := [card for card in cards if card.kind is CardKind.CARD]:
                await self._sum_up(session, shown, result)

    async def _ended(self, session_id: str, card: Card, result: UpdateResult) -> Session:
        """A session that is over; as much of it as the API still knows, else what its card knew."""
        known = Session(meeting_display_name=card.title, status=SessionStatus.ENDED)
        if not is_uuid(session_id):
            return known
        result.calls += 1
        try:
            session = await self.realtimekit.session(session_id)
        except (NoSession, Rejected):
            log.info("ended session unknown", session=session_id)
            return known
        return session.titled(card.title)

    async def _end_warning(self, session: Session, card: Card, result: UpdateResult) -> None:
        title = display_title(session.title or card.title, card.meeting_id)
        if await post_final(self.messages, card, watch.no_host_came(title), result):
            await self.store.cards.finish([card])

    async def _announce_end(self, session: Session, card: Card, result: UpdateResult, *, wanted: bool) -> None:
        message = watch.over(session, card.meeting_id, session.ended_at)
        if wanted and not await post_final(self.messages, card, message, result):
            return
        await self.store.cards.finish([card])

    async def _sum_up(self, session: Session, cards: Sequence[Card], result: UpdateResult) -> None:
        """Turn the cards of a session into its summary, with the attendance under each."""
        meeting_id, ended_at = cards[0].meeting_id, session.ended_at or self.clock()
        connections = await self._connections(session, ended_at, result)
        everyone = attendance(connections.rows, ended_at, over=True)
        done = await operations_in(self.store.journal, meeting_id, session, self.clock())
        snapshot = Snapshot(meeting_id, session, connections.rows, done)
        count = views.count_known(len(everyone), connections.missing)
        for card in cards:
            if not await post_final(self.messages, card, watch.summary(snapshot, count if everyone else ""), result):
                continue
            if card.ts and session.id:
                notes = await self._makes_notes(meeting_id, result)
                await self.store.aftermaths.begin(card, ended_at, notes=notes, after=self.first_look)
            if card.ts and everyone:
                said = views.counts(session, card.meeting_id, everyone, self.presets, count)
                if not await self._post_attendance(card, said, result):
                    continue
            await self.store.cards.finish([card])

    async def _makes_notes(self, meeting_id: str, result: UpdateResult) -> bool:
        """Whether a transcript or a summary is to come; if that cannot be read, they are looked for."""
        result.calls += 1
        try:
            meeting = await self.realtimekit.meeting(meeting_id)
        except RealtimeKitError:
            return True
        return bool(meeting.transcribe_on_end or meeting.summarize_on_end)

    async def _connections(self, session: Session, ended_at: datetime, result: UpdateResult) -> Connections:
        """Everyone who was there; nobody if that can no longer be read."""
        if not session.id:
            return Connections(())
        result.calls += 1
        try:
            found = await self.realtimekit.participants(session.id)
            if found.missing and not found.is_limited and self.clock() - ended_at < ATTENDANCE_TIMEOUT:
                raise NotUnderstood(Facts("session_participants", message="not everyone is listed"))
        except RealtimeKitError as error:
            passing = not isinstance(error, (NotFound, Rejected))
            if passing and self.clock() - ended_at < ATTENDANCE_TIMEOUT:
                raise
            log.warning("attendance unreadable", session=session.id, error=type(error).__name__)
            return Connections(())
        result.calls += len(found.rows) // PAGE
        return found

    async def _post_attendance(self, card: Card, said: Message, result: UpdateResult) -> bool:
        """Whether it needs no other try: in the card's thread; who was there, with their ids, is for hosts alone."""
        post = partial(self.messages.post, card.channel_id, said, thread_ts=card.ts)
        place = card.channel_id, card.session_id
        failed = await send_once(self.store.aftermaths, place, "attendance", post, self.clock())
        if failed is None:
            return True
        log.warning("attendance not posted", channel=card.channel_id, code=failed.code)
        if again := may_be_sent_again(failed):
            result.record_failure(failed)
        return not again
