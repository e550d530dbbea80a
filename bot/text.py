"""Text that can be sent and stored, whatever came from outside."""

import re
from typing import Any

_UNSPEAKABLE = re.compile("[\ud800-\udfff\x00]")


def speakable(text: str) -> str:
    """Text without halves of characters and NUL, which neither UTF-8 nor PostgreSQL takes."""
    return _UNSPEAKABLE.sub("\ufffd", text)


def all_speakable(value: Any) -> Any:
    """The same for every text in what JSON holds."""
    match value:
        case str():
            return speakable(value)
        case list():
            return [all_speakable(one) for one in value]
        case dict():
            return {speakable(key): all_speakable(one) for key, one in value.items()}
        case _:
            return value
