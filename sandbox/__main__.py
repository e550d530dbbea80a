"""`python -m sandbox`: try Usher on this machine, without any account."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bot import logs
from bot.web import build
from sandbox import start


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    made = argparse.ArgumentParser(prog="python -m sandbox", description="Try Usher without Slack and Cloudflare.")
    made.add_argument("--user", default="alice", help="who types here: alice (a host), mike (a member), gus (a guest)")
    made.add_argument("--port", type=int, help="where to serve the page (8137, or a free port if that is taken)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is left; the exit status."""
    chosen = parser().parse_args(arguments)
    logs.configure("WARNING", "console")
    try:
        asyncio.run(start.run(chosen.user, build, chosen.port))
    except KeyboardInterrupt:
        return 0
    except start.PortTaken as taken:
        print(f"Port {taken} is taken: choose another one, or leave --port out.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
