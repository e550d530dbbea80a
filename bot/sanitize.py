"""Text and JSON from outside, made safe to store, to send and to compare."""

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
QUOTES = '"“”„‟«»″＂'
APOSTROPHES = "'\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060\uff07"
DASHES = "–—−‐‑‒―-"
_ALIKE = {**dict.fromkeys(QUOTES, '"'), **dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(DASHES, "-")}
"""What people cannot tell apart, or cannot type, and phones put in by themselves."""
_TYPED = str.maketrans(_ALIKE)


def sanitize(text: str) -> str:
    """Text without lone surrogates and NUL, which neither UTF-8 nor PostgreSQL accepts."""
    return text if text.isprintable() else _UNSTORABLE.sub("\ufffd", text)


def sanitize_all(value: Any) -> Any:
    """The same for every text in a JSON value."""
    match value:
        case str():
            return sanitize(value)
        case list():
            return [sanitize_all(one) for one in value]
        case dict():
            return {sanitize(key): sanitize_all(one) for key, one in value.items()}
        case _:
            return value


_MARKS = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "'", **dict.fromkeys("·•‧∙⋅・", "-")})


def literal(name: str) -> str:
    """A name that looks as it was typed, and can neither format what is around it nor pose as a part of the line."""
    name = re.sub(r":(?=[a-z0-9_+'-]+:)", "\ua789", name)
    return re.sub(r"(?<!\w)_|_(?!\w)", "\uff3f", name).translate(_MARKS)


def folded(text: str | None) -> str:
    """Text as it is compared: without case, invisible characters and odd spaces, with plain quotes and dashes."""
    text = text or ""
    if text.isascii() and " " not in text and "`" not in text and text.isprintable():
        return text.casefold()  # most ids, of which there are thousands
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_TYPED)).translate(_TYPED)
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    elif "`" in text:
        text = text.translate(_TYPED)
    return " ".join(text.casefold().split())


def unaccented(text: str) -> str:
    """Folded text without accents on Latin and Greek letters, for those whose keyboard has none: `zoe` for `zoë`.

    In other scripts a mark makes another letter: だ is not た, and й is not и.
    """
    if text.isascii():
        return text
    kept, accents = list[str](), False
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.category(char) != "Mn":
            accents = unicodedata.name(char, "").startswith(("LATIN", "GREEK"))
        elif accents:
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


FROM_SLACK = "slack-"
"""The custom ids of people who joined from Slack begin with this."""


def from_slack(custom_ids: Iterable[object]) -> list[str]:
    """Those of these custom ids that belong to people who joined from Slack."""
    return [one for one in custom_ids if isinstance(one, str) and one.startswith(FROM_SLACK)]


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a text that came back to us, such as a button's value; empty for anything else."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def searchable(words: str) -> bool:
    """Whether these can be words of a title: paths and links are not searched for."""
    return not re.search(r"^[/.]|\.\./|\w://|\\|[\x00-\x1f]", words)
