"""`/session notices`: what a channel is told of its meeting's sessions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import MeetingChoice, Misused, NotLinked, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.sanitize import DASHES
from bot.slack.client import SlackFailed
from bot.slack.context import Context, private_metadata
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.links import Links
from bot.store.records import Link
from bot.store.records import Notices as Choice
from bot.views import notices
from bot.views.failures import FailureText
from bot.views.notices import MAX_MINUTES
from bot.views.parts import Message, display_title

USAGE = "/session notices [off · start · both · no-host minutes]"
CHANGE = FailureText("The notice setting wasn't changed.", "Check the current setting with `/session notices`.")
_CHOICES = {
    **dict.fromkeys(("off", "none", "no"), Choice.OFF),
    **dict.fromkeys(("start", "starts", "on"), Choice.START),
    **dict.fromkeys(("both", "all", "start and end", "end"), Choice.BOTH),
}


@dataclass(eq=False)
class Notices:
    """Shows and changes what a channel is told."""

    meetings: Meetings
    links: Links
    operations: Operations

    async def show_or_choose(self, context: Context) -> None:
        """What the channel is told; or another choice."""
        link, title = await self._link(context)
        by = context.request.user_id
        if not context.args:
            await context.reply(notices.notices(link.notices, title, link.no_host))
        elif (minutes := _no_host_in(context.args)) is not None:
            said = notices.no_host(minutes or None, title, by)
            await self._set(context, link, link.notices, minutes or None, said, f"no-host {minutes or 'off'}")
        else:
            choice = _CHOICES.get(" ".join(context.args.lower().split()))
            if choice is None:
                raise Misused(f"“{context.words[:40]}” isn't an option.", USAGE)
            said = notices.notices(choice, title, link.no_host, by)
            await self._set(context, link, choice, link.no_host, said, choice.value)

    async def open_form(self, context: Context) -> None:
        """Change…: the modal, with what is chosen."""
        link, title = await self._link(context)
        metadata = private_metadata(context.request, m=link.meeting_id, o=_settings(link))
        await context.show(notices.form(link.notices, link.no_host, title, private_metadata=metadata))

    async def submit(self, context: Context) -> None:
        """What was chosen in the modal."""
        link, title = await self._link(context)
        view = context.request.view
        if view.private_metadata.get("m") != link.meeting_id:
            raise Misused(f"This channel was just linked to “{title[:80]}”.", USAGE)
        if view.private_metadata.get("o") not in (None, _settings(link)):
            raise Misused("Someone just changed these settings. Check them, then make your change.", USAGE)
        choice, minutes = Choice("".join(view.selected("choice"))), _minutes(view.text("minutes"))
        by = context.request.user_id
        said = notices.notices(choice, title, minutes, by, no_host_before=link.no_host)
        detail = f"{choice.value}, no-host {minutes or 'off'}"
        await self._set(context, link, choice, minutes, said, detail)

    async def _link(self, context: Context) -> tuple[Link, str]:
        link = await self.links.of(context.channel(USAGE))
        if link is None:
            raise NotLinked
        meeting = await self.meetings.current(MeetingChoice(link.meeting_id, link.title, linked=True))
        return link, display_title(meeting.title, meeting.id)

    async def _set(  # noqa: PLR0917 - what is chosen, and how that is told
        self, context: Context, link: Link, choice: Choice, minutes: int | None, said: Message, detail: str
    ) -> None:
        """Save what was chosen, and tell the channel; where it takes no message, nothing is saved."""
        meeting, quiet = MeetingChoice(link.meeting_id, link.title), choice is Choice.OFF and minutes is None
        async with self.operations.once(context.operation("notices", meeting, detail=detail)) as attempt:
            if not await self.links.set_notices(link.channel_id, meeting.id, choice, minutes, context.now):
                raise NotLinked
            # What cannot be posted now could not be posted when the meeting starts.
            code = "" if quiet else await context.post(said)
            if SlackFailed(code).is_unpostable:
                await self.links.set_notices(link.channel_id, meeting.id, link.notices, link.no_host, context.now)
                raise context.cannot_post
            attempt.outcome = detail
        if code:
            await context.reply(said)
        elif quiet:
            await context.announce(said)


def _settings(link: Link) -> str:
    return f"{link.notices.value} {link.no_host or 'off'}"


def _no_host_in(text: str) -> int | None:
    """The minutes in `no-host 5`, 0 for `no-host off`; None where it is about something else. Raises `Misused`."""
    match = re.fullmatch(rf"no[\s{DASHES}]?host\b(.*)", text.strip(), re.IGNORECASE)
    if not match:
        return None
    word = match[1].strip().lower()
    if word in ("off", "none", "0"):
        return 0
    number = re.fullmatch(r"(\d{1,4})\s*(m|min|minutes?)?", word or "5", re.ASCII)
    if not number or not 1 <= int(number[1]) <= MAX_MINUTES:
        raise Misused(f"Enter the number of minutes, 1 to {MAX_MINUTES}, or `off`.", "/session notices no-host 5")
    return int(number[1])


def _minutes(text: str) -> int | None:
    """The minutes in the form's field; None for none. Raises `Misused`."""
    return _no_host_in(f"no-host {text}") or None if text else None


def _validate(request: SlackRequest) -> Mapping[str, str]:
    try:
        _minutes(request.view.text("minutes"))
    except Misused as misused:
        return {"minutes": misused.why.replace(", or `off`", "")}
    return {} if request.view.selected("choice") else {"choice": "Choose one."}


def register(listeners: Listeners, feature: Notices) -> None:
    """Register the command and its modal."""
    listeners.command(
        "/session notices",
        feature.show_or_choose,
        needs=Right.HOST,
        usage=USAGE,
        summary="Post here when the meeting starts or ends, or when people are in it without a host.",
        failure=CHANGE,
    )
    listeners.action("notices.edit", feature.open_form, needs=Right.HOST, loading=notices.loading(), failure=CHANGE)
    listeners.view("notices", feature.submit, needs=Right.HOST, validate=_validate, failure=CHANGE)
