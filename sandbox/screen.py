"""What somebody sees on the page, as JSON: the side bar, a channel, the modal, the Home tab, the rooms, the traffic."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.limits import Json
from sandbox.room import Room
from sandbox.stage import Stage
from sandbox.surfaces import Message, View
from sandbox.world import BOT_USER, TEAM, Channel, Meeting, Participant, User

MESSAGES_MOST, PEOPLE_MOST, AWAY_MOST, GONE_MOST = 100, 300, 50, 6


class Screen:
    """Reads the stage; changes nothing, but that direct messages with the bot begin when they are looked at."""

    def __init__(self, on: Stage, room: Room) -> None:
        self._on, self._room = on, room

    def people(self) -> list[Json]:
        """Everybody in Slack, and which of them one can be."""
        return [
            {"id": user.id, "name": user.name, "real_name": user.real_name, "role": _role(user), "bot": user.bot}
            for user in self._on.world.users.values()
            if not user.deleted
        ]

    def parts(self, user: str, channel: str) -> dict[str, Any]:
        """Everything that can change, by part.

        Args:
            channel: an id, or `app` for the direct messages with the bot.
        """
        slack = self._on.slack
        here = slack.direct(user).id if channel == "app" else channel
        modal, home, messages = slack.top_view(user), slack.homes.get(user), slack.visible(user, here)
        return {
            "channels": [self._channel(one, user) for one in self._on.world.channels.values() if user in one.members],
            "messages": [_message(one) for one in messages[-MESSAGES_MOST:]],
            "modal": _view(modal) if modal else None,
            "home": _view(home) if home else None,
            "room": {
                "meetings": [
                    _meeting(one) | {"recording": self._recording(one)} for one in self._on.world.meetings.values()
                ],
                "in_sight": self._in_sight(messages),
                "lively": self._room.lively,
                "switches": self._room.switches,
                "offered": self._room.offered(),
            },
        }

    def _in_sight(self, messages: Sequence[Message]) -> str | None:
        """The meeting that the newest of these messages is about which is about one, by its id or its title."""
        for message in reversed(messages):
            written = json.dumps(message.payload, ensure_ascii=False)
            for meeting in self._on.world.meetings.values():
                if meeting.id in written or f"*{meeting.title}*" in written:
                    return meeting.id
        return None

    def _recording(self, meeting: Meeting) -> str | None:
        running = self._on.realtimekit.recordings.active(meeting)
        return running.status.lower() if running else None

    def traffic(self, after: int) -> list[Json]:
        """The exchanges since one, without their bodies."""
        return [
            {
                "number": one.number,
                "began": one.began,
                "sender": one.sender,
                "receiver": one.receiver,
                "what": one.what,
                "status": one.status,
                "ms": round(one.milliseconds, 1),
            }
            for one in self._on.traffic.exchanges
            if one.number > after
        ]

    def _channel(self, channel: Channel, user: str) -> Json:
        users = self._on.world.users
        others = [users[one].real_name for one in channel.members if one != user]
        kind = "direct" if channel.direct else "private" if channel.private else "public"
        if channel.direct and BOT_USER in channel.members:
            kind = "app"
        seen = self._on.slack.visible(user, channel.id)
        return {
            "id": channel.id,
            "kind": kind,
            "name": ", ".join(others) if channel.direct else channel.name,
            "inside": BOT_USER in channel.members,
            "latest": max((message.ts for message in seen), default=""),
        }


def _role(user: User) -> str:
    if user.bot:
        return "app"
    if user.stranger or user.team != TEAM:
        return "another workspace"
    return "admin" if user.admin or user.owner else "guest" if user.guest else "member"


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "version": message.versions,
        "user": message.user,
        "private": message.ephemeral_to is not None,
        "thread": message.thread_ts,
        "files": [{"id": file.id, "name": file.name, "length": file.length} for file in message.files],
        **message.payload,
    }


def _view(view: View) -> Json:
    kept = ("type", "title", "submit", "close", "blocks", "callback_id")
    return {"id": view.id, "hash": view.hash, "state": view.state} | {key: view.spec.get(key) for key in kept}


def _meeting(meeting: Meeting) -> Json:
    session = meeting.live()
    here = session.people() if session else []
    inside = set(map(id, here))
    away = [one for one in meeting.participants if id(one) not in inside and not one.deleted]
    last = meeting.sessions[-1] if meeting.sessions else None
    gone = sorted((peer for peer in last.peers if peer.left_at) if last else (), key=lambda peer: str(peer.left_at))
    return {
        "id": meeting.id,
        "title": meeting.title,
        "locked": meeting.status != "ACTIVE",
        "since": session.started_at.timestamp() if session else None,
        "people": [_person(one) for one in here[:PEOPLE_MOST]],
        "count": len(here),
        "away": [_person(one) for one in away[:AWAY_MOST]],
        "gone": [
            {"name": peer.participant.name, "kicked": peer.kicked, "at": peer.left_at.timestamp()}
            for peer in reversed(gone[-GONE_MOST:])
            if peer.left_at
        ],
        "polls": [
            {"question": poll["question"], "options": [[one["text"], one["count"]] for one in poll["options"]]}
            for poll in reversed(meeting.polls[-3:])
        ],
    }


def _person(person: Participant) -> Json:
    return {"id": person.id, "name": person.name}
