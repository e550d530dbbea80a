"""`python -m bench.counted`: Usher, which writes down on SIGUSR1 how many statements it has sent to its database."""

import os
import runpy
import signal
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event

statements = count()


def write_down(*_: object) -> None:
    """How many there were, without this look."""
    Path(os.environ["BENCH_STATEMENTS"]).write_text(repr(statements).strip("count()"))


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", lambda *_: next(statements))
    signal.signal(signal.SIGUSR1, write_down)
    runpy.run_module("bot", run_name="__main__")
