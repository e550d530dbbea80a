"""The small parts of every card: escaping, cutting, times, buttons.

Everything from outside goes through here: into `plain_text` objects, or escaped into mrkdwn; cut before it is escaped,
on whole characters. Limits: https://docs.slack.dev/reference/block-kit
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Removed

TEXT_MOST = 3500
BLOCK_MOST = 2900
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""Control characters, and those that turn the reading direction of what follows around."""


@dataclass(frozen=True)
class Message:
    """What is said: blocks, and the same as text for screen readers and notifications."""

    text: str
    blocks: Sequence[Block]

    @cached_property
    def json(self) -> Sequence[Mapping[str, Any]]:
        """The blocks as Slack takes them, checked by their models; made once, however many people are told."""
        return [block.to_dict() for block in self.blocks]


def clean(text: str) -> str:
    """One line without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def cut(text: str, most: int) -> str:
    """At most `most` characters, ended with an ellipsis where something is missing, never inside a character."""
    if len(text) <= most:
        return text
    if text.isascii():
        return text[: most - 1].rstrip() + "…"
    import regex  # noqa: PLC0415 - it costs 4 MiB, and few texts are cut within characters that need it

    kept, length = [], 0
    for match in regex.finditer(r"\X", text):
        length += len(match[0])
        if length > most - 1:
            break
        kept.append(match[0])
    return "".join(kept).rstrip() + "…"


def escape(text: str) -> str:
    """Text as mrkdwn shows it literally: no mention, no link, no channel-wide ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe(text: str | None, most: int = 150) -> str:
    """Text from outside for mrkdwn: one line, cut, escaped."""
    return escape(cut(clean(text or ""), most))


def plain(text: str, most: int) -> PlainTextObject:
    """Text shown to the letter: no formatting, no emoji codes."""
    return PlainTextObject(text=cut(clean(text), most) or "–", emoji=False)


def mrkdwn(text: str) -> MarkdownTextObject:
    """Our own formatting around escaped text; `verbatim` keeps Slack from making links of what looks like one."""
    return MarkdownTextObject(text=text, verbatim=True)


def header(text: str) -> HeaderBlock:
    """The first line of a card."""
    return HeaderBlock(text=plain(text, 150))


def _fitting(text: str) -> str:
    """Our own mrkdwn within a block's limit; nothing that is cut off half is left at the end."""
    return text if len(text) <= BLOCK_MOST else re.sub(r"(&[a-z]*|<[^<>]*)$", "", cut(text, BLOCK_MOST)[:-1]) + "…"


def section(text: str, **more: Any) -> SectionBlock:
    """A paragraph of mrkdwn."""
    return SectionBlock(text=mrkdwn(_fitting(text)), **more)


def paragraphs(lines: Sequence[str]) -> list[SectionBlock]:
    """Lines of mrkdwn, close together: as few paragraphs as hold them, none cut in two."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if groups[-1] and sum(len(one) + 1 for one in groups[-1]) + len(line) > BLOCK_MOST:
            groups.append([])
        groups[-1].append(line)
    return [section("\n".join(group)) for group in groups if group]


def small(text: str) -> ContextBlock:
    """Small print in mrkdwn."""
    return ContextBlock(elements=[mrkdwn(_fitting(text))])


def small_plain(text: str) -> ContextBlock:
    """Small print to the letter."""
    return ContextBlock(elements=[plain(text, 2000)])


def button(
    text: str, action: str, value: str = "", *, style: str | None = None, asks: ConfirmObject | None = None
) -> ButtonElement:
    """A button; `value` is never trusted when it comes back."""
    return ButtonElement(
        text=PlainTextObject(text=cut(text, 75), emoji=False),
        action_id=action,
        value=value or None,
        style=style,
        confirm=asks,
    )


def confirm(title: str, text: str, yes: str) -> ConfirmObject:
    """Slack's own "Are you sure?" before a click counts."""
    return ConfirmObject(
        title=cut(title, 100), text=plain(text, 300), confirm=cut(yes, 30), deny="Cancel", style="danger"
    )


def actions(*elements: InteractiveElement | None) -> list[ActionsBlock]:
    """A row of buttons; none where there are none."""
    row = [element for element in elements if element is not None]
    return [ActionsBlock(elements=row)] if row else []


def packed(values: Mapping[str, Any], most: int = 2000) -> str | None:
    """Values in a button or a view's notes, as JSON; None where they do not fit."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= most else None


def unpacked(value: str) -> dict[str, Any]:
    """What `packed` made; empty for anything else."""
    try:
        values = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def modal(
    title: str, blocks: Sequence[Block], *, callback: str = "closed", notes: str = "", submit: str | None = None
) -> View:
    """A modal; without `submit` it can only be closed."""
    return View(
        type="modal",
        callback_id=callback,
        title=plain(title, 24),
        submit=plain(submit, 24) if submit else None,
        close=plain("Cancel" if submit else "Close", 24),
        private_metadata=notes,
        blocks=list(blocks),
    )


def loading(title: str, text: str) -> View:
    """A modal that opens at once and is filled in later."""
    return modal(title, [section(text)], callback="loading")


def message(text: str, *more: Block) -> Message:
    """A message whose first paragraph is its text as well."""
    return Message(cut(text, TEXT_MOST), [section(text), *more])


def title_of(title: str | None, meeting_id: str | None) -> str:
    """A meeting's title; an untitled one is told by the start of its id."""
    shown = clean(title or "")
    return shown or (f"Untitled meeting {meeting_id[:8]}" if meeting_id else "Untitled meeting")


def name_of(person: Person) -> str:
    """A person's name; somebody without one is told by the start of their id."""
    shown = clean(person.name or "")
    return shown or f"Someone without a name ({(person.user_id or person.custom_id or person.key)[:8]})"


def name_of_removed(person: Removed, known: Person | None) -> str:
    """The name of somebody whom the API says was removed, else the one by which the host knew them."""
    return clean(person.name or "") or (
        name_of(known) if known else f"Someone without a name ({(person.id or '?')[:8]})"
    )


def role_of(preset: str | None) -> str:
    """A preset's name as people read it."""
    return clean((preset or "").replace("_", " ")).removeprefix("group call ").strip().capitalize()


def mention(user_id: str) -> str:
    """A person in Slack."""
    return f"<@{user_id}>"


def lasted(span: timedelta) -> str:
    """How long something took: `under a minute`, `42 min`, `1 h 5 min`, `2 d 3 h`."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else "under a minute"


def clock(moment: datetime) -> str:
    """A time of day in the reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


def day(moment: datetime) -> str:
    """A day and time in the reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{moment:%d %b %Y %H:%M} UTC>"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 person`, `3 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """`nobody`, `1 person`, `3 people`."""
    return counted(number, "person", "people") if number else "nobody"


def listed(names: Iterable[str], most: int = 8, total: int | None = None) -> str:
    """`Ada, Grace and 3 more`."""
    every = list(names)
    count = max(total or 0, len(every))
    shown = every[:most]
    rest = count - len(shown)
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more" if shown else f"{rest} people"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
