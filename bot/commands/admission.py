"""Getting people their places in meetings, and the links that open them: what Join and Invite share.

A link holds a token, which is a password: it goes to one person, and is neither stored nor logged.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog
from pydantic import SecretStr

from bot.errors import Banned, MeetingChoice, NoJoinUrl, PresetMissing, Repeated, Right, may_have_happened
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import Facts, NoSuchMeeting, NoSuchParticipant, NotUnderstood, RealtimeKitError, Rejected
from bot.realtimekit.secrets import Place
from bot.settings import join_link
from bot.slack.directory import name_shown, slack_id
from bot.store.bans import Bans
from bot.store.errors import StoreError
from bot.store.places import Places
from bot.store.records import Seat, digest
from bot.views.parts import single_line, truncate

log = structlog.get_logger(__name__)

MAX_NAME = 100
NOTE_USE_AFTER = timedelta(days=1)
WAIT_INTERVAL = 0.1
"""How often (s) is looked whether another process has made the place that is waited for."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone who wants in, as the meeting will know them: custom id, name, picture."""

    custom_id: str
    name: str
    picture: str | None = None


def visitor_of(user: Mapping[str, Any], team_id: str, user_id: str) -> Visitor:
    """Someone of the workspace, by Slack's `user` object: with the name that people see there, and the picture."""
    picture = (user.get("profile") or {}).get("image_192")
    https = isinstance(picture, str) and picture.startswith("https://")
    return Visitor(
        slack_id(team_id, user_id),
        truncate(single_line(name_shown(user) or "Guest"), MAX_NAME),
        picture if https else None,
    )


