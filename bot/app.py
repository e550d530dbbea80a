"""Puts Usher together: the one place that builds things."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from async_lru import alru_cache
from slack_bolt.async_app import AsyncApp

from bot import VERSION
from bot.access import Access
from bot.ask import Ask, Kind
from bot.bolt import bolt_app
from bot.commands import attendance, ending, linking, locking, muting, notices, poll, removal, status, watch
from bot.commands import history as history_commands
from bot.commands import home as home_commands
from bot.commands import hosts as hosts_commands
from bot.commands.dispatch import Dispatcher
from bot.commands.routing import Router, Services
from bot.doorkeeper import Doorkeeper
from bot.errors import CannotCheck
from bot.live import Live, Pace
from bot.meetings import Meetings
from bot.metrics import Metrics, timing
from bot.operations import Operations
from bot.realtimekit.client import Account, Observe, RealtimeKit
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.guard import Guard
from bot.realtimekit.keys import Keys
from bot.reporter import Reporter
from bot.settings import Settings
from bot.slack import Slack
from bot.store.blocks import Blocks
from bot.store.calls import Calls
from bot.store.cards import Cards
from bot.store.deliveries import Deliveries
from bot.store.engine import Database, close_quietly
from bot.store.errors import StoreError
from bot.store.hosts import Hosts
from bot.store.journal import Journal
from bot.store.links import Links
from bot.store.records import Deed, Entry, State
from bot.store.rooms import Rooms
from bot.summaries import Summaries
from bot.views import history
from bot.views.home import Health
from bot.views.watch import DEEDS_SHOWN
from bot.work import Work

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 24.0
"""How long running work may go on after SIGTERM; Heroku kills after 30."""
READY_FOR_SECONDS = 3.0
SHARE_SECONDS = 2.0
SLICES = (
    *(status, removal, ending, poll, watch, attendance, locking, muting),
    *(linking, notices, hosts_commands, history_commands, home_commands),
)


@dataclass(frozen=True, slots=True)
class Usher:
    """A running Usher.

    Attributes:
        bolt: dispatches what Slack sends, over HTTP or Socket Mode alike.
        keys: vouch for webhooks.
        guard: stands before each call to RealtimeKit.
        work: what goes on after the acknowledgements.
        ready: which of the things that Usher needs answer; remembered for some seconds, since anybody may ask.
    """

    settings: Settings
    bolt: AsyncApp
    slack: Slack
    keys: Keys
    guard: Guard
    live: Live
    database: Database
    work: Work
    metrics: Metrics
    ready: Callable[[], Awaitable[dict[str, bool]]]


@asynccontextmanager
async def running(
    settings: Settings, pace: Pace, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[Usher]:
    """Usher with its connections open; on leaving, what runs is finished and everything is closed.

    Raises:
        StoreError: the database does not answer, or is of a newer Usher.
    """
    metrics = Metrics(VERSION)
    database = Database(settings.database_url, lambda: timing("database"))
    try:
        await database.migrate()
    except StoreError:
        await close_quietly(database)
        raise
    work = Work()
    links, hosts, journal = Links(database), Hosts(database), Journal(database)
    cards, blocks, deliveries = Cards(database), Blocks(database), Deliveries(database)
    slack = Slack(settings.slack_bot_token, settings.slack_api_url, metrics.called("slack"))
    guard = Guard(observe=metrics.guarded)
    kit = realtimekit(settings, guard, metrics.called("realtimekit"))
    keys = Keys(settings.realtimekit_webhook_keys_url)
    meetings = Meetings(kit, links, default_id=settings.realtimekit_meeting_id, app_id=settings.realtimekit_app_id)
    live = Live(
        reporter=Reporter(
            kit=kit.in_background(),
            slack=slack,
            cards=cards,
            links=links,
            blocks=blocks,
            journal=journal,
            summaries=Summaries(kit=kit.in_background(), slack=slack, cards=cards, journal=journal, clock=clock),
            doorkeeper=Doorkeeper(slack, blocks, announce=settings.bot_announce),
            forget=meetings.changed,
            clock=clock,
        ),
        rooms=Rooms(database, f"{os.getpid()}-{uuid4().hex}"[:32]),
        cards=cards,
        deliveries=deliveries,
        work=work,
        clock=clock,
        pace=pace,
        metrics=metrics,
    )

    async def home() -> tuple[str, str | None]:
        identity = await slack.identity()
        return identity.team_id, identity.enterprise_id

    @alru_cache(ttl=READY_FOR_SECONDS)
    async def ready() -> dict[str, bool]:
        answers = await asyncio.gather(slack.ready(), _answers(kit), database.answers())
        return dict(zip(("slack", "realtimekit", "database"), answers, strict=True))

    access = Access(hosts=settings.bot_hosts, home=home, user=slack.user, group=slack.group, hosts_of=hosts.of)

    async def changed(deed: Deed, state: State) -> None:
        metrics.deeds.labels(deed.what, state.value).inc()
        if deed.meeting_id and deed.what in DEEDS_SHOWN:
            await live.changed(deed.meeting_id)

    async def health() -> Health:
        return Health(await ready(), await deliveries.newest())

    services = Services(
        slack=slack,
        kit=kit,
        meetings=meetings,
        operations=Operations(journal, clock, work, changed),
        links=links,
        hosts=hosts,
        journal=journal,
        cards=cards,
        blocks=blocks,
        follow=live.follow,
        look_soon=live.look_soon,
        right_of=access.right_of,
        health=health,
        bot_hosts=settings.bot_hosts,
        announce=settings.bot_announce,
        clock=clock,
        router=routes(),
    )

    work.start(_introduce(slack))
    work.keep(live.run())
    work.keep(_share_calls(guard, Calls(database), work))
    work.keep(services.operations.watch(_teller(slack), settings.journal_days))
    try:
        bolt = bolt_app(Dispatcher(services, access, work, metrics), settings)
        yield Usher(settings, bolt, slack, keys, guard, live, database, work, metrics, ready)
    finally:
        await work.drain(DRAIN_SECONDS)
        await asyncio.gather(slack.close(), kit.close(), keys.close(), close_quietly(database))


def _teller(slack: Slack) -> Callable[[Entry], Awaitable[None]]:
    """Tells the person who asked for a deed that a dying process left open."""

    async def tell(entry: Entry) -> None:
        ask = Ask(
            Kind.OTHER,
            "interrupted",
            user_id=entry.user_id,
            channel_id=entry.channel_id,
            response_url=entry.response_url,
        )
        await slack.reply(ask, history.interrupted(entry))

    return tell


async def _share_calls(guard: Guard, calls: Calls, work: Work) -> None:
    """Keep count of the account's calls together with the other processes, until the process stops."""
    while not work.stopping:
        try:
            await guard.share(calls.add)
        except StoreError as error:
            log.warning("calls cannot be counted together", error=str(error))
        await work.pause(SHARE_SECONDS)


def realtimekit(settings: Settings, guard: Guard | None = None, observe: Observe = lambda *_: None) -> RealtimeKit:
    """The client of the app that the settings name; to be closed by whoever asked for it."""
    return RealtimeKit(
        Account(
            settings.cloudflare_base_url,
            settings.cloudflare_account_id,
            settings.realtimekit_app_id,
            settings.cloudflare_api_token,
            settings.realtimekit_timeout,
        ),
        guard,
        observe,
    )


def routes() -> Router:
    """All slices' handlers."""
    router = Router()
    for part in SLICES:
        router.include(part.router)
    return router


async def _introduce(slack: Slack) -> None:
    """Ask Slack once at the start who we are, so that the first command need not wait for it."""
    try:
        identity = await slack.identity()
    except CannotCheck:
        log.warning("slack does not know us", hint="check SLACK_BOT_TOKEN, and that Slack can be reached")
    else:
        log.info("connected to slack", team=identity.team_id, bot=identity.bot_user_id)


async def _answers(kit: RealtimeKit) -> bool:
    try:
        await kit.meetings(per_page=1)
    except RealtimeKitError as error:
        log.warning("realtimekit is not ready", error=type(error).__name__, status=error.facts.status)
        return False
    return True
