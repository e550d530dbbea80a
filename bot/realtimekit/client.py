"""RealtimeKit's API: one method an endpoint."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from pydantic import SecretStr

from bot.background import gather
from bot.realtimekit import errors, wire
from bot.realtimekit.fields import count_of
from bot.realtimekit.models import Connections, Meeting, MeetingStatus, PeerRow, Poll, Session, SessionStatus, Webhook
from bot.realtimekit.recordings import Recordings
from bot.realtimekit.reported import Reported
from bot.realtimekit.secrets import Place
from bot.settings import MEETING_ID

MAX_PAGES = 50
MAX_CONCURRENT_PAGES = 5
MAX_PRESETS = MAX_MEETINGS = 100
"""In one page."""
MAX_MEETING_PAGES = 10


class Switches(TypedDict, total=False):
    """What can be changed of a meeting: whether anyone new can join, and what happens in its sessions."""

    status: Literal["ACTIVE", "INACTIVE"]
    record_on_start: bool
    transcribe_on_end: bool
    summarize_on_end: bool


class RealtimeKit(Recordings):
    """The API of one RealtimeKit app. Every method raises `RealtimeKitError`."""

    async def active_session(self, meeting_id: str) -> Session:
        """The meeting's live session; raises `NoSession` if there is none."""
        return Session.model_validate(await self._object(wire.ACTIVE_SESSION.call(meeting_id)))

    async def live_session(self, meeting_id: str) -> Session | None:
        """The same, but None if there is none; also if the one that the API still gives has ended."""
        try:
            session = await self.active_session(meeting_id)
        except errors.NoSession:
            return None
        return None if session.status is SessionStatus.ENDED else session

    async def kick(
        self, meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str] = ()
    ) -> tuple[Reported, ...] | None:
        """Remove people from the live session; raises `NoSuchParticipant` if one of them is not in it.

        Returns:
            Whom the API says it removed; None if its answer has no such list.
        """
        return _reported(await self._object(wire.KICK.call(meeting_id, body=wire.people(user_ids, custom_ids))))

    async def kick_all(self, meeting_id: str) -> int | None:
        """Remove everyone; how many, if the API says so."""
        return count_of((await self._object(wire.KICK_ALL.call(meeting_id))).get("kicked_participants_count"))

    async def mute(
        self, meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str] = ()
    ) -> tuple[Reported, ...] | None:
        """Mute people, who can unmute themselves; raises and returns as `kick` does."""
        return _reported(await self._object(wire.MUTE.call(meeting_id, body=wire.people(user_ids, custom_ids))))

    async def mute_all(self, meeting_id: str, *, allow_unmute: bool) -> int | None:
        """Mute everyone; how many, if the API says so. Without `allow_unmute` nobody can unmute themselves."""
        call = wire.MUTE_ALL.call(meeting_id, body={"allow_unmute": allow_unmute})
        return count_of((await self._object(call)).get("muted_participants_count"))

    async def create_poll(
        self, meeting_id: str, question: str, options: Sequence[str], *, anonymous: bool, hide_votes: bool
    ) -> Poll:
        """Put a poll to everyone in the session. Never sent twice: a second one would be a second poll."""
        body = {"question": question, "options": list(options), "anonymous": anonymous, "hide_votes": hide_votes}
        poll = (await self._object(wire.POLL.call(meeting_id, body=body))).get("poll")
        if not isinstance(poll, dict):
            raise errors.NotUnderstood(errors.Facts(wire.POLL.name, message="no poll", may_have_happened=True))
        return Poll.model_validate(poll)

    async def all_meetings(self, search: str = "", *, status: str = "") -> tuple[Sequence[Meeting], bool]:
        """The meetings whose id or title holds `search`, at most 1,000; and whether there are more."""
        query = {"search": search, "status": status}
        rows = await self._all(wire.MEETINGS, "id", MAX_MEETINGS, query=query, max_pages=MAX_MEETING_PAGES)
        return _meetings(rows), len(rows) >= MAX_MEETINGS * MAX_MEETING_PAGES

    async def meetings(
        self, search: str = "", *, per_page: int = 25, status: Literal["", "ACTIVE", "INACTIVE"] = ""
    ) -> tuple[Meeting, ...]:
        """The first meetings of the app, those whose id or title holds `search`."""
        query = {"search": search, "status": status}
        return _meetings((await self._page(wire.MEETINGS, query, 0, per_page)).rows)

    async def meeting(self, meeting_id: str) -> Meeting:
        """One meeting; raises `NoSuchMeeting`."""
        return Meeting.model_validate(await self._object(wire.MEETING.call(meeting_id)) | {"id": meeting_id})

    async def sessions(
        self, meeting_id: str, status: Literal["LIVE", "ENDED"], *, per_page: int = 1
    ) -> tuple[Session, ...]:
        """The meeting's sessions, newest first; rows of other meetings, which the API may mix in, are left out."""
        query = {"associated_id": meeting_id, "status": status, "sort_by": "createdAt", "sort_order": "DESC"}
        page = await self._page(wire.SESSIONS, query, 0, per_page, "sessions")
        found = (Session.model_validate(row) for row in page.rows)
        return tuple(session for session in found if session.meeting_id in (None, meeting_id))

    async def session(self, session_id: str) -> Session:
        """One session, live or over; raises `NoSession`."""
        return Session.model_validate(await self._object(wire.SESSION.call(session_id)))

    async def newest_participants(self, session_id: str, limit: int) -> list[PeerRow]:
        """The connections made last, at most `limit` of them (1 to 200)."""
        return (await self._participants(session_id, 0, limit))[0]

    async def participants(self, session_id: str, max_pages: int = MAX_PAGES) -> Connections:
        """All connections of a session, past and present, newest first, over all pages.

        The pages end with a short one, or with one that repeats what was read.
        """
        rows: dict[str, PeerRow] = {}
        first, total = await self._participants(session_id, 0)
        # If the API says how many there are, several pages of a large session are read at once.
        at_once = MAX_CONCURRENT_PAGES if total else 1
        size = len(first) if total and 0 < len(first) < total else wire.PAGE  # the API may give fewer than asked for
        max_pages = min(max_pages, -(-total // size)) if total else max_pages
        more, page = _add(rows, 0, first, size), 1
        while more and page < max_pages:
            numbers = range(page, min(page + at_once, max_pages))
            pages = await gather(self._participants(session_id, number) for number in numbers)
            more = all(_add(rows, number, found, size) for number, (found, _) in zip(numbers, pages, strict=True))
            page += at_once
        return Connections(list(rows.values()), max(0, (total or 0) - len(rows)), is_limited=more)

    async def _participants(
        self, session_id: str, number: int, per_page: int = wire.PAGE
    ) -> tuple[list[PeerRow], int | None]:
        """One page, and how many rows there are in all, if the API says so."""
        query = {"sort_by": "joinedAt", "sort_order": "DESC"}
        page = await self._page(wire.PARTICIPANTS, query, number, per_page, "participants", session_id)
        return [PeerRow.model_validate(row) for row in page.rows], page.total

    async def create_meeting(self, title: str, **switches: Unpack[Switches]) -> Meeting:
        """Create a meeting. Never sent twice: there is no way to delete one."""
        made = await self._object(wire.CREATE_MEETING.call(body={"title": title, **switches}))
        if not (isinstance(made.get("id"), str) and MEETING_ID.fullmatch(made["id"])):
            raise errors.NotUnderstood(
                errors.Facts(wire.CREATE_MEETING.name, message="no meeting", may_have_happened=True)
            )
        return Meeting.model_validate(made)

    async def update_meeting(self, meeting_id: str, **switches: Unpack[Switches]) -> Meeting:
        """Change a meeting: whether anyone new can join (`status`), and what happens in its sessions.

        Raises:
            NoSuchMeeting, NotUnderstood: also where the answer says that something is as it was.
        """
        call = wire.UPDATE_MEETING.call(meeting_id, body=switches)
        changed = Meeting.model_validate(await self._object(call) | {"id": meeting_id})
        unclear = errors.NotUnderstood(
            errors.Facts(wire.UPDATE_MEETING.name, message="still as it was", may_have_happened=True)
        )
        if _differs(changed, switches, None, MeetingStatus.UNKNOWN):
            raise unclear
        if any(getattr(changed, name) in (None, MeetingStatus.UNKNOWN) for name in switches):
            try:
                changed = await self.meeting(meeting_id)
            except errors.RealtimeKitError:
                raise unclear from None
            # A switch that even a read does not show is as it was asked for.
            if _differs(changed, switches, None):
                raise unclear
        return changed

    async def add_participant(
        self, meeting_id: str, custom_id: str, preset: str, name: str, picture: str | None = None
    ) -> Place:
        """Make a place in a meeting; raises `NoSuchMeeting`, `Rejected`: also for an unknown preset.

        Never sent twice: a second one may be a second place.
        """
        body = {"custom_participant_id": custom_id, "preset_name": preset, "name": name}
        body |= {"picture": picture} if picture else {}
        place = Place.model_validate(await self._object(wire.ADD_PARTICIPANT.call(meeting_id, body=body)))
        if not place.id:
            raise errors.NotUnderstood(errors.Facts(wire.ADD_PARTICIPANT.name, message="no id", may_have_happened=True))
        return place

    async def set_preset(self, meeting_id: str, user_id: str, preset: str) -> Place:
        """Give a place another preset, and a fresh token; raises `NoSuchParticipant`."""
        call = wire.UPDATE_PARTICIPANT.call(meeting_id, user_id, body={"preset_name": preset})
        return Place.model_validate(await self._object(call))

    async def fresh_token(self, meeting_id: str, user_id: str) -> SecretStr | None:
        """Another token for a place; raises `NoSuchParticipant`."""
        return Place.model_validate(await self._object(wire.PARTICIPANT_TOKEN.call(meeting_id, user_id))).token

    async def find_place(self, meeting_id: str, custom_id: str) -> Place | None:
        """The place with this custom id, by reading all of the meeting's; the newest, if there are several."""
        mine = (one for one in await self.places(meeting_id) if one.custom_id == custom_id)
        return max(mine, key=Place.made, default=None)

    async def places(self, meeting_id: str) -> list[Place]:
        """All places in a meeting, whoever is in."""
        rows = await self._all(wire.MEETING_PARTICIPANTS, "id", wire.PAGE, meeting_id)
        return [Place.model_validate(row) for row in rows]

    async def presets(self) -> frozenset[str]:
        """The names of the app's presets."""
        return frozenset(str(row["name"]) for row in await self._all(wire.PRESETS, "name", MAX_PRESETS))

    async def _all(
        self,
        endpoint: wire.Endpoint,
        key: str,
        per_page: int,
        *ids: str,
        query: dict[str, str] | None = None,
        max_pages: int = MAX_PAGES,
    ) -> list[dict[str, Any]]:
        """The rows of all pages, one for each value of `key`; until all are there, or a page brings nothing new."""
        found: dict[str, dict[str, Any]] = {}
        for number in range(max_pages):
            page = await self._page(endpoint, query or {}, number, per_page, None, *ids)
            fresh = {str(row[key]): row for row in page.rows if row.get(key) and str(row[key]) not in found}
            found |= fresh
            if not fresh or (len(found) >= page.total if page.total is not None else len(page.rows) < per_page):
                break
        return list(found.values())

    async def delete_participant(self, meeting_id: str, user_id: str) -> None:
        """Delete a person's place in the meeting: their token stops working."""
        await self._do(wire.DELETE_PARTICIPANT.call(meeting_id, user_id))

    async def webhooks(self) -> tuple[Webhook, ...]:
        """All webhooks of the app, whoever registered them."""
        page = wire.data_page(call := wire.WEBHOOKS.call(), await self._send(call))
        return tuple(Webhook.model_validate(row) for row in page.rows)

    async def create_webhook(self, name: str, url: str, events: Sequence[str]) -> None:
        """Register a URL; raises `Conflict` if it is registered already."""
        await self._do(wire.CREATE_WEBHOOK.call(body={"name": name, "url": url, "events": list(events)}))

    async def update_webhook(self, webhook_id: str, events: Sequence[str]) -> None:
        """Enable a webhook, for these events."""
        await self._do(wire.UPDATE_WEBHOOK.call(webhook_id, body={"events": list(events), "enabled": True}))

    async def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; raises `NotFound` if it is gone already."""
        await self._do(wire.DELETE_WEBHOOK.call(webhook_id))


def _meetings(rows: Iterable[dict[str, Any]]) -> tuple[Meeting, ...]:
    found = {row["id"]: row for row in rows if isinstance(row.get("id"), str) and MEETING_ID.fullmatch(row["id"])}
    return tuple(Meeting.model_validate(row) for row in found.values())


def _differs(meeting: Meeting, switches: Switches, *but: object) -> bool:
    return any(getattr(meeting, name) not in (value, *but) for name, value in switches.items())


def _reported(answer: Mapping[str, Any]) -> tuple[Reported, ...] | None:
    rows = answer.get("participants")
    return (
        tuple(Reported.model_validate(row) for row in rows if isinstance(row, dict)) if isinstance(rows, list) else None
    )


def _add(rows: dict[str, PeerRow], page: int, found: Sequence[PeerRow], size: int) -> bool:
    """Add a page's rows; whether there may be more: it was full, and not all of it was known."""
    fresh = {row.peer_id or f"{page}-{number}": row for number, row in enumerate(found)}
    fresh = {key: row for key, row in fresh.items() if key not in rows}
    rows |= fresh
    return len(found) >= size and bool(fresh)
