"""`/session lock` and `unlock`: whether anyone new can join."""

from dataclasses import dataclass

from bot.commands.parsing import EVERYONE
from bot.errors import Right
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.slack.context import Context, means_here, named_meeting
from bot.slack.listeners import Listeners
from bot.views import lock
from bot.views.failures import FailureText
from bot.views.parts import display_title, mention

LOCK = FailureText("Nothing was changed.", "It may be locked now. You can safely try again.")
UNLOCK = FailureText("Nothing was changed.", "It may be unlocked now. You can safely try again.")


@dataclass(eq=False)
class Lock:
    """Locks and unlocks meetings."""

    meetings: Meetings
    realtimekit: RealtimeKit
    operations: Operations

    async def lock(self, context: Context) -> None:
        """Let nobody new in."""
        await self._set(context, locked=True)

    async def unlock(self, context: Context) -> None:
        """Let people in again."""
        await self._set(context, locked=False)

    async def lock_again(self, context: Context) -> None:
        """Lock, on the message that says that it ended."""
        await self._set(context, locked=True)
        await context.settle(f"Locked by {mention(context.request.user_id)}")

    async def unlock_again(self, context: Context) -> None:
        """Unlock, on the message that says that it was locked."""
        await self._set(context, locked=False)
        await context.settle(f"Unlocked by {mention(context.request.user_id)}")

    async def _set(self, context: Context, *, locked: bool) -> None:
        verb, request = "lock" if locked else "unlock", context.request
        means_here(context, EVERYONE)
        meeting = await self.meetings.titled(await named_meeting(context, self.meetings))
        async with self.operations.once(context.operation(verb, meeting, harmless=True)) as attempt:
            try:
                changed = await self.realtimekit.update_meeting(meeting.id, status="INACTIVE" if locked else "ACTIVE")
            finally:
                self.meetings.changed(meeting.id)
            attempt.outcome = f"{verb}ed"
        title = display_title(changed.title or meeting.title, meeting.id)
        if locked:
            await context.announce(lock.locked(title, meeting.id, request.user_id, request.request_id))
        else:
            await context.announce(lock.unlocked(title, request.user_id))


def register(listeners: Listeners, feature: Lock) -> None:
    """Register the two commands, and their buttons."""
    listeners.command(
        "/session lock",
        feature.lock,
        needs=Right.HOST,
        usage="/session lock [meeting]",
        summary="Lock the meeting so no one else can join. People already in the meeting stay.",
        failure=LOCK,
        resume="session.lock",
    )
    listeners.command(
        "/session unlock",
        feature.unlock,
        needs=Right.HOST,
        usage="/session unlock [meeting]",
        summary="Unlock the meeting so people can join.",
        failure=UNLOCK,
        resume="session.unlock",
    )
    listeners.action("session.lock", feature.lock, needs=Right.HOST, failure=LOCK)
    listeners.action("session.unlock", feature.unlock, needs=Right.HOST, failure=UNLOCK)
    listeners.action("lock.lock", feature.lock_again, needs=Right.HOST, failure=LOCK)
    listeners.action("lock.unlock", feature.unlock_again, needs=Right.HOST, failure=UNLOCK)
