"""What came of removing people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, ImageElement

from bot.realtimekit.models import Person
from bot.realtimekit.reported import Reported
from bot.sanitize import literal
from bot.store.records import State, ended
from bot.views import parts
from bot.views.failures import RetryButton
from bot.views.kick import MAX_REASON
from bot.views.parts import Message

MAX_SHOWN = 20
MAX_NAMED = 3
"""So many are named in the sentence itself."""


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
        noticed: whether a return of each of them can be noticed.
    """

    removed: Sequence[tuple[Reported, Person | None]] = ()
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
        """How the operation ended. That someone had left changes nothing; keeping them out does."""
        return ended(
            done=bool(self.removed) or (self.blocked and bool(self.kept_out)),
            not_done=bool(self.failed or self.not_blocked),
            unknown=bool(self.unsure or self.maybe_blocked),
        )

    @property
    def kept_out(self) -> list[Person]:
        """Who had left, and cannot come back."""
        return [person for person in self.left if person not in (*self.not_blocked, *self.maybe_blocked)]

    def gone(self, asked: Sequence[Person]) -> list[Person]:
        """Those of the people asked for who are not in the room any more, as far as is known."""
        return [person for person in asked if person not in (*self.failed, *self.unsure)]


def summary(outcome: Outcome) -> str:
    """What a kick came to, in a few words, for the journal."""
    groups = (
        (len(outcome.removed), "removed"),
        (len(outcome.left), "already gone"),
        (len(outcome.failed), "still in"),
        (len(outcome.unsure), "not confirmed"),
        (len(outcome.not_blocked), "not kept out"),
        (len(outcome.maybe_blocked), "possibly not kept out"),
    )
    return ", ".join(f"{count} {what}" for count, what in groups if count) or "nobody"


def removed(
    outcome: Outcome,
    title: str,
    by: str,
    *,
    reason: str = "",
    retry: RetryButton | None = None,
    button: ButtonElement | None = None,
) -> Message:
    """What a kick came to, for the channel.

    Args:
        button: keeps out those who were removed, or lifts that.
    """
    where, count = parts.bold(title), len(outcome.removed)
    names = [_removed_line(person, known) for person, known in outcome.removed]
    named = count <= MAX_NAMED
    whom = parts.join_names([f"*{name}*" for name in names]) if named else parts.count_people(count)
    nobody = "I can't confirm that anyone was removed from" if outcome.unsure else "No one was removed from"
    line = f"{parts.mention(by)} removed {whom} from {where}." if count else f"{nobody} {where}."
    if not count and outcome.blocked and outcome.state in (State.DONE, State.PARTLY):
        line = f"{parts.mention(by)} kept {parts.names_of(outcome.kept_out, 8)} out of {where}."
    notes = [*([f"Reason: {parts.safe(reason, MAX_REASON)}"] if reason else []), *_notes(outcome)]
    outlook = _outlook(outcome)
    return parts.card(
        [line, *([] if named else [", ".join(names)]), *notes, outlook],
        parts.section(line),
        *_removed_blocks(outcome.removed[:MAX_SHOWN], names, listed=not named),
        parts.section(f"and {count - MAX_SHOWN} more") if count > MAX_SHOWN else None,
        *map(parts.context_block, notes),
        parts.context_block(outlook, parts.OUTLOOK),
        *parts.actions(retry.button if retry else None, button),
    )


def keep_out_button(value: str, count: int) -> ButtonElement | None:
    """Keeps out those who were removed."""
    whom = "them" if count != 1 else "this person"
    asks = parts.confirm(f"Keep {whom} out?", "Their invitation will stop working.", "Keep them out")
    return parts.button("Keep them out", "kick.keep_out", value, confirmation=asks)


def allow_button(value: str | None) -> ButtonElement | None:
    """Lifts a ban; None if there is no value."""
    return parts.button("Allow", "kick.pardon", value) if value else None


def advice() -> Message:
    """What else the host who keeps someone out must know."""
    return parts.message(
        "If your own site sends out invitations, block these people there too. Otherwise they can get a new one."
    )


def pardoned(names: Sequence[str], count: int, title: str, by: str, *, from_slack: bool) -> Message:
    """People who were kept out may come back.

    Args:
        names: of those of the `count` people whose names are known.
        from_slack: all of them join from Slack.
    """
    whom = parts.join_names([f"*{parts.safe(name, 60)}*" for name in names], total=count)
    line = f"{parts.mention(by)} allowed {whom} back into {parts.bold(title)}."
    how = "They can join from Slack again." if from_slack else "Outside Slack, they need a new invitation to join."
    return parts.message(f"{line} {how}")


def _notes(outcome: Outcome) -> Sequence[str]:
    notes = []
    for group, what in (
        (outcome.left, "had already left"),
        (outcome.failed, "couldn't be removed and {is_are} still in the meeting"),
        (outcome.unsure, "may still be in the meeting"),
    ):
        if group:
            said = what.format(is_are="is" if len(group) == 1 else "are")
            notes.append(f"{parts.names_of(group, 10)} {said}.")
    gone = len(outcome.removed) + len(outcome.left)
    if outcome.not_blocked:
        notes.append(f"Couldn't keep {parts.names_of(outcome.not_blocked, 10)} out. They can rejoin.")
    if outcome.maybe_blocked:
        notes.append(f"I can't confirm that {parts.names_of(outcome.maybe_blocked, 10)} will be kept out.")
    if outcome.blocked and gone > len(outcome.not_blocked) + len(outcome.maybe_blocked):
        others = outcome.failed or outcome.unsure or outcome.not_blocked or outcome.maybe_blocked
        whose = "The others' invitations no longer work." if others else "Their invitation no longer works."
        notes.append(whose)
    return notes


def _outlook(outcome: Outcome) -> str:
    if outcome.removed and not outcome.blocked:
        return "They can rejoin unless the meeting is locked."
    return "I'll tell you if I see them in the meeting again." if outcome.blocked and outcome.noticed else ""


def _removed_line(removed: Reported, known: Person | None) -> str:
    return parts.safe(_display_name(removed, known), 80)


def _removed_blocks(
    removed: Sequence[tuple[Reported, Person | None]], lines: Sequence[str], *, listed: bool
) -> list[Block]:
    """Those with a picture first, each beside it; the others in one list, unless they were named before."""
    pictured: list[Block] = []
    plainly = []
    for (person, known), line in zip(removed, lines, strict=False):
        picture = person.picture or ""
        if re.fullmatch(r"https?://\S{1,2990}", picture):
            name = parts.truncate(parts.single_line(_display_name(person, known)), 200)
            image = ImageElement(image_url=picture, alt_text=f"Picture of {name}")
            pictured.append(ContextBlock(elements=[image, parts.mrkdwn(line)]))
        else:
            plainly.append(f"• {line}")
    return pictured + (list(parts.sections(plainly)) if listed else [])


def _display_name(person: Reported, known: Person | None) -> str:
    """The name of someone whom the API says was removed, else the one by which the host knew them."""
    unnamed = parts.display_name(known) if known else f"Unnamed ({(person.id or '?')[:8]})"
    return literal(parts.single_line(person.name or "")) or unnamed
