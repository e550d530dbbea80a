"""One event stream: a line an event, JSON or for people. No secret is ever put into one."""

import atexit
import logging
import os
import select
import sys
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, BinaryIO, Literal, TextIO, cast

import orjson
import stamina.instrumentation
import structlog
from pydantic import SecretStr

from bot import VERSION

_QUIET = ("aiohttp.access", "asyncio", "alembic")
_SILENT = ("slack_sdk", "slack_bolt")
"""They log what people typed, and addresses that are secrets, at every level; what matters of it we log ourselves."""

log = structlog.get_logger(__name__)

MAX_WAITING = 10_000
"""Lines that can wait while the platform isn't reading: about 5 MiB of requests."""
CLOSE_TIMEOUT = 1.0
GATHERING = 0.01
"""Seconds for which lines are gathered, to be written together: one by one they cost 7 percent of the rate."""


class LogWriter:
    """A stream that accepts lines immediately and writes them from its own thread.

    Otherwise a platform that is slow to read what we print would stop the event loop, and with it everything.

    Args:
        descriptor: where to write.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._dropped, self._closing = descriptor, 0, Event()
        self._waiting: SimpleQueue[bytes] = SimpleQueue()
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, line: bytes | str) -> None:
        """Queue a line; if too many wait already, it is dropped and counted."""
        if self._waiting.qsize() < MAX_WAITING:
            self._waiting.put(line.encode() if isinstance(line, str) else line)
        else:
            self._dropped += 1

    def flush(self) -> None:
        """Nothing to do: what is queued is written within `GATHERING`, or as soon as the platform reads."""

    def close(self) -> None:
        """Wait until everything is written, for `CLOSE_TIMEOUT` at most."""
        self._closing.set()
        self._waiting.put(b"")  # wakes the thread
        self._thread.join(CLOSE_TIMEOUT)

    def _write_all(self) -> None:
        failed = reported = 0
        while not self._closing.is_set() or not self._waiting.empty():
            lines = [self._waiting.get()]
            self._closing.wait(GATHERING)
            lines += [self._waiting.get() for _ in range(self._waiting.qsize())]
            if not self._write(b"".join(lines)):
                failed += len(lines)
            elif (lost := self._dropped + failed - reported) and self._waiting.qsize() < MAX_WAITING // 2:
                # Queued like any other: written from here, it would hold the logger's lock while the platform waits.
                reported += lost
                log.warning("log lines dropped", lines=lost)

    def _write(self, text: bytes) -> bool:
        """Write all of it; False if nobody reads any more, or the disk is full."""
        rest = memoryview(text)
        try:
            while rest:
                try:
                    rest = rest[os.write(self._descriptor, rest) :]
                except BlockingIOError:  # another process that shares it has made it so
                    select.select((), (self._descriptor,), ())
        except OSError:
            return False
        return True


def configure(
    level: str, log_format: Literal["console", "json"] | None, stream: TextIO | None = None, *, as_records: bool = False
) -> None:
    """Set logging up for the process.

    Args:
        log_format: None for `console` on a terminal, else `json`.
        stream: standard output if None.
        as_records: our own lines go through the standard library too, where Sentry and tests find them. That costs 9
            percent of the rate (`python -m bench`): otherwise they take structlog's fast path,
            https://www.structlog.org/en/stable/performance.html.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    stream = stream or sys.stdout
    console = log_format == "console" or (log_format is None and stream.isatty())
    writer = LogWriter(stream.fileno())
    last = _renderers(console=console)
    if console or as_records:
        ours: dict[str, Any] = {
            "processors": [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            "logger_factory": structlog.stdlib.LoggerFactory(),
            "wrapper_class": structlog.stdlib.BoundLogger,
        }
    else:
        ours = {
            "processors": [*shared, *last],
            "logger_factory": structlog.BytesLoggerFactory(cast("BinaryIO", writer)),
            "wrapper_class": structlog.make_filtering_bound_logger(level),
        }
    structlog.configure(**ours, cache_logger_on_first_use=True)
    _take_records(level, writer, shared, last)


def _take_records(
    level: str, writer: LogWriter, shared: list[structlog.typing.Processor], last: list[structlog.typing.Processor]
) -> None:
    """What comes through the standard library is written in the same way; of libraries, errors alone."""
    handler = logging.StreamHandler(writer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, _as_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        # Libraries log bodies and headers at lower levels.
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # A retry is told by the one line of the attempt that it belongs to.
    stamina.instrumentation.set_on_retry_hooks([])


def _renderers(*, console: bool) -> list[structlog.typing.Processor]:
    if console:  # its other formatters show local values
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=orjson.dumps)]


def _as_text(_: object, __: str, line: Any) -> str:
    return line.decode() if isinstance(line, bytes) else str(line)


def report_to_sentry(dsn: SecretStr) -> bool:
    """Send faults to Sentry, without what people typed and without local values; False where it is not installed."""
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
    except ImportError:
        return False
    sentry_sdk.init(
        dsn=dsn.get_secret_value(),
        release=VERSION,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=without_words,
    )
    return True


def without_words(event: Any, hint: dict[str, Any]) -> Any:
    """A fault as Sentry is told of it: our own line, its request; of exceptions no words, which may be someone's."""
    line = getattr(hint.get("log_record"), "msg", None)
    if isinstance(line, dict):
        event["logentry"] = {"message": line.get("event")}
        event["tags"] = {name: str(line[name]) for name in ("request", "name", "error") if name in line}
    for fault in (event.get("exception") or {}).get("values", ()):
        fault.pop("value", None)
    return event
