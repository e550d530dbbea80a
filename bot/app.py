"""Puts Usher together: the one place that builds things."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import structlog

from bot import VERSION
from bot.background import Background
from bot.commands import (
    after,
    attendance,
    end,
    help,
    history,
    home,
    hosts,
    invite,
    join,
    kick,
    link,
    lock,
    mute,
    notices,
    people,
    poll,
    record,
    sheet,
    start,
    status,
    watch,
)
from bot.commands.admission import Admission
from bot.commands.join import Presets
from bot.commands.removal import Removal
from bot.errors import CannotCheck
from bot.live.aftermath import Aftermath
from bot.live.bans import BanWatcher
from bot.live.host_watcher import HostWatcher
from bot.live.readiness import Readiness
from bot.live.scheduler import Scheduler
from bot.live.summary import Summarizer
from bot.live.timing import Intervals
from bot.live.updater import Updater
from bot.meetings import Meetings
from bot.metrics import Metrics, timing
from bot.operations import Operations
from bot.permissions import Permissions
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.download import Downloads
from bot.realtimekit.keys import Keys
from bot.realtimekit.limits import Limits
from bot.realtimekit.recordings import RecordingState
from bot.realtimekit.transport import Account
from bot.settings import Settings
from bot.slack.app import create_app
from bot.slack.client import SlackClient
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.slack.messages import Messages
from bot.slack.request import Kind, SlackRequest
from bot.slack.runner import Runner
from bot.store.engine import Database, close_quietly
from bot.store.errors import StoreError
from bot.store.records import Entry, Operation, State
from bot.store.store import Store
from bot.views.history import interrupted
from bot.views.watch import SHOWN_OPERATIONS

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
"""The present, with a time zone."""
DRAIN_TIMEOUT = 24.0
"""Seconds for which running work may go on after SIGTERM; Heroku kills after 30."""
ASK_MARGIN = 10.0
"""Seconds that asking a prepared poll may take besides the call itself."""
SHARE_INTERVAL = 2.0


class Usher:
    """A running Usher: everything, connected."""

    def __init__(
        self, settings: Settings, store: Store, stack: AsyncExitStack, intervals: Intervals, clock: Clock
    ) -> None:
        self.settings, self.store, self._clock = settings, store, clock
        self.metrics, self.background = Metrics(VERSION), Background()
        self.limits = Limits(observe=self.metrics.limited)
        self.realtimekit = RealtimeKit(Account.of(settings), self.limits, self.metrics.observer("realtimekit"))
        self.slack = SlackClient(settings.slack_bot_token, settings.slack_api_url, self.metrics.observer("slack"))
        self.keys = Keys(settings.realtimekit_webhook_keys_url)
        for connection in (self.realtimekit, self.slack, self.keys):
            stack.push_async_callback(connection.close)
        self.directory, self.messages = Directory(self.slack), Messages(self.slack)
        self.readiness = Readiness(self.directory, self.realtimekit, store)
        self.permissions = Permissions(self.directory, settings.bot_hosts, store.hosts)
        self.meetings = Meetings(
            self.realtimekit,
            store.links,
            default_id=settings.realtimekit_meeting_id,
            app_id=settings.realtimekit_app_id,
        )
        self.recording, self.joins = RecordingState(self.realtimekit), settings.join_url is not None
        self.scheduler = self._build_scheduler(intervals)
        self.downloads = Downloads(settings.cloudflare_base_url)
        self.aftermath = self._build_aftermath(intervals)
        self.operations = Operations(store.journal, clock, self.background, self._operation_ended)
        self.bolt = create_app(settings)
        runner = Runner(self.messages, self.permissions, self.background, self.metrics, clock, settings.bot_announce)
        self.listeners = Listeners(self.bolt, runner)
        self._register_features()

    def _build_scheduler(self, intervals: Intervals) -> Scheduler:
        store, messages, clock = self.store, self.messages, self._clock
        realtimekit = self.realtimekit.in_background()
        updater = Updater(
            realtimekit=realtimekit,
            messages=messages,
            store=store,
            summarizer=Summarizer(
                realtimekit, messages, store, clock, self.settings.realtimekit_host_preset, intervals.after[0]
            ),
            ban_watcher=BanWatcher(messages, store.bans, announces=self.settings.bot_announce),
            host_watcher=HostWatcher(
                messages=messages,
                store=store,
                directory=self.directory,
                permissions=self.permissions,
                presets=self.settings.realtimekit_host_preset,
                joins=self.joins,
            ),
            meetings=self.meetings,
            recording=self.recording,
            clock=clock,
            joins=self.joins,
        )
        return Scheduler(updater, store, self.background, clock, intervals, self.metrics)

    def _build_aftermath(self, intervals: Intervals) -> Aftermath:
        return Aftermath(
            realtimekit=self.realtimekit.in_background(),
            downloads=self.downloads,
            messages=self.messages,
            store=self.store,
            clock=self._clock,
            points=intervals.after,
            tick=intervals.tick,
        )

    def _register_features(self) -> None:
        """One line per feature. Bolt tries its listeners in this order: what is used most comes first."""
        to, store, meetings, kit = self.listeners, self.store, self.meetings, self.realtimekit
        operations, directory = self.operations, self.directory
        cards, listed = status.Status(meetings, operations, self.recording, self.joins), people.People(meetings)
        ending = end.End(meetings, kit, operations, self.recording)
        removal = Removal(kit, meetings, operations, store.bans, store.places)
        status.register(to, cards)
        kick.register(
            to, kick.Kick(meetings, removal, directory, operations, store.bans, ending.ask_about, listed.show)
        )
        people.register(to, listed)
        help.register(to, help.Help(to, show_status=cards.show))
        end.register(to, ending)
        self._register_polls()
        watch.register(to, watch.Watch(meetings, store.cards, operations, self.scheduler.update_now))
        attendance.register(to, attendance.Attendance(meetings, kit, operations, directory))
        lock.register(to, lock.Lock(meetings, kit, operations))
        mute.register(to, mute.Mute(meetings, kit, directory, operations))
        link.register(to, link.Link(meetings, store.links, operations))
        notices.register(to, notices.Notices(meetings, store.links, operations))
        hosts.register(to, hosts.Hosts(store.hosts, directory, operations, self.permissions))
        history.register(to, history.History(store.journal))
        home.register(to, home.Home(meetings, self.permissions, store, self.readiness.health, self.joins))
        self._open_the_door()
        record.register(to, record.Record(meetings, store.links, store.cards, kit, operations, self.recording))
        after.register(to, after.After(kit, self.downloads))
        to.menu("more")
        to.retry()

    def _register_polls(self) -> None:
        to, meetings, kit, store = self.listeners, self.meetings, self.realtimekit, self.store
        ttl = self.settings.realtimekit_timeout + ASK_MARGIN
        sheets = sheet.Sheet(meetings, kit, self.operations, store.sheets, self._refresh_cards, ttl)
        poll.register(
            to, poll.Poll(meetings, kit, self.operations, self.directory, sheets.open_form, sheets.save_for_later)
        )
        sheet.register(to, sheets)

    def _open_the_door(self) -> None:
        to, store, settings = self.listeners, self.store, self.settings
        admission = Admission(
            self.realtimekit, store.places, store.bans, settings.join_url, settings.realtimekit_timeout
        )
        presets = Presets(settings.realtimekit_host_preset, settings.realtimekit_member_preset)
        join.register(to, join.Join(self.meetings, admission, self.directory, self.permissions, store, presets))
        invite.register(
            to, invite.Invite(self.meetings, admission, store.places, self.directory, self.operations, presets.member)
        )
        start.register(
            to,
            start.Start(
                self.meetings, self.realtimekit, store.links, store.cards, self.operations, self.directory, self.joins
            ),
        )

    def watch_socket(self, connected: Callable[[], bool]) -> None:
        """With Socket Mode: whether Slack reaches us is part of being ready."""
        self.readiness.socket = connected
        self.metrics.connected.set_function(connected)

    async def start(self) -> None:
        """Start the services that run beside the requests."""
        self.background.start(self._introduce())
        self.background.serve(self.scheduler.run())
        self.background.serve(self.aftermath.run(self.background))
        self.background.serve(self._share_calls())
        self.background.serve(self.operations.keep_house(self._report_interruption, self._forget_old))

    async def _introduce(self) -> None:
        """Ask Slack once who we are, so that the first command need not wait for it."""
        try:
            identity = await self.directory.identity()
        except CannotCheck:
            log.warning("slack token not accepted", hint="check SLACK_BOT_TOKEN, and that Slack can be reached")
        else:
            log.info("connected to slack", team=identity.team_id, bot=identity.bot_user_id)

    async def _share_calls(self) -> None:
        """Keep count of the account's calls together with the other processes, until the process stops."""
        while not self.background.stopping:
            try:
                await self.limits.share(self.store.calls.add)
            except StoreError as error:
                log.warning("calls not shared", error=str(error))
            await self.background.pause(SHARE_INTERVAL)

    async def _forget_old(self, now: datetime) -> None:
        await self.store.forget_old(now, self.settings.journal_days, self.meetings.default_id)

    async def _operation_ended(self, operation: Operation, state: State) -> None:
        self.metrics.operations.labels(operation.what, state.value).inc()
        if operation.meeting_id and operation.what in SHOWN_OPERATIONS:
            await self.scheduler.changed(operation.meeting_id)

    async def _refresh_cards(self, channel_id: str) -> None:
        """What a channel's live cards show has changed. If the database is away, they follow with the next update."""
        try:
            for watched in await self.store.cards.watched_in(channel_id):
                await self.scheduler.changed(watched.meeting_id)
        except StoreError as error:
            log.warning("card not updated", error=str(error))

    async def _report_interruption(self, entry: Entry) -> None:
        """Tell the person who asked for an operation that a dying process left open."""
        request = SlackRequest(
            Kind.OTHER,
            "interrupted",
            user_id=entry.user_id,
            channel_id=entry.channel_id,
            response_url=entry.response_url,
        )
        await self.messages.reply(request, interrupted(entry))


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


@asynccontextmanager
async def running(settings: Settings, intervals: Intervals, clock: Clock = utc_now) -> AsyncIterator[Usher]:
    """Usher with its connections open and its services running.

    On leaving, what runs is finished and everything is closed; also if starting failed halfway.

    Raises:
        StoreError: the database does not answer, or belongs to a newer Usher.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(settings, stack)
        usher = Usher(settings, store, stack, intervals, clock)
        stack.push_async_callback(usher.background.drain, DRAIN_TIMEOUT)
        await usher.start()
        yield usher


async def open_store(settings: Settings, stack: AsyncExitStack) -> Store:
    """The store, with the current schema. Raises `StoreError`."""
    database = Database(settings.database_url, lambda: timing("database"))
    stack.push_async_callback(close_quietly, database)
    await database.migrate()
    return Store(database)
