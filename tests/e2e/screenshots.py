"""Takes the pictures in the README from the running page: `make screenshots`."""

import asyncio
from functools import partial
from pathlib import Path

from playwright.async_api import async_playwright

from bot import logs
from bot.sandbox.desk import Desk
from bot.sandbox.example import example
from bot.sandbox.stage import serving, stage
from bot.sandbox.world import Participant
from bot.web import build
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.visitor import Visitor
from tests.scene import PACE

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


async def take() -> None:
    """Walk through the page, and keep what is seen on the way."""
    logs.configure("WARNING", "console")
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with (
        stage(example(), partial(build, pace=PACE)) as on,
        serving(_quiet(Desk(on)).app()) as url,
        async_playwright() as playwright,
    ):
        on.connect_webhooks()
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
        page = await context.new_page()
        await page.goto(url)
        visitor = Visitor(page, on)

        async def keep(name: str) -> None:
            await page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")

        await page.get_by_role("button", name="Close the tour").click()
        await visitor.types("/session status")
        await visitor.sees("3 people now")
        await visitor.types("/kick")
        await visitor.chooses("People", "Alan")
        await keep("kick")
        await visitor.presses("Kick")
        await visitor.sees("removed 1 person")
        await visitor.types('/poll "Lunch?" "Pizza" "Salad"')
        await visitor.sees("asked everyone")
        await keep("usher")
        await visitor.types("/session watch")
        on.world.meeting("Weekly standup").join(Participant("Katherine Johnson", "katherine@people.example"))
        await visitor.sees("Came last: Katherine Johnson")
        await keep("watch")
        await visitor.goes_to("Usher")
        await visitor.sees("Weekly standup", page.locator("#home"))
        await keep("home")
        await browser.close()


def _quiet(desk: Desk) -> Desk:
    desk.room.lively = False
    return desk


if __name__ == "__main__":
    asyncio.run(take())
