"""One update of a meeting: reads its state, plans what follows, and posts it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.live.bans import BanWatcher
from bot.live.host_watcher import HostWatcher
from bot.live.plan import (
    AnnounceStart,
    Finish,
    Interest,
    MeetingState,
    ReportReturn,
    Retire,
    Show,
    Step,
    WarnNoHost,
    WarnRecording,
    plan,
)
from bot.live.result import UpdateResult, post_final, post_once, send_once
from bot.live.summary import Summarizer, operations_in
from bot.meetings import Meetings
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Facts, NotUnderstood
from bot.realtimekit.models import PeerRow, Session, is_uuid
from bot.realtimekit.recordings import RecordingState
from bot.realtimekit.secrets import Recording
from bot.realtimekit.wire import PAGE
from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store.records import Card, CardKind, CardState, Entry
from bot.store.store import Store
from bot.views import watch
from bot.views.control import Conditions

log = structlog.get_logger(__name__)

RECENTLY = timedelta(minutes=2)
"""What hosts did since then may not be in what was read of the meeting before."""


@dataclass(eq=False)
class Updater:
    """Brings the messages about meetings up to date.

    Attributes:
        summarizer: turns the cards of sessions that are over into summaries.
        ban_watcher: tells hosts of people who were banned and are in again.
        host_watcher: tells channels that people are in without a host.
        recording: what is being recorded.
        joins: whether people can join from Slack.
    """

    realtimekit: RealtimeKit
    messages: Messages
    store: Store
    summarizer: Summarizer
    ban_watcher: BanWatcher
    host_watcher: HostWatcher
    meetings: Meetings
    recording: RecordingState
    clock: Callable[[], datetime]
    joins: bool

    async def update(self, meeting_id: str, allowed: int, result: UpdateResult) -> None:
        """Update once; only one process may do so for a meeting at a time. Raises `RealtimeKitError`, `StoreError`.

        Args:
            allowed: calls to RealtimeKit, at least 2; the end of a session takes more.
            result: what comes of it is noted there, also if it fails on the way.
        """
        interest = await self._interest(meeting_id)
        result.wanted, result.watched = interest.wanted, bool(interest.watches)
        if not interest.wanted and not interest.bans:
            return
        state = await self._read(interest, allowed, result)
        for step in plan(state):
            await self._apply(step, state, result)

    # Reading

    async def _interest(self, meeting_id: str) -> Interest:
        return Interest(
            meeting_id,
            watches=await self.store.cards.watching(meeting_id),
            noticed=await self.store.links.noticed(meeting_id),
            cards=await self.store.cards.following(meeting_id),
            bans=await self.store.bans.of(meeting_id),
            guarded=await self.store.links.guarded(meeting_id),
        )

    async def _read(self, interest: Interest, allowed: int, result: UpdateResult) -> MeetingState:
        now, meeting_id = self.clock(), interest.meeting_id
        result.calls += 1
        self.meetings.forget(meeting_id)  # so that a click and the card agree
        session = await self.realtimekit.live_session(meeting_id)
        if session is None:
            return MeetingState(interest, None, (), (), now)
        if session.id is None and any(is_uuid(card.session_id) for card in interest.cards):
            # Half an answer, not another session: the cards of this one must not end by it.
            raise NotUnderstood(Facts("active_session", message="no id"))
        session = session.titled(interest.title)
        needs_people = interest.watches or interest.bans or interest.guarded
        rows = await self._rows(session, allowed, result) if needs_people else []
        done = await operations_in(self.store.journal, meeting_id, session, now) if interest.watches else ()
        conditions = await self._conditions(interest, done, now)
        channels = [one.channel_id for one in interest.watches]
        following = await self.store.sheets.next_of(channels) if channels else {}
        hosting = await self.host_watcher.read(interest.guarded, rows, now, result)
        return MeetingState(interest, session, rows, done, now, conditions, following, hosting)

    async def _conditions(self, interest: Interest, done: Sequence[Entry], now: datetime) -> Conditions:
        meeting_id = interest.meeting_id
        if not interest.watches:
            return Conditions(joins=self.joins)
        # Whichever process did it, what was read here before is old.
        recent = {entry.what.split()[0] for entry in done if now - entry.at < RECENTLY}
        if recent & {"lock", "unlock"}:
            self.meetings.changed(meeting_id)
        if "record" in recent:
            self.recording.changed(meeting_id)
        locked, recording = await asyncio.gather(
            self.meetings.was_locked(meeting_id), self.recording.lately(meeting_id)
        )
        return Conditions(locked, recording, self.joins)

    async def _rows(self, session: Session, allowed: int, result: UpdateResult) -> Sequence[PeerRow]:
        if not session.id:
            return []
        pages = max(1, allowed - result.calls)
        rows = (await self.realtimekit.participants(session.id, pages)).rows
        result.calls += min(pages, len(rows) // PAGE + 1)
        result.partial = len(rows) >= pages * PAGE
        return rows

    # Posting

    async def _apply(self, step: Step, state: MeetingState, result: UpdateResult) -> None:
        match step, state.session:
            case Retire(), _:
                await self._retire(step, result)
            case Finish(cards), session:
                await self.summarizer.finish(cards, state.interest.noticed, result, live=session is not None)
            case Show(), Session() as session:
                await self._show(step, state, session, result)
            case AnnounceStart(), Session() as session:
                await self._announce_start(step, state, session, result)
            case WarnNoHost(), Session() as session:
                await self.host_watcher.warn(step, session, result)
            case WarnRecording(channel_id, recording), Session() as session:
                await self._warn_recording(channel_id, recording, session, state, result)
            case ReportReturn(person, ban), Session() as session:
                if await self.ban_watcher.report(state.interest.meeting_id, session, person, ban):
                    result.changed = True

    async def _warn_recording(
        self, channel_id: str, recording: Recording, session: Session, state: MeetingState, result: UpdateResult
    ) -> None:
        meeting_id, item = state.interest.meeting_id, f"still recording {recording.id}"
        session_id = session.known_as(meeting_id)

        async def post() -> None:
            hosts = await self.store.hosts.of(channel_id)
            await self.messages.post(channel_id, watch.still_recording(session.title, meeting_id, hosts, item[-8:]))

        if failed := await send_once(self.store.aftermaths, (channel_id, session_id), item, post, state.now):
            log.info("recording not warned of", channel=channel_id, code=failed.code)
            result.record_failure(failed)

    async def _retire(self, step: Retire, result: UpdateResult) -> None:
        if result.away or (step.card.state is CardState.MOVED and step.card.channel_id in result.refused):
            return  # the next update goes on with it
        if await post_final(self.messages, step.card, step.message, result):
            # People may be in without a host once more, in the same session.
            again = step.card.kind is CardKind.NO_HOST
            await (self.store.cards.settle(step.card) if again else self.store.cards.finish([step.card]))

    async def _show(self, step: Show, state: MeetingState, session: Session, result: UpdateResult) -> None:
        meeting_id, title = state.interest.meeting_id, session.title
        session_id = session.known_as(meeting_id)
        card = step.card or await self.store.cards.begin(
            step.channel_id, meeting_id, session_id, CardKind.CARD, title=title, at=state.now
        )
        if card is None:
            return
        try:
            if card.ts is None:
                ts = await self.messages.post(step.channel_id, step.message)
            else:
                ts = card.ts
                await self.messages.update(step.channel_id, ts, step.message)
        except SlackFailed as failed:
            await self._record_failure(card, failed, result)
            return
        await self.store.cards.shown(card, ts, step.digest)
        result.changed = True
        if card.ts is None:
            # If the card is turned off, the start of this session is no news any more.
            begin = self.store.cards.begin
            announced = await begin(step.channel_id, meeting_id, session_id, CardKind.NOTICE, title=title, at=state.now)
            await self.store.cards.finish([announced] if announced else [])

    async def _record_failure(self, card: Card, failed: SlackFailed, result: UpdateResult) -> None:
        """A card could not be posted or changed: now, ever, or in this channel at all."""
        log.info("card not posted", channel=card.channel_id, code=failed.code)
        if failed.is_unpostable:
            await self.store.cards.forget(card)
            await self.store.cards.unwatch(card.channel_id, card.meeting_id)
        elif failed.is_message_gone:
            # Someone deleted it: there is none until the next session, or until someone asks for one.
            await self.store.cards.finish([card])
            return
        elif card.ts is None and not failed.is_lost:
            await self.store.cards.forget(card)
        result.refused[card.channel_id] = failed.code
        result.record_failure(failed)

    async def _announce_start(
        self, step: AnnounceStart, state: MeetingState, session: Session, result: UpdateResult
    ) -> None:
        channel_id, meeting_id = step.link.channel_id, state.interest.meeting_id
        session_id, title = session.known_as(meeting_id), session.title
        card = await self.store.cards.begin(
            channel_id, meeting_id, session_id, CardKind.NOTICE, title=title, at=state.now
        )
        if card is None:
            return
        said = watch.started(session, meeting_id, card.id[:8], joins=self.joins)
        if failed := await post_once(self.messages, self.store.cards, card, said, result):
            log.info("start not announced", channel=channel_id, code=failed.code)
