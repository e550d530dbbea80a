"""What `check` says of joining from Slack: whether the page opens, and whether the presets exist."""

import aiohttp

from bot.cli.finding import Finding
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.settings import Settings, join_link

PAGE_TIMEOUT = 8.0


async def examine(settings: Settings, realtimekit: RealtimeKit) -> list[Finding]:
    """Check `JOIN_URL` and the presets; what RealtimeKit itself does not answer is found elsewhere."""
    if settings.join_url is None:
        what = "join: JOIN_URL isn't set, so there's no Join button in Slack"
        return [Finding(True, what, "Set it to the page where people join, with {token} in it.", could_be_better=True)]
    return [await _page(settings.join_url), *await _presets(settings, realtimekit)]


async def _page(template: str) -> Finding:
    """Whether the page answers; that it refuses a token which is none says that it does."""
    url = join_link(template, "check", "check", "check")
    try:
        timeout = aiohttp.ClientTimeout(total=PAGE_TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(url) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Finding(False, "join: JOIN_URL can't be reached", "Check the address, and that the page is up.")
    if status == 404 and "{meeting_id}" in template:
        what = "join: JOIN_URL returns HTTP 404 for a meeting that doesn't exist"
        return Finding(True, what, "To check it, join a real meeting from Slack.", could_be_better=True)
    if status == 404 or status >= 500:
        return Finding(False, f"join: JOIN_URL returns HTTP {status}", "Set it to the page where people join.")
    return Finding(True, "join: the page at JOIN_URL opens")


async def _presets(settings: Settings, realtimekit: RealtimeKit) -> list[Finding]:
    try:
        presets = await realtimekit.presets()
    except RealtimeKitError as error:
        what = f"join: couldn't check the presets ({type(error).__name__})"
        return [Finding(True, what, "Try again in a few minutes.", could_be_better=True)]
    wanted = {
        "REALTIMEKIT_HOST_PRESET": settings.realtimekit_host_preset,
        "REALTIMEKIT_MEMBER_PRESET": (settings.realtimekit_member_preset,),
    }
    missing = [(name, one) for name, named in wanted.items() for one in named if one not in presets]
    fix = f"Set it to one of: {', '.join(sorted(presets)[:20])}."
    if not missing:
        return [Finding(True, "join: the presets exist")]
    return [
        Finding(False, f"join: {name} is set to “{one}”, but your RealtimeKit app has no such preset", fix)
        for name, one in missing
    ]
