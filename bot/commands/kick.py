"""`/kick`: removing people."""

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.models.views import View

from bot.commands.matching import Matches, find_people, match
from bot.commands.parsing import Words, means_everyone, split
from bot.commands.people_form import (
    allow_value,
    chosen,
    digests_in,
    keys_in,
    offered_options,
    retry_people,
    slack_ids_in,
    validate,
)
from bot.commands.removal import Removal
from bot.errors import DialogNotOpened, MeetingChoice, Misused, Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.models import Person, Session, by_keys
from bot.sanitize import from_slack, json_object
from bot.slack.context import Context, Handler, channel_meeting, meeting_in, private_metadata, retry_as, target_value
from bot.slack.directory import Directory, slack_id
from bot.slack.listeners import Listeners
from bot.slack.request import SlackRequest
from bot.store.bans import Bans
from bot.store.records import State, digest
from bot.views import end, failures, kick, removal
from bot.views.drawn import Same, drawn_at
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import display_name, display_title, encode, mention

AskToEnd = Callable[[Context, MeetingChoice], Awaitable[None]]
USAGE = "/kick [name, email, ID or @person] [--block], or /kick all"
MAX_REMEMBERED = 500
"""Characters of a command that a large meeting's menu remembers, so that it can offer those first who may be meant."""
KICK = FailureText(
    "No one was removed.", "I can't tell if they were removed. Check who's still in before trying again."
)