@dataclass(eq=False)
class Admission:
    """Lets people into the meetings of one app.

    Attributes:
        join_url: `JOIN_URL`; without it nobody can be let in.
        timeout: of a call to RealtimeKit, in seconds.
    """

    realtimekit: RealtimeKit
    places: Places
    bans: Bans
    join_url: str | None
    timeout: float
    _asking: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary, init=False)

    def require_page(self, right: Right) -> None:
        """Raise `NoJoinUrl` where no link can be made; before anything is done."""
        if not self.join_url:
            raise NoJoinUrl(right)

    async def is_banned(self, meeting_id: str, custom_id: str) -> bool:
        """Whether a host keeps this person out. Raises `StoreError`."""
        return digest(custom_id) in await self.bans.of(meeting_id)

    async def link(self, meeting: MeetingChoice, visitor: Visitor, preset: str, now: datetime) -> SecretStr:
        """A fresh personal link into a meeting; their place is made if there is none.

        Raises:
            Banned, NoJoinUrl, PresetMissing: nothing was made.
            Repeated: another process has been making the place for too long.
            RealtimeKitError, StoreError: as they say.
        """
        self.require_page(Right.VIEW)
        if await self.is_banned(meeting.id, visitor.custom_id):
            raise Banned(meeting)
        place = await self._place(meeting.id, visitor, preset, now)
        if await self.is_banned(meeting.id, visitor.custom_id):
            # Whoever is kept out meanwhile must not slip in.
            await self.realtimekit.delete_participant(meeting.id, place.id or "")
            raise Banned(meeting)
        if place.token is None:
            raise NotUnderstood(Facts("participant_token", message="no token"))
        token = place.token.get_secret_value()
        return SecretStr(join_link(self.join_url or "", token, meeting.id, visitor.name))

    async def _place(self, meeting_id: str, visitor: Visitor, preset: str, now: datetime) -> Place:
        """Their place, with a fresh token: the one there is, or a new one if there is none or it is gone."""
        seat = await self._claim(meeting_id, visitor, now)
        if seat.participant_id:
            try:
                return await self._open_again(meeting_id, seat.participant_id, seat.preset, visitor, preset)
            except NoSuchParticipant:
                claimed = await self.places.reclaim(meeting_id, visitor.custom_id, seat.participant_id, self._ttl)
            seat = Seat(visitor.custom_id) if claimed else await self._claim(meeting_id, visitor, now)
            if seat.participant_id:
                return await self._open_again(meeting_id, seat.participant_id, seat.preset, visitor, preset)
        return await self._make(meeting_id, visitor, preset, was_asked_for=seat.was_asked_for)

    @property
    def _ttl(self) -> float:
        return 2 * self.timeout + 10

    async def _claim(self, meeting_id: str, visitor: Visitor, now: datetime) -> Seat:
        """The place that is there, or the claim to make it; waits while another one makes it."""
        person = visitor.custom_id
        # Of the clicks in this process, one at a time asks the database.
        lock = self._asking.setdefault((meeting_id, person), asyncio.Lock())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._ttl + 5), lock:
                while True:
                    seat = await self.places.of(meeting_id, person)
                    if not (seat and (seat.participant_id or seat.is_claimed)):
                        seat = await self.places.claim(meeting_id, person, now, self._ttl)
                    if seat and not seat.is_claimed:
                        if seat.used_at and now - seat.used_at > NOTE_USE_AFTER:
                            await self.places.used(meeting_id, person, now)
                        return seat
                    await asyncio.sleep(WAIT_INTERVAL)
        raise Repeated(running=True, on_purpose=True)

    async def _open_again(
        self, meeting_id: str, participant_id: str, had: str | None, visitor: Visitor, preset: str
    ) -> Place:
        if had == preset:
            return Place(id=participant_id, token=await self.realtimekit.fresh_token(meeting_id, participant_id))
        place = await self._with_preset(meeting_id, participant_id, preset)
        await self.places.made(meeting_id, visitor.custom_id, participant_id, preset)
        return place

    async def _with_preset(self, meeting_id: str, participant_id: str, preset: str) -> Place:
        try:
            changed = await self.realtimekit.set_preset(meeting_id, participant_id, preset)
        except Rejected as error:
            raise await self._why_rejected(preset, error) from None
        token = changed.token or await self.realtimekit.fresh_token(meeting_id, participant_id)
        return Place(id=participant_id, token=token)

    async def _make(self, meeting_id: str, visitor: Visitor, preset: str, *, was_asked_for: bool) -> Place:
        """Make the place that was claimed; if it may exist already, look for it first."""
        try:
            place = await self._find_or_add(meeting_id, visitor, preset, was_asked_for=was_asked_for)
        except Exception as error:
            certain = not was_asked_for and not may_have_happened(error)
            with contextlib.suppress(StoreError):  # then the claim ends by itself, and the next one looks first
                await self.places.not_made(meeting_id, visitor.custom_id, certain=certain)
            raise
        await self.places.made(meeting_id, visitor.custom_id, place.id or "", preset)
        return place

    async def _find_or_add(self, meeting_id: str, visitor: Visitor, preset: str, *, was_asked_for: bool) -> Place:
        found = await self.realtimekit.find_place(meeting_id, visitor.custom_id) if was_asked_for else None
        if found is None:
            try:
                return await self.realtimekit.add_participant(
                    meeting_id, visitor.custom_id, preset, visitor.name, visitor.picture
                )
            except (Rejected, NoSuchMeeting) as error:
                raise await self._why_rejected(preset, error) from None
            except RealtimeKitError as error:
                found = await self._found_after(meeting_id, visitor, error)
        return await self._with_preset(meeting_id, found.id or "", preset)

    async def _found_after(self, meeting_id: str, visitor: Visitor, error: RealtimeKitError) -> Place:
        """The place, where it was made and only the answer was lost. Raises the error if it was not, or who knows."""
        if not error.may_have_happened:
            raise error
        try:
            found = await self.realtimekit.find_place(meeting_id, visitor.custom_id)
        except RealtimeKitError:
            raise error from None
        if found is None:
            raise error
        return found

    async def _why_rejected(self, preset: str, error: RealtimeKitError) -> Exception:
        """Whether it is the preset that the API does not know."""
        with contextlib.suppress(RealtimeKitError):
            if preset not in await self.realtimekit.presets():
                return PresetMissing(preset)
        return error
