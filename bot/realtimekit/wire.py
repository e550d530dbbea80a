"""Requests and answers as values: builds calls, decodes answers, says what may be tried again. No I/O.

Paths mirror https://developers.cloudflare.com/api/resources/realtime_kit/ and are relative to
`accounts/{account_id}/realtime/kit/{app_id}/`.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from bot.realtimekit import errors
from bot.realtimekit.errors import Facts

PAGE = 200
"""The most rows of participants that the API gives in one page."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API.

    Attributes:
        name: for logs, metrics and errors.
        path: with `{}` for each id.
        not_found: what a 404 means here.
        repeatable: twice does no harm, so that it may be sent again when its fate is unknown.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    not_found: type[errors.NotFound]
    repeatable: bool = True

    def call(
        self, *ids: str, query: Mapping[str, str | None] | None = None, body: Mapping[str, Any] | None = None
    ) -> "Call":
        """A request to it; parameters that are None or empty are left out."""
        given = {key: value for key, value in (query or {}).items() if value}
        return Call(self, self.path.format(*(quote(one, safe="") for one in ids)), given, body)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; the path is quoted already."""

    endpoint: Endpoint
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the HTTP status, the headers that matter, the raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_MEETING, _SESSION, _PERSON = errors.NoSuchMeeting, errors.NoSession, errors.NoSuchParticipant
_LIVE = "meetings/{}/active-session"

MEETINGS = Endpoint("meetings", "GET", "meetings", _MEETING)
MEETING = Endpoint("meeting", "GET", "meetings/{}", _MEETING)
UPDATE_MEETING = Endpoint("update_meeting", "PATCH", "meetings/{}", _MEETING)
CREATE_MEETING = Endpoint("create_meeting", "POST", "meetings", errors.NotFound, repeatable=False)
MEETING_PARTICIPANTS = Endpoint("meeting_participants", "GET", "meetings/{}/participants", _MEETING)
ADD_PARTICIPANT = Endpoint("add_participant", "POST", "meetings/{}/participants", _MEETING, repeatable=False)
UPDATE_PARTICIPANT = Endpoint("update_participant", "PATCH", "meetings/{}/participants/{}", _PERSON)
PARTICIPANT_TOKEN = Endpoint("participant_token", "POST", "meetings/{}/participants/{}/token", _PERSON)
PRESETS = Endpoint("presets", "GET", "presets", errors.NotFound)
ACTIVE_RECORDING = Endpoint("active_recording", "GET", "recordings/active-recording/{}", errors.NoRecording)
START_RECORDING = Endpoint("start_recording", "POST", "recordings", _SESSION, repeatable=False)
CHANGE_RECORDING = Endpoint("change_recording", "PUT", "recordings/{}", errors.NoRecording)
RECORDING = Endpoint("recording", "GET", "recordings/{}", errors.NoRecording)
RECORDINGS = Endpoint("recordings", "GET", "recordings", _MEETING)
TRANSCRIPT = Endpoint("transcript", "GET", "sessions/{}/transcript", errors.NotReady)
SUMMARY = Endpoint("summary", "GET", "sessions/{}/summary", errors.NotReady)
DELETE_PARTICIPANT = Endpoint("delete_participant", "DELETE", "meetings/{}/participants/{}", _PERSON)
ACTIVE_SESSION = Endpoint("active_session", "GET", _LIVE, _SESSION)
KICK = Endpoint("kick", "POST", f"{_LIVE}/kick", _PERSON, repeatable=False)
KICK_ALL = Endpoint("kick_all", "POST", f"{_LIVE}/kick-all", _SESSION, repeatable=False)
MUTE = Endpoint("mute", "POST", f"{_LIVE}/mute", _PERSON)  # not in the official SDK, nor is the next
MUTE_ALL = Endpoint("mute_all", "POST", f"{_LIVE}/mute-all", _SESSION)
POLL = Endpoint("poll", "POST", f"{_LIVE}/poll", _SESSION, repeatable=False)
SESSIONS = Endpoint("sessions", "GET", "sessions", _MEETING)
SESSION = Endpoint("session", "GET", "sessions/{}", _SESSION)
PARTICIPANTS = Endpoint("session_participants", "GET", "sessions/{}/participants", _MEETING)
WEBHOOKS = Endpoint("webhooks", "GET", "webhooks", _MEETING)
CREATE_WEBHOOK = Endpoint("create_webhook", "POST", "webhooks", errors.NotFound)
UPDATE_WEBHOOK = Endpoint("update_webhook", "PATCH", "webhooks/{}", errors.NotFound)
DELETE_WEBHOOK = Endpoint("delete_webhook", "DELETE", "webhooks/{}", errors.NotFound)


def people(user_ids: Sequence[str], custom_ids: Sequence[str]) -> dict[str, list[str]]:
    """The body that names people; an empty list is left out, as the API wants it."""
    body = {"participant_ids": list(user_ids), "custom_participant_ids": list(custom_ids)}
    return {key: ids for key, ids in body.items() if ids}


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
        raise _failure(call, facts, envelope)
    if not reply.body.strip() and call.endpoint.method == "DELETE":
        return {}
    if not isinstance(envelope, dict) or envelope.get("success") is False:
        raise errors.NotUnderstood(facts)
    return envelope


def data_object(call: Call, reply: Reply) -> dict[str, Any]:
    """The answer's `data` where it is an object. Raises `RealtimeKitError`: also where it is none."""
    data = decode(call, reply).get("data")
    if not isinstance(data, dict):
        raise errors.NotUnderstood(_facts(call, reply, None))
    return data


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        total: how many rows there are over all pages, if the API says so.
        start: the number of the first of these rows, counted from 1, if the API says so.
    """

    rows: list[dict[str, Any]]
    total: int | None = None
    start: int | None = None

    def is_first(self, per_page: int) -> bool:
        """Whether this can be the first page, as far as the API tells."""
        if self.start is not None and self.rows:
            return self.start <= 1
        return self.total is None or len(self.rows) >= min(self.total, per_page)


def data_page(call: Call, reply: Reply, key: str | None = None) -> Page:
    """A page of a list, which is `data` itself or `data[key]`.

    Raises:
        RealtimeKitError: also if there is no list, or one of something else than objects.
    """
    envelope = decode(call, reply)
    data = envelope.get("data")
    rows = data.get(key) if key and isinstance(data, dict) else data
    if rows is None and isinstance(data, dict):
        rows = []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.NotUnderstood(_facts(call, reply, None))
    return Page(rows, _paging(envelope, "total_count"), _paging(envelope, "start_offset"))


def _paging(envelope: Mapping[str, Any], name: str) -> int | None:
    """A number in `paging`, which stands beside `data`, in it, or nowhere."""
    for place in (envelope.get("data"), envelope):
        paging = place.get("paging") if isinstance(place, dict) else None
        count = paging.get(name) if isinstance(paging, dict) else None
        if isinstance(count, int) and count > 0:
            return count
    return None


def _facts(call: Call, reply: Reply, envelope: object) -> Facts:
    faults = _gateway_faults(envelope) or [fault for fault in (_own_fault(envelope),) if fault]
    message = faults[0].get("message") if faults else None
    happened = reply.status >= 500 or reply.status < 300
    return Facts(
        endpoint=call.endpoint.name,
        status=reply.status,
        code=next(iter(_codes(faults)), None),
        message=str(message)[:300] if message else None,
        cf_ray=reply.headers.get("cf-ray"),
        may_have_happened=happened and not _refused_in_band(reply, envelope) and call.endpoint.method != "GET",
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


def _own_fault(envelope: object) -> dict[str, Any] | None:
    """RealtimeKit's own `error`."""
    fault = envelope.get("error") if isinstance(envelope, dict) else None
    return fault if isinstance(fault, dict) else None


