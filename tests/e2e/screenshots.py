"""Takes the pictures in the documents from the running page: `make screenshots`."""

import asyncio
from functools import partial
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

from bot import logs
from bot.web import build
from sandbox.desk import Desk
from sandbox.example import example
from sandbox.stage import serving, stage
from sandbox.world import Participant
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.visitor import Visitor
from tests.scene import PACE

ICON = Path(__file__).parents[2] / "sandbox" / "page" / "icon.svg"
FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


async def take() -> None:
    """Walk through the page, and keep what is seen on the way."""
    logs.configure("WARNING", "console")
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with (
        stage(example(), partial(build, intervals=PACE)) as on,
        serving(_quiet(Desk(on)).app()) as url,
        async_playwright() as playwright,
    ):
        on.connect_webhooks()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
        page = await context.new_page()
        await page.goto(url)
        visitor = Visitor(page, on)

        async def keep(name: str, *, of: Locator | Page = page) -> None:
            await of.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")

        async def keep_last(name: str) -> None:
            await keep(name, of=visitor.messages.locator("article").last)

        await page.get_by_role("button", name="Close the tour").click()
        await visitor.types("/session status")
        await visitor.sees("3 here")
        await keep_last("host-status")
        await visitor.types("/kick")
        await visitor.chooses("Who should leave?", "Alan")
        await keep("host-kick", of=page.locator("dialog[open]"))
        await visitor.presses("Remove")
        await visitor.sees("removed Alan Turing")
        await keep_last("host-told")
        await visitor.types("/poll")
        await visitor.fills("Question", "Lunch?")
        await keep("host-poll", of=page.locator("dialog[open]"))
        await _cancel(visitor)
        await visitor.types("/session watch")
        on.world.meeting("Weekly standup").join(Participant("Katherine Johnson", "katherine@people.example"))
        await visitor.sees("Just joined: Katherine Johnson")
        await keep("watch")
        await keep("host-watch", of=visitor.messages.locator("article").filter(has_text="Just joined").last)
        on.world.meeting("Weekly standup").join(Participant("Troll", "troll"))
        await visitor.types("/kick Troll")
        await visitor.sees("removed Troll")
        await visitor.types('/poll "Lunch?" "Pizza" "Salad"')
        await visitor.sees("started a poll")
        await keep("usher", of=page.locator("#place"))
        await visitor.types("/session end")
        await visitor.sees("everyone", visitor.modal)
        await keep("host-end", of=page.locator("dialog[open]"))
        await _cancel(visitor)
        await visitor.goes_to("Usher")
        await visitor.sees("Weekly standup", page.locator("#home"))
        await keep("home")
        await _keep_icon(page)
        await browser.close()


async def _cancel(visitor: Visitor) -> None:
    await visitor.presses("Cancel")
    await expect(visitor.modal).to_be_hidden()


async def _keep_icon(page: Page) -> None:
    """The page's icon as the square picture that Slack wants for an app: 512 to 2,000 pixels."""
    await page.set_viewport_size({"width": 1024, "height": 1024})
    await page.set_content(f'<body style="margin: 0; background: #1d3557">{ICON.read_text()}')
    await page.locator("svg").evaluate("svg => { svg.setAttribute('width', 1024); svg.setAttribute('height', 1024) }")
    await page.screenshot(path=FOLDER.parent / "icon.png", scale="css")


def _quiet(desk: Desk) -> Desk:
    desk.room.lively = False
    return desk


if __name__ == "__main__":
    asyncio.run(take())
