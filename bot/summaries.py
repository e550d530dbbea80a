"""What becomes of the messages about a session when it has ended: a summary, with the attendance under it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from bot.realtimekit.attendance import Attended, attendance
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession, NotFound, RealtimeKitError, Rejected
from bot.realtimekit.models import PeerRow, Session, SessionStatus, is_uuid
from bot.realtimekit.wire import PAGE
from bot.report import Report, last_words
from bot.slack import Slack
from bot.slack_web import SlackFailed
from bot.store.cards import Cards
from bot.store.journal import Journal
from bot.store.records import Card, CardKind, Link, Notices
from bot.views import attendance as views
from bot.views import watch
from bot.views.watch import Seen

log = structlog.get_logger(__name__)

GIVE_UP = timedelta(minutes=10)
"""After its end a session is summed up without its attendance, if that cannot be read for so long."""


async def see(journal: Journal, meeting_id: str, session: Session, rows: Sequence[PeerRow], now: datetime) -> Seen:
    """A session with what hosts did in it. Raises `StoreError`."""
    since = session.started_at or session.created_at or now
    return Seen(
        meeting_id, session, rows, await journal.of_meeting(meeting_id, since, watch.DEEDS_SHOWN, most=watch.DEEDS)
    )


class Summaries:
    """Sums sessions up."""

    def __init__(
        self, *, kit: RealtimeKit, slack: Slack, cards: Cards, journal: Journal, clock: Callable[[], datetime]
    ) -> None:
        self._kit, self._slack, self._cards, self._journal, self._clock = kit, slack, cards, journal, clock

    async def finish(self, over: Sequence[Card], noticed: Sequence[Link], report: Report, *, live: bool) -> None:
        """Sum up the sessions that have ended.

        Args:
            live: whether another session runs, so that these have ended whatever the API says of them.
        """
        ends_told = {link.channel_id for link in noticed if link.notices is Notices.BOTH}
        by_session = sorted(over, key=lambda card: card.session_id)
        for session_id, group in groupby(by_session, key=lambda card: card.session_id):
            cards = list(group)
            session = await self._ended(session_id, cards[0], report)
            if session.status is SessionStatus.LIVE and not live:
                # The one answer says that it runs, the other that none does: the next look will tell.
                report.partial = True
                continue
            for card in cards:
                if card.kind is CardKind.NOTICE:
                    await self._tell_end(session, card, report, told=card.channel_id in ends_told)
            if shown := [card for card in cards if card.kind is CardKind.CARD]:
                await self._sum_up(session, shown, report)

    async def _ended(self, session_id: str, card: Card, report: Report) -> Session:
        """A session that is over; as much of it as the API still knows, else what its card knew."""
        known = Session(meeting_display_name=card.title)
        if not is_uuid(session_id):
            return known
        report.calls += 1
        try:
            session = await self._kit.session(session_id)
        except (NoSession, Rejected):
            log.info("an ended session is not known any more", session=session_id)
            return known
        return session if session.title else session.model_copy(update={"title": card.title})

    async def _tell_end(self, session: Session, card: Card, report: Report, *, told: bool) -> None:
        message = watch.over(session, card.meeting_id, session.ended_at or self._clock())
        if told and not await last_words(self._slack, card, message, report):
            return
        await self._cards.finish([card])

    async def _sum_up(self, session: Session, cards: Sequence[Card], report: Report) -> None:
        """Turn the cards of a session into its summary, with the attendance under each."""
        meeting_id, ended_at = cards[0].meeting_id, session.ended_at or self._clock()
        rows = await self._all_rows(session, ended_at, report)
        everyone = attendance(rows, ended_at, over=True)
        seen = await see(self._journal, meeting_id, session, rows, self._clock())
        for card in cards:
            if not await last_words(self._slack, card, watch.summary(seen, everyone, ended_at=ended_at), report):
                continue
            # Before the attendance: should this process die now, none is better than two.
            await self._cards.finish([card])
            if card.ts and everyone:
                await self._tell_attendance(card, session, everyone)

    async def _all_rows(self, session: Session, ended_at: datetime, report: Report) -> Sequence[PeerRow]:
        """Everybody who was there; nobody, where that cannot be read any more."""
        if not session.id:
            return ()
        report.calls += 1
        try:
            rows = await self._kit.participants(session.id)
        except RealtimeKitError as error:
            passing = not isinstance(error, (NotFound, Rejected))
            if passing and self._clock() - ended_at < GIVE_UP:
                raise
            log.warning("an attendance cannot be read", session=session.id, error=type(error).__name__)
            return ()
        report.calls += len(rows) // PAGE
        return rows

    async def _tell_attendance(self, card: Card, session: Session, everyone: Sequence[Attended]) -> None:
        """In the card's thread; with a file for more people than a message holds."""
        name, content = views.file_name(session, card.meeting_id), views.csv_file(everyone)
        try:
            said = views.report(session, card.meeting_id, everyone, offers_file=False, over=True)
            await self._slack.post(card.channel_id, said, thread=card.ts)
            if len(everyone) > views.SHOWN:
                await self._attach(card, name, content)
        except SlackFailed as failed:
            log.warning("the attendance could not be told", channel=card.channel_id, code=failed.code)

    async def _attach(self, card: Card, name: str, content: bytes) -> None:
        try:
            await self._slack.upload(card.channel_id, name, content, "Everybody who was there", thread=card.ts)
        except SlackFailed as failed:
            log.warning("a file could not be shared", channel=card.channel_id, code=failed.code)
            await self._slack.post(card.channel_id, views.no_file(), thread=card.ts)