def _gateway_faults(envelope: object) -> list[dict[str, Any]]:
    """The `errors` of Cloudflare's gateway, each before its `error_chain`."""
    listed = envelope.get("errors") if isinstance(envelope, dict) else None
    faults = [fault for fault in listed if isinstance(fault, dict)] if isinstance(listed, list) else []
    chains = [fault["error_chain"] for fault in faults if isinstance(fault.get("error_chain"), list)]
    return faults + [fault for chain in chains for fault in chain if isinstance(fault, dict)]


def _codes(faults: Sequence[Mapping[str, Any]]) -> list[int]:
    return [fault["code"] for fault in faults if isinstance(fault.get("code"), int)]


_BY_STATUS = {401: errors.NotAuthorized, 403: errors.NotAuthorized, 409: errors.Conflict, 429: errors.RateLimited}
_BY_CODE = {
    6003: errors.MalformedToken,  # invalid request headers
    6111: errors.MalformedToken,  # in its chain: invalid format for the Authorization header
    7000: errors.NoRoute,
    7003: errors.NoRoute,
}
"""Codes of Cloudflare's gateway; under a 400 or a 404."""


def _failure(call: Call, facts: Facts, envelope: object) -> errors.RealtimeKitError:
    status, codes = facts.status or 0, _codes(_gateway_faults(envelope))
    kind = next((_BY_CODE[code] for code in codes if code in _BY_CODE), None) or _BY_STATUS.get(status)
    if kind is None and status == 404:
        # Only RealtimeKit can say that something is gone.
        if _own_fault(envelope):
            return _not_found(call, facts)
        kind = errors.NoRoute if codes else errors.NotUnderstood
    return (kind or (errors.Rejected if 400 <= status < 500 else errors.Unavailable))(facts)


def _not_found(call: Call, facts: Facts) -> errors.NotFound:
    about_session = re.search(r"\bno (active|live) session|^session\b", facts.message or "", re.IGNORECASE)
    return errors.NoSession(facts) if about_session else call.endpoint.not_found(facts)


MAX_RETRY_WAIT = 3.0
"""The longest `Retry-After` (s) that is waited for while a person waits; otherwise they are told when to try again."""


def refused_for(reply: Reply) -> float | None:
    """For how many seconds the API wants no calls, where that is longer than a call may wait."""
    seconds = _seconds(reply.headers.get("retry-after")) if reply.status == 429 else None
    return seconds if seconds is not None and seconds > MAX_RETRY_WAIT else None


def may_retry(call: Call, error: Exception) -> bool | float:
    """Whether this call may be sent again after this error; a number says after how many seconds.

    What the API did not get, or said that it did not do, may always be sent again; what may have taken effect only
    where twice does no harm. A call that timed out is not: the person has waited long enough.
    """
    if isinstance(error, errors.RateLimited):
        return error.retry_after if error.retry_after is not None and error.retry_after <= MAX_RETRY_WAIT else False
    if isinstance(error, errors.Unavailable):
        return call.endpoint.repeatable or not error.may_have_happened
    return False
