"""Every command, to its end, by mouse and by keyboard, on a desktop and on a phone."""

import pytest
from playwright.async_api import expect

from tests.e2e.visitor import Visitor

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("visitor", [1280, 390], indirect=True, ids=["desktop", "phone"]),
    pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"]),
]


@pytest.fixture(autouse=True)
def _hand(visitor: Visitor, keyboard: bool) -> None:
    visitor.keyboard = keyboard


async def test_looking(visitor: Visitor) -> None:
    await visitor.types("/session status")
    await visitor.sees("3 people now")
    await visitor.presses("Post to channel")
    await visitor.sees("Posted by @alice")
    await visitor.presses("Who's in")
    await visitor.sees("Alan Turing · Guest", visitor.messages)
    await visitor.presses("Kick")
    await visitor.presses("Kick")  # the confirmation's
    await visitor.sees("removed 1 person")
    await visitor.types("/session help")
    await visitor.sees("/session history")
    await visitor.types("/session history")
    await visitor.sees("posted the status")
    await visitor.fits()


async def test_linking(visitor: Visitor) -> None:
    await visitor.types("/session use")
    await visitor.chooses("Meeting", "Rust")
    await visitor.presses("Link")
    await visitor.sees("linked this channel to Rust for everyone")
    await visitor.types("/session forget")
    await visitor.sees("unlinked this channel")
    await visitor.types("/session hosts add @mike")
    await visitor.sees("made @mike a host")
    await visitor.types("/session hosts remove @mike")
    await visitor.sees("no host of this channel any more")
    await visitor.fits()


async def test_acting(visitor: Visitor) -> None:
    await visitor.types("/session mute all")
    await visitor.sees("muted 3 people")
    await visitor.types("/session lock")
    await visitor.sees("nobody new can join")
    await visitor.presses("Unlock")
    await visitor.sees("people can join again")
    await visitor.types("/kick Ada --block")
    await visitor.sees("removed 1 person")
    await visitor.types("/poll")
    await visitor.fills("Question", "Lunch?")
    await visitor.fills("Option 1", "Pizza")
    await visitor.fills("Option 2", "Salad")
    await visitor.presses("Ask everyone")
    await visitor.sees("2. Salad")
    await visitor.types("/kick")
    await visitor.presses("Kick everyone…")
    await expect(visitor.modal).to_contain_text("2 people will be removed")
    await visitor.presses("Cancel")
    await visitor.sees("People", visitor.modal)
    await visitor.presses("Cancel")
    await expect(visitor.modal).to_be_hidden()
    await visitor.types("/session end")
    await visitor.sees("2 people will be removed", visitor.modal)
    await visitor.presses("End for everyone")
    await visitor.sees("ended Weekly standup for everyone")
    assert visitor.on.world.meeting("Weekly standup").live() is None
    await visitor.fits()
