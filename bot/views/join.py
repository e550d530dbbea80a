"""Personal links into meetings."""

from pydantic import SecretStr
from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from bot.views import parts
from bot.views.parts import Message

MAX_URL = 3000
"""What a button of Slack's holds."""


def button(meeting_id: str, **more: str) -> ButtonElement | None:
    """Gets whoever clicks it a personal link."""
    return parts.button("Join", "session.join", {"m": meeting_id, **more}, style="primary")


def link(title: str, url: SecretStr) -> Message:
    """A personal link, for one person alone."""
    return parts.card(f"Your personal link to {parts.safe(title)} is ready.", *_blocks(title, url))


def link_view(title: str, url: SecretStr) -> View:
    """The same as a modal, for the Home tab."""
    return parts.modal("Join", _blocks(title, url))


def _blocks(title: str, url: SecretStr) -> list[Block | None]:
    return [
        parts.section(f"Here's your link to {parts.bold(title)}. It's only for you, so don't share it."),
        *parts.actions(url_button("Open meeting", url, style="primary")),
        parts.context_block("Choose Join again to get a new link."),
    ]


def personal_link(url: SecretStr) -> str:
    """The link itself in mrkdwn: on phones a link can be copied, and a button cannot."""
    bare = url.get_secret_value().replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return f"<{parts.escape(bare)}|personal link>"


def url_button(text: str, url: SecretStr, *, style: str | None = None, label: str | None = None) -> ButtonElement:
    """A button that opens a link. Slack reports the click too."""
    return ButtonElement(
        text=parts.plain(text, 75), action_id="join.link", url=url.get_secret_value(), style=style,
        accessibility_label=parts.truncate(label, 75) if label else None,
    )  # fmt: skip


def loading() -> View:
    """The modal before the link was made."""
    return parts.loading("Join", "Getting your link…")
