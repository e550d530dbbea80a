"""What the state of a meeting leads to: which messages are posted, changed, finished. Pure.

Everything follows from what the API and the store say now, never from adding up events. So whatever is lost, doubled or
out of order on the way cannot make a card wrong.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.live.hosts import Hosting
from bot.realtimekit.models import PeerRow, Person, Session, present
from bot.realtimekit.secrets import Recording
from bot.store.records import Ban, Card, CardKind, CardState, Entry, Link, Prepared, Watch, digest
from bot.views import watch
from bot.views.control import NO_CONDITIONS, Conditions
from bot.views.parts import Message, display_title
from bot.views.watch import Snapshot

EMPTY_FOR = timedelta(minutes=10)
"""Recording costs money by the minute: hosts are told when it goes on for so long with nobody in."""


@dataclass(frozen=True, slots=True)
class Interest:
    """Who wants to know about a meeting.

    Attributes:
        watches: channels that want a live card.
        noticed: links of channels that are told of starts, or starts and ends.
        cards: messages about its sessions that are not finished.
        bans: people who must not come back, by the digest of their custom id.
        guarded: links of channels that are told if people are in without a host.
    """

    meeting_id: str
    watches: Sequence[Watch]
    noticed: Sequence[Link]
    cards: Sequence[Card]
    bans: Mapping[str, Ban]
    guarded: Sequence[Link] = ()

    @property
    def wanted(self) -> bool:
        """Whether any message depends on it."""
        return bool(self.watches or self.noticed or self.cards or self.guarded)

    @property
    def title(self) -> str | None:
        """The meeting's title, as far as the store knows it."""
        titles = [*(one.title for one in self.watches), *(one.title for one in self.noticed)]
        return next(filter(None, titles), None)


