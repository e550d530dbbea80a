"""Showing people out: the modal, the question before everyone goes, and what came of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ContextBlock,
    ExternalDataMultiSelectElement,
    ImageElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Removed, Session
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    clean,
    counted,
    cut,
    lasted,
    listed,
    mention,
    message,
    modal,
    mrkdwn,
    name_of,
    name_of_removed,
    paragraphs,
    people,
    plain,
    role_of,
    safe,
    section,
    small,
    title_of,
)

MENU_MOST = 100
"""What a static menu of Slack's holds; beyond that the menu asks the bot while one types."""
REASON_MOST = 300
SHOWN_MOST = 20
KEY_MOST = 150
"""What a menu's option holds; longer custom ids, which stand in for a missing user id, cannot be offered."""
CANDIDATES_MOST = 8
"""People whom an ambiguous word may choose beforehand; one click must not remove half a room."""
REMARKS_MOST = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a kick came to.

    Attributes:
        removed: whom the API says it removed, with whom the host saw before.
        left: who was not in the room any more.
        failed: who is, or may be, still in.
        blocked: whether blocking was asked for.
        not_blocked: who could not be blocked, and so can come back.
        noticed: whether a return of each of them will be noticed.
    """

    removed: Sequence[tuple[Removed, Person | None]] = ()
    left: Sequence[Person] = ()
    failed: Sequence[Person] = ()
    unsure: Sequence[Person] = ()
    blocked: bool = False
    not_blocked: Sequence[Person] = field(default_factory=tuple)
    noticed: bool = False

    def gone(self, asked: Sequence[Person]) -> list[Person]:
        """Those of the people asked for who are not in the room any more, as far as is known."""
        return [person for person in asked if person not in (*self.failed, *self.unsure)]


def summary(outcome: Outcome) -> str:
    """What a kick came to, in a few words, for the journal."""
    groups = (
        (len(outcome.removed), "removed"),
        (len(outcome.left), "had left"),
        (len(outcome.failed), "still in"),
        (len(outcome.unsure), "uncertain"),
        (len(outcome.not_blocked), "not blocked"),
    )
    return ", ".join(f"{count} {what}" for count, what in groups if count) or "nobody"


def options(people: Iterable[Person], everyone: Iterable[Person], now: datetime) -> list[Option]:
    """People in a menu; those who share a name with anybody in the room are told apart by their ids."""
    names = Counter(name_of(person) for person in everyone)
    return [
        _option(person, now, shared=names[name_of(person)] > 1)
        for person in people
        if person.can_be_kicked and len(person.key) <= KEY_MOST
    ]


def _option(person: Person, now: datetime, *, shared: bool) -> Option:
    facts = [role_of(person.preset)]
    if person.joined_at:
        facts.append(f"{lasted(now - person.joined_at)} in the room")
    name = name_of(person)
    if shared:
        facts.insert(0, clean(person.custom_id or person.user_id or person.key))
    described = " · ".join(fact for fact in facts if fact)
    return Option(text=plain(name, 75), value=person.key, description=plain(described, 75) if described else None)


def form(
    session: Session,
    meeting_id: str,
    everyone: Sequence[Person],
    *,
    now: datetime,
    notes: str,
    chosen: Collection[str] = (),
    remarks: Sequence[str] = (),
    block: bool = False,
) -> View:
    """The modal in which one chooses whom to show out.

    Args:
        everyone: all who are in.
        chosen: the keys of those who are chosen already.
        remarks: mrkdwn, what to know first, such as which name was ambiguous.
    """
    title = safe(title_of(session.title, meeting_id))
    blocks: list[Block] = [
        section(f"*{title}* · {people(len(everyone))} in the room"),
        *(section(remark) for remark in remarks),
        InputBlock(block_id="people", label=plain("People", 100), element=_menu(everyone, chosen, now)),
        InputBlock(block_id="flags", label=plain("Afterwards", 100), element=_boxes(block=block), optional=True),
        InputBlock(
            block_id="reason",
            label=plain("Reason", 100),
            hint=plain("Told in the channel, not to them.", 100),
            element=PlainTextInputElement(action_id="text", max_length=REASON_MOST),
            optional=True,
        ),
        *actions(button("Kick everyone…", "kick.everyone", meeting_id, style="danger")),
    ]
    return modal("Kick people", blocks, callback="kick", notes=notes, submit="Kick")


def _menu(
    everyone: Sequence[Person], chosen: Collection[str], now: datetime
) -> StaticMultiSelectElement | ExternalDataMultiSelectElement:
    before = options([person for person in everyone if person.key in chosen], everyone, now)[:MENU_MOST] or None
    if len(everyone) > MENU_MOST:
        return ExternalDataMultiSelectElement(
            placeholder="Type a name", action_id="kick.people", min_query_length=1, initial_options=before
        )
    return StaticMultiSelectElement(
        placeholder="Choose people",
        action_id="kick.people",
        options=options(everyone, everyone, now),
        initial_options=before,
    )


def _boxes(*, block: bool) -> CheckboxesElement:
    stay_out = Option(
        text=plain("Keep them from rejoining", 75),
        value="block",
        description=plain("Deletes their place in the meeting. Otherwise they can come back.", 75),
    )
    return CheckboxesElement(action_id="flags", options=[stay_out], initial_options=[stay_out] if block else None)


def question(session: Session, meeting_id: str, *, notes: str) -> View:
    """The question before everyone is removed."""
    title = safe(title_of(session.title, meeting_id))
    count = "Everyone" if session.people is None else people(session.people).capitalize()
    blocks: list[Block] = [
        section(f"*End {title} for everyone?*\n{count} will be removed."),
        InputBlock(block_id="lock", label=plain("Afterwards", 100), element=_lock_box(), optional=True),
    ]
    if session.breakout_rooms:
        rooms = counted(len(session.breakout_rooms), "breakout room")
        blocks.append(small(f"The meeting has {rooms}: people in there may have to be removed on their own."))
    return modal("End for everyone", blocks, callback="end", notes=notes, submit="End for everyone")


def _lock_box() -> CheckboxesElement:
    lock_first = Option(
        text=plain("Lock the meeting first", 75),
        value="lock",
        description=plain("Else people can come back and start a new session.", 75),
    )
    return CheckboxesElement(action_id="lock", options=[lock_first])


def ended(title: str, count: int | None, by: str, *, locked: bool = False) -> Message:
    """What a kick-all came to."""
    went = (
        "Everyone was"
        if count is None
        else "Nobody was in any more, so nobody was"
        if not count
        else (f"{people(count).capitalize()} {'was' if count == 1 else 'were'}")
    )
    line = f"{mention(by)} ended *{safe(title)}* for everyone. {went} removed."
    after = "The meeting is not locked: people can come back. `/session lock` keeps everybody out."
    if locked:
        after = "The meeting is locked: nobody can join before `/session unlock`."
    return Message(line, [section(line), small(after)])


def kicked(outcome: Outcome, title: str, by: str, reason: str = "") -> Message:
    """What a kick came to, for the channel."""
    lines = []
    if outcome.removed:
        lines.append(f"{mention(by)} removed {people(len(outcome.removed))} from *{safe(title)}*.")
    else:
        lines.append(f"{mention(by)} tried to remove people from *{safe(title)}*: nobody was removed.")
    names = [_removed_line(removed, known) for removed, known in outcome.removed]
    blocks: list[Block] = [section(lines[0]), *_removed_blocks(outcome.removed[:SHOWN_MOST], names)]
    if len(names) > SHOWN_MOST:
        blocks.append(section(f"and {len(names) - SHOWN_MOST} more"))
    notes = list(_notes(outcome))
    if reason:
        notes.append(f"Reason: {safe(reason, REASON_MOST)}")
    blocks += [small(note) for note in notes]
    return Message(cut("\n".join(lines + [f"• {name}" for name in names] + notes), TEXT_MOST), blocks)


def pardoned(title: str, by: str) -> Message:
    """Somebody who was blocked may stay."""
    return message(f"{mention(by)} let somebody who was blocked back into *{safe(title)}*.")


def _notes(outcome: Outcome) -> Sequence[str]:
    notes = []
    for group, one, many in (
        (outcome.left, "was not in the room any more", "were not in the room any more"),
        (outcome.failed, "could not be removed and is still in", "could not be removed and are still in"),
        (outcome.unsure, "may or may not have been removed", "may or may not have been removed"),
    ):
        if group:
            names = listed([safe(name_of(person), 60) for person in group], most=10)
            notes.append(f"{names} {one if len(group) == 1 else many}.")
    gone = len(outcome.removed) + len(outcome.left)
    if outcome.blocked and outcome.not_blocked:
        names = listed([safe(name_of(person), 60) for person in outcome.not_blocked], most=10)
        notes.append(f"Blocking did not work for {names}: they can come back.")
    elif outcome.blocked and gone:
        notes.append(
            "They can't come back with the link they have. Your join page must refuse them too"
            + ("; if they come back all the same, you will be told here." if outcome.noticed else ".")
        )
    elif outcome.removed:
        notes.append("They can come back: kick them with `--block` to keep them out.")
    return notes


def _removed_line(removed: Removed, known: Person | None) -> str:
    email = f" ({safe(removed.email, 80)})" if removed.email else ""
    return f"{safe(name_of_removed(removed, known), 80)}{email}"


def _removed_blocks(removed: Sequence[tuple[Removed, Person | None]], lines: Sequence[str]) -> list[Block]:
    """Those with a picture first, each beside it; the others in one list."""
    pictured: list[Block] = []
    plainly = []
    for (person, known), line in zip(removed, lines, strict=False):
        picture = person.picture or ""
        if (
            picture.startswith(("https://", "http://"))
            and len(picture) <= 3000
            and not any(c.isspace() for c in picture)
        ):
            name = cut(clean(name_of_removed(person, known)), 200)
            image = ImageElement(image_url=picture, alt_text=f"Picture of {name}")
            pictured.append(ContextBlock(elements=[image, mrkdwn(line)]))
        else:
            plainly.append(f"• {line}")
    return pictured + list(paragraphs(plainly))


def remarks(unclear: Mapping[str, Sequence[Person]]) -> list[str]:
    """What to say of words that do not name exactly one person, for the top of the modal.

    Args:
        unclear: whom each of these words may mean; nobody, or several.
    """
    lines = []
    for word, candidates in list(unclear.items())[:REMARKS_MOST]:
        if candidates:
            names = listed([safe(name_of(person), 60) for person in candidates], most=6)
            few = len(candidates) <= CANDIDATES_MOST
            then = "They are chosen below: take out whom you don't mean." if few else "Choose below whom you mean."
            lines.append(f"“{safe(word, 60)}” could be {names}. {then}")
        else:
            lines.append(f"Nobody in the room is called “{safe(word, 60)}”.")
    if (more := len(unclear) - REMARKS_MOST) > 0:
        lines.append(f"Nor did {counted(more, 'further word')} name exactly one person.")
    return lines
