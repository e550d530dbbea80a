"""The stand-in RealtimeKit's recordings, transcripts and summaries, and the signed links to their files, which expire.

A recording goes INVOKED, RECORDING, PAUSED and back, UPLOADING when it is stopped, UPLOADED soon after. One at a time.
A session that ends in a meeting with `transcribe_on_end` and `summarize_on_end` leaves both behind.
"""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.shapes import Json, iso
from sandbox.specification import Refused
from sandbox.world import Happening, Meeting, Session, World, now

Paged = Callable[[list[Any], dict[str, str], int], tuple[list[Any], Json]]
ACTIVE = ("INVOKED", "RECORDING", "PAUSED")
LINK_LIFE = timedelta(days=7)
SUMMARY = """\
The team went through the week.
- The release moves to Thursday, since two fixes are still in review.
- Grace looks into the slow tests, Alan into the flaky deploy.
- Next time everyone brings one thing to stop doing."""
SPOKEN = (
    ("00:00:04", "Ada Lovelace", "Shall we start? The release is still planned for Tuesday."),
    ("00:00:11", "Grace Hopper", "Two fixes are in review. I'd rather take Thursday."),
    ("00:00:19", "Alan Turing", "Thursday works. I'll look into the deploy."),
)


@dataclass(eq=False, slots=True)
class Recording:
    """One recording. `caller`: who started it inside the meeting; None if the API or a setting did."""

    meeting: Meeting
    session: Session
    status: str = "RECORDING"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: datetime = field(default_factory=now)
    stopped: datetime | None = None
    caller: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """A file that a link leads to."""

    content: bytes
    kind: str
    until: datetime


