"""`/session join`, and Join wherever a meeting is shown: a personal link, visible only to the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.views import View

from bot.commands.admission import Admission, visitor_of
from bot.errors import CannotCheck, MeetingChoice, NotInvited, Right
from bot.meetings import Meetings
from bot.permissions import Permissions, is_guest
from bot.slack.context import Context, named_meeting
from bot.slack.directory import Directory
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.records import Seat
from bot.store.store import Store
from bot.views import join
from bot.views.failures import FailureText
from bot.views.parts import display_title

USAGE = "/session join [meeting]"
JOIN = FailureText("You don't have a link yet.", "You can safely try again.")


@dataclass(frozen=True, slots=True)
class Presets:
    """What people who join from Slack may do in the meeting; the first of the hosts' presets is given to them."""

    hosts: Sequence[str]
    member: str


@dataclass(eq=False)
class Join:
    """Gives people their personal links."""

    meetings: Meetings
    admission: Admission
    directory: Directory
    permissions: Permissions
    store: Store
    presets: Presets

    async def show_link(self, context: Context) -> None:
        """A personal link into the meeting that is named or was clicked on, for the asker alone."""
        self.admission.require_page(context.right)
        chosen = await named_meeting(context, self.meetings)
        meeting = await self.meetings.joinable(chosen, can_unlock=context.right >= Right.HOST)
        home, user_id = await self.directory.identity(), context.request.user_id
        user = await self.directory.user(user_id)
        visitor = visitor_of(user, home.team_id, user_id)
        preset = await self._preset(context, meeting, visitor.custom_id, guest=is_guest(user))
        url = await self.admission.link(meeting, visitor, preset, context.now)
        title = display_title(meeting.title, meeting.id)
        if context.view_id:
            await context.show(join.link_view(title, url))
        else:
            await context.reply(join.link(title, url))

    async def opened(self, context: Context) -> None:
        """The link itself was clicked: it opens in the browser, and there is nothing to do."""

    async def _preset(self, context: Context, meeting: MeetingChoice, custom_id: str, *, guest: bool) -> str:
        """What they may do in the meeting. Raises `NotInvited`: they may not join at all."""
        seat = await self.store.places.of(meeting.id, custom_id)
        invited = bool(seat and seat.invited_until and seat.invited_until > context.now)
        if guest and not invited and not await self._is_of_channel(context, meeting):
            raise NotInvited(meeting)
        if not guest and await self._is_host(context, meeting, seat):
            return self.presets.hosts[0]
        return (seat.invited_preset if seat and invited else None) or self.presets.member

    async def _is_of_channel(self, context: Context, meeting: MeetingChoice) -> bool:
        channel_id = context.request.channel_id or "D"
        link = await self.store.links.of(channel_id)
        # The default meeting is that of all channels, but not of anyone's direct messages.
        default = None if channel_id.startswith("D") else self.meetings.default_id
        return meeting.id == (link.meeting_id if link else default)

    async def _is_host(self, context: Context, meeting: MeetingChoice, seat: Seat | None) -> bool:
        """Whether they are a host here, or in any channel of the meeting: wherever they click, they get one place.

        Where Slack cannot be asked, they stay what they were.
        """
        if context.right >= Right.HOST:
            return True
        was_host = seat is not None and seat.preset == self.presets.hosts[0]
        channels = await self.store.links.channels(meeting.id)
        if meeting.id == self.meetings.default_id:
            channels = [*channels, *await self.store.hosts.channels_without_link()]
        members = {one for hosts in (await self.store.hosts.of_channels(channels)).values() for one in hosts}
        try:
            among = self.permissions.managers | members
            return await self.permissions.is_among(context.request.user_id, among, strict=True)
        except CannotCheck:
            return was_host


def _loading(request: SlackRequest) -> View | None:
    """On the Home tab nobody sees a message."""
    return join.loading() if request.view.is_home else None


def register(listeners: Listeners, feature: Join) -> None:
    """Register the command and the button."""
    listeners.command(
        "/session join",
        feature.show_link,
        usage=USAGE,
        summary="Get your personal link to the meeting.",
        needs=Right.VIEW,
        failure=JOIN,
        resume="session.join",
    )
    listeners.action("session.join", feature.show_link, needs=Right.VIEW, loading=_loading, failure=JOIN)
    listeners.action("join.link", feature.opened, needs=Right.NOTHING)
