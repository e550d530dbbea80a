"""The log is written in order and to the end, from beside the event loop."""

import os
import subprocess
import sys

import orjson
import pytest

from bot import logs
from tests.process import ROOT


def written(descriptor: int, size: int) -> bytes:
    """What comes out of a pipe, so many bytes."""
    came = b""
    while len(came) < size:
        came += os.read(descriptor, size - len(came))
    return came


@pytest.mark.parametrize("blocking", [True, False])
def test_lines_are_written_whole_and_in_order_also_where_a_pipe_takes_a_part_at_a_time(blocking: bool) -> None:
    out, into = os.pipe()
    os.set_blocking(into, blocking)
    writer = logs.LogWriter(into)
    lines = [b"%d %s\n" % (number, b"x" * 2**20) for number in range(5)]  # more than a pipe holds
    for line in lines:
        writer.write(line)
    assert written(out, sum(map(len, lines))) == b"".join(lines)
    writer.close()
    os.close(into)
    assert os.read(out, 1) == b""
    os.close(out)


def test_each_line_that_nobody_reads_is_written_later_or_counted_as_dropped() -> None:
    program = """
import sys, structlog
from bot import logs
logs.configure("INFO", "json")
for number in range(40_000):
    if number == 20_000:
        print("full", file=sys.stderr, flush=True)
    structlog.get_logger().info("said", number=number)
"""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr
        assert child.stdout
        assert child.stderr.readline() == b"full\n"
        lines = [orjson.loads(line) for line in child.stdout.read().splitlines()]
    said = [line["number"] for line in lines if line["event"] == "said"]
    assert said == sorted(set(said))
    dropped = [line["lines"] for line in lines if line["event"] == "log lines dropped"]
    assert dropped
    assert len(said) + sum(dropped) == 40_000


@pytest.mark.parametrize("as_records", [False, True])
def test_a_platform_that_stops_reading_holds_up_no_line_and_no_exit(as_records: bool) -> None:
    program = f"""
import sys, structlog
from bot import logs
logs.configure("INFO", "json", as_records={as_records})
for number in range(30_000):
    if number == 15_000:
        print("full", file=sys.stderr, flush=True)
        sys.stdin.readline()
    structlog.get_logger().info("said", words="x" * 4000)
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603 - our own program
        assert child.stdin
        assert child.stdout
        assert child.stderr
        assert child.stderr.readline() == b"full\n"
        assert child.stdout.readline()  # and no more
        child.stdin.write(b"go on\n")
        child.stdin.flush()
        try:
            assert child.wait(20) == 0
        finally:
            child.kill()


def test_a_log_that_nobody_can_read_any_more_fails_nothing() -> None:
    out, into = os.pipe()
    os.close(out)
    writer = logs.LogWriter(into)
    writer.write(b"x\n")
    writer.close()
    os.close(into)


def test_what_is_logged_last_is_written_before_the_process_ends() -> None:
    program = "import structlog; from bot import logs; logs.configure('INFO', 'json')\n"
    program += "for number in range(5000): structlog.get_logger().info('said', number=number)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=30, check=True)  # noqa: S603 - our own program
    assert [orjson.loads(line)["number"] for line in ended.stdout.splitlines()] == list(range(5000))
