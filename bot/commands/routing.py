"""What the slices register with, and what their handlers are given."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slack_sdk.models.views import View

from bot.ask import Ask
from bot.commands.parsing import as_typed
from bot.errors import MeetingChoice, MeetingNotFound, Misused, Right
from bot.meetings import Meetings, id_in
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.slack import Slack
from bot.store.blocks import Blocks
from bot.store.cards import Cards
from bot.store.hosts import Hosts
from bot.store.journal import Journal
from bot.store.links import Links
from bot.store.records import Deed
from bot.views.faults import Again, Effect
from bot.views.help import Entry
from bot.views.home import Health
from bot.views.parts import Message, cut, packed, unpacked

HARMLESS_SECONDS = 10
"""Clicks within the same so many seconds of the clock are one intent."""


@dataclass(frozen=True, slots=True)
class Services:
    """The long-lived things that handlers use.

    Attributes:
        bot_hosts: `BOT_HOSTS`.
        announce: whether what a host does is told to the channel (`BOT_ANNOUNCE`).
        follow: looks at a meeting at once for its cards; Slack's code, by channel, where one could not be posted;
            None where another process looks for long.
        look_soon: has a meeting looked at, and then now and then.
        right_of: what the asker may do in the channel of this ask.
        health: how Usher itself is.
        clock: the present, with a zone.
        router: all commands, for the help.
    """

    slack: Slack
    kit: RealtimeKit
    meetings: Meetings
    operations: Operations
    links: Links
    hosts: Hosts
    journal: Journal
    cards: Cards
    blocks: Blocks
    follow: Callable[[str], Awaitable[Mapping[str, str] | None]]
    look_soon: Callable[[str], Awaitable[None]]
    right_of: Callable[[Ask], Awaitable[Right]]
    health: Callable[[], Awaitable[Health]]
    bot_hosts: frozenset[str]
    announce: bool
    clock: Callable[[], datetime]
    router: "Router"


@dataclass(slots=True)
class Turn:
    """One ask being answered.

    Attributes:
        args: what was typed after the command and its subcommand.
        right: what the asker may do, once that was checked.
        modal: the view that is open for this turn, if one is.
        effect: what is being attempted, for the words of a failure.
        again: how to offer the attempt once more.
        resume: the action with which a meeting chosen from several goes on.
    """

    ask: Ask
    services: Services
    args: str = ""
    right: Right = Right.NOTHING
    modal: str | None = None
    effect: Effect = field(default_factory=Effect)
    again: Again | None = None
    resume: str | None = None

    @property
    def now(self) -> datetime:
        """The present."""
        return self.services.clock()

    async def reply(self, message: Message, *, replace: bool = False) -> None:
        """Tell the asker, and only them."""
        await self.services.slack.reply(self.ask, message, replace=replace)

    async def announce(self, message: Message) -> None:
        """Tell the channel what was done; only the asker, where announcements are off."""
        if self.services.announce:
            await self.services.slack.announce(self.ask, message)
        else:
            await self.reply(message)

    async def show(self, view: View) -> None:
        """Put this into the open modal, or open it; a modal that the person closed meanwhile stays closed.

        Raises:
            DialogNotOpened: no modal was open, and none could be opened.
        """
        if self.modal is None:
            self.modal = await self.services.slack.open_modal(self.ask.trigger_id, view)
        else:
            await self.services.slack.update_modal(self.modal, view)

    async def meeting(self, words: str = "", *, shared: bool = False) -> MeetingChoice:
        """The meeting that is meant: by these words as Slack sent them, by the channel's link, by default.

        Args:
            shared: for looking; see `Meetings.find`.
        """
        return await self.services.meetings.find(as_typed(words), self.ask.channel_id, shared=shared)

    def channel(self, usage: str) -> str:
        """The channel; raises `Misused` where there is none."""
        if self.ask.channel_id is None:
            raise Misused("That works in a channel only.", usage)
        return self.ask.channel_id

    def deed(self, what: str, meeting: MeetingChoice | None = None, *, harmless: bool = False, **more: Any) -> Deed:
        """What this turn is about to do, for the journal.

        Args:
            harmless: doing it twice changes nothing, so that a later click on the same button is an intent of its own.
        """
        ask = self.ask
        place = {"channel_id": ask.channel_id, "response_url": ask.response_url}
        which = {"meeting_id": meeting.id, "title": meeting.title} if meeting else {}
        moment = f":{int(self.now.timestamp()) // HARMLESS_SECONDS}" if harmless else ""
        return Deed(ask.intent + moment, what, ask.user_id, **(place | which | more))

    async def follow(self, action: str, value: str | None = None) -> None:
        """Go on as if that button had been clicked, with this value or the one that the ask holds."""
        if value is not None:
            self.ask = dataclasses.replace(self.ask, value=value)
        await self.services.router.actions[action].handle(self)


def first_word(text: str) -> tuple[str, str]:
    """A command's first word, which may be a subcommand, and the rest."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def notes_of(ask: Ask, **more: Any) -> str:
    """What a modal must remember of the ask that opens it: where it was asked, by whom, how to answer.

    Args:
        more: what else, such as the meeting; left out where it is None or does not fit.
    """
    where = {"channel": ask.channel_id, "user": ask.user_id, "response_url": ask.response_url, "home": ask.home or None}
    given = {key: value for key, value in (where | more).items() if value is not None}
    return packed(given, most=3000) or packed(where, most=3000) or ""