@dataclass(eq=False)
class Kick:
    """Removes people from meetings.

    Attributes:
        ask_to_end: asks before everyone is removed from a meeting, as `/kick all` does.
        refresh_list: brings the list of people that was clicked in up to date.
    """

    meetings: Meetings
    removal: Removal
    directory: Directory
    operations: Operations
    bans: Bans
    ask_to_end: AskToEnd
    refresh_list: Handler

    async def by_name(self, context: Context) -> None:
        """Act if every word names exactly one person; otherwise let the host choose."""
        words = _words(context.args)
        if words.unknown_flags:
            raise Misused(f"Unknown option `{words.unknown_flags[0]}`. Did you mean `--block`?", USAGE)
        meeting = await channel_meeting(context, self.meetings)
        if not means_everyone(words):
            await self._kick_named(context, meeting, words)
        elif "block" in words.flags:
            raise Misused("You can't keep everyone out at once.", USAGE)
        else:
            await self.ask_to_end(context, meeting)

    async def open_form(self, context: Context) -> None:
        """The Kick… button: the form, with the people that the words named chosen already."""
        words = _words(str(json_object(context.request.value).get("w") or ""))
        await self._kick_named(context, meeting_in(context.request.value), words, choose=True)

    async def submit(self, context: Context) -> None:
        """The people chosen in the form."""
        view = context.request.view
        block, reason = "block" in view.selected("flags"), view.text("reason")
        await self.removal.remove(context, *chosen(context.request), block=block, reason=reason)

    async def one(self, context: Context) -> None:
        """Remove, in the menu beside a name; the list it stands in is brought up to date."""
        await self._kick_of_button(context, block=context.request.name == "kick.one_out")
        # The kick is done and announced; what follows only reads, and fails as such.
        context.failure, context.offer_retry = FailureText(), None
        with contextlib.suppress(DialogNotOpened):
            await self.refresh_list(context)

    async def keep_out(self, context: Context) -> None:
        """Keep out those who were removed, or who are back, wherever they are now."""
        meeting, people = await self._people_of_button(context, known=True)
        also = slack_ids_in(context.request)
        outcome = await self.removal.remove(context, meeting, people, block=True, also=also)
        if outcome.state is State.DONE:
            by = mention(context.request.user_id)
            allow = removal.allow_button(allow_value(meeting, people, context.request, also))
            await context.settle(f"Kept out by {by}", allow)

    async def retry(self, context: Context) -> None:
        """Try again with the same people, whatever the words that named them would mean by now."""
        meeting, people = await self._people_of_button(context)
        block, also = bool(json_object(context.request.value).get("b")), slack_ids_in(context.request)
        await self._remove_or_retry(context, meeting, people, block=block, also=also)

    async def let_back_in(self, context: Context) -> None:
        """Lift a ban: their return is no news any more."""
        meeting, people = await self._people_of_button(context)
        names = tuple(display_name(person) for person in people if person.name)
        custom_ids = [*(one.custom_id for one in people if one.custom_id), *slack_ids_in(context.request)]
        banned = {*map(digest, custom_ids), *digests_in(context.request)}
        if not banned:
            raise Misused("That was too long ago. RealtimeKit no longer has a record of who it was.", USAGE)
        async with self.operations.once(context.operation("let back in", meeting, people=names)) as attempt:
            await self.bans.remove(meeting.id, banned)
            attempt.outcome = "allowed"
        by, title = context.request.user_id, display_title(meeting.title, meeting.id)
        all_joined_from_slack = len({*from_slack(custom_ids)}) == len(people)
        await context.announce(removal.pardoned(names, len(people), title, by, from_slack=all_joined_from_slack))
        await context.settle(f"Allowed by {mention(by)}")

    async def _people_of_button(
        self, context: Context, *, known: bool = False
    ) -> tuple[MeetingChoice, Sequence[Person]]:
        """The people that a button is about: as the session that runs knows them, or the last one, or the meeting.

        Args:
            known: raise `RealtimeKitError` where that is why nothing is known of one of them.
        """
        meeting, keys = await self.meetings.titled(meeting_in(context.request.value)), keys_in(context.request)
        found, failed = list[Person](), None
        try:
            found += await self.meetings.attended(meeting)
            if not {*keys} <= {person.key for person in found}:
                found += await self.meetings.invited(meeting)
        except RealtimeKitError as error:
            failed = error
        people = by_keys(keys, found)
        if known and failed and not all(one.name or one.custom_id for one in people):
            raise failed
        return meeting, people

    async def offer_people(self, context: Context) -> list[dict[str, Any]]:
        """The people in a meeting of more than a hundred, by what was typed so far."""
        meeting = meeting_in(context.request.view.private_metadata.get("m"))
        everyone = await self.meetings.people(await self.meetings.live(meeting))
        typed = _words(str(context.request.view.private_metadata.get("w") or "")).words
        if context.request.text or not typed:
            return offered_options(Same(everyone), context.request.text, drawn_at(context.now))
        found = dict.fromkeys((*match(typed, everyone, {}).candidates, *everyone))
        return kick.offered_options(tuple(found)[: kick.MAX_OPTIONS], everyone, context.now)

    async def _kick_named(
        self, context: Context, meeting: MeetingChoice, words: Words, *, choose: bool = False
    ) -> None:
        session, everyone, found = await find_people(self.meetings, self.directory, meeting, words.words)
        meeting = dataclasses.replace(meeting, title=session.title)
        if words.words and not found.unclear and not choose:
            also = await self._slack_ids(words)
            await self._remove_or_retry(context, meeting, found.clear, block="block" in words.flags, also=also)
            return
        form = _form(context, session, meeting, everyone, found, block="block" in words.flags)
        try:
            await context.show(form)
        except DialogNotOpened as error:
            await _offer_form(context, meeting, error)

    async def _slack_ids(self, words: Words) -> Sequence[str]:
        """The custom ids that those who are mentioned have, or would have, when they join from Slack."""
        mentioned = [word.mention for word in words.words if word.mention]
        team_id = (await self.directory.identity()).team_id if mentioned else ""
        return [slack_id(team_id, user_id) for user_id in mentioned]

    async def _remove_or_retry(
        self, context: Context, meeting: MeetingChoice, people: Sequence[Person], *, block: bool, also: Sequence[str]
    ) -> None:
        """Remove people; if that fails, Try again is about the same ones."""
        context.offer_retry = partial(retry_people, "kick.retry", meeting, people, b=block, s=also)
        await self.removal.remove(context, meeting, people, block=block, also=also)

    async def _kick_of_button(self, context: Context, *, block: bool) -> None:
        """Remove the person that a button holds."""
        meeting = meeting_in(context.request.value)
        key = str(json_object(context.request.value).get("k") or "")
        session = await self.meetings.live(meeting)
        people = by_keys([key], await self.meetings.attended(meeting))
        await self.removal.remove(context, dataclasses.replace(meeting, title=session.title), people, block=block)


