"""What the tests see of the world: people who wait for their answers, and what they read."""

import asyncio
import re
from collections.abc import Callable

from sqlalchemy import select

from bot.live.timing import Intervals
from bot.realtimekit.limits import Limits
from bot.slack.client import RateLimits
from bot.store.tables import leases, seconds_now
from bot.web import USHER
from sandbox.person import Ack, Person
from sandbox.stage import Stage
from sandbox.surfaces import Message, View
from sandbox.text import lines_of
from sandbox.world import Meeting

REFUSED = re.compile(r"Only (hosts|workspace admins)|only for people in this|Guests can see")
"""How somebody without the right is answered."""
PACE = Intervals(
    gap=0.0, window=10.0, calls=1000, soon=3600.0, longest=3600.0, unwatched=3600.0, tick=0.1, after=(0.0, 3600.0)
)
"""Cards follow at once, and only when something is heard: no test waits, and none is looked at by chance."""


def still() -> float:
    """Slack's clock in tests: where the machine stalls for seconds, no trigger expires by it."""
    return 0.0


class Actor(Person):
    """A person who waits, after everything they do, until the bot has nothing more to say."""

    def __init__(self, on: Stage, name: str, channel: str) -> None:
        super().__init__(on.slack, on.http, on.bot_url, name, channel)
        self._on = on
        self.patient = True

    async def post(self, body: bytes, headers: dict[str, str] | None = None, kind: str = "") -> Ack:
        ack = await super().post(body, headers, kind)
        if self.patient:
            await self._on.bot[USHER].background.idle()
        return ack

    def read(self, surface: Message | View) -> str:
        """A message or modal as text."""
        return "\n".join(lines_of(surface, self.spots(surface), self._on.world))

    @property
    def screen(self) -> str:
        """Everything that this person sees: the channel's messages, then the open modal."""
        surfaces: list[Message | View] = [*self.messages(), *([self.modal] if self.modal else [])]
        return "\n".join(self.read(surface) for surface in surfaces)

    async def opens_filled(self, command: str) -> View:
        """Type `/kick`, `/poll` or `/kick all`, and fill the modal in, ready to be sent off."""
        await self.types(command)
        assert self.modal
        if command == "/kick":
            await self.picks("Who should leave?", "Ada")
        if command == "/poll":
            for label in ("Question", "Option 1", "Option 2"):
                self.fills(label, label)
        return self.modal

    async def sees_a_modal(self) -> None:
        """Wait until a modal is open, whatever else is still going on."""
        async with asyncio.timeout(5):
            while self.modal is None:  # noqa: ASYNC110 - the stand-in has no event, and no time is slept
                await asyncio.sleep(0)

    @property
    def last(self) -> Message:
        """The newest message that this person sees."""
        return self.messages()[-1]

    def labels(self, surface: Message | View) -> list[str]:
        """What can be used on it."""
        return [spot.label for spot in self.spots(surface) if spot.kind != "overflow"]


class Scene:
    """The stage, and short ways to what tests ask of it."""

    def __init__(self, on: Stage) -> None:
        self.on, self.slack, self.realtimekit, self.world = on, on.slack, on.realtimekit, on.world

    def person(self, name: str, channel: str = "general") -> Actor:
        return Actor(self.on, name, channel)

    async def idle(self) -> None:
        await self.on.bot[USHER].background.idle()

    async def settled(self) -> None:
        """Wait until all webhooks were delivered and every card shows what they told of."""
        bot, database = self.on.bot[USHER], self.on.bot[USHER].store.database
        async with asyncio.timeout(10):
            while True:
                await self.realtimekit.webhooks.idle()
                await bot.background.idle()
                async with database.reading() as connection:
                    waiting = (leases.c.dirty.is_(True)) | (leases.c.lease > seconds_now())
                    if not (await connection.execute(select(leases.c.meeting_id).where(waiting))).all():
                        return

    async def until(self, something: Callable[[], object]) -> None:
        """Wait until this is true, whatever else is still going on."""
        async with asyncio.timeout(5):
            while not something():  # noqa: ASYNC110 - the stand-ins have no events, and no time is slept
                await asyncio.sleep(0)

    def redact_people(self) -> None:
        """As five minutes do: what Slack said of people is not believed any longer."""
        self.on.bot[USHER].directory.user.cache_clear()

    def time_goes_by(self) -> None:
        """What was read is stale, and each limit ended.

        Slack's own limits too: on a fast machine the matrix makes more calls a minute than Slack allows.
        """
        usher = self.on.bot[USHER]
        self.slack.recent.clear()
        usher.slack.limits = RateLimits()
        fresh = Limits()
        usher.limits.breaker, usher.limits.budget = fresh.breaker, fresh.budget
        for meeting in self.world.meetings.values():
            usher.meetings.changed(meeting.id)

    @property
    def standup(self) -> Meeting:
        return self.world.meeting("Weekly standup")

    @property
    def hall(self) -> Meeting:
        return self.world.meeting("All hands")

    @property
    def quiet(self) -> Meeting:
        return self.world.meeting("Quiet room")

    @property
    def odd(self) -> Meeting:
        return next(one for one in self.world.meetings.values() if (one.title or "").startswith("Odd"))

    def public(self) -> list[Message]:
        """What a whole channel sees."""
        return [message for message in self.slack.messages if message.ephemeral_to is None]
