"""The sandbox page, used as a newcomer uses it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import cast
from zlib import crc32

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Route, expect

from sandbox.world import Participant
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.sampled(3)]
DEVICES = {"desktop": 1280, "phone": 390}


def phone(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """On a desktop and on a phone where `CI` is set, else on one of the two, by the test's name."""
    names = list(DEVICES) if "CI" in os.environ else [list(DEVICES)[crc32(test.__name__.encode()) % 2]]
    widths = pytest.mark.parametrize("visitor", [DEVICES[name] for name in names], indirect=True, ids=names)
    return cast("Callable[..., Awaitable[None]]", widths(test))


@phone
async def test_the_tour_leads_a_newcomer_through_three_steps(visitor: Visitor) -> None:
    tour = visitor.page.get_by_role("region", name="Tour")
    line = visitor.page.get_by_label("Message, or a slash command")
    await tour.get_by_role("button", name="See who's in").click()
    await line.press("Enter")
    await visitor.sees("3 here")
    await tour.get_by_role("button", name="Remove someone").click()
    await line.press("Enter")
    await visitor.chooses("Who should leave?", "Grace")
    await visitor.presses("Remove")
    await visitor.sees("removed Grace Hopper from Weekly standup")
    await tour.get_by_role("button", name="Run a poll").click()
    await line.press("Enter")
    await visitor.sees("started a poll in Weekly standup")
    await expect(tour.get_by_role("heading")).to_have_text("You're all set")
    await visitor.looks_at_the_meetings()
    await visitor.sees("Grace Hopper was removed", visitor.lease)
    await visitor.sees("Lunch?", visitor.lease)
    await visitor.fits()


async def test_kicking_two_of_250_by_the_modal_asks_the_bot_while_one_types(visitor: Visitor) -> None:
    await visitor.types("/session use All hands")
    await visitor.sees("linked this channel to All hands")
    await visitor.types("/kick")
    await visitor.sees("(250 people in the meeting)", visitor.modal)
    await visitor.chooses("Who should leave?", "Mia Young")
    await visitor.chooses("Who should leave?", "Finn Weber")
    await visitor.modal.get_by_role("checkbox", name="Keep them out").check()
    await visitor.fills("Reason", "too loud & <b>rude</b>")
    await visitor.presses("Remove")
    await visitor.sees("from All hands", visitor.messages)
    await visitor.sees("Reason: too loud & <b>rude</b>", visitor.messages)
    assert len(visitor.on.world.meeting("All hands").names()) == 248


async def test_a_poll_s_faults_stand_at_their_fields_and_what_was_typed_stays(visitor: Visitor) -> None:
    await visitor.types('/poll "Lunch?" "Pizza"')
    await visitor.presses("Start poll")
    field = visitor.modal.locator(".wrong")
    await expect(field).to_contain_text("Option 2")
    await expect(field.get_by_role("alert")).to_have_text("Please complete this required field.")
    await visitor.fills("Option 2", "pizza ")
    await visitor.presses("Add option")
    await expect(visitor.modal.get_by_role("textbox", name="Option 3", exact=True)).to_be_visible()
    await expect(visitor.modal.get_by_role("textbox", name="Question", exact=True)).to_have_value("Lunch?")
    await visitor.presses("Start poll")
    await expect(visitor.modal.get_by_role("alert").first).to_be_visible()
    await visitor.fills("Option 2", "Salad")
    await visitor.presses("Start poll")
    await visitor.sees("2. Salad")


@pytest.mark.parametrize("command", ["/poll", "/kick"])
async def test_a_modal_opens_with_the_focus_in_its_first_field(visitor: Visitor, command: str) -> None:
    await visitor.types(command)
    await expect(visitor.modal.get_by_role("textbox").or_(visitor.modal.get_by_role("combobox")).first).to_be_focused()
    await visitor.page.keyboard.type("a b")
    await expect(visitor.modal).to_be_visible()


async def test_what_is_drawn_again_keeps_the_focus(visitor: Visitor) -> None:
    standup, join = visitor.on.world.meeting("Weekly standup"), visitor.page.get_by_label("Who joins")
    await visitor.looks_at_the_meetings()
    for there in (4, 5):
        standup.join(Participant("Brian", f"brian {there}"))
        await visitor.sees(f"{there} here", visitor.lease)
    second = visitor.lease.get_by_role("button", name="Remove Brian").nth(1)
    await second.focus()
    standup.join(Participant("Dennis Ritchie", "dennis"))
    await visitor.sees("6 here", visitor.lease)
    await expect(second).to_be_focused()
    await join.fill("Ken Thompson")
    await join.press("Home")
    standup.join(Participant("Margaret Hamilton", "margaret"))
    await visitor.sees("7 here", visitor.lease)
    await visitor.page.keyboard.type("Not ")
    await expect(join).to_have_value("Not Ken Thompson")
    await visitor.types("/session watch")
    card = visitor.messages.locator("article").filter(has_text="Turn off live card")
    people = card.get_by_role("button", name="People…")
    await people.focus()
    standup.join(Participant("Barbara Liskov", "barbara"))
    await visitor.sees("8 here", card)
    await expect(people).to_be_focused()