def place_of(ask: Ask) -> dict[str, str]:
    """For a button's value, where its answer may be told by direct message: the channel that it acts for."""
    return {"c": ask.channel_id} if ask.home and ask.channel_id else {}


def meeting_in(value: object) -> MeetingChoice:
    """The meeting that a button, a menu's option or a modal's notes hold.

    Raises:
        MeetingNotFound: they hold none; whatever came, nothing but an id goes on from here.
    """
    text = str(value or "")
    meeting_id = id_in(str(unpacked(text).get("m") or text))
    if meeting_id is None:
        raise MeetingNotFound(text[:40])
    return MeetingChoice(meeting_id, None)


Handler = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """How one kind of ask is handled.

    Attributes:
        needs: the right without which the handler does not run.
        loading: a modal that opens at once, before anything is asked of anybody; None where this ask needs none.
        faults: for a submission, what is wrong by field; the modal then stays open. Local work only.
        effect: what is attempted, for the words of a failure.
        again: how to offer the attempt once more.
        resume: the action that goes on with a meeting chosen from several.
        pushes: the modal goes on top of the one that is open.
    """

    handle: Handler
    needs: Right
    loading: Callable[[Ask], View | None] | None = None
    faults: Callable[[Ask], Mapping[str, str]] | None = None
    effect: Effect = field(default_factory=Effect)
    again: Callable[[Ask], Again | None] | None = None
    resume: str | None = None
    pushes: bool = False
    entry: Entry | None = None


Options = Callable[[Turn], Awaitable[list[dict[str, Any]]]]
AGAIN = "again"
"""The action of a button that types a command once more."""


class Router:
    """The handlers by what Slack calls them.

    Attributes:
        commands: by command and subcommand, such as `("/session", "who")`; `""` where there is none.
    """

    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], Route] = {}
        self.actions: dict[str, Route] = {}
        self.submissions: dict[str, Route] = {}
        self.events: dict[str, Route] = {}
        self.options: dict[str, tuple[Options, Right]] = {}

    def command(
        self, name: str, sub: str = "", *, needs: Right, usage: str = "", summary: str = "", **more: Any
    ) -> Callable[[Handler], Handler]:
        """Register what a command does; usage and summary make its line in the help."""

        def register(handler: Handler) -> Handler:
            entry = Entry(usage, summary) if usage else None
            self.commands[name, sub] = Route(handler, needs, again=typed_again, entry=entry, **more)
            return handler

        return register

    def action(self, *names: str, needs: Right, **more: Any) -> Callable[[Handler], Handler]:
        """Register what a click or a choice does."""

        def register(handler: Handler) -> Handler:
            more.setdefault("again", clicked_again)
            for name in names:
                self.actions[name] = Route(handler, needs, **more)
            return handler

        return register

    def submission(self, callback: str, *, needs: Right, **more: Any) -> Callable[[Handler], Handler]:
        """Register what sending a modal off does."""

        def register(handler: Handler) -> Handler:
            self.submissions[callback] = Route(handler, needs, **more)
            return handler

        return register

    def event(self, name: str, *, needs: Right) -> Callable[[Handler], Handler]:
        """Register what follows something that Slack tells of."""

        def register(handler: Handler) -> Handler:
            self.events[name] = Route(handler, needs)
            return handler

        return register

    def menu(self, action: str, *, needs: Right) -> Callable[[Options], Options]:
        """Register what a searchable menu offers."""

        def register(options: Options) -> Options:
            self.options[action] = (options, needs)
            return options

        return register

    def include(self, other: "Router") -> None:
        """Take another router's handlers over."""
        self.commands |= other.commands
        self.actions |= other.actions
        self.submissions |= other.submissions
        self.events |= other.events
        self.options |= other.options


def typed_again(ask: Ask) -> Again | None:
    """A button that types the command once more; None where it does not fit into one."""
    value = packed({"c": ask.name, "t": ask.text, "n": ask.request_id})
    return Again(AGAIN, value) if value else None


def clicked_again(ask: Ask) -> Again | None:
    """A button that does the same as the one that was clicked, as a new rendering."""
    values = unpacked(ask.value)
    fresh = {"n": ask.request_id} | place_of(ask)
    value = packed(values | fresh) if "n" in values else cut(ask.value, 2000)
    return Again(ask.name, value, "Try again") if value else None
