"""The command line: `python -m bot`, or `usher` where the package is installed."""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence

from bot import VERSION, logs
from bot.cli import BAD_SETTINGS, NO_DATABASE
from bot.settings import NEEDED, BadSettings, load, load_store
from bot.store.errors import StoreError

FIRST_STEPS = f"""\
Usher isn't set up yet. To try it first without an account: make sandbox
To use it in Slack:
  1. python -m bot manifest --url https://…  prints what to paste at api.slack.com/apps > Create New App
  2. set {", ".join(NEEDED)}
  3. python -m bot check  tells you where to find each one and what still needs fixing"""
"""For those who are here for the first time."""


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    made = argparse.ArgumentParser(
        prog="usher" if sys.argv[0].endswith("usher") else "python -m bot",
        description="Usher: run RealtimeKit meetings from Slack.",
    )
    made.add_argument("--version", action="version", version=f"Usher {VERSION}")
    commands = made.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the Slack bot (the default)")
    commands.add_parser("check", help="check the configuration (read-only)")
    migrate = commands.add_parser("migrate", help="upgrade the database schema")
    migrate.add_argument(
        "--to", metavar="REVISION", help="downgrade to this revision before deploying an older version"
    )
    journal = commands.add_parser("journal", help="export the journal")
    journal.add_argument("--since", default="1970-01-01", help="a date such as 2026-11-01, or a date and time")
    journal.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    webhooks = commands.add_parser("webhooks", help="register RealtimeKit webhooks, so live cards update in seconds")
    webhooks.add_argument("what", nargs="?", choices=("status", "register", "remove"), default="status")
    webhooks.add_argument("--url", help="Usher's public URL, such as https://usher.example.com")
    manifest = commands.add_parser("manifest", help="print the Slack app's manifest, to paste at api.slack.com/apps")
    manifest.add_argument("--url", help="Usher's public URL, such as https://usher.example.com")
    manifest.add_argument("--socket", action="store_true", help="for Socket Mode, which needs no public URL")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    chosen = parser().parse_args(arguments)
    command = chosen.command or "serve"
    gc.disable()  # nothing of what is imported is garbage, now or later: to look for it takes a third of the start
    module = importlib.import_module(f"bot.cli.{command}")  # each loads what it needs, and no more
    gc.freeze()
    gc.enable()
    if command == "manifest":
        return int(module.run(chosen))
    try:
        settings = load_store() if command in ("migrate", "journal") else load()
    except BadSettings as bad:
        print(_cannot_start(bad, command), file=sys.stderr)
        return BAD_SETTINGS
    stream = sys.stdout if command == "serve" else sys.stderr  # the others print their results
    logs.configure(settings.log_level, settings.log_format, stream, as_records=settings.sentry_dsn is not None)
    if settings.sentry_dsn and not logs.report_to_sentry(settings.sentry_dsn):
        print("SENTRY_DSN is set but the Sentry SDK isn't installed. Run: uv sync --extra sentry", file=sys.stderr)
        return BAD_SETTINGS
    try:
        return int(module.run(chosen, settings))
    except StoreError as error:
        print(f"Usher can't use its database: {type(error).__name__}: {error}", file=sys.stderr)
        if "no such table" in str(error) or "UndefinedTable" in str(error):
            print("It has no schema yet. Run: python -m bot migrate", file=sys.stderr)
        return NO_DATABASE


def _cannot_start(bad: BadSettings, command: str) -> str:
    serving = command == "serve"
    if bad.untouched and serving:
        return FIRST_STEPS
    lines = [f"✗ {fault}" for fault in bad.faults] if command == "check" else bad.faults
    return "\n  ".join(
        ["Usher can't start. Fix these settings:" if serving else "Missing or invalid settings:", *lines]
    )


if __name__ == "__main__":
    sys.exit(main())
