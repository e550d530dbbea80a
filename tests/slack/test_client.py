"""Calls to Slack: which limit a call counts against, what is sent again, and what is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.slack.client import CALL_TIMEOUT, PER_MINUTE, RateLimits, SlackClient, SlackFailed, retry_after
from sandbox.slack import TOKEN, SlackFault, StandInSlack
from sandbox.stage import serving
from sandbox.world import World

GENERAL, BACKSTAGE = "C0GENERAL1", "C0SECRET01"


@pytest.fixture
async def slack(world: World) -> AsyncIterator[StandInSlack]:
    stand_in = StandInSlack(world)
    async with serving(stand_in.app()) as stand_in.url:
        yield stand_in


@pytest.fixture
async def client(slack: StandInSlack) -> AsyncIterator[SlackClient]:
    connected = SlackClient(SecretStr(TOKEN), f"{slack.url}/api/")
    yield connected
    await connected.close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("held", "other", "waits"),
    [
        (("chat.postMessage", GENERAL), ("chat.postMessage", GENERAL), True),
        (("chat.postMessage", GENERAL), ("chat.postMessage", BACKSTAGE), False),
        (("chat.postMessage", GENERAL), ("chat.postEphemeral", GENERAL), False),
        (("chat.update", GENERAL), ("chat.update", BACKSTAGE), True),
        (("users.info", None), ("users.info", None), True),
        (("users.info", None), ("views.open", None), False),
    ],
)
def test_a_limit_holds_for_one_method_and_for_messages_in_one_channel(
    held: tuple[str, str | None], other: tuple[str, str | None], waits: bool
) -> None:
    clock = Clock()
    limits = RateLimits(clock)
    limits.hold(limits.key(*held), 30)
    assert limits.wait(limits.key(*other)) == (30 if waits else 0)
    clock.now += 30
    assert limits.wait(limits.key(*other)) == 0


def test_calls_of_a_method_wait_before_slack_has_to_refuse_them() -> None:
    clock = Clock()
    limits = RateLimits(clock)
    for _ in range(PER_MINUTE["chat.update"]):
        assert limits.wait("chat.update") == 0
        limits.count("chat.update")
        clock.now += 0.5
    # The oldest call has to be a minute old.
    assert limits.wait("chat.update") == pytest.approx(60 - PER_MINUTE["chat.update"] / 2)
    clock.now += limits.wait("chat.update")
    assert limits.wait("chat.update") == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": ["0.5"]}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": []}, 1),
        ({}, 1),
    ],
)
def test_the_seconds_of_retry_after_are_understood_in_every_shape(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds


async def test_a_limit_that_ends_soon_is_waited_for(slack: StandInSlack, client: SlackClient) -> None:
    slack.faults["chat.postMessage"] = SlackFault("ratelimited", retry_after=0.05, times=1)
    await client.post("chat.postMessage", {"text": "hello"}, channel=GENERAL)
    assert slack.calls == ["chat.postMessage"] * 2
    assert [message.payload["text"] for message in slack.messages] == ["hello"]


async def test_a_limit_in_one_channel_delays_no_other(slack: StandInSlack, client: SlackClient) -> None:
    slack.faults["chat.postMessage"] = SlackFault("ratelimited", retry_after=90, times=1)
    with pytest.raises(SlackFailed, match="ratelimited") as refused:
        await client.post("chat.postMessage", {"text": "hello"}, channel=GENERAL)
    assert refused.value.retry_after == pytest.approx(90, abs=5)
    with pytest.raises(SlackFailed, match="ratelimited"):
        await client.post("chat.postMessage", {"text": "hello"}, channel=GENERAL)
    assert slack.calls == ["chat.postMessage"]  # the second was not even sent
    with pytest.raises(SlackFailed, match="channel_not_found"):  # Slack's answer: it was asked at once
        await client.post("chat.postMessage", {"text": "hello"}, channel=BACKSTAGE)


@pytest.mark.parametrize("fault", [SlackFault(status=500, times=1), SlackFault(status=503, times=1)])
async def test_only_what_does_no_harm_twice_is_sent_again_after_a_failure(
    slack: StandInSlack, client: SlackClient, fault: SlackFault
) -> None:
    slack.faults["chat.postMessage"] = fault
    with pytest.raises(SlackFailed):
        await client.post("chat.postMessage", {"text": "hello"}, channel=GENERAL)
    assert slack.calls == ["chat.postMessage"]
    slack.faults["users.info"] = SlackFault(status=fault.status, times=1)
    assert await client.call("users.info", {"user": "U0ALICE001"}, form=True, idempotent=True)
    assert slack.calls[1:] == ["users.info"] * 2


async def test_a_lost_connection_is_a_failure_of_its_own_kind(slack: StandInSlack) -> None:
    client = SlackClient(SecretStr(TOKEN), "http://127.0.0.1:9/api/")
    try:
        with pytest.raises(SlackFailed, match="unreachable"):
            await client.call("users.info", {"user": "U1"}, form=True, idempotent=True)
        assert await client.respond("http://127.0.0.1:9/hooks/1", {"text": "hello"}) == 0
    finally:
        await client.close()


async def test_calls_that_wait_for_a_limit_keep_no_others_from_being_made(
    slack: StandInSlack, client: SlackClient
) -> None:
    slack.faults["chat.postMessage"] = SlackFault("ratelimited", retry_after=CALL_TIMEOUT)
    waiting = [
        asyncio.create_task(client.post("chat.postMessage", {"text": "hello"}, channel=f"C{number}"))
        for number in range(40)
    ]
    async with asyncio.timeout(CALL_TIMEOUT / 2):
        while len(slack.calls) < len(waiting):  # noqa: ASYNC110 - the stand-in has no event
            await asyncio.sleep(0)
        await client.post("chat.postEphemeral", {"text": "hi"}, channel=GENERAL, user="U0ALICE001")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
