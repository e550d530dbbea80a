"""Every command, to its end, by mouse and by keyboard, on a desktop and on a phone."""

import os
from zlib import crc32

import pytest
from playwright.async_api import expect

from sandbox.world import Participant
from tests.e2e.visitor import Visitor

EVERY = [
    (1280, "desktop", False, "mouse"),
    (390, "phone", True, "keyboard"),
    (1280, "desktop", True, "keyboard"),
    (390, "phone", False, "mouse"),
]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.sampled(3)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All four pairs of width and hand where `CI` is set, else one, by the test's name."""
    pairs = EVERY if "CI" in os.environ else [EVERY[crc32(metafunc.function.__name__.encode()) % len(EVERY)]]
    metafunc.parametrize(
        ("visitor", "keyboard"),
        [pytest.param(width, keyboard, id=f"{device}-{hand}") for width, device, keyboard, hand in pairs],
        indirect=["visitor"],
    )


@pytest.fixture(autouse=True)
def _hand(visitor: Visitor, keyboard: bool) -> None:
    visitor.keyboard = keyboard


async def test_looking(visitor: Visitor) -> None:
    await visitor.types("/session status")
    await visitor.sees("3 here")
    await visitor.presses("Share with channel")
    await visitor.sees("Shared by @alice")
    await visitor.presses("People…", visitor.messages)
    await visitor.sees("Alan Turing · Guest", visitor.modal)
    await visitor.menu("Remove", "Alan Turing")
    await visitor.sees("2 here", visitor.modal)
    await visitor.presses("Close")
    await expect(visitor.modal).to_be_hidden()
    await visitor.sees("removed Alan Turing")
    await visitor.presses("Keep them out")
    await visitor.presses("Keep them out")  # the confirmation's
    await expect(visitor.messages).to_contain_text("Kept out by @alice")
    await visitor.types("/session help")
    await visitor.sees("/session history")
    await visitor.types("/session history")
    await visitor.sees("shared the status")
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
    await visitor.sees("from this channel's hosts")
    await visitor.fits()


async def test_acting(visitor: Visitor) -> None:
    await visitor.types("/session mute all")
    await visitor.sees("muted 3 people")
    await visitor.types("/session lock")
    await visitor.sees("No one else can join")
    await visitor.presses("Unlock")
    await visitor.sees("People can join again")
    await visitor.types("/kick Ada --block")
    await visitor.sees("removed Ada Lovelace", visitor.messages)
    await visitor.types("/poll")
    await visitor.fills("Question", "Lunch?")
    await visitor.fills("Option 1", "Pizza")
    await visitor.fills("Option 2", "Salad")
    await visitor.presses("Start poll")
    await visitor.sees("2. Salad")
    await visitor.types("/kick")
    await visitor.presses("End meeting for everyone…")
    await expect(visitor.modal).to_contain_text("Both people will be removed")
    await visitor.presses("Cancel")
    await visitor.sees("Who should leave?", visitor.modal)
    await visitor.presses("Cancel")
    await expect(visitor.modal).to_be_hidden()
    await visitor.types("/session end")
    await visitor.sees("Both people will be removed", visitor.modal)
    await visitor.presses("End meeting")
    await visitor.sees("ended Weekly standup for everyone")
    assert visitor.on.world.meeting("Weekly standup").live() is None
    await visitor.fits()


async def test_watching(visitor: Visitor) -> None:
    await visitor.types("/session watch")
    await visitor.sees("3 here")
    card = visitor.messages.locator("article").filter(has_text="Turn off live card")
    visitor.on.world.meeting("Weekly standup").join(Participant("Newly Arrived", "new"))
    await expect(card).to_contain_text("4 here")
    await expect(card).to_contain_text("Just joined: Newly Arrived")
    await visitor.presses("People…", card)
    await visitor.sees("Newly Arrived", visitor.modal)
    await visitor.presses("Close")
    await expect(visitor.modal).to_be_hidden()
    await visitor.presses("End meeting…", card)
    await visitor.sees("4 people will be removed", visitor.modal)
    box = visitor.modal.get_by_role("checkbox", name="Lock the meeting so")
    if visitor.keyboard:
        await visitor.reaches(box)
        await visitor.page.keyboard.press("Space")
    else:
        await box.check()
    await visitor.presses("End meeting")
    await visitor.sees("It's locked", visitor.messages)
    await visitor.sees("Attendance: Weekly standup · 4 people", visitor.messages)
    await expect(card).to_have_count(0)
    await visitor.types("/session attendance")
    await visitor.sees("Attendance: Weekly standup")
    await visitor.presses("Send me the CSV")
    await visitor.sees("Sent. You'll find")
    await visitor.fits()


async def test_the_home_tab(visitor: Visitor) -> None:
    home = visitor.page.locator("#home")
    await visitor.goes_to("Usher")
    await visitor.sees("Weekly standup · 🟢 Live · 3 here", home)
    await visitor.presses("Link a channel…")
    await visitor.chooses("Channel", "general")
    await visitor.chooses("Meeting", "Quiet")
    await visitor.presses("Link")
    await visitor.sees("Quiet room · not live", home)
    await visitor.presses("Poll…", home)
    await visitor.fills("Question", "Lunch?")
    await visitor.fills("Option 1", "Pizza")
    await visitor.fills("Option 2", "Salad")
    await visitor.presses("Start poll")
    await expect(visitor.modal).to_be_hidden()
    await visitor.presses("End meeting…", home)
    await visitor.presses("End meeting")
    await visitor.sees("Weekly standup · not live", home)
    assert [poll["question"] for poll in visitor.on.world.meeting("Weekly standup").polls] == ["Lunch?"]
    await visitor.fits()


async def test_the_door(visitor: Visitor) -> None:
    await visitor.types('/session start "Retro"')
    await visitor.sees("started Retro")
    opened = visitor.messages.locator("article").filter(has_text="started Retro")
    for name, shown in (("Mike", "mike"), ("Grace", "grace"), ("Alice", "alice")):
        await visitor.becomes(name)
        await visitor.presses("Join", opened)
        await visitor.sees("It's only for you, so don't share it.")
        async with visitor.page.context.expect_page() as tab:
            await visitor.presses("Open meeting")
        room = await tab.value
        await expect(room.locator("body")).to_contain_text(f"You are in Retro as {shown}")
        await room.close()
    assert visitor.on.world.meeting("Retro").names() == ["mike", "grace", "alice"]
    await visitor.types("/kick @mike")
    await visitor.sees("removed mike from Retro")
    await visitor.presses("Keep them out")
    await visitor.presses("Keep them out")
    await visitor.sees("Kept out by @alice", visitor.messages)
    await visitor.becomes("Mike")
    await visitor.presses("Join", opened)
    await visitor.sees("You can't join Retro: a host is keeping you out.")
    await visitor.fits()
