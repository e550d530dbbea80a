"""Which meeting is meant, and reads of a session that many askers share."""

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from async_lru import alru_cache

from bot.errors import AmbiguousMeeting, Locked, MeetingChoice, MeetingNotFound, NotLinked, NotLive
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSuchMeeting, RealtimeKitError
from bot.realtimekit.models import Connections, Meeting, MeetingStatus, Person, Session, is_uuid
from bot.realtimekit.shared import Shared
from bot.sanitize import folded, searchable, unaccented
from bot.settings import MEETING_ID
from bot.store.links import Links

LINK_TTL = 1.0
"""Reads of a channel's link within this time (s) are one."""
LOCK_TTL = 60.0
"""Live cards show a lock as it was read within this time; what Usher itself does to it is seen at once."""
GLANCE_ROWS = 50
"""How many of the newest connections a status card reads."""
CLOCK_SKEW = timedelta(seconds=30)
"""By how much Cloudflare's clock and ours may differ."""
MAX_CHOICES = 100
"""Options in a menu of meetings."""


def id_in(words: str, *, but: str = "") -> str | None:
    """The meeting's id in a word or in a URL; of several the last one that is not `but` (the app's own id)."""
    if MEETING_ID.fullmatch(words):
        return words.lower()
    if "://" not in words:
        return None
    found = re.findall(rf"(?<![\w-])(?:{MEETING_ID.pattern})(?![\w-])", words, re.IGNORECASE)
    return next((one.lower() for one in reversed(found) if one.lower() != but.lower()), None)


def _titled(words: str, found: Sequence[Meeting], fold: Callable[[str | None], str]) -> list[MeetingChoice]:
    # At the start of a word: `now` is no word of "Known issues".
    begins = re.compile(rf"(?<![a-z0-9]){re.escape(fold(words))}")
    return [MeetingChoice(one.id, one.title) for one in found if begins.search(fold(one.title))]


