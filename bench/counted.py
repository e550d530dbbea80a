"""`python -m bench.counted MODULE`: a bot that writes down on SIGUSR1 what it has cost so far.

The database, the allocator and the garbage collector. SIGUSR1 comes twice: allocations are counted in between.
"""

import gc
import json
import os
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import memray
from sqlalchemy import Engine, event

COUNTS = Path(os.environ["BENCH_COUNTS"])
TRACE = COUNTS.with_suffix(".memray")
FREED = {memray.AllocatorType.FREE, memray.AllocatorType.MUNMAP, memray.AllocatorType.PYMALLOC_FREE}

counted = Counter(queries=0)
tracker = memray.Tracker(TRACE, trace_python_allocators=True)


def note(*_: Any) -> None:
    """One more statement is sent."""
    counted["queries"] += 1


def write_down(*_: object) -> None:
    """How many statements were sent, blocks of memory allocated, and objects freed by the garbage collector alone."""
    if "allocations" in counted:
        tracker.__exit__(None, None, None)
        records = memray.FileReader(TRACE).get_allocation_records()
        counted["allocations"] = sum(record.allocator not in FREED for record in records)
    else:
        counted["allocations"] = 0
        tracker.__enter__()
    counted["garbage objects"] = sum(generation["collected"] for generation in gc.get_stats())
    COUNTS.write_text(json.dumps(counted))


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", note)
    signal.signal(signal.SIGUSR1, write_down)
    runpy.run_module(sys.argv.pop(1), run_name="__main__")
