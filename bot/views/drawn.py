"""What is drawn once for all who ask at about the same time."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PERIOD = 2
"""Seconds within which all who ask share what is read, and what is drawn of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Same(Generic[T]):
    """A value by its identity: what many share of one read need not be compared field by field."""

    value: T

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def drawn_at(now: datetime) -> datetime:
    """The end of this period."""
    return (now + timedelta(seconds=PERIOD - now.second % PERIOD)).replace(microsecond=0)


def drawn_once(draw: Callable[P, T]) -> Callable[P, T]:
    """Draw the same once, for all who ask within a period: one argument is the moment, by `drawn_at`.

    What is older is dropped, unlike by `functools.lru_cache`, and with it what it was drawn of: a meeting may hold
    thousands of people.
    """
    made: dict[Hashable, T] = {}
    period = 0.0

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        nonlocal period
        if (now := time.time() // PERIOD) != period:
            made.clear()
            period = now
        key = args, tuple(kwargs.items())
        found = made.get(key)
        if found is None:
            found = made[key] = draw(*args, **kwargs)
        return found

    return drawn
