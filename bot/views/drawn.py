"""What is drawn once for all who ask at about the same time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Same(Generic[T]):
    """A value by its identity: what many share of one read need not be compared field by field."""

    value: T

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def drawn_at(now: datetime) -> datetime:
    """The end of these two seconds, within which all who ask share what is read, and what is drawn of it."""
    return (now + timedelta(seconds=2 - now.second % 2)).replace(microsecond=0)
