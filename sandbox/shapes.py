"""What RealtimeKit's answers and webhooks look like."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sandbox.world import Happening, Meeting, Participant, Peer, Session, now

Json = dict[str, Any]


def iso(moment: datetime) -> str:
    """A time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def session_json(session: Session, app: str) -> Json:
    """A session as the API shows it."""
    meeting, end = session.meeting, session.ended_at
    shown: Json = {
        "id": session.id,
        "associated_id": meeting.id,
        "meeting_display_name": meeting.title,
        "type": meeting.type,
        "status": "ENDED" if end else "LIVE",
        "live_participants": len(session.present()),
        "max_concurrent_participants": session.peak,
        "minutes_consumed": round(session.minutes(), 4),
        "organization_id": app,
        "started_at": iso(session.started_at),
        "created_at": iso(session.started_at),
        "updated_at": iso(now()),
    }
    rooms = [shown | {"id": str(uuid.uuid4()), "live_participants": 1} for _ in range(session.breakout_rooms)]
    return shown | ({"ended_at": iso(end)} if end else {}) | ({"breakout_rooms": rooms} if rooms else {})


def peer_json(peer: Peer) -> Json:
    """A connection as the API shows it."""
    person, end = peer.participant, peer.left_at or now()
    return {
        "id": peer.id,
        "user_id": person.id,
        "custom_participant_id": person.custom_id,
        "display_name": person.name,
        "preset_name": person.preset,
        "joined_at": iso(peer.joined_at),
        "left_at": iso(peer.left_at) if peer.left_at else None,
        "duration": (end - peer.joined_at) / timedelta(minutes=1),
        "created_at": iso(peer.joined_at),
        "updated_at": iso(end),
    }


def kicked_json(person: Participant) -> Json:
    """Somebody whom a kick or a mute concerned."""
    stamp = iso(person.created_at)
    shown: Iterable[tuple[str, str | None]] = (("name", person.name), ("email", person.email))
    return {"id": person.id, "created_at": stamp, "updated_at": iso(now())} | {
        key: value for key, value in shown if value
    }


def meeting_json(meeting: Meeting) -> Json:
    """A meeting as the API shows it."""
    stamp = iso(meeting.created_at)
    return {
        "id": meeting.id,
        "title": meeting.title,
        "status": meeting.status,
        "created_at": stamp,
        "updated_at": stamp,
        "persist_chat": False,
        "record_on_start": False,
        "live_stream_on_start": False,
        "session_keep_alive_time_in_secs": 60,
    } | meeting.switches


def place_json(person: Participant) -> Json:
    """A participant of a meeting as the API shows it."""
    stamp = iso(person.created_at)
    shown = {"name": person.name, "picture": person.picture}
    return {
        "id": person.id,
        "custom_participant_id": person.custom_id,
        "preset_name": person.preset,
        "created_at": stamp,
        "updated_at": stamp,
    } | {key: value for key, value in shown.items() if value}


def webhook_json(happening: Happening, app: str) -> Json:
    """What a webhook's delivery tells.

    https://developers.cloudflare.com/realtime/realtimekit/webhooks/
    """
    session, meeting = happening.session, happening.session.meeting
    shown: Json = {
        "id": meeting.id,
        "sessionId": session.id,
        "title": meeting.title,
        "roomName": meeting.id,
        # As in the documentation's own example, also at the end.
        "status": "LIVE",
        "createdAt": iso(session.started_at),
        "startedAt": iso(session.started_at),
        "organizedBy": {"id": app, "name": "Sandbox"},
    }
    body: Json = {"event": happening.event, "meeting": shown}
    if happening.event == "meeting.ended" and session.ended_at:
        shown["endedAt"] = iso(session.ended_at)
        body["reason"] = happening.reason
    if peer := happening.peer:
        body["participant"] = {
            "peerId": peer.id,
            "userDisplayName": peer.participant.name,
            "customParticipantId": peer.participant.custom_id,
            "clientSpecificId": peer.participant.custom_id,
            "joinedAt": iso(peer.joined_at),
        } | ({"leftAt": iso(peer.left_at)} if peer.left_at and happening.event == "meeting.participantLeft" else {})
    return body
