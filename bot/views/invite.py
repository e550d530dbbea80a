"""Inviting people to meetings."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, UserMultiSelectElement
from slack_sdk.models.views import View

from bot.store.records import State, ended
from bot.views import join, parts
from bot.views.parts import Message

MAX_TYPED = 1000
MAX_LINKS = 8000
"""Characters of links in one message; Slack refuses messages of about 13,000 (`msg_blocks_too_long`)."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What inviting came to.

    Attributes:
        people: user ids of those who got a message.
        refused: user ids, each with why they were not invited.
        unsure: user ids of those who may have got a message.
        guests: names from outside, each with their personal link.
        failed: names from outside for whom there is no link, each with the reason.
    """

    people: Sequence[str] = ()
    refused: Sequence[tuple[str, str]] = ()
    unsure: Sequence[str] = ()
    guests: Sequence[tuple[str, SecretStr]] = ()
    failed: Sequence[tuple[str, str]] = ()

    def has(self, whom: str) -> bool:
        """Whether this user id, or this guest, was invited, or may have been."""
        return whom in (*self.people, *self.unsure, *(name for name, _ in self.guests))

    @property
    def state(self) -> State:
        """How the operation ended."""
        return ended(
            done=bool(self.people or self.guests), not_done=bool(self.refused or self.failed), unknown=bool(self.unsure)
        )


def form(title: str, *, private_metadata: str) -> View:
    """The modal in which one names people of the workspace and guests."""
    people = UserMultiSelectElement(placeholder="Choose people", action_id="people", focus_on_load=True)
    names = PlainTextInputElement(
        action_id="text", multiline=True, max_length=MAX_TYPED, placeholder="Pat Doe\nKim Lee"
    )
    blocks: list[Block] = [
        parts.section(f"Invite people to {parts.bold(title)}. Up to 20 at once."),
        InputBlock(
            block_id="people",
            label=parts.plain("People in this workspace", 100),
            hint=parts.plain("Each gets a direct message with a Join button.", 100),
            element=people,
            optional=True,
        ),
        InputBlock(
            block_id="guests",
            label=parts.plain("Outside guests", 100),
            hint=parts.plain("One name per line. You'll get a personal link to send to each guest.", 100),
            element=names,
            optional=True,
        ),
    ]
    return parts.modal("Invite", blocks, callback="invite", private_metadata=private_metadata, submit="Invite")


def loading_form() -> View:
    """The form before the meeting was read."""
    return parts.loading("Invite", "Looking up the meeting…")


def invitation(title: str, meeting_id: str, by: str) -> Message:
    """What someone who is invited reads."""
    return parts.message(
        f"{parts.mention(by)} invited you to {parts.bold(title)}.",
        *parts.actions(join.button(meeting_id)),
        parts.context_block("The Join button gives you a personal link. The invitation is good for 30 days."),
    )


def result(invited: Invited, title: str) -> list[Message]:
    """What inviting came to, for the host alone, with the links of guests: as many messages as hold them."""
    where, lines = parts.bold(title), []
    if invited.people:
        lines.append(f"Invited {_mentions(invited.people)} to {where}.")
    if invited.guests:
        if len(invited.guests) == 1:
            lines.append(f"Here's a personal link to {where} for your guest. Send it only to them.")
        else:
            lines.append(f"Here's a personal link to {where} for each guest. Send each only to the person it's for.")
    lines += [f"Couldn't invite {parts.mention(one)}: {why}." for one, why in invited.refused]
    if invited.unsure:
        lines.append(f"I can't tell whether {_mentions(invited.unsure)} got the invitation.")
    lines += [f"Couldn't make a link for *{parts.safe(name, 60)}*: {why}." for name, why in invited.failed]
    groups: list[list[Block]] = [[]]
    left = MAX_LINKS
    for name, url in invited.guests:
        size = len(name) + len(url.get_secret_value())
        if groups[-1] and size > left:
            groups.append([])
            left = MAX_LINKS
        left -= size
        groups[-1].append(parts.section(f"*{parts.safe(name, 100)}*: {join.personal_link(url)}"))
    first, *others = groups
    more = [parts.card(f"More links to {where}.", *group) for group in others]
    return [parts.card(lines, *map(parts.section, lines), *first), *more]


def announced(invited: Invited, title: str, by: str) -> Message:
    """That people were invited, for the channel; guests from outside are only counted."""
    guests = parts.count_of(len(invited.guests), "guest") if invited.guests else ""
    people = parts.count_people(len(invited.people)) if invited.people else ""
    whom = parts.join_names([one for one in (people, guests) if one])
    return parts.message(f"{parts.mention(by)} invited {whom} to {parts.bold(title)}.")


def summary(invited: Invited) -> str:
    """What inviting came to, in a few words, for the journal."""
    groups = (
        (len(invited.people) + len(invited.guests), "invited"),
        (len(invited.refused) + len(invited.failed), "not invited"),
        (len(invited.unsure), "not confirmed"),
    )
    return ", ".join(f"{count} {what}" for count, what in groups if count)


def _mentions(people: Sequence[str]) -> str:
    return parts.join_names([parts.mention(one) for one in people], limit=20)
