"""The small parts of every card: escaping, cutting, times, buttons.

Everything from outside goes through here: as `plain_text`, or truncated on whole characters and escaped into mrkdwn.
https://docs.slack.dev/reference/block-kit
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
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

from bot.realtimekit.models import Person
from bot.sanitize import literal

MAX_TEXT, MAX_BLOCK = 3500, 2900
OUTLOOK = "outlook"
"""Block id of what may follow: it goes when a button of the message settles that."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""Control characters, and those that turn the reading direction of what follows around."""


@dataclass(frozen=True)
class Message:
    """A message: blocks, and the same as text for screen readers and notifications."""

    text: str
    blocks: Sequence[Block]

    @cached_property
    def json(self) -> Sequence[Mapping[str, Any]]:
        """The blocks as Slack accepts them, checked by their models; made once, however many people get them."""
        return [block.to_dict() for block in self.blocks]


def card(text: str | Sequence[str], *blocks: Block | None) -> Message:
    """A message whose text differs from its blocks, some of which may be missing; lines of text are joined."""
    lines = text if isinstance(text, str) else "\n".join(line for line in text if line)
    return Message(truncate(lines, MAX_TEXT), present(blocks))


def present(blocks: Iterable[Block | None]) -> list[Block]:
    """The blocks that are there."""
    return [block for block in blocks if block is not None]


def single_line(text: str) -> str:
    """One line without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def truncate(text: str, limit: int) -> str:
    """At most `limit` characters, ended with an ellipsis where something is missing, never inside a character."""
    if len(text) <= limit:
        return text
    if text.isascii():
        return text[: limit - 1].rstrip() + "…"
    import regex  # noqa: PLC0415 - it costs 4 MiB, and few texts are cut within characters that need it

    kept, length = [], 0
    for match in regex.finditer(r"\X", text):
        length += len(match[0])
        if length > limit - 1:
            break
        kept.append(match[0])
    return "".join(kept).rstrip() + "…"


def escape(text: str) -> str:
    """Text as mrkdwn shows it literally: no mention, no link, no channel-wide ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe(text: str | None, limit: int = 150) -> str:
    """Text from outside for mrkdwn: one line, cut, escaped."""
    return escape(truncate(single_line(text or ""), limit))


def plain(text: str, limit: int) -> PlainTextObject:
    """Text shown to the letter: no formatting, no emoji codes."""
    return PlainTextObject(text=truncate(single_line(text), limit) or "–", emoji=False)


def mrkdwn(text: str) -> MarkdownTextObject:
    """Our own formatting around escaped text; `verbatim` keeps Slack from making links of what looks like one."""
    return MarkdownTextObject(text=text, verbatim=True)


def header(text: str) -> HeaderBlock:
    """The first line of a card."""
    return HeaderBlock(text=plain(text, 150))


def _fitting(text: str) -> str:
    """Our own mrkdwn within a block's limit, without half an entity or half a link at its end."""
    return text if len(text) <= MAX_BLOCK else re.sub(r"(&[a-z]*|<[^<>]*)$", "", truncate(text, MAX_BLOCK)[:-1]) + "…"


def section(text: str, **more: Any) -> SectionBlock:
    """A paragraph of mrkdwn."""
    return SectionBlock(text=mrkdwn(_fitting(text)), **more)


def sections(lines: Sequence[str]) -> list[SectionBlock]:
    """Lines of mrkdwn, close together: as few paragraphs as hold them, none cut in two."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if groups[-1] and sum(len(one) + 1 for one in groups[-1]) + len(line) > MAX_BLOCK:
            groups.append([])
        groups[-1].append(line)
    return [section("\n".join(group)) for group in groups if group]


def context_block(text: str, block_id: str | None = None) -> ContextBlock | None:
    """Small print in mrkdwn; None if there is nothing to say."""
    return ContextBlock(elements=[mrkdwn(_fitting(text))], block_id=block_id) if text else None


def plain_context_block(text: str) -> ContextBlock | None:
    """Small print to the letter; None if there is nothing to say."""
    return ContextBlock(elements=[plain(text, 2000)]) if text else None


def button(
    text: str,
    action: str,
    value: str | Mapping[str, Any] = "",
    *,
    style: str | None = None,
    confirmation: ConfirmObject | None = None,
    label: str | None = None,
) -> ButtonElement | None:
    """A button; its value is never trusted when it comes back. None if the value does not fit into one.

    `label`: what screen readers say instead of the text.

    A nonce (`n`) in the value tells it from the buttons of other renderings, whose clicks are other intents.
    """
    held = value if isinstance(value, str) else encode(value)
    if held is None:
        return None
    shown = PlainTextObject(text=truncate(text, 75), emoji=False)
    spoken = truncate(label, 75) if label else None
    return ButtonElement(
        text=shown, action_id=action, value=held or None, style=style, confirm=confirmation, accessibility_label=spoken
    )


def confirm(title: str, text: str, yes: str) -> ConfirmObject:
    """Slack's own "Are you sure?" before a click counts."""
    return ConfirmObject(
        title=truncate(title, 100), text=plain(text, 300), confirm=truncate(yes, 30), deny="Cancel", style="danger"
    )


