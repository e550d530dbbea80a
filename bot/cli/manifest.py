"""`python -m bot manifest`: the Slack app's manifest with its addresses filled in; and what its scopes are for."""

import re
import sys
from argparse import Namespace
from pathlib import Path
from urllib.parse import urlsplit

from bot.cli import BAD_SETTINGS

EXAMPLE = "https://usher.example.com"
"""Where Usher runs in `manifest.yml`."""
_PACKAGE = Path(__file__).parents[1]


class BadUrl(ValueError):
    """Slack could not reach us there."""


def run(chosen: Namespace) -> int:
    """Print the manifest."""
    try:
        print(filled_in(chosen.url, socket=chosen.socket))
    except BadUrl as error:
        print(f"--url: {error}", file=sys.stderr)
        return BAD_SETTINGS
    return 0


def text() -> str:
    """`manifest.yml`: at the top of a checkout, inside an installed package."""
    installed = _PACKAGE / "manifest.yml"
    return (installed if installed.exists() else _PACKAGE.parent / "manifest.yml").read_text()


def scopes() -> dict[str, str]:
    """Each scope that the app asks for, and what for, as the comment beside it says."""
    listed = text().partition("    bot:\n")[2].partition("settings:")[0]
    return dict(re.findall(r"^ +- ([\w:.]+) # (.+)$", listed, re.MULTILINE))


def filled_in(url: str | None, *, socket: bool) -> str:
    """The manifest for an Usher at this address, or for Socket Mode, which needs none; as YAML. Raises `BadUrl`."""
    _, _, body = text().partition("_metadata:")
    lines = ["_metadata:", *body.splitlines()[1:]]
    if socket:
        lines = [line for line in lines if EXAMPLE not in line]
        lines = [line.replace("socket_mode_enabled: false", "socket_mode_enabled: true") for line in lines]
    else:
        base = _base(url)
        lines = [line.replace(EXAMPLE, base) for line in lines]
    return "\n".join(lines)


def _base(url: str | None) -> str:
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme != "https" or parts.username or re.search(r"[^\w.:\[\]-]", parts.netloc):
        raise BadUrl(f"give Usher's public URL (--url {EXAMPLE}), or use --socket if it has none")
    if parts.path.rstrip("/") or parts.query or parts.fragment:
        raise BadUrl("must not include a path")
    return f"https://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port else "")
