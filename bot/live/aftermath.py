"""What came of a session, in the thread under its summary: the recording, the AI summary, the transcript. Each once.

A webhook that tells of one only brings the next look forward: what is posted is what the API says then. So the order, a
doubled or a lost delivery make no difference.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.background import Background
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.download import MAX_SUMMARY, MAX_TRANSCRIPT, Downloads, NotFetched
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.secrets import RecordingStatus
from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store import Store
from bot.store.errors import StoreError
from bot.store.records import Aftermath as Awaited
from bot.views import aftermath
from bot.views.parts import Message

log = structlog.get_logger(__name__)

CLAIM_TTL = 150.0
MAX_RECORDINGS = 20


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Collects what sessions leave behind.

    Attributes:
        points: seconds after a session's end at which is looked.
        tick: seconds between two looks at what is due.
    """

    realtimekit: RealtimeKit
    downloads: Downloads
    messages: Messages
    store: Store
    clock: Callable[[], datetime]
    points: tuple[float, ...]
    tick: float

    async def run(self, background: Background) -> None:
        """Look for what is due, until the process stops."""
        while not background.stopping:
            try:
                if one := await self.store.aftermaths.claim(CLAIM_TTL):
                    await self.look(one)
                    continue
            except StoreError as error:
                log.warning("aftermath not collected", error=str(error))
            await background.pause(self.tick)

    async def look(self, one: Awaited) -> None:
        """Look once for what a session has left behind, and post what is new. Raises `StoreError`."""
        elapsed = (self.clock() - one.ended_at).total_seconds()
        after = next((point - elapsed for point in self.points if point > elapsed), None)
        try:
            complete = await self._recordings(one)
            if one.notes:
                complete &= await self._file(one, "summary", last=after is None)
                complete &= await self._file(one, "transcript", last=after is None)
        except RealtimeKitError as error:
            log.info("aftermath not read", session=one.session_id, error=type(error).__name__)
            complete = False
        await self.store.aftermaths.looked(one, None if complete else after)

    async def _recordings(self, one: Awaited) -> bool:
        """Whether all recordings of the session are posted by now."""
        complete = True
        for recording in await self.realtimekit.recordings(one.meeting_id, MAX_RECORDINGS):
            if recording.session_id != one.session_id or not recording.id:
                continue
            if recording.status is RecordingStatus.UPLOADED:
                complete &= await self._post(one, f"recording {recording.id}", aftermath.recorded(recording))
            elif recording.status is RecordingStatus.ERRORED:
                complete &= await self._post(one, f"recording {recording.id}", aftermath.recording_failed())
            else:
                complete = False
        return complete

    async def _file(self, one: Awaited, kind: str, *, last: bool) -> bool:
        """The summary as text, the transcript as a file; where it cannot be fetched, a button that gets a link."""
        if kind in await self.store.aftermaths.taken(one):
            return True
        url = await self.realtimekit.artifact_link(one.session_id, kind)
        if url is None:
            return False
        try:
            text = await self.downloads.text(url, MAX_SUMMARY if kind == "summary" else MAX_TRANSCRIPT)
        except NotFetched as failed:
            log.warning("file not fetched", session=one.session_id, kind=kind, why=failed.why)
            again = failed.is_transient and not last
            return False if again else await self._post(one, kind, aftermath.link_instead(kind, one.session_id))
        if kind == "summary":
            return await self._post(one, kind, aftermath.summary(text, one.session_id))
        return await self._upload(one, kind, transcript_text(text))

    async def _post(self, one: Awaited, item: str, message: Message) -> bool:
        if not await self.store.aftermaths.take(one.channel_id, one.session_id, item, self.clock()):
            return True
        try:
            await self.messages.post(one.channel_id, message, thread_ts=one.ts)
        except SlackFailed as failed:
            return await self._not_posted(one, item, failed)
        return True

    async def _upload(self, one: Awaited, item: str, text: str) -> bool:
        if not await self.store.aftermaths.take(one.channel_id, one.session_id, item, self.clock()):
            return True
        name, comment = aftermath.transcript_name(one.title, one.ended_at), aftermath.TRANSCRIPT
        try:
            await self.messages.upload(one.channel_id, name, text.encode(), comment, thread_ts=one.ts)
        except SlackFailed as failed:
            done = await self._not_posted(one, item, failed)
            if not (failed.is_lost or failed.is_transient):
                await self._post(one, f"{item} link", aftermath.link_instead(item, one.session_id))
            return done
        return True

    async def _not_posted(self, one: Awaited, item: str, failed: SlackFailed) -> bool:
        """What may have arrived all the same is not posted again."""
        log.info("leftover not posted", channel=one.channel_id, item=item.partition(" ")[0], code=failed.code)
        if failed.is_lost or not failed.is_transient:
            return True
        await self.store.aftermaths.give_back(one.channel_id, one.session_id, item)
        return False


def transcript_text(raw: str) -> str:
    """A transcript as people read it: a line for each thing said, from the CSV that RealtimeKit makes."""
    try:
        rows = list(csv.DictReader(io.StringIO(raw)))
    except csv.Error:
        return raw
    wanted = ("Timestamp", "Participant Name", "Transcript")
    if not rows or not all(name in rows[0] for name in wanted):
        return raw
    said = ([(row.get(name) or "").strip() for name in wanted] for row in rows)
    return "\n".join(f"[{at}] {who}: {what}" for at, who, what in said) + "\n"
