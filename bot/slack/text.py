"""Slack's markup in what people type: mentions, links and escaped characters. Pure."""

import re

_LINK = re.compile(r"<(https?://[^<>|]*)(?:\|[^<>]*)?>")
_REFERENCE = re.compile(r"<([^<>]*)>")


def visible_text(raw: str) -> str:
    """Text as the person sees it: mentions and links by their labels, `&amp;` and the like unescaped once."""
    return _unescape(_REFERENCE.sub(_label, raw))


def typed_text(raw: str) -> str:
    """Text as it was typed: links by their addresses, which hold ids, the rest as people see it."""
    return visible_text(_LINK.sub(r"\1", raw))


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
