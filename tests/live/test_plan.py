"""What the state of a meeting leads to."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

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
from bot.realtimekit.models import PeerRow, Session
from bot.realtimekit.secrets import Recording
from bot.store.records import Ban, Card, CardKind, CardState, Link, Notices, Watch, digest
from bot.views.control import Conditions

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MEETING = "bbb00000-0000-4000-8000-000000000001"
LIVE = Session.model_validate({"id": "s1", "status": "LIVE", "live_participants": 1, "started_at": NOON.isoformat()})
ADA = PeerRow.model_validate({"id": "p1", "custom_participant_id": "ada", "display_name": "Ada"})
GONE = PeerRow.model_validate(
    {"id": "p2", "custom_participant_id": "eve", "display_name": "Eve", "left_at": NOON.isoformat()}
)


def card(
    channel: str,
    session: str = "s1",
    *,
    kind: CardKind = CardKind.CARD,
    state: CardState = CardState.LIVE,
    shown: str | None = None,
) -> Card:
    return Card(f"{channel} {session}", channel, MEETING, session, kind, state, "Standup", "U1", "1.2", shown, NOON)


def watch(channel: str) -> Watch:
    return Watch(channel, MEETING, "Standup", "U1")


def notices(channel: str, chosen_at: datetime) -> Link:
    return Link(channel, MEETING, "Standup", "U1", NOON - timedelta(days=9), Notices.START, chosen_at)


def ban(person: str) -> Ban:
    return Ban(digest(person), "C1", "U1", NOON, None)


def state(
    session: Session | None = LIVE,
    *,
    watches: Sequence[Watch] = (),
    noticed: Sequence[Link] = (),
    cards: Sequence[Card] = (),
    bans: Collection[str] = (),
    rows: Sequence[PeerRow] = (ADA,),
) -> MeetingState:
    interest = Interest(MEETING, watches, noticed, cards, {digest(person): ban(person) for person in bans})
    return MeetingState(interest, session, rows, [], NOON)


def described(step: Step) -> str:
    """A step in a word, and what it is about."""
    match step:
        case Retire(card, message):
            return f"retire {card.channel_id}" if card.kind is not CardKind.NO_HOST else message.text
        case Show(channel_id, card):
            return f"{'change' if card else 'post'} {channel_id}"
        case AnnounceStart(link):
            return f"announce {link.channel_id}"
        case ReportReturn(person):
            return f"report {person.name}"
        case WarnNoHost(link):
            return f"warn {link.channel_id}"
        case WarnRecording(channel_id):
            return f"still recording {channel_id}"
        case Finish(cards):
            return " ".join(["finish", *(card.channel_id for card in cards)])


RECORDING = Recording.model_validate({"id": "r1", "status": "RECORDING"})
LEFT_LONG_AGO = GONE.model_copy(update={"left_at": NOON - timedelta(minutes=10)})


def replace_people(count: int) -> Session:
    return LIVE.model_copy(update={"people": count})


BEFORE, AFTER = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
NOTICE, STOPPED, MOVED = CardKind.NOTICE, CardState.STOPPED, CardState.MOVED

CASES: dict[str, tuple[MeetingState, list[str]]] = {
    "nobody is interested": (state(), ["finish"]),
    "watched, live": (state(watches=[watch("C2"), watch("C1")]), ["post C1", "post C2", "finish"]),
    "watched, not live": (state(None, watches=[watch("C1")]), ["finish"]),
    "the card shows something else": (
        state(watches=[watch("C1")], cards=[card("C1", shown="old")]),
        ["change C1", "finish"],
    ),
    "a recording goes on with nobody in": (
        replace(
            state(replace_people(0), watches=[watch("C1")], rows=[LEFT_LONG_AGO]),
            conditions=Conditions(recording=RECORDING),
        ),
        ["post C1", "still recording C1", "finish"],
    ),
    "a recording goes on with somebody in": (
        replace(state(watches=[watch("C1")], rows=[ADA, LEFT_LONG_AGO]), conditions=Conditions(recording=RECORDING)),
        ["post C1", "finish"],
    ),
    "watched no longer": (state(cards=[card("C1")]), ["retire C1", "finish"]),
    "stopped": (state(watches=[watch("C1")], cards=[card("C1", state=STOPPED)]), ["post C1", "retire C1", "finish"]),
    "moved": (state(watches=[watch("C1")], cards=[card("C1", state=MOVED)]), ["post C1", "retire C1", "finish"]),
    "the session ended": (state(None, watches=[watch("C1")], cards=[card("C1")]), ["finish C1"]),
    "another session is live": (state(watches=[watch("C1")], cards=[card("C1", "s0")]), ["post C1", "finish C1"]),
    "started after the choice": (state(noticed=[notices("C1", BEFORE)]), ["announce C1", "finish"]),
    "started before the choice": (state(noticed=[notices("C1", AFTER)]), ["finish"]),
    "a live card says so already": (
        state(watches=[watch("C1")], noticed=[notices("C1", BEFORE)]),
        ["post C1", "finish"],
    ),
    "a notice waits for the end": (state(cards=[card("C1", kind=NOTICE)]), ["finish"]),
    "a notice at the end": (state(None, cards=[card("C1", kind=NOTICE)]), ["finish C1"]),
    "someone banned is in": (state(bans=["ada"], noticed=[notices("C1", AFTER)]), ["report Ada", "finish"]),
    "someone banned has left": (state(bans=["eve"], rows=[ADA, GONE]), ["finish"]),
    "someone else is banned": (state(bans=["bob"]), ["finish"]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_steps_follow_from_the_state(name: str) -> None:
    given, expected = CASES[name]
    assert [described(step) for step in plan(given)] == expected


def test_a_card_that_shows_the_state_already_is_left_alone() -> None:
    (show, _) = plan(state(watches=[watch("C1")]))
    assert isinstance(show, Show)
    shown = card("C1", shown=show.digest)
    assert [described(step) for step in plan(state(watches=[watch("C1")], cards=[shown]))] == ["finish"]


def test_every_watching_channel_gets_the_same_card() -> None:
    first, second, _ = plan(state(watches=[watch("C1"), watch("C2")]))
    assert isinstance(first, Show)
    assert isinstance(second, Show)
    assert (first.message, first.digest) == (second.message, second.digest)
