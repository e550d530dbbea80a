"""Recording a meeting, and the recordings that came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block, ButtonElement

from bot.realtimekit.secrets import Recording, RecordingStatus
from bot.views import join, parts
from bot.views.parts import Message

KEPT = "Cloudflare deletes files after 7 days."
LIFETIME = timedelta(days=7)
DONE = {"stop": "stopped", "pause": "paused", "resume": "resumed"}


def state(recording: Recording | None) -> str:
    """`● Recording since 9:21 AM`, for the first line of cards; empty if nothing is recorded."""
    if recording is None:
        return ""
    if recording.is_paused:
        return "⏸ *Recording paused*"
    return "● *Recording*" + (f" since {parts.time_of_day(recording.since)}" if recording.since else "")


def button(action: str, label: str, meeting_id: str, nonce: str) -> ButtonElement | None:
    """Pause, resume or stop under a message."""
    return parts.button(label, f"record.{action}", {"m": meeting_id, "n": nonce})


def started(title: str, meeting_id: str, by: str, nonce: str) -> Message:
    """A recording was started, for the channel."""
    return parts.message(
        f"● {parts.mention(by)} started recording {parts.bold(title)}.",
        *parts.actions(button("stop", "Stop recording", meeting_id, nonce)),
        parts.context_block("Everyone in the meeting is being recorded."),
    )


def changed(action: str, title: str, meeting_id: str, by: str, nonce: str) -> Message:
    """A recording was stopped, paused or resumed, for the channel."""
    line = f"{parts.mention(by)} {DONE[action]} the recording of {parts.bold(title)}."
    buttons = {
        "pause": [button("resume", "Resume", meeting_id, nonce), button("stop", "Stop recording", meeting_id, nonce)],
        "resume": [button("stop", "Stop recording", meeting_id, nonce)],
    }
    recordings = parts.command("/session recordings", title)
    note = f"Find it with {recordings} once it's uploaded." if action == "stop" else ""
    return parts.message(line, *parts.actions(*buttons.get(action, [])), parts.context_block(note))


def running(recording: Recording, title: str, meeting_id: str, nonce: str) -> Message:
    """There is one already."""
    since = f" (since {parts.time_of_day(recording.since)})" if recording.since else ""
    who = f" {parts.safe(recording.by, 60)} started it." if recording.by else ""
    stop = button("stop", "Stop recording", meeting_id, nonce)
    if recording.is_paused:
        line = f"{parts.bold(title)} is already being recorded{since}, but the recording is paused.{who}"
        return parts.message(line, *parts.actions(button("resume", "Resume", meeting_id, nonce), stop))
    line = f"{parts.bold(title)} is already being recorded{since}.{who}"
    return parts.message(line, *parts.actions(button("pause", "Pause", meeting_id, nonce), stop))


def nothing(title: str) -> Message:
    """There is nothing to stop, pause or resume."""
    return parts.message(
        f"{parts.bold(title)} isn't being recorded. To start: {parts.command('/session record', title)}."
    )


def already(action: str, title: str) -> Message:
    """It is as was asked for."""
    what = {"stop": "already stopped", "pause": "already paused", "resume": "already running"}[action]
    return parts.message(f"The recording of {parts.bold(title)} is {what}.")


def unknown(action: str, title: str) -> Message:
    """The answer was lost, and the state does not tell either."""
    what = {"start": "started", **DONE}[action]
    return parts.message(
        f"RealtimeKit didn't answer, so I can't tell whether the recording of {parts.bold(title)} was {what}. "
        "Check `/session` in a few seconds."
    )


def untold(channel_ids: Sequence[str]) -> Message:
    """Channels that could not be told of a recording, which people there have a right to know of."""
    where = parts.join_names([f"<#{one}>" for one in channel_ids], limit=10)
    return parts.message(f"I couldn't post that in {where}. Please tell people there yourself.")


def not_yet(action: str, title: str) -> Message:
    """RealtimeKit took the request, but the recording is as it was."""
    return parts.message(
        f"RealtimeKit accepted the request, but the recording of {parts.bold(title)} hasn't been {DONE[action]} yet. "
        "Check `/session` in a few seconds."
    )


def not_started(title: str) -> Message:
    """RealtimeKit says that the recording failed at once."""
    return parts.message(f"RealtimeKit couldn't start recording {parts.bold(title)}.")


def listed(recordings: Sequence[Recording], title: str, now: datetime) -> Message:
    """The last recordings of a meeting."""
    if not recordings:
        return parts.message(f"{parts.bold(title)} has no recordings.")
    blocks: list[Block] = [_row(one) for one in recordings]
    lead = f"*Recordings: {parts.safe(title)}*"
    return parts.card(f"Recordings of {parts.safe(title)}", parts.section(lead), *blocks, parts.context_block(KEPT))


def _row(recording: Recording) -> Block:
    began = recording.since
    first = parts.date_and_time(began) if began else "Date unknown"
    facts = [
        _STATES[recording.status],
        length(recording.seconds),
        size(recording.size),
        f"started by {parts.safe(recording.by, 60)}" if recording.by else "",
    ]
    ready = recording.status is RecordingStatus.UPLOADED and recording.id
    get = parts.button("Get link", "record.link", {"r": recording.id}) if ready else None
    line = f"*{first}*\n" + " · ".join(fact for fact in facts if fact)
    return parts.section(line, accessory=get) if get else parts.section(line)


_STATES = {
    RecordingStatus.INVOKED: "starting",
    RecordingStatus.RECORDING: "recording now",
    RecordingStatus.PAUSED: "paused",
    RecordingStatus.UPLOADING: "still uploading",
    RecordingStatus.UPLOADED: "ready",
    RecordingStatus.ERRORED: "failed: RealtimeKit couldn't record the session or upload the file",
    RecordingStatus.UNKNOWN: "status unknown",
}


def length(seconds: float | None) -> str:
    """`1:02:03`, `4:05`."""
    if seconds is None or seconds <= 0:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def size(count: int | None) -> str:
    """`48.3 MB`."""
    if not count:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def file_link(recording: Recording, now: datetime) -> Message:
    """A fresh link to the file, for one person alone."""
    expired = recording.url_expires_at is not None and recording.url_expires_at <= now
    if recording.url is None or expired:
        if recording.status is RecordingStatus.UPLOADED:
            gone = expired or (recording.since and now - recording.since > LIFETIME)
            why = KEPT if gone else "It may be in your own storage. Otherwise, try again in a few minutes."
            return parts.message(f"RealtimeKit {'no longer has' if gone else 'has no link to'} that file. {why}")
        return parts.message(f"There's no link for that recording ({_STATES[recording.status]}).")
    until = f"It works until {parts.date_and_time(recording.url_expires_at)}." if recording.url_expires_at else ""
    expires = until or "It expires within 7 days."
    return parts.message(
        f"Here's a link to the recording. Anyone who has the link can use it. {expires}",
        *parts.actions(join.url_button("Open recording", recording.url, style="primary")),
    )


def notes_switched(title: str, by: str, *, on: bool) -> Message:
    """Transcript and summary were turned on or off."""
    if on:
        line = f"{parts.mention(by)} turned on notes for {parts.bold(title)}."
        return parts.message(
            f"{line} Starting with the next session, you'll get a transcript and an AI summary after each one."
        )
    line = f"{parts.mention(by)} turned off notes for {parts.bold(title)}."
    return parts.message(f"{line} Starting with the next session, there won't be a transcript or an AI summary.")
