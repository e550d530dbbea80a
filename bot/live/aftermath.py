"""What came of a session, in the thread under its summary: the recording, the AI summary, the transcript. Each once.

A webhook that tells of one only brings the next look forward: what is posted is what the API says then. So the order, a
doubled or a lost delivery make no difference.
"""

import csv
import io
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.background import Background
from bot.live.result import may_be_sent_again, send_once
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.download import MAX_SUMMARY, MAX_TRANSCRIPT, Downloads, NotFetched
from bot.realtimekit.errors import RealtimeKitError
from bot.realtimekit.secrets import RecordingStatus
from bot.slack.client import SlackFailed
from bot.slack.messages import Messages
from bot.store.errors import StoreError
from bot.store.records import Aftermath as Awaited
from bot.store.store import Store
from bot.views import aftermath
from bot.views.parts import Message

log = structlog.get_logger(__name__)

CLAIM_TTL = 150.0
MAX_RECORDINGS = 20
SETTLED = 4
"""After so many looks, a session without a recording has none."""


@dataclass(eq=False)
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
            taken = await self.store.aftermaths.taken(one)
            complete = await self._recordings(one, taken)
            for kind in ("summary", "transcript") if one.notes else ():
                complete &= kind in taken or await self._file(one, kind, last=after is None)
            if after is None and one.notes and not complete:
                taken = await self.store.aftermaths.taken(one)
                missing = [kind for kind in ("transcript", "summary") if kind not in taken]
                if missing:
                    await self._post(one, "no notes", aftermath.never_came(missing))
        except RealtimeKitError as error:
            log.info("aftermath not read", session=one.session_id, error=type(error).__name__)
            complete = False
        await self.store.aftermaths.looked(one, None if complete else after)

    async def _recordings(self, one: Awaited, taken: Collection[str]) -> bool:
        """Whether all recordings of the session are posted by now.

        Where none is listed, one may still come: the API's lists lag behind.
        """
        found = await self.realtimekit.recordings(one.meeting_id, MAX_RECORDINGS)
        mine = [recording for recording in found if recording.session_id == one.session_id and recording.id]
        complete = bool(mine) or (self.clock() - one.ended_at).total_seconds() >= self.points[:SETTLED][-1]
        for recording in mine:
            item = f"recording {recording.id}"
            if item in taken:
                continue
            if recording.status is RecordingStatus.UPLOADED:
                complete &= await self._post(one, item, aftermath.recorded(recording))
            elif recording.status is RecordingStatus.ERRORED:
                complete &= await self._post(one, item, aftermath.recording_failed())
            else:
                complete = False
        return complete

    async def _file(self, one: Awaited, kind: str, *, last: bool) -> bool:
        """The summary as text, the transcript as a file; where it cannot be fetched, a button that gets a link."""
        url = await self.realtimekit.artifact_link(one.session_id, kind)
        if url is None:
            return False
        try:
            text = await self.downloads.text(url, MAX_SUMMARY if kind == "summary" else MAX_TRANSCRIPT)
        except NotFetched as failed:
            log.warning("file not fetched", session=one.session_id, kind=kind, why=failed.why)
            again = failed.is_transient and not last
            return False if again else await self._post(one, kind, aftermath.link_instead(kind, one.session_id))
        if not text.strip():
            return False
        if kind == "summary":
            return await self._post(one, kind, aftermath.summary(text, one.session_id))
        return await self._upload(one, kind, transcript_text(text))

    async def _post(self, one: Awaited, item: str, message: Message) -> bool:
        return await self._once(one, item, lambda: self.messages.post(one.channel_id, message, thread_ts=one.ts))

    async def _upload(self, one: Awaited, item: str, text: str) -> bool:
        name, comment = aftermath.transcript_name(one.title, one.ended_at), aftermath.TRANSCRIPT

        async def upload() -> None:
            try:
                await self.messages.upload(one.channel_id, name, text.encode(), comment, thread_ts=one.ts)
            except SlackFailed as failed:
                if not (failed.is_lost or failed.is_transient):
                    await self._post(one, f"{item} link", aftermath.link_instead(item, one.session_id))
                raise

        return await self._once(one, item, upload)

    async def _once(self, one: Awaited, item: str, send: Callable[[], Awaitable[object]]) -> bool:
        """Send an item unless that was done; whether it is settled. What may have arrived is not sent again."""
        place = one.channel_id, one.session_id
        failed = await send_once(self.store.aftermaths, place, item, send, self.clock())
        if failed:
            log.info("leftover not posted", channel=one.channel_id, item=item.partition(" ")[0], code=failed.code)
        return not (failed and may_be_sent_again(failed))


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
