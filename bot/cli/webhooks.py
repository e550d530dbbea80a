"""`python -m bot webhooks`: the registration by which RealtimeKit tells us what happens."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from bot.cli import BAD_SETTINGS
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Conflict, NotFound, RealtimeKitError
from bot.realtimekit.models import Webhook
from bot.realtimekit.transport import Account
from bot.realtimekit.webhooks import EVENTS, PATH
from bot.settings import Settings

NAME = "Usher"


class BadUrl(ValueError):
    """RealtimeKit could not reach us there."""


class Unfinished(Exception):
    """The registration is not as it should be; the text says why, and what to do."""


def run(chosen: Namespace, settings: Settings) -> int:
    """See to the registration, and print what there is to say."""
    try:
        print(asyncio.run(_act(settings, chosen.what, chosen.url)))
    except BadUrl as error:
        print(f"--url: {error}", file=sys.stderr)
        return BAD_SETTINGS
    except (Unfinished, RealtimeKitError) as error:
        print(f"RealtimeKit failed: {error}" if isinstance(error, RealtimeKitError) else error, file=sys.stderr)
        return 1
    return 0


async def _act(settings: Settings, what: Literal["status", "register", "remove"], url: str | None) -> str:
    realtimekit = RealtimeKit(Account.of(settings))
    try:
        return await {"status": status, "register": register, "remove": remove}[what](realtimekit, url)
    finally:
        await realtimekit.close()


def address(url: str) -> str:
    """The address that is registered, from where Usher runs: `https://usher.example.com`. Raises `BadUrl`."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host in ("127.0.0.1", "localhost"))):
        raise BadUrl("must be Usher's public URL, such as https://usher.example.com")
    if parts.path.rstrip("/") not in ("", PATH) or parts.query or parts.fragment:
        raise BadUrl(f"must not include a path other than {PATH}")
    return urlunsplit((parts.scheme, parts.netloc.lower(), PATH, "", ""))


def is_ours(hook: Webhook) -> bool:
    """Whether a webhook goes to an Usher, as far as its address tells."""
    try:
        return bool(hook.url) and urlsplit(hook.url or "").path.rstrip("/") == PATH
    except ValueError:
        return False


def fault(hook: Webhook) -> str:
    """What is wrong with a registration; empty where nothing is."""
    missing = [event for event in EVENTS if event not in hook.events]
    if not hook.enabled:
        return "is turned off"
    return f"is missing {', '.join(missing)}" if missing else ""


async def ours(realtimekit: RealtimeKit) -> Sequence[Webhook]:
    """All registrations that go to an Usher. Raises `RealtimeKitError`."""
    return [hook for hook in await realtimekit.webhooks() if is_ours(hook)]


async def status(realtimekit: RealtimeKit, url: str | None) -> str:
    """What is registered. Raises `BadUrl`, `RealtimeKitError`, `Unfinished`: nothing is, or not as it should be."""
    hooks = await _named(realtimekit, url)
    if not hooks and url:
        raise Unfinished(f"No webhook is registered for {address(url)}.")
    if not hooks:
        raise Unfinished("No webhook is registered. Run: python -m bot webhooks register --url https://…")
    lines = [f"{hook.url} {fault(hook) or 'is registered for all the events Usher needs'}" for hook in hooks]
    if any(map(fault, hooks)):
        raise Unfinished("\n".join([*lines, "To fix it: python -m bot webhooks register --url https://…"]))
    return "\n".join(lines)


async def register(realtimekit: RealtimeKit, url: str | None) -> str:
    """Have RealtimeKit tell us; what was done. Raises `BadUrl`, `RealtimeKitError`, `Unfinished`."""
    wanted = address(url or "")
    if same := await _named(realtimekit, wanted):
        return "\n".join([await _fix(realtimekit, hook) for hook in same])
    try:
        await realtimekit.create_webhook(NAME, wanted, EVENTS)
    except Conflict:
        # Another process was quicker, or the answer to a first try was lost.
        if same := await _named(realtimekit, wanted):
            return "\n".join([await _fix(realtimekit, hook) for hook in same])
        raise Unfinished(
            f"RealtimeKit says {wanted} is registered but doesn't list it. Look under Webhooks in the dashboard."
        ) from None
    return f"Registered {wanted}."


async def remove(realtimekit: RealtimeKit, url: str | None) -> str:
    """Stop RealtimeKit from telling us; what was done. Raises `BadUrl`, `RealtimeKitError`, `Unfinished`."""
    hooks = await _named(realtimekit, url)
    if len(hooks) > 1 and url is None:
        listed = "\n".join(str(hook.url) for hook in hooks)
        raise Unfinished(f"Several webhooks are registered. Choose one with --url:\n{listed}")
    if not hooks and url:
        raise Unfinished(f"No webhook is registered for {address(url)}.")
    if not hooks:
        return "No webhook is registered, so there's nothing to remove."
    return "\n".join([await _delete(realtimekit, hook) for hook in hooks])


async def _delete(realtimekit: RealtimeKit, hook: Webhook) -> str:
    try:
        await realtimekit.delete_webhook(hook.id or "")
    except NotFound:
        return f"{hook.url} was already removed."
    return f"Removed {hook.url}."


async def _named(realtimekit: RealtimeKit, url: str | None) -> Sequence[Webhook]:
    """Ours: the one with this address, or all of them where none is named."""
    wanted = None if url is None else address(url)
    return [hook for hook in await ours(realtimekit) if wanted is None or _same(hook, wanted)]


async def _fix(realtimekit: RealtimeKit, hook: Webhook) -> str:
    wrong = fault(hook)
    if not wrong:
        return f"{hook.url} is already registered."
    await realtimekit.update_webhook(hook.id or "", [*dict.fromkeys([*hook.events, *EVENTS])])
    return f"Fixed {hook.url}, which {wrong.replace('is ', 'was ', 1)}."


def _same(hook: Webhook, wanted: str) -> bool:
    try:
        return is_ours(hook) and address(hook.url or "") == wanted
    except BadUrl:
        return False
