"""The Home tab: what is live where, and the actions you can take; they are announced in the channel as usual."""

import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.background import gather
from bot.errors import MeetingChoice, MeetingNotFound, NotLive, Refusal, Right
from bot.meetings import Meetings
from bot.permissions import Permissions
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.store.store import Store
from bot.views import home
from bot.views.home import Health, LinkedChannel, MeetingState

MAX_MEETINGS = 18
"""Meetings on the tab: five blocks each at most, usually four, of Slack's hundred."""
MAX_LINKS = 500
"""Links that are read to find meetings."""
MAX_CONCURRENT = 5


@dataclass(eq=False)
class Home:
    """Draws the Home tab.

    Attributes:
        health: how Usher itself is, for managers.
        joins: whether people can join from Slack.
    """

    meetings: Meetings
    permissions: Permissions
    store: Store
    health: Callable[[], Awaitable[Health]]
    joins: bool

    async def open(self, context: Context) -> None:
        """Draw the tab when someone opens it; the Messages tab, whose opening Slack reports too, needs nothing."""
        if context.request.text in ("home", ""):
            await self._draw(context)

    async def refresh(self, context: Context) -> None:
        """Nothing more than what follows every click on the tab: it is drawn again."""

    async def _draw(self, context: Context) -> None:
        linked = await self._linked()
        listed, user_id = list(linked.items())[:MAX_MEETINGS], context.request.user_id
        hosts = await self.store.hosts.of_channels(one for _, channel_ids in listed for one in channel_ids)
        # A stable sort: the channels that they host come first.
        mine_first = [(one, sorted(ids, key=lambda id_: user_id not in hosts.get(id_, ()))) for one, ids in listed]
        shown = [(meeting, channel_ids[: home.MAX_CHANNELS]) for meeting, channel_ids in mine_first]
        watched = await self.store.cards.watching_channels(meeting.id for meeting, _ in shown)
        states = await gather((self._state(context, *one, hosts, watched) for one in shown), MAX_CONCURRENT)
        health = await self.health() if context.right is Right.MANAGE else None
        all_read = sum(map(len, linked.values())) < MAX_LINKS
        more = (len(linked) if all_read else await self.store.links.count_meetings()) - len(states)
        nonce = context.request.request_id
        view = home.home(states, context.now, more=more, health=health, nonce=nonce, joins=self.joins)
        await context.messages.publish_home(context.request.user_id, view)

    async def _linked(self) -> dict[MeetingChoice, list[str]]:
        """The linked meetings with their channels: those with live cards first, then the newest."""
        channels: dict[str, list[str]] = {}
        titles: dict[str, str | None] = {}
        if default := self.meetings.default_id:
            channels[default] = []
        for link in await self.store.links.newest(MAX_LINKS):
            channels.setdefault(link.meeting_id, []).append(link.channel_id)
            titles.setdefault(link.meeting_id, link.title)
        first = await self.store.cards.followed_meetings() | {default}
        order = sorted(channels, key=lambda meeting_id: meeting_id not in first)
        return {MeetingChoice(meeting_id, titles.get(meeting_id)): channels[meeting_id] for meeting_id in order}

    async def _state(
        self,
        context: Context,
        meeting: MeetingChoice,
        channel_ids: Sequence[str],
        hosts: Mapping[str, Sequence[str]],
        watched: Collection[tuple[str, str]],
    ) -> MeetingState:
        """One meeting; what cannot be known of it leaves the others as they are."""
        channels = [
            await self._channel(context, one, hosts.get(one, ()), has_card=(one, meeting.id) in watched)
            for one in channel_ids
        ]
        can_act = context.right is Right.MANAGE or any(one.can_act for one in channels)
        state = MeetingState(meeting.id, meeting.title, channels, can_act=can_act)
        try:
            session, people = await self.meetings.live(meeting), tuple[Person, ...]()
            with contextlib.suppress(RealtimeKitError):
                people = await self.meetings.glance(session)
            locked = bool(await self.meetings.was_locked(meeting.id))
            return replace(state, title=session.title, session=session, people=people, locked=locked)
        except NotLive as refusal:
            return replace(state, title=refusal.meeting.title, locked=refusal.locked)
        except MeetingNotFound:
            return replace(state, gone=True)
        except (Refusal, RealtimeKitError):
            return replace(state, unknown=True)

    async def _channel(
        self, context: Context, channel_id: str, hosts: Sequence[str], *, has_card: bool
    ) -> LinkedChannel:
        """A channel of a meeting: its hosts, and whether this person is one."""
        can_act = context.right is Right.MANAGE or await self.permissions.is_among(context.request.user_id, hosts)
        return LinkedChannel(channel_id, hosts, can_act=can_act, has_card=has_card)


def register(listeners: Listeners, feature: Home) -> None:
    """Register the tab and its Refresh button."""
    listeners.event("app_home_opened", feature.open, needs=Right.VIEW)
    listeners.redraw_home_by(feature.open, needs=Right.VIEW)
    listeners.action("home.refresh", feature.refresh, needs=Right.VIEW)