class Recordings:
    """What is recorded, and what sessions leave behind.

    Attributes:
        every: all recordings, in the order of their starts.
        links: the files, by the signature in their links.
        upload_seconds: from the stop until the file is there.
        transcripts, summaries: by session id; a text, or bytes to be served as they are.
        url: where this is served.
    """

    def __init__(self, world: World, paged: Paged, tell: Callable[[str, Session, Json], None]) -> None:
        self._world, self._paged, self._tell = world, paged, tell
        self.every: list[Recording] = []
        self.links: dict[str, Left] = {}
        self.upload_seconds = 1.0
        self.transcripts: dict[str, str | bytes] = {}
        self.summaries: dict[str, str | bytes] = {}
        self.url = ""
        self.acts: dict[str, Callable[[dict[str, str], dict[str, str], Any], tuple[int, Json]]] = {
            "active_recording": self._active,
            "start_recording": self._start,
            "change_recording": self._change,
            "recording": self._one,
            "recordings": self._list,
            "transcript": self._transcript,
            "summary": self._summary,
        }
        world.listeners.append(self._follow)

    def active(self, meeting: Meeting) -> Recording | None:
        """What is being recorded in a meeting."""
        return next((one for one in self.every if one.meeting is meeting and one.status in ACTIVE), None)

    def record(self, meeting: Meeting, caller: str | None = None) -> Recording:
        """Start a recording, as someone inside the meeting does, or as `record_on_start` does."""
        session = meeting.live()
        if session is None:
            raise Refused(404, f"No active session found for meeting_id {meeting.id}")
        recording = Recording(meeting, session, caller=caller)
        self.every.append(recording)
        return recording

    def stop(self, recording: Recording) -> None:
        """Stop a recording; its file is there soon."""
        recording.stopped, recording.status = now(), "UPLOADING"
        asyncio.get_running_loop().call_later(self.upload_seconds, self._uploaded, recording)

    def _uploaded(self, recording: Recording) -> None:
        self._advance()
        shown = {"recordingId": recording.id, "status": recording.status, "meetingId": recording.meeting.id}
        self._tell("recording.statusUpdate", recording.session, {"recording": shown})

    def _advance(self) -> None:
        """What has been uploaded by now."""
        for one in self.every:
            due = one.stopped and one.stopped + timedelta(seconds=self.upload_seconds) <= now()
            if one.status == "UPLOADING" and due and one.stopped:
                one.status = "UPLOADED"
                one.size = 4_000_000 + int((one.stopped - one.began).total_seconds() * 100_000)

    def _follow(self, happening: Happening) -> None:
        session = happening.session
        switches = session.meeting.switches
        if happening.event == "meeting.started" and switches.get("record_on_start"):
            self.record(session.meeting)
        if happening.event == "meeting.ended":
            if running := self.active(session.meeting):
                self.stop(running)
            if switches.get("transcribe_on_end"):
                lines = [f'{at},x,x,x,"{who}","{said}"' for at, who, said in SPOKEN]
                header = "Timestamp,Participant ID,User ID,Custom Participant ID,Participant Name,Transcript"
                self.transcripts.setdefault(session.id, "\n".join([header, *lines]))
                self._tell("meeting.transcript", session, {})
            if switches.get("summarize_on_end"):
                self.summaries.setdefault(session.id, SUMMARY)
                self._tell("meeting.summary", session, {})

    # The endpoints

    def _known(self, recording_id: str) -> Recording:
        self._advance()
        for one in self.every:
            if one.id == recording_id:
                return one
        raise Refused(404, "Recording not found")

    def _active(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting = self._world.meetings.get(names["m"])
        running = self.active(meeting) if meeting else None
        if running is None:
            raise Refused(404, "No active recording found")
        return 200, _ok(self.json(running))

    def _start(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        meeting = self._world.meetings.get(body["meeting_id"])
        if meeting is None:
            raise Refused(404, "Meeting not found")
        if self.active(meeting) and not body.get("allow_multiple_recordings"):
            raise Refused(409, "A recording is already running")
        return 200, _ok(self.json(self.record(meeting)))

    def _change(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        recording, action = self._known(names["r"]), body["action"]
        if recording.status not in ACTIVE:
            raise Refused(409, f"Recording is {recording.status}")
        if action == "stop":
            self.stop(recording)
        else:
            recording.status = "PAUSED" if action == "pause" else "RECORDING"
        return 200, _ok(self.json(recording))

    def _one(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        return 200, _ok(self.json(self._known(names["r"])))

    def _list(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        self._advance()
        found = [one for one in self.every if query.get("meeting_id") in (None, one.meeting.id)]
        rows, paging = self._paged(found[::-1] if query.get("sort_order") != "ASC" else found, query, 20)
        return 200, {"success": True, "data": [self.json(one) for one in rows], "paging": paging}

    def _transcript(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        link, until = self._link(self.transcripts, names["s"], "text/csv", "Transcript not found")
        shown = {"sessionId": names["s"], "transcript_download_url": link}
        return 200, _ok(shown | {"transcript_download_url_expiry": iso(until)})

    def _summary(self, names: dict[str, str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        link, until = self._link(self.summaries, names["s"], "text/plain", "Summary not found")
        return 200, _ok({"sessionId": names["s"], "summaryDownloadUrl": link, "summaryDownloadUrlExpiry": iso(until)})

    def _link(self, kept: dict[str, str | bytes], session_id: str, kind: str, missing: str) -> tuple[str, datetime]:
        content = kept.get(session_id)
        if content is None:
            raise Refused(404, missing)
        return self.sign(content if isinstance(content, bytes) else content.encode(), kind)

    def sign(self, content: bytes, kind: str) -> tuple[str, datetime]:
        """A link to a file, and when it expires."""
        signature, until = secrets.token_hex(16), now() + LINK_LIFE
        self.links[signature] = Left(content, kind, until)
        return f"{self.url}/files/{signature}", until

    def json(self, recording: Recording) -> Json:
        """A recording as the API shows it."""
        end = recording.stopped or now()
        shown: Json = {
            "id": recording.id,
            "status": recording.status,
            "session_id": recording.session.id,
            "invoked_time": iso(recording.began),
            "started_time": iso(recording.began),
            "stopped_time": iso(recording.stopped) if recording.stopped else None,
            "output_file_name": f"{recording.meeting.id}_{int(recording.began.timestamp())}.mp4",
            "recording_duration": int((end - recording.began).total_seconds()) if recording.stopped else None,
            "file_size": recording.size or None,
        }
        reason: Json = {"reason": "API_CALL"}
        if recording.caller:
            reason["caller"] = {"name": recording.caller, "type": "USER", "user_Id": str(uuid.uuid4())}
        shown["start_reason"] = reason
        if recording.status == "UPLOADED":
            shown["download_url"], until = self.sign(b"\0\0\0\x18ftypmp42", "video/mp4")
            shown["download_url_expiry"] = iso(until)
        return shown

    # The files

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /files/{signature}`: a file, while its link is good."""
        left = self.links.get(request.match_info["signature"])
        if left is None or left.until < now():
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>", content_type="text/xml")
        return web.Response(body=left.content, content_type=left.kind)


def _ok(data: Any) -> Json:
    return {"success": True, "data": data}
