"""What RealtimeKit's documentation allows: its endpoints, their parameters, their bodies.

https://developers.cloudflare.com/api/resources/realtime_kit/
"""

import re
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MEETING = re.compile(rf"{_UUID.pattern}|[a-z]{{6}}-[a-z]{{6}}")

Json = dict[str, Any]
Route = tuple[str, dict[str, str], frozenset[str]]
"""The endpoint's name, the ids in the path, the parameters that it knows."""
UNKNOWN: Route = ("unknown", {}, frozenset())


class Refused(Exception):
    """The API's answer to a request that it does not take."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


_RECORDINGS_QUERY = frozenset(
    {
        "meeting_id",
        "status",
        "expired",
        "search",
        "sort_by",
        "sort_order",
        "start_time",
        "end_time",
        "page_no",
        "per_page",
    }
)
_ROUTES: tuple[tuple[str, str, str, frozenset[str]], ...] = (
    ("GET", "meetings/{m}/active-session", "active_session", frozenset()),
    ("POST", "meetings/{m}/active-session/kick", "kick", frozenset()),
    ("POST", "meetings/{m}/active-session/kick-all", "kick_all", frozenset()),
    ("POST", "meetings/{m}/active-session/mute", "mute", frozenset()),
    ("POST", "meetings/{m}/active-session/mute-all", "mute_all", frozenset()),
    ("POST", "meetings/{m}/active-session/poll", "poll", frozenset()),
    ("GET", "meetings", "meetings", frozenset({"search", "status", "start_time", "end_time", "page_no", "per_page"})),
    ("GET", "meetings/{m}", "meeting", frozenset({"name"})),
    ("PATCH", "meetings/{m}", "update_meeting", frozenset()),
    ("POST", "meetings", "create_meeting", frozenset()),
    ("GET", "meetings/{m}/participants", "meeting_participants", frozenset({"page_no", "per_page"})),
    ("POST", "meetings/{m}/participants", "add_participant", frozenset()),
    ("PATCH", "meetings/{m}/participants/{p}", "update_participant", frozenset()),
    ("POST", "meetings/{m}/participants/{p}/token", "participant_token", frozenset()),
    ("GET", "recordings/active-recording/{m}", "active_recording", frozenset()),
    ("GET", "recordings", "recordings", _RECORDINGS_QUERY),
    ("POST", "recordings", "start_recording", frozenset()),
    ("GET", "recordings/{r}", "recording", frozenset()),
    ("PUT", "recordings/{r}", "change_recording", frozenset()),
    ("GET", "sessions/{s}/transcript", "transcript", frozenset({"format"})),
    ("GET", "sessions/{s}/summary", "summary", frozenset()),
    ("GET", "presets", "presets", frozenset({"search", "page_no", "per_page"})),
    ("DELETE", "meetings/{m}/participants/{p}", "delete_participant", frozenset()),
    (
        "GET",
        "sessions",
        "sessions",
        frozenset(
            {"associated_id", "status", "search", "sort_by", "sort_order", "participants"}
            | {"start_time", "end_time", "page_no", "per_page"}
        ),
    ),
    ("GET", "sessions/{s}", "session", frozenset({"include_breakout_rooms"})),
    ("GET", "webhooks", "webhooks", frozenset()),
    ("POST", "webhooks", "create_webhook", frozenset()),
    ("PATCH", "webhooks/{w}", "mend_webhook", frozenset()),
    ("DELETE", "webhooks/{w}", "delete_webhook", frozenset()),
    (
        "GET",
        "sessions/{s}/participants",
        "session_participants",
        frozenset({"search", "page_no", "per_page", "sort_by", "sort_order", "include_peer_events", "view"}),
    ),
)
_SWITCHES: dict[str, type] = dict.fromkeys(
    ("record_on_start", "live_stream_on_start", "persist_chat", "transcribe_on_end", "summarize_on_end"), bool
)
_PLACE: dict[str, type] = {"preset_name": str, "name": str, "picture": str}
_BODIES: dict[str, dict[str, type]] = {
    "kick": {"participant_ids": list, "custom_participant_ids": list},
    "mute": {"participant_ids": list, "custom_participant_ids": list},
    "mute_all": {"allow_unmute": bool},
    "update_meeting": {"title": str, "status": str} | _SWITCHES,
    "create_meeting": {"title": str} | _SWITCHES,
    "start_recording": {"meeting_id": str, "allow_multiple_recordings": bool, "max_seconds": int},
    "change_recording": {"action": str},
    "add_participant": _PLACE | {"custom_participant_id": str},
    "update_participant": _PLACE,
    "poll": {"question": str, "options": list, "anonymous": bool, "hide_votes": bool},
    "create_webhook": {"name": str, "url": str, "events": list, "enabled": bool},
    "mend_webhook": {"name": str, "url": str, "events": list, "enabled": bool},
}
_EVENTS = {
    *("meeting.started", "meeting.ended", "meeting.participantJoined", "meeting.participantLeft", "meeting.chatSynced"),
    *("recording.statusUpdate", "livestreaming.statusUpdate", "meeting.transcript", "meeting.summary"),
}


def route(method: str, path: str) -> Route:
    """Which endpoint a path, relative to the app, is of."""
    for verb, template, name, allowed in _ROUTES:
        match = re.fullmatch(re.sub(r"{(\w)}", r"(?P<\1>[^/]+)", template), path)
        if match and verb == method:
            return name, match.groupdict(), allowed
    return UNKNOWN


def check(endpoint: str, names: dict[str, str], query: dict[str, str], allowed: frozenset[str]) -> None:
    """Raise `Refused` where the path or the parameters break the documentation."""
    if endpoint == "unknown":
        raise Refused(404, "no such endpoint")
    for key, value in names.items():
        if not (_MEETING if key == "m" else _UUID).fullmatch(value):
            raise Refused(400, f"{value!r} is no id")
    for key, value in query.items():
        if key not in allowed:
            raise Refused(400, f"unknown parameter {key}")
        _check_parameter(endpoint, key, value)


def check_body(endpoint: str, raw: bytes, body: Any, content_type: str) -> None:
    """Raise `Refused` where the body breaks the documentation."""
    keys = _BODIES.get(endpoint)
    if keys is None:
        if raw:
            raise Refused(400, "this endpoint takes no body")
        return
    if not isinstance(body, dict) or content_type != "application/json":
        raise Refused(400, "the body must be a JSON object")
    for key, value in body.items():
        if not isinstance(value, keys.get(key, ())):
            raise Refused(400, f"bad body key {key}")
    if endpoint in ("kick", "mute"):
        _check_ids(body)
    elif endpoint == "update_meeting":
        if body.get("status", "ACTIVE") not in ("ACTIVE", "INACTIVE"):
            raise Refused(400, "status must be ACTIVE or INACTIVE")
    elif endpoint == "start_recording" and "meeting_id" not in body:
        raise Refused(400, "meeting_id is required")
    elif endpoint == "change_recording" and body.get("action") not in ("stop", "pause", "resume"):
        raise Refused(400, "action must be stop, pause or resume")
    elif endpoint == "add_participant":
        if not all(str(body.get(key, "")).strip() for key in ("custom_participant_id", "preset_name")):
            raise Refused(400, "custom_participant_id and preset_name are required")
    elif endpoint in ("create_webhook", "mend_webhook"):
        _check_webhook(endpoint, body)
    elif endpoint == "poll" and (
        not {"question", "options"} <= body.keys() or not all(isinstance(o, str) for o in body["options"])
    ):
        raise Refused(400, "question and options are required")


def _check_webhook(endpoint: str, body: Json) -> None:
    if endpoint == "create_webhook" and not {"name", "url", "events"} <= body.keys():
        raise Refused(400, "name, url and events are required")
    if not all(event in _EVENTS for event in body.get("events", [])):
        raise Refused(400, "unknown event")
    if "url" in body and not re.match(r"https?://[^\s/]+", body["url"]):
        raise Refused(400, "url must be a URL")


def _check_ids(body: Json) -> None:
    lists = [body[key] for key in ("participant_ids", "custom_participant_ids") if key in body]
    if not lists or not all(lists):
        raise Refused(400, "at least one list of ids, with at least one id each")
    if not all(isinstance(value, str) and value for ids in lists for value in ids):
        raise Refused(400, "ids must be strings")
    if not all(_UUID.fullmatch(value) for value in body.get("participant_ids", [])):
        raise Refused(400, "participant_ids must be uuids")


_WORDS = {"sort_order": {"ASC", "DESC"}, "view": {"raw", "consolidated"}, "include_peer_events": {"true", "false"}}


def _check_parameter(endpoint: str, key: str, value: str) -> None:
    of_people = endpoint == "session_participants"
    words = _WORDS | {
        "status": {"LIVE", "ENDED"} if endpoint == "sessions" else {"ACTIVE", "INACTIVE"},
        "sort_by": {"joinedAt", "duration"} if of_people else {"minutesConsumed", "createdAt", "invokedTime"},
    }
    if key in words and value not in words[key]:
        raise Refused(400, f"{key} must be one of {sorted(words[key])}")
    if key == "associated_id" and not _MEETING.fullmatch(value):
        raise Refused(400, "associated_id must be a meeting id")
    if key == "page_no" and not re.fullmatch(r"\d+", value):
        raise Refused(400, "page_no must be a number")
    if key == "per_page" and not (value.isdigit() and (not of_people or 1 <= int(value) <= 200)):
        raise Refused(400, "per_page is out of range")
