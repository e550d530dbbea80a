"""Lines of CSV that a spreadsheet shows as they are: names come from outside, and a formula would be carried out."""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(row: Iterable[str]) -> str:
    """One line, without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(_harmless(cell) for cell in row)
    return line.getvalue()


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula, also after the spaces that some leave out."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
