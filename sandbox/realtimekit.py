"""A stand-in for RealtimeKit's REST API: stateful, and as strict as its documentation.

It refuses what the API refuses: unknown paths, parameters and body keys, ids that are no ids, a wrong token. Where the
documentation is silent it is careful: page 1 is the first page and page 0 the same; a kick that names one unknown id is
refused whole. `faults` makes it fail as a real service does.
https://developers.cloudflare.com/api/resources/realtime_kit/
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.faults import RAY, Fault, fail
from sandbox.places import Places
from sandbox.recordings import Recordings
from sandbox.shapes import iso, kicked_json, meeting_json, peer_json, session_json
from sandbox.specification import UNKNOWN, Refused, check, check_body, route
from sandbox.traffic import Traffic, decoded
from sandbox.webhooks import Webhooks
from sandbox.world import Meeting, Participant, Session, World, now

TOKEN = "sandbox-cloudflare-token"  # noqa: S105 - the stand-in's own
ACCOUNT = "0123456789abcdef0123456789abcdef"
APP = "5a4db0ad-0000-4000-8000-000000000001"
BASE = f"/client/v4/accounts/{ACCOUNT}/realtime/kit/{APP}/"

_AUTH_ERROR = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "messages": []}

Json = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """One request that came."""

    endpoint: str
    path: str
    query: dict[str, str]
    body: Any
    status: int = 0


class StandInRealtimeKit:
    """The API over HTTP.

    Attributes:
        world: what it serves.
        faults: by endpoint name, else by `*` for all.
        seen: every request, in order.
        first_page: the number of a list's first page, which the API's documentation leaves open.
        most_rows: on one page, however many are asked for.
        webhooks: who is told of what happens.
    """

    def __init__(self, world: World, traffic: Traffic | None = None) -> None:
        self.world, self.traffic = world, traffic or Traffic()
        self.faults: dict[str, Fault] = {}
        self.seen: list[Seen] = []
        self.first_page, self.most_rows = 1, 200
        self.webhooks = Webhooks(world, APP, self.traffic)
        self.places = Places(world, self._paged)
        self.recordings = Recordings(world, self._paged, self.webhooks.tell)
        self._acts: dict[str, Callable[[dict[str, str], dict[str, str], Any], tuple[int, Json]]] = {
            "active_session": self._active_session,
            "kick": self._kick,
            "kick_all": self._kick_all,
            "mute": self._mute,
            "mute_all": self._mute_all,
            "update_meeting": self._update_meeting,
            "poll": self._poll,
            "meetings": self._meetings,
            "meeting": self._meeting,
            "delete_participant": self._delete_participant,
            "sessions": self._sessions,
            "session": self._session,
            **self.webhooks.acts,
            **self.places.acts,
            **self.recordings.acts,
            "create_meeting": self._create_meeting,
            "session_participants": self._session_participants,
        }

    def app(self) -> web.Application:
        """The routes, to be served on a free port."""
        app = web.Application(middlewares=[self.traffic.watching("Usher", "RealtimeKit", _name)])
        app.router.add_get("/.well-known/webhooks.json", self.webhooks.publish_key)
        self.places.add_routes(app)
        app.router.add_get("/files/{signature}", self.recordings.serve)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.cleanup_ctx.append(self.webhooks.delivering)
        return app

    def calls(self, *endpoints: str) -> list[Seen]:
        """What came for these endpoints."""
        return [seen for seen in self.seen if seen.endpoint in endpoints]

    # How a request is taken, refused or made to fail

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw_path = request.raw_path.partition("?")[0]
        raw = await request.read()
        endpoint, names, allowed = (
            route(request.method, raw_path.removeprefix(BASE)) if raw_path.startswith(BASE) else UNKNOWN
        )
        seen = Seen(endpoint, raw_path, dict(request.query), decoded(raw))
        self.seen.append(seen)
        response = await self._answer(request, seen, raw, names, allowed)
        seen.status = response.status
        return response

    async def _answer(
        self, request: web.Request, seen: Seen, raw: bytes, names: dict[str, str], allowed: frozenset[str]
    ) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _send(401, _AUTH_ERROR)

        def act() -> tuple[int, Json]:
            try:
                check(seen.endpoint, names, seen.query, allowed)
                check_body(seen.endpoint, raw, seen.body, request.content_type)
                return self._acts[seen.endpoint](names, seen.query, seen.body or {})
            except Refused as refused:
                return refused.status, _error(refused.status, refused.message)

        fault = self.faults.get(seen.endpoint) or self.faults.get("*")
        if fault and fault.times != 0:
            if fault.times:
                fault.times -= 1
            failed = await fail(fault, request, act)
            if failed is not None:
                return failed
        return _send(*act())

    # What the endpoints do

    def _live(self, meeting_id: str) -> Session:
        meeting = self.world.meetings.get(meeting_id)
        session = meeting.live() if meeting else None
        if session is None:
            raise Refused(404, f"No active session found for meeting_id {meeting_id}")
        return session

    def _active_session(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, _ok(session_json(self._live(names["m"]), APP))

    def _kick(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        session = self._live(names["m"])
        found = _named(session, body)
        for person in found:
            session.meeting.leave(person, kicked=True)
        return 200, _ok({"action": "kick", "participants": [kicked_json(person) for person in found]})

    def _mute(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        session = self._live(names["m"])
        found = _named(session, body)
        session.meeting.mute(found)
        return 200, _ok({"action": "mute", "participants": [kicked_json(person) for person in found]})

    def _mute_all(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        session = self._live(names["m"])
        session.meeting.mute(session.people(), held=not body.get("allow_unmute", False))
        return 200, _ok({"action": "mute-all", "muted_participants_count": len(session.people())})

    def _update_meeting(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting = self._known(names["m"])
        meeting.title, meeting.status = body.get("title", meeting.title), body.get("status", meeting.status)
        meeting.switches |= {key: value for key, value in body.items() if key not in ("title", "status")}
        return 200, _ok(meeting_json(meeting))

    def _create_meeting(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        switches = {key: value for key, value in body.items() if key != "title"}
        meeting = self.world.add(Meeting(body.get("title"), switches=switches, created_at=now()))
        return 201, _ok(meeting_json(meeting))

    def _paged(self, every: list[Any], query: dict[str, str], default: int) -> tuple[list[Any], Json]:
        return _page(every, query, default, self.first_page, self.most_rows)

    def _kick_all(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        count = self._live(names["m"]).meeting.end(kicked=True)
        return 200, _ok({"action": "kick-all", "kicked_participants_count": count})

    def _poll(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting = self._live(names["m"]).meeting
        options = body.get("options") or []
        if not str(body.get("question") or "").strip() or len(options) < 2 or not all(str(o).strip() for o in options):
            raise Refused(400, "a poll needs a question and two options")
        poll = {
            "id": str(uuid.uuid4()),
            "question": body["question"],
            "options": [{"text": option, "count": 0, "votes": []} for option in options],
            "anonymous": body.get("anonymous", False),
            "hide_votes": body.get("hide_votes", False),
            "created_by": "RealtimeKit API",
            "voted": [],
        }
        meeting.polls.append(poll)
        return 201, _ok({"action": "poll", "poll": poll})

    def _meetings(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        wanted = query.get("search", "").lower()
        every = [
            meeting
            for meeting in self.world.meetings.values()
            if wanted in (meeting.title or "").lower() or wanted == meeting.id
            if query.get("status") in (None, meeting.status)
        ]
        rows, paging = _page(every, query, 20, self.first_page, self.most_rows)
        return 200, {"success": True, "data": [meeting_json(meeting) for meeting in rows], "paging": paging}

    def _meeting(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, _ok(meeting_json(self._known(names["m"])))

    def _known(self, meeting_id: str) -> Meeting:
        meeting = self.world.meetings.get(meeting_id)
        if meeting is None:
            raise Refused(404, "Meeting not found")
        return meeting

    def _delete_participant(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        for person in self._known(names["m"]).participants:
            if person.id == names["p"] and not person.deleted:
                person.deleted = True
                stamp = iso(person.created_at)
                data = {"custom_participant_id": person.custom_id, "preset_id": str(uuid.uuid4())}
                return 200, _ok(data | {"created_at": stamp, "updated_at": stamp})
        raise Refused(404, "Participant not found")

    def _sessions(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        every = [session for meeting in self.world.meetings.values() for session in meeting.sessions]
        if "associated_id" in query:
            every = [session for session in every if session.meeting.id == query["associated_id"]]
        if "status" in query:
            every = [session for session in every if (session.ended_at is None) == (query["status"] == "LIVE")]
        every.sort(key=lambda session: session.started_at, reverse=query.get("sort_order") != "ASC")
        rows, paging = _page(every, query, 25, self.first_page, self.most_rows)
        return 200, _ok({"sessions": [session_json(session, APP) for session in rows]}) | {"paging": paging}

    def _session(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, _ok(session_json(self._known_session(names["s"]), APP))

    def _known_session(self, session_id: str) -> Session:
        for meeting in self.world.meetings.values():
            for session in meeting.sessions:
                if session.id == session_id:
                    return session
        raise Refused(404, f"Session with ID {session_id} not found")

    def _session_participants(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        session = self._known_session(names["s"])
        wanted = query.get("search", "").lower()
        peers = [
            peer
            for peer in session.peers
            if wanted in (peer.participant.name or "").lower()
            or wanted in (peer.id, peer.participant.id, peer.participant.custom_id.lower())
        ]
        peers.sort(key=lambda peer: peer.joined_at, reverse=query.get("sort_order") == "DESC")
        rows, paging = _page(peers, query, 25, self.first_page, self.most_rows)
        return 200, _ok({"participants": [peer_json(peer) for peer in rows], "paging": paging})


def _named(session: Session, body: Json) -> list[Participant]:
    """Those in the session whom a body names, each once; refused whole where one of them is not there."""
    found: dict[Participant, None] = {}
    for wanted, by in (("participant_ids", "id"), ("custom_participant_ids", "custom_id")):
        for value in body.get(wanted, []):
            hits = [person for person in session.people() if getattr(person, by) == value]
            if not hits:
                raise Refused(404, f"No user found with id {value}")
            found |= dict.fromkeys(hits)
    return list(found)


def _name(request: web.Request) -> str:
    return f"{request.method} {request.path_qs.removeprefix(BASE)}"


def _ok(data: Any) -> Json:
    return {"success": True, "data": data}


def _error(status: int, message: str) -> Json:
    return {"success": False, "error": {"code": status, "message": message}}


def _send(status: int, body: Json) -> web.Response:
    return web.json_response(body, status=status, headers={"cf-ray": RAY})


def _page(every: list[Any], query: dict[str, str], default: int, first: int, most: int) -> tuple[list[Any], Json]:
    size = min(most, int(query.get("per_page") or default) or default)
    start = max(0, int(query.get("page_no") or first) - first) * size
    rows = every[start : start + size]
    return rows, {"start_offset": start + 1, "end_offset": start + len(rows), "total_count": len(every)}
