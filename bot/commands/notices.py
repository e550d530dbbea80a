"""`/session notices`: what a channel is told of its meeting's sessions."""

from bot.commands.parsing import as_typed
from bot.commands.routing import Router, Turn
from bot.errors import MeetingChoice, Misused, NotLinked, Right
from bot.store.records import Notices
from bot.views import watch
from bot.views.faults import Effect
from bot.views.parts import title_of

router = Router()

USAGE = "/session notices [off · start · both]"
_CHOICES = {
    **dict.fromkeys(("off", "none", "no"), Notices.OFF),
    **dict.fromkeys(("start", "starts", "on"), Notices.START),
    **dict.fromkeys(("both", "all", "start and end", "end"), Notices.BOTH),
}


@router.command(
    "/session",
    "notices",
    usage=USAGE,
    summary="Tells the channel when its meeting's sessions start, or start and end.",
    needs=Right.ACT,
    effect=Effect("The notices were not changed.", "Look at `/session notices` to see what the channel is told."),
)
async def show_or_choose(turn: Turn) -> None:
    """What the channel is told; or another choice."""
    services, channel = turn.services, turn.channel(USAGE)
    link = await services.links.of(channel)
    if link is None:
        raise NotLinked
    title = title_of(link.title, link.meeting_id)
    if not turn.args:
        await turn.reply(watch.notices(link.notices, title))
        return
    choice = _CHOICES.get(" ".join(turn.args.lower().split()))
    if choice is None:
        raise Misused(f"I can't do “{as_typed(turn.args)[:40]}”.", USAGE)
    deed = turn.deed("notices", MeetingChoice(link.meeting_id, link.title), detail=choice.value)
    async with services.operations.once(deed) as attempt:
        await services.links.set_notices(channel, choice, turn.now)
        await services.look_soon(link.meeting_id)
        attempt.outcome = choice.value
    await turn.announce(watch.notices(choice, title, turn.ask.user_id))
