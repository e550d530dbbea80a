"""`python -m bot check`: finds what is wrong, says how to mend it, changes nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.cli.check import examine
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.transport import Account
from bot.settings import load
from bot.store.engine import HEAD
from sandbox.faults import Fault
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import SlackFault, StandInSlack
from sandbox.stage import environment, serving
from sandbox.world import World


class Examined:
    def __init__(self, slack: StandInSlack, kit: StandInRealtimeKit, given: dict[str, Any]) -> None:
        self.slack, self.kit, self.given = slack, kit, given

    async def wrong(self, **changed: Any) -> list[str]:
        """What is found wrong, each with the way to mend it."""
        settings = load(**(self.given | changed))
        client = RealtimeKit(Account.of(settings))
        findings = await examine(settings, client)
        await client.close()
        assert all(finding.fix for finding in findings if not finding.ok)
        return [finding.what for finding in findings if not finding.ok]


@pytest.fixture
async def examined(world: World, database_url: str) -> AsyncIterator[Examined]:
    slack, kit = StandInSlack(world), StandInRealtimeKit(world)
    async with serving(slack.app()) as slack.url, serving(kit.app()) as kit_url:
        yield Examined(slack, kit, environment(slack.url, kit_url) | {"database_url": database_url})


async def test_where_all_is_right_nothing_is_found(examined: Examined) -> None:
    assert await examined.wrong() == []
    assert {seen.endpoint for seen in examined.kit.seen} == {"meetings", "meeting", "webhooks", "presets"}


async def test_a_refused_slack_token_is_named(examined: Examined) -> None:
    assert await examined.wrong(slack_bot_token="xoxb-wrong") == [
        "slack: Slack rejected SLACK_BOT_TOKEN (invalid_auth)"
    ]


async def test_missing_scopes_are_named(examined: Examined) -> None:
    examined.slack.scopes = "commands,chat:write,chat:write.public,im:write,files:write,channels:read"
    (said,) = await examined.wrong()
    assert said.startswith("slack: missing scopes: users:read (who's an admin,")
    assert said.endswith("; usergroups:read (user groups in BOT_HOSTS)")


async def test_where_slack_names_no_scopes_none_are_said_to_be_missing(examined: Examined) -> None:
    examined.slack.scopes = ""
    assert await examined.wrong() == []


async def test_a_slack_that_cannot_be_reached_is_said_so(examined: Examined) -> None:
    assert await examined.wrong(slack_api_url="http://127.0.0.1:9/") == ["slack: can't be reached"]
    examined.slack.faults["auth.test"] = SlackFault(status=500)
    assert await examined.wrong() == ["slack: unexpected response (not_json)"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (401, "realtimekit: Cloudflare rejected CLOUDFLARE_API_TOKEN"),
        (403, "realtimekit: Cloudflare rejected CLOUDFLARE_API_TOKEN"),
        (404, "realtimekit: this account has no app with that ID"),
        (400, "realtimekit: unexpected response (Rejected)"),
    ],
)
async def test_what_realtimekit_refuses_is_told_apart(examined: Examined, status: int, found: str) -> None:
    examined.kit.faults["*"] = Fault("status", status=status)
    assert await examined.wrong() == [found]


@pytest.mark.parametrize(
    ("status", "code", "found"),
    [
        (400, 6003, "realtimekit: CLOUDFLARE_API_TOKEN is malformed"),
        (400, 7003, "realtimekit: CLOUDFLARE_ACCOUNT_ID or REALTIMEKIT_APP_ID is wrong"),
        (404, 7003, "realtimekit: CLOUDFLARE_ACCOUNT_ID or REALTIMEKIT_APP_ID is wrong"),
    ],
)
async def test_what_cloudflare_s_gateway_refuses_points_to_the_variable(
    examined: Examined, status: int, code: int, found: str
) -> None:
    body = json.dumps({"success": False, "errors": [{"code": code, "message": "x"}], "messages": [], "result": None})
    examined.kit.faults["*"] = Fault("status", status=status, body=body)
    assert await examined.wrong() == [found]


async def test_a_default_meeting_that_is_not_there_is_named(examined: Examined) -> None:
    absent = "11111111-2222-4333-8444-555555555555"
    assert await examined.wrong(realtimekit_meeting_id=absent) == [
        "realtimekit: can't read the default meeting (NoSuchMeeting)"
    ]


async def test_a_join_page_and_presets_that_are_not_there_are_named(examined: Examined) -> None:
    assert await examined.wrong(join_url="http://127.0.0.1:9/?t={token}") == ["join: JOIN_URL can't be reached"]
    (found,) = await examined.wrong(realtimekit_member_preset="nope")
    assert found == "join: REALTIMEKIT_MEMBER_PRESET is set to “nope”, but your RealtimeKit app has no such preset"
    (found,) = await examined.wrong(realtimekit_host_preset="group_call_host, boss")
    assert found == "join: REALTIMEKIT_HOST_PRESET is set to “boss”, but your RealtimeKit app has no such preset"
    (found,) = await examined.wrong(join_url=examined.slack.url + "/nowhere?{token}")
    assert found == "join: JOIN_URL returns HTTP 404"


async def test_a_clock_that_is_off_is_told(examined: Examined) -> None:
    examined.slack.date = "Sun, 22 Nov 2020 12:00:00 GMT"
    (found,) = await examined.wrong()
    assert found.startswith("clock: ")


async def test_a_database_without_the_schema_or_out_of_reach_is_told(examined: Examined, tmp_path: Any) -> None:
    assert await examined.wrong(database_url=f"sqlite:///{tmp_path}/new.db") == [
        f"database: schema is missing, expected {HEAD}"
    ]
    assert not (tmp_path / "new.db").exists(), "looking made it"
    (found,) = await examined.wrong(database_url="postgres://u:hunter2@127.0.0.1:9/db")
    assert found.startswith("database: 127.0.0.1: ConnectionRefusedError")
    assert "hunter2" not in found
