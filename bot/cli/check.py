"""`python -m bot check`: checks everything that must be right, changes nothing, says how to fix what is not."""

import asyncio
import time
from argparse import Namespace
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.background import gather
from bot.cli import door, manifest, webhooks
from bot.cli.finding import Finding
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import MalformedToken, NoRoute, NotAuthorized, NotFound, RateLimited, RealtimeKitError
from bot.realtimekit.transport import Account
from bot.settings import Settings
from bot.slack.client import TRANSIENT, error_code
from bot.store.engine import HEAD, Database, close_quietly
from bot.store.errors import StoreError

MAX_CLOCK_SKEW = 60
"""Seconds; Slack refuses what is five minutes off, so a minute is a warning in time."""


def run(_: Namespace, settings: Settings) -> int:
    """Print what is right and what is not."""
    findings = asyncio.run(_check(settings))
    print(*findings, sep="\n")
    return 0 if all(finding.ok for finding in findings) else 1


async def _check(settings: Settings) -> list[Finding]:
    realtimekit = RealtimeKit(Account.of(settings))
    try:
        return await examine(settings, realtimekit)
    finally:
        await realtimekit.close()


async def examine(settings: Settings, realtimekit: RealtimeKit) -> list[Finding]:
    """Check everything, at the same time, so that it takes one timeout at most."""
    jobs = (
        _slack(settings),
        _realtimekit(settings, realtimekit),
        door.examine(settings, realtimekit),
        _database(settings),
    )
    found = await gather(jobs)
    return [Finding(True, "settings: all variables look valid"), *(one for group in found for one in group)]


async def _slack(settings: Settings) -> list[Finding]:
    web = AsyncWebClient(
        settings.slack_bot_token.get_secret_value(), settings.slack_api_url, retry_handlers=[], timeout=8
    )
    try:
        answer = await web.auth_test()
    except SlackApiError as error:
        code = error_code(error)
        if code in TRANSIENT:
            return [Finding(False, f"slack: unexpected response ({code})", "Check slack-status.com, then try again.")]
        return [
            Finding(
                False, f"slack: Slack rejected SLACK_BOT_TOKEN ({code})", "Reinstall the app and copy the new token."
            )
        ]
    except (aiohttp.ClientError, TimeoutError, OSError):
        return [Finding(False, "slack: can't be reached", "Check the network, and leave SLACK_API_URL unset.")]
    found = [Finding(True, f"slack: connected as {answer.get('user')} in {answer.get('team')}")]
    return [*found, *await _socket(settings, web), _scopes(answer.headers), _skew(answer.headers)]


async def _socket(settings: Settings, web: AsyncWebClient) -> list[Finding]:
    """Whether Slack takes the token for Socket Mode, where there is one."""
    if settings.slack_app_token is None:
        return []
    try:
        await web.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        fix = "Create an app-level token with the connections:write scope: Basic Information > App-Level Tokens."
        return [Finding(False, f"slack: Slack rejected SLACK_APP_TOKEN ({error_code(error)})", fix)]
    except (aiohttp.ClientError, TimeoutError, OSError):
        return [Finding(False, "slack: Socket Mode can't be reached", "Check the network.")]
    return [Finding(True, "slack: SLACK_APP_TOKEN works for Socket Mode")]


def _scopes(headers: Mapping[str, Any]) -> Finding:
    """Whether the token has the scopes that the manifest asks for; Slack names them in a header."""
    told = str(headers.get("x-oauth-scopes") or "")
    if not told:
        return Finding(True, "slack: couldn't check the token's scopes")
    granted = {scope.strip() for scope in told.split(",")}
    needed = manifest.scopes()
    if missing := [f"{scope} ({purpose})" for scope, purpose in needed.items() if scope not in granted]:
        fix = "Add them under OAuth & Permissions (or paste `python -m bot manifest` again), then reinstall the app."
        return Finding(False, f"slack: missing scopes: {'; '.join(missing)}", fix)
    return Finding(True, f"slack: all {len(needed)} scopes in the manifest are granted")


def _skew(headers: Mapping[str, Any]) -> Finding:
    try:
        off = time.time() - parsedate_to_datetime(str(headers["date"])).timestamp()
    except (KeyError, ValueError):
        return Finding(True, "clock: couldn't compare with Slack's clock")
    fix = "Sync this machine's clock. Usher rejects requests whose timestamps are more than five minutes off."
    return Finding(abs(off) < MAX_CLOCK_SKEW, f"clock: {abs(off):.0f} s off from Slack's", fix)


