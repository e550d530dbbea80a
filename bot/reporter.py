"""One look at a meeting, and every message about it brought up to date with what was seen.

Everything follows from the API's answer and from what the store says was told before, never from adding up events: so
whatever is lost, doubled or disordered on the way cannot make a card wrong.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import structlog

from bot.doorkeeper import Doorkeeper
from bot.realtimekit.attendance import attendance
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession, Rejected
from bot.realtimekit.models import PeerRow, Session, SessionStatus, is_uuid, present
from bot.realtimekit.wire import PAGE
from bot.slack import Message, Slack
from bot.slack_web import SlackFailed
from bot.store.blocks import Blocks
from bot.store.cards import Cards
from bot.store.deliveries import digest_of
from bot.store.journal import Journal
from bot.store.links import Links
from bot.store.records import Card, CardKind, Link, Notices
from bot.views import attendance as attendance_views
from bot.views import watch
from bot.views.watch import Seen

log = structlog.get_logger(__name__)

NO_PLACE = frozenset({"channel_not_found", "is_archived", "not_in_channel", "restricted_action"})
"""Slack's codes for a channel in which the bot cannot post, now and later."""
_NO_MESSAGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


@dataclass(slots=True)
class Report:
    """What came of a look.

    Attributes:
        wanted: whether anybody is interested in this meeting at all.
        watched: whether somebody watches it, which is worth more looks.
        changed: whether a message was posted or changed.
        calls: to RealtimeKit.
        partial: whether not all connections could be read within the calls that were allowed.
        retry_after: seconds after which Slack takes what it did not take now.
        refused: Slack's code, by channel, where a card could not be posted.
    """

    wanted: bool = True
    watched: bool = False
    changed: bool = False
    calls: int = 0
    partial: bool = False
    retry_after: float = 0.0
    refused: dict[str, str] = field(default_factory=dict)


