"""What a handler is given: the request, who may do what, and the ways to answer it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Required, TypedDict

import structlog
from slack_sdk.models.blocks import ActionsBlock, Block, InteractiveElement
from slack_sdk.models.views import View

from bot.errors import CannotPost, MeetingChoice, MeetingNotFound, Misused, Right
from bot.meetings import Meetings, id_in
from bot.realtimekit.models import Person
from bot.sanitize import json_object
from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.slack.request import Kind, SlackRequest
from bot.slack.text import typed_text
from bot.store.records import Operation, State
from bot.views.failures import FailureText, RetryButton
from bot.views.parts import OUTLOOK, Message, actions, card, context_block, encode

log = structlog.get_logger(__name__)

HARMLESS_SECONDS = 10
"""Clicks within the same period of this length are one intent, if doing it twice is harmless."""
MAX_PRIVATE_METADATA = 3000


@dataclass(slots=True)
class Context:
    """One request being answered.

    Attributes:
        announces: whether the channel learns what hosts do (`BOT_ANNOUNCE`).
        clock: the present, with a time zone.
        args: what was typed after the command and its subcommand.
        right: what the person may do, once that was checked.
        view_id: the view that is open for this request, if any.
        failure: what a failure says about the attempt.
        offer_retry: makes the button that offers the attempt again.
        resume: the action that goes on with a meeting chosen from several.
        outcome: how the operation ended, where no exception says so.
        meeting_id: the meeting that the channel means, once that is known.
    """

    request: SlackRequest
    messages: Messages
    announces: bool
    clock: Callable[[], datetime]
    args: str = ""
    right: Right = Right.NOTHING
    view_id: str | None = None
    failure: FailureText = field(default_factory=FailureText)
    offer_retry: Callable[[SlackRequest], RetryButton | None] | None = None
    resume: str | None = None
    outcome: State = State.DONE
    meeting_id: str = ""

    @property
    def now(self) -> datetime:
        """The present."""
        return self.clock()

    @property
    def retry(self) -> RetryButton | None:
        """The button that offers the attempt again; None if that would be of no use."""
        if not self.offer_retry:
            return None
        return self.offer_retry(replace(self.request, meeting_id=self.meeting_id or self.request.meeting_id))

    @property
    def cannot_post(self) -> CannotPost:
        """That nothing can be posted in the request's channel: in direct messages between people, never."""
        return CannotPost(direct=(self.request.channel_id or "").startswith("D"))

    @property
    def words(self) -> str:
        """`args` as they were typed: links by their addresses, mentions by their labels."""
        return typed_text(self.args)

    async def reply(self, message: Message, *, replace: bool = False) -> None:
        """Answer the person who asked, and only them."""
        await self.messages.reply(self.request, message, replace=replace)

    async def announce(self, message: Message, *, always: bool = False) -> bool:
        """Tell the channel what was done, and return True; only the person who asked, if announcements are off.

        Args:
            always: whatever `BOT_ANNOUNCE` says. People have a right to know when they are recorded.
        """
        if self.announces or always:
            return await self.messages.announce(self.request, message)
        await self.reply(message)
        return False

    async def post(self, message: Message, channel_id: str = "") -> str:
        """Post to a channel itself, the request's unless another is named; Slack's code if it does not take it."""
        try:
            await self.messages.post(channel_id or self.request.channel_id or "", message)
        except SlackFailed as failed:
            log.info("not posted to the channel", request=self.request.request_id, code=failed.code)
            return failed.code
        return ""

    async def send_file(self, name: str, content: bytes, comment: str) -> None:
        """Send a file to the person who asked, by direct message: Slack has no file that only one person sees.

        Raises `SlackRefused`.
        """
        try:
            channel_id = await self.messages.open_direct(self.request.user_id)
            await self.messages.upload(channel_id, name, content, comment)
        except SlackFailed as failed:
            raise failed.refusal from None

    async def settle(self, said: str, *buttons: InteractiveElement | None) -> None:
        """In the message that was clicked in, if everyone sees it: what was done stands where its buttons were."""
        clicked = self.request.message
        if clicked is None:
            return
        kept = [
            block
            for block in Block.parse_all([dict(block) for block in clicked.blocks])
            if not isinstance(block, ActionsBlock) and block.block_id != OUTLOOK
        ]
        message = card(clicked.text, *kept, context_block(said), *actions(*buttons))
        try:
            await self.messages.update(clicked.channel_id, clicked.ts, message)
        except SlackFailed as failed:
            log.info("message not settled", request=self.request.request_id, code=failed.code)
            await self.messages.reply(self.request, message, replace=True)

    async def show(self, view: View) -> None:
        """Fill the open modal, or open one; a modal that the person has closed stays closed.

        Raises:
            DialogNotOpened: no modal was open, and none could be opened.
        """
        if self.view_id is None:
            self.view_id = await self.messages.open_modal(self.request.trigger_id, view)
        else:
            await self.messages.update_modal(self.view_id, view)

    def channel(self, usage: str) -> str:
        """The channel's id; raises `Misused` if there is none."""
        if self.request.channel_id is None:
            raise Misused("Use this in a channel.", usage)
        return self.request.channel_id

    def operation(
        self,
        what: str,
        meeting: MeetingChoice | None = None,
        *,
        people: tuple[str, ...] = (),
        detail: str = "",
        harmless: bool = False,
        personal: bool = False,
    ) -> Operation:
        """What this request is about to do, for the journal.

        Args:
            harmless: doing it twice changes nothing, so that a later click on the same button is a new intent.
            personal: it is done for the person who asks, so that each has an intent of their own.
        """
        period = f":{int(self.now.timestamp()) // HARMLESS_SECONDS}" if harmless else ""
        return Operation(
            self.request.intent + period + (f":{self.request.user_id}" if personal else ""),
            what,
            self.request.user_id,
            channel_id=self.request.channel_id,
            meeting_id=meeting.id if meeting else None,
            title=meeting.title if meeting else None,
            people=people,
            detail=detail,
            response_url=self.request.response_url,
        )


