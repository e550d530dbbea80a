"""`python -m bot check`: looks at everything that must be right, changes nothing, says how to mend what is not."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import manifest, registration
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NotAuthorised, NotFound, RealtimeKitError
from bot.settings import Settings
from bot.store.engine import HEAD, Database, close_quietly
from bot.store.errors import StoreError

SKEW_SECONDS = 60
"""Slack refuses what is five minutes off; a minute is a warning in time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        mend: what to do where it is not right, or could be better.
        better: it works, and could work better.
    """

    right: bool
    what: str
    mend: str = ""
    better: bool = False

    def __str__(self) -> str:
        sign = "✗" if not self.right else "–" if self.better else "✓"
        said = self.mend and (self.better or not self.right)
        return f"{sign} {self.what}" + (f"\n    {self.mend}" if said else "")


async def examine(settings: Settings, kit: RealtimeKit) -> list[Finding]:
    """Look at everything. No more than one time-out long, since all is asked at once."""
    looks: tuple[Callable[[], Awaitable[list[Finding]]], ...] = (
        lambda: _slack(settings),
        lambda: _realtimekit(settings, kit),
        lambda: _database(settings),
    )
    found = await asyncio.gather(*(look() for look in looks))
    return [Finding(True, "settings: every variable is well-formed"), *(one for group in found for one in group)]


async def _slack(settings: Settings) -> list[Finding]:
    web = AsyncWebClient(
        settings.slack_bot_token.get_secret_value(), settings.slack_api_url, retry_handlers=[], timeout=8
    )
    try:
        answer = await web.auth_test()
    except SlackApiError as error:
        body = error.response.data if isinstance(error.response, AsyncSlackResponse) else None
        code = body.get("error") if isinstance(body, dict) else "not JSON"
        return [
            Finding(
                False, f"slack: SLACK_BOT_TOKEN is refused ({code})", "Reinstall the app, and copy the token again."
            )
        ]
    except (aiohttp.ClientError, TimeoutError, OSError):
        return [Finding(False, "slack: cannot be reached", "Check the network, and leave SLACK_API_URL unset.")]
    found = [Finding(True, f"slack: the token is that of {answer.get('user')} in {answer.get('team')}")]
    return [*found, _scopes(answer.headers), _skew(answer.headers)]


def _lowered(headers: Mapping[str, Any]) -> dict[str, str]:
    return {key.lower(): str(value) for key, value in headers.items()}


def _scopes(headers: Mapping[str, Any]) -> Finding:
    """Whether the token has the scopes that the manifest asks for; Slack names them in a header."""
    granted = {scope.strip() for scope in _lowered(headers).get("x-oauth-scopes", "").split(",")}
    needed = manifest.scopes()
    if missing := [f"{scope} ({purpose})" for scope, purpose in needed.items() if scope not in granted]:
        mend = "Add them under OAuth & Permissions (or paste `python -m bot manifest` again), then reinstall the app."
        return Finding(False, f"slack: scopes are missing: {'; '.join(missing)}", mend)
    return Finding(True, f"slack: all {len(needed)} scopes of the manifest are granted")


def _skew(headers: Mapping[str, Any]) -> Finding:
    try:
        off = time.time() - parsedate_to_datetime(_lowered(headers)["date"]).timestamp()
    except (KeyError, ValueError):
        return Finding(True, "clock: Slack did not tell its time")
    mend = "Set this machine's clock: Slack's signatures are valid for five minutes."
    return Finding(abs(off) < SKEW_SECONDS, f"clock: {abs(off):.0f} s from Slack's", mend)


async def _realtimekit(settings: Settings, kit: RealtimeKit) -> list[Finding]:
    try:
        await kit.meetings(per_page=1)
    except NotAuthorised:
        mend = (
            "Make a token with the permission Realtime for this account: dash.cloudflare.com > My Profile > API Tokens."
        )
        return [Finding(False, "realtimekit: CLOUDFLARE_API_TOKEN is refused", mend)]
    except NotFound:
        mend = "Copy REALTIMEKIT_APP_ID from dash.cloudflare.com > Realtime > RealtimeKit."
        return [Finding(False, "realtimekit: there is no such app in this account", mend)]
    except RealtimeKitError as error:
        mend = "Try again; leave CLOUDFLARE_BASE_URL unset; see www.cloudflarestatus.com."
        return [Finding(False, f"realtimekit: does not answer as it should ({type(error).__name__})", mend)]
    found = [Finding(True, "realtimekit: the token may read this app's meetings")]
    if settings.realtimekit_meeting_id:
        found.append(await _default_meeting(kit, settings.realtimekit_meeting_id))
    return [*found, await _webhooks(kit)]


async def _webhooks(kit: RealtimeKit) -> Finding:
    mend = "Run `python -m bot webhooks register --url https://…`, with the address at which Usher runs."
    try:
        hooks = await registration.ours(kit)
    except RealtimeKitError as error:
        return Finding(True, f"webhooks: cannot be looked up ({type(error).__name__})", mend, better=True)
    if not hooks:
        return Finding(True, "webhooks: none, so live cards are up to a minute late", mend, better=True)
    if wrong := [f"{hook.url} {fault}" for hook in hooks if (fault := registration.fault(hook))]:
        return Finding(False, f"webhooks: {'; '.join(wrong)}", mend)
    return Finding(True, f"webhooks: RealtimeKit tells {', '.join(str(hook.url) for hook in hooks)}")


async def _default_meeting(kit: RealtimeKit, meeting_id: str) -> Finding:
    try:
        meeting = await kit.meeting(meeting_id)
    except RealtimeKitError as error:
        mend = "Set REALTIMEKIT_MEETING_ID to the id of a meeting of this app, or unset it."
        return Finding(False, f"realtimekit: the default meeting cannot be read ({type(error).__name__})", mend)
    return Finding(True, f"realtimekit: the default meeting is “{meeting.title or meeting.id}”")


async def _database(settings: Settings) -> list[Finding]:
    database = Database(settings.database_url)
    try:
        revision = await database.revision()
    except StoreError as error:
        mend = "Check DATABASE_URL, and that the database runs and lets us in."
        return [Finding(False, f"database: {error}", mend)]
    finally:
        await close_quietly(database)
    if revision == HEAD:
        return [Finding(True, f"database: answers, with the schema of revision {revision}")]
    mend = "Run `python -m bot migrate`; Usher also does so when it starts."
    return [Finding(False, f"database: the schema is of revision {revision or 'none'}, not {HEAD}", mend)]