async def test_of_two_meetings_buttons_the_same_one_keeps_the_focus(visitor: Visitor) -> None:
    ends = visitor.page.locator("#home").get_by_role("button", name="End meeting…")
    await visitor.types("/session use all hands")
    await visitor.sees("linked this channel to All hands")
    await visitor.goes_to("Usher")
    await expect(ends).to_have_count(2)
    before = await ends.nth(1).element_handle()
    await ends.nth(1).focus()
    await visitor.on.person("alice").opens_home()
    await before.wait_for_element_state("hidden")
    await expect(ends.nth(1)).to_be_focused()


async def test_a_member_is_refused_in_words_and_nothing_happens(visitor: Visitor) -> None:
    await visitor.becomes("Mike Member")
    await visitor.types("/kick Ada")
    await visitor.sees("Only hosts of this channel can do that. No one was removed.")
    assert "Ada Lovelace" in visitor.on.world.meeting("Weekly standup").names()


async def test_a_slow_realtimekit_shows_a_loading_modal_first(visitor: Visitor) -> None:
    await visitor.switches("RealtimeKit", "slow (2 s)")
    await visitor.types("/kick")
    await expect(visitor.modal.get_by_role("status", name="Loading")).to_be_visible()
    await visitor.sees("(3 people in the meeting)", visitor.modal)


async def test_a_late_acknowledgment_is_told_as_slack_tells_it(visitor: Visitor) -> None:
    await visitor.switches("Usher's acknowledgements", "late (4 s)")
    await visitor.types("/session help")
    await visitor.sees('/session failed with the error "operation_timeout"')


async def test_a_failing_realtimekit_is_told_with_a_way_to_try_again(visitor: Visitor) -> None:
    await visitor.switches("RealtimeKit", "failing (500)")
    await visitor.types("/session status")
    await visitor.sees("RealtimeKit is unavailable right now.")
    await visitor.switches("RealtimeKit", "normal")
    await visitor.presses("Try again")
    await visitor.sees("3 here")


async def test_an_ephemeral_message_is_seen_by_its_person_alone(visitor: Visitor) -> None:
    await visitor.types("/session status")
    await visitor.sees("Only visible to you")
    await visitor.becomes("Mike Member")
    await expect(visitor.messages.locator(".beginning")).to_be_visible()
    await expect(visitor.messages.locator("article")).to_have_count(0)
    await visitor.becomes("Alice Admin")
    await visitor.sees("3 here")


async def test_hostile_names_are_text(visitor: Visitor) -> None:
    evil = '<img src=x onerror="window.evil = 1"><script>window.evil = 2</script>'
    odd = next(one for one in visitor.on.world.meetings.values() if (one.title or "").startswith("Odd"))
    odd.join(Participant(evil, "evil"))
    await visitor.types("/session who odd")
    await visitor.sees(evil)
    await visitor.sees("<!channel>")
    await visitor.looks_at_the_meetings()
    await visitor.page.get_by_label("Meeting", exact=True).select_option(odd.id)
    await visitor.sees(evil, visitor.lease)
    assert await visitor.page.evaluate("[window.evil, document.querySelectorAll('article img').length]") == [None, 0]


async def test_the_inspector_shows_each_exchange_and_a_message_its_blocks(visitor: Visitor) -> None:
    await visitor.types("/session status")
    await visitor.sees("3 here")
    await visitor.page.get_by_role("tab", name="Inspector").click()
    exchange = visitor.page.locator("#traffic details").filter(has_text="/session status")
    await expect(exchange).to_contain_text("Slack → Usher")
    await exchange.locator("summary").click()
    await visitor.sees('"trigger_id"', exchange)
    await visitor.messages.get_by_role("button", name="View the blocks").focus()
    await visitor.page.keyboard.press("Enter")
    await visitor.sees('"type": "header"', visitor.page.locator("#source"))


async def test_commands_are_offered_with_their_hints_and_found_again(visitor: Visitor) -> None:
    line = visitor.page.get_by_label("Message, or a slash command")
    await line.press("/")
    await expect(visitor.page.locator("#commands").get_by_role("option")).to_have_count(3)
    await line.press("ArrowDown")
    await line.press("Tab")
    await expect(line).to_have_value("/kick ")
    await expect(visitor.page.locator("#commands").get_by_role("option")).to_contain_text("--block")
    await line.fill("/session help")
    await line.press("Enter")
    await visitor.sees("Here's what you can do")
    await line.press("ArrowUp")
    await expect(line).to_have_value("/session help")
    await line.press("Shift+Enter")
    assert "\n" in await line.input_value()


