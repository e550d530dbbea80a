"""Text and JSON from outside, made safe to store and to send."""

import json
import re
from typing import Any

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


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


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a text that came back to us, such as a button's value; empty for anything else."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