class Meetings:
    """The meetings of one app.

    Args:
        default_id: `REALTIMEKIT_MEETING_ID`.
        app_id: which may stand in a dashboard's URL beside the meeting's id.

    Attributes:
        was_locked: what `is_locked` said up to a minute ago, for cards that nobody is waiting for.
    """

    def __init__(self, realtimekit: RealtimeKit, links: Links, default_id: str | None, app_id: str) -> None:
        self._realtimekit, self.default_id, self._app_id = realtimekit, default_id, app_id
        self._link = alru_cache(maxsize=1000, ttl=LINK_TTL)(links.of)
        # That there is no session is an answer too, and is shared like one.
        self._session = Shared(self._read_session)
        self._session_ids: dict[str, str] = {}
        self._connections = Shared(realtimekit.participants, maxsize=200)
        self._meeting = Shared(realtimekit.meeting)
        self.was_locked = alru_cache(maxsize=1000, ttl=LOCK_TTL)(self.is_locked)
        self._sessions = Shared(realtimekit.sessions)
        self._newest = Shared(self._newest_people)

    async def find(self, words: str, channel_id: str | None, *, shared: bool = False) -> MeetingChoice:
        """The meeting that these words name; without words the channel's, otherwise the default.

        Args:
            shared: the channel's link may have been read a second ago: for looking, never for acting.

        Raises:
            NotLinked: no words, no link and no default.
            MeetingNotFound, AmbiguousMeeting, RealtimeKitError, StoreError: as they say.
        """
        if not (words := words.strip().strip('"“”')):
            return await self._of_channel(channel_id, shared=shared)
        if meeting_id := id_in(words, but=self._app_id):
            return await self._by_title_or_id(words, meeting_id)
        if not searchable(words):
            raise MeetingNotFound(words)
        return await self._by_title(words)

    async def _by_title_or_id(self, words: str, meeting_id: str) -> MeetingChoice:
        """An old room name has the shape of a title such as `weekly-review`; a UUID is an id."""
        if words.lower() == meeting_id and not is_uuid(meeting_id):
            with contextlib.suppress(MeetingNotFound):
                return await self._by_title(words)
        return MeetingChoice(meeting_id, None)

    async def _of_channel(self, channel_id: str | None, *, shared: bool) -> MeetingChoice:
        if channel_id and not shared:
            self.relinked(channel_id)
        link = await self._link(channel_id) if channel_id else None
        if link:
            return MeetingChoice(link.meeting_id, link.title, linked=True)
        if self.default_id is None:
            raise NotLinked
        return MeetingChoice(self.default_id, None)

    async def known(self, words: str) -> MeetingChoice:
        """The meeting that these words name, with its title. Raises as `find` does."""
        choice = await self.find(words, None)
        try:
            return MeetingChoice(choice.id, (await self._realtimekit.meeting(choice.id)).title or choice.title)
        except NoSuchMeeting:
            raise MeetingNotFound(words) from None

    async def offered(self, typed: str) -> list[MeetingChoice]:
        """The meetings that can be joined, by what was typed so far. Raises `RealtimeKitError`."""
        typed = typed.strip() if searchable(typed) else ""
        found = await self._realtimekit.meetings(typed[:100], per_page=MAX_CHOICES, status="ACTIVE")
        return [MeetingChoice(one.id, one.title) for one in found[:MAX_CHOICES]]

    async def _by_title(self, words: str) -> MeetingChoice:
        words = " ".join(words.split())
        found, more = await self._realtimekit.all_meetings(words[:100])
        hits = _titled(words, found, folded)
        if not hits and (not words.isascii() or re.search("[-'\"]", words)):
            # The API compares to the letter what people cannot see or type.
            every, more = await self._realtimekit.all_meetings()
            hits = _titled(words, every, folded) or _titled(words, every, lambda text: unaccented(folded(text)))
        exact = [one for one in hits if folded(one.title) == folded(words)]
        if not more and (len(exact) == 1 or len(hits) == 1):
            return (exact or hits)[0]
        if not hits:
            raise MeetingNotFound(words)
        raise AmbiguousMeeting(words, hits)

    async def live(self, meeting: MeetingChoice) -> Session:
        """The meeting's live session, with its title. Raises `NotLive`, `MeetingNotFound`, `RealtimeKitError`."""
        session = await self._session(meeting.id)
        if session is None:
            raise await self._why_not(meeting)
        return session if session.title else session.titled(meeting.title or await self._title(meeting.id))

    async def _read_session(self, meeting_id: str) -> Session | None:
        session = await self._realtimekit.live_session(meeting_id)
        if session and session.id:
            self._session_ids[meeting_id] = session.id
            self._newest.forget(session.id)  # so that a card's names and number are of one moment
        return session

    async def is_locked(self, meeting_id: str) -> bool | None:
        """Whether nobody new can join; None where that cannot be known."""
        try:
            return (await self._meeting(meeting_id)).status is MeetingStatus.INACTIVE
        except RealtimeKitError:
            return None

    async def read(self, meeting: MeetingChoice) -> Meeting:
        """The meeting itself. Raises `MeetingNotFound`, `RealtimeKitError`."""
        try:
            return await self._meeting(meeting.id)
        except NoSuchMeeting:
            raise self._not_found(meeting) from None

    def _not_found(self, meeting: MeetingChoice) -> MeetingNotFound:
        by_default = not meeting.linked and meeting.id == self.default_id
        return MeetingNotFound(meeting.title or meeting.id, linked=meeting.linked, by_default=by_default)

    async def joinable(self, meeting: MeetingChoice, *, can_unlock: bool) -> MeetingChoice:
        """The meeting with the title that it has now. Raises `Locked`, `MeetingNotFound`, `RealtimeKitError`."""
        known = await self.read(meeting)
        meeting = dataclasses.replace(meeting, title=known.title or meeting.title)
        if known.status is MeetingStatus.INACTIVE:
            raise Locked(meeting, can_unlock=can_unlock)
        return meeting

    async def details(self, meeting: MeetingChoice) -> tuple[Session | None, Meeting | None]:
        """The live session, if there is one, and the meeting, if it can be read.

        Raises:
            MeetingNotFound, RealtimeKitError: neither can be read.
        """
        session = await self._session(meeting.id)
        try:
            return session, await self._meeting(meeting.id)
        except NoSuchMeeting:
            if session is None:
                raise self._not_found(meeting) from None
        except RealtimeKitError:
            if session is None:
                raise
        return session, None

    async def people(self, session: Session) -> tuple[Person, ...]:
        """Everyone who is in the session, who joined last first."""
        return (await self.connections(session)).people

    async def connections(self, session: Session) -> Connections:
        """All connections to a session, past and present, newest first; none can be read where it has no id."""
        if session.id:
            return await self._connections(session.id)
        return Connections((), missing=1 if session.people is None else session.people)

    async def attended(self, meeting: MeetingChoice) -> Sequence[Person]:
        """Everyone who is or was in the session that runs, otherwise in the last one. Raises `RealtimeKitError`."""
        session = await self._session(meeting.id) or await self.last(meeting)
        return (await self.connections(session)).everyone if session else ()

    async def invited(self, meeting: MeetingChoice) -> list[Person]:
        """Everyone who has a place in the meeting, whether or not they are in. Raises `RealtimeKitError`."""
        known = [one for one in await self._realtimekit.places(meeting.id) if one.id]
        return [Person(key=one.id or "", user_id=one.id, custom_id=one.custom_id, name=one.name) for one in known]

    async def last(self, meeting: MeetingChoice) -> Session | None:
        """The newest session of a meeting that has ended. Raises `RealtimeKitError`."""
        found = await self._sessions(meeting.id, "ENDED")
        return found[0] if found else None

    async def glance(self, session: Session) -> tuple[Person, ...]:
        """Some who are in: those among the newest connections. One small page, whatever the meeting's size."""
        return await self._newest(session.id) if session.id else ()

    async def _newest_people(self, session_id: str) -> tuple[Person, ...]:
        return Connections(await self._realtimekit.newest_participants(session_id, GLANCE_ROWS)).people

    async def verified_people(self, meeting: MeetingChoice, since: datetime) -> tuple[Person, ...] | None:
        """Who is in, by a fresh read, after something was done whose answer was lost.

        Args:
            since: when that began.

        Returns:
            None unless what was read agrees with itself, since absence alone proves nothing: as many people must be
            listed as the session counts, and a session that is missing must be found among those that ended.
        """
        self.changed(meeting.id)
        try:
            session = await self._session(meeting.id)
            if session is None:
                last = await self.last(meeting)
                return () if last and last.ended_at and last.ended_at >= since - CLOCK_SKEW else None
            connections = await self.connections(session)
        except RealtimeKitError:
            return None
        counts = {len(connections.people), sum(row.left_at is None for row in connections.rows)}
        return connections.people if session.people in counts else None

    def changed(self, meeting_id: str) -> None:
        """Forget what was read of a meeting: something was done there, so the next read must be a fresh one."""
        self.forget(meeting_id)
        self._meeting.forget(meeting_id)
        self.was_locked.cache_invalidate(meeting_id)

    def forget(self, meeting_id: str) -> None:
        """Forget who was read to be in a meeting."""
        self._session.forget(meeting_id)
        self._sessions.forget(meeting_id, "ENDED")
        if session_id := self._session_ids.get(meeting_id):
            self._connections.forget(session_id)
            self._newest.forget(session_id)

    def relinked(self, channel_id: str) -> None:
        """Forget what was read of a channel's link."""
        self._link.cache_invalidate(channel_id)

    async def current(self, meeting: MeetingChoice) -> MeetingChoice:
        """The meeting with the title that it has now, or as it's known. Raises `MeetingNotFound`."""
        with contextlib.suppress(RealtimeKitError):
            meeting = dataclasses.replace(meeting, title=(await self.read(meeting)).title or meeting.title)
        return meeting

    async def titled(self, meeting: MeetingChoice) -> MeetingChoice:
        """The meeting with its title, where the API tells one."""
        return meeting if meeting.title else dataclasses.replace(meeting, title=await self._title(meeting.id))

    async def _title(self, meeting_id: str) -> str | None:
        try:
            return (await self._meeting(meeting_id)).title
        except RealtimeKitError:
            return None

    async def _why_not(self, meeting: MeetingChoice) -> NotLive | MeetingNotFound:
        """Whether the meeting exists, and when it was last live; as far as the API tells."""
        known, ended = await asyncio.gather(
            self._meeting(meeting.id), self._sessions(meeting.id, "ENDED"), return_exceptions=True
        )
        if isinstance(known, NoSuchMeeting):
            return self._not_found(meeting)
        for outcome in (known, ended):
            if isinstance(outcome, BaseException) and not isinstance(outcome, RealtimeKitError):
                raise outcome
        title = meeting.title if isinstance(known, BaseException) else known.title or meeting.title
        last = ended[0] if not isinstance(ended, BaseException) and ended else None
        return NotLive(
            MeetingChoice(meeting.id, title),
            last.ended_at if last else None,
            last.peak if last else None,
            locked=not isinstance(known, BaseException) and known.status is MeetingStatus.INACTIVE,
            unread=isinstance(known, BaseException),
        )
