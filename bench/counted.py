"""`python -m bench.counted`: Usher, which writes down on SIGUSR1 how many statements it has sent to its database."""

import os
import runpy
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

statements: Counter[str] = Counter()


def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    """One more is sent."""
    statements[statement] += 1


def write_down(*_: object) -> None:
    """How many were sent so far."""
    Path(os.environ["BENCH_STATEMENTS"]).write_text(str(statements.total()))


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", note)
    signal.signal(signal.SIGUSR1, write_down)
    runpy.run_module("bot", run_name="__main__")
