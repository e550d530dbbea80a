"""Showing people out: the modal, the question before everyone goes, and what came of it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ContextBlock,
    ExternalDataMultiSelectElement,
    ImageElement,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    StaticMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Removed, Session
from bot.sanitize import folded
from bot.store.records import State, ended
from bot.views import parts
from bot.views.failures import RetryButton
from bot.views.parts import Message

MAX_OPTIONS = 100
"""What a static menu of Slack's holds; beyond that the menu asks the bot while one types."""
MAX_REASON = 300
MAX_SHOWN = 20
MAX_KEY = 150
"""What a menu's option holds; longer custom ids, which stand in for a missing user id, cannot be offered."""
MAX_REMARKS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a kick came to.

    Attributes:
        removed: whom the API says it removed, with whom the host saw before.
        left: who was not in the room any more.
        failed: who is still in.
        unsure: who may or may not have been removed.
        blocked: whether blocking was asked for.
        not_blocked: who could not be blocked, and so can come back.
        maybe_blocked: for whom nobody knows.
        noticed: whether a return of each of them will be noticed.
    """

    removed: Sequence[tuple[Removed, Person | None]] = ()
    left: Sequence[Person] = ()
    failed: Sequence[Person] = ()
    unsure: Sequence[Person] = ()
    blocked: bool = False
    not_blocked: Sequence[Person] = ()
    maybe_blocked: Sequence[Person] = ()
    noticed: bool = False

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both together."""
        return Outcome(
            [*self.removed, *other.removed],
            [*self.left, *other.left],
            [*self.failed, *other.failed],
            [*self.unsure, *other.unsure],
        )

    @property
    def state(self) -> State:
        """How the operation ended. That somebody had left is no deed, but that they are kept out is one."""
        kept_out = self.blocked and len(self.left) > len(self.not_blocked) + len(self.maybe_blocked)
        return ended(
            done=bool(self.removed) or kept_out,
            not_done=bool(self.failed or self.not_blocked),
            unknown=bool(self.unsure or self.maybe_blocked),
        )

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
        (len(outcome.maybe_blocked), "perhaps not blocked"),
    )
    return ", ".join(f"{count} {what}" for count, what in groups if count) or "nobody"


def options(people: Iterable[Person], everyone: Iterable[Person], now: datetime) -> list[Option]:
    """People in a menu; those who share a name with anybody in the room are told apart by their ids."""
    names = Counter(folded(person.name) for person in everyone)
    return [
        _option(person, now, shared=names[folded(person.name)] > 1)
        for person in people
        if person.can_be_kicked and len(person.key) <= MAX_KEY
    ]


def _option(person: Person, now: datetime, *, shared: bool) -> Option:
    facts = [parts.role_name(person.preset)]
    if person.joined_at:
        facts.append(f"{parts.duration(now - person.joined_at)} in the room")
    name = parts.display_name(person)
    if shared:
        facts.insert(0, parts.single_line(person.custom_id or person.user_id or person.key))
    described = " · ".join(fact for fact in facts if fact)
    return Option(
        text=parts.plain(name, 75), value=person.key, description=parts.plain(described, 75) if described else None
    )


def form(
    session: Session,
    meeting_id: str,
    everyone: Sequence[Person],
    *,
    now: datetime,
    private_metadata: str,
    chosen: Collection[str] = (),
    candidates: Sequence[Person] = (),
    remarks: Sequence[str] = (),
    block: bool = False,
    reason: str = "",
) -> View:
    """The modal in which one chooses whom to remove.

    Args:
        chosen: the keys of those who are chosen already.
        candidates: whom ambiguous words may mean; they come first, and nobody chooses them but the host.
        remarks: mrkdwn; what to know first, such as which name was ambiguous.
    """
    title = parts.safe(parts.display_title(session.title, meeting_id))
    menu = _menu(everyone, chosen, candidates, now)
    blocks: list[Block] = [
        parts.section(f"*{title}* · {parts.count_people(len(everyone))} in the room"),
        *(parts.section(remark) for remark in remarks),
        InputBlock(block_id="people", label=parts.plain("People", 100), element=menu),
        InputBlock(block_id="flags", label=parts.plain("Afterwards", 100), element=_boxes(block=block), optional=True),
        InputBlock(
            block_id="reason",
            label=parts.plain("Reason", 100),
            hint=parts.plain("Told in the channel, not to them.", 100),
            element=PlainTextInputElement(action_id="text", max_length=MAX_REASON, initial_value=reason or None),
            optional=True,
        ),
        *parts.actions(parts.button("Kick everyone…", "kick.everyone", meeting_id, style="danger")),
    ]
    return parts.modal("Kick people", blocks, callback="kick", private_metadata=private_metadata, submit="Kick")


def _menu(
    everyone: Sequence[Person], chosen: Collection[str], candidates: Sequence[Person], now: datetime
) -> StaticMultiSelectElement | ExternalDataMultiSelectElement:
    before = options([person for person in everyone if person.key in chosen], everyone, now)[:MAX_OPTIONS] or None
    if len(everyone) > MAX_OPTIONS:
        return ExternalDataMultiSelectElement(
            placeholder="Type a name",
            action_id="kick.people",
            min_query_length=0 if candidates else 1,
            initial_options=before,
        )
    first = options(candidates, everyone, now)
    if first:
        others = options([person for person in everyone if person not in candidates], everyone, now)
        groups = [("Could be meant", first), *([("Everyone else", others)] if others else [])]
        return StaticMultiSelectElement(
            placeholder="Choose people",
            action_id="kick.people",
            option_groups=[OptionGroup(label=parts.plain(label, 75), options=group) for label, group in groups],
        )
    return StaticMultiSelectElement(
        placeholder="Choose people",
        action_id="kick.people",
        options=options(everyone, everyone, now),
        initial_options=before,
    )