@dataclass(frozen=True, slots=True)
class MeetingState:
    """A meeting as it was read.

    Attributes:
        session: the live one; None if there is none.
        rows: its connections, newest first.
        operations: what was done in it, newest first.
        next_polls: the prepared poll that is next, by channel.
        hosting: who leads the session, by channel that wants to know.
    """

    interest: Interest
    session: Session | None
    rows: Sequence[PeerRow]
    operations: Sequence[Entry]
    now: datetime
    conditions: Conditions = NO_CONDITIONS
    next_polls: Mapping[str, Prepared] = field(default_factory=dict)
    hosting: Mapping[str, Hosting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retire:
    """Give a card its final text: nobody watches there now, there is a newer one further down, or a host has come."""

    card: Card
    message: Message


@dataclass(frozen=True, slots=True)
class Show:
    """Post the card of the live session to a channel, or change it; the digest identifies what it then shows."""

    channel_id: str
    card: Card | None
    message: Message
    digest: str


@dataclass(frozen=True, slots=True)
class AnnounceStart:
    """Tell a channel that the session has started, once."""

    link: Link


@dataclass(frozen=True, slots=True)
class ReportReturn:
    """Tell the hosts that someone who was banned is in, once for each return."""

    person: Person
    ban: Ban


@dataclass(frozen=True, slots=True)
class WarnNoHost:
    """Tell a channel that people are in without a host, once for each time that they are."""

    link: Link
    since: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class WarnRecording:
    """Tell a channel, once, that a recording goes on though nobody is in."""

    channel_id: str
    recording: Recording


@dataclass(frozen=True, slots=True)
class Finish:
    """Sum up sessions that are over, in these cards."""

    cards: Sequence[Card]


Step = Retire | Show | AnnounceStart | ReportReturn | WarnNoHost | WarnRecording | Finish


def plan(state: MeetingState) -> list[Step]:
    """The steps that bring every message about a meeting up to date, in order."""
    interest, session = state.interest, state.session
    watching = {one.channel_id for one in interest.watches}
    retired = [card for card in interest.cards if _is_retired(card, watching)]
    kept = [card for card in interest.cards if card not in retired]
    final: list[Step] = [Retire(card, _final_message(card, interest.title)) for card in retired]
    steps: list[Step] = []
    if session:
        steps += _show_cards(state, session, watching, kept)
        steps += [
            AnnounceStart(link)
            for link in interest.noticed
            if link.channel_id not in watching and _starts_after_choice(session, link)
        ]
        steps += _report_returns(state)
        steps += _watch_hosts(state, session, kept)
        steps += _watch_recording(state)
    current = session.known_as(interest.meeting_id) if session else ""
    over = [card for card in kept if card.session_id != current]
    # A card that is to move stays until the new one is there.
    return [*steps, *final, Finish(over)]


def _is_retired(card: Card, watching: Collection[str]) -> bool:
    """Whether a card stops following its session, though that may go on."""
    if card.kind is not CardKind.CARD:
        return False
    return card.state is not CardState.LIVE or card.channel_id not in watching


def _final_message(card: Card, title: str | None) -> Message:
    shown = display_title(card.title or title, card.meeting_id)
    return watch.moved(shown) if card.state is CardState.MOVED else watch.stopped(shown, card.by)


def _show_cards(
    state: MeetingState, session: Session, watching: Collection[str], kept: Sequence[Card]
) -> Iterator[Step]:
    if not watching:
        return
    meeting_id = state.interest.meeting_id
    session_id = session.known_as(meeting_id)
    snapshot = Snapshot(meeting_id, session, state.rows, state.operations, state.conditions)
    shared = watch.card(snapshot)
    shared_digest = digest_of(shared)
    cards = {card.channel_id: card for card in kept if card.session_id == session_id and card.kind is CardKind.CARD}
    for channel_id in sorted(watching):
        card, message, shows = cards.get(channel_id), shared, shared_digest
        if following := state.next_polls.get(channel_id):
            message = watch.card(replace(snapshot, next_poll=following))
            shows = digest_of(message)
        if card is None or card.shown != shows:
            yield Show(channel_id, card, message, shows)


def _starts_after_choice(session: Session, link: Link) -> bool:
    """Whether a session started after the channel wanted to know."""
    chosen_at = max(moment for moment in (link.at, link.notices_at) if moment)
    started = session.started_at or session.created_at
    return bool(started and started >= chosen_at)


def _report_returns(state: MeetingState) -> Iterator[Step]:
    bans = state.interest.bans
    for person in present(state.rows) if bans else ():
        if person.custom_id and (ban := bans.get(digest(person.custom_id))):
            yield ReportReturn(person, ban)


def _watch_hosts(state: MeetingState, session: Session, kept: Sequence[Card]) -> Iterator[Step]:
    current = session.known_as(state.interest.meeting_id)
    warned = {card.channel_id: card for card in kept if card.kind is CardKind.NO_HOST and card.session_id == current}
    guarded = {link.channel_id: link for link in state.interest.guarded}
    for channel_id, link in guarded.items():
        hosting = state.hosting.get(channel_id)
        if hosting and hosting.since and channel_id not in warned and overdue(link, hosting, state.now) <= timedelta():
            yield WarnNoHost(link, hosting.since, hosting.waiting)
    for channel_id, card in warned.items():
        title, hosting = display_title(session.title or card.title, card.meeting_id), state.hosting.get(channel_id)
        if channel_id not in guarded:
            yield Retire(card, watch.not_checked(title))
        elif hosting and hosting.host:
            yield Retire(card, watch.host_came(title, hosting.host, (hosting.host_since or state.now) - card.at))
        elif hosting and not hosting.waiting:
            yield Retire(card, watch.nobody_waits(title))


def _watch_recording(state: MeetingState) -> Iterator[Step]:
    recording, rows = state.conditions.recording, state.rows
    empty = bool(rows) and all(row.left_at for row in rows) and not (state.session and state.session.people)
    left = max((row.left_at for row in rows if row.left_at), default=state.now)
    if recording and recording.id and recording.is_active and empty and state.now - left >= EMPTY_FOR:
        for one in state.interest.watches:
            yield WarnRecording(one.channel_id, recording)


def overdue(link: Link, hosting: Hosting, now: datetime) -> timedelta:
    """How long until a channel is to be told; zero or less if it is time."""
    return timedelta(minutes=link.no_host or 0) - (now - (hosting.since or now))


def digest_of(message: Message) -> str:
    """Identifies what a message shows."""
    shown = [str(block) for block in message.json]
    return hashlib.sha256("\n".join([message.text, *shown]).encode()).hexdigest()
