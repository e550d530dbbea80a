"""RealtimeKit over HTTP: one method an endpoint, one kept session. Thin around `wire`."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import aiohttp
import stamina
from pydantic import SecretStr

from bot.background import gather
from bot.realtimekit import errors, wire
from bot.realtimekit.exchange import exchange
from bot.realtimekit.fields import count_of
from bot.realtimekit.limits import Limits
from bot.realtimekit.models import Meeting, MeetingStatus, PeerRow, Poll, Removed, Session, SessionStatus, Webhook
from bot.settings import MEETING_ID, Settings

Observe = Callable[[str, str, float], None]
"""Hears of each call: endpoint, HTTP status or failure (or `retry` before it is sent again), seconds."""
CONNECT_TIMEOUT = 4.0
MAX_CONNECTIONS = 64
MAX_PAGES = 50
MAX_CONCURRENT_PAGES = 5


@dataclass(frozen=True, slots=True)
class Account:
    """Where the API is and with which right it is asked."""

    base_url: str
    account_id: str
    app_id: str
    token: SecretStr
    timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The app that the settings name."""
        return cls(
            settings.cloudflare_base_url,
            settings.cloudflare_account_id,
            settings.realtimekit_app_id,
            settings.cloudflare_api_token,
            settings.realtimekit_timeout,
        )