def actions(*elements: InteractiveElement | None) -> list[ActionsBlock]:
    """A row of buttons; none where there are none."""
    row = [element for element in elements if element is not None]
    return [ActionsBlock(elements=row)] if row else []


def encode(values: Mapping[str, Any], limit: int = 2000) -> str | None:
    """Values as JSON, for a button or a view's `private_metadata`; None if they do not fit."""
    text = orjson.dumps(values).decode()
    return text if len(text) <= limit else None


def modal(
    title: str,
    blocks: Iterable[Block | None],
    *,
    callback: str = "closed",
    private_metadata: str = "",
    submit: str | None = None,
) -> View:
    """A modal; without `submit` it can only be closed."""
    return View(
        type="modal",
        callback_id=callback,
        title=plain(title, 24),
        submit=plain(submit, 24) if submit else None,
        close=plain("Cancel" if submit else "Close", 24),
        private_metadata=private_metadata,
        blocks=present(blocks),
    )


def loading(title: str, text: str) -> View:
    """A modal that opens at once and is filled in later."""
    return modal(title, [section(text)], callback="loading")


def message(text: str, *more: Block | None) -> Message:
    """A message whose first paragraph is its text as well."""
    return card(text, section(text), *more)


def typed_text(text: str) -> list[Block]:
    """What was typed and didn't arrive anywhere, to the letter, so that it can be copied."""
    return [SectionBlock(text=PlainTextObject(text=text[:3000], emoji=False))] if text.strip() else []


def names_of(people: Iterable[Person], limit: int = 8, total: int | None = None) -> str:
    """`Ada, Grace and 3 more`, escaped."""
    return join_names([safe(display_name(person), 60) for person in people], limit, total)


def display_title(title: str | None, meeting_id: str | None) -> str:
    """A meeting's title; an untitled one is told by the start of its id."""
    shown = single_line(title or "")
    return shown or (f"Untitled meeting {meeting_id[:8]}" if meeting_id else "Untitled meeting")


def display_name(person: Person) -> str:
    """A person's name; someone without one is told by the start of the id that RealtimeKit gave them."""
    shown, told_by = literal(single_line(person.name or "")), person.user_id or person.key.removeprefix("peer:")
    return shown or ("Unnamed" + (f" ({told_by[:8]})" if ":" not in told_by else ""))


def command(typed: str, title: str) -> str:
    """What to type about a meeting that may be another than the channel's: `/session watch Weekly standup`."""
    return f"`{typed} {escape(single_line(title).replace('`', ''))}`"


def bold(text: str | None) -> str:
    """Text from outside, in bold."""
    return f"*{safe(text)}*"


def bold_title(title: str | None, meeting_id: str | None) -> str:
    """A meeting's title, in bold."""
    return bold(display_title(title, meeting_id))


def role_name(preset: str | None) -> str:
    """A preset's name as people read it."""
    return single_line((preset or "").replace("_", " ")).removeprefix("group call ").strip().capitalize()


def mention(user_id: str) -> str:
    """A person in Slack."""
    return f"<@{user_id}>"


def duration(span: timedelta) -> str:
    """How long something took: `under a minute`, `42 min`, `1 hr 5 min`, `2 days 3 hr`."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{count_of(days, 'day')} {hours % 24} hr"
    if hours:
        return f"{hours} hr {minutes % 60} min"
    return f"{minutes} min" if minutes else "under a minute"


def time_of_day(moment: datetime) -> str:
    """A time of day in the reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


def date_and_time(moment: datetime) -> str:
    """A day and time in the reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{moment:%b %d, %Y, %H:%M} UTC>"


def count_of(number: int, one: str, many: str | None = None) -> str:
    """`1 person`, `3 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def count_people(number: int) -> str:
    """`no one`, `1 person`, `3 people`."""
    return count_of(number, "person", "people") if number else "no one"


def join_names(names: Iterable[str], limit: int = 8, total: int | None = None) -> str:
    """`Ada, Grace and 3 more`."""
    every = list(names)
    count = max(total or 0, len(every))
    shown = every[:limit]
    rest = count - len(shown)
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more" if shown else count_people(rest)
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
