"""Quiet in a meeting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, InputBlock
from slack_sdk.models.views import View

from bot.realtimekit.models import Person
from bot.store.records import State, ended
from bot.views.failures import RetryButton
from bot.views.kick import people_menu
from bot.views.parts import (
    Message,
    actions,
    bold,
    count_people,
    mention,
    message,
    modal,
    names_of,
    plain,
    safe,
    section,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What muting some people came to.

    Attributes:
        left: who was not in the room any more.
        failed: who was not muted.
        unsure: who may or may not have been muted.
    """

    muted: Sequence[Person] = ()
    left: Sequence[Person] = ()
    failed: Sequence[Person] = ()
    unsure: Sequence[Person] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both together."""
        return Outcome(*([*mine, *theirs] for mine, theirs in zip(self._groups(), other._groups(), strict=True)))

    def _groups(self) -> tuple[Sequence[Person], ...]:
        return self.muted, self.left, self.failed, self.unsure

    @property
    def state(self) -> State:
        """How the operation ended."""
        return ended(done=bool(self.muted), not_done=bool(self.failed), unknown=bool(self.unsure))


def summary(outcome: Outcome) -> str:
    """What muting came to, in a few words, for the journal."""
    groups = zip(("muted", "already gone", "not muted", "not confirmed"), outcome._groups(), strict=True)  # noqa: SLF001
    return ", ".join(f"{len(people)} {what}" for what, people in groups if people)


def form(
    title: str,
    everyone: Sequence[Person],
    candidates: Sequence[Person],
    *,
    now: datetime,
    private_metadata: str,
    remarks: Sequence[str],
) -> View:
    """The modal in which one chooses whom to mute, where words may mean several people."""
    menu = people_menu(everyone, (), candidates, now)
    blocks: list[Block] = [
        section(f"Mute people in {bold(title)} ({count_people(len(everyone))} in the meeting)"),
        *map(section, remarks),
        InputBlock(block_id="people", label=plain("Who should be muted?", 100), element=menu),
    ]
    return modal("Mute people", blocks, callback="mute", private_metadata=private_metadata, submit="Mute")


def muted(outcome: Outcome, title: str, by: str, retry: RetryButton | None = None) -> Message:
    """Some were muted, and others not."""
    where = f"*{safe(title)}*"
    line = f"{mention(by)} muted {names_of(outcome.muted, 20)} in {where}."
    if not outcome.muted:
        line = (
            f"I can't confirm that anyone was muted in {where}." if outcome.unsure else f"No one was muted in {where}."
        )
    for people, what in (
        (outcome.left, "already left."),
        (outcome.failed, "couldn't be muted."),
        (outcome.unsure, "may be muted now. You can safely try again."),
    ):
        line += f" {names_of(people, 20)} {what}" if people else ""
    return message(line, *actions(retry.button if retry else None))


def none_muted(title: str) -> Message:
    """Everyone was to be muted, and RealtimeKit says that it muted none."""
    return message(f"RealtimeKit says it muted no one in *{safe(title)}*. Everyone may already be muted.")


def all_muted(title: str, count: int | None, by: str, *, hold: bool) -> Message:
    """Everyone was muted."""
    whom = count_people(count) if count else "everyone"
    after = "They can't unmute until a host allows it in the meeting." if hold else "They can unmute themselves."
    return message(f"{mention(by)} muted {whom} in *{safe(title)}*. {after}")
