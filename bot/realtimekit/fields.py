"""Fields of what RealtimeKit answers, read leniently: what cannot be read is None."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from bot.sanitize import sanitize

_NOTHING = {"", "null", "none", "undefined"}


def _text(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip().lower() in _NOTHING:
        return None
    return sanitize(value)


def _name(value: object) -> str | None:
    """What people typed: `None` and `null` are names like any other."""
    return sanitize(value) if isinstance(value, str) and value.strip() else None


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e12 else None


def count_of(value: object) -> int | None:
    """A number of things, such as `1` or `1.0`; None for anything else."""
    number = _number(value)
    return None if number is None or number < 0 else int(number)


def _moment(value: object) -> datetime | None:
    """A time as the API writes it, in UTC; tolerates a stray quote and a missing zone."""
    if isinstance(value, str) and (text := value.strip().strip("\"'")).lower() not in _NOTHING:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None
        # The year 1 is how some services write "none".
        return moment if moment.year >= 1970 else None
    return None


def _flag(value: object) -> bool:
    return value is True or value in ("true", "1", 1)


def _maybe_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def meta_in(value: object) -> Any:
    """Whatever JSON someone attached; None if there is nothing in it."""
    return value if isinstance(value, dict | list) and value else None


_Word = TypeVar("_Word", bound=StrEnum)


def one_of(words: type[_Word], unknown: _Word) -> BeforeValidator:
    """One of these words, otherwise the unknown one."""

    def read(value: object) -> _Word:
        return next((word for word in words if word == value), unknown)

    return BeforeValidator(read)


def rows_in(value: object) -> list[Any]:
    """The objects in a list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


Text = Annotated[str | None, BeforeValidator(_text)]
Name = Annotated[str | None, BeforeValidator(_name)]
Count = Annotated[int | None, BeforeValidator(count_of)]
Number = Annotated[float | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Flag = Annotated[bool, BeforeValidator(_flag)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_maybe_flag)]