class RealtimeKit:
    """The API of one RealtimeKit app.

    Every method raises `RealtimeKitError`. Reads are retried after a failure on the way; what changes something is sent
    again only if the API did not get it, or said that it did not do it.
    """

    def __init__(self, account: Account, limits: Limits | None = None, observe: Observe = lambda *_: None) -> None:
        self._limits, self._observe, self._background = limits or Limits(), observe, False
        base = f"{account.base_url.rstrip('/')}/accounts/{account.account_id}/realtime/kit/{account.app_id}/"
        self._base = base
        self._first_page = 1
        self._timeout = account.timeout
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {account.token.get_secret_value()}", "Accept": "application/json"},
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_TIMEOUT, account.timeout)),
        )

    def in_background(self) -> "RealtimeKit":
        """The same connections, for calls that nobody waits for: those stop first when the account's limit is near."""
        other = copy.copy(self)
        other._background = True  # noqa: SLF001 - it is one of us
        return other

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

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
    ) -> tuple[Removed, ...] | None:
        """Remove people from the live session; raises `NoSuchParticipant` if one of them is not in it.

        Returns:
            Whom the API says it removed; None if its answer names nobody at all.
        """
        call = wire.KICK.call(meeting_id, body=wire.people(user_ids, custom_ids))
        rows = (await self._object(call)).get("participants")
        if not isinstance(rows, list):
            return None
        return tuple(Removed.model_validate(row) for row in rows if isinstance(row, dict))

    async def kick_all(self, meeting_id: str) -> int | None:
        """Remove everyone; how many, if the API says so."""
        return count_of((await self._object(wire.KICK_ALL.call(meeting_id))).get("kicked_participants_count"))

    async def mute(self, meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str] = ()) -> None:
        """Mute people, who can unmute themselves; raises `NoSuchParticipant` if one of them is not in."""
        await self._do(wire.MUTE.call(meeting_id, body=wire.people(user_ids, custom_ids)))

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
        return Poll.model_validate(poll if isinstance(poll, dict) else {})

    async def meetings(
        self, search: str = "", *, per_page: int = 25, status: Literal["", "ACTIVE", "INACTIVE"] = ""
    ) -> tuple[Meeting, ...]:
        """The first meetings of the app, those whose id or title holds `search`."""
        query = {"search": search, "status": status}
        rows = (await self._page(wire.MEETINGS, query, 0, per_page)).rows
        found = {row["id"]: row for row in rows if isinstance(row.get("id"), str) and MEETING_ID.fullmatch(row["id"])}
        return tuple(Meeting.model_validate(row) for row in found.values())

    async def meeting(self, meeting_id: str) -> Meeting:
        """One meeting; raises `NoSuchMeeting`."""
        return Meeting.model_validate(await self._object(wire.MEETING.call(meeting_id)) | {"id": meeting_id})

    async def set_status(self, meeting_id: str, status: Literal["ACTIVE", "INACTIVE"]) -> Meeting:
        """Let nobody new into the meeting (inactive), or everyone again.

        Raises:
            NoSuchMeeting, NotUnderstood: also where the answer says that the meeting is as it was.
        """
        call = wire.UPDATE_MEETING.call(meeting_id, body={"status": status})
        changed = Meeting.model_validate(await self._object(call) | {"id": meeting_id})
        if changed.status not in (status, MeetingStatus.UNKNOWN):
            raise errors.NotUnderstood(
                errors.Facts(wire.UPDATE_MEETING.name, message="still as it was", may_have_happened=True)
            )
        return changed

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

    async def participants(self, session_id: str, max_pages: int = MAX_PAGES) -> list[PeerRow]:
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
        return list(rows.values())

    async def _participants(
        self, session_id: str, number: int, per_page: int = wire.PAGE
    ) -> tuple[list[PeerRow], int | None]:
        """One page, and how many rows there are in all, if the API says so."""
        query = {"sort_by": "joinedAt", "sort_order": "DESC"}
        page = await self._page(wire.PARTICIPANTS, query, number, per_page, "participants", session_id)
        return [PeerRow.model_validate(row) for row in page.rows], page.total

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

    # One call

    async def _do(self, call: wire.Call) -> None:
        wire.decode(call, await self._send(call))

    async def _object(self, call: wire.Call) -> dict[str, Any]:
        return wire.data_object(call, await self._send(call))

    async def _page(
        self,
        endpoint: wire.Endpoint,
        query: dict[str, str],
        number: int,
        per_page: int,
        key: str | None = None,
        *ids: str,
    ) -> wire.Page:
        """A page of a list, counted from 0. Which number the API gives its first page is found out: 0 or 1."""

        async def ask(page_no: int) -> wire.Page:
            call = endpoint.call(*ids, query=query | {"page_no": str(page_no), "per_page": str(per_page)})
            return wire.data_page(call, await self._send(call), key)

        page = await ask(self._first_page + number)
        if number or self._first_page == 0 or page.is_first(per_page):
            return page
        try:
            earlier = await ask(0)
        except errors.Rejected:
            return page
        if not earlier.is_first(per_page) or any(row in page.rows for row in earlier.rows):
            return page
        self._first_page = 0
        return earlier

    async def _send(self, call: wire.Call) -> wire.Reply:
        """The answer, whatever its body; retried as `wire.may_retry` says."""
        attempts = stamina.retry_context(
            on=lambda error: wire.may_retry(call, error),
            attempts=3,
            timeout=self._timeout,
            wait_initial=0.15,
            wait_max=1.0,
            wait_jitter=0.1,
        )
        async for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    self._observe(call.endpoint.name, "retry", 0.0)
                reply = await self._once(call)
                if reply.status >= 400:
                    wire.decode(call, reply)
                return reply
        raise AssertionError("stamina ends with an answer or an error")

    async def _once(self, call: wire.Call) -> wire.Reply:
        self._limits.before(call.endpoint.name, background=self._background)
        began, status, timed_out = time.perf_counter(), "cancelled", None
        try:
            reply = await exchange(self._http, self._base, call, self._timeout)
        except errors.RealtimeKitError as error:
            status, timed_out = type(error).__name__, isinstance(error, errors.TimedOut)
            raise
        else:
            status, timed_out = str(reply.status), False
            if (seconds := wire.refused_for(reply)) is not None:
                self._limits.budget.hold(seconds)
            return reply
        finally:
            self._limits.after(timed_out=timed_out)
            self._observe(call.endpoint.name, status, time.perf_counter() - began)


def _add(rows: dict[str, PeerRow], page: int, found: Sequence[PeerRow], size: int) -> bool:
    """Add a page's rows; whether there may be more: it was full, and not all of it was known."""
    fresh = {row.peer_id or f"{page}-{number}": row for number, row in enumerate(found)}
    fresh = {key: row for key, row in fresh.items() if key not in rows}
    rows |= fresh
    return len(found) >= size and bool(fresh)