def _words(text: str) -> Words:
    return split(text, ("block",))


def _form(
    context: Context,
    session: Session,
    meeting: MeetingChoice,
    everyone: Sequence[Person],
    found: Matches,
    *,
    block: bool,
) -> View:
    title = display_title(session.title, meeting.id)[:200]
    words = context.args if found.unclear and len(context.args) < MAX_REMEMBERED else None
    return kick.form(
        session,
        meeting.id,
        everyone,
        now=context.now,
        private_metadata=private_metadata(context.request, m=meeting.id, t=title, w=words),
        chosen=() if found.unclear else {person.key for person in found.clear},
        candidates=found.candidates if found.unclear else (),
        reason=str(json_object(context.request.value).get("r") or ""),
        announced=context.announces,
        remarks=kick.remarks(found.unclear),
        block=block,
    )


async def _offer_form(context: Context, meeting: MeetingChoice, error: DialogNotOpened) -> None:
    """The trigger was too old when it turned out that a choice is needed: a button brings a fresh one."""
    request_id = context.request.request_id
    value = encode({"m": meeting.id, "w": context.args, "n": request_id})
    retry = RetryButton("kick.open", value, "Choose people…") if value else context.retry
    await context.reply(failures.message(error, failure=KICK, retry=retry, request_id=request_id))


def _retry_submission(request: SlackRequest) -> RetryButton | None:
    """The form of that meeting again, with the same people chosen."""
    view = request.view
    people = [f'"{key}"' for key in view.selected("people")]
    words = " ".join([*people, *(["--block"] if "block" in view.selected("flags") else [])])
    meeting_id = str(view.private_metadata.get("m") or "")
    typed = {"m": meeting_id, "w": words, "r": view.text("reason"), "n": request.request_id}
    value = encode(typed | target_value(request))
    return RetryButton("kick.open", value, "Try again…") if value else None


def _loading_command(request: SlackRequest) -> View | None:
    """`/kick` alone and `/kick all` are answered in a modal; names are acted on at once."""
    words = _words(request.text)
    if words.unknown_flags:
        return None
    if means_everyone(words):
        return end.loading_end()
    return None if words.words else kick.loading_form()


def register(listeners: Listeners, feature: Kick) -> None:
    """Register the command, the form with its menu, and the buttons."""
    listeners.command(
        "/kick",
        feature.by_name,
        needs=Right.HOST,
        usage=USAGE,
        summary="Remove people from the meeting. Without names, opens a list. `--block` keeps them out.",
        loading=_loading_command,
        failure=KICK,
    )
    listeners.options("kick.people", feature.offer_people, needs=Right.HOST)
    listeners.action("kick.open", feature.open_form, needs=Right.HOST, loading=kick.loading_form(), failure=KICK)
    listeners.view("kick", feature.submit, needs=Right.HOST, validate=validate, failure=KICK, retry=_retry_submission)
    for name in ("kick.one", "kick.one_out"):
        listeners.action(name, feature.one, needs=Right.HOST, failure=KICK)
    listeners.action(
        "people.several",
        feature.open_form,
        needs=Right.HOST,
        loading=kick.loading_form(),
        pushes=True,
        failure=KICK,
        retry=retry_as("kick.open"),
    )
    listeners.action("kick.retry", feature.retry, needs=Right.HOST, failure=KICK)
    for name in ("kick.keep_out", "kick.again"):
        listeners.action(name, feature.keep_out, needs=Right.HOST, failure=KICK)
    still_out = FailureText("They're still being kept out.")
    listeners.action("kick.pardon", feature.let_back_in, needs=Right.HOST, failure=still_out)