class Reporter:
    """Looks at meetings for the channels that want to know.

    Args:
        doorkeeper: tells of people who were blocked and are in again.
        forget: makes those who ask about a meeting look anew: what a card shows and what a click says must agree.
    """

    def __init__(
        self,
        *,
        kit: RealtimeKit,
        slack: Slack,
        cards: Cards,
        links: Links,
        blocks: Blocks,
        journal: Journal,
        doorkeeper: Doorkeeper,
        forget: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._kit, self._slack, self._cards, self._links = kit, slack, cards, links
        self._blocks, self._journal, self._doorkeeper, self._clock = blocks, journal, doorkeeper, clock
        self._forget = forget

    async def look(self, meeting_id: str, allowed: int, report: Report) -> None:
        """Look once. Only one process may do so for a meeting at a time.

        Args:
            allowed: calls to RealtimeKit, at least 2; the end of a session takes more.
            report: what comes of it is noted there, also where it fails on the way.

        Raises:
            RealtimeKitError: nothing could be seen; what was told stays as it is.
            StoreError: the database is gone.
        """
        watches = await self._cards.watching(meeting_id)
        noticed = await self._links.noticed(meeting_id)
        followed = await self._cards.following(meeting_id)
        blocked = await self._blocks.of(meeting_id)
        report.wanted, report.watched = bool(watches or noticed or followed), bool(watches)
        if not report.wanted and not blocked:
            return
        session = await self._live(meeting_id, report)
        session_id = session.known_as if session else ""
        await self._finish(meeting_id, [card for card in followed if card.session_id != session_id], noticed, report)
        if session is None:
            return
        rows = await self._rows(session, allowed, report) if watches or blocked else []
        if watches:
            seen = await self._seen(meeting_id, session, rows)
            cards = {card.channel_id: card for card in followed if card.kind is CardKind.CARD}
            for one in watches:
                await self._show(seen, one.channel_id, cards.get(one.channel_id), report)
        channels = {one.channel_id for one in watches}
        for link in noticed:
            if link.channel_id not in channels:
                await self._notice(session, link, report)
        for person in present(list(rows)):
            block = blocked.get(digest_of(person.custom_id)) if person.custom_id else None
            if block and await self._doorkeeper.tell(meeting_id, session, person, block):
                report.changed = True

    # Looking

    async def _live(self, meeting_id: str, report: Report) -> Session | None:
        report.calls += 1
        self._forget(meeting_id)
        try:
            session = await self._kit.active_session(meeting_id)
        except NoSession:
            return None
        return None if session.status is SessionStatus.ENDED else session

    async def _rows(self, session: Session, allowed: int, report: Report) -> list[PeerRow]:
        if not session.id:
            return []
        pages = max(1, allowed - report.calls)
        rows = await self._kit.participants(session.id, pages)
        report.calls += min(pages, len(rows) // PAGE + 1)
        report.partial = len(rows) >= pages * PAGE
        return rows

    async def _seen(self, meeting_id: str, session: Session, rows: Sequence[PeerRow]) -> Seen:
        since = session.started_at or session.created_at or self._clock()
        deeds = await self._journal.of_meeting(meeting_id, since, watch.DEEDS_SHOWN, most=watch.DEEDS)
        return Seen(meeting_id, session, rows, deeds)

    # Telling

    async def _show(self, seen: Seen, channel_id: str, card: Card | None, report: Report) -> None:
        """Post the card of a session, or bring it up to date."""
        message = watch.card(seen)
        digest = digest_of_message(message)
        if card is None:
            session_id = seen.session.known_as
            card = await self._cards.begin(channel_id, seen.meeting_id, session_id, CardKind.CARD, self._clock())
            if card is None:
                return
        if digest == card.shown:
            return
        try:
            if card.ts is None:
                ts = await self._slack.post(channel_id, message)
            else:
                ts = card.ts
                await self._slack.update(channel_id, ts, message)
        except SlackFailed as failed:
            await self._not_told(card, failed, report)
        else:
            await self._cards.shown(card, ts, digest)
            report.changed = True

    async def _not_told(self, card: Card, failed: SlackFailed, report: Report) -> None:
        """A message could not be posted or changed: now, ever, or in this channel at all."""
        log.info("a card could not be told", channel=card.channel_id, code=failed.code)
        if failed.code in NO_PLACE:
            report.refused[card.channel_id] = failed.code
            await self._cards.forget(card)
            await self._cards.unwatch(card.channel_id, card.meeting_id)
        elif failed.code in _NO_MESSAGE:
            # Somebody deleted it: there is none until the next session.
            await self._cards.finish([card])
        else:
            report.refused[card.channel_id] = failed.code
            report.retry_after = max(report.retry_after, failed.retry_after, 1.0)
            if card.ts is None and failed.code != "unreachable":
                await self._cards.forget(card)

    async def _notice(self, session: Session, link: Link, report: Report) -> None:
        """Tell a channel once that a session has started, if that was after it wanted to know."""
        since = max(moment for moment in (link.at, link.notices_at) if moment)
        if not session.started_at or session.started_at < since:
            return
        session_id, meeting_id = session.known_as, link.meeting_id
        card = await self._cards.begin(link.channel_id, meeting_id, session_id, CardKind.NOTICE, self._clock())
        if card is None:
            return
        try:
            ts = await self._slack.post(link.channel_id, watch.started(session, meeting_id))
        except SlackFailed as failed:
            log.info("a start could not be told", channel=link.channel_id, code=failed.code)
            if failed.code == "ratelimited":
                report.retry_after = max(report.retry_after, failed.retry_after)
                await self._cards.forget(card)
            else:
                await self._cards.finish([card])
        else:
            await self._cards.shown(card, ts, "started")
            report.changed = True

    # The end of a session

    async def _finish(self, meeting_id: str, over: Sequence[Card], noticed: Sequence[Link], report: Report) -> None:
        ends_told = {link.channel_id for link in noticed if link.notices is Notices.BOTH}
        by_session = sorted(over, key=lambda card: card.session_id)
        for session_id, group in groupby(by_session, key=lambda card: card.session_id):
            cards = list(group)
            session = await self._ended(session_id, meeting_id, report)
            for card in cards:
                if card.kind is CardKind.NOTICE:
                    await self._tell_end(session, card, report, told=card.channel_id in ends_told)
            if shown := [card for card in cards if card.kind is CardKind.CARD]:
                await self._sum_up(session, shown, report)

    async def _ended(self, session_id: str, meeting_id: str, report: Report) -> Session:
        """A session that is over; as much of it as the API still knows."""
        if is_uuid(session_id):
            report.calls += 1
            try:
                return await self._kit.session(session_id)
            except (NoSession, Rejected):
                log.info("an ended session is not known any more", session=session_id)
        return Session(id=None)

    async def _tell_end(self, session: Session, card: Card, report: Report, *, told: bool) -> None:
        if card.ts and told:
            message = watch.over(session, card.meeting_id, session.ended_at or self._clock())
            if not await self._replace(card, message, report):
                return
        await self._cards.finish([card])

    async def _replace(self, card: Card, message: Message, report: Report) -> bool:
        """Whether a message shows its last state now, or never will."""
        try:
            await self._slack.update(card.channel_id, card.ts or "", message)
        except SlackFailed as failed:
            if failed.code not in NO_PLACE | _NO_MESSAGE:
                report.retry_after = max(report.retry_after, failed.retry_after, 1.0)
                return False
        report.changed = True
        return True

    async def _sum_up(self, session: Session, cards: Sequence[Card], report: Report) -> None:
        """Turn the cards of a session into its summary, with the attendance under each."""
        meeting_id, ended_at = cards[0].meeting_id, session.ended_at or self._clock()
        rows: list[PeerRow] = []
        if session.id:
            rows = await self._kit.participants(session.id)
            report.calls += len(rows) // PAGE + 1
        everyone = attendance(rows, ended_at, over=True)
        seen = await self._seen(meeting_id, session, rows)
        for card in cards:
            if card.ts and not await self._replace(card, watch.summary(seen, everyone, ended_at=ended_at), report):
                continue
            # Before the attendance: should this process die now, none is better than two.
            await self._cards.finish([card])
            if card.ts and everyone:
                said = attendance_views.report(session, meeting_id, everyone, offers_file=False, over=True)
                await self._tell_attendance(card, said)
                if len(everyone) > attendance_views.SHOWN:
                    name = attendance_views.file_name(session, meeting_id)
                    await self._attach(card, name, attendance_views.csv_file(everyone))

    async def _tell_attendance(self, card: Card, message: Message) -> None:
        try:
            await self._slack.post(card.channel_id, message, thread=card.ts)
        except SlackFailed as failed:
            log.warning("the attendance could not be told", channel=card.channel_id, code=failed.code)

    async def _attach(self, card: Card, name: str, content: bytes) -> None:
        try:
            await self._slack.upload(card.channel_id, name, content, "Everybody who was there", thread=card.ts)
        except SlackFailed as failed:
            log.warning("a file could not be shared", channel=card.channel_id, code=failed.code)


def digest_of_message(message: Message) -> str:
    """By what two renderings are known to be alike."""
    shown = [str(block) for block in message.json]
    return hashlib.sha256("\n".join([message.text, *shown]).encode()).hexdigest()
