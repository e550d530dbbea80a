"""`/session history`: what was done here, by whom, with what outcome."""

from bot.ask import Kind
from bot.commands.routing import Router, Turn
from bot.errors import Misused, Right
from bot.views import history
from bot.views.parts import unpacked

router = Router()

USAGE = "/session history [how many]"
USUAL = 10


@router.command("/session", "history", usage=USAGE, summary="Shows what was done here, and by whom.", needs=Right.ACT)
async def show(turn: Turn) -> None:
    """The newest entries of the channel's journal."""
    if turn.args and not (turn.args.isascii() and turn.args.isdigit() and int(turn.args) > 0):
        raise Misused("How many entries to show must be a number.", USAGE)
    await _answer(turn, 1, min(int(turn.args or USUAL), history.MOST))


@router.action("history.newer", "history.older", needs=Right.ACT)
async def turn_page(turn: Turn) -> None:
    """Another page."""
    values = unpacked(turn.ask.value)
    number, size = values.get("p"), values.get("s")
    if isinstance(number, int) and isinstance(size, int) and number > 0 and 0 < size <= history.MOST:
        await _answer(turn, number, size)


async def _answer(turn: Turn, number: int, size: int) -> None:
    channel = turn.ask.channel_id or ""
    entries = await turn.services.journal.page(channel, offset=(number - 1) * size, most=size + 1)
    shown = history.page(entries[:size], number=number, size=size, more=len(entries) > size)
    await turn.reply(shown, replace=turn.ask.kind is Kind.ACTION)
