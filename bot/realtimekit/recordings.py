"""Recordings: the calls, and reads of what is being recorded that many askers share."""

import time
from typing import Literal

from async_lru import alru_cache
from pydantic import SecretStr

from bot.realtimekit import errors, wire
from bot.realtimekit.secrets import Recording, RecordingStatus
from bot.realtimekit.shared import Shared
from bot.realtimekit.transport import Transport

RECENT_TTL = 30.0
"""For live cards, which nobody is waiting for, reads of a meeting's recording within this time (s) are one."""
KNOWN_TTL = 60.0
"""What was read is shown for so long to those for whom nothing is read."""


Action = Literal["stop", "pause", "resume"]
Changed = Literal["yes", "already", "not yet", "unknown"]
"""`already`: someone else was faster, or it ended by itself. `not yet`: it was accepted, but nothing shows it."""
_WANTED = {
    "pause": (RecordingStatus.PAUSED,),
    "resume": (RecordingStatus.RECORDING,),
    "stop": (RecordingStatus.UPLOADING, RecordingStatus.UPLOADED, RecordingStatus.ERRORED),
}
"""What a recording is after each action."""


class Recordings(Transport):
    """The calls. Every method raises `RealtimeKitError`."""

    async def active_recording(self, meeting_id: str) -> Recording | None:
        """What is being recorded in a meeting, paused or not; None if nothing is."""
        try:
            found = await self._object(wire.ACTIVE_RECORDING.call(meeting_id))
        except errors.NoRecording:
            return None
        recording = _recording_in(found)
        if recording.id is None and recording.status is RecordingStatus.UNKNOWN:
            raise errors.NotUnderstood(errors.Facts(wire.ACTIVE_RECORDING.name, message="no recording in the answer"))
        return recording if recording.is_active else None

    async def start_recording(self, meeting_id: str) -> Recording:
        """Record the live session; raises `NoSession`, `Conflict`: one is running. Never sent twice."""
        call = wire.START_RECORDING.call(body={"meeting_id": meeting_id})
        return _recording_in(await self._object(call))

    async def change_recording(self, recording_id: str, action: Action) -> Recording:
        """Stop, pause or resume a recording; raises `NoRecording`, `Rejected`, `Conflict`."""
        call = wire.CHANGE_RECORDING.call(recording_id, body={"action": action})
        return _recording_in(await self._object(call))

    async def recording(self, recording_id: str) -> Recording:
        """One recording, with fresh links to its files; raises `NoRecording`."""
        return _recording_in(await self._object(wire.RECORDING.call(recording_id)))

    async def recordings(self, meeting_id: str, limit: int) -> tuple[Recording, ...]:
        """A meeting's recordings, newest first, at most `limit` of them."""
        query = {"meeting_id": meeting_id, "sort_by": "invokedTime", "sort_order": "DESC"}
        page = await self._page(wire.RECORDINGS, query, 0, limit)
        return tuple(_recording_in(row) for row in page.rows[:limit])

    async def artifact_link(self, session_id: str, kind: str) -> SecretStr | None:
        """A fresh link to a session's `summary` or `transcript`; None if there is none, or not yet."""
        summary = kind == "summary"
        call = wire.SUMMARY.call(session_id) if summary else wire.TRANSCRIPT.call(session_id, query={"format": "CSV"})
        try:
            found = await self._object(call)
        except errors.NotReady:
            return None
        names = ("summaryDownloadUrl", "summary_download_url", "transcriptDownloadUrl", "transcript_download_url")
        url = next((value for name in names if isinstance(value := found.get(name), str) and value), None)
        return SecretStr(url) if url else None


def _recording_in(found: dict[str, object]) -> Recording:
    """The documentation has it in `data`; it was also seen in `data.recording`."""
    nested = found.get("recording")
    return Recording.model_validate(nested if isinstance(nested, dict) else found)


class RecordingState:
    """What is being recorded, as cards show it.

    Attributes:
        now: reads it; shared by all who ask within 2 s. Raises `RealtimeKitError`.
        lately: the same within half a minute.
    """

    def __init__(self, realtimekit: Recordings) -> None:
        self._realtimekit = realtimekit
        self._known: dict[str, tuple[float, Recording | None]] = {}
        self.now = Shared(self._read)
        self._lately = alru_cache(maxsize=1000, ttl=RECENT_TTL)(self._read)

    async def _read(self, meeting_id: str) -> Recording | None:
        recording = await self._realtimekit.active_recording(meeting_id)
        self.learn(meeting_id, recording)
        return recording

    async def lately(self, meeting_id: str) -> Recording | None:
        """For cards that nobody is waiting for; what cannot be read is what was known."""
        try:
            return await self._lately(meeting_id)
        except errors.RealtimeKitError:
            return self.known(meeting_id)

    def learn(self, meeting_id: str, recording: Recording | None) -> None:
        """What was done, or read in another way."""
        if len(self._known) > 1000:
            self._known.clear()
        self._known[meeting_id] = time.monotonic(), recording

    def known(self, meeting_id: str) -> Recording | None:
        """What was read here within a minute: no call to the API."""
        at, recording = self._known.get(meeting_id, (0.0, None))
        return recording if time.monotonic() - at < KNOWN_TTL else None

    async def change(self, meeting_id: str, recording_id: str, action: Action) -> Changed:
        """Stop, pause or resume a recording, and whether that is certain.

        Raises:
            RealtimeKitError: it certainly was not.
        """
        try:
            changed = await self._realtimekit.change_recording(recording_id, action)
            if changed.status not in _WANTED[action]:
                # A good answer that shows it as it was, or nothing: only another look tells.
                become = await self._has_become(meeting_id, recording_id, action)
                return "unknown" if become is None else "yes" if become else "not yet"
            self.learn(meeting_id, changed if changed.is_active else None)
        except errors.RealtimeKitError as error:
            # Someone was faster, it ended by itself, or only the answer was lost.
            refused = isinstance(error, (errors.NoRecording, errors.Conflict, errors.Rejected))
            if not (refused or error.may_have_happened):
                raise
            if await self._has_become(meeting_id, recording_id, action):
                return "already" if refused else "yes"
            if refused:
                raise
            return "unknown"
        finally:
            self.changed(meeting_id)
        return "yes"

    async def _has_become(self, meeting_id: str, recording_id: str, action: Action) -> bool | None:
        """Whether a recording is as this action leaves it; None where that cannot be read."""
        try:
            found = await self._realtimekit.recording(recording_id)
        except errors.RealtimeKitError:
            return None
        self.learn(meeting_id, found if found.is_active else None)
        return found.status in _WANTED[action]

    def changed(self, meeting_id: str) -> None:
        """Something was done: the next read must be a fresh one."""
        self.now.forget(meeting_id)
        self._lately.cache_invalidate(meeting_id)
