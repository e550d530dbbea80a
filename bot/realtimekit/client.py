"""RealtimeKit over HTTP: one method an endpoint, one kept session. Thin around `wire`."""

import asyncio
import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import stamina
from pydantic import SecretStr

from bot.realtimekit import errors, wire
from bot.realtimekit.errors import Facts
from bot.realtimekit.guard import Guard
from bot.realtimekit.models import Meeting, MutedAll, PeerRow, Poll, Removed, RemovedAll, Session, Webhook
from bot.settings import MEETING_ID

Observe = Callable[[str, str, float], None]
"""Hears of each call: endpoint, HTTP status or failure (or `retry`, before it is sent again), seconds."""
CONNECT_SECONDS = 4.0
CONNECTIONS = 64
MAX_BODY = 8 * 2**20
MAX_PAGES = 50
PAGES_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Account:
    """Where the API is and with which right it is asked."""

    base_url: str
    account_id: str
    app_id: str
    token: SecretStr
    timeout: float


class RealtimeKit:
    """The API of one RealtimeKit app.

    Every method raises `RealtimeKitError`. Reads are tried again after a failure in between; what changes something is
    sent again only where the API did not get it or said that it did not do it.
    """

    def __init__(self, account: Account, guard: Guard | None = None, observe: Observe = lambda *_: None) -> None:
        self._guard, self._observe, self._background = guard or Guard(), observe, False
        base = f"{account.base_url.rstrip('/')}/accounts/{account.account_id}/realtime/kit/{account.app_id}/"
        self._base = base
        self._timeout = account.timeout
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {account.token.get_secret_value()}", "Accept": "application/json"},
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(CONNECT_SECONDS, account.timeout)),
        )

    def in_background(self) -> "RealtimeKit":
        """The same connections, for calls that nobody waits for: they end first where the account's limit is near."""
        other = copy.copy(self)
        other._background = True  # noqa: SLF001 - it is one of us
        return other

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def active_session(self, meeting_id: str) -> Session:
        """The meeting's live session; raises `NoSession` where there is none."""
        call = wire.active_session(meeting_id)
        return Session.model_validate(wire.data_object(call, await self._send(call)))

    async def kick(
        self, meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str] = ()
    ) -> tuple[Removed, ...] | None:
        """Remove people from the live session; raises `NoSuchParticipant` where one of them is not in it.

        Returns:
            Whom the API says it removed; None where its answer names nobody at all.
        """
        call = wire.kick(meeting_id, user_ids, custom_ids)
        rows = wire.data_object(call, await self._send(call)).get("participants")
        if not isinstance(rows, list):
            return None
        return tuple(Removed.model_validate(row) for row in rows if isinstance(row, dict))

    async def mute(self, meeting_id: str, user_ids: Sequence[str], custom_ids: Sequence[str] = ()) -> None:
        """Mute people, who may unmute themselves; raises `NoSuchParticipant` where one of them is not in."""
        call = wire.mute(meeting_id, user_ids, custom_ids)
        wire.decode(call, await self._send(call))

    async def mute_all(self, meeting_id: str, *, allow_unmute: bool) -> int | None:
        """Mute everybody; says how many where the API does."""
        call = wire.mute_all(meeting_id, allow_unmute=allow_unmute)
        return MutedAll.model_validate(wire.data_object(call, await self._send(call))).count

    async def set_status(self, meeting_id: str, status: Literal["ACTIVE", "INACTIVE"]) -> Meeting:
        """Let nobody new into the meeting, or everybody again; raises `NoSuchMeeting`."""
        call = wire.set_status(meeting_id, status)
        return Meeting.model_validate(wire.data_object(call, await self._send(call)) | {"id": meeting_id})

    async def kick_all(self, meeting_id: str) -> int | None:
        """Remove everybody; says how many where the API does."""
        call = wire.kick_all(meeting_id)
        return RemovedAll.model_validate(wire.data_object(call, await self._send(call))).count

    async def create_poll(
        self, meeting_id: str, question: str, options: Sequence[str], *, anonymous: bool, hide_votes: bool
    ) -> Poll:
        """Put a poll to everyone in the session. Never sent twice: a second one would be a second poll."""
        call = wire.poll(meeting_id, question, options, anonymous=anonymous, hide_votes=hide_votes)
        data = wire.data_object(call, await self._send(call))
        poll = data.get("poll")
        return Poll.model_validate(poll if isinstance(poll, dict) else {})

    async def meetings(
        self, search: str = "", *, per_page: int = 25, status: Literal["", "ACTIVE", "INACTIVE"] = ""
    ) -> tuple[Meeting, ...]:
        """The first meetings of the app, those whose id or title holds `search`."""
        call = wire.meetings(search=search, per_page=per_page, status=status)
        rows = wire.data_rows(call, await self._send(call))
        found = {row["id"]: row for row in rows if isinstance(row.get("id"), str) and MEETING_ID.fullmatch(row["id"])}
        return tuple(Meeting.model_validate(row) for row in found.values())

    async def meeting(self, meeting_id: str) -> Meeting:
        """One meeting; raises `NoSuchMeeting`."""
        call = wire.meeting(meeting_id)
        return Meeting.model_validate(wire.data_object(call, await self._send(call)) | {"id": meeting_id})

    async def sessions(
        self, meeting_id: str, status: Literal["LIVE", "ENDED"], *, per_page: int = 1
    ) -> tuple[Session, ...]:
        """The meeting's sessions, newest first; rows of other meetings, which the API may mix in, are left out."""
        call = wire.sessions(meeting_id, status, per_page=per_page)
        rows = wire.data_rows(call, await self._send(call), "sessions")
        found = (Session.model_validate(row) for row in rows)
        return tuple(session for session in found if session.meeting_id in (None, meeting_id))

    async def session(self, session_id: str) -> Session:
        """One session, live or over; raises `NoSession`."""
        call = wire.session(session_id)
        return Session.model_validate(wire.data_object(call, await self._send(call)))

    async def newest_participants(self, session_id: str, most: int) -> list[PeerRow]:
        """The connections made last, at most `most` of them (1 to 200)."""
        return (await self._page(session_id, 1, per_page=most))[0]

    async def participants(self, session_id: str, most_pages: int = MAX_PAGES) -> list[PeerRow]:
        """All connections of a session, past and present, newest first, over all pages.

        The pages end with a short one, or with one that repeats what was seen (the API does not document its first
        page's number).
        """
        rows: dict[str, PeerRow] = {}
        first, total = await self._page(session_id, 1)
        # Where the API tells how many there are, a large session's pages are asked for several at once.
        at_once = PAGES_AT_ONCE if total else 1
        most_pages = min(most_pages, -(-total // wire.PAGE)) if total else most_pages
        more, page = _add(rows, 1, first), 2
        while more and page <= most_pages:
            numbers = range(page, min(page + at_once, most_pages + 1))
            pages = await asyncio.gather(*(self._page(session_id, number) for number in numbers))
            more = all(_add(rows, number, found) for number, (found, _) in zip(numbers, pages, strict=True))
            page += at_once
        return list(rows.values())

    async def delete_participant(self, meeting_id: str, user_id: str) -> None:
        """Delete a person's place in the meeting: their token stops working."""
        call = wire.delete_participant(meeting_id, user_id)
        wire.decode(call, await self._send(call))

    async def webhooks(self) -> tuple[Webhook, ...]:
        """All webhooks of the app, whoever registered them."""
        call = wire.webhooks()
        return tuple(Webhook.model_validate(row) for row in wire.data_rows(call, await self._send(call)))

    async def create_webhook(self, name: str, url: str, events: Sequence[str]) -> None:
        """Register a URL; raises `Conflict` where it is registered already."""
        call = wire.create_webhook(name, url, events)
        wire.decode(call, await self._send(call))

    async def mend_webhook(self, webhook_id: str, events: Sequence[str]) -> None:
        """Switch a webhook on, for these events."""
        call = wire.mend_webhook(webhook_id, events)
        wire.decode(call, await self._send(call))

    async def delete_webhook(self, webhook_id: str) -> None:
        """Take a webhook away; raises `NotFound` where it is gone already."""
        call = wire.delete_webhook(webhook_id)
        wire.decode(call, await self._send(call))

    async def _page(self, session_id: str, page: int, per_page: int = wire.PAGE) -> tuple[list[PeerRow], int | None]:
        """One page, and how many rows there are in all, where the API tells."""
        call = wire.participants(session_id, page=page, per_page=per_page)
        rows, total = wire.data_page(call, await self._send(call), "participants")
        return [PeerRow.model_validate(row) for row in rows], total

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
                    self._observe(call.endpoint, "retry", 0.0)
                reply = await self._once(call)
                if reply.status >= 400:
                    wire.decode(call, reply)
                return reply
        raise AssertionError("stamina ends with an answer or an error")

    async def _once(self, call: wire.Call) -> wire.Reply:
        self._guard.before(call.endpoint, background=self._background)
        began, status, hung = time.perf_counter(), "cancelled", None
        try:
            reply = await self._exchange(call)
        except errors.RealtimeKitError as error:
            status, hung = type(error).__name__, isinstance(error, errors.TimedOut)
            raise
        else:
            status, hung = str(reply.status), False
            if (seconds := wire.refused_for(reply)) is not None:
                self._guard.refused(seconds)
            return reply
        finally:
            self._guard.after(hung=hung)
            self._observe(call.endpoint, status, time.perf_counter() - began)

    async def _exchange(self, call: wire.Call) -> wire.Reply:
        # Without a body there is no content type either.
        body: dict[str, Any] = {"skip_auto_headers": ["Content-Type"]} if call.body is None else {"json": call.body}
        try:
            # The limit counts the wait for a free connection too: who would wait too long is told.
            async with asyncio.timeout(self._timeout):
                request = self._http.request(call.method, self._base + call.path, params=call.query, **body)
                async with request as response:
                    return wire.Reply(response.status, response.headers, await read_body(response))
        except aiohttp.ClientConnectorError as error:
            raise errors.Unavailable(_lost(call, error, may_have_happened=False)) from None
        except aiohttp.ConnectionTimeoutError as error:
            raise errors.TimedOut(_lost(call, error, may_have_happened=False)) from None
        except TimeoutError as error:
            raise errors.TimedOut(_lost(call, error, may_have_happened=True)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise errors.Unavailable(_lost(call, error, may_have_happened=True)) from None


def _add(rows: dict[str, PeerRow], page: int, found: Sequence[PeerRow]) -> bool:
    """Add a page's rows; whether there may be more: it was full, and not all of it was known."""
    fresh = {row.peer_id or f"{page}-{number}": row for number, row in enumerate(found)}
    fresh = {key: row for key, row in fresh.items() if key not in rows}
    rows |= fresh
    return len(found) >= wire.PAGE and bool(fresh)


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut off where it grows beyond reason (it is then no JSON any more, and refused as such)."""
    raw = bytearray()
    async for piece in response.content.iter_any():
        raw += piece
        if len(raw) > MAX_BODY:
            break
    return bytes(raw)


def _lost(call: wire.Call, error: BaseException, *, may_have_happened: bool) -> Facts:
    happened = may_have_happened and call.method != "GET"
    return Facts(call.endpoint, message=type(error).__name__, may_have_happened=happened)
