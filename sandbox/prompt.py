"""Usher in a terminal: type slash commands, see the answers as text, use buttons and fields by number."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from sandbox.limits import options_in
from sandbox.person import Cannot, Person, Spot
from sandbox.stage import Stage
from sandbox.surfaces import Message, View
from sandbox.text import lines_of

WELCOME = """\
Or use this prompt. Meetings: Weekly standup (the default), Rust for everyone (40 people), All hands (250), Quiet
room, and one with odd names: /session status odd

  /session status            who is in the meeting
  /kick                      choose people to remove
  /poll "Lunch?" "Pizza" "Salad"

  3                          click button 3, or:  3 = Ada   fill in field 3, or choose from its list
  send, close                the open modal
  as mike, in no-bot-here    switch user or channel (alice is a host; mike, gus the guest, ed from elsewhere)
  quit
"""


class Prompt:
    """One person's terminal."""

    def __init__(self, on: Stage, name: str) -> None:
        self._stage = on
        self._me: Person = on.person(name)
        self._seen: dict[str, int] = {}
        self._spots: Sequence[Spot] = ()

    async def obey(self, line: str) -> None:
        """Do what was typed, wait until it was answered, show what is new."""
        word, _, rest = line.partition(" ")
        try:
            match word:
                case _ if word.startswith("/"):
                    await self._me.types(line)
                case "as":
                    self._me = self._stage.person(rest.strip(), self._me.channel.id)
                case "in":
                    self._me = self._stage.person(self._me.user.name, rest.strip())
                case "send":
                    self._complain((await self._me.submits()).body)
                case "close":
                    self._stage.slack.close(self._me.user.id)
                case _ if word.isascii() and word.isdigit():
                    await self._use(int(word), rest)
                case _:
                    print(WELCOME)
                    return
        except (Cannot, StopIteration) as error:
            print(f"That didn't work: {error}" if str(error) else "That person or channel doesn't exist.")
            return
        await self._settle()
        self._show()

    @staticmethod
    def _complain(answer: object) -> None:
        """Show what the bot finds wrong with a form, as Slack does at its fields."""
        errors = answer.get("errors") if isinstance(answer, dict) else None
        for field, text in (errors or {}).items():
            print(f"  ! {field}: {text}")

    async def _use(self, number: int, rest: str) -> None:
        if not 0 < number <= len(self._spots):
            raise Cannot(f"there's no button or field {number}")
        spot = self._spots[number - 1]
        text = rest.strip().removeprefix("=").strip()
        if spot.kind == "button":
            if "confirm" in spot.element and text != "yes":
                asks = spot.element["confirm"]
                raise Cannot(f"{asks['title']['text']} {asks['text']['text']} If you're sure, type: {number} yes")
            await self._me.clicks_spot(spot)
        elif isinstance(spot.surface, View) and spot.kind == "plain_text_input":
            self._me.fills(spot.label, text)
        elif isinstance(spot.surface, View):
            wanted = [one.strip() for one in text.split(",") if one.strip()]
            if not wanted:
                raise Cannot(f"enter a value, for example: {number} = Ada")
            await self._me.picks(spot.label, *wanted)
        else:
            options = options_in(spot.element)
            option = next((one for one in options if text.lower() in one["text"]["text"].lower()), None)
            if option is None:
                raise Cannot(f"{text!r} isn't an option")
            await self._me.clicks_spot(spot, option)

    async def _settle(self) -> None:
        """Until the bot has had its say: nothing new for a moment, and no modal that is still loading."""
        slack, quiet, before = self._stage.slack, 0, -1
        for _ in range(300):
            await asyncio.sleep(0.05)
            modal = self._me.modal
            waiting = modal is not None and modal.spec.get("callback_id") == "loading"
            quiet = quiet + 1 if slack.changes == before and not waiting else 0
            before = slack.changes
            if quiet >= 6:
                return

    def _show(self) -> None:
        new = [one for one in self._me.messages() if self._seen.get(one.ts) != one.versions]
        self._seen |= {one.ts: one.versions for one in new}
        surfaces: list[Message | View] = [*new, *([self._me.modal] if self._me.modal else [])]
        if surfaces:
            # Numbers go through everything that is shown now, so that each means one thing.
            self._spots = [spot for surface in surfaces for spot in self._me.spots(surface)]
        for surface in surfaces:
            if isinstance(surface, Message):
                print("Only visible to you:" if surface.ephemeral_to else f"#{self._me.channel.name}:")
            print(*("  " + line for line in lines_of(surface, self._spots, self._stage.world)), "", sep="\n")

    @property
    def sign(self) -> str:
        """What stands before the cursor."""
        return f"{self._me.user.name} in #{self._me.channel.name or 'dm'}> "


async def prompt(on: Stage, name: str, lines: AsyncIterator[str]) -> bool:
    """Obey what is typed, until `quit` or the end of the input; whether anything was typed at all."""
    try:
        terminal = Prompt(on, name)
    except StopIteration:
        print(f"Unknown user “{name}”. Try alice, mike or gus.")
        return True
    print(WELCOME)
    print(terminal.sign, end="", flush=True)
    typed = False
    async for line in lines:
        typed = True
        if line in ("quit", "exit"):
            break
        if line:
            await terminal.obey(line)
        print(terminal.sign, end="", flush=True)
    print()
    return typed
