"""The people who are in a meeting: a list with what a host may do to each, as a message and as a modal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ExternalDataSelectElement,
    Option,
    OverflowMenuElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.errors import Right
from bot.realtimekit.models import Person, Session
from bot.views import parts
from bot.views.drawn import drawn_once
from bot.views.parts import Message

PAGE = 20
"""People on one page of the list."""
MAX_OPTION_VALUE = 150
_ACTIONS = {"kick.one": "Remove", "kick.one_out": "Remove and keep out", "mute.one": "Mute"}
"""What a host may do to one person."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One page of the people who are in, as one person may see it.

    Attributes:
        people: those who are listed: everyone, or the one who was looked for.
        total: how many are in.
        page: counted from 1; a page that no longer exists becomes the last one.
        found: whether someone was looked for.
    """

    session: Session
    meeting_id: str
    people: tuple[Person, ...]
    total: int
    now: datetime
    right: Right
    nonce: str
    page: int = 1
    found: bool = False

    def __hash__(self) -> int:
        """Cheap, and alike for what is equal."""
        return hash((self.meeting_id, self.now, self.right, self.page))

    @property
    def title(self) -> str:
        """What the meeting is called."""
        return parts.display_title(self.session.title, self.meeting_id)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.people) // PAGE))

    @property
    def number(self) -> int:
        """The page that is shown."""
        return min(max(1, self.page), self.pages)

    @property
    def shown(self) -> Sequence[Person]:
        """The people on it."""
        return self.people[(self.number - 1) * PAGE : self.number * PAGE]

    def value(self, number: int) -> dict[str, object]:
        """For a button that leads to a page of this list."""
        return {"m": self.meeting_id, "p": number}


@drawn_once
def message(listed: PeopleList) -> Message:
    """The list as a message."""
    count = _count(listed)
    search = parts.button("Find…", "session.people", {"m": listed.meeting_id}) if listed.pages > 1 else None
    return parts.card(
        f"{parts.safe(listed.title)}: {parts.count_people(listed.total)} here",
        parts.header(listed.title),
        parts.section(count),
        *(_row(person, listed) for person in listed.shown),
        *parts.actions(*_turns(listed), parts.button("Refresh", "session.who", listed.value(listed.number)), search),
    )


def modal(listed: PeopleList, *, private_metadata: str) -> View:
    """The list as a modal, with a way to find one and, for hosts, the way to remove several at once."""
    host = listed.right >= Right.HOST
    several = parts.button("Remove several…", "people.several", {"m": listed.meeting_id}) if host else None
    find = ExternalDataSelectElement(placeholder="Find someone", action_id="people.find", min_query_length=0)
    everyone = parts.button("Show everyone", "session.who", listed.value(1)) if listed.found else None
    blocks: list[Block | None] = [
        parts.section(f"{parts.bold(listed.title)} · {_count(listed)}"),
        # A block of its own each time, so that the menu is empty again.
        ActionsBlock(block_id=f"find.{listed.nonce}", elements=[find, *([everyone] if everyone else [])]),
        *(_row(person, listed) for person in listed.shown),
        parts.context_block("They're no longer here." if listed.found and not listed.people else ""),
        *parts.actions(*_turns(listed), several),
    ]
    return parts.modal("People", blocks, callback="people", private_metadata=private_metadata)


def loading() -> View:
    """The modal before the meeting was read."""
    return parts.loading("People", "Checking who's in…")


def _count(listed: PeopleList) -> str:
    counted = listed.session.people
    text = f"*{listed.total:,} here*" if listed.total else "No one is here"
    if counted is not None and counted != listed.total:
        text += f" (RealtimeKit counts {counted:,})"
    return text + (f" · page {listed.number} of {listed.pages}" if listed.pages > 1 else "")


def _turns(listed: PeopleList) -> tuple[ButtonElement | None, ...]:
    number = listed.number
    return (
        parts.button("‹ Previous", "session.who.previous", listed.value(number - 1)) if number > 1 else None,
        parts.button("Next ›", "session.who.next", listed.value(number + 1)) if number < listed.pages else None,
    )


def _row(person: Person, listed: PeopleList) -> SectionBlock:
    name, role = parts.display_name(person), parts.role_name(person.preset)
    facts = [f"*{parts.safe(name, 80)}*", *([parts.safe(role, 40)] if role else [])]
    if person.joined_at:
        facts.append(
            f"joined {parts.time_of_day(person.joined_at)} ({parts.duration(listed.now - person.joined_at)} ago)"
        )
    if len(person.peer_ids) > 1:
        facts.append(f"{len(person.peer_ids)} devices")
    return parts.section(" · ".join(facts), accessory=_menu(person, listed))


def _menu(person: Person, listed: PeopleList) -> OverflowMenuElement | None:
    if listed.right < Right.HOST or not person.can_be_kicked:
        return None
    about = {"m": listed.meeting_id, "k": person.key, "p": listed.number, "n": listed.nonce[-4:]}
    values = [(parts.encode({"do": action} | about, MAX_OPTION_VALUE), text) for action, text in _ACTIONS.items()]
    # An id may be longer than a menu's option holds: `/kick` takes it.
    options = [Option(text=parts.plain(text, 75), value=value) for value, text in values if value]
    if len(options) < len(values):
        return None
    return OverflowMenuElement(action_id="more", options=options)
