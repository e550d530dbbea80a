"""`python -m bench.counted`: Usher, which writes down on SIGUSR1 what it has cost the database and the collector."""

import gc
import json
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
    """How many statements were sent so far, and how many objects only the garbage collector could free."""
    garbage = sum(generation["collected"] for generation in gc.get_stats())
    Path(os.environ["BENCH_COUNTS"]).write_text(json.dumps({"queries": statements.total(), "garbage objects": garbage}))


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", note)
    signal.signal(signal.SIGUSR1, write_down)
    runpy.run_module("bot", run_name="__main__")