_UNEXPECTED = "Unset CLOUDFLARE_BASE_URL, check www.cloudflarestatus.com, then try again."
_CAUSES: Mapping[type[RealtimeKitError], tuple[str, str]] = {
    MalformedToken: (
        "CLOUDFLARE_API_TOKEN is malformed",
        "Set it again as Cloudflare shows it, without quotes, spaces or line breaks.",
    ),
    NoRoute: (
        "CLOUDFLARE_ACCOUNT_ID or REALTIMEKIT_APP_ID is wrong",
        "Copy both from dash.cloudflare.com: the account ID from the URL, the app ID from Realtime > RealtimeKit.",
    ),
    NotAuthorized: (
        "Cloudflare rejected CLOUDFLARE_API_TOKEN",
        "Create a token with the Realtime permission: dash.cloudflare.com > My Profile > API Tokens.",
    ),
    NotFound: (
        "this account has no app with that ID",
        "Copy REALTIMEKIT_APP_ID from dash.cloudflare.com > Realtime > RealtimeKit.",
    ),
}
"""By the first that fits."""


async def _realtimekit(settings: Settings, realtimekit: RealtimeKit) -> list[Finding]:
    try:
        await realtimekit.meetings(per_page=1)
    except RateLimited:
        what = "realtimekit: too many requests right now, so I couldn't check"
        return [Finding(True, what, "Wait a few minutes, then try again.", could_be_better=True)]
    except RealtimeKitError as error:
        other = (f"unexpected response ({type(error).__name__})", _UNEXPECTED)
        what, fix = next((said for kind, said in _CAUSES.items() if isinstance(error, kind)), other)
        return [Finding(False, f"realtimekit: {what}", fix)]
    found = [Finding(True, "realtimekit: the token can read this app's meetings")]
    if settings.realtimekit_meeting_id:
        found.append(await _default_meeting(realtimekit, settings.realtimekit_meeting_id))
    return [*found, await _webhooks(realtimekit)]


async def _webhooks(realtimekit: RealtimeKit) -> Finding:
    fix = "Run `python -m bot webhooks register --url https://…` with Usher's public URL."
    try:
        hooks = await webhooks.ours(realtimekit)
    except RealtimeKitError as error:
        later = "Try again in a few minutes."
        return Finding(True, f"webhooks: couldn't check ({type(error).__name__})", later, could_be_better=True)
    if not hooks:
        return Finding(
            True, "webhooks: none registered, so live cards can lag by up to a minute", fix, could_be_better=True
        )
    if wrong := [f"{hook.url} {fault}" for hook in hooks if (fault := webhooks.fault(hook))]:
        return Finding(False, f"webhooks: {'; '.join(wrong)}", fix)
    return Finding(True, f"webhooks: registered for {', '.join(str(hook.url) for hook in hooks)}")


async def _default_meeting(realtimekit: RealtimeKit, meeting_id: str) -> Finding:
    try:
        meeting = await realtimekit.meeting(meeting_id)
    except RealtimeKitError as error:
        fix = "Check www.cloudflarestatus.com, then try again."
        if isinstance(error, NotFound):
            fix = "Set REALTIMEKIT_MEETING_ID to the ID of one of this app's meetings, or unset it."
        return Finding(False, f"realtimekit: can't read the default meeting ({type(error).__name__})", fix)
    return Finding(True, f"realtimekit: the default meeting is “{meeting.title or meeting.id}”")


async def _database(settings: Settings) -> list[Finding]:
    database = Database(settings.database_url)
    try:
        # Looking at a SQLite file that is not there would make it.
        revision = None if database.is_missing else await database.revision()
    except StoreError as error:
        fix = "Check DATABASE_URL, and that the database is running and accepts connections."
        return [Finding(False, f"database: {error}", fix)]
    finally:
        await close_quietly(database)
    if revision == HEAD:
        return [Finding(True, f"database: connected (schema {revision})")]
    if revision and revision > HEAD:
        fix = "A newer version of Usher upgraded it. Deploy that version, or use it to downgrade the database first."
        return [Finding(False, f"database: schema is {revision}, newer than this version's {HEAD}", fix)]
    fix = "Usher migrates the database when it starts. To do it now, run `python -m bot migrate`."
    return [Finding(False, f"database: schema is {revision or 'missing'}, expected {HEAD}", fix)]
