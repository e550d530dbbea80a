"""`/session invite`: people of the workspace get a message with Join; for guests from outside the host gets links."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from pydantic import SecretStr
from slack_sdk.models.views import View

from bot.background import gather
from bot.commands.admission import Admission, Visitor
from bot.commands.invite_text import USAGE, Guests, guest_id, names_in, parse
from bot.errors import Banned, CannotCheck, MeetingChoice, Misused, PresetMissing, Refusal, Right, may_have_happened
from bot.meetings import Meetings
from bot.operations import Operations
from bot.permissions import right_in_workspace, why_unsuitable
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.client import SlackFailed
from bot.slack.context import Context, channel_meeting, first_word, meeting_in, private_metadata
from bot.slack.directory import Directory, name_shown, slack_id
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.errors import StoreError
from bot.store.places import Places
from bot.store.records import State
from bot.views import invite
from bot.views.failures import FailureText
from bot.views.invite import Invited
from bot.views.parts import command, display_title

log = structlog.get_logger(__name__)

MAX_INVITED = 20
MAX_CONCURRENT = 5
INVITATION = timedelta(days=30)
INVITE = FailureText("No one was invited.", "Some people may have been invited. Check with them before trying again.")


@dataclass(eq=False)
class Invite:
    """Invites people to meetings. `preset`: of guests from outside, unless another one is named."""

    meetings: Meetings
    admission: Admission
    places: Places
    directory: Directory
    operations: Operations
    preset: str

    async def by_command(self, context: Context) -> None:
        """Invite those who are named; without names, the form that opened asks for them."""
        self.admission.require_page(context.right)
        guests = parse(context.args)
        meeting = await self._meeting(context, await channel_meeting(context, self.meetings))
        if guests:
            await self._invite(context, meeting, guests)
        else:
            await self._show_form(context, meeting)

    async def open_form(self, context: Context) -> None:
        """Invite… on a card."""
        self.admission.require_page(context.right)
        await self._show_form(context, await self._meeting(context, meeting_in(context.request.value)))

    async def submit(self, context: Context) -> None:
        """Those who were named in the form."""
        view = context.request.view
        guests = Guests(people=tuple(view.selected("people")), names=_names_typed(context.request))
        await self._invite(context, await self._meeting(context, meeting_in(view.private_metadata.get("m"))), guests)

    async def _meeting(self, context: Context, chosen: MeetingChoice) -> MeetingChoice:
        meeting = await self.meetings.joinable(chosen, can_unlock=True)
        return replace(meeting, title=display_title(meeting.title, meeting.id))

    async def _show_form(self, context: Context, meeting: MeetingChoice) -> None:
        metadata = private_metadata(context.request, m=meeting.id)
        await context.show(invite.form(meeting.title or "", private_metadata=metadata))

    async def _invite(self, context: Context, meeting: MeetingChoice, guests: Guests) -> None:
        people = await self._everyone(guests)
        if len(people) + len(guests.names) > MAX_INVITED:
            raise Misused(_too_many(len(people) + len(guests.names)), USAGE)
        await self._require_preset(guests.preset)
        title = meeting.title or ""
        names = (*[await self._name(one) for one in people], *guests.names)
        async with self.operations.once(context.operation("invite", meeting, people=names)) as attempt:
            invited = await self._carry_out(context, meeting, people, guests)
            attempt.outcome, attempt.state = invite.summary(invited), invited.state
            told = zip((*people, *guests.names), names, strict=True)
            attempt.people = [name for one, name in told if invited.has(one)] or None
        context.outcome = invited.state
        for message in invite.result(invited, title):
            await context.reply(message)
        if context.announces and invited.state is State.DONE:
            # The host knows already; where the channel takes no message, nobody else does.
            await context.post(invite.announced(invited, title, context.request.user_id))

    async def _everyone(self, guests: Guests) -> Sequence[str]:
        """The people who are named, also by their groups, each once. Raises `Misused`, `CannotCheck`."""
        people = dict.fromkeys(guests.people)
        for group in guests.groups:
            try:
                members = await self.directory.group(group)
            except CannotCheck as error:
                raise error.about_others() from None
            if members is None:
                raise Misused("Slack won't say who's in that user group.", USAGE)
            people |= dict.fromkeys(sorted(members))
        return list(people)

    async def _name(self, user_id: str) -> str:
        with contextlib.suppress(CannotCheck):
            return name_shown(await self.directory.user(user_id)) or "someone"
        return "someone"

    async def _require_preset(self, preset: str | None) -> None:
        if preset is None:
            return
        presets = await self.admission.realtimekit.presets()
        if preset not in presets:
            listed = ", ".join(sorted(presets)[:20])
            raise Misused(f"RealtimeKit has no preset called “{preset[:60]}”. Use one of these: {listed}.", USAGE)

    async def _carry_out(
        self, context: Context, meeting: MeetingChoice, people: Sequence[str], guests: Guests
    ) -> Invited:
        async def person(user_id: str) -> Invited:
            return await self._send(context, meeting, user_id, guests.preset)

        async def guest(name: str) -> Invited:
            try:
                url = await self._link(context, meeting, name, guests.preset or self.preset)
            except (Refusal, RealtimeKitError, StoreError) as error:
                log.warning("guest link not made", request=context.request.request_id, error=type(error).__name__)
                if len(guests.names) == 1 and not people and not isinstance(error, Banned):
                    raise  # then it is said as any failure is
                return Invited(failed=[(name, _why_failed(error))])
            return Invited(guests=[(name, url)])

        found = await gather([*map(person, people), *map(guest, guests.names)], MAX_CONCURRENT)
        return Invited(
            people=[one for each in found for one in each.people],
            refused=[one for each in found for one in each.refused],
            unsure=[one for each in found for one in each.unsure],
            guests=[one for each in found for one in each.guests],
            failed=[one for each in found for one in each.failed],
        )

    async def _link(self, context: Context, meeting: MeetingChoice, name: str, preset: str) -> SecretStr:
        return await self.admission.link(meeting, Visitor(guest_id(name), name), preset, context.now)

    async def _send(self, context: Context, meeting: MeetingChoice, user_id: str, preset: str | None) -> Invited:
        """Invite one person of the workspace by a direct message."""
        try:
            why = await self._why_not(meeting, user_id)
            if why:
                return Invited(refused=[(user_id, why)])
            custom_id = slack_id((await self.directory.identity()).team_id, user_id)
            until = context.now + INVITATION
            await self.places.invite(meeting.id, custom_id, context.now, until, preset)
            channel_id = await context.messages.open_direct(user_id)
            message = invite.invitation(meeting.title or "", meeting.id, context.request.user_id)
            await context.messages.post(channel_id, message)
        except SlackFailed as failed:
            log.info("invitation not sent", request=context.request.request_id, code=failed.code)
            if failed.is_lost:
                return Invited(unsure=[user_id])
            # The invitation itself holds.
            how = command("/session join", meeting.title or "")
            return Invited(refused=[(user_id, f"I can't send them a message. They can still use {how}")])
        except CannotCheck:
            return Invited(refused=[(user_id, "I couldn't look them up in Slack")])
        except StoreError as error:
            log.warning("invitation not saved", request=context.request.request_id, error=str(error))
            unsure = may_have_happened(error)
            return (
                Invited(unsure=[user_id])
                if unsure
                else Invited(refused=[(user_id, "the invitation couldn't be saved")])
            )
        return Invited(people=[user_id])

    async def _why_not(self, meeting: MeetingChoice, user_id: str) -> str:
        """Why someone of Slack cannot be invited; empty if they can. Raises `CannotCheck`, `StoreError`."""
        home, user = await self.directory.identity(), await self.directory.user(user_id)
        if await self.admission.is_banned(meeting.id, slack_id(home.team_id, user_id)):
            return "a host is keeping them out"
        return why_unsuitable(user, right_in_workspace(user, home.team_id, home.enterprise_id))


def _too_many(count: int) -> str:
    return f"That's {count} people. You can invite up to {MAX_INVITED} at once."


def _why_failed(error: Exception) -> str:
    if isinstance(error, Banned):
        return "a host is keeping them out"
    if isinstance(error, PresetMissing):
        return f"RealtimeKit has no preset called “{error.preset[:60]}”"
    return "try again in a few minutes"


def _names_typed(request: SlackRequest) -> tuple[str, ...]:
    """The names of guests in the form, one a line. Raises `Misused`."""
    return names_in(request.view.text("guests").splitlines())


def _validate(request: SlackRequest) -> Mapping[str, str]:
    try:
        names = _names_typed(request)
    except Misused as misused:
        return {"guests": misused.why}
    count = len(request.view.selected("people")) + len(names)
    if not count:
        return {"people": "Choose at least one person, or enter a guest's name below."}
    return {"guests": _too_many(count)} if count > MAX_INVITED else {}


def _loading_command(request: SlackRequest) -> View | None:
    """Without names, the form opens at once."""
    return None if first_word(request.text)[1] else invite.loading_form()


def register(listeners: Listeners, feature: Invite) -> None:
    """Register the command, the form and its button."""
    listeners.command(
        "/session invite",
        feature.by_command,
        usage=USAGE,
        summary="Invite people by direct message and get personal links for guests. For a form, leave out the names.",
        needs=Right.HOST,
        loading=_loading_command,
        failure=INVITE,
    )
    listeners.action("invite.open", feature.open_form, needs=Right.HOST, loading=invite.loading_form(), failure=INVITE)
    listeners.view("invite", feature.submit, needs=Right.HOST, validate=_validate, failure=INVITE)
