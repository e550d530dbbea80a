"""The once-only rule: one intent has one effect, whatever is clicked twice or delivered again."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import Repeated
from bot.realtimekit.errors import RealtimeKitError

REMEMBERED = 10_000
"""How many intents are remembered."""


class Operations:
    """The intents of this process."""

    def __init__(self) -> None:
        self._intents: OrderedDict[str, None] = OrderedDict()

    @asynccontextmanager
    async def once(self, intent: str) -> AsyncIterator[None]:
        """Carry out a side effect for an intent, unless that was begun before.

        An intent whose effect certainly did not happen may come again.

        Raises:
            Repeated: it was begun before.
        """
        if intent in self._intents:
            raise Repeated
        self._intents[intent] = None
        if len(self._intents) > REMEMBERED:
            self._intents.popitem(last=False)
        try:
            yield
        except RealtimeKitError as error:
            if not error.may_have_happened:
                self._intents.pop(intent, None)
            raise
