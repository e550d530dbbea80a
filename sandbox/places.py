"""The stand-in RealtimeKit's places: who may come in with which token, and the page that a link opens."""

import html
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.shapes import Json, place_json
from sandbox.specification import Refused
from sandbox.world import Meeting, Participant, World

Paged = Callable[[list[Any], dict[str, str], int], tuple[list[Any], Json]]
PRESETS = (
    *("group_call_host", "group_call_participant", "group_call_guest"),
    *("webinar_presenter", "webinar_viewer", "livestream_host", "livestream_viewer"),
)


class Places:
    """The places in all meetings.

    Attributes:
        tokens: whom each token lets in, and where.
        presets: of the app.
    """

    def __init__(self, world: World, paged: Paged) -> None:
        self._world, self._paged = world, paged
        self.tokens: dict[str, tuple[Meeting, Participant]] = {}
        self.presets = list(PRESETS)
        self.acts: dict[str, Callable[[dict[str, str], dict[str, str], Any], tuple[int, Json]]] = {
            "meeting_participants": self._list,
            "add_participant": self._add,
            "update_participant": self._update,
            "participant_token": self._token,
            "presets": self._presets,
        }

    # The endpoints

    def _meeting(self, names: dict[str, str]) -> Meeting:
        meeting = self._world.meetings.get(names["m"])
        if meeting is None:
            raise Refused(404, "Meeting not found")
        return meeting

    def _person(self, names: dict[str, str]) -> tuple[Meeting, Participant]:
        meeting = self._meeting(names)
        for person in meeting.participants:
            if person.id == names["p"] and not person.deleted:
                return meeting, person
        raise Refused(404, "Participant not found")

    def _mint(self, meeting: Meeting, person: Participant) -> str:
        # With what must be encoded in a URL.
        token = f"eyJ+/{secrets.token_hex(16)}.{secrets.token_hex(4)}=="
        self.tokens[token] = meeting, person
        return token

    def _list(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        people = [person for person in self._meeting(names).participants if not person.deleted]
        rows, paging = self._paged(people, query, 25)
        return 200, {"success": True, "data": [place_json(person) for person in rows], "paging": paging}

    def _add(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting = self._meeting(names)
        self._check_preset(body)
        person = Participant(
            body.get("name"), body["custom_participant_id"], preset=body["preset_name"], picture=body.get("picture")
        )
        meeting.participants.append(person)
        return 201, _ok(place_json(person) | {"token": self._mint(meeting, person)})

    def _update(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting, person = self._person(names)
        self._check_preset(body)
        person.preset = body.get("preset_name", person.preset)
        person.name, person.picture = body.get("name", person.name), body.get("picture", person.picture)
        return 200, _ok(place_json(person) | {"token": self._mint(meeting, person)})

    def _token(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, _ok({"token": self._mint(*self._person(names))})

    def _presets(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        wanted = query.get("search", "").lower()
        rows, paging = self._paged([name for name in self.presets if wanted in name], query, 20)
        return 200, _ok([{"id": secrets.token_hex(8), "name": name} for name in rows]) | {"paging": paging}

    def _check_preset(self, body: Json) -> None:
        if "preset_name" in body and body["preset_name"] not in self.presets:
            raise Refused(400, f"Preset {body['preset_name']} not found")

    # The page

    def add_routes(self, app: web.Application) -> None:
        """The page that a personal link opens."""
        app.router.add_get("/room", self._enter)
        app.router.add_post("/room", self._leave)

    def admitted(self, token: str) -> tuple[Meeting, Participant]:
        """Whom a token lets in, and where. Raises `Refused`."""
        meeting, person = self.tokens.get(token, (None, None))
        if meeting is None or person is None or person.deleted:
            raise Refused(401, "This link doesn't work (any more). Ask for a new one.")
        if meeting.status != "ACTIVE":
            raise Refused(403, "This meeting is locked.")
        return meeting, person

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        try:
            meeting, person = self.admitted(request.query.get("token", ""))
        except Refused as refused:
            return _page("You can't join", refused.message, status=refused.status)
        session = meeting.live()
        if session is None or person not in session.people():
            meeting.join(person)
        name = html.escape(person.name or "someone")
        what = f"You are in {html.escape(meeting.title or 'the meeting')} as {name}"
        return _page(what, f"Role: {html.escape(person.preset)}.", form=True)

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        found = self.tokens.get(request.query.get("token", ""))
        if found:
            found[0].leave(found[1])
        return _page("You left", "You can close this page.")


def _ok(data: Any) -> Json:
    return {"success": True, "data": data}


def _page(title: str, text: str, *, form: bool = False, status: int = 200) -> web.Response:
    leave = '<form method="post"><button>Leave</button></form>' if form else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>body{{font:18px system-ui;max-width:32em;margin:4em auto;padding:0 1em;"
        "color-scheme:light dark}button{font:inherit;padding:.5em 1em}</style></head>"
        f"<body><main><h1>{title}</h1><p>{text}</p>{leave}</main></body></html>"
    )
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return web.Response(text=body, content_type="text/html", status=status, headers=headers)
