"""The sandbox page in a real browser, with the real bot behind it."""

import os
import shutil
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from bot.web import build
from sandbox.desk import Desk
from sandbox.example import example
from sandbox.stage import serving, stage
from tests.e2e.visitor import Visitor
from tests.scene import PACE, still

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Those that are looked for; the first one draws no window at all, which takes a third less time."""
CHROMIUM = next((at for name in (os.environ.get("CHROMIUM", ""), *BROWSERS) if (at := shutil.which(name))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
expect.set_options(timeout=15_000)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium found: apt-get install chromium, or set CHROMIUM to where one is")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(
    browser: Browser, request: pytest.FixtureRequest, overrides: dict[str, Any]
) -> AsyncIterator[Visitor]:
    """Somebody who opened the page; `@pytest.mark.parametrize("visitor", [390], indirect=True)` for a phone's width."""
    width = getattr(request, "param", 1280)
    async with stage(example(), partial(build, intervals=PACE), still, **overrides) as on:
        on.connect_webhooks()
        desk = Desk(on)
        desk.room.lively = False
        async with serving(desk.app()) as url:
            context = await browser.new_context(
                viewport={"width": width, "height": 844 if width < 500 else 800},
                has_touch=width < 500,
                reduced_motion="reduce",
            )
            context.set_default_timeout(15_000)
            page = await context.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            await page.goto(url)
            await expect(page.locator("#where")).to_have_text("# general")  # before that nobody listens to its buttons
            yield Visitor(page, on)
            await context.close()
            assert (faults, on.slack.refused) == ([], [])
