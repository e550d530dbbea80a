"""`/session help`, and what `/session` alone does."""

from dataclasses import dataclass

from bot.errors import Right
from bot.slack.context import Context, Handler
from bot.slack.listeners import Listeners
from bot.views import help as view


@dataclass(eq=False)
class Help:
    """Lists what a person may type. `show_status`: what `/session` alone does."""

    listeners: Listeners
    show_status: Handler

    async def session(self, context: Context) -> None:
        """`/session` alone; or an unknown subcommand."""
        if context.args:
            await self._list(context, unknown=(context.words.split() or [""])[0])
        else:
            await self.show_status(context)

    async def show(self, context: Context) -> None:
        """What this person may type."""
        await self._list(context)

    async def _list(self, context: Context, unknown: str = "") -> None:
        entries = [entry for needs, entry in self.listeners.help if needs <= context.right]
        await context.reply(view.overview(entries, unknown=unknown, host=context.right >= Right.HOST))


def register(listeners: Listeners, feature: Help) -> None:
    """Register both."""
    listeners.command("/session", feature.session, needs=Right.VIEW, resume="session.status")
    listeners.command("/session help", feature.show, usage="/session help", summary="Show this list.", needs=Right.VIEW)
