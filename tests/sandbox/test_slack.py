"""The stand-in Slack refuses what Slack refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.limits import Refused, check_message, check_view
from sandbox.slack import TOKEN, StandInSlack
from sandbox.stage import serving
from sandbox.world import World

ALICE = "U0ALICE001"


@pytest.fixture
async def slack(world: World) -> AsyncIterator[StandInSlack]:
    stand_in = StandInSlack(world)
    async with serving(stand_in.app()) as stand_in.url:
        yield stand_in


@pytest.fixture
def web(slack: StandInSlack) -> AsyncWebClient:
    return AsyncWebClient(token=TOKEN, base_url=f"{slack.url}/api/")


def text(words: str, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": words}


def modal(**more: Any) -> dict[str, Any]:
    blocks = [{"type": "section", "text": text("Hello")}]
    return {"type": "modal", "title": text("Title", "plain_text"), "blocks": blocks} | more


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_wrong_token_is_invalid_auth(slack: StandInSlack) -> None:
    assert await refusal(AsyncWebClient(token="xoxb-wrong", base_url=f"{slack.url}/api/").auth_test()) == "invalid_auth"


async def test_a_trigger_serves_once_and_for_three_seconds(slack: StandInSlack, web: AsyncWebClient) -> None:
    trigger = slack.trigger(ALICE)
    await web.views_open(trigger_id=trigger, view=modal())
    assert await refusal(web.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    late = slack.trigger(ALICE)
    born = slack.clock()
    slack.clock = lambda: born + 3.1
    assert await refusal(web.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await refusal(web.views_open(trigger_id="made.up", view=modal())) == "invalid_trigger_id"


async def test_at_most_three_views_are_stacked(slack: StandInSlack, web: AsyncWebClient) -> None:
    await web.views_open(trigger_id=slack.trigger(ALICE), view=modal())
    for _ in range(2):
        await web.views_push(trigger_id=slack.trigger(ALICE), view=modal())
    assert await refusal(web.views_push(trigger_id=slack.trigger(ALICE), view=modal())) == "push_limit_reached"


async def test_an_update_of_a_closed_or_changed_view_is_refused(slack: StandInSlack, web: AsyncWebClient) -> None:
    opened = await web.views_open(trigger_id=slack.trigger(ALICE), view=modal())
    view_id = opened["view"]["id"]
    assert await refusal(web.views_update(view_id=view_id, view=modal(), hash="old")) == "hash_conflict"
    slack.close(ALICE)
    assert await refusal(web.views_update(view_id=view_id, view=modal())) == "not_found"


async def test_the_bot_posts_only_where_it_is(slack: StandInSlack, web: AsyncWebClient) -> None:
    assert await refusal(web.chat_postMessage(channel="C0NOBOT001", text="Hi")) == "not_in_channel"
    assert await refusal(web.chat_postMessage(channel="C0SECRET01", text="Hi")) == "channel_not_found"
    assert await refusal(web.chat_postMessage(channel="D0ALICEMIK", text="Hi")) == "channel_not_found"
    call = web.chat_postEphemeral(channel="C0GENERAL1", user="U0GONE0001", text="Hi")
    assert await refusal(call) == "user_not_in_channel"


async def test_a_response_url_serves_five_times(slack: StandInSlack) -> None:
    hook = AsyncWebhookClient(slack.response_url(ALICE, "C0GENERAL1"))
    assert [(await hook.send(text="Hi")).status_code for _ in range(6)] == [200] * 5 + [404]
    assert slack.refused == ["a response_url was used more than five times"]


def section(words: str) -> dict[str, Any]:
    return {"type": "section", "text": text(words)}


def button(**more: Any) -> dict[str, Any]:
    element = {"type": "button", "text": text("Go", "plain_text"), "action_id": "go"} | more
    return {"type": "actions", "elements": [element]}


def menu(count: int, **more: Any) -> dict[str, Any]:
    options = [{"text": text("A", "plain_text"), "value": str(number)} for number in range(count)]
    element = {"type": "static_select", "action_id": "go", "options": options} | more
    return {"type": "actions", "elements": [element]}


@pytest.mark.parametrize(
    "message",
    [
        {"text": ""},
        {"text": "x" * 4001},
        {"text": "<!channel>"},
        {"text": "<!here|here>"},
        {"text": "<https://evil|click>"},
        {"text": "a &amp;lt; b"},
        {"text": "Hi", "blocks": [section("x")] * 51},
        {"text": "Hi", "blocks": [section("")]},
        {"text": "Hi", "blocks": [section("x" * 3001)]},
        {"text": "Hi", "blocks": [section("x" * 2900)] * 5},
        {"text": "Hi", "blocks": [{"type": "header", "text": text("x" * 151, "plain_text")}]},
        {"text": "Hi", "blocks": [{"type": "header", "text": text("x")}]},
        {"text": "Hi", "blocks": [{"type": "context", "elements": [text("x")] * 11}]},
        {"text": "Hi", "blocks": [{"type": "context", "elements": []}]},
        {"text": "Hi", "blocks": [{"type": "marquee"}]},
        {"text": "Hi", "blocks": [section("x") | {"block_id": "b"}] * 2},
        {"text": "Hi", "blocks": [button(text=text("x" * 76, "plain_text"))]},
        {"text": "Hi", "blocks": [button(value="x" * 2001)]},
        {"text": "Hi", "blocks": [button(style="loud")]},
        {"text": "Hi", "blocks": [button(confirm={"title": text("x" * 101, "plain_text")})]},
        {"text": "Hi", "blocks": [menu(0)]},
        {"text": "Hi", "blocks": [menu(101)]},
        {"text": "Hi", "blocks": [menu(2, initial_option={"text": text("B", "plain_text"), "value": "9"})]},
        {"text": "Hi", "blocks": [menu(2, placeholder=text("x" * 151, "plain_text"))]},
    ],
)
def test_a_message_over_slack_s_limits_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check_message(message)


FIELD: dict[str, Any] = {
    "type": "input",
    "label": text("Name", "plain_text"),
    "element": {"type": "plain_text_input", "action_id": "text"},
}


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"type": "dialog"},
        modal(title=text("x" * 25, "plain_text")),
        modal(blocks=[FIELD]),
        modal(private_metadata="x" * 3001),
        modal(blocks=[section("x")] * 101),
        modal(submit=text("x" * 25, "plain_text")),
        modal(submit=text("Go", "plain_text"), blocks=[FIELD | {"element": {"type": "button"}}]),
        modal(
            submit=text("Go", "plain_text"),
            blocks=[FIELD | {"element": FIELD["element"] | {"initial_value": "xx", "max_length": 1}}],
        ),
    ],
)
def test_a_view_over_slack_s_limits_is_refused(view: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check_view(view)


def test_a_good_message_and_a_good_view_pass() -> None:
    check_message({"text": "Hi <@U0ALICE001>", "blocks": [section("x"), button(), menu(100)]})
    check_view(modal(submit=text("Go", "plain_text"), blocks=[FIELD]))


async def test_a_message_is_updated_and_deleted_by_its_author_alone(slack: StandInSlack, web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel="C0GENERAL1", text="one")
    await web.chat_update(channel="C0GENERAL1", ts=posted["ts"], text="two")
    message = slack.messages[-1]
    assert (message.payload["text"], message.versions) == ("two", 2)
    theirs = slack.post("C0GENERAL1", {"text": "hello"}, user="U0MIKE0001")
    for method, code in (("chat_update", "cant_update_message"), ("chat_delete", "cant_delete_message")):
        with pytest.raises(SlackApiError, match=code):
            await getattr(web, method)(channel="C0GENERAL1", ts=theirs.ts, text="mine now")
    await web.chat_delete(channel="C0GENERAL1", ts=posted["ts"])
    assert message.deleted
    with pytest.raises(SlackApiError, match="message_not_found"):
        await web.chat_update(channel="C0GENERAL1", ts=posted["ts"], text="three")


async def test_an_ephemeral_message_cannot_be_updated(slack: StandInSlack, web: AsyncWebClient) -> None:
    posted = await web.chat_postEphemeral(channel="C0GENERAL1", user="U0MIKE0001", text="one")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await web.chat_update(channel="C0GENERAL1", ts=posted["message_ts"], text="two")


async def test_a_home_tab_is_published_for_one_person(slack: StandInSlack, web: AsyncWebClient) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Home"}}
    await web.views_publish(user_id="U0MIKE0001", view={"type": "home", "blocks": [block]})
    assert list(slack.homes) == ["U0MIKE0001"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await web.views_publish(user_id="U0MIKE0001", view={"type": "home", "blocks": []}, hash="old")


async def test_a_file_is_announced_sent_and_shown_in_a_thread(slack: StandInSlack, web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel="C0GENERAL1", text="one")
    await web.files_upload_v2(channel="C0GENERAL1", content="a,b\n", filename="who.csv", thread_ts=posted["ts"])
    message = slack.messages[-1]
    assert (message.thread_ts, [(file.name, file.content) for file in message.files]) == (
        posted["ts"],
        [("who.csv", b"a,b\n")],
    )


async def test_too_many_calls_in_a_minute_are_refused_until_it_is_over(
    slack: StandInSlack, web: AsyncWebClient
) -> None:
    moment = [0.0]
    slack.clock = lambda: moment[0]
    for _ in range(20):
        await web.usergroups_users_list(usergroup="S0HOSTS001")
    with pytest.raises(SlackApiError, match="ratelimited") as limited:
        await web.usergroups_users_list(usergroup="S0HOSTS001")
    assert limited.value.response.headers["Retry-After"] == "60"
    moment[0] = 61.0
    await web.usergroups_users_list(usergroup="S0HOSTS001")
