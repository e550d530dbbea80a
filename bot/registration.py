"""`python -m bot webhooks`: whether RealtimeKit tells us what happens, and how it comes to do so."""

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Conflict, NotFound
from bot.realtimekit.models import Webhook
from bot.realtimekit.webhooks import EVENTS, PATH

NAME = "Usher"


class BadUrl(ValueError):
    """No address at which RealtimeKit could reach us."""


class Unfinished(Exception):
    """The registration is not as it should be; the text says why, and what to do."""


def address(url: str) -> str:
    """The address that is registered, from where Usher runs: `https://usher.example.com`, or the address itself.

    Raises:
        BadUrl: it is none.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host in ("127.0.0.1", "localhost"))):
        raise BadUrl("must be where Usher runs: https://usher.example.com")
    if parts.path.rstrip("/") not in ("", PATH) or parts.query or parts.fragment:
        raise BadUrl(f"must have no path, or the path {PATH}")
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
        return "is switched off"
    return f"lacks {', '.join(missing)}" if missing else ""


async def ours(kit: RealtimeKit) -> Sequence[Webhook]:
    """All registrations that go to an Usher. Raises `RealtimeKitError`."""
    return [hook for hook in await kit.webhooks() if is_ours(hook)]


async def status(kit: RealtimeKit, url: str | None) -> str:
    """What is registered.

    Raises:
        BadUrl, RealtimeKitError: as they say.
        Unfinished: nothing is, or not as it should be.
    """
    hooks = await _named(kit, url)
    if not hooks:
        raise Unfinished("Nothing is registered: python -m bot webhooks register --url https://…")
    lines = [f"{hook.url} {fault(hook) or 'is registered, and told of all that Usher needs'}" for hook in hooks]
    if any(map(fault, hooks)):
        raise Unfinished("\n".join([*lines, "Mend it: python -m bot webhooks register --url https://…"]))
    return "\n".join(lines)


async def register(kit: RealtimeKit, url: str | None) -> str:
    """Have RealtimeKit tell us, whatever there is already; what was done.

    Raises:
        BadUrl, RealtimeKitError: as they say.
        Unfinished: it is there and cannot be found.
    """
    wanted = address(url or "")
    if hook := await _find(kit, wanted):
        return await _mend(kit, hook)
    try:
        await kit.create_webhook(NAME, wanted, EVENTS)
    except Conflict:
        # Somebody was quicker: another process, or a first try whose answer was lost.
        if hook := await _find(kit, wanted):
            return await _mend(kit, hook)
        raise Unfinished(
            f"RealtimeKit says that {wanted} is registered, but does not list it. Look under Webhooks in the dashboard."
        ) from None
    return f"Registered {wanted}."


async def remove(kit: RealtimeKit, url: str | None) -> str:
    """Have RealtimeKit tell us no more; what was done.

    Raises:
        BadUrl, RealtimeKitError: as they say.
        Unfinished: several are registered, and none was named.
    """
    hooks = await _named(kit, url)
    if len(hooks) > 1:
        listed = "\n".join(str(hook.url) for hook in hooks)
        raise Unfinished(f"Several are registered; say which, by --url:\n{listed}")
    if not hooks:
        return "Nothing is registered, so there is nothing to remove."
    try:
        await kit.delete_webhook(hooks[0].id or "")
    except NotFound:
        return f"{hooks[0].url} was gone already."
    return f"Removed {hooks[0].url}."


async def _named(kit: RealtimeKit, url: str | None) -> Sequence[Webhook]:
    """Ours: the one with this address, or all of them where none is named."""
    wanted = None if url is None else address(url)
    return [hook for hook in await ours(kit) if wanted is None or _same(hook, wanted)]


async def _find(kit: RealtimeKit, wanted: str) -> Webhook | None:
    return next((hook for hook in await kit.webhooks() if _same(hook, wanted)), None)


async def _mend(kit: RealtimeKit, hook: Webhook) -> str:
    wrong = fault(hook)
    if not wrong:
        return f"{hook.url} is registered already."
    await kit.mend_webhook(hook.id or "", [*dict.fromkeys([*hook.events, *EVENTS])])
    return f"Mended {hook.url}, which {wrong.replace('is ', 'was ').replace('lacks', 'lacked')}."


def _same(hook: Webhook, wanted: str) -> bool:
    try:
        return is_ours(hook) and address(hook.url or "") == wanted
    except BadUrl:
        return False
