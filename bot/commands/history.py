"""`/session history`: what was done here, by whom, with what outcome."""

import re
from dataclasses import dataclass

from bot.errors import Misused, Right
from bot.sanitize import json_object
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.slack.request import Kind
from bot.store.journal import Journal
from bot.views import history

USAGE = "/session history [number]"
DEFAULT_SIZE = 10
MAX_PAGE = 100_000
"""More than any journal has; a database counts no further than its integers."""


@dataclass(eq=False)
class History:
    """Shows the journal of a channel."""

    journal: Journal

    async def show(self, context: Context) -> None:
        """The newest entries."""
        args = context.args
        if args and not re.fullmatch("0*[1-9][0-9]{0,5}", args):
            raise Misused("Enter the number of entries to show, such as `/session history 20`.", USAGE)
        await self._show_page(context, 1, min(int(args or DEFAULT_SIZE), history.MAX_SIZE))

    async def turn_page(self, context: Context) -> None:
        """Another page."""
        values = json_object(context.request.value)
        number, size = values.get("p"), values.get("s")
        if (
            isinstance(number, int)
            and isinstance(size, int)
            and number > 0
            and 0 < size <= history.MAX_SIZE
            and number <= MAX_PAGE
        ):
            await self._show_page(context, number, size)

    async def _show_page(self, context: Context, number: int, size: int) -> None:
        channel_id = context.request.channel_id or ""
        entries = await self.journal.page(channel_id, offset=(number - 1) * size, limit=size + 1)
        page = history.page(entries[:size], number=number, size=size, more=len(entries) > size)
        await context.reply(page, replace=context.request.kind is Kind.ACTION)


def register(listeners: Listeners, feature: History) -> None:
    """Register the command and its pages."""
    listeners.command(
        "/session history", feature.show, needs=Right.HOST, usage=USAGE, summary="See what hosts did in this channel."
    )
    listeners.action("history.newer", feature.turn_page, needs=Right.HOST)
    listeners.action("history.older", feature.turn_page, needs=Right.HOST)
