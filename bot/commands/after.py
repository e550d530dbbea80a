"""The buttons in the thread under a summary: all of the AI summary, and links to what could not be posted."""

from dataclasses import dataclass

from pydantic import SecretStr

from bot.errors import Misused, Right
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.download import MAX_SUMMARY, Downloads, NotFetched
from bot.realtimekit.errors import Facts, NotReady
from bot.realtimekit.models import is_uuid
from bot.sanitize import json_object
from bot.slack.context import Context
from bot.slack.listeners import Listeners
from bot.views import aftermath
from bot.views.files import SEND_FILE, sent

NAME = "summary.txt"


@dataclass(eq=False)
class After:
    """Gets what a session left behind."""

    realtimekit: RealtimeKit
    downloads: Downloads

    async def show_link(self, context: Context) -> None:
        """Get link: a fresh one, for the asker alone."""
        kind = "transcript" if json_object(context.request.value).get("k") == "transcript" else "summary"
        await context.reply(aftermath.file_link(kind, await self._link(context, kind)))

    async def send_summary(self, context: Context) -> None:
        """Show all: into the asker's direct messages."""
        try:
            text = await self.downloads.text(await self._link(context, "summary"), MAX_SUMMARY)
        except NotFetched:
            raise NotReady(Facts("summary")) from None
        await context.send_file(NAME, text.encode(), "AI summary")
        await context.reply(sent(NAME))

    async def _link(self, context: Context, kind: str) -> SecretStr:
        session_id = str(json_object(context.request.value).get("s") or "")
        if not is_uuid(session_id):
            raise Misused("That isn't a session.", "/session recordings")
        url = await self.realtimekit.artifact_link(session_id, kind)
        if url is None:
            raise NotReady(Facts(kind))
        return url


def register(listeners: Listeners, feature: After) -> None:
    """Register the buttons."""
    listeners.action("after.link", feature.show_link, needs=Right.HOST)
    listeners.action("after.summary", feature.send_summary, needs=Right.VIEW, failure=SEND_FILE)
