"""The command line: serves, and what an operator or a developer asks of Usher beside that."""

import argparse
import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot import VERSION, logs
from bot.app import realtimekit
from bot.realtimekit.errors import RealtimeKitError
from bot.settings import NEEDED, BadSettings, Settings, load
from bot.store.engine import Database, close_quietly
from bot.store.errors import StoreError
from bot.store.journal import Journal
from bot.web import USHER, build

log = structlog.get_logger(__name__)

BAD_SETTINGS, NO_DATABASE, NO_SOCKET, NO_PORT = 2, 3, 4, 5
"""Exit statuses."""
AWAY = {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
"""What Slack says of itself, not of our token."""


FIRST_STEPS = f"""\
Usher is not set up yet. To try it first, without any account: make sandbox
To serve Slack:
  1. python -m bot manifest --url https://…  prints what to paste at api.slack.com/apps > Create New App
  2. set {", ".join(NEEDED)}
  3. python -m bot check  says where to find each of them, and what is not right yet"""
"""For somebody who is here for the first time."""


class NoSocket(Exception):
    """Slack does not let us connect by Socket Mode."""


class NoPort(Exception):
    """Nothing can listen where the settings say."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs.

    Raises:
        StoreError: the database is not there.
        NoSocket: Socket Mode is wanted and Slack refuses it.
        NoPort: the port is taken, or not ours to take.
    """
    stop = asyncio.Event()
    _stop_on_signals(asyncio.get_running_loop(), stop)
    app = build(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    try:
        await runner.setup()
        _spare_the_garbage_collector()
        await _listen(runner, settings.host, settings.port)
        log.info("serving", host=settings.host, port=settings.port, socket_mode=settings.slack_app_token is not None)
        if settings.slack_app_token is None:
            await stop.wait()
        else:
            async with _socket(app[USHER].bolt, settings.slack_app_token.get_secret_value()):
                await stop.wait()
        log.info("stopping")
    finally:
        await runner.cleanup()
        # From here on the process only leaves; the interpreter gives our handler up, but not an ignored signal.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise NoPort(f"{host}:{port}: {error.strerror or error}") from None


def _spare_the_garbage_collector() -> None:
    """Take what the start made out of its sight: each look through all of that would hold commands up for 50 ms."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _socket(bolt: AsyncApp, token: str) -> AsyncIterator[None]:
    """A Socket Mode connection, which Bolt renews by itself."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

    handler = AsyncSocketModeHandler(bolt, token)
    try:
        # `connect` would try a refused token for ever; asked here, and handed on, the URL is asked for once.
        handler.client.wss_uri = await handler.client.issue_new_wss_url()
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if error.response.status_code < 500 and code not in AWAY:
            raise NoSocket(f"SLACK_APP_TOKEN is refused ({code})") from None
        log.warning("slack cannot be reached yet", error=code)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("slack cannot be reached yet", error=type(error).__name__)
    # Bolt leaves these untyped. Until it is connected, `connect` tries again and again: SIGTERM must not wait for it.
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        connecting.cancel()
        await handler.close_async()  # type: ignore[no-untyped-call]


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT, however often they come.

    Not by the loop's own handlers: it puts the default back when it closes, and a platform that sends SIGTERM twice
    would kill the process while the interpreter leaves.
    """

    def handle(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


async def migrate(settings: Settings, to: str | None = None) -> None:
    """Bring the database's schema up to date, for a release phase; or back to a revision. Raises `StoreError`."""
    database = Database(settings.database_url)
    try:
        await (database.downgrade(to) if to else database.migrate())
    finally:
        await close_quietly(database)


async def journal(settings: Settings, since: str, form: str) -> None:
    """Print the journal. Raises `StoreError`, and ValueError for a day that is none."""
    from bot import export

    database = Database(settings.database_url)
    try:
        entries = [entry async for entry in Journal(database).since(export.moment(since))]
    finally:
        await close_quietly(database)
    for line in export.lines(entries, "csv" if form == "csv" else "jsonl"):
        print(line)


async def webhooks(settings: Settings, what: str, url: str | None) -> str:
    """See to the registration at RealtimeKit; what there is to say. Raises what `registration` does."""
    from bot import registration

    kit = realtimekit(settings)
    try:
        act = {"status": registration.status, "register": registration.register, "remove": registration.remove}[what]
        return await act(kit, url)
    finally:
        await kit.close()


async def check(settings: Settings) -> bool:
    """Print what is right and what is not; whether all of it is."""
    from bot import doctor

    kit = realtimekit(settings)
    try:
        findings = await doctor.examine(settings, kit)
    finally:
        await kit.close()
    print(*findings, sep="\n")
    return all(finding.right for finding in findings)


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    made = argparse.ArgumentParser(prog="python -m bot", description="Usher: run RealtimeKit meetings from Slack.")
    made.add_argument("--version", action="version", version=f"Usher {VERSION}")
    commands = made.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve Slack (the default)")
    commands.add_parser("check", help="look whether everything is set up right; changes nothing")
    migrated = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrated.add_argument("--to", metavar="REVISION", help="take it back, before an older Usher is deployed")
    printed = commands.add_parser("journal", help="print what was done")
    printed.add_argument("--since", default="1970-01-01", help="a day such as 2026-11-01, or a moment")
    printed.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    hooks = commands.add_parser("webhooks", help="have RealtimeKit tell Usher what happens, for live cards")
    hooks.add_argument("what", nargs="?", choices=("status", "register", "remove"), default="status")
    hooks.add_argument("--url", help="where Usher runs, such as https://usher.example.com")
    pasted = commands.add_parser("manifest", help="print the Slack app's manifest, to paste at api.slack.com/apps")
    pasted.add_argument("--url", help="where Usher runs, such as https://usher.example.com")
    pasted.add_argument("--socket", action="store_true", help="for Socket Mode, which needs no address")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    chosen = parser().parse_args(arguments)
    if chosen.command == "manifest":
        return _manifest(chosen)
    try:
        settings = load()
    except BadSettings as bad:
        print(_cannot_start(bad, chosen.command), file=sys.stderr)
        return BAD_SETTINGS
    logs.configure(settings.log_level, settings.log_format)
    if settings.sentry_dsn and not logs.tell_sentry(settings.sentry_dsn):
        print("SENTRY_DSN is set, but Sentry's library is not installed: uv sync --extra sentry", file=sys.stderr)
        return BAD_SETTINGS
    try:
        return _run(chosen, settings)
    except StoreError as error:
        what, status = f"use its database: {type(error).__name__}: {error}", NO_DATABASE
    except NoSocket as error:
        what, status = f"connect by Socket Mode: {error}", NO_SOCKET
    except NoPort as error:
        what, status = f"listen on {error}", NO_PORT
    print(f"Usher cannot {what}", file=sys.stderr)
    return status


def _cannot_start(bad: BadSettings, command: str | None) -> str:
    if bad.untouched and command in (None, "serve"):
        return FIRST_STEPS
    lines = [f"✗ {fault}" for fault in bad.faults] if command == "check" else bad.faults
    return "\n  ".join(["Usher cannot start:", *lines])


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    match chosen.command:
        case "check":
            return 0 if asyncio.run(check(settings)) else 1
        case "migrate":
            asyncio.run(migrate(settings, chosen.to))
        case "journal":
            try:
                asyncio.run(journal(settings, chosen.since, chosen.format))
            except ValueError as error:
                print(f"--since: {error}", file=sys.stderr)
                return BAD_SETTINGS
        case "webhooks":
            return _webhooks(chosen, settings)
        case _:
            asyncio.run(serve(settings))
    return 0


def _manifest(chosen: argparse.Namespace) -> int:
    from bot import manifest

    try:
        print(manifest.filled_in(chosen.url, socket=chosen.socket))
    except manifest.BadUrl as error:
        print(f"--url: {error}", file=sys.stderr)
        return BAD_SETTINGS
    return 0


def _webhooks(chosen: argparse.Namespace, settings: Settings) -> int:
    from bot import registration

    try:
        print(asyncio.run(webhooks(settings, chosen.what, chosen.url)))
    except registration.BadUrl as error:
        print(f"--url: {error}", file=sys.stderr)
        return BAD_SETTINGS
    except registration.Unfinished as error:
        print(error, file=sys.stderr)
        return 1
    except RealtimeKitError as error:
        print(f"RealtimeKit failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
