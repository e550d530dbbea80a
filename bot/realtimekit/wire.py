"""Requests and answers as values: builds calls, decodes answers, says what may be tried again. No I/O.

Paths mirror https://developers.cloudflare.com/api/resources/realtime_kit/ and are relative to
`accounts/{account_id}/realtime/kit/{app_id}/`.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from bot.realtimekit import errors
from bot.realtimekit.errors import Facts

PAGE = 200
"""The most rows of session participants that the API gives in one page."""

_PERSON_ENDPOINTS = {"kick", "mute", "delete_participant"}
_SESSION_ENDPOINTS = {"active_session", "kick_all", "mute_all", "poll", "session"}
_WEBHOOK_ENDPOINTS = {"create_webhook", "mend_webhook", "delete_webhook"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        endpoint: its name, for logs and errors.
        path: already quoted.
        repeatable: whether doing it twice does no harm, so that it may be sent again when its fate is unknown.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    endpoint: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the HTTP status, the headers that matter, the raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def _part(value: str) -> str:
    return quote(value, safe="")


def active_session(meeting_id: str) -> Call:
    """`GET meetings/{id}/active-session`."""
    return Call("GET", "active_session", f"meetings/{_part(meeting_id)}/active-session")


def kick(meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str]) -> Call:
    """`POST meetings/{id}/active-session/kick`; a list without items is left out, as the API wants it."""
    path = f"meetings/{_part(meeting_id)}/active-session/kick"
    return Call("POST", "kick", path, body=_naming(user_ids, custom_ids), repeatable=False)


def _naming(user_ids: Sequence[str], custom_ids: Sequence[str]) -> dict[str, list[str]]:
    body = {"participant_ids": list(user_ids), "custom_participant_ids": list(custom_ids)}
    return {key: ids for key, ids in body.items() if ids}


def kick_all(meeting_id: str) -> Call:
    """`POST meetings/{id}/active-session/kick-all`."""
    return Call("POST", "kick_all", f"meetings/{_part(meeting_id)}/active-session/kick-all", repeatable=False)


def mute(meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str]) -> Call:
    """`POST meetings/{id}/active-session/mute`; not in the official SDK. Muting twice does no harm."""
    path = f"meetings/{_part(meeting_id)}/active-session/mute"
    return Call("POST", "mute", path, body=_naming(user_ids, custom_ids))


def mute_all(meeting_id: str, *, allow_unmute: bool) -> Call:
    """`POST meetings/{id}/active-session/mute-all`; not in the official SDK. Without the flag nobody may unmute."""
    path = f"meetings/{_part(meeting_id)}/active-session/mute-all"
    return Call("POST", "mute_all", path, body={"allow_unmute": allow_unmute})


def set_status(meeting_id: str, status: Literal["ACTIVE", "INACTIVE"]) -> Call:
    """`PATCH meetings/{id}`: an inactive meeting can be joined by nobody."""
    return Call("PATCH", "update_meeting", f"meetings/{_part(meeting_id)}", body={"status": status})


def poll(meeting_id: str, question: str, options: Sequence[str], *, anonymous: bool, hide_votes: bool) -> Call:
    """`POST meetings/{id}/active-session/poll`."""
    body = {"question": question, "options": list(options), "anonymous": anonymous, "hide_votes": hide_votes}
    return Call("POST", "poll", f"meetings/{_part(meeting_id)}/active-session/poll", body=body, repeatable=False)


def meetings(*, search: str = "", per_page: int = 25, status: str = "") -> Call:
    """`GET meetings`, the first page."""
    query = {"page_no": "1", "per_page": str(per_page), "search": search, "status": status}
    return Call("GET", "meetings", "meetings", {key: value for key, value in query.items() if value})


def meeting(meeting_id: str) -> Call:
    """`GET meetings/{id}`."""
    return Call("GET", "meeting", f"meetings/{_part(meeting_id)}")


def sessions(meeting_id: str, status: Literal["LIVE", "ENDED"], *, per_page: int = 1) -> Call:
    """`GET sessions`, newest first."""
    query = {"associated_id": meeting_id, "status": status, "sort_by": "createdAt", "sort_order": "DESC"}
    return Call("GET", "sessions", "sessions", query | {"page_no": "1", "per_page": str(per_page)})


def session(session_id: str) -> Call:
    """`GET sessions/{id}`."""
    return Call("GET", "session", f"sessions/{_part(session_id)}")


def participants(session_id: str, *, page: int = 1, per_page: int = PAGE) -> Call:
    """`GET sessions/{id}/participants`, who joined last first."""
    query = {"sort_by": "joinedAt", "sort_order": "DESC", "page_no": str(page), "per_page": str(per_page)}
    path = f"sessions/{_part(session_id)}/participants"
    return Call("GET", "session_participants", path, query)


def delete_participant(meeting_id: str, user_id: str) -> Call:
    """`DELETE meetings/{id}/participants/{pid}`: the person's token stops working."""
    return Call("DELETE", "delete_participant", f"meetings/{_part(meeting_id)}/participants/{_part(user_id)}")


def webhooks() -> Call:
    """`GET webhooks`: all of the app's."""
    return Call("GET", "webhooks", "webhooks")


def create_webhook(name: str, url: str, events: Sequence[str]) -> Call:
    """`POST webhooks`; a URL that is registered already is refused with 409."""
    return Call("POST", "create_webhook", "webhooks", body={"name": name, "url": url, "events": list(events)})


