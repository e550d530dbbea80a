"""One look at a meeting, and every message about it brought up to date with what was seen.

Everything follows from the API's answer and from what the store says was told before, never from adding up events: so
whatever is lost, doubled or disordered on the way cannot make a card wrong.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import structlog

from bot.doorkeeper import Doorkeeper
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession
from bot.realtimekit.models import PeerRow, Session, SessionStatus, present
from bot.realtimekit.wire import PAGE
from bot.report import NO_MESSAGE, PASSING, Report, has_no_place, last_words
from bot.slack import Message, Slack
from bot.slack_web import SlackFailed
from bot.store.blocks import Blocks
from bot.store.cards import Cards
from bot.store.journal import Journal
from bot.store.links import Links
from bot.store.records import Block, Card, CardKind, CardState, Link, digest_of
from bot.summaries import Summaries, see
from bot.views import watch
from bot.views.parts import title_of
from bot.views.watch import Seen

log = structlog.get_logger(__name__)


class Reporter:
    """Looks at meetings for the channels that want to know.

    Args:
        summaries: tell what came of sessions that have ended.
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
        summaries: Summaries,
        doorkeeper: Doorkeeper,
        forget: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._kit, self._slack, self._cards, self._links = kit, slack, cards, links
        self._blocks, self._journal, self._doorkeeper, self._clock = blocks, journal, doorkeeper, clock
        self._summaries, self._forget = summaries, forget

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
        titles = [*(one.title for one in watches), *(one.title for one in noticed)]
        title = next(filter(None, titles), None)
        if session and session.title is None:
            session = session.model_copy(update={"title": title})
        watching = {one.channel_id for one in watches}
        retired = [card for card in followed if _is_retired(card, watching)]
        await self._retire(retired, title, report)
        followed = [card for card in followed if card not in retired]
        if session:
            rows = await self._rows(session, allowed, report) if watches or blocked else []
            if watching:
                seen = await see(self._journal, meeting_id, session, rows, self._clock())
                await self._tell(seen, watching, followed, report)
            for link in noticed:
                if link.channel_id not in watching:
                    await self._notice(session, link, report)
            await self._look_for_blocked(meeting_id, session, rows, blocked, report)
        current = session.known_as(meeting_id) if session else ""
        over = [card for card in followed if card.session_id != current]
        await self._summaries.finish(over, noticed, report, live=session is not None)

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

    # Telling

    async def _tell(self, seen: Seen, watching: Collection[str], followed: Sequence[Card], report: Report) -> None:
        """Bring the card of each channel that watches up to date."""
        session_id = seen.session.known_as(seen.meeting_id)
        mine = [card for card in followed if card.session_id == session_id and card.kind is CardKind.CARD]
        cards = {card.channel_id: card for card in mine}
        for channel in sorted(watching):
            await self._show(seen, channel, cards.get(channel), report)

    async def _show(self, seen: Seen, channel_id: str, card: Card | None, report: Report) -> None:
        """Post the card of a session, or bring it up to date."""
        message = watch.card(seen)
        digest = digest_of_message(message)
        session_id, title = seen.session.known_as(seen.meeting_id), seen.session.title
        if card is None:
            begin = self._cards.begin
            card = await begin(channel_id, seen.meeting_id, session_id, CardKind.CARD, title=title, at=self._clock())
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
            return
        await self._cards.shown(card, ts, digest)
        report.changed = True
        if card.ts is None:
            # Should the watching be stopped, the start of this session is no news any more.
            told = await self._cards.begin(
                channel_id, seen.meeting_id, session_id, CardKind.NOTICE, title=title, at=self._clock()
            )
            await self._cards.finish([told] if told else [])

    async def _not_told(self, card: Card, failed: SlackFailed, report: Report) -> None:
        """A message could not be posted or changed: now, ever, or in this channel at all."""
        log.info("a card could not be told", channel=card.channel_id, code=failed.code)
        if has_no_place(failed.code):
            await self._cards.forget(card)
            await self._cards.unwatch(card.channel_id, card.meeting_id)
        elif failed.code in NO_MESSAGE:
            # Somebody deleted it: there is none until the next session, or until somebody wants one.
            await self._cards.finish([card])
            return
        elif card.ts is None and failed.code != "unreachable":
            await self._cards.forget(card)
        report.refused[card.channel_id] = failed.code
        report.not_told(failed)

    async def _retire(self, cards: Sequence[Card], title: str | None, report: Report) -> None:
        """Give cards their last words: nobody watches there any more, or there is a newer one further down."""
        for card in cards:
            name = title_of(card.title or title, card.meeting_id)
            words = watch.moved(name) if card.state is CardState.MOVED else watch.stopped(name, card.by)
            if await last_words(self._slack, card, words, report):
                await self._cards.finish([card])
            elif report.away:
                return  # the next look goes on with it

    async def _look_for_blocked(
        self, meeting_id: str, session: Session, rows: Sequence[PeerRow], blocked: Mapping[str, Block], report: Report
    ) -> None:
        for person in present(list(rows)) if blocked else ():
            block = blocked.get(digest_of(person.custom_id)) if person.custom_id else None
            if block and await self._doorkeeper.tell(meeting_id, session, person, block):
                report.changed = True

    async def _notice(self, session: Session, link: Link, report: Report) -> None:
        """Tell a channel once that a session has started, if that was after it wanted to know."""
        since = max(moment for moment in (link.at, link.notices_at) if moment)
        started, meeting_id = session.started_at or session.created_at, link.meeting_id
        if not started or started < since:
            return
        session_id, title, begin = session.known_as(meeting_id), session.title, self._cards.begin
        card = await begin(link.channel_id, meeting_id, session_id, CardKind.NOTICE, title=title, at=self._clock())
        if card is None:
            return
        try:
            ts = await self._slack.post(link.channel_id, watch.started(session, meeting_id, card.id[:8]))
        except SlackFailed as failed:
            log.info("a start could not be told", channel=link.channel_id, code=failed.code)
            report.not_told(failed)
            # What may have arrived all the same is not told again.
            sure = failed.code in PASSING - {"unreachable"}
            await (self._cards.forget(card) if sure else self._cards.finish([card]))
        else:
            await self._cards.shown(card, ts, "started")
            report.changed = True


def _is_retired(card: Card, watching: Collection[str]) -> bool:
    """Whether a card is to follow no more, though its session may go on."""
    if card.kind is not CardKind.CARD:
        return False
    return card.state is not CardState.LIVE or card.channel_id not in watching


def digest_of_message(message: Message) -> str:
    """By what two renderings are known to be alike."""
    shown = [str(block) for block in message.json]
    return hashlib.sha256("\n".join([message.text, *shown]).encode()).hexdigest()
