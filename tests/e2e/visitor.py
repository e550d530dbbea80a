"""Somebody in front of the page, with a mouse or with a keyboard alone."""

from playwright.async_api import Locator, Page, expect

from sandbox.stage import Stage

STAY = """node => {
    const stay = new AbortController();
    node.addEventListener("keydown", (event) => {
        if (event.key !== "Tab") return;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, {capture: true, signal: stay.signal});
    return stay;
}"""
"""Keeps the focus on a node that has it, until it is aborted."""


class Visitor:
    """Uses the page as a person does.

    Attributes:
        keyboard: reaches everything by Tab and presses it by Enter, instead of clicking.
    """

    def __init__(self, page: Page, on: Stage) -> None:
        self.page, self.on = page, on
        self.keyboard = False
        self.messages = page.locator("#messages")
        self.modal = page.locator("#modal")
        self.lease = page.locator("#room")

    async def types(self, text: str) -> None:
        """Type a line, and send it."""
        line = self.page.get_by_label("Message, or a slash command")
        if self.keyboard:
            await self.reaches(line)
            await self.page.keyboard.type(text)
        else:
            await line.fill(text)
        await line.press("Escape")
        await line.press("Enter")

    async def presses(self, name: str, within: Locator | None = None) -> None:
        """Press the last button with this name; a modal's, where one is open."""
        if within is None:
            open_one = self.page.locator("dialog[open]")
            within = open_one.last if await open_one.count() else self.page.locator("body")
        button = within.get_by_role("button", name=name, exact=True).last
        await expect(button).to_be_visible()
        if self.keyboard:
            await self.reaches(button)
            await self.page.keyboard.press("Enter")
        else:
            await button.click()

    async def menu(self, item: str, beside: str) -> None:
        """Choose in the menu (⋯) of the open modal that stands beside a name."""
        row = self.modal.locator(".b-section").filter(has_text=beside)
        for name in ("More", item):
            place = row.get_by_role("button" if name == "More" else "menuitem", name=name, exact=True)
            if self.keyboard:
                await self.reaches(place)
                await self.page.keyboard.press("Enter")
            else:
                await place.click()

    async def reaches(self, target: Locator) -> None:
        """Press Tab until the focus is there: by the dozen, of which those that come after that do nothing."""
        for _ in range(25):
            if await target.evaluate("node => node === document.activeElement"):
                return
            stay = await target.evaluate_handle(STAY)
            for _ in range(12):
                await self.page.keyboard.press("Tab")
            await stay.evaluate("stay => stay.abort()")
        raise AssertionError(f"{target} cannot be reached by the keyboard")

    async def chooses(self, menu: str, typed: str) -> None:
        """Type into a menu of the open modal, and take what it offers first."""
        box = self.modal.get_by_role("combobox", name=menu)
        if self.keyboard:
            await self.reaches(box)
        else:
            await box.click()
        await box.press("End")
        await box.fill(typed)
        await expect(self.modal.get_by_role("option").filter(has_text=typed).first).to_be_visible()
        await self.page.keyboard.press("Enter")

    async def fills(self, label: str, text: str) -> None:
        """Fill a field of the open modal."""
        await self.modal.get_by_role("textbox", name=label, exact=True).fill(text)

    async def becomes(self, name: str) -> None:
        """Be somebody else."""
        await self.opens("Channels and people")
        await self.page.locator("#sidebar .people").get_by_role("button", name=name).click()
        await expect(self.page.locator("#sidebar [aria-current]").filter(has_text=name)).to_have_count(1)

    async def goes_to(self, place: str) -> None:
        """Open a channel, or the app."""
        await self.opens("Channels and people")
        await self.page.locator("#sidebar").get_by_role("button", name=place).last.click()

    async def opens(self, panel: str) -> None:
        """Open a panel that a narrow window hides."""
        opener = self.page.get_by_role("button", name=panel, exact=True)
        if await opener.is_visible():
            await opener.click()

    async def looks_at_the_meetings(self) -> None:
        """Open the view of the rooms."""
        await self.opens("Meetings and traffic")
        await self.page.get_by_role("tab", name="Meetings").click()

    async def switches(self, what: str, to: str) -> None:
        """Turn one of the switches for faults."""
        await self.looks_at_the_meetings()
        await self.page.get_by_label(what).select_option(to)

    async def sees(self, text: str, within: Locator | None = None) -> None:
        """Wait until the newest message, or something in a place, says this."""
        place = self.messages.locator("article").last if within is None else within
        await expect(place).to_contain_text(text)

    async def fits(self) -> None:
        """Nothing is wider than the window."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