Handler = Callable[[Context], Awaitable[None]]
OptionsHandler = Callable[[Context], Awaitable[list[dict[str, Any]]]]


class ListenerOptions(TypedDict, total=False):
    """How a listener treats its requests.

    Attributes:
        needs: the right without which the handler does not run; checked by the runner.
        loading: the modal that opens at once, before anything is asked of any service; None if there is none. It is a
            form that needs nothing, or one that the handler fills.
        alone: the subcommand takes no words; with words, these are the command's.
        pushes: that modal goes on top of the open one.
        validate: what is wrong in a submitted view, by block id: it then stays open. Local work only.
        failure: what a failure says about the attempt.
        retry: the button that offers the attempt again.
        resume: the action that goes on with a meeting chosen from several.
    """

    needs: Required[Right]
    loading: View | Callable[[SlackRequest], View | None]
    alone: bool
    pushes: bool
    validate: Callable[[SlackRequest], Mapping[str, str]]
    failure: FailureText
    retry: Callable[[SlackRequest], RetryButton | None]
    resume: str


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, and how its requests are treated."""

    handle: Handler
    options: ListenerOptions


def first_word(text: str) -> tuple[str, str]:
    """A command's first word, which may be a subcommand, and the rest."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def private_metadata(request: SlackRequest, **more: str | int | None) -> str:
    """What a modal must remember of the request that opens it: where it was made, by whom, how to answer.

    Args:
        more: what else, such as the meeting; left out if it does not fit.
    """
    origin = {
        "channel": request.channel_id,
        "user": request.user_id,
        "response_url": request.response_url,
        "home": request.from_home or None,
    }
    known = {key: value for key, value in (origin | more).items() if value is not None}
    return encode(known, MAX_PRIVATE_METADATA) or encode(origin, MAX_PRIVATE_METADATA) or ""


def target_value(request: SlackRequest) -> dict[str, str]:
    """For a button's value, if its message may go to direct messages: the channel that it acts for."""
    return {"c": request.channel_id} if request.from_home and request.channel_id else {}


def retry_as(action: str) -> Callable[[SlackRequest], RetryButton | None]:
    """For what pushes a modal onto the open one: a message has none, so its retry button opens the modal afresh."""
    return lambda request: RetryButton(action, request.value) if request.value else None


def people_value(
    meeting: MeetingChoice, people: Sequence[Person], request: SlackRequest, **more: bool | Sequence[str]
) -> str | None:
    """The value of a button that is about these people; None if it does not fit."""
    keys, given = [person.key for person in people], {key: value for key, value in more.items() if value}
    return encode({"m": meeting.id, "p": keys, "n": request.request_id} | given | target_value(request))


def means_here(context: Context, words: Collection[str]) -> None:
    """Where one of these words is all that was typed, it means the channel's meeting, and is no title."""
    if context.words.strip().lower() in words:
        context.args = ""


async def named_meeting(context: Context, meetings: Meetings, *, shared: bool = False) -> MeetingChoice:
    """The meeting that a request names: by a button's value, or by the words of a command; otherwise the channel's.

    Raises as `Meetings.find` does.
    """
    if context.request.kind is Kind.ACTION:
        return meeting_in(context.request.value)
    return await channel_meeting(context, meetings, context.words, shared=shared)


async def channel_meeting(
    context: Context, meetings: Meetings, words: str = "", *, shared: bool = False
) -> MeetingChoice:
    """The meeting that these words name, otherwise the channel's. Raises as `Meetings.find` does.

    A command that is tried again is about the meeting that it was about, whatever the channel was linked to since.
    """
    if context.request.meeting_id:
        return MeetingChoice(context.request.meeting_id, None)
    meeting = await meetings.find(words, context.request.channel_id, shared=shared)
    context.meeting_id = meeting.id
    return meeting


def meeting_in(value: object) -> MeetingChoice:
    """The meeting that a button's value, an option or a modal's metadata holds.

    Raises:
        MeetingNotFound: it holds none. Whatever came, nothing but an id goes on from here.
    """
    text = str(value or "")
    meeting_id = id_in(str(json_object(text).get("m") or text))
    if meeting_id is None:
        raise MeetingNotFound(text[:40])
    return MeetingChoice(meeting_id, None)