async def test_people_talk_and_unknown_commands_are_slack_s_to_refuse(visitor: Visitor) -> None:
    await visitor.types("hello @mike")
    await visitor.sees("hello @mike")
    await visitor.types("/nonsense")
    await visitor.sees("/nonsense is not a valid command")


@phone
async def test_the_home_tab_of_the_app_shows_what_runs_where(visitor: Visitor) -> None:
    await visitor.types("/session use All hands")
    await visitor.sees("linked this channel")
    await visitor.goes_to("Usher")
    home = visitor.page.locator("#home")
    await visitor.sees("All hands · 🟢 Live · 250 here", home)
    await visitor.sees("#general", home)
    visitor.on.world.meeting("All hands").end()
    async with asyncio.timeout(10):  # looks within two seconds share one answer
        while "All hands · not live" not in (await home.text_content() or ""):
            await visitor.presses("Refresh")
    await visitor.page.get_by_role("tab", name="Messages").click()
    await expect(visitor.page.locator("#composer")).to_be_hidden()
    await visitor.fits()


@phone
async def test_axe_finds_no_serious_fault(visitor: Visitor) -> None:
    async def found() -> list[str]:
        results = await Axe().run(visitor.page)
        serious = [one for one in results.response["violations"] if one["impact"] in ("serious", "critical")]
        return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in serious]

    await visitor.types("/session status")
    await visitor.sees("3 here")
    await visitor.types("/session who All hands")
    await visitor.sees("250 here")
    assert await found() == []
    await visitor.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert await found() == []
    await visitor.types("/kick")
    await visitor.sees("(3 people in the meeting)", visitor.modal)
    await visitor.modal.get_by_role("combobox").click()
    assert await found() == []
    await visitor.page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert await found() == []
    await visitor.page.keyboard.press("Escape")
    await visitor.presses("Cancel")
    await visitor.opens("Channels and people")
    assert await found() == []


async def test_elements_that_the_bot_does_not_send_yet_are_drawn_and_used_too(visitor: Visitor) -> None:
    def option(text: str) -> dict[str, object]:
        return {"text": {"type": "plain_text", "text": text}, "value": text}

    options = [option("One"), option("Two")]
    kinds = ("overflow", "radio_buttons", "checkboxes", "static_select")
    every = [{"type": kind, "action_id": kind, "options": options} for kind in kinds]
    who = {"type": "users_select", "action_id": "who"}
    payload = {"text": "All of them", "blocks": [{"type": "actions", "block_id": "all", "elements": [*every, who]}]}
    visitor.on.slack.post("C0GENERAL1", payload)
    await visitor.messages.get_by_role("button", name="More").click()
    await visitor.page.keyboard.press("ArrowDown")
    await visitor.page.keyboard.press("Enter")
    await visitor.messages.get_by_role("radio", name="Two").check()
    await visitor.messages.get_by_role("checkbox", name="One").check()
    await visitor.messages.get_by_role("combobox", name="static_select").click()
    await visitor.page.keyboard.press("Enter")
    await visitor.messages.get_by_role("combobox", name="who").fill("Mike")
    await visitor.page.keyboard.press("Enter")
    sent = [f"block_actions {kind}" for kind in (*kinds, "who")]
    await visitor.page.get_by_role("tab", name="Inspector").click()
    for what in sent:
        await visitor.sees(what, visitor.page.locator("#traffic"))
    assert [one.what for one in visitor.on.traffic.exchanges if one.receiver == "Usher"] == sent


async def test_the_panel_follows_the_meeting_that_the_channel_talks_about(visitor: Visitor) -> None:
    await visitor.types("/session use All hands")
    await visitor.sees("linked this channel to All hands")
    await visitor.looks_at_the_meetings()
    meeting = visitor.page.get_by_role("combobox", name="Meeting", exact=True)
    await expect(meeting).to_have_value(visitor.on.world.meeting("All hands").id)
    await meeting.select_option(label="Quiet room (0)")
    await expect(meeting).to_have_value(visitor.on.world.meeting("Quiet room").id)


async def test_what_is_clicked_before_the_page_is_ready_is_not_taken(visitor: Visitor) -> None:
    asked = asyncio.Event()

    async def late(route: Route) -> None:
        await asked.wait()
        await route.continue_()

    await visitor.page.route("**/start", late)
    await visitor.page.reload(wait_until="commit")
    body = visitor.page.locator("body")
    await expect(body).to_have_attribute("aria-busy", "true")
    assert await body.evaluate("body => body.inert")
    asked.set()
    await expect(body).not_to_have_attribute("aria-busy", "true")
    await visitor.types("/session")
    await visitor.sees("3 here")
