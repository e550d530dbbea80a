"""One event stream: a line an event, JSON or for people. No secret is ever put into one."""

import atexit
import contextlib
import logging
import os
import sys
from queue import SimpleQueue
from threading import Thread, get_ident
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
"""Lines that may wait for a platform that takes none, a few MiB; later ones are dropped."""


class LogWriter:
    """A stream that takes a line at once, and writes it from a thread of its own.

    A platform that is slow to read what we print would stop the event loop otherwise, and with it everything.

    Args:
        descriptor: where to write.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._dropped, self._told = descriptor, 0, 0
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, line: bytes | str) -> None:
        """Have a line written; if too many wait already, it is dropped and counted."""
        encoded = line.encode() if isinstance(line, str) else line
        if get_ident() == self._thread.ident:  # of the lines that were dropped
            self._write(encoded)
        elif self._waiting.qsize() < MAX_WAITING:
            self._waiting.put(encoded)
        else:
            self._dropped += 1

    def flush(self) -> None:
        """Nothing to do: the thread keeps nothing back."""

    def close(self, seconds: float = 1.0) -> None:
        """Wait until everything is written, for so long at most."""
        self._waiting.put(None)
        self._thread.join(seconds)

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
            self._write(line)
            if new := self._dropped - self._told:
                self._told += new
                log.warning("log lines dropped", lines=new)

    def _write(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more, or the disk is full
            while line:
                line = line[os.write(self._descriptor, line) :]


def configure(
    level: str, log_format: Literal["console", "json"] | None, to: TextIO | None = None, *, as_records: bool = False
) -> None:
    """Set logging up for the process.

    Args:
        log_format: None for `console` on a terminal, else `json`.
        to: standard output if None.
        as_records: our own lines go through the standard library too, where Sentry and tests find them. That costs 9
            percent of the rate (`python -m bench`): otherwise they take structlog's fast path,
            https://www.structlog.org/en/stable/performance.html.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    to = to or sys.stdout
    console = log_format == "console" or (log_format is None and to.isatty())
    writer = LogWriter(to.fileno())
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