def _boxes(*, block: bool) -> CheckboxesElement:
    stay_out = Option(
        text=parts.plain("Keep them from rejoining", 75),
        value="block",
        description=parts.plain("Deletes their place in the meeting. Otherwise they can come back.", 75),
    )
    return CheckboxesElement(action_id="flags", options=[stay_out], initial_options=[stay_out] if block else None)


def loading_form() -> View:
    """The form before the meeting was read."""
    return parts.loading("Kick people", "Looking who is in the room…")


def kicked(outcome: Outcome, title: str, by: str, reason: str = "", retry: RetryButton | None = None) -> Message:
    """What a kick came to, for the channel."""
    where, count = parts.bold(title), len(outcome.removed)
    line = f"{parts.mention(by)} removed {parts.count_people(count)} from {where}."
    if not count:
        line = f"{parts.mention(by)} tried to remove people from {where}: nobody was removed."
    names = [_removed_line(removed, known) for removed, known in outcome.removed]
    notes = [*_notes(outcome), *([f"Reason: {parts.safe(reason, MAX_REASON)}"] if reason else [])]
    return parts.card(
        [line, *(f"• {name}" for name in names), *notes],
        parts.section(line),
        *_removed_blocks(outcome.removed[:MAX_SHOWN], names),
        parts.section(f"and {count - MAX_SHOWN} more") if count > MAX_SHOWN else None,
        *map(parts.context_block, notes),
        *parts.actions(retry.button if retry else None),
    )


def pardoned(title: str, by: str) -> Message:
    """A return of somebody who was blocked is no news any more."""
    line = f"{parts.mention(by)} lifted the block on somebody in {parts.bold(title)}."
    return parts.message(f"{line} Whether they get in is up to your join page.")


def _notes(outcome: Outcome) -> Sequence[str]:
    notes = []
    for group, one, many in (
        (outcome.left, "was not in the room any more", "were not in the room any more"),
        (outcome.failed, "could not be removed and is still in", "could not be removed and are still in"),
        (outcome.unsure, "may or may not have been removed", "may or may not have been removed"),
    ):
        if group:
            notes.append(f"{parts.names_of(group, 10)} {one if len(group) == 1 else many}.")
    gone = len(outcome.removed) + len(outcome.left)
    others = outcome.failed or outcome.unsure or outcome.not_blocked or outcome.maybe_blocked
    whom = "The others" if others else "They"
    if outcome.not_blocked:
        notes.append(f"Blocking did not work for {parts.names_of(outcome.not_blocked, 10)}: they can come back.")
    if outcome.maybe_blocked:
        names = parts.names_of(outcome.maybe_blocked, 10)
        notes.append(f"Blocking may or may not have worked for {names}: they may be able to come back.")
    if outcome.blocked and gone > len(outcome.not_blocked) + len(outcome.maybe_blocked):
        notes.append(
            f"{whom} can't come back with the link they used. Your join page must refuse them too"
            + ("; where Usher sees them come back, it says so here." if outcome.noticed else ".")
        )
    elif outcome.removed and not outcome.blocked:
        notes.append("Unless the meeting is locked, they can come back: `--block` keeps them out.")
    return notes


def _removed_line(removed: Removed, known: Person | None) -> str:
    return parts.safe(parts.display_name_of_removed(removed, known), 80)


def _removed_blocks(removed: Sequence[tuple[Removed, Person | None]], lines: Sequence[str]) -> list[Block]:
    """Those with a picture first, each beside it; the others in one list."""
    pictured: list[Block] = []
    plainly = []
    for (person, known), line in zip(removed, lines, strict=False):
        picture = person.picture or ""
        if re.fullmatch(r"https?://\S{1,2990}", picture):
            name = parts.truncate(parts.single_line(parts.display_name_of_removed(person, known)), 200)
            image = ImageElement(image_url=picture, alt_text=f"Picture of {name}")
            pictured.append(ContextBlock(elements=[image, parts.mrkdwn(line)]))
        else:
            plainly.append(f"• {line}")
    return pictured + list(parts.sections(plainly))


def remarks(unclear: Mapping[str, Sequence[Person]]) -> list[str]:
    """What to say of words that do not name exactly one person: whom they may mean; nobody, or several."""
    lines = []
    for word, candidates in list(unclear.items())[:MAX_REMARKS]:
        if candidates:
            names = parts.names_of(candidates, 6)
            lines.append(f"“{parts.safe(word, 60)}” could be {names}. Choose below whom you mean.")
        else:
            lines.append(f"Nobody in the room is called “{parts.safe(word, 60)}”.")
    if (more := len(unclear) - MAX_REMARKS) > 0:
        lines.append(f"Nor did {parts.count_of(more, 'further word')} name exactly one person.")
    return lines