def mend_webhook(webhook_id: str, events: Sequence[str]) -> Call:
    """`PATCH webhooks/{id}`."""
    body = {"events": list(events), "enabled": True}
    return Call("PATCH", "mend_webhook", f"webhooks/{_part(webhook_id)}", body=body)


def delete_webhook(webhook_id: str) -> Call:
    """`DELETE webhooks/{id}`."""
    return Call("DELETE", "delete_webhook", f"webhooks/{_part(webhook_id)}")


def decode(call: Call, reply: Reply) -> dict[str, Any]:
    """The answer's JSON object.

    Returns:
        The whole envelope: `data`, and `paging` beside it where there is one.

    Raises:
        RealtimeKitError: whatever else the answer means.
    """
    try:
        envelope = json.loads(reply.body)
    except (ValueError, RecursionError):
        envelope = None
    facts = _facts(call, reply, envelope)
    if not 200 <= reply.status < 300:
        raise _failure(call, facts)
    if not reply.body.strip() and call.method == "DELETE":
        return {}
    if not isinstance(envelope, dict) or envelope.get("success") is False:
        raise errors.NotUnderstood(facts)
    return envelope


def data_object(call: Call, reply: Reply) -> dict[str, Any]:
    """The answer's `data` where it is an object.

    Raises:
        RealtimeKitError: also where it is none.
    """
    data = decode(call, reply).get("data")
    if not isinstance(data, dict):
        raise errors.NotUnderstood(_facts(call, reply, None))
    return data


def data_rows(call: Call, reply: Reply, key: str | None = None) -> list[dict[str, Any]]:
    """The rows of a list: `data` itself, or `data[key]`.

    Raises:
        RealtimeKitError: also where there is no list, or one of something else than objects.
    """
    return data_page(call, reply, key)[0]


def data_page(call: Call, reply: Reply, key: str | None = None) -> tuple[list[dict[str, Any]], int | None]:
    """The same, and how many rows there are over all pages, where the API tells."""
    envelope = decode(call, reply)
    data = envelope.get("data")
    rows = data.get(key) if key and isinstance(data, dict) else data
    if rows is None and isinstance(data, dict):
        rows = []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.NotUnderstood(_facts(call, reply, None))
    return rows, _total(envelope)


def _total(envelope: Mapping[str, Any]) -> int | None:
    """How many rows a list has over all pages; `paging` stands beside `data`, in it, or nowhere."""
    for place in (envelope.get("data"), envelope):
        paging = place.get("paging") if isinstance(place, dict) else None
        count = paging.get("total_count") if isinstance(paging, dict) else None
        if isinstance(count, int) and count > 0:
            return count
    return None


def _facts(call: Call, reply: Reply, envelope: object) -> Facts:
    code, message = None, None
    if isinstance(envelope, dict):
        listed = envelope.get("errors")
        fault = listed[0] if isinstance(listed, list) and listed else envelope.get("error")
        if isinstance(fault, dict):
            code = fault.get("code") if isinstance(fault.get("code"), int) else None
            message = str(fault.get("message"))[:300] if fault.get("message") else None
    happened = reply.status >= 500 or reply.status < 300
    return Facts(
        endpoint=call.endpoint,
        status=reply.status,
        code=code,
        message=message,
        cf_ray=reply.headers.get("cf-ray"),
        may_have_happened=happened and not _refused_in_band(reply, envelope) and call.method != "GET",
        retry_after=_seconds(reply.headers.get("retry-after")),
    )


def _refused_in_band(reply: Reply, envelope: object) -> bool:
    """A good status around `"success": false`: the API itself says that it did not do it."""
    return reply.status < 300 and isinstance(envelope, dict) and envelope.get("success") is False


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _failure(call: Call, facts: Facts) -> errors.RealtimeKitError:
    match facts.status:
        case 401 | 403:
            return errors.NotAuthorised(facts)
        case 404:
            return _not_found(call, facts)
        case 409:
            return errors.Conflict(facts)
        case 429:
            return errors.RateLimited(facts)
        case int(status) if 400 <= status < 500:
            return errors.Rejected(facts)
        case _:
            return errors.Unavailable(facts)


def _not_found(call: Call, facts: Facts) -> errors.NotFound:
    about_session = re.search(r"\bno (active|live) session|^session\b", facts.message or "", re.IGNORECASE) is not None
    if call.endpoint in _PERSON_ENDPOINTS and not about_session:
        return errors.NoSuchParticipant(facts)
    if call.endpoint in _SESSION_ENDPOINTS or about_session:
        return errors.NoSession(facts)
    if call.endpoint in _WEBHOOK_ENDPOINTS:
        return errors.NotFound(facts)
    return errors.NoSuchMeeting(facts)


RETRY_WAIT = 3.0
"""The longest `Retry-After` (s) that is waited for while a person waits; above it they are told when to try again."""


def refused_for(reply: Reply) -> float | None:
    """For how many seconds the API wants no calls, where that is longer than a call may wait."""
    seconds = _seconds(reply.headers.get("retry-after")) if reply.status == 429 else None
    return seconds if seconds is not None and seconds > RETRY_WAIT else None


def may_retry(call: Call, error: Exception) -> bool | float:
    """Whether this call may be sent again after this error; a number says after how many seconds.

    What the API did not get, or said that it did not do, may always be sent again; what may have taken effect only
    where twice does no harm. A call that timed out is not: the person has waited long enough.
    """
    if isinstance(error, errors.RateLimited):
        return error.retry_after if error.retry_after is not None and error.retry_after <= RETRY_WAIT else False
    if isinstance(error, errors.Unavailable):
        return call.repeatable or not error.may_have_happened
    return False
