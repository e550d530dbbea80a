"""What `/kick` and `/session mute` share: the form in which people are chosen, and buttons that are about people."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.commands.matching import offered
from bot.errors import MeetingChoice
from bot.realtimekit.models import Person
from bot.sanitize import from_slack, json_object
from bot.slack.context import meeting_in, people_value
from bot.slack.request import SlackRequest
from bot.store.records import digest
from bot.views import kick
from bot.views.drawn import Same, drawn_once
from bot.views.failures import RetryButton


@drawn_once
def offered_options(everyone: Same[tuple[Person, ...]], typed: str, now: datetime) -> list[dict[str, Any]]:
    """What a searchable menu of people offers for what was typed so far."""
    return kick.offered_options(offered(typed, everyone.value)[: kick.MAX_OPTIONS], everyone.value, now)


def validate(request: SlackRequest) -> Mapping[str, str]:
    """Refuse a form in which no one is chosen."""
    return {} if request.view.selected("people") else {"people": "Choose at least one person."}


def chosen(request: SlackRequest) -> tuple[MeetingChoice, Sequence[Person]]:
    """The meeting and the people in a submitted form. The options hold their ids, so nothing need be read."""
    view = request.view
    meeting, title = meeting_in(view.private_metadata.get("m")), str(view.private_metadata.get("t") or "")
    people = [Person.by_key(key, view.labels.get(key)) for key in view.selected("people")]
    return replace(meeting, title=title), people


def keys_in(request: SlackRequest) -> Sequence[str]:
    """The keys of the people that a button is about."""
    keys = json_object(request.value).get("p")
    return [str(key) for key in keys] if isinstance(keys, list) else []


def slack_ids_in(request: SlackRequest) -> Sequence[str]:
    """The custom ids of those people of Slack who were mentioned, for whatever name they are in the meeting under."""
    found = json_object(request.value).get("s")
    return from_slack(found) if isinstance(found, list) else []


def digests_in(request: SlackRequest) -> Sequence[str]:
    """By which those people are known who are kept out, whichever session runs by now."""
    found = json_object(request.value).get("d")
    return [one for one in map(str, found) if re.fullmatch("[0-9a-f]{64}", one)] if isinstance(found, list) else []


def allow_value(
    meeting: MeetingChoice, people: Sequence[Person], request: SlackRequest, also: Sequence[str]
) -> str | None:
    """The value of the button that lets people back in who are kept out; `also`: custom ids of theirs from Slack."""
    digests = [digest(one.custom_id) for one in people if one.custom_id and one.custom_id not in also]
    return people_value(meeting, people, request, s=also, d=digests) or people_value(meeting, people, request, s=also)


def retry_people(
    action: str, meeting: MeetingChoice, people: Sequence[Person], request: SlackRequest, **more: bool | Sequence[str]
) -> RetryButton | None:
    """The button that tries again with the same people; None if they do not fit into one."""
    value = people_value(meeting, people, request, **more)
    return RetryButton(action, value) if value else None
