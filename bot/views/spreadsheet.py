"""CSV that a spreadsheet shows as it is: names come from outside, and a formula would be executed."""

import csv
from collections.abc import Iterable
from typing import TextIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_csv(file: TextIO, rows: Iterable[Iterable[str]], *, line_end: str = "\n") -> None:
    """Write rows as they come."""
    csv.writer(file, lineterminator=line_end).writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not read as a formula, also after the spaces that some strip."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
